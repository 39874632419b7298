"""SIGKILL at a commit: a process of the installation ends itself right before or right after the
n-th commit of a request or task that is marked. The product knows nothing of it: the mark is a
header that only these settings read.

A commit is the end of an outermost transaction that wrote something, or a statement that writes
outside of one.
"""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

MARK = "X-Dies"  # "before 1": right before the first commit
WRITES = re.compile(r"\b(INSERT|DELETE)\b|(?<!FOR )(?<!KEY )\bUPDATE\b", re.IGNORECASE)


class Marked:
    """What runs now, and where it dies."""

    def __init__(self, mark: str) -> None:
        self.when, at = mark.split()
        self.at = int(at)
        self.commits = 0
        self.wrote = False

    def commit(self, doing: Callable[[], Any]) -> Any:
        self.commits += 1
        self._die("before")
        done = doing()
        self._die("after")
        return done

    def _die(self, now: str) -> None:
        if (now, self.commits) == (self.when, self.at):
            os.kill(os.getpid(), signal.SIGKILL)

    def execute(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """An execute wrapper of Django."""
        if not WRITES.search(sql):
            return execute(sql, params, many, context)
        if context["connection"].in_atomic_block:
            self.wrote = True
            return execute(sql, params, many, context)
        return self.commit(lambda: execute(sql, params, many, context))

    def end_transaction(self, commit: Callable[[], None]) -> None:
        wrote, self.wrote = self.wrote, False
        if wrote:
            self.commit(commit)
        else:
            commit()


@contextmanager
def marked(mark: str) -> Iterator[None]:
    """Watches the commits of this thread."""
    from django.db import connection

    run = Marked(mark)
    commit = connection.commit
    connection.commit = lambda: run.end_transaction(commit)  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(run.execute):
            yield
    finally:
        del connection.commit


def middleware(answer: Callable[[HttpRequest], HttpResponse]) -> Any:
    @wraps(answer)
    def handle(request: HttpRequest) -> HttpResponse:
        mark = request.headers.get(MARK)
        if not mark:
            return answer(request)
        with marked(mark):
            return answer(request)

    return handle


def listen_to_tasks() -> None:
    """A marked task dies in the process that runs it."""
    from celery.signals import task_postrun, task_prerun

    watching = ExitStack()

    def begin(task: Any, **_: Any) -> None:
        mark = task.request.get(MARK)
        if mark:
            watching.enter_context(marked(mark))

    task_prerun.connect(begin, weak=False)
    task_postrun.connect(lambda **_: watching.close(), weak=False)
