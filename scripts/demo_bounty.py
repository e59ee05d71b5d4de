"""The bounty of the demo: its spec file, and its slices as data sets."""

import argparse
from pathlib import Path

SLICE_EXAMPLES = 30
# Widest layer: `MAX_WIDTH` of sheaf-aggregation.
MAX_WIDTH = 65_536
MAX_ROUNDS = 12
INPUTS, OUTPUTS = 64, 10
EPOCHS, MOMENTUM, BATCH, FRACTION_BITS = 5, 0.9, 8, 16
REWARD_PER_ROUND = 1_000


def spec(chosen: argparse.Namespace, unit: str) -> dict:
    """The bounty's spec file; `unit` is added to the reward, so that it does not divide evenly."""
    # Wide layers take smaller steps: the loss's curvature grows with the width.
    rate = round(0.05 * min(1.0, 96 / (sum(chosen.hidden) + 64)), 6)
    return {
        "network": [INPUTS, *chosen.hidden, OUTPUTS],
        "rule": "weighted_mean",
        "rounds": chosen.rounds,
        "min_trainers": max(1, chosen.trainers * 2 // 3),
        "max_trainers": chosen.trainers,
        "clip": 4.0,
        "model_bound": 64.0,
        "fraction_bits": FRACTION_BITS,
        "lengths": {
            "prepare": 40,
            "enrolment": 40,
            "commit": commit_blocks(chosen),
            "upload": 24,
            "attest": 16,
            "publish": 16,
            "window": 4,
        },
        "max_attempts": 4,
        "training": {"epochs": EPOCHS, "rate": rate, "momentum": MOMENTUM, "batch": BATCH},
        "reward": f"{chosen.rounds * REWARD_PER_ROUND}{unit}",
    }


def commit_blocks(chosen: argparse.Namespace) -> int:
    """Blocks for training, the longest that it may take."""
    return 60 + sum(chosen.hidden) // 40


def write_slice(blob: Path, out: Path) -> None:
    """Turn a revealed slice (salt, then features and label of each example) into a data set."""
    import numpy as np
    from safetensors.numpy import save_file

    elements = np.fromfile(blob, dtype="<i4")[8:]
    examples = elements[: SLICE_EXAMPLES * (INPUTS + 1)].reshape(SLICE_EXAMPLES, INPUTS + 1)
    features = (examples[:, :-1] / 2**FRACTION_BITS).astype(np.float32)
    save_file({"features": features, "labels": examples[:, -1].astype(np.int64)}, out)
