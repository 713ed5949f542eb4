"""Finished pages: what everybody reads is rendered and compressed once, then answered before Django is asked.

A page is finished for one content version, until midnight or until a text comes or goes by its date: all else that
changes with time alone (a review that becomes overdue, a help line that grows too old) changes at midnight. It lies in
each worker's memory and on the disk, which the workers share. The last good copy outlives the database. What readers
ask for is made anew before they ask again.

Of a reader's request only the key reaches the view of a finished page. So no header, cookie, query or body can change
what everybody reads, or take a copy away.
"""

import contextlib
import functools
import gzip
import hashlib
import json
import logging
import math
import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import brotli
from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from content import languages
from content.models import Announcement, Revision

log = logging.getLogger(__name__)
Read = TypeVar("Read")

FINISHED, VERSION = "content.finished", "content.version"  # in the WSGI environ, which is a request's META
QUIET = "quiet"  # the only query that a finished page knows; all others change nothing on it
_ASKS_FOR_QUIET = re.compile(rf"(?:^|[&;]){QUIET}(?:[=&;]|$)", re.IGNORECASE)
SECONDS_BETWEEN_LOOKS = 0.5  # a publication is visible on every worker within a second
SECONDS_BETWEEN_TRIES = 5  # while a page cannot be rendered anew, its last good copy is answered for so long
MEMORY = 16 * 1024 * 1024  # bytes of pages a worker keeps
NOT_STORED = {"answers", "bodies", "retry_at", "retry_for"}  # of a page, in the line that describes it on the disk
GONE = ("301", "308", "404", "410")  # the page is not there any more, so no copy may stand in for it
DROPPED_HEADERS = {"content-length", "content-encoding", "etag", "vary", "date"}


def finished(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view whose answer is the same for everybody: it depends on path, content, day and quiet mode alone."""

    @functools.wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        turn = next_turn(request)  # before the view: a page begun on the old day is a page of the old day
        response = view(request, *args, **kwargs)
        patch_cache_control(response, no_cache=True)  # browsers ask each time whether it is still true
        request.META.setdefault(FINISHED, turn)
        return response

    marked.is_finished = True  # type: ignore[attr-defined]  # decorators around it pass the mark on
    return require_safe(marked)


def is_finished(environ: WSGIEnvironment) -> bool:
    """Whether the view of this path is marked."""
    path = get_path_info(environ)
    with translation.override(languages.of_path(path)):
        try:
            return bool(getattr(resolve(path).func, "is_finished", False))
        except Resolver404:
            return False


def not_finished(request: HttpRequest) -> None:
    """This answer was made in need (from the lifeboat, say) and must not be kept."""
    request.META[FINISHED] = None


@dataclass(frozen=True)
class ContentVersion:
    """What readers see changes when `content` does. Last good copies from before a withdrawal are not used again."""

    content: str
    withdrawal: str


UNKNOWN = ContentVersion("", "")  # the store could not be read yet: nothing made now is kept


def read_once(read: Callable[..., Read]) -> Callable[..., Read]:
    """`read(version, …)`, for what many pages show alike: asked once a day for each content version that is known."""

    @functools.lru_cache(maxsize=4)
    def kept(day: date, version: ContentVersion, *args: Any) -> Read:
        return read(version, *args)

    @functools.wraps(read)
    def reading(version: ContentVersion | None, *args: Any) -> Read:
        is_known = version and version != UNKNOWN
        return kept(timezone.localdate(), version, *args) if is_known else read(version, *args)

    return reading


def content_changed(*, withdrawn: bool = False) -> None:
    """Every finished page is made anew once the running transaction is committed. For whatever visitors see.

    While the store of the version is away, the worker announces it later: a text that was withdrawn must not stay.
    """
    owed = Announcement.objects.create(withdrawn=withdrawn)

    def announce() -> None:
        write_version(withdrawn=withdrawn)
        owed.delete()

    transaction.on_commit(announce, robust=True)


def announce_owed() -> int:
    """Announce what could not be when it changed; how much that was. Raises what the store raises while it is away."""
    owed = dict(Announcement.objects.values_list("pk", "withdrawn"))
    if owed:
        write_version(withdrawn=any(owed.values()))
        Announcement.objects.filter(pk__in=owed).delete()
    return len(owed)


def write_version(*, withdrawn: bool = False) -> None:
    """The version is the time of a file that staff and worker write, and that the public process can only read."""
    for name in ("version", "withdrawal") if withdrawn else ("version",):
        file = version_file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.touch()
        os.utime(file, ns=(now := max(time.time_ns(), before + 1), now))


def read_version() -> ContentVersion:
    """Raises `OSError` while the store is away."""
    stamps = []
    for name in ("version", "withdrawal"):
        try:
            stamps.append(str(version_file(name).stat().st_mtime_ns))
        except FileNotFoundError:
            stamps.append("0")
    return ContentVersion(*stamps)


def version_file(name: str) -> Path:
    return settings.VAR_DIR / "pages" / name


@dataclass(frozen=True)
class Turn:
    """Until when a page that is made now is true, and until when it may stand in while none can be made."""

    valid_until: float
    good_until: float = math.inf


def next_turn(request: HttpRequest) -> Turn:
    """True until midnight, or until a text comes or goes by its date; not to stand in once one has gone."""
    midnight, version = next_midnight(), request.META.get(VERSION)
    if version is None:
        return Turn(midnight)  # nobody keeps this answer
    try:
        dated = next_dated_turn(version)
        if dated.valid_until <= time.time():
            next_dated_turn.cache_clear()
            dated = next_dated_turn(version)
    except DatabaseError:
        return Turn(midnight)  # whatever is made now comes from the lifeboat, and is not kept
    return Turn(min(midnight, dated.valid_until), dated.good_until)


@functools.lru_cache(maxsize=2)
def next_dated_turn(version: ContentVersion) -> Turn:
    """Read once for all pages: dates change with the content version, or when the next one has come."""
    change, withdrawal = Revision.objects.next_changes()
    return Turn(
        change.timestamp() if change else math.inf,
        withdrawal.timestamp() if withdrawal else math.inf,
    )


def next_midnight() -> float:
    """Seconds since the epoch, in the centre's time zone."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, datetime.min.time())).timestamp()


class VersionWatch:
    """The content version as this worker knows it, at most `SECONDS_BETWEEN_LOOKS` old."""

    def __init__(self) -> None:
        self.known = UNKNOWN
        self.looked_at = -SECONDS_BETWEEN_LOOKS
        self.blind_until = 0.0

    def current(self) -> ContentVersion:
        now = time.monotonic()
        if now - self.looked_at >= SECONDS_BETWEEN_LOOKS:
            self.looked_at = now
            self.look()
        return self.known

    def look(self) -> ContentVersion:
        if time.monotonic() < self.blind_until:
            return self.known
        try:
            self.known = read_version()
        except Exception as error:  # noqa: BLE001 reason=whatever is wrong with the store, readers get the pages that are there
            log.error("the content version cannot be read: %s", type(error).__name__)
            self.blind_until = time.monotonic() + SECONDS_BETWEEN_TRIES  # a store that hangs must not slow every page
        return self.known


@dataclass
class Page:
    """One finished answer. `build` names the code that made it, so that a new release starts with new pages."""

    key: str
    build: str
    version: ContentVersion
    made_at: float
    valid_until: float
    good_until: float
    headers: list[tuple[str, str]]
    digest: str
    bodies: dict[str, bytes] = field(repr=False)
    retry_at: float = 0
    retry_for: ContentVersion | None = None

    def __post_init__(self) -> None:
        self.answers: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]], bytes]] = {}
        for coding, body in self.bodies.items():
            kept = [*self.headers, ("Vary", "Accept-Encoding"), ("ETag", f'"{self.digest}-{coding}"')]
            entity = [("Content-Length", str(len(body)))]
            if coding != "identity":
                entity.append(("Content-Encoding", coding))
            self.answers[coding] = kept + entity, kept, body

    def is_true(self, build: str, version: ContentVersion) -> bool:
        return self.version == version and self.build == build and time.time() < self.valid_until

    def is_fresh(self, build: str, version: ContentVersion) -> bool:
        """Whether to answer it and try nothing: it is true, or could not be made anew a moment ago."""
        return self.is_true(build, version) or (time.time() < self.retry_at and self.retry_for == version)

    def may_stand_in(self, version: ContentVersion) -> bool:
        """Whether this copy may be answered while the page cannot be made: nothing was withdrawn since."""
        return self.version.withdrawal == version.withdrawal and time.time() < self.good_until

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        full, kept, body = self.answers[best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        known = {tag.strip().removeprefix("W/") for tag in environ.get("HTTP_IF_NONE_MATCH", "").split(",")}
        if known & {"*", *(value for name, value in kept if name == "ETag")}:
            start_response("304 Not Modified", kept)
            return []
        start_response("200 OK", full)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def to_bytes(self) -> bytes:
        head = {name: value for name, value in vars(self).items() if name not in NOT_STORED}
        head |= {"version": asdict(self.version), "lengths": {name: len(body) for name, body in self.bodies.items()}}
        return json.dumps(head).encode() + b"\n" + b"".join(self.bodies.values())

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Page":
        """Raises KeyError, TypeError or ValueError for what `to_bytes` did not write."""
        first, _, rest = stored.partition(b"\n")
        head = json.loads(first)
        bodies, at = {}, 0
        for name, length in head.pop("lengths").items():
            bodies[name], at = rest[at : at + length], at + length
        if at != len(rest) or set(bodies) != {"identity", "gzip", "br"}:
            raise ValueError("cut off")
        head["version"] = ContentVersion(**head["version"])
        head["headers"] = [(name, value) for name, value in head["headers"]]
        return cls(bodies=bodies, **head)


@functools.lru_cache(maxsize=256)
def best_coding(accepted: str) -> str:
    """The smallest of our codings that an Accept-Encoding header allows (RFC 9110, section 12.5.3)."""
    weights: dict[str, str] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = parameters.replace(" ", "")
    for coding in ("br", "gzip"):
        weight = weights.get(coding, weights.get("*"))
        if weight is not None and not re.fullmatch(r"q=0(\.0*)?", weight):
            return coding
    return "identity"


@functools.lru_cache(maxsize=256)
def is_our_host(host: str) -> bool:
    """A page is the same under every name of ours, in every spelling; other names are Django's to refuse."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def asks_for_quiet(query: str) -> bool:
    """Whether the name stands in it, with or without a value: apps add words of their own to an address they copy."""
    return _ASKS_FOR_QUIET.search(query) is not None


class FinishedPages:
    """The WSGI application around Django's: answers finished pages itself and keeps what views marked `finished`."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.build = build_id()
        self.watch = VersionWatch()
        self.memory: dict[str, Page] = {}
        self.size = 0
        self.lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or not is_our_host(environ.get("HTTP_HOST", "")):
            return self.application(environ, start_response)
        quiet = QUIET if asks_for_quiet(environ["QUERY_STRING"]) else ""
        key = f"{environ['wsgi.url_scheme']}:{quiet}:{environ['PATH_INFO']}"
        page = self.memory.get(key)
        if page is not None and page.is_fresh(self.build, self.watch.current()):
            return page.answer(environ, start_response)
        return self.make(key, environ, start_response)

    def make(self, key: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        version = self.watch.look()  # before rendering: what changes meanwhile makes this page old, never the reverse
        copies = [copy for copy in (self.from_disk(key), self.memory.get(key)) if copy]
        last = max(copies, key=lambda copy: copy.made_at, default=None)
        if last is not None and last.is_fresh(self.build, version):
            self.keep(last)
            return last.answer(environ, start_response)
        held: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            held[:] = [status, headers, exc_info]
            return lambda data: None

        may_keep = is_finished(environ)
        asked = {**(environ_of(key) if may_keep else environ), "REQUEST_METHOD": "GET", VERSION: version}
        response = self.application(asked, hold)
        status, headers, exc_info = held
        turn = asked.get(FINISHED)
        if may_keep and turn and status.startswith("200") and is_for_everybody(headers):
            page = finish(key, self.build, version, turn, headers, b"".join(response))
            close(response)
            if self.watch.look() == version != UNKNOWN:
                self.keep(page)
                self.to_disk(page)
            return page.answer(environ, start_response)
        if status.startswith("5") and last is not None and last.may_stand_in(version):
            close(response)
            log.error("a page could not be made anew; its last good copy is answered")
            last.retry_at, last.retry_for = min(time.time() + SECONDS_BETWEEN_TRIES, last.good_until), version
            self.keep(last)
            return last.answer(environ, start_response)
        if last is not None and status.startswith(("3", "4")):
            self.drop(key, from_disk=status.startswith(GONE))
        start_response(status, headers, exc_info)
        if environ["REQUEST_METHOD"] == "HEAD":
            close(response)
            return []
        return response

    def keep_up(self) -> None:
        """Never returns: a thread of each worker. So nobody waits after a publication, and last good copies are new."""
        while True:
            try:
                time.sleep(SECONDS_BETWEEN_LOOKS if self.make_anew() else SECONDS_BETWEEN_TRIES)
            except Exception as error:  # noqa: BLE001 reason=whatever it is, the next round tries again
                log.error("pages could not be made anew: %s", type(error).__name__)
                time.sleep(SECONDS_BETWEEN_TRIES)

    def make_anew(self) -> bool:
        """Make every page in memory anew that is not true any more. False: one could not be made, the rest was left."""
        version = self.watch.current()
        old = [key for key, page in list(self.memory.items()) if not page.is_fresh(self.build, version)]
        random.shuffle(old)  # other workers do the same now: each finds most of its pages on the disk
        for key in old:
            environ = environ_of(key)
            close(self.make(key, environ, lambda status, headers, exc_info=None: lambda data: None))
            page = self.memory.get(key)
            if page and not page.is_true(self.build, self.watch.current()):
                return False
        return True

    def keep(self, page: Page) -> None:
        with self.lock:
            self.forget(page.key)
            self.memory[page.key] = page
            self.size += weight(page)
            while self.size > MEMORY and len(self.memory) > 1:
                self.forget(next(iter(self.memory)))

    def forget(self, key: str) -> None:
        if (page := self.memory.pop(key, None)) is not None:
            self.size -= weight(page)

    def drop(self, key: str, *, from_disk: bool) -> None:
        with self.lock:
            self.forget(key)
        if from_disk:
            with contextlib.suppress(OSError):  # a disk that cannot be written has no copy of this process either
                disk_file(key).unlink(missing_ok=True)

    def from_disk(self, key: str) -> Page | None:
        try:
            page = Page.from_bytes(disk_file(key).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError) as error:
            log.error("a finished page on the disk cannot be read: %s", type(error).__name__)
            return None
        return page if page.key == key else None

    def to_disk(self, page: Page) -> None:
        target = disk_file(page.key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
                try:
                    file.write(page.to_bytes())
                    file.flush()
                    os.replace(file.name, target)  # a reader sees the old page or the new one, never half of one
                except OSError:
                    os.unlink(file.name)
                    raise
        except OSError as error:
            log.error("a finished page cannot be kept on the disk: %s", type(error).__name__)


def finish(
    key: str, build: str, version: ContentVersion, turn: Turn, headers: list[tuple[str, str]], body: bytes
) -> Page:
    return Page(
        key=key,
        build=build,
        version=version,
        made_at=time.time(),
        valid_until=turn.valid_until,
        good_until=turn.good_until,
        headers=[(name, value) for name, value in headers if name.lower() not in DROPPED_HEADERS],
        digest=hashlib.sha256(body).hexdigest()[:16],
        bodies={
            "identity": body,
            "gzip": gzip.compress(body, 9, mtime=0),
            "br": brotli.compress(body, quality=11, mode=brotli.MODE_TEXT),
        },
    )


def environ_of(key: str) -> WSGIEnvironment:
    """A request for the page of this key."""
    scheme, query, path = key.split(":", 2)
    host = settings.ALLOWED_HOSTS[0].removeprefix(".")
    if host == "*":
        host = urlsplit(settings.PUBLIC_URL).netloc
    environ = {"HTTP_HOST": host, "QUERY_STRING": query, "PATH_INFO": path}
    environ["wsgi.url_scheme"] = scheme
    setup_testing_defaults(environ)
    return environ


def is_for_everybody(headers: list[tuple[str, str]]) -> bool:
    """A page that sets a cookie or read one is never kept, whatever its view claims."""
    for name, value in headers:
        if name.lower() == "set-cookie" or (name.lower() == "vary" and "cookie" in value.lower()):
            log.error("a view marked as finished depends on a cookie")
            return False
    return True


def weight(page: Page) -> int:
    return sum(map(len, page.bodies.values()))


def close(response: Iterable[bytes]) -> None:
    if hasattr(response, "close"):
        response.close()


def disk_file(key: str) -> Path:
    return settings.VAR_DIR / "finished" / hashlib.sha256(key.encode()).hexdigest()[:32]


def build_id() -> str:
    """Names the code, templates, styles and settings that make a page: a change of any makes all pages anew."""
    made_of = hashlib.sha256(f"{settings.PUBLIC_URL} {settings.DEPLOYMENT} {settings.SITE_ROLE}".encode())
    for folder, pattern in (
        ("content", "*.py"),
        ("magnified", "*.py"),
        ("templates", "*.html"),
        ("static", "*"),
        ("locale", "*.mo"),
    ):
        for file in sorted((settings.BASE_DIR / folder).rglob(pattern)):
            if file.is_file():
                made_of.update(file.read_bytes())
    return made_of.hexdigest()[:32]
