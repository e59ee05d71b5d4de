#!/usr/bin/env python3
"""Writes golden.json beside it: an implementation of the protocol page that shares no code with
the crate. Python integers have no width, so nothing here can overflow unnoticed.

    python3 tests/golden.py
"""

import json
import struct
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path

PADDING = bytes(32)


def H(data):
    return blake2b(data, digest_size=32).digest()


# ---- inputs ---------------------------------------------------------------------------------


class Generator:
    def __init__(self, seed):
        self.state = seed

    def u32(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> 32

    def element(self, shift):
        value = self.u32()
        return (value - 2**32 if value >= 2**31 else value) >> shift

    def elements(self, count, shift):
        return [self.element(shift) for _ in range(count)]


# ---- chunks and tree ------------------------------------------------------------------------


def encode(elements):
    return struct.pack(f"<{len(elements)}i", *elements)


def chunks_of(elements):
    padded = elements + [0] * (-len(elements) % 256)
    return [encode(padded[i : i + 256]) for i in range(0, len(padded), 256)]


def leaf_count(element_count):
    return -(-element_count // 256)


def depth(element_count):
    levels = 0
    while 2**levels < leaf_count(element_count):
        levels += 1
    return levels


def levels_of(element_count, leaves):
    """All nodes, padding included: wasteful and obvious."""
    assert len(leaves) == leaf_count(element_count)
    level = leaves + [PADDING] * (2 ** depth(element_count) - len(leaves))
    levels = [level]
    while len(level) > 1:
        level = [H(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
        levels.append(level)
    return levels


class Tree:
    def __init__(self, element_count, leaves):
        self.levels = levels_of(element_count, leaves)
        self.root = H(struct.pack("<Q", element_count) + self.levels[-1][0])

    def prove(self, index):
        return [level[(index >> height) ^ 1] for height, level in enumerate(self.levels[:-1])]


def tree_of_chunks(element_count, chunks):
    return Tree(element_count, [H(chunk) for chunk in chunks])


# ---- rules ----------------------------------------------------------------------------------


def clamp(value, low, high):
    return max(low, min(high, value))


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle] + 1) // 2


def delta(rule, weights, values):
    if rule["name"] == "WeightedMean":
        total = sum(weights)
        return (2 * sum(w * v for w, v in zip(weights, values)) + total) // (2 * total)
    if rule["name"] == "Median":
        return median(values)
    trim = rule["trim"]
    if len(values) <= 2 * trim:
        return median(values)
    kept = sorted(values)[trim : len(values) - trim]
    return (2 * sum(kept) + len(kept)) // (2 * len(kept))


def aggregate(rule, clip, bound, previous, weights, updates):
    """One vector of the next model's elements."""
    if not updates:
        return list(previous)
    columns = zip(*[[clamp(v, -clip, clip) for v in update] for update in updates])
    return [
        clamp(old + delta(rule, weights, values), -bound, bound)
        for old, values in zip(previous, columns)
    ]


def aggregate_chunks(rule, element_count, clip, bound, previous, weights, updates):
    """Chunks of the next model; inputs are element lists padded (with anything) to full chunks."""
    nexts = aggregate(rule, clip, bound, previous, weights, updates)[:element_count]
    return chunks_of(nexts)


# ---- SCALE ----------------------------------------------------------------------------------


def compact(value):
    if value < 2**6:
        return struct.pack("<B", value << 2)
    if value < 2**14:
        return struct.pack("<H", value << 2 | 1)
    return struct.pack("<I", value << 2 | 2)


def scale_chunk_proof(chunk, siblings):
    return compact(len(chunk)) + chunk + compact(len(siblings)) + b"".join(siblings)


def scale_wrong_chunk(index, claimed, previous, updates):
    """Each argument after the index: (tree, chunks)."""
    siblings = claimed[0].prove(index)
    proofs = [scale_chunk_proof(c[index], t.prove(index)) for t, c in [previous] + updates]
    return (
        b"\x01"
        + struct.pack("<Q", index)
        + claimed[0].levels[0][index]
        + compact(len(siblings))
        + b"".join(siblings)
        + proofs[0]
        + compact(len(updates))
        + b"".join(proofs[1:])
    )


# ---- inference ------------------------------------------------------------------------------


def wrap64(value):
    return (value + 2**63) % 2**64 - 2**63


def predict(widths, fraction_bits, model, features):
    values, at = features, 0
    layers = list(zip(widths, widths[1:]))
    for position, (inputs, outputs) in enumerate(layers):
        biases = model[at + inputs * outputs :][:outputs]
        out = []
        for j in range(outputs):
            row = model[at + j * inputs :][:inputs]
            acc = wrap64(sum(w * v for w, v in zip(row, values)))
            acc = wrap64(acc + (biases[j] << fraction_bits))
            half = 1 << (fraction_bits - 1) if fraction_bits else 0
            value = clamp(wrap64(acc + half) >> fraction_bits, -(2**31), 2**31 - 1)
            out.append(value if position == len(layers) - 1 else max(value, 0))
        values, at = out, at + inputs * outputs + outputs
    return values.index(max(values))


def model_size(widths):
    return sum(i * o + o for i, o in zip(widths, widths[1:]))


def score(widths, fraction_bits, model, features, examples, slice_):
    predictions = []
    correct = 0
    for k in range(examples):
        example = slice_[8 + k * (features + 1) :][: features + 1]
        predictions.append(predict(widths, fraction_bits, model, example[:-1]))
        correct += predictions[-1] == example[-1]
    return correct, predictions


# ---- vectors --------------------------------------------------------------------------------


def shapes():
    counts = [1, 255, 256, 257, 512, 513, 39168, 2499841, 2500096, 2**40]
    return [
        {
            "element_count": n,
            "leaf_count": leaf_count(n),
            "depth": depth(n),
            "elements_in_last_chunk": n - 256 * (leaf_count(n) - 1),
        }
        for n in counts
    ]


def roots():
    cases = []
    for seed, count in enumerate([1, 255, 256, 257, 513, 1280, 39168]):
        tree = tree_of_chunks(count, chunks_of(Generator(seed).elements(count, 4)))
        last = leaf_count(count) - 1
        cases.append(
            {
                "element_count": count,
                "seed": seed,
                "shift": 4,
                "root": tree.root.hex(),
                "last_leaf": tree.levels[0][last].hex(),
                "last_leaf_siblings": [s.hex() for s in tree.prove(last)],
            }
        )
    return cases


def leaf_roots():
    """Leaf i is H(u64le(i))."""
    cases = []
    for count in [153 * 256, 9766 * 256 - 255]:
        tree = Tree(count, [H(struct.pack("<Q", i)) for i in range(leaf_count(count))])
        cases.append({"element_count": count, "root": tree.root.hex()})
    return cases


MEAN, MEDIAN = {"name": "WeightedMean"}, {"name": "Median"}


def trimmed(trim):
    return {"name": "TrimmedMean", "trim": trim}


def explicit_rules():
    """Leading elements in the clear, zeros after them."""
    top = 2**31 - 1
    cases = [
        (MEAN, 1000, 5000, [0, 0, 0, 0, 7], [1, 1], [[1, -1, 3, -3, 0], [0, 0, 0, 0, 0]]),
        (MEAN, 1000, 5000, [10, -10, 0], [1, 2, 3], [[1, 1, 1], [5, -5, 2], [-7, 7, 900]]),
        (MEAN, 10, 5000, [0, 0, 0], [4, 1], [[100, -100, 11], [0, 0, -11]]),
        (MEAN, 100, 50, [50, -50, 49, -49, 2000], [1], [[1, -1, 100, -100, -100]]),
        (MEAN, top, top, [top, -top - 1, top, 0], [1, 1], [[top, -top - 1, -top - 1, top]] * 2),
        (MEAN, top, top, [0, 0, -1], [2**31, 2**31 - 1], [[top, 1, -top - 1], [-top, -1, -1]]),
        (MEAN, 2**20, top, [5, -5], [2**32 - 1] * 3, [[2**20, -1], [-(2**21), -2], [1, -2]]),
        (MEDIAN, 1000, 5000, [0, 1, -1], [9], [[-4, 5, 2000]]),
        (MEDIAN, 1000, 5000, [0, 0, 0, 0], [9, 1], [[1, -1, -3, 1000], [2, -2, 0, 1001]]),
        (MEDIAN, 1000, 5000, [1, 1, 1], [1, 1, 9], [[3, -9, 1000], [-8, -8, 1001], [7, 7, -1002]]),
        (MEDIAN, top, top, [0, 0], [1, 1], [[top, -top - 1], [top - 1, -top]]),
        (trimmed(0), 1000, 5000, [0, 0], [9, 1], [[1, -1], [2, -2]]),
        (trimmed(1), 1000, 5000, [0, 0, 5], [1] * 4, [[9, -9, 1], [1, -1, 2], [2, -2, 3], [-5, 5, 4]]),
        (trimmed(1), 1000, 5000, [0, 0], [1] * 2, [[1, -1], [2, -2]]),
        (trimmed(2), 1000, 5000, [0], [1] * 4, [[1], [5], [4], [100]]),
        (trimmed(65535), 1000, 5000, [0], [1] * 3, [[1], [5], [4]]),
        (MEAN, 1000, 50, [51, -51, 7], [], []),
        (MEDIAN, 1000, 50, [51, -51, 7], [], []),
    ]
    return [
        {
            "rule": rule,
            "clip": clip,
            "model_bound": bound,
            "previous": previous,
            "weights": weights,
            "updates": updates,
            "next": aggregate(rule, clip, bound, previous, weights, updates),
        }
        for rule, clip, bound, previous, weights, updates in cases
    ]


def seeded_rules():
    """All inputs from one generator: previous, then weight and elements of each update, padded to
    full chunks with more of the same, which must not show."""
    cases = []
    for seed, (rule, count, updates, clip, bound) in enumerate(
        [
            (rule, count, updates, 2**18, 2**22)
            for rule in [MEAN, MEDIAN, trimmed(1), trimmed(3)]
            for count, updates in [(256, 1), (257, 2), (513, 7), (1023, 8), (256, 33)]
        ],
        start=100,
    ):
        generator = Generator(seed)
        padded = 256 * leaf_count(count)
        previous = generator.elements(padded, 8)
        weights, vectors = [], []
        for _ in range(updates):
            weights.append(generator.u32() % 1000 + 1)
            vectors.append(generator.elements(padded, 11))
        chunks = aggregate_chunks(rule, count, clip, bound, previous, weights, vectors)
        cases.append(
            {
                "rule": rule,
                "seed": seed,
                "element_count": count,
                "updates": updates,
                "previous_shift": 8,
                "update_shift": 11,
                "clip": clip,
                "model_bound": bound,
                "next_root": tree_of_chunks(count, chunks).root.hex(),
            }
        )
    return cases


def proof_sizes():
    cases = []
    for count, updates in [(256, 1), (600, 3), (39168, 20), (2499841, 64), (256, 70)]:
        siblings = [PADDING] * depth(count)
        one = scale_chunk_proof(bytes(1024), siblings)
        size = 1 + 8 + 32 + len(compact(len(siblings))) + 32 * len(siblings)
        size += len(one) * (updates + 1) + len(compact(updates))
        cases.append({"element_count": count, "updates": updates, "bytes": size})
    return cases


def inference():
    cases = []
    for seed, (widths, fraction_bits, shift) in enumerate(
        [
            ([4, 3], 16, 13),
            ([4, 6, 3], 16, 13),
            ([4, 6, 5, 2], 8, 20),
            ([4, 3], 0, 25),
            ([4, 5, 3], 30, 0),
        ],
        start=500,
    ):
        generator = Generator(seed)
        model = generator.elements(model_size(widths), shift)
        features, examples = widths[0], 12
        slice_ = generator.elements(8 + examples * (features + 1), shift)
        for k in range(0, examples, 2):  # every other label in range
            slice_[8 + k * (features + 1) + features] %= widths[-1]
        correct, predictions = score(widths, fraction_bits, model, features, examples, slice_)
        cases.append(
            {
                "widths": widths,
                "fraction_bits": fraction_bits,
                "model": model,
                "slice": slice_,
                "examples": examples,
                "correct": correct,
                "predictions": predictions,
                "answers": H(b"".join(struct.pack("<I", p) for p in predictions)).hex(),
            }
        )
    return cases


def fixed_point():
    cases = []
    values = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 3.14159]
    values += [1e-300, -5e-324, 1e300, 32767.99999, 32768.0, -32768.0, -32768.00001, 2.0**31 - 0.5]
    values += [2.0**31 - 0.5000001, -(2.0**31) - 0.5, -(2.0**31) - 0.51, 2.0**-17, 3 * 2.0**-17, 0.1]
    for bits in [0, 8, 16, 30]:
        for value in values:
            exact = round(Fraction(value) * 2**bits)  # half to even
            fits = -(2**31) <= exact < 2**31
            cases.append([struct.pack(">d", value).hex(), bits, exact if fits else None])
    return cases


def self_test():
    """Mirrors src/golden.rs."""
    generator, transcript, count = Generator(1), b"", 600
    for rule in [MEAN, MEDIAN, trimmed(0), trimmed(1), trimmed(2)]:
        for update_count in range(7):
            transcript += self_test_round(rule, count, update_count, generator)
    slice_ = generator.elements(8 + 20 * 7, 13)
    answers = []
    for widths in [[6, 3], [6, 5, 3], [6, 7, 5, 4]]:
        model = generator.elements(model_size(widths), 14)
        correct, predictions = score(widths, 16, model, 6, 20, slice_)
        transcript += struct.pack(f"<I{len(predictions)}I", correct, *predictions)
        answers.append(predictions)
    transcript += struct.pack("<I", sum(a != b for a, b in zip(answers[0], answers[1])))
    return H(transcript).hex()


def self_test_round(rule, count, update_count, generator):
    def vector(elements):
        chunks = [encode(elements[i : i + 256]) for i in (0, 256, 512)]
        return tree_of_chunks(count, chunks), chunks

    previous = generator.elements(768, 6)
    weights, updates = [], []
    for _ in range(update_count):
        weights.append((generator.u32() & 7) + 1)
        updates.append(generator.elements(768, 8))
    chunks = aggregate_chunks(rule, count, 2**20, 2**24, previous, weights, updates)
    right = tree_of_chunks(count, chunks), chunks
    out = right[0].root
    for index in range(4):
        out += b"".join(right[0].prove(index)) + bytes([index < 3])
    wrong = [bytearray(chunk) for chunk in chunks]
    wrong[1][77] ^= 1
    wrong = [bytes(chunk) for chunk in wrong]
    inputs = vector(previous), [vector(update) for update in updates]
    for claimed, accepted in [((tree_of_chunks(count, wrong), wrong), 1), (right, 0)]:
        out += H(scale_wrong_chunk(1, claimed, *inputs)) + bytes([accepted])
    return out


def main():
    sections = {
        "shapes": shapes(),
        "roots": roots(),
        "leaf_roots": leaf_roots(),
        "explicit_rules": explicit_rules(),
        "seeded_rules": seeded_rules(),
        "proof_sizes": proof_sizes(),
        "inference": inference(),
        "fixed_point": fixed_point(),
    }
    lines = []
    for name, cases in sections.items():
        rows = ",\n".join("    " + json.dumps(case) for case in cases)
        lines.append(f'  "{name}": [\n{rows}\n  ]')
    lines.append(f'  "self_test": "{self_test()}"')
    Path(__file__).with_name("golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
