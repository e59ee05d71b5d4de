"""Scenarios of the network test: a bounty on a shared chain, and the stories that it tells."""

import contextlib
import json
import signal
import threading
import time
from pathlib import Path

from bounty_report import Report
from demo_bounty import INPUTS, OUTPUTS
from local_clients import BLOCK_SECONDS, Clients
from local_network import Failure, Network, Processes

# The validator that nobody harms: what the test reads, it reads there.
OBSERVER = 0
SLICE_EXAMPLES = 10
REWARD = "3000.000000000007"
LENGTHS = {
    "prepare": 30,
    "enrolment": 30,
    "commit": 60,
    "upload": 20,
    "attest": 10,
    "publish": 10,
    "window": 4,
}


class World:
    """What the scenarios of one run share."""

    def __init__(self, network: Network, clients: Clients, processes: Processes, seconds: int):
        self.network = network
        self.clients = clients
        self.processes = processes
        self.folder = processes.folder
        self.started = time.monotonic()
        self.ends = self.started + seconds
        self.stopped = threading.Event()
        # Finality survives one absent validator of four.
        self.one_absent = threading.Lock()
        # Validators whose nodes verify by themselves.
        self.verifying = set(network.names) - set(network.puppets)
        self.key_given = threading.Condition()
        # Where scenarios wait for each other.
        self.meeting = threading.Barrier(1)

    def tell(self, text: str) -> None:
        """A line with the seconds since the start."""
        print(f"[{time.monotonic() - self.started:4.0f} s] {text}", flush=True)

    def time_is_up(self) -> bool:
        """Whether waiting has to end."""
        return self.stopped.is_set() or time.monotonic() > self.ends

    def wait_until(self, condition, what: str, every: float = 0.5):
        """Wait for something true, and return it."""
        while True:
            value = condition()
            if value:
                return value
            if self.time_is_up():
                raise Failure(f"{what}: it did not come in time")
            time.sleep(every)

    def give_key(self, validator: str) -> None:
        """Let a validator's node verify by itself from now on."""
        self.network.give_verifier_key(validator)
        with self.key_given:
            self.verifying.add(validator)
            self.key_given.notify_all()
        self.tell(f"{validator}'s node has its verifier's key")

    def take_key(self, validator: str) -> None:
        """Let a validator's node verify no longer."""
        self.network.take_verifier_key(validator)
        self.verifying.discard(validator)
        self.tell(f"{validator}'s node has no verifier's key any more")

    def wait_for_keys(self, validators: tuple) -> None:
        """Wait until the nodes of these validators verify by themselves."""
        wanted = set(validators)
        with self.key_given:
            while not wanted <= self.verifying:
                if self.time_is_up():
                    raise Failure(f"the nodes of {', '.join(sorted(wanted))} got no keys in time")
                self.key_given.wait(timeout=1)

    def meet(self) -> None:
        """Wait for the other scenarios that have to be as far."""
        try:
            self.meeting.wait(max(0.0, self.ends - time.monotonic()))
        except threading.BrokenBarrierError:
            raise Failure("another scenario did not come as far") from None

    @contextlib.contextmanager
    def without(self, validator: str):
        """Kill a validator, and start it again at the end; wait until it has caught up."""
        with self.one_absent:
            self.processes.kill(validator.lower())
            try:
                yield
            finally:
                if not self.time_is_up():
                    self.network.launch(validator)
            reached, _ = self.network.final_block(self.network.names[OBSERVER])
            self.wait_until(
                lambda: self.network.is_ready(validator)
                and self.network.final_block(validator)[0] >= reached,
                f"{validator} after its restart",
            )


class Story:
    """One thing that must go well, with what went wrong."""

    def __init__(self, world: World, title: str):
        self.world = world
        self.title = title
        self.problems = []
        self.checked = False

    def tell(self, text: str) -> None:
        """Say how it goes."""
        self.world.tell(f"{self.title}: {text}")

    def expect(self, condition: bool, problem: str) -> None:
        """Note a problem unless the condition holds."""
        self.checked = True
        if not condition:
            self.problems.append(problem)

    @property
    def passed(self) -> bool:
        """Whether it was checked and nothing was wrong."""
        return self.checked and not self.problems


class Scenario:
    """One bounty, the accounts that work on it, and its stories. Subclasses say what happens in
    `play`, and what must have come of it in `check`."""

    name = ""
    titles = {}
    sponsor = ""
    trainers = ()
    # Validators whose nodes the trainers use, by their places.
    homes = (0, 1, 2, 3)
    aggregator = None
    min_trainers = 2
    rounds = 3
    lengths = LENGTHS
    seed = 0
    # Validators whose own nodes must verify before the bounty opens.
    verifying = ()
    # Validators that lie in this bounty while their nodes have no key, and about what.
    liars = ()
    lie = "none"

    def __init__(self, world: World):
        self.world = world
        self.clients = world.clients
        self.report = Report(world.clients.addresses, world.network.names)
        self.stories = {key: Story(world, title) for key, title in self.titles.items()}
        self.folder = world.folder / self.name
        self.changed = threading.Condition()
        self.notes = []
        self.records = set()
        self.last_block = 0
        self.lives = {}
        self.bounty = None

    def run(self) -> None:
        """Play it from opening to the end, and check what came of it."""
        try:
            self.world.wait_for_keys(self.verifying)
            self.open()
            self.play()
            self.wait("sponsor", "BountyEnded")
            self.check_bounty()
            self.check()
            self.world.tell(f"{self.name}: bounty {self.bounty} is {self.report.state}")
        except Failure as failure:
            self.fail(str(failure))
        except Exception as error:
            self.fail(f"the test itself failed: {error!r}")
            raise

    def fail(self, reason: str) -> None:
        """Every story that has not been checked failed for this reason."""
        self.world.meeting.abort()
        for story in self.stories.values():
            if not story.checked:
                story.expect(False, reason)

    def play(self) -> None:
        """What happens."""

    def check(self) -> None:
        """What must have come of it."""

    def check_bounty(self) -> None:
        """Every scenario: the bounty is complete, and all validators have its model."""
        self.report.reconcile()
        with self.world.one_absent:
            self.check_models()
        for story in self.stories.values():
            for problem in self.report.problems:
                story.expect(False, problem)

    def check_models(self) -> None:
        """Ask every validator; none must be absent."""
        root = self.report.rounds[max(self.report.rounds)].model_root
        for place, validator in enumerate(self.world.network.names):
            shown = self.clients.run("bounty", "show", "--bounty", self.bounty, place=place)
            if (shown["state"], shown["model_root"]) != (self.report.state, root):
                self.report.problems.append(
                    f"{validator} has the bounty {shown['state']} with model {shown['model_root']},"
                    f" not {self.report.state} with {root}"
                )

    def open(self) -> None:
        """Open the bounty and start everybody who works for it."""
        self.folder.mkdir()
        spec = self.folder / "spec.json"
        spec.write_text(json.dumps(self.spec(), indent=2) + "\n")
        command = ["bounty", "open", "--spec", spec, "--init", "random", "--watch"]
        command += ["--evaluation", self.world.folder / "data/test.safetensors"]
        command += ["--slice-examples", SLICE_EXAMPLES, "--work-dir", self.folder / "bounty"]
        self.start("sponsor", command, self.sponsor, OBSERVER)
        self.bounty = self.wait("sponsor", "opened")["bounty"]
        self.world.tell(f"{self.name}: bounty {self.bounty} is open")
        self.start_puppets()
        if self.aggregator:
            self.start_aggregator()
        for trainer in self.trainers:
            self.start_trainer(trainer, **self.options_of(trainer))

    def start_puppets(self) -> None:
        """Speak for the validators whose nodes have no verifier's key."""
        network = self.world.network
        puppets = [name for name in network.names if name not in self.world.verifying]
        if puppets:
            tongues = {name: "--liar" if name in self.liars else "--honest" for name in puppets}
            # The last one is never killed.
            home, folder = puppets[-1], self.folder / "speak"
            self.clients.start_adversary(
                f"{self.name}-speak", home, self.bounty, tongues, self.lie_of_puppets(), folder
            )

    def lie_of_puppets(self) -> str:
        """What the liars lie about."""
        return self.lie

    def options_of(self, _trainer: str) -> dict:
        """Options of `start_trainer` with which a trainer starts."""
        return {}

    def prefix_of(self, _worker: str) -> tuple:
        """What the command of a program of the bounty begins with."""
        return ()

    def spec(self) -> dict:
        """The bounty's spec file."""
        return {
            "network": [INPUTS, 8, OUTPUTS],
            "rounds": self.rounds,
            "min_trainers": self.min_trainers,
            "max_trainers": len(self.trainers),
            "clip": 4.0,
            "lengths": self.lengths,
            "training": {"epochs": 1, "rate": 0.05, "momentum": 0.9, "batch": 8},
            "reward": REWARD,
        }

    def start(self, worker: str, command: list, account: str, place: int) -> None:
        """Start a program of the bounty; what it says becomes notes of `worker`."""
        process = f"{self.name}-{worker}"
        life = self.lives[worker] = self.lives.get(worker, 0) + 1

        def take(note):
            # The end of an earlier life is no news.
            if note or life == self.lives[worker]:
                self.take(worker, note)

        self.clients.start(process, command, account, place, take, prefix=self.prefix_of(worker))

    def start_trainer(self, trainer: str, command: str | None = None) -> None:
        """Start a trainer, for the first time or again."""
        place = self.trainers.index(trainer)
        data = self.world.folder / f"data/train-{place + 1}.safetensors"
        arguments = ["trainer", "run", "--bounty", self.bounty, "--data", data]
        # Two bounties with one model, data and seed get one update, which counts in both.
        arguments += ["--work-dir", self.work_folder(trainer), "--seed", self.seed + place]
        arguments += ["--train-command", command] if command else []
        self.start(trainer, arguments, trainer, self.homes[place % len(self.homes)])

    def start_aggregator(self) -> None:
        """Start the aggregator, for the first time or again."""
        command = ["aggregator", "run", "--bounty", self.bounty]
        command += ["--work-dir", self.folder / "aggregator"]
        self.start("aggregator", command, self.aggregator, OBSERVER)

    def restart_sponsor(self) -> None:
        """Start the sponsor's watch again where it was."""
        command = ["bounty", "watch", "--bounty", self.bounty, "--from", self.last_block]
        command += ["--upload-slices", "--work-dir", self.folder / "bounty"]
        self.start("sponsor", command, self.sponsor, OBSERVER)

    def work_folder(self, worker: str) -> Path:
        """Where a trainer keeps its files."""
        return self.folder / worker.lower()

    def first_update(self, trainer: str) -> Path:
        """Where a trainer keeps what it commits to in round 1."""
        observer = self.world.network.names[OBSERVER]
        genesis = self.world.network.rpc(observer, "chain_getBlockHash", 0)
        model = self.wait("sponsor", "opened")["initial_model_root"]
        name = f"{genesis[2:18]}-bounty-{self.bounty}-round-0001-from-{model[2:18]}.blob"
        return self.work_folder(trainer) / "updates" / name

    def kill(self, worker: str) -> None:
        """End a program of the bounty without a warning."""
        self.lives[worker] += 1
        self.world.processes.kill(f"{self.name}-{worker}")

    @contextlib.contextmanager
    def frozen(self, worker: str):
        """Let a program of the bounty stand still meanwhile, so that the phase waits for it."""
        process = f"{self.name}-{worker}"
        self.world.processes.signal(process, signal.SIGSTOP)
        try:
            yield
        finally:
            self.world.processes.signal(process, signal.SIGCONT)

    def take(self, worker: str, note: dict | None) -> None:
        """Keep a note of a program, and what the sponsor's watch tells about the bounty."""
        with self.changed:
            if worker == "sponsor" and note:
                line = json.dumps(note, sort_keys=True)
                # A watch that was started again reads its last block again.
                if line in self.records:
                    return
                self.records.add(line)
                self.last_block = max(self.last_block, note.get("block", 0))
                self.report.take(note)
            self.notes.append((worker, note))
            self.changed.notify_all()

    def mark(self) -> int:
        """Notes so far: those after it are new."""
        return len(self.notes)

    def said(self, worker: str, event: str, since: int = 0, **fields) -> dict | None:
        """The first such note of a program."""
        for who, note in self.notes[since:]:
            if who == worker and note and note.get("event") == event:
                if all(note.get(field) == value for field, value in fields.items()):
                    return note
        return None

    def wait(self, worker: str, event: str, since: int = 0, **fields) -> dict:
        """Wait for a note, and return it."""
        wanted = " ".join([event, *(f"{field} {value}" for field, value in fields.items())])
        with self.changed:
            while True:
                note = self.said(worker, event, since, **fields)
                if note:
                    return note
                if self.report.state:
                    raise Failure(f"the bounty is {self.report.state}: no {wanted} of {worker}")
                if (worker, None) in self.notes:
                    raise Failure(f"{worker} ended without {wanted}")
                if self.world.time_is_up():
                    raise Failure(f"{worker} did not say {wanted} in time")
                self.changed.wait(timeout=1)

    def round_now(self, number: int) -> dict | None:
        """A live round at the best block."""
        live = [each for each in self.rounds_now() if each["round"] == number]
        return live[0] if live else None

    def rounds_now(self) -> list:
        """All live rounds at the best block."""
        shown = self.clients.run(
            "bounty", "show", "--bounty", self.bounty, place=OBSERVER, retries=1
        )
        return shown["live_rounds"]

    def wait_round(self, number: int, phase: str, condition=lambda _: True) -> dict:
        """Wait until a live round is in a phase, and something is true of it."""

        def look():
            if self.report.state:
                raise Failure(f"the bounty ended: no {phase} of round {number}")
            live = self.round_now(number)
            return live if live and live["phase"] == phase and condition(live) else None

        return self.world.wait_until(look, f"{self.name}: {phase} of round {number}", every=1)

    def best_block(self) -> int:
        """Number of the best block."""
        return self.world.network.best_block(self.world.network.names[OBSERVER])

    def included(self, number: int) -> list:
        """Names of the trainers whose updates went into a round."""
        return sorted(self.report.rounds[number].included)

    def paid_for(self, service: str, number: int) -> list:
        """Names of the accounts that a round paid for a service."""
        return sorted(self.report.rounds[number].services.get(service, []))

    def expect_trainers(self, story: Story, number: int, trainers) -> None:
        """Exactly these trainers are in a round's model, and paid the same for it."""
        wanted = sorted(trainers)
        found, paid = self.included(number), self.paid_for("Training", number)
        story.expect(found == wanted, f"round {number} includes {found}, not {wanted}")
        story.expect(paid == wanted, f"round {number} pays {paid}, not {wanted}")
        amounts = {self.report.rounds[number].paid.get(trainer) for trainer in wanted}
        story.expect(len(amounts) == 1, f"round {number} pays its trainers unequal sums")


def blocks(count: int) -> None:
    """Wait for about so many blocks."""
    time.sleep(count * BLOCK_SECONDS)
