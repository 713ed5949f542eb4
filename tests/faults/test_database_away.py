"""The database is stopped, full or locked: pages stay, no thank-you is untrue, and it heals by itself."""

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import threading
import time
from collections import Counter

import pytest

from tests import public
from tests.admissions.factories import times
from tests.faults.disk import Disk
from tests.faults.rig import FULL, OnOwnPostgres, Senders, figure, judge, percentile, say
from tests.postgres import Postgres

pytestmark = pytest.mark.once  # each brings its own database

PHONE = "tel:+17145550142"


def published(site):
    """Every public address, read once, as before the fault."""
    visitor = site.visitor()
    addresses = public.paths(visitor.get("/sitemap.xml").text)
    addresses = [address for address in addresses if visitor.get(address).status == 200]
    assert len(addresses) > 5
    return addresses


class Readers:
    """People who read published pages, at a steady rate, and note what they got."""

    def __init__(self, site, addresses, per_second):
        self.site, self.addresses, self.pause = site, addresses, 1 / per_second
        self.answers, self.wrong, self.seconds, self.over = [], [], [], threading.Event()
        self.threads = [threading.Thread(target=self.read, args=(place,), daemon=True) for place in range(4)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def read(self, place):
        while not self.over.wait(self.pause * len(self.threads)):
            address = self.addresses[(len(self.answers) + place) % len(self.addresses)]
            began = time.monotonic()
            try:
                page = self.site.visitor(timeout=30).get(address)
            except OSError as error:
                self.wrong.append(f"{address}: {type(error).__name__}")
                continue
            self.seconds.append(time.monotonic() - began)
            self.answers.append(page.status)
            if page.status != 200 and not (page.status == 503 and PHONE in page.text):
                self.wrong.append(f"{address}: {page.status}")


def press_send(site, form, number=0):
    typed = {"name": f"Visitor {number}", "phone": "714-555-0142", "message": "Words to keep", "consent": "on"}
    began = time.monotonic()
    page = form["visitor"].post("/contact/", typed | form["hidden"])
    return page, time.monotonic() - began


def filled_in(site):
    """A form that was opened before the fault."""
    visitor = site.visitor(timeout=90)
    return {"visitor": visitor, "hidden": visitor.form()}


def assert_said_not_sent(page):
    assert page.status == 503, page.status
    assert "NOT sent" in page.text and PHONE in page.text and "Words to keep" in page.text
    assert "It has arrived" not in page.text


def test_while_the_database_is_stopped_pages_are_read_and_forms_say_not_sent(site_on_postgres, postgres):
    """P6."""
    site = site_on_postgres
    site.serve()
    addresses, forms = published(site), [filled_in(site) for _ in range(times(short=6, full=120))]
    masters = site.processes["gunicorn"].pid
    site.database.run("CHECKPOINT")  # as every five minutes; else PostgreSQL has to mend a database just made
    postgres.stop()
    waits, away = [], time.monotonic()
    with Readers(site, addresses, per_second=times(short=5, full=20)) as readers:
        for number, form in enumerate(forms):
            page, seconds = press_send(site, form, number)
            assert_said_not_sent(page)
            waits.append(seconds)
            blank = site.visitor().get("/contact/")
            assert blank.status == 503 and PHONE in blank.text
            if FULL:
                time.sleep(5)
            if number % 12 == 11:
                say(f"away for {time.monotonic() - away:.0f} s, {len(readers.answers)} pages read")
        while len(readers.answers) < 10:
            time.sleep(0.1)
        down = time.monotonic() - away
    began = time.monotonic()
    postgres.start()
    page, _ = press_send(site, forms[0])
    while page.status != 303:
        assert time.monotonic() - began < 30
        time.sleep(0.1)
        page, _ = press_send(site, forms[0])
    recovered = time.monotonic() - began
    p99 = percentile(readers.seconds, 0.99)
    read = f"{len(readers.answers)}, {len(readers.wrong)}"
    figure("P6", f"database stopped for {down:.0f} s: pages read, wrong", read, "wrong 0")
    figure("P6", "99 % of pages, of posts, seconds", f"{p99:.2f}, {percentile(waits, 0.99):.2f}", "< 2")
    figure("P6", "recovered, seconds after the start", f"{recovered:.1f}", "< 10")
    assert readers.wrong == []
    assert site.processes["gunicorn"].pid == masters and site.processes["gunicorn"].poll() is None
    assert [row.body["name"] for row in site.stored()] == ["Visitor 0"]
    if FULL:
        assert p99 < 2 and percentile(waits, 0.99) < 2 and recovered < 10


def oldest_copy(site):
    """When the oldest cached page on the disk was made."""
    made = []
    for copy in (site.folder / "var/finished").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a new one took its place just now
            made.append(copy.stat().st_mtime)
    return min(made)


WITHDRAW = """
from content.services import publishing
from content.models import Article
publishing.unpublish(article=Article.objects.published().get())
"""


def test_pages_that_were_read_outlive_the_database_soon_after_a_withdrawal(site_on_postgres, postgres):
    """No copy of before may stand in then, so each must have been made anew before anybody asked."""
    site = site_on_postgres
    site.serve()
    addresses = published(site)
    [withdrawn] = [address for address in addresses if re.fullmatch(r"/articles/(?!a-z)[^/]+/", address)]
    began = time.time()
    site.start("desk", "manage.py", "shell", "--command", WITHDRAW)
    assert site.processes["desk"].wait(60) == 0, site.said("desk")
    while oldest_copy(site) < began:
        assert time.time() - began < 60, "the pages were not made anew"
        time.sleep(0.1)
    postgres.stop()
    answers = {address: site.visitor().get(address) for address in addresses if address not in public.FORMS}
    gone = answers.pop(withdrawn)
    assert gone.status == 503 and PHONE in gone.text, "control: the database is away, and the text stays withdrawn"
    assert {address: page.status for address, page in answers.items() if page.status != 200} == {}
    postgres.start()


def test_a_database_that_only_pretends_to_listen_costs_a_visitor_seconds_and_not_the_site(site_on_postgres, postgres):
    """P6: the connection is taken and nobody answers, as when a machine hangs."""
    site = site_on_postgres
    site.serve()
    addresses, form = published(site), filled_in(site)
    for worker in site.workers():  # they start again, without a connection from before
        os.kill(worker, 15)
    site.wait_until_it_answers()
    postgres.stop()
    with silent(postgres), Readers(site, addresses, per_second=5) as readers:
        page, seconds = press_send(site, form)
        assert_said_not_sent(page)
    figure("P6", "database is silent: seconds until “NOT sent”", f"{seconds:.1f}", "pages go on")
    assert readers.wrong == []
    postgres.start()


@contextlib.contextmanager
def silent(postgres):
    """A socket in the place of PostgreSQL's that takes connections and says nothing."""
    path = postgres.server / ".s.PGSQL.5432"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o777)
        listener.listen(64)
        yield
    path.unlink(missing_ok=True)


# A full disk


@pytest.fixture
def disk(site_folder):
    disk = Disk(site_folder / "disk")
    yield disk
    disk.remove()


def until_it_is_sent(site, form, seconds=10 if FULL else 60):
    began = time.monotonic()
    page, _ = press_send(site, form)
    while page.status != 303:
        assert time.monotonic() - began < seconds, page.status
        time.sleep(0.1)
        page, _ = press_send(site, form)
    return time.monotonic() - began


def test_a_full_disk_under_the_database_says_not_sent_and_heals_by_itself(site, disk):
    """P7, SQLite."""
    shutil.copytree(site.folder / "var", disk.folder / "var")
    site.environment["VAR_DIR"] = str(disk.folder / "var")
    site.database.file = disk.folder / "var/database.sqlite3"
    site.serve()
    disk.writers = site.everybody
    addresses, forms = published(site), [filled_in(site) for _ in range(times(short=5, full=200))]
    disk.fill()
    with Readers(site, addresses, per_second=10) as readers:
        for number, form in enumerate(forms):
            page, _ = press_send(site, form, number)
            assert_said_not_sent(page)
    assert readers.wrong == []
    disk.free()
    assert site.stored() == []
    healed = until_it_is_sent(site, forms[0])
    for number, form in enumerate(forms[1:], 1):
        page, _ = press_send(site, form, number)
        assert page.status == 303
    figure("P7", f"SQLite, {disk.kind}: not sent; healed, seconds", f"{len(forms)}; {healed:.1f}", "all; < 10")
    assert len(site.stored()) == len(forms)


@pytest.fixture
def small_postgres(postgres, postgres_template, disk):
    """One whose files lie on the small disk, with a site's database in it."""
    disk.folder.chmod(0o711)
    small = Postgres(like=postgres, below=disk.folder, megabytes=1, options="-c min_wal_size=2MB -c max_wal_size=4MB")
    try:
        small.start()
        OnOwnPostgres(small, "postgres").run("CREATE DATABASE site")
        dump = disk.folder / "dump"
        dump.touch()
        dump.chmod(0o666)
        postgres.run("pg_dump", f"--host={postgres.server}", "--username=postgres", f"--file={dump}", "template_site")
        small.run("psql", "--quiet", f"--host={small.server}", "--username=postgres", f"--file={dump}", "site")
        dump.unlink()
        yield small
    finally:
        small.remove()


def test_a_full_disk_under_postgresql_says_not_sent_and_heals_by_itself(template, site_folder, small_postgres, disk):
    """P7. PostgreSQL may end when it cannot write its log; it is started again, as a service manager does."""
    with template.copied(site_folder, OnOwnPostgres(small_postgres, "site")) as site:
        site.serve()
        addresses, forms = published(site), [filled_in(site) for _ in range(times(short=5, full=200))]
        disk.writers, disk.account = small_postgres.everybody, small_postgres.account
        disk.fill()
        said = []
        with Readers(site, addresses, per_second=10) as readers:
            for number, form in enumerate(forms * 2):
                page, _ = press_send(site, form, number % len(forms))
                said.append(page.status)
                if page.status != 303:  # the last bytes of the disk may have taken some
                    assert page.status == 503 and PHONE in page.text and "Words to keep" in page.text
        assert readers.wrong == []
        assert said.count(503) > len(forms) / 2, "control: the disk was full"
        disk.free()
        began, healed = time.monotonic(), 0.0
        small_postgres.start()
        for number, form in enumerate(forms):
            while press_send(site, form, number)[0].status != 303:
                assert time.monotonic() - began < 60
                time.sleep(0.1)
            healed = healed or time.monotonic() - began
        figure("P7", f"PostgreSQL, {disk.kind}: 503; healed after, seconds", f"{said.count(503)}; {healed:.1f}", "< 10")
        assert sorted(row.body["name"] for row in site.stored()) == sorted(f"Visitor {n}" for n in range(len(forms)))


@pytest.mark.parametrize("what", ["log", "tmp"])
def test_a_full_disk_under_logs_or_temporary_files_stops_no_message(site, disk, what):
    """P7."""
    if what == "tmp":
        site.environment["TMPDIR"] = str(disk.folder)
    else:
        log = disk.folder / "gunicorn.log"
        log.touch() if disk.is_mounted else log.symlink_to("/dev/full")
        (site.folder / "gunicorn.log").symlink_to(log)
    site.serve()
    total = times(short=10, full=500)
    forms = [filled_in(site) for _ in range(3)]
    disk.fill()
    senders = Senders(site, range(total))
    ledger = senders.run()
    for form in forms:
        page, _ = press_send(site, form)
        assert page.status == 303
    disk.free()
    assert ledger.wrong == [] and ledger.answers["thank you"] == total
    stored = Counter(row.body["name"] for row in site.stored())
    figure("P7", f"{what} on a full disk ({disk.kind}): messages stored", f"{len(stored)} of {total}", "all")
    assert len(stored) == total and sum(stored.values()) == total + len(forms)


# A locked database


@contextlib.contextmanager
def locked(site, seconds):
    """Somebody else holds the one lock of an SQLite database for that long, as a backup or a VACUUM does."""
    held = threading.Event()

    def hold():
        with contextlib.closing(sqlite3.connect(site.database.file, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            held.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    yield
    thread.join()


def test_a_database_that_is_locked_for_a_while_reaches_nobody(site):
    """P11."""
    site.serve()
    lock = times(short=1, full=15)
    staff = site.visitor()
    staff.sign_in("admissions")
    edits = []

    def meanwhile(senders):
        while len(senders.ledger) < senders.total // 4:
            time.sleep(0.05)
        with locked(site, lock):
            edits.append(staff.get("/admin/").status)
        site.database.run("VACUUM")
        while not senders.is_over:
            edits.append(staff.get("/admin/admissions/inquiry/").status)
            time.sleep(0.2)

    senders = Senders(site, range(times(short=40, full=5_000)))
    ledger = senders.run(meanwhile)
    verdict = judge(senders)
    p99 = percentile(ledger.slowest, 0.99)
    figure("P11", f"locked for {lock} s, VACUUM, staff at work: sent, 5xx", f"{verdict.confirmed}, 0", "5xx 0")
    figure("P11", "99 % of requests, seconds", f"{p99:.1f}", "< 20")
    assert ledger.wrong == [] and set(ledger.answers) == {"thank you"}, ledger.answers
    assert verdict.is_clean and verdict.confirmed == senders.total
    assert set(edits) == {200}
    assert p99 < 20 or not FULL


def test_a_lock_that_outlasts_our_patience_says_not_sent(site):
    """P11."""
    patience = times(short=0.5, full=20)
    site.serve("tests.faults.broken", SQLITE_TIMEOUT=str(patience))
    form = filled_in(site)
    with locked(site, patience * 2 + 2):
        page, seconds = press_send(site, form)
        assert_said_not_sent(page)
        assert site.visitor().get("/articles/").status == 200
    assert site.stored() == []
    page, _ = press_send(site, form)
    assert page.status == 303
    figure("P11", "a longer lock: seconds until “NOT sent”", f"{seconds:.1f}", "about 20")
