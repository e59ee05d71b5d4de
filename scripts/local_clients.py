"""Programs around a local chain: `sheaf` commands, and what they write."""

import json
import subprocess
import threading
import time
from pathlib import Path

from local_network import Failure, Network, Processes

BLOCK_SECONDS = 3
VALIDATOR_ADDRESSES = {
    "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY": "Alice",
    "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty": "Bob",
    "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y": "Charlie",
    "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy": "Dave",
}


class Clients:
    """Starts `sheaf` for accounts named after their development keys."""

    def __init__(self, sheaf: Path, network: Network, processes: Processes):
        self.sheaf = sheaf
        self.network = network
        self.processes = processes
        self.addresses = dict(VALIDATOR_ADDRESSES)

    def environment(self, name: str, place: int = 0) -> dict:
        """What a client needs to know: its key, and the validator that it talks to."""
        validator = self.network.names[place % len(self.network.names)]
        return {
            "SHEAF_KEY": f"//{name}",
            "SHEAF_NODE": self.network.rpc_url(validator),
            "SHEAF_GATEWAY": self.network.gateway(validator),
            # Trainers share this machine: one thread each.
            "RAYON_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def run(self, *arguments, name: str = "Sponsor", place: int = 0, retries: int = 0) -> dict:
        """Run a short command and return the last JSON object that it prints."""
        command = [self.sheaf, "--json", *arguments]
        for attempt in range(retries + 1):
            # Another validator each time.
            environment = self.environment(name, place + attempt)
            code, output, messages = self.processes.run(command, environment)
            if code == 0:
                return json.loads(output.strip().splitlines()[-1])
            if attempt < retries:
                time.sleep(BLOCK_SECONDS)
        reason = (messages.strip() or f"exit code {code}").splitlines()[-1]
        raise Failure(f"`sheaf {arguments[0]} {arguments[1]}` as {name} failed: {reason}")

    def start(
        self,
        process: str,
        arguments: list,
        name: str,
        place: int,
        take,
        nice: bool = True,
        prefix: tuple = (),
    ):
        """Start a command that goes on. `take` gets its JSON objects, and None at the end; they are
        kept in PROCESS.json as well."""
        command = [*prefix, self.sheaf, "--json", *arguments]
        environment = self.environment(name, place)
        pipe = {"stdout": subprocess.PIPE, "text": True}
        started = self.processes.start(process, command, environment, nice=nice, **pipe)
        reader = threading.Thread(target=self._read, args=(process, started, take), daemon=True)
        reader.start()
        return started

    def start_adversary(
        self, process: str, home: str, bounty: int, tongues: dict, lie: str, folder: Path
    ) -> None:
        """Speak for validators at the validator `home`; `tongues` says for each `--liar` or
        `--honest`, `lie` what the liars lie about."""
        options = [part for name, tongue in tongues.items() for part in (tongue, name)]
        command = [self.sheaf.with_name("sheaf-adversary"), "speak", "--bounty", bounty, *options]
        command += ["--lie", lie, "--work-dir", folder]
        command += ["--node", self.network.rpc_url(home), "--gateway", self.network.gateway(home)]
        self.processes.start(process, command, {}, nice=True)

    def _read(self, process: str, started: subprocess.Popen, take) -> None:
        path = self.processes.folder / f"{process}.json"
        with open(path, "a", encoding="utf-8") as kept:
            for line in started.stdout:
                kept.write(line)
                kept.flush()
                try:
                    note = json.loads(line)
                except ValueError:
                    continue
                take(note)
        take(None)

    def register(self, roles: list) -> None:
        """Register nodes, given as (name, flag, bond), at once: each waits for finality."""
        failures = []

        def register(place, name, flag, bond):
            try:
                done = self.run("node", "register", flag, "--bond", bond, name=name, place=place)
                self.addresses[done["account"]] = name
            except Failure as failure:
                failures.append(failure)

        threads = [
            threading.Thread(target=register, args=(place, *role), daemon=True)
            for place, role in enumerate(roles)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
