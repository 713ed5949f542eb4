"""The site as it ships, in a folder of its own, and those who break it: real gunicorn, database and signals.

`Site` is started and hurt by the tests. `Senders` are visitors who press Send until the page says something final, and
remember what it said. `judge` holds that against the database, opened with the team's key.
"""

import contextlib
import http.client
import json
import os
import queue
import random
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from admissions.crypto import sealing
from admissions.crypto.envelope import message_place
from tests.canary.house import PASSWORD, ROOT, SET_UP, OnSQLite, Page
from tests.programs import free_port

RECEIVED = "/received/"
CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}\b")
FULL = os.environ.get("TEST_FORM") == "full"


def say(line: str) -> None:
    """Progress, for whoever waits for the full form."""
    if FULL:
        print(f"    {time.strftime('%H:%M:%S')} {line}", file=sys.__stderr__, flush=True)


# The site


class OnOwnPostgres:
    """A database of the server that the test may kill."""

    def __init__(self, server, name: str) -> None:
        self.server, self.name, self.url = server, name, server.url(name)

    def connect(self):
        return psycopg.connect(host=str(self.server.server), user="postgres", dbname=self.name, autocommit=True)

    def run(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def ask(self, statement: str) -> list[tuple]:
        with self.connect() as connection:
            return connection.execute(statement).fetchall()


@dataclass
class Site:
    folder: Path
    database: OnSQLite | OnOwnPostgres
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str, *command: str, **environment: str) -> None:
        log = self.folder / f"{name}.log"
        with log.open("ab") as stream:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment | {"PORT": str(self.port)} | environment,
                stdout=stream,
                stderr=stream,
            )

    def serve(self, app: str = "magnified.wsgi", *, workers: int = 2, **environment: str) -> None:
        """gunicorn with the settings it ships with; `app` may be a broken one."""
        self.start("gunicorn", "-m", "gunicorn", app, "--workers", str(workers), **environment)
        self.wait_until_it_answers()

    def wait_until_it_answers(self, path: str = "/healthz", *, seconds: float = 60) -> float:
        """Returns after how many seconds `path` was answered with 200."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.visitor().get(path).status == 200:
                    return time.monotonic() - began
            if self.processes["gunicorn"].poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no answer to {path}:\n{self.said('gunicorn')[-3000:]}")

    def said(self, name: str) -> str:
        with (self.folder / f"{name}.log").open(errors="replace") as log:
            return log.read(1_000_000)  # it may be /dev/full, which never ends

    def workers(self) -> list[int]:
        master = self.processes["gunicorn"].pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def everybody(self) -> list[int]:
        """gunicorn's master and workers."""
        return [self.processes["gunicorn"].pid, *self.workers()]

    def stop(self, *names: str) -> None:
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)

    def visitor(self, timeout: float = 60) -> "Visitor":
        return Visitor(self.port, timeout)

    def stored(self) -> list["Stored"]:
        """Every message in the database, opened."""
        key = sealing.load_private((self.folder / "var/keys/admissions-private.pem").read_bytes())
        rows = self.database.ask(
            "SELECT i.id, m.id, m.author, m.number, m.payload, k.team_wrap, i.status, i.kind, "
            "(SELECT count(*) FROM admissions_alert a WHERE a.inquiry_id = i.id) "
            "FROM admissions_inquiry i LEFT JOIN admissions_message m ON m.inquiry_id = i.id "
            "LEFT JOIN admissions_messagekey k ON k.message_id = m.id ORDER BY i.id"
        )
        found = []
        for inquiry, message, author, number, payload, wrap, status, kind, alerts in rows:
            place = message_place(
                inquiry=uuid.UUID(str(inquiry)), message=uuid.UUID(str(message)), author=author, number=number
            )
            body = sealing.open_sealed(bytes(payload), bytes(wrap), place=place, key=key).reveal()["body"]
            found.append(Stored(body, status, kind, alerts))
        return found


@dataclass(frozen=True)
class Stored:
    body: dict[str, str]
    status: str
    kind: str
    alerts: int


class Visitor:
    """A browser without script that has just been opened: cookies, and forms that are sent as they were shown."""

    def __init__(self, port: int, timeout: float = 60) -> None:
        self.port, self.timeout, self.cookies = port, timeout, {}

    def get(self, path: str, **headers: str) -> Page:
        return self.send("GET", path, b"", headers)

    def post(self, path: str, data: dict[str, str], **headers: str) -> Page:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urllib.parse.urlencode(data).encode(), kind | headers)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Page:
        """Raises `OSError` or `HTTPException` when there is no whole answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, self.cookie_header() | headers)
            answer = connection.getresponse()
            page = Page(answer.status, answer.headers, answer.read())
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return page

    def cookie_header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def form(self, path: str = "/contact/") -> dict[str, str]:
        page = self.get(path)
        assert page.status == 200, page.status
        return hidden(page)

    def sign_in(self, name: str) -> None:
        key = self.get("/admin/login/").hidden("csrfmiddlewaretoken")
        typed = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": key}
        assert self.post("/admin/login/", typed).status == 302


def hidden(page: Page) -> dict[str, str]:
    return {name: page.hidden(name) for name in ("csrfmiddlewaretoken", "form_token")}


class Template:
    """A site that was set up once; each test gets a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = self.environment_in(folder, "")
        (folder / "tmp").mkdir(parents=True)
        self.set_up(self.environment)

    @staticmethod
    def environment_in(folder: Path, url: str) -> dict[str, str]:
        keys = folder / "var" / "keys"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "tmp"),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PGUSER": "postgres",
            "DJANGO_SETTINGS_MODULE": "magnified.settings",
            "ENV_FILE": str(folder / "no-such-file"),
            "VAR_DIR": str(folder / "var"),
            "DEPLOYMENT": "laptop",
            "SITE_ROLE": "all",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "DATABASE_URL": url,
            "EMAIL_URL": f"filemail:///{folder / 'tmp' / 'mail'}",
            "ADMISSIONS_PUBLIC_KEY_FILE": str(keys / "admissions-public.pem"),
            "ADMISSIONS_PRIVATE_KEY_FILE": str(keys / "admissions-private.pem"),
            "DISCLOSURE_KEY_FILE": str(keys / "disclosure.key"),
        }

    @staticmethod
    def set_up(environment: dict[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, "-c", SET_UP % PASSWORD], cwd=ROOT, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    @contextlib.contextmanager
    def copied(self, folder: Path, database: OnOwnPostgres | None = None) -> Iterator[Site]:
        """A site of its own below `folder`, on SQLite unless told otherwise. Nothing of it runs yet, or afterwards."""
        shutil.copytree(self.folder / "var", folder / "var")
        (folder / "tmp").mkdir()
        environment = self.environment_in(folder, database.url if database else "")
        site = Site(folder, database or OnSQLite(folder), environment)
        try:
            yield site
        finally:
            site.stop()


@contextlib.contextmanager
def shipped_proxy(site: Site, change: Callable[[str], str] = str) -> Iterator[int]:
    """Caddy with deploy/Caddyfile, over plain http. Gives its port.

    127.0.0.1 is the public host, localhost the staff's. `change` may take a safeguard out of that file.
    """
    program = shutil.which("caddy", path=str(Path(sys.executable).parent)) or shutil.which("caddy")
    assert program, "caddy is missing from .venv: run `bin/setup dev`"
    port, file, log = free_port(), site.folder / "Caddyfile", site.folder / "caddy.log"
    text = change((ROOT / "deploy/Caddyfile").read_text())
    file.write_text(re.sub(r"\b(public|staff):8000\b", f"127.0.0.1:{site.port}", text))
    environment = {
        "HOME": str(site.folder),
        "XDG_DATA_HOME": str(site.folder / "tmp"),
        "XDG_CONFIG_HOME": str(site.folder / "tmp"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STAFF_URL": f"http://localhost:{port}",
    }
    with log.open("wb") as stream:
        command = [program, "run", "--config", file, "--adapter", "caddyfile"]
        site.processes["proxy"] = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
    direct, site.port = site.port, port
    try:
        site.wait_until_it_answers()
        yield port
    finally:
        site.port = direct
        site.stop("proxy")


# Visitors


@dataclass
class Ledger:
    """What the pages said, message by message."""

    confirmed: set[int] = field(default_factory=set)
    told_not_sent: set[int] = field(default_factory=set)  # the last word was "NOT sent"
    unanswered: set[int] = field(default_factory=set)  # gave up without a word, or with "we cannot be sure"
    answers: Counter = field(default_factory=Counter)
    slowest: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # what no page may say

    def __len__(self) -> int:
        return len(self.confirmed) + len(self.told_not_sent) + len(self.unanswered)


@dataclass
class Senders:
    """So many visitors at once send the messages `numbers`; each presses Send until the page says something final.

    A page that says "NOT sent" is final for every second of them, and the others press again. `text` is what number n
    writes.
    """

    site: Site
    numbers: Iterable[int]
    text: Callable[[int], str] = "This is message {}. I do not know how to begin.".format
    at_once: int = 16 if FULL else 6
    patience: float = 60  # seconds for one message
    per_second: float = 0  # 0: as fast as the site answers
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.left: queue.Queue[int] = queue.Queue()
        for number in self.numbers:
            self.left.put(number)
        self.total, self.began = self.left.qsize(), time.monotonic()
        self.lock = threading.Lock()

    def run(self, meanwhile: Callable[["Senders"], None] = lambda senders: None) -> Ledger:
        """Returns when everybody has an answer. `meanwhile` runs beside them and should end when `is_over`."""
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(self.at_once)]
        for thread in threads:
            thread.start()
        watcher = threading.Thread(target=self.watch, daemon=True)
        watcher.start()
        try:
            meanwhile(self)
        except BaseException:
            self.patience = 0
            self.left = queue.Queue()
            raise
        finally:
            for thread in threads:
                thread.join()
        return self.ledger

    @property
    def is_over(self) -> bool:
        return len(self.ledger) >= self.total

    def watch(self) -> None:
        while not self.is_over:
            time.sleep(5)
            say(f"{len(self.ledger)} of {self.total}: {dict(self.ledger.answers)}")

    def work(self) -> None:
        while True:
            try:
                number = self.left.get_nowait()
            except queue.Empty:
                return
            if self.per_second:
                due = self.began + (self.total - self.left.qsize()) / self.per_second
                time.sleep(max(0, due - time.monotonic()))
            try:
                said = self.send(number)
            except Exception as error:  # noqa: BLE001 reason=a visitor that falls silent would count as nothing
                with self.lock:
                    self.ledger.wrong.append(repr(error))
                said = self.ledger.unanswered
            with self.lock:
                said.add(number)

    def send(self, number: int) -> set[int]:
        """Fill in one form and press until it is settled. Returns the list in the ledger that the number belongs to."""
        until, visitor = time.monotonic() + self.patience, self.site.visitor()
        form: dict[str, str] = {}
        typed = {"name": f"Visitor {number}", "phone": "714-555-0142", "message": self.text(number), "consent": "on"}
        said = self.ledger.unanswered
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                if not form:
                    page = visitor.get("/contact/")
                    if page.status == 200:
                        form = hidden(page)
                        continue
                    self.note(f"form {page.status}", page)
                    time.sleep(0.3)
                    continue
                page = visitor.post("/contact/", typed | form)
            except (OSError, http.client.HTTPException) as error:
                self.note(f"no answer ({type(error).__name__})")
                time.sleep(0.2)
                continue
            self.ledger.slowest.append(time.monotonic() - began)
            if page.status == 303:
                self.note("thank you")
                return self.ledger.confirmed
            if "NOT sent" in page.text and page.status == 503:
                self.note("not sent", page)
                said = self.ledger.told_not_sent
                if number % 2:
                    return said
            elif "Press Send again; it will not count twice" in page.text and page.status == 503:
                self.note("cannot be sure", page)
                said = self.ledger.unanswered
            else:
                self.note(f"other {page.status}", page)
                self.ledger.wrong.append(f"{number}: {page.status} {page.text[:300]}")
                return self.ledger.unanswered
            form = hidden(page)
            time.sleep(0.3)
        return said

    def note(self, what: str, page: Page | None = None) -> None:
        with self.lock:
            self.ledger.answers[what] += 1
            if page is not None and "tel:+17145550142" not in page.text:
                self.ledger.wrong.append(f"{what}: no telephone number")


@dataclass(frozen=True)
class Verdict:
    confirmed: int
    missing: int  # thanked for, and not there
    doubled: int  # there more than once
    changed: int  # there with another text
    untrue: int  # told "NOT sent" at last, and there all the same
    silent: int  # there, and nobody is alerted to it

    @property
    def is_clean(self) -> bool:
        return not any((self.missing, self.doubled, self.changed, self.untrue, self.silent))


def judge(senders: Senders) -> Verdict:
    stored = senders.site.stored()
    numbers = Counter(int(row.body["name"].split()[-1]) for row in stored)
    changed = sum(row.body["message"] != senders.text(int(row.body["name"].split()[-1])) for row in stored)
    ledger = senders.ledger
    return Verdict(
        confirmed=len(ledger.confirmed),
        missing=sum(number not in numbers for number in ledger.confirmed),
        doubled=sum(count > 1 for count in numbers.values()),
        changed=changed,
        untrue=sum(number in numbers for number in ledger.told_not_sent),
        silent=sum(row.alerts == 0 for row in stored),
    )


# Those who break it


@dataclass
class Killer:
    """`kill -9` of a random gunicorn worker, again and again, at random moments.

    Where a machine is slow, kills by the clock would leave no request alive: between two kills, `every` messages get
    their answer.
    """

    site: Site
    pause: tuple[float, float]
    every: int = 0
    seed: int = 1
    kills: int = 0

    def while_they_send(self, senders: Senders) -> None:
        rng, answered = random.Random(self.seed), 0
        while not senders.is_over:
            time.sleep(rng.uniform(*self.pause))
            if len(senders.ledger) >= answered and not senders.is_over:
                answered = len(senders.ledger) + self.every
                self.kill_one(rng)

    def kill_one(self, rng: random.Random) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            workers = self.site.workers()
            if workers:
                os.kill(rng.choice(workers), signal.SIGKILL)
                self.kills += 1


# Figures


def figure(promise: str, what: str, value: object, target: str) -> None:
    """A line of the table that `make faults` ends with."""
    if file := os.environ.get("FAULTS_FIGURES"):
        with Path(file).open("a") as stream:
            stream.write(json.dumps([promise, what, str(value), target]) + "\n")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def at_once(jobs: list[Callable[[], object]]) -> list[object]:
    """Run all jobs in threads that begin together. Returns their results, in order."""
    results: list[object] = [None] * len(jobs)
    barrier = threading.Barrier(len(jobs))

    def work(place: int, job: Callable[[], object]) -> None:
        barrier.wait()
        results[place] = job()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
