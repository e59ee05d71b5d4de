#!/usr/bin/env python3
"""Build the images and run docker/compose.yaml without an engine and without a registry.

Base images are bootstrapped from Debian's packages; the builder's gets this machine's Rust toolchain,
crates and target folder. buildah builds, podman and podman-compose run: one bounty is trained, every
panel of the dashboard must find data in Prometheus, and no alert may fire. Grafana does not run.
The unit for systemd is verified.

Needs root, and what scripts/setup.sh --containers installs. Everything that is kept between runs is in
the cache folder's `containers`.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import monitoring
from local_network import Failure

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sheaf")
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or CACHE / "target").absolute()
HOMES = {
    name: Path(os.environ.get(name) or Path.home() / folder)
    for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup"))
}
SUITE = "bookworm"
BASES = {
    "base": ("ca-certificates",),
    "rust": ("build-essential", "ca-certificates", "git", "pkg-config", "protobuf-compiler", "python3"),
}
NEEDED = ("buildah", "mmdebstrap", "podman", "podman-compose", "prometheus", "promtool", "runc")
NODES = ("alice", "bob", "charlie", "dave", "node")
USER = "10001"
REWARD, ROUNDS = 100, 2
START_SECONDS, BOUNTY_SECONDS, SCRAPE_SECONDS = 900, 3600, 300
UNIT = ROOT / "packaging/systemd/sheaf-node.service"
# Of 10; systemd calls up to 2 fine.
MAX_EXPOSURE = 2.0


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--static", action="store_true", help="check files only, run nothing")
    parser.add_argument("--no-build", action="store_true", help="take the images of the last run")
    parser.add_argument("--base-port", type=int, default=17900, help="default: 17900")
    return parser.parse_args()


def tell(text: str) -> None:
    """Say what happens, at once."""
    print(f"containers: {text}", flush=True)


def at_most(wanted: int, kind: int) -> int:
    """A limit for containers, which cannot be allowed more than this process is."""
    allowed = resource.getrlimit(kind)[1]
    return wanted if allowed == resource.RLIM_INFINITY else min(wanted, allowed)


class Engine:
    """buildah and podman with a storage of their own, set up for a machine without systemd."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        limits = ", ".join(
            f'"{name}={limit}:{limit}"'
            for name, limit in (
                ("nofile", at_most(65_536, resource.RLIMIT_NOFILE)),
                ("nproc", at_most(32_768, resource.RLIMIT_NPROC)),
            )
        )
        settings = {
            "containers.conf": (
                f"[containers]\ndefault_ulimits = [{limits}]\n"
                '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
                '[network]\nnetwork_backend = "netavark"\n'
                f'network_config_dir = "{folder / "networks"}"\n'
            ),
            "storage.conf": (
                f'[storage]\ndriver = "overlay"\ngraphroot = "{folder / "storage"}"\n'
                f'runroot = "{folder / "run"}"\n'
            ),
        }
        for name, text in settings.items():
            (folder / name).write_text(text)
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "BUILDAH_ISOLATION": "chroot",
            "BUILDAH_FORMAT": "docker",
        }

    def run(self, *command, seconds: int = 600, shown: bool = False, **environment) -> str:
        """Output of a command; what it writes goes to the terminal instead if `shown`."""
        pipe = None if shown else subprocess.PIPE
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            env={**self.environment, **environment},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            timeout=seconds,
        )
        if done.returncode != 0:
            raise Failure(f"{' '.join(map(str, command[:4]))} failed: {done.stderr or 'see above'}")
        return done.stdout or ""

    def bootstrap(self, name: str, packages: tuple) -> None:
        """Make a base image from Debian's packages, unless there is one."""
        if name in self.images():
            return
        tell(f"bootstrapping the base image {name}")
        archive = self.folder / f"{name}.tar"
        include = f"--include={','.join(packages)}"
        self.run("mmdebstrap", "--variant=minbase", include, SUITE, archive, seconds=1800)
        path = f"{HOMES['CARGO_HOME']}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        settings = [f"--change=ENV PATH={path}", f"--change=ENV RUSTUP_HOME={HOMES['RUSTUP_HOME']}"]
        self.run("podman", "import", *(settings if name == "rust" else []), archive, name)
        archive.unlink()

    def build(self, target: str) -> None:
        """Build an image of the Dockerfile with this machine's toolchain, crates and artifacts."""
        cargo, rustup = HOMES["CARGO_HOME"], HOMES["RUSTUP_HOME"]
        started = time.monotonic()
        arguments = {
            "RUST_IMAGE": "localhost/rust",
            "BASE_IMAGE": "localhost/base",
            "CARGO_HOME": cargo,
            "CARGO_TARGET_DIR": TARGET,
        }
        command = ["buildah", "bud", "--file", "docker/Dockerfile", "--target", target, "--layers"]
        for name, value in arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        for folder in (cargo, TARGET):
            command += ["--volume", f"{folder}:{folder}"]
        command += ["--volume", f"{rustup}:{rustup}:ro"]
        self.run(*command, "--tag", f"sheaf-{target}", ".", seconds=4 * 3600, shown=True)
        tell(f"built sheaf-{target} in {time.monotonic() - started:.0f} s")

    def compose_image(self, name: str, base: str, files: dict, *settings) -> None:
        """Make an image of a base and some files."""
        container = self.run("buildah", "from", base).strip()
        for source, target in files.items():
            self.run("buildah", "copy", container, source, target)
        self.run("buildah", "config", *settings, container)
        self.run("buildah", "commit", "--rm", container, name)

    def build_prometheus(self) -> None:
        """An image of Debian's Prometheus, which takes the arguments of the official one."""
        entrypoint = ("--entrypoint", '["/bin/prometheus"]', "--cmd", "")
        files = {shutil.which("prometheus"): "/bin/prometheus"}
        self.compose_image("prometheus", "localhost/base", files, *entrypoint)

    def images(self) -> dict:
        """Sizes of the images in bytes, by name."""
        listed = json.loads(self.run("podman", "images", "--format", "json") or "[]")
        names = [(name, image["Size"]) for image in listed for name in image.get("Names") or []]
        return {re.sub(r"^localhost/|:latest$", "", name): size for name, size in names}


class Compose:
    """The network of docker/compose.yaml."""

    def __init__(self, engine: Engine, base_port: int):
        self.engine = engine
        names = ("SHEAF_RPC_PORT", "SHEAF_GATEWAY_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")
        ports = {name: str(base_port + place) for place, name in enumerate(names)}
        images = {
            "SHEAF_NODE_IMAGE": "localhost/sheaf-node",
            "SHEAF_CLIENT_IMAGE": "localhost/sheaf-client",
            "PROMETHEUS_IMAGE": "localhost/prometheus",
        }
        self.environment = {**ports, **images}
        self.rpc, self.gateway, prometheus, _ = (f"http://127.0.0.1:{ports[name]}" for name in names)
        self.prometheus = monitoring.Prometheus(prometheus)

    def run(self, *arguments, seconds: int = 600) -> str:
        """Output of podman-compose."""
        command = ("podman-compose", "--file", "docker/compose.yaml", *arguments)
        return self.engine.run(*command, seconds=seconds, **self.environment)

    def container(self, service: str) -> str:
        """The container of a service."""
        label = f"label=com.docker.compose.service={service}"
        found = self.engine.run("podman", "ps", "--all", "--quiet", "--filter", label).split()
        if len(found) != 1:
            raise Failure(f"{service} has {len(found)} containers")
        return found[0]

    def logs(self, service: str) -> str:
        """The end of what a service wrote."""
        with contextlib.suppress(Failure):
            command = ("podman", "logs", "--tail", "15", self.container(service))
            done = subprocess.run(
                command,
                check=False,
                env=self.engine.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            return f"--- {service}\n{done.stdout}"
        return ""


def answers(url: str) -> bool:
    """Whether a URL answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait(what: str, seconds: int, holds) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not come within {seconds} s")
        time.sleep(2)


def check_nodes(compose: Compose) -> None:
    """Every node is healthy by its own check, and runs without root's rights."""
    for name in NODES:
        container = compose.container(name)
        user = compose.engine.run("podman", "exec", container, "id", "--user").strip()
        if user != USER:
            raise Failure(f"{name} runs as user {user}")

        def healthy(container=container) -> bool:
            with contextlib.suppress(Failure):
                compose.engine.run("podman", "healthcheck", "run", container)
                return True
            return False

        wait(f"{name}'s health", START_SECONDS, healthy)
    tell("every node is healthy and runs without root's rights")


def train(compose: Compose) -> None:
    """Open a bounty for the trainer and follow it to its end."""
    started = time.monotonic()
    command = ("bounty", "open", "--spec", "/sheaf/bounty.json", "--init", "random", "--watch")
    output = compose.run(
        "run", "--rm", "-T", "client", "--json", *command, "--work-dir", "/data/bounty",
        seconds=BOUNTY_SECONDS,
    )
    ended = [line for line in output.splitlines() if '"BountyEnded"' in line]
    if not ended or '"Completed"' not in ended[0]:
        raise Failure(f"the bounty did not complete: {output.splitlines()[-3:]}")
    tell(f"a bounty of {ROUNDS} rounds was trained in {time.monotonic() - started:.0f} s")


def check_metrics(compose: Compose) -> None:
    """Prometheus sees every node; rounds and rewards are those of the bounty; panels have data."""
    prometheus = compose.prometheus
    wait("all nodes in Prometheus", SCRAPE_SECONDS, lambda: prometheus.nodes_up() == sorted(NODES))

    def settled() -> bool:
        query = 'sum by (node) (sheaf_rounds_settled_total{end="model"})'
        return [value for _, value in prometheus.query(query)] == [ROUNDS] * len(NODES)

    def paid() -> bool:
        query = "sum by (node) (sheaf_rewards_tokens_total)"
        values = [value for _, value in prometheus.query(query)]
        return len(values) == len(NODES) and all(abs(each - REWARD) < 1e-6 for each in values)

    wait(f"{ROUNDS} settled rounds in every node's metrics", SCRAPE_SECONDS, settled)
    wait(f"rewards of {REWARD} tokens in every node's metrics", SCRAPE_SECONDS, paid)
    wait("data in every panel", SCRAPE_SECONDS, lambda: not prometheus.empty_panels())
    if alerts := prometheus.alerts():
        raise Failure(f"alerts fire, or fail: {', '.join(alerts)}")
    tell("every panel has data; rounds and rewards add up; no alert fires")


def check_unit() -> None:
    """systemd finds nothing wrong with the unit, and not much exposed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, UNIT.name)
        copy.write_text(UNIT.read_text().replace("/usr/bin/sheaf-node", shutil.which("true")))
        command = ("systemd-analyze", "verify", copy)
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0 or done.stderr:
            raise Failure(f"{UNIT.name}: {done.stderr}")
        command = ("systemd-analyze", "security", "--offline=yes", "--no-pager", copy)
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    exposure = re.search(r"exposure level .*: ([0-9.]+)", done.stdout)
    if not exposure or float(exposure[1]) > MAX_EXPOSURE:
        raise Failure(f"{UNIT.name}: {done.stdout.splitlines()[-1:]}{done.stderr}")
    tell(f"systemd accepts {UNIT.name}; exposure level {exposure[1]}")


def run_network(engine: Engine, base_port: int) -> None:
    """Start the network, train, look at the metrics, and remove everything but images."""
    compose = Compose(engine, base_port)
    services = (*NODES, "trainer", "prometheus")
    compose.run("down", "--volumes")
    try:
        compose.run("up", "--detach", "--no-build", *services)
        wait("the node's RPC", START_SECONDS, lambda: answers(f"{compose.rpc}/health/readiness"))
        wait("the gateway", START_SECONDS, lambda: answers(f"{compose.gateway}/v1/health"))
        check_nodes(compose)
        train(compose)
        check_metrics(compose)
    except (Failure, subprocess.TimeoutExpired):
        print(*map(compose.logs, services), sep="\n", file=sys.stderr)
        raise
    finally:
        compose.run("down", "--volumes")


def stopped(number, _frame):
    """Turn a signal into an orderly end."""
    raise SystemExit(128 + number)


def main() -> int:
    """Do it all."""
    chosen = options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    try:
        tell(f"{monitoring.check()} queries of the dashboard and all alerts are right")
        check_unit()
        if chosen.static:
            return 0
        missing = [name for name in NEEDED if not shutil.which(name)]
        if missing or os.geteuid() != 0:
            raise Failure(f"needs root and {', '.join(missing or NEEDED)}: scripts/setup.sh --containers")
        engine = Engine(CACHE / "containers")
        for name, packages in BASES.items():
            engine.bootstrap(name, packages)
        if not chosen.no_build:
            engine.build_prometheus()
            for target in ("node", "client"):
                engine.build(target)
        for name, size in sorted(engine.images().items()):
            tell(f"{name}: {size / 1e6:.0f} MB")
        run_network(engine, chosen.base_port)
    except (Failure, subprocess.TimeoutExpired) as failure:
        print(f"test_containers: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
