import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from admissions.alerts import outbox, transports
from admissions.alerts.synthetic_check import SyntheticCheck
from admissions.models import NightlyRun
from admissions.scheduling import booking
from admissions.services import figures, retention

log = logging.getLogger("admissions.worker")


class Nightly:
    """Starts once a day what other parts of the site want done, as a process of its own: no alert waits for it."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def step(self) -> None:
        for name, child in list(self.running.items()):
            if child.poll() is not None:
                del self.running[name]
                NightlyRun.objects.finish(name)
        for name in settings.NIGHTLY_COMMANDS:
            if name not in self.running and NightlyRun.objects.begin(name):
                manage = str(settings.BASE_DIR / "manage.py")
                self.running[name] = subprocess.Popen([sys.executable, manage, name])

    def stop(self) -> None:
        for child in self.running.values():
            child.terminate()
        for name, child in self.running.items():
            child.wait()
            NightlyRun.objects.give_back(name)


class Command(BaseCommand):
    help = (
        "Send alerts from the outbox and raise alarms, invalidate pages that missed a change, tell editors what "
        "waits, send a test message through the public form every 15 minutes when ALARM_PING_URL is set, watch over "
        "the promises; once a day purge, empty the articles' trash and start the nightly checks. Ends cleanly on "
        "SIGTERM and Ctrl-C. Needs no key."
    )
    heartbeat: Path | None = None
    synthetic_check: SyntheticCheck | None = None
    nightly: Nightly | None = None

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="One round without a test message, then end.")
        parser.add_argument("--poll", type=float, default=5, metavar="SECONDS", help="Between two rounds; 5.")
        parser.add_argument("--heartbeat", type=Path, metavar="FILE", help="Touch it after each step.")

    def handle(self, *, once: bool, poll: float, heartbeat: Path | None = None, **options):
        self.stopping = threading.Event()
        if once:
            if errors := self.work():
                raise errors[0]
            return
        self.heartbeat = heartbeat
        self.synthetic_check, self.nightly = SyntheticCheck(), Nightly()
        former = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        self.stdout.write("The worker is running.")
        try:
            while not self.stopping.is_set():
                close_old_connections()
                self.work()
                self.stopping.wait(poll)
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
            self.nightly.stop()
        self.stdout.write("The worker has ended.")

    def stop(self, number, frame) -> None:
        """Finish the mail that is on its way, then end."""
        self.stopping.set()

    def work(self) -> list[Exception]:
        """One round; the team hears first. What fails keeps nothing else from being done. Returns what was raised."""
        urgent = (outbox.raise_alarms, self.tell_team, booking.update_promises)
        editors = (self.apply_pending_invalidations, self.tell_editors)
        nightly = (self.write_figures, self.purge, self.empty_trash, self.start_nightly)
        others = (*editors, self.run_synthetic_check, *nightly)
        errors = [self.attempt(step) for step in urgent]
        errors += [self.attempt(step) for step in others if not self.stopping.is_set()]
        return [error for error in errors if error]

    def tell_team(self) -> None:
        outbox.deliver_due(stop=self.stopping.is_set)

    def apply_pending_invalidations(self) -> None:
        with transports.limited():
            call_command("apply_pending_invalidations", verbosity=0)

    def tell_editors(self) -> None:
        with transports.limited():
            call_command("tell_staff", verbosity=0)

    def run_synthetic_check(self) -> None:
        if self.synthetic_check:
            self.synthetic_check.step()

    def write_figures(self) -> None:
        once_a_day("figures", lambda: figures.write_weeks(timezone.localdate()))

    def purge(self) -> None:
        once_a_day("purge", retention.purge)

    def empty_trash(self) -> None:
        once_a_day("empty_trash", lambda: call_command("empty_trash", verbosity=0))

    def start_nightly(self) -> None:
        if self.nightly:
            self.nightly.step()

    def attempt(self, step: Callable[[], object]) -> Exception | None:
        """Do it, and return what it raised."""
        try:
            step()
        except Exception as error:  # a worker that ends is a visitor nobody hears of
            log.error("%s failed", step.__name__, exc_info=True)
            close_old_connections()  # the next step asks on one that is not broken
            return error
        finally:
            if self.heartbeat:
                self.heartbeat.touch()
        return None


def once_a_day(job: str, do: Callable[[], object]) -> None:
    """Of all workers, one does it. What fails is begun again in the next round."""
    if NightlyRun.objects.begin(job):
        try:
            do()
        except Exception:
            close_old_connections()
            NightlyRun.objects.give_back(job)
            raise
        NightlyRun.objects.finish(job)
