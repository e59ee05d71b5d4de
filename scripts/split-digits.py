#!/usr/bin/env python3
"""Split the digits: 360 held out, the other 1,437 divided unevenly among the trainers.

Every label is held out in proportion to its images. Each label's training images are divided in
proportions drawn from a Dirichlet distribution, so that every trainer sees the labels in other
proportions (non-IID). Writes into --out:

    test.safetensors      360 images that nobody trains on
    central.safetensors   all 1,437 training images, for the central model
    train-<i>.safetensors one part each, i from 1; disjoint, together all 1,437

The same seed and number of trainers give the same files.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

try:
    import numpy as np
    from safetensors.numpy import load_file, save_file
except ImportError as error:
    MISSING = f"{error.name} is missing; scripts/setup.sh --demo makes an environment that has it"
else:
    MISSING = None

HELD_OUT = 360
MIN_EXAMPLES = 20
MAX_DRAWS = 10_000
DEFAULT_DATA = Path(__file__).resolve().parent.parent / "data/digits/digits.safetensors"


def hold_out(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """HELD_OUT indices, of every label its proportion (largest remainders), in random order."""
    values, counts = np.unique(labels, return_counts=True)
    quotas = counts * HELD_OUT / counts.sum()
    taken = np.floor(quotas).astype(int)
    taken[np.argsort(taken - quotas)[: HELD_OUT - taken.sum()]] += 1
    chosen = [
        rng.permutation(np.flatnonzero(labels == value))[:count]
        for value, count in zip(values, taken)
    ]
    return rng.permutation(np.concatenate(chosen))


def divide(labels: np.ndarray, trainers: int, alpha: float, rng: np.random.Generator) -> list:
    """Indices of each trainer's examples; drawn again until all have at least MIN_EXAMPLES."""
    for _ in range(MAX_DRAWS):
        parts = [[] for _ in range(trainers)]
        for label in np.unique(labels):
            members = rng.permutation(np.flatnonzero(labels == label))
            shares = rng.dirichlet(np.full(trainers, alpha))
            cuts = np.round(np.cumsum(shares)[:-1] * len(members)).astype(int)
            for part, piece in zip(parts, np.split(members, cuts)):
                part.extend(piece.tolist())
        if min(len(part) for part in parts) >= MIN_EXAMPLES:
            return [np.array(rng.permutation(part), dtype=np.int64) for part in parts]
    raise SystemExit(
        f"split-digits: no split in which each of {trainers} trainers has {MIN_EXAMPLES} images; "
        "use fewer trainers or a larger --alpha"
    )


def main() -> int:
    """Write the split and print how many images of each label every trainer has."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="default: %(default)s")
    parser.add_argument("--trainers", type=int, default=6, help="1 to 16; default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--alpha", type=float, default=0.5, help="of the Dirichlet; default: 0.5")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    options = parser.parse_args()
    if MISSING:
        raise SystemExit(f"split-digits: {MISSING}")
    if not 1 <= options.trainers <= 16:
        parser.error("--trainers must be 1 to 16")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    if not options.alpha > 0:
        parser.error("--alpha must be above 0")
    if not options.data.is_file():
        parser.error(f"{options.data} is missing; scripts/convert-digits.py makes it")

    data = load_file(options.data)
    features, labels = data["features"], data["labels"]
    rng = np.random.default_rng(options.seed)
    test = hold_out(labels, rng)
    train = rng.permutation(np.setdiff1d(np.arange(len(labels)), test))
    parts = [train[part] for part in divide(labels[train], options.trainers, options.alpha, rng)]

    options.out.mkdir(parents=True, exist_ok=True)
    files = {"test": test, "central": train}
    files.update({f"train-{place}": part for place, part in enumerate(parts, start=1)})
    counts = {}
    for name, chosen in files.items():
        tensors = {"features": features[chosen], "labels": labels[chosen]}
        save_file(tensors, options.out / f"{name}.safetensors")
        counts[name] = np.bincount(labels[chosen], minlength=10).tolist()
    if options.json:
        print(json.dumps(counts))
    else:
        lines = [
            f"{name:<10} {sum(each):>5} images, per label {each}" for name, each in counts.items()
        ]
        print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
