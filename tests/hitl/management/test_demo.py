"""`manage.py demo` as its user meets it: a process on the command line."""

import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from models_registry.runtimes.papers import invoices
from tests.demo import demo

pytestmark = pytest.mark.processes


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
    return found


def until(what: Any, seconds: float = 30) -> Any:
    """Asks until the answer is true; the answer."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)
    return answer


def test_it_sends_cases_that_autopilots_review_and_ctrl_c_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    home = tmp_path / "demo"
    with demo(home, "--rate", "20", "--autopilot", "600") as running:
        running.wait_ready()
        ready = running.ready
        assert httpx.get(ready["url"] + "/readyz").json() == {"status": "ok", "missing": []}
        key = {"Authorization": f"Bearer {ready['api_key']}"}

        def decided() -> dict[str, Any] | None:
            """The first decided case of each workflow, once all have one."""
            found = {}
            for slug in ready["workflows"]:
                address = f"{ready['api']}cases?status=decided&workflow={slug}"
                found[slug] = httpx.get(address, headers=key).json()["cases"][:1]
            return {slug: one for slug, (one,) in found.items()} if all(found.values()) else None

        found = until(decided, 60)
        levels = {slug: one["automation_level"] for slug, one in found.items()}
        assert levels == {
            "digits": "shadow",
            "invoices": "ai_assistance",
            "delivery-notes": "ai_assistance",
        }
        assert {one["decision"]["source"] for one in found.values()} == {"human"}
        assert set(found["invoices"]["decision"]["value"]) == set(invoices.FIELDS)
        assert isinstance(found["delivery-notes"]["decision"]["value"], str)
        first = found["digits"]
        started = children(running.process)
        assert len(started) >= 4
        code, output = running.finish()
    assert code == 0, output
    assert "nothing is left running" in output
    assert [p for p in started if p.is_running()] == []

    passwords = [*ready["operator"].values(), *ready["reviewers"].values()]
    assert len(set(passwords)) == 4
    with demo(home, "--no-traffic") as again:
        again.wait_ready()
        assert again.ready["reviewers"] == ready["reviewers"]
        assert again.ready["workflows"] == ready["workflows"]
        kept = httpx.get(f"{again.ready['api']}cases/{first['id']}", headers=key)
        assert kept.status_code == 200
        code, output = again.finish(signal.SIGTERM)
        assert code == 0, output


def test_a_killed_child_ends_the_demo_with_its_name(tmp_path: Path) -> None:
    with demo(tmp_path / "demo", "--no-traffic") as running:
        running.wait_ready()
        started = children(running.process)
        beat = next(p for p in started if "beat" in p.cmdline())
        beat.kill()
        output, _ = running.process.communicate(timeout=60)
        assert running.process.returncode == 1
        assert "beat ended with code -9" in output
        assert [p for p in started if p.is_running()] == []


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demo(tmp_path / "demo", "--port", str(port)) as refused:
            output, _ = refused.process.communicate(timeout=60)
    assert refused.process.returncode == 1
    assert f"Port {port} is in use" in output


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("hitl.sqlite3", b"", id="cut off before people were made"),
        pytest.param("world.json", b"{", id="half-written"),
    ],
)
def test_incomplete_data_is_refused_with_the_way_out(
    tmp_path: Path, name: str, content: bytes
) -> None:
    home = tmp_path / "demo"
    home.mkdir()
    (home / name).write_bytes(content)
    with demo(home) as refused:
        output, _ = refused.process.communicate(timeout=60)
    assert refused.process.returncode == 1
    assert "--reset" in output
    assert not re.search("Traceback", output)


def test_a_second_demo_on_the_same_data_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    with demo(home, "--no-traffic") as running:
        running.wait_ready()
        with demo(home, "--no-traffic") as refused:
            output, _ = refused.process.communicate(timeout=60)
        assert refused.process.returncode == 1
        assert "Another demo is running" in output


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--rate", "0"], id="rate"),
        pytest.param(["--autopilot", "-1"], id="autopilot"),
        pytest.param(["--port", "70000"], id="port"),
    ],
)
def test_a_number_out_of_range_is_named(tmp_path: Path, arguments: list[str]) -> None:
    with demo(tmp_path / "demo", *arguments) as refused:
        output, _ = refused.process.communicate(timeout=60)
    assert refused.process.returncode == 1
    assert arguments[0] in output


@pytest.mark.parametrize("name", ["valkey-server", "granian"])
def test_a_killed_leader_ends_the_demo_and_what_it_had_started(tmp_path: Path, name: str) -> None:
    with demo(tmp_path / "demo", "--no-traffic") as running:
        running.wait_ready()
        started = children(running.process)
        leader = next(p for p in started if any(name in part for part in p.cmdline()))
        leader.kill()
        output, _ = running.process.communicate(timeout=60)
        assert running.process.returncode == 1
        assert "ended with code -9" in output
        assert [p for p in started if p.is_running()] == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_the_demo_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path / "demo", "--no-traffic") as running:
        running.wait_ready()
        started = children(running.process)
        running.process.send_signal(number)
        running.process.communicate(timeout=60)
        _, alive = psutil.wait_procs(started, timeout=30)
        assert alive == []


def test_nothing_outlives_a_reader_of_its_output_that_left(tmp_path: Path) -> None:
    with demo(tmp_path / "demo", "--no-traffic") as running:
        assert running.process.stdout is not None
        running.process.stdout.readline()
        running.process.stdout.close()
        running.process.wait(90)
        found = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(p.cmdline())]
        assert found == []


def test_reset_starts_over_and_keeps_what_is_not_the_demos(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    home.mkdir()
    (home / "precious").write_text("keep me")
    with demo(home, "--no-traffic") as running:
        running.wait_ready()
        first = running.ready
        with demo(home, "--reset") as refused:
            output, _ = refused.process.communicate(timeout=60)
        assert "Another demo is running" in output
        assert httpx.get(first["url"] + "/readyz").status_code == 200
        running.finish()
    with demo(home, "--reset", "--port", "99999") as refused:
        refused.process.communicate(timeout=60)
    assert (home / "world.json").exists()
    with demo(home, "--reset", "--no-traffic") as running:
        running.wait_ready()
        assert running.ready["api_key"] != first["api_key"]
        running.finish()
    assert (home / "precious").read_text() == "keep me"


def test_people_without_their_database_are_incomplete_data(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    with demo(home, "--no-traffic") as running:
        running.wait_ready()
        running.finish()
    for path in home.glob("hitl.sqlite3*"):
        path.unlink()
    with demo(home) as refused:
        output, _ = refused.process.communicate(timeout=60)
    assert refused.process.returncode == 1
    assert "--reset" in output
