"""A chain of validators on this machine, and the processes around it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

VALIDATORS = ("Alice", "Bob", "Charlie", "Dave")
STOP_SECONDS = 15
START_SECONDS = 300
# twox128("Balances") ++ twox128("TotalIssuance")
TOTAL_ISSUANCE = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"
MISMATCH = "root mismatch"


class Failure(Exception):
    """Why a run cannot go on, in one line."""


def run_in_folder(name: str, keep: bool, run) -> int:
    """Run in a new folder, which stays if something failed or `keep` says so; the exit code."""
    sys.stdout.reconfigure(line_buffering=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    folder = Path(tempfile.mkdtemp(prefix=f"sheaf-{name.replace('_', '-')}-"))
    passed, started = False, time.monotonic()
    try:
        passed = run(folder)
        print(f"{time.monotonic() - started:.0f} seconds")
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
    finally:
        if passed and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"{name}: logs are kept in {folder}", file=sys.stderr)
    return 0 if passed else 1


def stopped(number, _frame):
    """Turn a signal into an orderly end."""
    raise SystemExit(128 + number)


def last_line(path: Path) -> str:
    """The last line of a log that says something, for an error message."""
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")


class Processes:
    """Everything that a run started, and only that. Several threads may use it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.running = {}
        self.short = set()
        self.started = []
        self.lock = threading.Lock()

    @staticmethod
    def spawn(command: list, environment: dict, **options) -> subprocess.Popen:
        """Start a program in a group of its own, so that Ctrl-C reaches it only through us."""
        given = {key: value for key, value in os.environ.items() if not key.startswith("SHEAF_")}
        options = {"stdin": subprocess.DEVNULL, "start_new_session": True, **options}
        try:
            return subprocess.Popen(command, env={**given, **environment}, **options)
        except OSError as error:
            raise Failure(f"cannot start {command[0]}: {error.strerror}") from error

    def run(self, command: list, environment: dict) -> tuple:
        """Exit code, output and messages of a program that ends by itself."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = self.spawn([str(part) for part in command], environment, **pipes)
        self.short.add(process)
        output, messages = process.communicate()
        self.short.discard(process)
        return process.returncode, output, messages

    def start(self, name: str, command: list, environment: dict, nice: bool = False, **options):
        """Start a program that goes on; what it writes goes to NAME.log."""
        command = [str(part) for part in command]
        if nice and shutil.which("nice"):
            command = ["nice", "-n", "10", *command]
        with self.lock, open(self.folder / f"{name}.log", "ab") as log:
            process = self.spawn(command, environment, **{"stdout": log, "stderr": log, **options})
            self.running[name] = process
            self.started.append(
                {"name": name, "pid": process.pid, "command": command, "environment": environment}
            )
            (self.folder / "processes.json").write_text(json.dumps(self.started, indent=1) + "\n")
        return process

    def signal(self, name: str, kind: signal.Signals) -> None:
        """Send a signal to a program and what it started."""
        os.killpg(self.running[name].pid, kind)

    def kill(self, name: str) -> None:
        """End a program without a warning, as a power cut would."""
        with self.lock:
            process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> Path:
        """Where a program's messages are."""
        return self.folder / f"{name}.log"

    def ended(self) -> list:
        """Programs that ended since the last call, as (name, exit code)."""
        with self.lock:
            gone = [(name, process.poll()) for name, process in self.running.items()]
            gone = [(name, code) for name, code in gone if code is not None]
            for name, _ in gone:
                del self.running[name]
        return gone

    def stop(self) -> None:
        """Stop what still runs, what was started last first."""
        for process in list(self.short):
            process.kill()
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for process in reversed(list(self.running.values())):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, kind)
                    # One that was frozen has to wake up to end.
                    os.killpg(process.pid, signal.SIGCONT)
            deadline = time.monotonic() + STOP_SECONDS
            for name, process in list(self.running.items()):
                try:
                    process.wait(timeout=max(0.05, deadline - time.monotonic()))
                    del self.running[name]
                except subprocess.TimeoutExpired:
                    pass
            if not self.running:
                return


class Network:
    """Validators of a local chain that know nobody but each other."""

    def __init__(
        self, node: Path, processes: Processes, count: int, base_port: int, puppets: tuple = ()
    ):
        """`puppets` are validators whose nodes start without the verifier's key."""
        self.node = node
        self.puppets = puppets
        self.processes = processes
        self.names = VALIDATORS[:count]
        self.ports = {
            name: {
                "p2p": base_port + place,
                "rpc": base_port + 10 + place,
                "prometheus": base_port + 20 + place,
                "gateway": base_port + 30 + place,
            }
            for place, name in enumerate(self.names)
        }
        self.identities = {}
        self.chain = None
        self.read = {name: 0 for name in self.names}

    def host(self, _name: str) -> str:
        """The address at which a validator is reached."""
        return "127.0.0.1"

    def prefix(self, _name: str) -> list:
        """What a validator's command begins with."""
        return []

    def openings(self, _name: str) -> list:
        """Options that let others reach a validator."""
        return []

    def check_ports(self) -> None:
        """Fail if another program listens where a validator would."""
        for name, ports in self.ports.items():
            for purpose, port in ports.items():
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    try:
                        probe.bind(("127.0.0.1", port))
                    except OSError as error:
                        raise Failure(
                            f"port {port} ({purpose} of {name}) cannot be used: {error.strerror}; "
                            "stop what uses it, or give --base-port"
                        ) from error

    def run(self, *arguments) -> str:
        """Output of a subcommand of the node."""
        code, output, messages = self.processes.run([self.node, *arguments], {})
        if code != 0:
            reason = (messages.strip() or "it says nothing").splitlines()[-1]
            raise Failure(f"{self.node.name} {arguments[0]} failed: {reason}")
        return output

    def chain_spec(self) -> str:
        """The local chain, or a copy of it with fewer validators."""
        if len(self.names) == len(VALIDATORS):
            return "local"
        spec = json.loads(self.run("export-chain-spec", "--chain", "local"))
        genesis = spec["genesis"]["runtimeGenesis"]
        genesis = genesis.get("patch") or genesis["config"]
        count = len(self.names)
        for module, field in (("session", "keys"), ("nodeRegistry", "nodes")):
            genesis[module][field] = genesis[module][field][:count]
        spec["id"] = f"{spec['id']}_{count}"
        path = self.processes.folder / "chain.json"
        path.write_text(json.dumps(spec))
        return str(path)

    def build(self) -> None:
        """Prepare what the validators' processes run in."""

    def dismantle(self) -> None:
        """Remove what `build` made."""

    def start(self) -> None:
        """Start all validators and wait until they finalise blocks and serve blobs."""
        self.chain = self.chain_spec()
        for number, name in enumerate(self.names, start=1):
            key = self.processes.folder / f"{name.lower()}.node-key"
            key.write_text(f"{number:064x}")
            self.identities[name] = self.run("key", "inspect-node-key", "--file", key).strip()
        for name in self.puppets:
            self.insert_key(name, "babe", "Sr25519")
            self.insert_key(name, "gran", "Ed25519")
        for name in self.names:
            self.launch(name)
        self.wait_until_ready()

    def base_path(self, name: str) -> Path:
        """Where a validator keeps everything."""
        return self.processes.folder / f"node-{name.lower()}"

    def insert_key(self, name: str, key_type: str, scheme: str) -> None:
        """Put a session key where a validator's node finds it when it starts."""
        key = ("--suri", f"//{name}", "--key-type", key_type, "--scheme", scheme)
        place = ("--base-path", self.base_path(name), "--chain", self.chain)
        self.run("key", "insert", *place, *key)

    def launch(self, name: str) -> None:
        """Start a validator, for the first time or again; it goes on where it was."""
        ports = self.ports[name]
        bootnodes = [
            f"/ip4/{self.host(other)}/tcp/{self.ports[other]['p2p']}/p2p/{self.identities[other]}"
            for other in self.names
            if other != name
        ]
        # `--alice` and so on bring all keys of that name.
        identity = ["--name", name] if name in self.puppets else [f"--{name.lower()}"]
        command = [*self.prefix(name), self.node, "--chain", self.chain, *identity, "--validator"]
        command += ["--base-path", self.base_path(name)]
        command += ["--no-mdns", "--listen-addr", f"/ip4/{self.host(name)}/tcp/{ports['p2p']}"]
        command += ["--rpc-port", ports["rpc"], "--prometheus-port", ports["prometheus"]]
        command += ["--blob-port", ports["gateway"]]
        command += ["--node-key-file", self.processes.folder / f"{name.lower()}.node-key"]
        command += ["--bootnodes", *bootnodes] if bootnodes else []
        command += self.openings(name)
        self.processes.start(name.lower(), command, {})

    def give_verifier_key(self, name: str) -> None:
        """Let a puppet's node verify by itself from now on."""
        scheme = ("--scheme", "Ed25519", "--output-type", "json")
        public = json.loads(self.run("key", "inspect", *scheme, f"//{name}"))["publicKey"]
        self.rpc(name, "author_insertKey", "veri", f"//{name}", public)

    def take_verifier_key(self, name: str) -> None:
        """Let a validator's node verify no longer."""
        keystore = self.base_path(name).glob(f"chains/*/keystore/{b'veri'.hex()}*")
        for key in list(keystore):
            key.unlink()

    def blob_store(self, name: str) -> Path:
        """The folder in which a validator's node keeps blobs."""
        return next(self.base_path(name).glob("chains/*/blobs"))

    def wait_until_ready(self) -> None:
        """Wait for a final block and for the gateway of each validator."""
        deadline = time.monotonic() + START_SECONDS
        waiting = list(self.names)
        while waiting:
            for name, code in self.processes.ended():
                log = self.processes.log(name)
                raise Failure(f"{name} ended with {code}: {last_line(log)} (log: {log})")
            if time.monotonic() > deadline:
                raise Failure(
                    f"{', '.join(waiting)} finalised no block within {START_SECONDS} s "
                    f"(logs: {self.processes.folder})"
                )
            waiting = [name for name in waiting if not self.is_ready(name)]
            time.sleep(0.5)

    def is_ready(self, name: str) -> bool:
        """Whether a validator has a final block and its gateway answers."""
        try:
            if self.final_block(name)[0] < 1:
                return False
            with urllib.request.urlopen(f"{self.gateway(name)}/v1/health", timeout=5) as answer:
                return answer.status == 200
        except (OSError, Failure):
            return False

    def rpc_url(self, name: str) -> str:
        """WebSocket address of a validator."""
        return f"ws://{self.host(name)}:{self.ports[name]['rpc']}"

    def gateway(self, name: str) -> str:
        """HTTP address of a validator's blob gateway."""
        return f"http://{self.host(name)}:{self.ports[name]['gateway']}"

    def rpc(self, name: str, method: str, *parameters):
        """Result of a JSON-RPC call."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        request = urllib.request.Request(
            f"http://{self.host(name)}:{self.ports[name]['rpc']}",
            json.dumps(call).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                body = json.load(answer)
        except (OSError, ValueError) as error:
            raise Failure(f"{name} does not answer at {request.full_url}: {error}") from error
        if "error" in body:
            raise Failure(f"{method} failed: {body['error'].get('message')}")
        return body["result"]

    def final_block(self, name: str) -> tuple:
        """Number and hash of the newest final block."""
        block = self.rpc(name, "chain_getFinalizedHead")
        return int(self.rpc(name, "chain_getHeader", block)["number"], 16), block

    def best_block(self, name: str) -> int:
        """Number of the best block."""
        return int(self.rpc(name, "chain_getHeader")["number"], 16)

    def total_issuance(self) -> int:
        """All tokens there are, at the newest final block, asked of a validator that still runs."""
        for name in self.names:
            try:
                _, block = self.final_block(name)
                value = self.rpc(name, "state_getStorage", TOTAL_ISSUANCE, block)
                return int.from_bytes(bytes.fromhex(value[2:]), "little")
            except Failure:
                continue
        raise Failure("no validator answers")

    def mismatches(self) -> list:
        """Lines about a native and a wasm result that differ, new in the validators' logs."""
        found = []
        for name in self.names:
            with open(self.processes.log(name.lower()), "rb") as log:
                log.seek(self.read[name])
                new = log.read()
            whole = new[: new.rfind(b"\n") + 1]
            self.read[name] += len(whole)
            lines = whole.decode(errors="replace").splitlines()
            found += [f"{name}: {line}" for line in lines if MISMATCH in line]
        return found

    def peak_memory(self) -> dict:
        """Most memory that each validator had so far, in MiB, where the system tells."""
        result = {}
        for name in self.names:
            process = self.processes.running.get(name.lower())
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except (AttributeError, OSError):
                continue
            peak = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
            if peak:
                result[name] = int(peak[0]) // 1024
        return result
