#!/usr/bin/env python3
"""Test four validators and the programs around them, as processes on this machine.

Opens several bounties at once on one chain and lets things go wrong: validators, trainers, the
aggregator and sponsors are killed without a warning, a validator and a trainer cheat, strangers
attack a gateway. What must have come of it is read from the chain: who was included and paid,
where every unit of the rewards went, and that all validators agree. Stops exactly what it started;
keeps logs if anything failed.

With --full, then cuts validators of a second chain off from the others, each of which is in a
network namespace, which needs root; and on a third chain kills every kind of program once in every
phase.
"""

import argparse
import os
import subprocess
import sys
import threading
from pathlib import Path

import test_rpc
from local_clients import Clients
from local_network import VALIDATORS, Failure, Network, Processes, run_in_folder
from network_attacks import (
    Collusion,
    GarbageAttestations,
    HiddenUpdate,
    HostileUploads,
    NobodyPublishes,
    ServedCollusion,
    WithheldCollusion,
)
from network_cuts import CutOff
from network_kills import (
    KilledAggregator,
    KilledSponsor,
    KilledTrainer,
    KilledTrainers,
    KilledValidator,
    KilledValidators,
)
from network_scenario import World
from separate_network import SeparateNetwork, possible

SCRIPTS = Path(__file__).resolve().parent
# They run at once; the collusions after the others, because their liars are not drawn again.
SCENARIOS = (
    NobodyPublishes,
    KilledValidators,
    KilledTrainers,
    GarbageAttestations,
    HiddenUpdate,
    HostileUploads,
    ServedCollusion,
    WithheldCollusion,
)
MATRIX = (KilledValidator, KilledTrainer, KilledAggregator, KilledSponsor)
TRAINER_BOND, AGGREGATOR_BOND = 10, 100
MOST_TRAINERS = max(len(each.trainers) for each in SCENARIOS)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    target = os.environ.get("CARGO_TARGET_DIR") or Path.home() / ".cache/sheaf/target"
    parser.add_argument(
        "--binaries",
        type=Path,
        default=Path(target, "release"),
        metavar="DIR",
        help="where sheaf, sheaf-node and sheaf-adversary are, default: %(default)s",
    )
    parser.add_argument(
        "--base-port",
        type=int,
        default=17500,
        metavar="N",
        help="first of the 34 ports in use, with --full 74; default: %(default)s",
    )
    parser.add_argument(
        "--minutes", type=float, default=12, metavar="N", help="most a chain may take, default: 12"
    )
    parser.add_argument("--full", action="store_true", help="the second and third chain, too")
    parser.add_argument("--keep", action="store_true", help="keep the logs even if all is well")
    parser.add_argument(
        "--only",
        choices=[each.name for each in (*SCENARIOS, *MATRIX, CutOff)],
        action="append",
        help="this scenario; may be repeated",
    )
    return parser.parse_args()


def start(world: World, scenarios: list) -> None:
    """Bring up the chain, split the data and register everybody."""
    command = [sys.executable, SCRIPTS / "split-digits.py", "--out", world.folder / "data"]
    command += ["--trainers", str(MOST_TRAINERS)]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        raise Failure("the data could not be split; the reason is above")
    world.tell(f"starting {len(world.network.names)} validators (logs in {world.folder})")
    world.network.start()
    trainers = {name for each in scenarios for name in each.trainers}
    aggregators = {each.aggregator for each in scenarios if each.aggregator}
    world.tell(f"registering {len(trainers)} trainers and {len(aggregators)} aggregators")
    roles = [(name, "--trainer", TRAINER_BOND) for name in sorted(trainers)]
    roles += [(name, "--aggregator", AGGREGATOR_BOND) for name in sorted(aggregators)]
    world.clients.register(roles)


def play(world: World, scenarios: list) -> None:
    """All scenarios at once, and then the collusions."""
    if not any(isinstance(each, NobodyPublishes) for each in scenarios):
        for validator in world.network.puppets[:3]:
            world.give_key(validator)
    play_at_once([each for each in scenarios if not isinstance(each, Collusion)])
    collusions = [each for each in scenarios if isinstance(each, Collusion)]
    for liar in Collusion.liars if collusions else ():
        world.take_key(liar)
    world.meeting = threading.Barrier(max(1, len(collusions)))
    play_at_once(collusions)


def play_at_once(scenarios: list) -> None:
    """Run scenarios until all have ended."""
    threads = [threading.Thread(target=each.run, daemon=True) for each in scenarios]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=1)


def check_chain(world: World, scenarios: list, issuance: int) -> list:
    """What is wrong with the chain as a whole."""
    network = world.network
    problems = [f"native and wasm results differ: {line}" for line in network.mismatches()]
    burned = sum(
        each.report.total("burned") + each.report.burned_from_bonds for each in scenarios
    )
    # The last payment is final everywhere when all bounties' ends are.
    change = issuance - network.total_issuance()
    if change != burned:
        problems.append(f"issuance fell by {change}, but {burned} was burned")
    final = {name: network.final_block(name)[0] for name in network.names}
    problems += check_rpc(network, scenarios)
    lowest = min(final.values())
    hashes = {name: network.rpc(name, "chain_getBlockHash", lowest) for name in network.names}
    if len(set(hashes.values())) != 1:
        problems.append(f"validators disagree about final block {lowest}: {hashes}")
    if max(final.values()) - lowest > 10:
        problems.append(f"a validator lags behind: {final}")
    return problems


def check_rpc(network: Network, scenarios: list) -> list:
    """Every method of the RPC at a validator, if a bounty is complete."""
    if not any(each.report.state == "Completed" for each in scenarios):
        return []
    try:
        test_rpc.Check(test_rpc.Node(network.rpc_url(network.names[0]))).everything()
    except (test_rpc.Failure, test_rpc.RpcError, OSError) as failure:
        return [f"RPC: {failure}"]
    return []


def table(scenarios: list) -> str:
    """Every story with its outcome."""
    lines = [f"{'story':<36} {'bounty':<12} outcome"]
    for scenario in scenarios:
        for story in scenario.stories.values():
            outcome = "passed" if story.passed else "FAILED"
            lines.append(f"{story.title:<36} {scenario.name:<12} {outcome}")
            lines += [f"    {problem}" for problem in story.problems]
            if not story.checked:
                lines.append("    it was not checked")
    return "\n".join(lines)


def run_on(network: Network, scenarios: tuple, chosen: argparse.Namespace) -> tuple:
    """Play scenarios on a network: they, and what is wrong with the chain as a whole."""
    processes = network.processes
    clients = Clients(chosen.binaries / "sheaf", network, processes)
    world = World(network, clients, processes, int(chosen.minutes * 60))
    scenarios = [
        scenario(world)
        for scenario in scenarios
        if chosen.only is None or scenario.name in chosen.only
    ]
    if not scenarios:
        return [], []
    processes.folder.mkdir()
    try:
        network.check_ports()
        network.build()
        start(world, scenarios)
        issuance = network.total_issuance()
        play(world, scenarios)
        return scenarios, check_chain(world, scenarios, issuance)
    finally:
        world.stopped.set()
        processes.stop()
        network.dismantle()
        world.tell("everything is stopped")


def run(chosen: argparse.Namespace, folder: Path) -> bool:
    """Run the test in a folder; whether all is well."""
    node = chosen.binaries / "sheaf-node"
    network = Network(node, Processes(folder / "one"), 4, chosen.base_port, VALIDATORS)
    scenarios, problems = run_on(network, SCENARIOS, chosen)
    if chosen.full:
        if not possible():
            raise Failure("--full needs root and iproute2")
        separate = SeparateNetwork(node, Processes(folder / "two"), 4, chosen.base_port + 40)
        third = Network(node, Processes(folder / "three"), 4, chosen.base_port)
        for network, further in ((separate, (CutOff,)), (third, MATRIX)):
            more, worse = run_on(network, further, chosen)
            scenarios, problems = [*scenarios, *more], [*problems, *worse]
    print(f"\n{table(scenarios)}")
    for problem in problems:
        print(f"PROBLEM: {problem}")
    passed = all(story.passed for each in scenarios for story in each.stories.values())
    return passed and not problems


def main() -> int:
    """Run, and keep the logs if something failed."""
    chosen = options()
    return run_in_folder("test_network", chosen.keep, lambda folder: run(chosen, folder))


if __name__ == "__main__":
    sys.exit(main())
