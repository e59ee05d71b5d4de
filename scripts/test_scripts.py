#!/usr/bin/env python3
"""Tests of the Python scripts; scripts/test.sh runs them in the demo's environment."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from bounty_report import Report
from demo_bounty import INPUTS, SLICE_EXAMPLES, spec, write_slice
from demo_report import payments, round_text, tokens
from local_clients import Clients
from local_network import Failure, Network, Processes
from measure_round import parameter_count
from network_scenario import Scenario, Story, World
from process_usage import counters, usage
from safetensors.numpy import load_file, save_file
from test_rpc import is_fit
from train_numpy import train

SCRIPTS = Path(__file__).resolve().parent
HINTS = {"epochs": 5, "rate": 0.05, "momentum": 0.9, "batch": 8}


def model(hidden: int = 32) -> dict:
    """A random perceptron."""
    rng = np.random.default_rng(1)
    shapes = [(hidden, INPUTS), (10, hidden)]
    result = {}
    for layer, (outputs, inputs) in enumerate(shapes):
        weight = rng.standard_normal((outputs, inputs)) * np.sqrt(2 / inputs)
        result[f"layers.{layer}.weight"] = weight.astype(np.float32)
        result[f"layers.{layer}.bias"] = np.zeros(outputs, np.float32)
    return result


def right(tensors: dict, data: dict) -> int:
    """Right answers of a perceptron."""
    hidden = data["features"] @ tensors["layers.0.weight"].T + tensors["layers.0.bias"]
    scores = np.maximum(hidden, 0) @ tensors["layers.1.weight"].T + tensors["layers.1.bias"]
    return int((scores.argmax(axis=1) == data["labels"]).sum())


class InFolder(unittest.TestCase):
    """A test with a temporary folder."""

    def setUp(self):
        """Make the folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def split(self, name: str, *arguments) -> Path:
        """Run the split and return its folder."""
        out = self.folder / name
        command = [sys.executable, SCRIPTS / "split-digits.py", "--out", out, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return out


class Split(InFolder):
    """scripts/split-digits.py"""

    def test_every_image_is_in_one_part(self):
        out = self.split("a", "--trainers", "16", "--seed", "3")
        parts = [load_file(out / f"train-{number}.safetensors") for number in range(1, 17)]
        test, central = load_file(out / "test.safetensors"), load_file(out / "central.safetensors")
        self.assertEqual((len(test["labels"]), len(central["labels"])), (360, 1437))
        self.assertTrue(all(len(part["labels"]) >= 20 for part in parts))

        def rows(*sets):
            return sorted(
                image.tobytes() + bytes([label])
                for each in sets
                for image, label in zip(each["features"], each["labels"], strict=True)
            )

        digits = load_file(SCRIPTS.parent / "data/digits/digits.safetensors")
        self.assertEqual(rows(test, *parts), rows(digits))
        self.assertEqual(rows(central), rows(*parts))

    def test_a_seed_gives_one_split(self):
        files = [
            (self.split(name, "--seed", seed) / "train-1.safetensors").read_bytes()
            for name, seed in (("a", "1"), ("b", "1"), ("c", "2"))
        ]
        self.assertEqual(files[0], files[1])
        self.assertNotEqual(files[0], files[2])


class Train(InFolder):
    """scripts/train_numpy.py"""

    def test_a_trained_model_answers_better(self):
        out = self.split("data")
        data = load_file(out / "central.safetensors")
        before = model()
        after = train(before, data["features"], data["labels"], HINTS, 0)
        self.assertTrue(all(np.array_equal(before[name], model()[name]) for name in before))
        self.assertGreater(right(after, load_file(out / "test.safetensors")), 330)

    def test_the_contract_of_the_train_command_is_kept(self):
        out = self.split("data")
        save_file(model(), self.folder / "in.safetensors")
        environment = {
            **os.environ,
            "SHEAF_MODEL_IN": str(self.folder / "in.safetensors"),
            "SHEAF_MODEL_OUT": str(self.folder / "out.safetensors"),
            "SHEAF_DATA": str(out / "train-1.safetensors"),
            "SHEAF_ROUND": "2",
            "SHEAF_HINTS": json.dumps(HINTS),
        }
        command = [sys.executable, SCRIPTS / "train_numpy.py"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        trained = load_file(self.folder / "out.safetensors")
        shapes = {name: (tensor.shape, tensor.dtype) for name, tensor in trained.items()}
        wanted = {name: (tensor.shape, tensor.dtype) for name, tensor in model().items()}
        self.assertEqual(shapes, wanted)


class Slices(InFolder):
    """Slices of the sponsor as data sets."""

    def test_a_slice_becomes_a_data_set(self):
        rng = np.random.default_rng(2)
        features = rng.integers(0, 17, (SLICE_EXAMPLES, INPUTS))
        labels = rng.integers(0, 10, SLICE_EXAMPLES)
        examples = np.hstack([features * 2**12, labels[:, None]]).ravel()
        elements = np.concatenate([np.arange(8), examples]).astype("<i4")
        np.pad(elements, (0, -len(elements) % 256)).tofile(self.folder / "slice.blob")
        write_slice(self.folder / "slice.blob", self.folder / "slice.safetensors")
        data = load_file(self.folder / "slice.safetensors")
        np.testing.assert_array_equal(data["features"], features / 16)
        np.testing.assert_array_equal(data["labels"], labels)


class Reports(unittest.TestCase):
    """Rounds, sums and problems."""

    def report(self, verifiers=("a", "b"), paid="60") -> Report:
        """A bounty of one round."""
        report = Report(
            {"a": "Alice", "b": "Bob", "t": "Trainer1", "g": "Aggregator"}, ("Alice", "Bob")
        )
        services = [("t", "Training"), ("g", "Aggregation")]
        services += [(account, "Verification") for account in verifiers]
        events = [
            {"event": "BountyOpened", "block": 1, "account": "s", "reward": "100"},
            {"event": "RoundOpened", "block": 5, "round": 1},
            {"event": "PhaseStarted", "block": 5, "round": 1, "attempt": 0, "phase": "Commit"},
            {"event": "PhaseStarted", "block": 9, "round": 1, "attempt": 0, "phase": "Upload"},
            {
                "event": "ResultAccepted",
                "block": 15,
                "round": 1,
                "root": "0x01",
                "correct": 27,
                "examples": 30,
                "included": ["t"],
                "attestations": 3,
            },
            {
                "event": "RoundSettled",
                "block": 20,
                "round": 1,
                "root": "0x01",
                "paid": {"t": paid, "a": "10"},
                "payments": [{"account": a, "service": service} for a, service in services],
                "treasury": "25",
                "burned": "5",
                "refunded": "0",
            },
            {"event": "BountyEnded", "block": 20, "state": "Completed", "refunded": "0"},
        ]
        report.settled = [each for each in map(report.take, events) if each]
        report.issuance_before, report.issuance_after = 1000, 995
        for each in report.settled:
            report.check_attested(each)
        report.reconcile()
        report.check_issuance()
        return report

    def test_a_bounty_where_everything_is_right(self):
        report = self.report()
        self.assertEqual(report.problems, [])
        summary = report.summary()
        self.assertEqual((summary["paid"], summary["reward"]), (70, 100))
        self.assertEqual(summary["rounds"][0]["paid"], {"Trainer1": 60, "Alice": 10})
        self.assertEqual(summary["rounds"][0]["accuracy"], 0.9)
        phases = {"commit": 5, "upload": 9, "accepted": 15, "settled": 20}
        self.assertEqual(summary["rounds"][0]["phases"], phases)
        text = round_text(report.settled[0], None, {"correct": 27, "accuracy": 0.95}, 0, "SHEAF")
        self.assertIn("27 of 30 right = 90.0 %", text)
        self.assertIn("accepted 6 after Commit closed", text)

    def test_a_missing_unit_is_a_problem(self):
        problems = self.report(paid="59").problems
        self.assertEqual(problems, ["the reward is 100, but its parts sum to 99"])

    def test_a_validator_that_did_not_attest_is_a_problem(self):
        problems = self.report(verifiers=("a",)).problems
        self.assertEqual(problems, ["round 1: Bob did not attest the accepted result"])

    def test_what_was_struck_is_in_the_summary(self):
        report = self.report()
        self.assertNotIn("struck_root", report.summary())
        report.check_attack(("Bob",))
        self.assertEqual(report.problems, ["no result was struck"])
        strike = {"event": "ResultStruck", "block": 9, "round": 1, "root": "0x02"}
        report.take({**strike, "challenger": "a", "offenders": ["b"]})
        slash = {"event": "SlashApplied", "block": 9, "round": 1, "account": "b"}
        report.take({**slash, "amount": "50", "paid": {"a": "20", "g": "5"}})
        summary = report.summary()
        self.assertEqual((summary["struck_root"], summary["final_root"]), ("0x02", "0x01"))
        self.assertEqual((summary["slashed"], summary["challenger_paid"]), ({"Bob": 50}, 20))
        self.assertEqual(report.burned_from_bonds, 25)
        report.problems = []
        report.check_attack(("Bob", "Dave"))
        self.assertEqual(report.problems, ["slashed were only ['Bob']"])

    def test_amounts_are_exact_or_visibly_cut(self):
        self.assertEqual(tokens(12_000_000_000_000_000_000_007, 18), "12,000.000000000000000007")
        self.assertEqual(tokens(107_142_857, 6, 4), "107.1428…")
        self.assertEqual(tokens(-2_500, 3, 4), "-2.5")
        self.assertEqual(
            payments({"A": 2000, "B": 2000, "C": 5}, 3, "U"), "2 U each to A, B; 0.005 U to C"
        )


class Bounty(unittest.TestCase):
    """The spec."""

    def test_wide_layers_take_smaller_steps(self):
        chosen = argparse.Namespace(hidden=[32], rounds=12, trainers=6)
        self.assertEqual(spec(chosen, ".7")["training"]["rate"], 0.05)
        self.assertEqual(spec(chosen, ".7")["reward"], "12000.7")
        chosen.hidden = [13_400]
        self.assertLess(spec(chosen, "")["training"]["rate"], 0.0005)


class Measurements(unittest.TestCase):
    """What is measured of rounds on a network."""

    def test_parameters_are_weights_and_biases(self):
        self.assertEqual(parameter_count([64, 32, 10]), 2410)
        self.assertEqual(parameter_count([64, 3128, 3128, 10]), 10_022_122)

    def test_counters_are_told_apart_by_their_labels(self):
        counted = counters(
            'sheaf_blob_bytes_total{channel="http",direction="in",chain="x"} 5\n'
            'sheaf_blob_bytes_total{channel="peer",direction="in",chain="x"} 7\n'
            'sheaf_blob_materialise_seconds_sum{chain="x"} 0.25\n'
        )
        self.assertEqual((counted["http_in_bytes"], counted["peer_in_bytes"]), (5, 7))
        self.assertEqual(counted["http_out_bytes"], 0)
        self.assertEqual(counted["materialise_seconds"], 0.25)

    def test_a_process_that_works_and_holds_memory_shows_it(self):
        before = usage(os.getpid())
        # More than the process ever held so far.
        held = os.urandom(int(before["peak_memory_mib"] + 50) << 20)
        after = usage(os.getpid())
        self.assertGreater(after["peak_memory_mib"], len(held) >> 20)
        self.assertGreater(after["processor_seconds"], before["processor_seconds"])
        self.assertIsNone(usage(2**30), "no process has this number")


class Programs(InFolder):
    """Starting and stopping."""

    def test_what_was_started_is_stopped(self):
        processes = Processes(self.folder)
        process = processes.start("sleeper", ["sleep", "1000"], {})
        processes.stop()
        self.assertIsNotNone(process.poll())

    def test_what_was_killed_can_be_started_again(self):
        processes = Processes(self.folder)
        first = processes.start("sleeper", ["sleep", "1000"], {})
        processes.kill("sleeper")
        self.assertEqual(first.poll(), -signal.SIGKILL)
        again = processes.start("sleeper", ["sleep", "1000"], {})
        processes.signal("sleeper", signal.SIGSTOP)
        processes.stop()
        self.assertIsNotNone(again.poll())

    def test_a_missing_program_is_one_line(self):
        with self.assertRaisesRegex(Failure, "cannot start /no/such"):
            Processes(self.folder).start("none", ["/no/such"], {})

    def test_a_mismatch_is_found_once(self):
        network = Network(Path(), Processes(self.folder), 2, 17400)
        (self.folder / "alice.log").write_text("fine\n")
        log = self.folder / "bob.log"
        log.write_text(
            "ERROR sheaf::verification root mismatch: computed 1, the gateway 2\nroot mis"
        )
        self.assertEqual(len(network.mismatches()), 1)
        self.assertEqual(network.mismatches(), [])
        log.write_text(log.read_text() + "match\n")
        self.assertEqual(network.mismatches(), ["Bob: root mismatch"])


class Scenarios(InFolder):
    """What the network test makes of the notes of its programs."""

    def scenario(self) -> Scenario:
        """One without programs."""
        processes = Processes(self.folder)
        network = Network(Path(), processes, 4, 17400)
        return Scenario(World(network, Clients(Path(), network, processes), processes, 0))

    def test_a_record_that_is_read_twice_counts_once(self):
        scenario = self.scenario()
        settled = {"event": "RoundSettled", "block": 9, "round": 1, "paid": {"x": "5"}}
        for _ in range(2):
            scenario.take("sponsor", settled)
        self.assertEqual(len(scenario.notes), 1)
        self.assertEqual(scenario.last_block, 9)
        self.assertEqual(scenario.report.total("paid"), 5)

    def test_notes_are_found_by_who_said_them_and_when(self):
        scenario = self.scenario()
        scenario.take("Trainer1", {"event": "committed", "round": 1})
        mark = scenario.mark()
        scenario.take("Trainer1", {"event": "committed", "round": 2})
        self.assertEqual(scenario.wait("Trainer1", "committed")["round"], 1)
        self.assertEqual(scenario.wait("Trainer1", "committed", since=mark)["round"], 2)
        with self.assertRaisesRegex(Failure, "Trainer1 did not say committed round 3 in time"):
            scenario.wait("Trainer1", "committed", round=3)
        scenario.take("Trainer1", None)
        with self.assertRaisesRegex(Failure, "Trainer1 ended without uploaded"):
            scenario.wait("Trainer1", "uploaded")

    def test_a_story_passes_only_if_it_was_checked(self):
        story = Story(self.scenario().world, "a story")
        self.assertFalse(story.passed)
        story.expect(True, "fine")
        self.assertTrue(story.passed)
        story.expect(False, "not fine")
        self.assertEqual((story.passed, story.problems), (False, ["not fine"]))


class RpcAnswers(unittest.TestCase):
    """What test_rpc.py takes for an answer that fits the node's document."""

    DOCUMENT = json.loads((SCRIPTS.parent / "docs" / "openrpc.json").read_text())

    def fits(self, name: str, value) -> bool:
        """Whether a value fits a schema of the document."""
        return is_fit(self.DOCUMENT, {"$ref": f"#/components/schemas/{name}"}, value)

    def test_values_are_told_from_others(self):
        """Objects, references, options and kinds."""
        block = {"hash": "0x" + "00" * 32, "number": 7}
        self.assertTrue(self.fits("BlockRef", block))
        self.assertFalse(self.fits("BlockRef", {**block, "number": "7"}))
        self.assertFalse(self.fits("BlockRef", {"number": 7}))
        self.assertFalse(self.fits("BlockRef", {**block, "parent": 6}))
        self.assertTrue(self.fits("BountyState", {"stage": "enrolling", "deadline": 9}))
        self.assertFalse(self.fits("BountyState", {"stage": "enrolling"}))
        self.assertFalse(self.fits("BountyState", {"stage": "sleeping"}))
        page = {"at": block, "bounties": [], "next": None}
        self.assertTrue(self.fits("BountyPage", page))
        self.assertFalse(self.fits("BountyPage", {**page, "bounties": [{}]}))


if __name__ == "__main__":
    unittest.main()
