#!/usr/bin/env python3
"""Convert scikit-learn's copy of the UCI handwritten digits into data/digits/digits.safetensors.

Needs nothing but Python with pip: it installs scikit-learn into a temporary environment.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PACKAGES = ["scikit-learn==1.9.1", "numpy==2.4.6", "safetensors==0.8.0"]
DEFAULT_OUT = Path(__file__).resolve().parent.parent / "data/digits/digits.safetensors"


def convert(out: Path) -> None:
    """Write features f32 [1797, 64] in 0..1 and labels i64 [1797]; runs where scikit-learn is."""
    import numpy as np
    from safetensors.numpy import save_file
    from sklearn.datasets import load_digits

    digits = load_digits()
    features = (digits.data / 16.0).astype(np.float32)
    labels = digits.target.astype(np.int64)
    assert features.shape == (1797, 64) and features.min() == 0.0 and features.max() == 1.0
    assert labels.shape == (1797,) and set(labels) == set(range(10))
    save_file({"features": features, "labels": labels}, out)
    print(f"{out}: {len(labels)} images, {out.stat().st_size} bytes")


def main() -> int:
    """Run `convert` inside a temporary environment that has scikit-learn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="default: %(default)s")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        convert(options.out)
        return 0
    with tempfile.TemporaryDirectory(prefix="sheaf-convert-") as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin/python")
        install = [python, "-m", "pip", "install", "--quiet", *PACKAGES]
        if subprocess.run(install, check=False).returncode != 0:
            print("convert-digits: pip could not install scikit-learn", file=sys.stderr)
            return 1
        command = [python, __file__, "--inside", "--out", str(options.out)]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
