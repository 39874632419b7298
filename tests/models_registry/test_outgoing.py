"""HTTP to addresses that somebody else chose."""

import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from models_registry import outgoing
from models_registry.outgoing import Answer, Blocked, Http, Unanswered
from tests import receiver as receivers
from tests.processes import ROOT
from tests.receiver import Receiver, receiving, says

PUBLIC = "93.184.215.14"
INNER = [
    pytest.param("127.0.0.1", id="loopback"),
    pytest.param("127.8.9.1", id="more loopback"),
    pytest.param("0.0.0.0", id="unspecified"),
    pytest.param("10.1.2.3", id="10/8"),
    pytest.param("172.16.0.1", id="172.16/12"),
    pytest.param("192.168.1.1", id="192.168/16"),
    pytest.param("100.64.0.1", id="carrier's own"),
    pytest.param("169.254.169.254", id="metadata"),
    pytest.param("224.0.0.1", id="multicast"),
    pytest.param("240.0.0.1", id="reserved"),
    pytest.param("255.255.255.255", id="broadcast"),
    pytest.param("::1", id="IPv6 loopback"),
    pytest.param("::", id="IPv6 unspecified"),
    pytest.param("fe80::1", id="IPv6 link-local"),
    pytest.param("fc00::1", id="IPv6 private"),
    pytest.param("fec0::1", id="IPv6 site-local"),
    pytest.param("ff02::1", id="IPv6 multicast"),
    pytest.param("::ffff:127.0.0.1", id="mapped"),
    pytest.param("::ffff:10.0.0.1", id="mapped private"),
    pytest.param("::127.0.0.1", id="compatible"),
    pytest.param("2002:7f00:1::", id="6to4"),
    pytest.param("64:ff9b::7f00:1", id="NAT64"),
    pytest.param("64:ff9b:1::1", id="local NAT64"),
    pytest.param("2001:0:4136:e378:8000:63bf:3fff:fdd2", id="Teredo"),
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def loopback(settings: Settings) -> None:
    settings.HITL_OUTGOING_ALLOWED = [ipaddress.ip_network("127.0.0.0/8")]


def post(url: str, *, seconds: float = 5, **given: object) -> Answer:
    with Http(**given) as http:  # type: ignore[arg-type]  # resolve or trusted
        return http.post(url, content=b"{}", headers={"x-y": "z"}, seconds=seconds)


class Names:
    """A resolver of the test's own: answers in turn, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_closed(address: str) -> None:
    assert not outgoing.is_open(address)


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808::1"],
)
def test_a_public_address_is_open(address: str) -> None:
    assert outgoing.is_open(address)


def test_an_allowed_range_is_open_and_no_more_than_it(settings: Settings) -> None:
    settings.HITL_OUTGOING_ALLOWED = [
        ipaddress.ip_network("10.1.0.0/16"),
        ipaddress.ip_network("fd00::/8"),
    ]
    assert [outgoing.is_open(f"10.{n}.0.1") for n in (0, 1, 2)] == [False, True, False]
    assert outgoing.is_open("::ffff:10.1.0.1")
    assert outgoing.is_open("fd00::1")
    assert not outgoing.is_open("127.0.0.1")


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.1", id="dotted"),
        pytest.param("localhost", id="name"),
        pytest.param("LOCALHOST", id="in capitals"),
        pytest.param("[::1]", id="IPv6"),
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("169.254.169.254", id="metadata"),
        pytest.param("2130706433", id="decimal"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("0177.0.0.1", id="octal"),
        pytest.param("127.1", id="short"),
        pytest.param("[::ffff:127.0.0.1]", id="mapped"),
        pytest.param("10.0.0.1", id="10/8"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_is_sent_to_an_inner_address(receiver: Receiver, scheme: str, host: str) -> None:
    url = f"{scheme}://{host}:{receiver.port}/"
    with pytest.raises(Blocked):
        outgoing.check(url)
    with pytest.raises(Blocked):
        post(url)
    assert receiver.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/",
        "unix:///run/x.sock",
        "http://",
        "//example.com/",
        "example.com",
        "",
        "http://a b/",
        "http://[::1/",
        "http://example.com:99999/",
        "http://exa\x00mple.com/",
        "javascript:alert(1)",
        "http://me@93.184.215.14/",
        "http://me:secret@93.184.215.14/",
    ],
)
def test_what_is_no_plain_web_address_is_blocked(url: str) -> None:
    with pytest.raises(Blocked):
        outgoing.check(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[::1/", "x"])
def test_nothing_else_than_http_is_spoken(loopback: None, url: str) -> None:
    with pytest.raises(Unanswered):
        post(url)


def test_a_name_nobody_knows_yet_may_be_registered_and_gives_no_answer() -> None:
    outgoing.check("https://nowhere.invalid/")
    with pytest.raises(Unanswered, match="cannot be resolved"):
        post("https://nowhere.invalid/")
    with pytest.raises(Unanswered, match="no address"):
        post("https://nowhere.invalid/", resolve=Names([]))


def test_a_public_address_may_be_registered() -> None:
    outgoing.check(f"https://{PUBLIC}/hooks?x=1")


@pytest.mark.parametrize("answer", [[PUBLIC, "10.0.0.1"], ["::1", PUBLIC], ["127.0.0.1"]])
def test_a_name_with_one_inner_address_is_blocked(receiver: Receiver, answer: list[str]) -> None:
    with pytest.raises(Blocked):
        post(f"http://mixed.example:{receiver.port}/", resolve=Names(answer))
    assert receiver.heard == []


def test_the_address_that_was_checked_is_the_one_that_is_called(
    settings: Settings, receiver: Receiver
) -> None:
    """A name that changes its mind (rebinding) is asked once, and what it said then counts."""
    settings.HITL_OUTGOING_ALLOWED = [ipaddress.ip_network("127.0.0.1/32")]
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    assert post(f"http://rebinding.example:{receiver.port}/", resolve=names).status == 200
    assert names.asked == 1
    assert receiver.heard[0].headers["host"] == f"rebinding.example:{receiver.port}"


def test_a_name_that_turns_inwards_later_is_blocked_then(
    settings: Settings, receiver: Receiver
) -> None:
    settings.HITL_OUTGOING_ALLOWED = [ipaddress.ip_network("127.0.0.1/32")]
    receiver.usually = receivers.hangs_up
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    url = f"http://rebinding.example:{receiver.port}/"
    with Http(names) as http:
        with pytest.raises(Unanswered):
            http.post(url, content=b"", headers={}, seconds=5)
        with pytest.raises(Blocked):
            http.post(url, content=b"", headers={}, seconds=5)
    assert len(receiver.heard) == 1


def test_a_second_address_is_tried_when_the_first_does_not_answer(
    loopback: None, receiver: Receiver
) -> None:
    names = Names(["127.0.0.77", "127.0.0.1"])
    assert post(f"http://two.example:{receiver.port}/", resolve=names).status == 200
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
        with pytest.raises(Unanswered, match="No answer"):
            post(f"http://127.0.0.1:{closed}/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(
    loopback: None, receiver: Receiver, status: int
) -> None:
    with receiving() as other:
        receiver.usually = says(status, Location=other.url)
        assert post(receiver.url).status == status
        assert len(receiver.heard) == 1
        assert other.heard == []


def test_even_a_follower_of_redirects_is_stopped_at_an_inner_address(
    settings: Settings, receiver: Receiver
) -> None:
    """Each connection is checked by the transport, whoever asks for it."""
    settings.HITL_OUTGOING_ALLOWED = [ipaddress.ip_network("127.0.0.1/32")]
    receiver.usually = says(307, Location=f"http://127.0.0.2:{receiver.port}/")
    import httpx

    with (
        httpx.Client(
            transport=outgoing.Guarded(), trust_env=False, follow_redirects=True
        ) as client,
        pytest.raises(Blocked),
    ):
        client.post(receiver.url)
    assert len(receiver.heard) == 1


def test_a_request_arrives_as_it_was_meant(loopback: None, receiver: Receiver) -> None:
    receiver.usually = says(202, b"hello", Retry_After="7", Set_Cookie="a=b")
    with Http() as http:
        for _ in range(2):
            answer = http.post(
                f"{receiver.url}?x=1", content=b"abc", headers={"x-y": "z"}, seconds=5
            )
            assert (answer.status, answer.body) == (202, b"hello")
            assert answer.headers["retry-after"] == "7"
    for heard in receiver.heard:
        assert (heard.path, heard.body, heard.headers["x-y"]) == ("/hooks?x=1", b"abc", "z")
        assert "cookie" not in heard.headers


def test_proxies_of_the_environment_are_not_asked(
    loopback: None, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.url).status == 200
        assert proxy.heard == []


@pytest.mark.parametrize("how", ["stalls", "drips"])
def test_whoever_takes_too_long_is_left(loopback: None, receiver: Receiver, how: str) -> None:
    """One that drips is never silent for long: the time is one for all of it."""
    receiver.usually = getattr(receiver, how)
    with pytest.raises(Unanswered, match=r"within 0\.3 s"):
        post(receiver.url, seconds=0.3)


@pytest.mark.parametrize("how", ["hangs_up", "garbage"])
def test_what_is_no_http_is_no_answer(loopback: None, receiver: Receiver, how: str) -> None:
    receiver.usually = getattr(receivers, how)
    with pytest.raises(Unanswered):
        post(receiver.url)


@pytest.mark.parametrize(("how", "body"), [("promises_more", b"short"), ("says_less", b"mu")])
def test_a_status_counts_even_if_the_body_breaks_off(
    loopback: None, receiver: Receiver, how: str, body: bytes
) -> None:
    receiver.usually = getattr(receivers, how)
    assert post(receiver.url) == Answer(200, post(receiver.url).headers, body)


def test_an_endless_answer_is_cut_short(loopback: None, receiver: Receiver) -> None:
    receiver.usually = says(200, b"x" * (outgoing.READ_AT_MOST * 20))
    assert post(receiver.url).body == b"x" * outgoing.READ_AT_MOST


@pytest.mark.parametrize("wrong", ["10.0.0.0/8,nonsense", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_range_that_is_none_refuses_to_start_and_names_the_variable(wrong: str) -> None:
    environment = os.environ | {"HITL_OUTGOING_ALLOWED": wrong}
    started = subprocess.run(
        [sys.executable, "-c", "import hitl.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    last = started.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured: HITL_OUTGOING_ALLOWED" in last


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the name secure.example, signed by itself."""
    home = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2"
    names = ["-subj", "/CN=secure.example", "-addext", "subjectAltName=DNS:secure.example"]
    subprocess.run([*command.split(), *names], cwd=home, check=True, capture_output=True)
    return home


def test_tls_is_held_against_the_name_although_the_address_is_called(
    loopback: None, certificate: Path
) -> None:
    asked: list[str | None] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    trusted = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    names = Names(["127.0.0.1"])
    with receivers.Server(("127.0.0.1", 0), receivers.Handler) as web:
        web.receiver = Receiver()
        web.socket = server.wrap_socket(web.socket, server_side=True)
        port = web.server_address[1]
        thread = threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            good = post(f"https://secure.example:{port}/", resolve=names, trusted=trusted)
            assert good.status == 200
            with pytest.raises(Unanswered, match="CERTIFICATE_VERIFY_FAILED"):
                post(f"https://other.example:{port}/", resolve=names, trusted=trusted)
            with pytest.raises(Unanswered, match="CERTIFICATE_VERIFY_FAILED"):
                post(f"https://secure.example:{port}/", resolve=names)
        finally:
            web.shutdown()
            thread.join()
    assert asked == ["secure.example", "other.example", "secure.example"]
    assert len(web.receiver.heard) == 1
