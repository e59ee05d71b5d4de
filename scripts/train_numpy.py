#!/usr/bin/env python3
"""Train a multilayer perceptron with NumPy: an example for `sheaf trainer run --train-command`.

Reads the global model from $SHEAF_MODEL_IN and the examples from $SHEAF_DATA, trains with
mini-batch gradient descent and momentum on the softmax cross-entropy, and writes the trained
model to $SHEAF_MODEL_OUT; all three are safetensors files. $SHEAF_HINTS is the sponsor's advice
as JSON, such as {"epochs": 5, "rate": 0.05, "momentum": 0.9, "batch": 16}; $SHEAF_ROUND is the
round, which varies the order of the examples.

Model tensors, f32: layers.<i>.weight [out, in] and layers.<i>.bias [out], i from 0, with ReLU
between layers. Data tensors: features f32 [n, d], labels (any integer type) [n].
"""

from __future__ import annotations

import argparse
import json
import os
import sys

try:
    import numpy as np
    from safetensors.numpy import load_file, save_file
except ImportError as error:
    MISSING = f"{error.name} is missing; scripts/setup.sh --demo makes an environment that has it"
else:
    MISSING = None

DEFAULT_HINTS = {"epochs": 5, "rate": 0.05, "momentum": 0.9, "batch": 16}


def layer_count(model: dict) -> int:
    """Number of layers; exits if the tensors are not a perceptron's."""
    count = sum(name.endswith(".weight") for name in model)
    expected = {f"layers.{i}.{kind}" for i in range(count) for kind in ("weight", "bias")}
    if count == 0 or set(model) != expected:
        raise SystemExit(f"train_numpy: not a perceptron: tensors {', '.join(sorted(model))}")
    return count


def gradients(model: dict, layers: int, features: np.ndarray, labels: np.ndarray) -> dict:
    """Gradient of the mean cross-entropy over one batch, by back-propagation."""
    inputs = [features]
    for i in range(layers):
        output = inputs[-1] @ model[f"layers.{i}.weight"].T + model[f"layers.{i}.bias"]
        inputs.append(np.maximum(output, 0) if i + 1 < layers else output)
    scores = inputs.pop()
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    delta = exponentials / exponentials.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1
    delta /= len(labels)
    result = {}
    for i in reversed(range(layers)):
        result[f"layers.{i}.weight"] = delta.T @ inputs[i]
        result[f"layers.{i}.bias"] = delta.sum(axis=0)
        if i > 0:
            delta = (delta @ model[f"layers.{i}.weight"]) * (inputs[i] > 0)
    return result


def train(model: dict, features: np.ndarray, labels: np.ndarray, hints: dict, seed: int) -> dict:
    """Model after `epochs` passes over the examples; the given one is not changed."""
    layers = layer_count(model)
    model = {name: tensor.astype(np.float32) for name, tensor in model.items()}
    velocity = {name: np.zeros_like(tensor) for name, tensor in model.items()}
    rng = np.random.default_rng(seed)
    rate, momentum = np.float32(hints["rate"]), np.float32(hints["momentum"])
    batch = max(1, int(hints["batch"]))
    for _ in range(int(hints["epochs"])):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            for name, gradient in gradients(
                model, layers, features[chosen], labels[chosen]
            ).items():
                velocity[name] = momentum * velocity[name] - rate * gradient
                model[name] += velocity[name]
    return model


def main() -> int:
    """Follow the contract of `--train-command`."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    if MISSING:
        raise SystemExit(f"train_numpy: {MISSING}")
    missing = [
        name
        for name in ("SHEAF_MODEL_IN", "SHEAF_MODEL_OUT", "SHEAF_DATA")
        if name not in os.environ
    ]
    if missing:
        raise SystemExit(f"train_numpy: {', '.join(missing)} not set; see --help")
    hints = {**DEFAULT_HINTS, **json.loads(os.environ.get("SHEAF_HINTS") or "{}")}
    data = load_file(os.environ["SHEAF_DATA"])
    features, labels = data["features"].astype(np.float32), data["labels"].astype(np.int64)
    model = load_file(os.environ["SHEAF_MODEL_IN"])
    trained = train(model, features, labels, hints, int(os.environ.get("SHEAF_ROUND") or 0))
    if not all(np.isfinite(tensor).all() for tensor in trained.values()):
        raise SystemExit("train_numpy: training diverged; lower the rate")
    save_file(trained, os.environ["SHEAF_MODEL_OUT"])
    print(f"trained on {len(labels)} examples, {hints['epochs']} epochs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
