"""A chain whose validators are in network namespaces of their own, so that links can be cut.

Needs root and iproute2. The validators are joined by a bridge, at which this machine has an address
too: for a gateway, its programs are other machines.
"""

import contextlib
import os
import shutil
import subprocess

from local_network import Failure, Network

BRIDGE, ISLAND = "sheaf-main", "sheaf-island"
GUEST, GUEST_LINK = "sheaf-guest", "sheaf-visit"
SUBNET = "10.213.77"
GUEST_ADDRESS, OWN_ADDRESS = 253, 254


def ip(*arguments) -> None:
    """Run iproute2's `ip`."""
    done = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"ip {' '.join(arguments)} failed: {done.stderr.strip()}")


def possible() -> bool:
    """Whether this account can make network namespaces."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


class SeparateNetwork(Network):
    """Validators of a local chain, each in a network namespace, and one namespace for a guest."""

    def host(self, name: str) -> str:
        """A validator's address on the bridge."""
        return f"{SUBNET}.{self.names.index(name) + 1}"

    def prefix(self, name: str) -> list:
        """Starts a validator in its namespace."""
        return ["ip", "netns", "exec", self.namespace(name)]

    def openings(self, name: str) -> list:
        """Lets this machine use a validator's RPC and gateway."""
        gateway = f"{self.host(name)}:{self.ports[name]['gateway']}"
        return ["--unsafe-rpc-external", "--rpc-cors", "all", "--blob-listen", gateway]

    def namespace(self, name: str) -> str:
        """A validator's namespace."""
        return f"sheaf-{name.lower()}"

    def link(self, name: str) -> str:
        """This end of a validator's link."""
        return f"sheaf{self.names.index(name) + 1}"

    def build(self) -> None:
        """Make namespaces, links and bridges."""
        for bridge in (BRIDGE, ISLAND):
            ip("link", "add", bridge, "type", "bridge")
            ip("link", "set", bridge, "up")
        ip("address", "add", f"{SUBNET}.{OWN_ADDRESS}/24", "dev", BRIDGE)
        for name in self.names:
            self.connect(self.namespace(name), self.link(name), self.host(name))
        self.connect(GUEST, GUEST_LINK, f"{SUBNET}.{GUEST_ADDRESS}")

    @staticmethod
    def connect(namespace: str, link: str, address: str) -> None:
        """Make a namespace whose one link ends at the bridge."""
        ip("netns", "add", namespace)
        peer = ("peer", "name", "eth0", "netns", namespace)
        ip("link", "add", link, "type", "veth", *peer)
        ip("link", "set", link, "master", BRIDGE, "up")
        ip("-n", namespace, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            ip("-n", namespace, "link", "set", device, "up")

    def guest_prefix(self) -> tuple:
        """Starts a program in the guest's namespace."""
        return ("ip", "netns", "exec", GUEST)

    def dismantle(self) -> None:
        """Remove what `build` made."""
        for namespace in (*map(self.namespace, self.names), GUEST):
            with contextlib.suppress(Failure):
                ip("netns", "delete", namespace)
        for link in (*map(self.link, self.names), GUEST_LINK):
            with contextlib.suppress(Failure):
                ip("link", "delete", link)
        for bridge in (BRIDGE, ISLAND):
            with contextlib.suppress(Failure):
                ip("link", "delete", bridge)

    def cut_off(self, *names) -> None:
        """Move validators to an island: they reach each other, and nobody else."""
        for name in names:
            ip("link", "set", self.link(name), "master", ISLAND)

    def join(self, *names) -> None:
        """Move validators back."""
        for name in names:
            ip("link", "set", self.link(name), "master", BRIDGE)
