"""The content version: what tells every process that a page it holds is no longer what visitors should see."""

import functools
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from content.models import PendingInvalidation

log = logging.getLogger(__name__)
Read = TypeVar("Read")

VERSION = "content.version"  # in the WSGI environ, which is a request's META
SECONDS_BETWEEN_LOOKS = 0.5  # a publication is visible on every worker within a second
SECONDS_BETWEEN_TRIES = 5  # after the store could not be read


@dataclass(frozen=True)
class ContentVersion:
    """What readers see changes when `content` does. Last good copies from before a withdrawal are not used again."""

    content: str
    withdrawal: str


UNKNOWN = ContentVersion("", "")  # the store could not be read yet: nothing rendered now is cached


def read_once(read: Callable[..., Read]) -> Callable[..., Read]:
    """`read(version, …)`, for what many pages show alike: asked once a day for each content version that is known."""

    @functools.lru_cache(maxsize=4)
    def cached(day: date, version: ContentVersion, *args: object) -> Read:
        return read(version, *args)

    @functools.wraps(read)
    def reading(version: ContentVersion | None, *args: object) -> Read:
        is_known = version and version != UNKNOWN
        return cached(timezone.localdate(), version, *args) if is_known else read(version, *args)

    return reading


def invalidate_pages(*, withdrawn: bool = False) -> None:
    """Render every cached page again once the running transaction is committed. For whatever visitors see.

    `withdrawn`: no copy from before may stand in. While the version cannot be written, the invalidation is pending and
    the worker applies it: a text that was withdrawn must not stay.
    """
    pending = PendingInvalidation.objects.create(withdrawn=withdrawn)

    def invalidate() -> None:
        write_version(withdrawn=withdrawn)
        pending.delete()

    transaction.on_commit(invalidate, robust=True)


def apply_pending_invalidations() -> int:
    """How many were pending. Raises `OSError` while the version cannot be written."""
    pending = dict(PendingInvalidation.objects.values_list("pk", "withdrawn"))
    if pending:
        write_version(withdrawn=any(pending.values()))
        PendingInvalidation.objects.filter(pk__in=pending).delete()
    return len(pending)


def write_version(*, withdrawn: bool = False) -> None:
    """The version is the time of a file that staff and worker write, and that the public process can only read."""
    for name in ("version", "withdrawal") if withdrawn else ("version",):
        file = version_file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.touch()
        os.utime(file, ns=(now := max(time.time_ns(), before + 1), now))


def read_version() -> ContentVersion:
    """Raises `OSError` while it cannot be read."""
    stamps = []
    for name in ("version", "withdrawal"):
        try:
            stamps.append(str(version_file(name).stat().st_mtime_ns))
        except FileNotFoundError:
            stamps.append("0")
    return ContentVersion(*stamps)


def version_file(name: str) -> Path:
    return settings.VAR_DIR / "pages" / name


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
            self.refresh()
        return self.known

    def refresh(self) -> ContentVersion:
        if time.monotonic() < self.blind_until:
            return self.known
        try:
            self.known = read_version()
        except Exception:  # whatever is wrong with the store, readers get the pages that are there
            log.error("the content version cannot be read", exc_info=True)
            self.blind_until = time.monotonic() + SECONDS_BETWEEN_TRIES  # a store that hangs must not slow every page
        return self.known
