"""Processes as children of one."""

import sys
from pathlib import Path

import psutil
import pytest

from hitl.embedded import free_port
from hitl.management.stack import ChildFailed, Stack, is_free

NESTED = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"])
"""


def test_a_free_port_is_free() -> None:
    assert is_free(free_port())


def test_a_child_that_ended_is_named_with_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path, free_port())
    name = Path(sys.executable).name
    stack._start("failing", name, ["-c", "print('what went wrong'); raise SystemExit(3)"])
    stack.children[0].process.wait(30)
    with pytest.raises(ChildFailed, match="failing ended with code 3") as failed:
        stack.check()
    assert "what went wrong" in str(failed.value)


def test_stop_ends_children_and_what_they_started(tmp_path: Path) -> None:
    stack = Stack(tmp_path, free_port())
    stack._start("parent", Path(sys.executable).name, ["-c", NESTED])
    parent = psutil.Process(stack.children[0].process.pid)
    while not parent.children():
        stack.check()
    started = [parent, *parent.children()]
    stack.stop()
    gone, alive = psutil.wait_procs(started, timeout=20)
    assert len(gone) == 2, alive
