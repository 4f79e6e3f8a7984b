"""What is asked of a Prometheus, where something else answers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from streamflow.contracts.errors import NotReadyError
from streamflow.observe.prometheus import Prometheus


class Stranger(BaseHTTPRequestHandler):
    """A server of another kind: it gives everybody the same answer."""

    code, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.code)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"data": []}'),
        (200, b'{"data": {"result": [{"metric": {}, "value": [1]}]}}'),
        (200, b'{"data": {"result": [{"metric": {"a": 1}, "value": [1, "2"]}]}}'),
        (404, b"<html>" * 10_000),
        (503, b"\xff"),
    ],
)
def test_whatever_answers_the_error_says_where_and_is_short(address: str, code: int, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stranger, "code", code)
    monkeypatch.setattr(Stranger, "body", body)
    for ask in (lambda: Prometheus(address).query("up"), lambda: Prometheus(address).span("up", 0, 10, 1)):
        with pytest.raises(NotReadyError, match=address) as caught:
            ask()
        assert len(str(caught.value)) < 1_000


def test_nobody_there_is_said_with_the_address() -> None:
    with pytest.raises(NotReadyError, match=r"127\.0\.0\.1:1"):
        Prometheus("http://127.0.0.1:1").query("up")
