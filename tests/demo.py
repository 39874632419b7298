"""A running `manage.py demo` for tests: started as its user does, stopped at the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[1]


class Demo:
    """A running demo: its output so far, and what its `ready:` line said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.ready: dict[str, Any] = {}

    def wait_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("ready: "):
                self.ready = msgspec.json.decode(line.removeprefix("ready: "))
                return
        pytest.fail("the demo ended before it was ready:\n" + "".join(self.lines))

    def finish(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Sends the signal, reads to the end; exit code and everything printed."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=60)
        self.lines.append(rest)
        return self.process.returncode, "".join(self.lines)


@contextmanager
def demo(home: Path, *arguments: str, **environment: str) -> Iterator[Demo]:
    kept = ("PATH", "HOME", "LANG", "XDG_RUNTIME_DIR")
    clean = {name: os.environ[name] for name in kept if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=ROOT,
        env=clean | {"HITL_DATA": str(home)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Demo(process)
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)
