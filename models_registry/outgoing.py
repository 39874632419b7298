"""HTTP to addresses that somebody else chose: never into our own network.

The name is resolved here, every address it has is checked, and the connection goes to a checked
address itself, so that a name cannot change its mind in between. Each connection is checked, so
nothing that leads elsewhere (a redirect, another record) leads around it.
"""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType

import httpcore
import httpx
from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
READ_AT_MOST = 64_000  # bytes of an answer: it is only shown, in part, to whoever looks for a fault
NAT64 = ipaddress.ip_network("64:ff9b::/96")
BREAKS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)
KEPT_SECONDS = 2.0  # shorter than servers keep idle connections, so that none is found closed
_until: ContextVar[float] = ContextVar("until", default=float("inf"))


class Unanswered(Exception):
    """No answer came; the text says why."""


class Blocked(Unanswered):
    """The address leads into a network that is not for everybody, or is no web address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` may be cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_open(address: str) -> bool:
    """Whether we may connect there: a public address, or one that HITL_OUTGOING_ALLOWED names."""
    ip: Address = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    if any(ip in network for network in settings.HITL_OUTGOING_ALLOWED):
        return True
    return _is_public(ip) and all(_is_public(inner) for inner in _inside(ip))


def _is_public(ip: Address) -> bool:
    """`is_global` alone lets multicast, reserved and site-local addresses pass."""
    special = ip.is_private or ip.is_multicast or ip.is_unspecified or ip.is_loopback
    special = special or ip.is_link_local or (ip.is_reserved and ip not in NAT64)
    return ip.is_global and not special and not getattr(ip, "is_site_local", False)


def _inside(ip: Address) -> Iterable[Address]:
    """The IPv4 addresses that a gateway would take out of an IPv6 one."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip.sixtofour:
            yield ip.sixtofour
        yield from ip.teredo or ()


def resolve(host: str, port: int) -> list[str]:
    """All addresses of the name. An address in any notation (2130706433) is its own."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unanswered(f"The name {host[:100]!r} cannot be resolved.") from error
    return list(dict.fromkeys(str(where[4][0]) for where in found))


def checked(host: str, port: int, resolve: Resolve = resolve) -> Sequence[str]:
    """The addresses of the name, if we may connect to every one of them."""
    addresses = resolve(host, port)
    if not addresses:
        raise Unanswered(f"The name {host[:100]!r} has no address.")
    if not all(is_open(address) for address in addresses):
        raise Blocked(f"{host[:100]!r} is or leads to a private address, which is not allowed.")
    return addresses


def check(url: str) -> None:
    """Blocked if the URL may not be called; nothing if it may, or its name is not known yet."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Blocked("This is no address that can be read.") from error
    host, port = parts.raw_host.decode(), 443 if parts.port is None else parts.port
    named = re.fullmatch(r"[A-Za-z0-9._:-]+", host) and 0 < port < 65536
    if parts.scheme not in {"http", "https"} or not named:
        raise Blocked("An address begins with http:// or https:// and names a host.")
    if parts.userinfo:
        raise Blocked("An address holds no user name and no password.")
    try:
        checked(host, port)
    except Blocked:
        raise
    except Unanswered:
        return


def _left(timeout: float | None) -> float:
    """Seconds that an operation may take: a peer that drips bytes gets no more than the total."""
    left = min(_until.get() - time.monotonic(), float("inf") if timeout is None else timeout)
    if left <= 0:
        raise httpcore.TimeoutException("The time is over.")
    return left


class _Timed(httpcore.NetworkStream):
    """A connection whose every operation keeps to the total time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Guard(httpcore.NetworkBackend):
    """Connects to addresses it has checked, and to nothing else."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception | None = None
        for address in checked(host, port, self._resolve):
            try:
                # The address, not the name: nobody is asked again.
                stream = self._plain.connect_tcp(
                    address, port, _left(timeout), None, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Timed(stream)
        raise failed or httpcore.ConnectError("There is no address.")


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Reading the authorities takes tens of milliseconds; once per process is enough."""
    return httpx.create_ssl_context(trust_env=False)


class Guarded(httpx.BaseTransport):
    """httpx's way out, through the guard. TLS and the Host header keep the name."""

    def __init__(self, resolve: Resolve = resolve, trusted: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted or _trusted(),
            max_connections=None,
            max_keepalive_connections=64,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=_Guard(resolve),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in {"http", "https"}:
            raise Blocked("Only http and https are allowed.")
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        given = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(given.status, headers=given.headers, stream=_Body(given))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The answer's bytes as they come; closing gives the connection back."""

    def __init__(self, given: httpcore.Response) -> None:
        self._given = given

    def __iter__(self) -> "Iterable[bytes]":  # type: ignore[override]
        return self._given.iter_stream()

    def close(self) -> None:
        self._given.close()


class Http:
    """Speaks HTTP through the guard; safe to share among threads. Follows no redirect, reads no
    proxy from the environment, and keeps no cookie."""

    def __init__(self, resolve: Resolve = resolve, trusted: ssl.SSLContext | None = None) -> None:
        self._client = httpx.Client(
            transport=Guarded(resolve, trusted),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "hitl", "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> "Http":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._client.close()

    def post(
        self, url: str, *, content: bytes, headers: Mapping[str, str], seconds: float
    ) -> Answer:
        """Sends once and gives the answer, all of it within `seconds`; Unanswered without one."""
        token = _until.set(time.monotonic() + seconds)
        try:
            asked = self._client.build_request(
                "POST", url, content=content, headers=dict(headers), timeout=seconds
            )
            given = self._client.send(asked, stream=True)
            try:
                return Answer(given.status_code, given.headers, _beginning(given))
            finally:
                given.close()
        except httpx.InvalidURL as error:
            raise Blocked("This is no address that can be read.") from error
        except (*BREAKS, httpx.HTTPError, ValueError) as error:
            raise _unanswered(error, seconds) from error
        finally:
            _until.reset(token)


def _beginning(given: httpx.Response) -> bytes:
    """The first bytes of the body. The status has been said by then, so a body that breaks off
    takes nothing back."""
    body = b""
    try:
        for part in given.iter_raw():
            body += part
            if len(body) > READ_AT_MOST:
                break
    except BREAKS:
        pass
    return body[:READ_AT_MOST]


def _unanswered(error: Exception, seconds: float) -> Unanswered:
    if isinstance(error, httpcore.TimeoutException | httpx.TimeoutException):
        return Unanswered(f"No answer within {seconds:g} s.")
    said = str(error) or type(error).__name__
    return Unanswered(f"No answer: {said[:200]}")
