"""An object storage that speaks S3, out of a folder: where state and checkpoints go when they are tried."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from deploy.gate.control_plane import BINARIES, free_ports, stop

_READY_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05


class ObjectStorage(NamedTuple):
    """One that runs.

    Parameters
    ----------
    endpoint : str
        Its address.
    environment : dict
        The variables in which clients look for the key.
    folder : Path
        Of the buckets: a folder each, a file an object.
    process : subprocess.Popen
        The server.
    """

    endpoint: str
    environment: dict[str, str]
    folder: Path
    process: subprocess.Popen[bytes]

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Let it take connections and answer none while the body runs."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def object_storage(folder: Path, *buckets: str) -> Iterator[ObjectStorage]:
    """Start one with these buckets, on loopback with a key of its own, and stop it at the end.

    Raises
    ------
    TimeoutError
        It does not answer.
    """
    data = folder / "objects"
    for bucket in buckets:
        (data / bucket).mkdir(parents=True)
    (port,) = free_ports(1)
    key, secret = "gate", secrets.token_hex(16)
    environment = {**os.environ, "ROOT_ACCESS_KEY_ID": key, "ROOT_SECRET_ACCESS_KEY": secret}
    command = [str(BINARIES / "versitygw"), "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(data)]
    with (folder / "versitygw.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _await_port(port)
        yield ObjectStorage(f"http://127.0.0.1:{port}", {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, data, process)
    finally:
        stop(process)


def _await_port(port: int) -> None:
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise TimeoutError(f"the object storage does not answer on port {port}") from error
            time.sleep(_POLL_SECONDS)
