"""A client system's end of the webhooks: a real HTTP server on loopback that does what a script
says, and a verifier of signatures written from the specification alone (hmac and base64, not the
library that signs)."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE = 300  # seconds that the specification's reference allows


@dataclass(frozen=True)
class Heard:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return json.loads(self.body)


def key_of(secret: str) -> bytes:
    text = secret.removeprefix("whsec_")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def signature(secret: str, message: str, timestamp: str, body: bytes) -> str:
    """v1 of Standard Webhooks 1.0.0: HMAC-SHA256 over id.timestamp.body."""
    content = message.encode() + b"." + timestamp.encode() + b"." + body
    digest = hmac.new(key_of(secret), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verified(heard: Heard, secret: str, now: float | None = None) -> bool:
    """Whether a request is signed with this secret, and recently."""
    stamp = heard.headers["webhook-timestamp"]
    if not stamp.isdecimal() or abs((now or time.time()) - int(stamp)) > TOLERANCE:
        return False
    expected = signature(secret, heard.id, stamp, heard.body)
    given = heard.headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(expected, one) for one in given)


Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Takes a request down, then replies by script."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        heard = Heard(self.path, headers, body, time.time())
        self.server.receiver.take(heard)(self)

    do_GET = do_POST

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, content: bytes) -> None:
        """Writes anything, and closes the connection."""
        self.wfile.write(content)
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    receiver: "Receiver"

    def handle_error(self, *_: Any) -> None:
        """A caller that hangs up is part of the tests."""


def says(status: int, body: bytes = b"", **headers: str) -> Reply:
    return lambda handler: handler.reply(status, body, **headers)


def ok(handler: Handler) -> None:
    handler.reply(200, b"thanks")


def hangs_up(handler: Handler) -> None:
    handler.close_connection = True


def garbage(handler: Handler) -> None:
    handler.raw(b"\x16\x03\x01 this is no HTTP\r\n\r\n")


def promises_more(handler: Handler) -> None:
    """Says 200 and a length, and breaks off."""
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")


def says_less(handler: Handler) -> None:
    """Sends more than the length it named."""
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nmuch longer than two")


@dataclass
class Receiver:
    """What was heard, and what to reply: `script` first, one entry per request, then `usually`."""

    port: int = 0
    usually: Reply = ok
    script: list[Reply] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def take(self, heard: Heard) -> Reply:
        with self._lock:
            self.heard.append(heard)
            return self.script.pop(0) if self.script else self.usually

    def stalls(self, handler: Handler) -> None:
        """Says nothing until the test has had enough."""
        self.enough.wait(60)
        handler.close_connection = True

    def drips(self, handler: Handler) -> None:
        """Sends a header byte by byte, for ever: no single wait is long."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.enough.wait(0.05):
            handler.wfile.write(b".")
            handler.wfile.flush()
        handler.close_connection = True

    def numbers(self, secret: str) -> dict[str, list[int]]:
        """By case, the numbers of the decisions in the order in which they came; every request is
        verified."""
        found: dict[str, list[int]] = {}
        for one in self.heard:
            assert verified(one, secret), one
            data = one.told["data"]
            found.setdefault(data["case"], []).append(data["number"])
        return found


def in_order(numbers: Sequence[int]) -> bool:
    """Whether each new number came after all smaller ones; repetitions may come at any time."""
    first = list(dict.fromkeys(numbers))
    return first == sorted(first)


@contextmanager
def receiving(receiver: Receiver | None = None) -> Iterator[Receiver]:
    receiver = receiver or Receiver()
    with Server(("127.0.0.1", 0), Handler) as server:
        server.receiver = receiver
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.enough.set()
            server.shutdown()
            thread.join()
