"""Ports and connections on this machine's own address."""

import secrets
import socket
from typing import Final

from streamflow.contracts.errors import NotReadyError

LOOPBACK: Final = "127.0.0.1"
# Below the kernel's range for outgoing connections, so that no client takes a port while its server restarts.
PORT_RANGE: Final = range(15_000, 32_000)
CONNECT_TIMEOUT_SECONDS: Final = 2.0


def answers(address: str) -> bool:
    """Say whether something accepts connections at `host:port`."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


def port_is_free(port: int) -> bool:
    """Say whether a server could listen on a loopback port now."""
    with socket.socket() as probe:
        # Servers set this too: without it a port in TIME_WAIT, seconds after `down`, would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(taken: frozenset[int] = frozenset()) -> int:
    """Return a free loopback port, chosen at random so that two stacks that start together rarely meet."""
    for _ in range(1_000):
        port = secrets.choice(PORT_RANGE)
        if port not in taken and port_is_free(port):
            return port
    raise NotReadyError("no free port found", expected=f"one in {PORT_RANGE.start}..{PORT_RANGE.stop}", fix="ss -ltn")
