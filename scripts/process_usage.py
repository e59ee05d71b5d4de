"""What processes took of this machine, and what validators count themselves."""

import os
import threading
import urllib.request
from pathlib import Path

from local_network import Failure, Network, Processes

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# What a validator counts, by the beginnings of its Prometheus lines.
COUNTERS = {
    **{
        f"{channel}_{direction}_bytes": "sheaf_blob_bytes_total"
        f'{{channel="{channel}",direction="{direction}"'
        for channel in ("http", "peer")
        for direction in ("in", "out")
    },
    **{
        f"network_{direction}_bytes": "substrate_sub_libp2p_network_bytes_total"
        f'{{direction="{direction}"'
        for direction in ("in", "out")
    },
    "materialise_seconds": "sheaf_blob_materialise_seconds_sum",
    "models_materialised": "sheaf_blob_materialise_seconds_count",
}


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
    """What a validator counted so far."""
    address = f"http://{network.host(name)}:{network.ports[name]['prometheus']}/metrics"
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return counters(answer.read().decode())
    except OSError as error:
        raise Failure(f"{name} does not answer at {address}: {error}") from error


def counters(text: str) -> dict:
    """Of a node's Prometheus metrics: bytes of blobs over HTTP and between peers, bytes of its whole
    peer-to-peer network, and models computed."""
    lines = text.splitlines()

    def counted(beginning: str) -> float:
        """Nothing is shown before it first happened."""
        return sum(float(line.split()[-1]) for line in lines if line.startswith(beginning))

    return {name: round(counted(beginning), 3) for name, beginning in COUNTERS.items()}
