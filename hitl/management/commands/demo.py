"""`manage.py demo`: the whole product on one machine, doing its job on digits and papers."""

import fcntl
import shutil
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

import msgspec
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connections

from hitl import embedded
from hitl.management.autopilot import SLIP, begin
from hitl.management.exhibits import EXHIBITS
from hitl.management.stack import ChildFailed, Stack, is_free
from hitl.management.traffic import Autopilot, Sender, Show, Truth, Worker
from hitl.management.world import World, build
from hitl.models import Workflow

PAUSE = 0.2  # seconds between two looks at the children
STORY = None  # --autopilot without a number
INCOMPLETE = (
    "The demo's data in {home} is incomplete: an earlier start was cut off, or the file was "
    "damaged. Start over with: manage.py demo --reset"
)
MADE = (
    "hitl.sqlite3*",
    "world.json",
    "ready.json",
    *(f"truth-{exhibit.slug}.txt" for exhibit in EXHIBITS),
    "blobs",
    "*.log",
    "beat-schedule*",
)


class Command(BaseCommand):
    help = "Starts everything, sends images and generated papers as cases, says where to look."
    requires_migrations_checks = False
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.allow_abbrev = False  # --res must not pass for --reset
        parser.add_argument("--port", type=int, help="web port; a free one by default")
        parser.add_argument(
            "--rate",
            type=float,
            default=2.0,
            help="digits a second (2), and a fifth of it of each kind of paper",
        )
        parser.add_argument("--no-traffic", action="store_true", help="send no cases")
        parser.add_argument(
            "--autopilot",
            type=int,
            nargs="?",
            default=0,
            const=STORY,
            metavar="N",
            help="N simulated reviews a minute (0); without N the story of automation that is "
            "earned and lost, with simulated people, on digits alone",
        )
        parser.add_argument("--reset", action="store_true", help="delete the demo's data first")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        told: list[int] = []  # no event: this thread may hold its lock when the signal comes
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: told.append(number))
        home = embedded.demo_home()
        with ExitStack() as ending:
            ending.enter_context(_only_one(home))
            if options["reset"]:
                _forget(home)
            stack = Stack(home, options["port"] or embedded.free_port())
            ending.callback(self._stop, stack)
            try:
                broker = embedded.find_broker(home)
                stack.adopt(broker)
                settings.REDIS_URL = settings.CELERY_BROKER_URL = embedded.use(broker)
                world = self._world(home)
                self._start(stack)
                self._announce(stack, world)
                stop = threading.Event()
                ending.callback(stop.set)
                self._send(stack, world, _shows(home), options, stop)
                while not told:
                    stack.check()
                    time.sleep(PAUSE)
            except (ChildFailed, embedded.BrokerFailed) as error:
                raise CommandError(str(error)) from error

    def _world(self, home: Path) -> World:
        """The world of an earlier start, or a new one."""
        path = home / "world.json"
        database = settings.DATABASES["default"]["NAME"]
        if not path.exists() and Path(str(database)).exists():
            raise CommandError(INCOMPLETE.format(home=home))
        try:
            self._step("Preparing the database", call_command, "migrate", verbosity=0)
            if path.exists():
                return _remembered(path, home)
            models = {exhibit.slug: self._step(exhibit.step, exhibit.learn) for exhibit in EXHIBITS}
            world: World = self._step("Making people, models and workflows", build, models)
        except (DatabaseError, msgspec.DecodeError) as error:
            raise CommandError(INCOMPLETE.format(home=home)) from error
        world.save(path)
        return world

    def _start(self, stack: Stack) -> None:
        connections.close_all()
        stack.start_web()
        stack.start_worker()
        stack.start_beat()
        self._step("Starting web server, worker and beat", stack.wait_healthy)

    def _step(self, title: str, action: Any, *args: Any, **kwargs: Any) -> Any:
        self.stdout.write(f"  {title} …", ending="")
        self.stdout.flush()
        began = time.monotonic()
        result = action(*args, **kwargs)
        self.stdout.write(f" {time.monotonic() - began:.1f} s")
        return result

    def _announce(self, stack: Stack, world: World) -> None:
        admin = f"{stack.url}/admin/hitl/workflow/"
        name, password = world.operator
        lines = [
            "",
            self.style.SUCCESS("Everything runs. Stop it with Ctrl-C."),
            f"  Review cases      {stack.url}/",
            *(f"                    {who}  {secret}" for who, secret in world.reviewers.items()),
            f"  Control room      {admin}",
            f"                    {name}  {password}",
            f"  API               {stack.url}/api/",
            f"                    cases: Authorization: Bearer {world.api_key}",
            f"                    level, stop: Authorization: Bearer {world.operator_token}",
            "",
        ]
        self.stdout.write("\n".join(lines))
        ready = {
            "url": stack.url,
            "admin": admin,
            "api": f"{stack.url}/api/v1/",
            "workflows": world.workflows,
            "api_key": world.api_key,
            "operator": {name: password},
            "operator_token": world.operator_token,
            "reviewers": world.reviewers,
        }
        said = msgspec.json.encode(ready)
        kept = stack.home / "ready.json"
        kept.touch(mode=0o600)
        kept.write_bytes(said)
        self.stdout.write(f"ready: {said.decode()}")
        self.stdout.flush()

    def _send(
        self,
        stack: Stack,
        world: World,
        shows: Sequence[Show],
        options: dict[str, Any],
        stop: threading.Event,
    ) -> None:
        if options["autopilot"] is STORY:
            self._tell(stack, world, shows, stop)
            return
        if not options["no_traffic"]:
            for show in shows:
                every = 1 / (options["rate"] * show.exhibit.share)
                sender = Sender(stack.url, world.api_key, show)
                Worker(f"traffic-{show.exhibit.slug}", sender, every, stop).start()
        if options["autopilot"]:
            every = 60 * len(world.autopilots) / options["autopilot"]
            for name, token in world.autopilots.items():
                Worker(name, Autopilot(stack.url, name, token, shows), every, stop).start()

    def _tell(
        self, stack: Stack, world: World, shows: Sequence[Show], stop: threading.Event
    ) -> None:
        names = ", ".join(world.autopilots)
        self.stdout.write(f"Simulated people judge: {names}, each wrong in {SLIP:.1%} of cases.")
        begin(
            stack.url,
            key=world.api_key,
            operator=world.operator_token,
            autopilots=world.autopilots,
            show=next(show for show in shows if show.exhibit.slug == "digits"),
            say=self._say,
            stop=stop,
        )

    def _say(self, line: str) -> None:
        with suppress(OSError):  # whoever read our output may be gone
            self.stdout.write(line)
            self.stdout.flush()

    def _stop(self, stack: Stack) -> None:
        stack.stop()
        self._say("Stopped; nothing is left running.")


def _check(options: dict[str, Any]) -> None:
    port = options["port"]
    if port is not None and not 1 <= port <= 65535:
        raise CommandError(f"--port is {port}; it must be 1 to 65535.")
    if port is not None and not is_free(port):
        raise CommandError(f"Port {port} is in use. Choose another with --port, or leave it out.")
    if not 0 < options["rate"] <= 1000:
        raise CommandError(f"--rate is {options['rate']:g}; it must be above 0 and at most 1000.")
    if options["autopilot"] is STORY and options["no_traffic"]:
        raise CommandError("--autopilot without a number sends cases; leave --no-traffic out.")
    if options["autopilot"] is not STORY and options["autopilot"] < 0:
        raise CommandError("--autopilot must be 0 or more reviews a minute.")


def _remembered(path: Path, home: Path) -> World:
    """The world that an earlier start made, if the database still knows it."""
    world = World.load(path)
    if Workflow.objects.filter(slug__in=world.workflows).count() < len(world.workflows):
        raise CommandError(INCOMPLETE.format(home=home))
    return world


def _shows(home: Path) -> list[Show]:
    """The workflows with the truths that earlier starts have kept."""
    shows = [Show(exhibit, Truth(home / f"truth-{exhibit.slug}.txt")) for exhibit in EXHIBITS]
    for show in shows:
        show.truth.load()
    return shows


def _forget(home: Path) -> None:
    """Deletes what an earlier demo made, and nothing else that may be in the directory."""
    for pattern in MADE:
        for path in home.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _only_one(home: Path) -> IO[str]:
    """Holds the data directory's lock for as long as the file is open."""
    lock = (home / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CommandError(f"Another demo is running on the data in {home}.") from error
    return lock
