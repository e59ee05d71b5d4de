"""What processes took of this machine, and what validators count themselves."""

import os
import threading
import urllib.request
from pathlib import Path

from local_network import Failure, Network, Processes

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# Metrics of a validator that a measurement keeps, by the beginnings of their names.
KEPT_METRICS = ("sheaf_blob", "substrate_sub_libp2p_network_bytes_total")


def usage(pid: int) -> dict | None:
    """What a process took so far; nothing if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        # The name may hold blanks and brackets; the fields start after its last bracket.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        storage = Path(f"/proc/{pid}/io").read_text()
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in (status + storage).splitlines() if ":" in line)
    if "VmHWM" not in values:
        return None
    return {
        "peak_memory_mib": round(int(values["VmHWM"].split()[0]) / 1024, 1),
        "processor_seconds": round((int(fields[11]) + int(fields[12])) / CLOCK_TICKS, 1),
        "storage_read_bytes": int(values["read_bytes"]),
        "storage_written_bytes": int(values["write_bytes"]),
    }


class Sampler(threading.Thread):
    """Asks every half second what each process took: one that ended cannot be asked any more."""

    def __init__(self, processes: Processes):
        super().__init__(daemon=True)
        self.processes = processes
        self.done = threading.Event()
        self.taken = {}

    def run(self) -> None:
        """Ask until `done`."""
        while not self.done.wait(0.5):
            self.ask()

    def ask(self) -> None:
        """Ask all processes that still run."""
        for name, process in list(self.processes.running.items()):
            taken = usage(process.pid)
            if taken:
                self.taken[name] = taken


def metrics(network: Network, name: str) -> dict:
    """A validator's counters of bytes and blobs, by their Prometheus names with labels."""
    address = f"http://{network.host(name)}:{network.ports[name]['prometheus']}/metrics"
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
    except OSError as error:
        raise Failure(f"{name} does not answer at {address}: {error}") from error
    kept = (line.rpartition(" ") for line in lines if line.startswith(KEPT_METRICS))
    return {key: float(value) for key, _, value in kept if "_bucket" not in key}
