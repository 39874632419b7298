"""The README is true: its commands are CI's, its walk-through works when pasted."""

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.demo import ROOT, demo

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)


def test_ci_runs_the_readmes_test_command() -> None:
    (command,) = [block.strip() for block in BLOCKS if "requirements-dev.lock" in block]
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


def test_both_commands_are_one_line_each() -> None:
    commands = [block.strip() for block in BLOCKS if "-m venv" in block]
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)


def test_every_picture_and_page_it_names_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.processes
def test_the_walk_through_works_when_pasted(tmp_path: Path) -> None:
    (pasted,) = [block for block in BLOCKS if "ready.json" in block]
    with demo(tmp_path / "var" / "demo", "--no-traffic") as running:
        running.wait_ready()
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", pasted],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers = [msgspec.json.decode(part) for part in _objects(done.stdout + done.stderr)]
        by_status = [answer.get("status") for answer in answers]
        assert by_status.count("referred") == 1
        (decided,) = [answer for answer in answers if answer.get("status") == "decided"]
        assert decided["decision"]["source"] == "model"
        assert decided["decision"]["value"] == "0"
        assert any(answer.get("kind") == "redo" for answer in answers)
        assert any(answer.get("metric") == "automation_rate" for answer in answers)
        running.finish()


def _objects(text: str) -> list[str]:
    """The JSON objects in the output of several curls, which end without a newline."""
    import json

    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := text.find("{", at)) >= 0:
        try:
            _, end = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        found.append(text[at:end])
        at = end
    return found
