"""The page cache: answers what everybody reads before Django is asked.

A cached page lies in each worker's memory and on the disk, which the workers share. The last good copy outlives the
database. What readers asked for within the hour is rendered again before they ask again; one request renders a page,
and meanwhile others get its last good copy.

Of a reader's request only the key reaches the view of a cached page. So no header, cookie, query or body can change
what everybody reads, or take a copy away.
"""

import contextlib
import functools
import hashlib
import logging
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from content.delivery.cached_page import VALIDITY, CachedPage, is_cacheable, is_for_everybody
from content.delivery.content_version import SECONDS_BETWEEN_LOOKS, UNKNOWN, VERSION, VersionWatch
from content.delivery.quiet_mode import QUIET, asks_for_quiet

log = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 5  # while a page cannot be rendered, its last good copy is answered for so long
MEMORY = 16 * 1024 * 1024  # bytes of pages that a worker holds
GONE = ("301", "308", "404", "410")  # the page is not there any more, so no copy may stand in for it


@functools.lru_cache(maxsize=256)
def is_our_host(host: str) -> bool:
    """A page is the same under every name of ours, in every spelling; other names are Django's to refuse."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


class PageCache:
    """The WSGI application around Django's: answers cached pages itself and stores what views mark as one."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.build = build_id()
        self.watch = VersionWatch()
        self.memory: dict[str, CachedPage] = {}
        self.size = 0
        self.lock = threading.Lock()
        self.rendering: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or not is_our_host(environ.get("HTTP_HOST", "")):
            return self.application(environ, start_response)
        quiet = QUIET if asks_for_quiet(environ["QUERY_STRING"]) else ""
        key = f"{environ['wsgi.url_scheme']}:{quiet}:{environ['PATH_INFO']}"
        page = self.memory.get(key)
        if page is not None:
            page.asked_at = time.time()
            if page.is_fresh(self.build, self.watch.current()):
                return page.answer(environ, start_response)
        if not is_cacheable(environ):
            asked = {**environ, "REQUEST_METHOD": "GET", VERSION: self.watch.refresh()}
            return body_of(self.application(asked, start_response), environ)
        rendering = self.lock_of(key)
        if not rendering.acquire(blocking=False):
            last = self.last_copy(key)
            if last is not None and last.may_stand_in(self.watch.refresh()):
                return last.answer(environ, start_response)
            rendering.acquire()
        try:
            return self.render(key, environ, start_response)
        finally:
            rendering.release()

    def lock_of(self, key: str) -> threading.Lock:
        """Whoever renders this page holds it: one at a time."""
        with self.lock:
            return self.rendering.setdefault(key, threading.Lock())

    def render(self, key: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Before rendering: what changes meanwhile makes this page old, never the reverse.
        version = self.watch.refresh()
        last = self.last_copy(key)
        if last is not None and last.is_fresh(self.build, version):
            self.store(last)
            return last.answer(environ, start_response)
        held: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
            held[:] = [status, headers, exc_info]
            return lambda data: None

        asked = {**environ_of(key), VERSION: version}
        response = self.application(asked, hold)
        status, headers, exc_info = held
        validity = asked.get(VALIDITY)
        if validity and status.startswith("200") and is_for_everybody(headers):
            page = CachedPage.from_response(
                key=key, build=self.build, version=version, validity=validity, headers=headers, body=b"".join(response)
            )
            close(response)
            if self.watch.refresh() == version != UNKNOWN:
                self.store(page)
                self.to_disk(page)
            return page.answer(environ, start_response)
        if status.startswith("5") and last is not None and last.may_stand_in(version):
            close(response)
            log.error("a page could not be rendered; its last good copy is answered")
            last.retry_at, last.retry_for = min(time.time() + SECONDS_BETWEEN_TRIES, last.good_until), version
            self.store(last)
            return last.answer(environ, start_response)
        if last is not None and status.startswith(("3", "4")):
            self.drop(key, from_disk=status.startswith(GONE))
        start_response(status, headers, exc_info)
        return body_of(response, environ)

    def refresh_forever(self) -> None:
        """Never returns: a thread of each worker. So nobody waits after a publication, and last good copies are new."""
        while True:
            try:
                time.sleep(SECONDS_BETWEEN_LOOKS if self.refresh() else SECONDS_BETWEEN_TRIES)
            except Exception:  # whatever it is, the next round tries again
                log.error("pages could not be refreshed", exc_info=True)
                time.sleep(SECONDS_BETWEEN_TRIES)

    def refresh(self) -> bool:
        """Render again what readers ask for and is not current. False: one could not be rendered, the rest was left."""
        version, an_hour_ago = self.watch.current(), time.time() - 3600
        pages = [page for page in list(self.memory.values()) if page.asked_at > an_hour_ago]
        old = [page.key for page in pages if not page.is_fresh(self.build, version)]
        random.shuffle(old)  # other workers do the same now: each finds most of its pages on the disk
        for key in old:
            with self.lock_of(key):
                close(self.render(key, environ_of(key), lambda status, headers, exc_info=None: lambda data: None))
            page = self.memory.get(key)
            if page and not page.is_current(self.build, self.watch.current()):
                return False
        return True

    def last_copy(self, key: str) -> CachedPage | None:
        copies = [copy for copy in (self.from_disk(key), self.memory.get(key)) if copy]
        return max(copies, key=lambda copy: copy.made_at, default=None)

    def store(self, page: CachedPage) -> None:
        """In memory; what readers have not asked for longest gives way."""
        with self.lock:
            if (former := self.evict(page.key)) is not None:
                page.asked_at = former.asked_at
            self.memory[page.key] = page
            self.size += weight(page)
            while self.size > MEMORY and len(self.memory) > 1:
                self.evict(min(self.memory.values(), key=lambda each: each.asked_at).key)

    def evict(self, key: str) -> CachedPage | None:
        if (page := self.memory.pop(key, None)) is not None:
            self.size -= weight(page)
        return page

    def drop(self, key: str, *, from_disk: bool) -> None:
        with self.lock:
            self.evict(key)
        if from_disk:
            with contextlib.suppress(OSError):  # a disk that cannot be written has no copy of this process either
                disk_file(key).unlink(missing_ok=True)

    def from_disk(self, key: str) -> CachedPage | None:
        try:
            page = CachedPage.from_bytes(disk_file(key).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError):
            log.error("a cached page on the disk cannot be read", exc_info=True)
            return None
        return page if page.key == key else None

    def to_disk(self, page: CachedPage) -> None:
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
        except OSError:
            log.error("a cached page cannot be stored on the disk", exc_info=True)


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


def weight(page: CachedPage) -> int:
    return sum(map(len, page.bodies.values()))


def body_of(response: Iterable[bytes], environ: WSGIEnvironment) -> Iterable[bytes]:
    """HEAD is asked for as GET, so that both have the same headers."""
    if environ["REQUEST_METHOD"] == "HEAD":
        close(response)
        return []
    return response


def close(response: Iterable[bytes]) -> None:
    if hasattr(response, "close"):
        response.close()


def disk_file(key: str) -> Path:
    return settings.VAR_DIR / "finished" / hashlib.sha256(key.encode()).hexdigest()[:32]


def build_id() -> str:
    """Names the code, templates, styles and settings that make a page: after a change of any, no page is current."""
    made_of = hashlib.sha256(
        f"{settings.PUBLIC_URL} {settings.DEPLOYMENT} {settings.SITE_ROLE} {settings.RETENTION_DAYS}".encode()
    )
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
