"""The real site in a folder of its own: gunicorn, worker, mail server; and a browser that writes everything down."""

import contextlib
import email
import http.client
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler

from tests.programs import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"
# The same names for static files as in production, without the seconds that compressing them takes.
SET_UP = """
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
import django; django.setup()
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
for command in (["make_keys"], ["migrate"], ["sync_roles"], ["collectstatic", "--no-input"]):
    call_command(*command, verbosity=0)
from tests.content.factories import make_centre, make_notice, make_published
make_centre(); make_notice(kind="consent"); make_published()
for role in ("admissions", "writer"):
    user = get_user_model().objects.create_user(role, password="%s", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
"""


class Mails(MailHandler):
    """Keeps every mail with its envelope."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[bytes] = []
        self.parsed: list[email.message.Message] = []

    def prepare_message(self, session, envelope):
        self.raw.append(f"{envelope.mail_from} {envelope.rcpt_tos}\n".encode() + envelope.content)
        return super().prepare_message(session, envelope)

    def handle_message(self, message):
        self.parsed.append(message)


@dataclass
class House:
    """A running site. `folder` holds all that it may write."""

    folder: Path
    port: int
    database: "OnSQLite | OnPostgreSQL"
    mails: Mails
    smtp_port: int
    environment: dict[str, str]
    processes: list[subprocess.Popen] = field(default_factory=list)

    def start(self, name: str, *command: str) -> None:
        log = self.folder / f"{name}.log"
        with log.open("ab") as stream:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=stream, stderr=stream
                )
            )

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)

    def wait_until_it_answers(self) -> None:
        for _ in range(300):
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                with contextlib.closing(connection):
                    connection.request("GET", "/healthz")
                    if connection.getresponse().status == 200:
                        return
            time.sleep(0.1)
        raise AssertionError((self.folder / "gunicorn.log").read_text())

    def files_open_for_writing(self) -> set[str]:
        """Where the processes and their children could still write, outside the folder and the kernel's own."""
        found = set()
        for process in self._with_children():
            for descriptor in Path(f"/proc/{process}/fd").glob("*"):
                with contextlib.suppress(OSError):
                    target = os.readlink(descriptor)
                    about = Path(f"/proc/{process}/fdinfo/{descriptor.name}").read_text()
                    flags = int(about.partition("flags:")[2].split()[0], 8)
                    if flags & os.O_ACCMODE and target.startswith("/") and not target.startswith("/dev/"):
                        found.add(target)
        return {target for target in found if not target.startswith(str(self.folder))}

    def _with_children(self) -> Iterator[int]:
        for process in self.processes:
            yield process.pid
            with contextlib.suppress(OSError):
                for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                    yield int(child)


class OnSQLite:
    url = ""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "var" / "database.sqlite3"

    def run(self, statement: str) -> None:
        with contextlib.closing(sqlite3.connect(self.file, timeout=20, isolation_level=None)) as connection:
            connection.execute(statement)

    def ask(self, statement: str) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(self.file, timeout=20)) as connection:
            return connection.execute(statement).fetchall()

    def places(self) -> dict[str, bytes]:
        """Its files are among those of the folder; here is what they say, row by row."""
        with contextlib.closing(sqlite3.connect(self.file, timeout=20)) as connection:
            return {"dump": "\n".join(connection.iterdump()).encode("utf-8", "surrogateescape")}

    def remove(self) -> None:
        pass


class OnPostgreSQL:
    """A database of its own beside the test databases."""

    def __init__(self, url: str) -> None:
        self.name = f"canary_{secrets.token_hex(4)}"
        parts = urllib.parse.urlsplit(url)
        socket_folder = parts.path.rpartition("/")[0].lstrip("/")
        self.server = {
            "host": f"/{socket_folder}" if socket_folder else parts.hostname,
            "user": os.environ.get("PGUSER"),
        }
        self.url = url.rpartition("/")[0] + f"/{self.name}"
        with self._connected("postgres") as connection:
            connection.execute(f"CREATE DATABASE {self.name}")
            # More than any server should write down: every statement with its parameters.
            connection.execute(f"ALTER DATABASE {self.name} SET log_statement TO 'all'")
            self.start = connection.execute("SELECT pg_current_wal_lsn()").fetchone()[0]
            self.data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        self.log = self.data.parent / "log"
        self.log_began = self.log.stat().st_size if self.log.exists() else 0

    def _connected(self, name: str = ""):
        return psycopg.connect(**self.server, dbname=name or self.name, autocommit=True)

    def run(self, statement: str) -> None:
        with self._connected() as connection:
            connection.execute(statement)

    def ask(self, statement: str) -> list[tuple]:
        with self._connected() as connection:
            return connection.execute(statement).fetchall()

    def places(self) -> dict[str, bytes]:
        """Row by row; and where they can be read, the server's files: tables, write-ahead log, log."""
        with self._connected() as connection:
            connection.execute("CHECKPOINT")
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            dump = bytearray()
            for (table,) in tables:
                with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as rows:
                    dump += table.encode() + b"\n" + b"".join(map(bytes, rows)) + b"\n"
            oid, end = connection.execute(
                "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), pg_current_wal_lsn()"
            ).fetchone()
            segments = connection.execute(
                "SELECT DISTINCT pg_walfile_name(%s::pg_lsn + n * 16777216) "
                "FROM generate_series(0, ceil((%s::pg_lsn - %s::pg_lsn) / 16777216)) n",
                [self.start, end, self.start],
            ).fetchall()
        places = {"dump": bytes(dump)}
        if os.access(self.data, os.R_OK | os.X_OK):
            tables = (file for file in (self.data / "base" / str(oid)).iterdir() if file.is_file())
            places["files of the tables"] = b"\n".join(file.read_bytes() for file in tables)
            *past, newest = (self.data / "pg_wal" / name for (name,) in sorted(segments))
            logs = [*past, newest] if newest.exists() else past  # the last one may not have been begun
            places["write-ahead log"] = b"".join(without_page_heads(file.read_bytes()) for file in logs)
        if os.access(self.log, os.R_OK):
            lines = self.log.read_bytes()[self.log_began :].splitlines()
            places["log of the server"] = b"\n".join(dict.fromkeys(line.partition(b"] ")[2] or line for line in lines))
        return places

    def remove(self) -> None:
        with self._connected("postgres") as connection:
            connection.execute(f"DROP DATABASE {self.name} WITH (FORCE)")


def without_page_heads(segment: bytes) -> bytes:
    """What a file of the write-ahead log says: a record that goes on over the end of a page has a head in its middle.

    Lengths are those of XLogLongPageHeaderData and XLogPageHeaderData in access/xlog_internal.h.
    """
    pages = (segment[start : start + 8192] for start in range(0, len(segment.rstrip(b"\0")), 8192))
    return b"".join(page[24 if number else 40 :] for number, page in enumerate(pages))


@contextlib.contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Set up and serve a site under `folder`; on PostgreSQL where the suite runs there."""
    (folder / "tmp").mkdir(parents=True)
    url = os.environ.get("TEST_DATABASE_URL", "")
    database = OnPostgreSQL(url) if url else OnSQLite(folder)
    mails, port = Mails(), free_port()
    server = Controller(mails, hostname="127.0.0.1", port=free_port())
    keys = folder / "var" / "keys"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "tmp"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PGUSER": os.environ.get("PGUSER", ""),
        "DJANGO_SETTINGS_MODULE": "magnified.settings",
        "ENV_FILE": str(folder / "no-such-file"),
        "VAR_DIR": str(folder / "var"),
        "SHARED_MEMORY_DIR": str(folder / "var" / "memory"),
        "DEPLOYMENT": "laptop",
        "SITE_ROLE": "all",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "DATABASE_URL": database.url,
        "PORT": str(port),
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "ADMISSIONS_PUBLIC_KEY_FILE": str(keys / "admissions-public.pem"),
        "ADMISSIONS_PRIVATE_KEY_FILE": str(keys / "admissions-private.pem"),
        "DISCLOSURE_KEY_FILE": str(keys / "disclosure.key"),
    }
    house = House(folder, port, database, mails, server.port, environment)
    server.start()
    try:
        subprocess.run(
            [sys.executable, "-c", SET_UP % PASSWORD],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
        )
        house.start("gunicorn", "-m", "gunicorn", "--log-level", "debug")
        house.start("worker", "manage.py", "worker", "--poll", "0.2")
        house.wait_until_it_answers()
        yield house
    finally:
        house.stop()
        server.stop()
        database.remove()
        shutil.rmtree(folder / "var", ignore_errors=True)


@dataclass
class Page:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def hidden(self, name: str) -> str:
        return re.search(rf'name="{name}" value="([^"]+)"', self.text)[1]


class Browser:
    """Keeps cookies, sends a Referer like a browser, and writes down all that passes: `addresses`, `heads`, `pages`."""

    def __init__(self, house: House) -> None:
        self.house, self.cookies, self.here = house, {}, ""
        self.addresses: list[str] = []
        self.heads: list[str] = []
        self.pages: list[tuple[str, bytes]] = []

    def get(self, path: str) -> Page:
        return self.send("GET", path)

    def post(self, path: str, data: dict[str, str], **headers: str) -> Page:
        body = urllib.parse.urlencode(data).encode()
        page = self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"} | headers)
        return self.get(page.headers["Location"]) if page.status in {302, 303} else page

    def send(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Page:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        if self.here:
            sent["Referer"] = self.here
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, sent | (headers or {}))
            answer = connection.getresponse()
            page = Page(answer.status, answer.headers, answer.read())
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        self.here = f"http://127.0.0.1:{self.house.port}{path}"
        self.addresses += [path, self.here, answer.headers.get("Location", "")]
        self.heads += [f"{name}: {value}" for name, value in answer.headers.items()]
        self.heads += re.findall(r"<title>.*?</title>", page.text, re.DOTALL)
        self.pages.append((path, page.body))
        return page

    def sign_in(self, name: str) -> None:
        page = self.get("/admin/login/")
        self.post(
            "/admin/login/",
            {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")},
        )

    def written_down(self) -> dict[str, bytes]:
        return {
            "addresses and referrers": "\n".join(self.addresses).encode(),
            "headers, cookies and titles": "\n".join(self.heads).encode() + json.dumps(self.cookies).encode(),
        }
