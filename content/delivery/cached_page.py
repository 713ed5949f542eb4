"""A cached page: what everybody reads, rendered and compressed once.

It holds for one content version, until midnight or until a text comes or goes by its date: all else that changes with
time alone (a review that becomes overdue, a help line that grows too old) changes at midnight.
"""

import functools
import gzip
import hashlib
import json
import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from wsgiref.types import StartResponse, WSGIEnvironment

import brotli
from django.core.handlers.wsgi import get_path_info
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from content import languages
from content.delivery.content_version import VERSION, ContentVersion
from content.models import Revision

log = logging.getLogger(__name__)

VALIDITY = "content.validity"  # in the WSGI environ, which is a request's META
# Of a page, in the line that describes it on the disk.
NOT_STORED = {"answers", "asked_at", "bodies", "retry_at", "retry_for"}
DROPPED_HEADERS = {"content-length", "content-encoding", "etag", "vary", "date"}


def cached_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view whose answer is the same for everybody: it depends on path, content, day and quiet mode alone."""

    @functools.wraps(view)
    def marked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        validity = validity_of(request)  # before the view: a page begun on the old day is a page of the old day
        response = view(request, *args, **kwargs)
        patch_cache_control(response, no_cache=True)  # browsers ask each time whether it is still true
        request.META.setdefault(VALIDITY, validity)
        return response

    marked.is_cacheable = True  # type: ignore[attr-defined] # reason=decorators around it pass the mark on
    return require_safe(marked)


def is_cacheable(environ: WSGIEnvironment) -> bool:
    """Whether the view of this path is marked."""
    path = get_path_info(environ)
    with translation.override(languages.of_path(path)):
        try:
            return bool(getattr(resolve(path).func, "is_cacheable", False))
        except Resolver404:
            return False


def do_not_cache(request: HttpRequest) -> None:
    """This answer was made in need (from the fallback snapshot, say): nobody else may read it."""
    request.META[VALIDITY] = None


@dataclass(frozen=True)
class Validity:
    """Until when a page that is made now is true, and until when it may stand in while none can be made."""

    valid_until: float
    good_until: float = math.inf


def validity_of(request: HttpRequest) -> Validity:
    """True until midnight, or until a text comes or goes by its date; not to stand in once one has gone."""
    midnight, version = next_midnight(), request.META.get(VERSION)
    if version is None:
        return Validity(midnight)  # nobody caches this answer
    try:
        dated = next_dated_change(version)
        if dated.valid_until <= time.time():
            next_dated_change.cache_clear()
            dated = next_dated_change(version)
    except DatabaseError:
        return Validity(midnight)  # whatever is rendered now comes from the fallback snapshot, and is not cached
    return Validity(min(midnight, dated.valid_until), dated.good_until)


@functools.lru_cache(maxsize=2)
def next_dated_change(version: ContentVersion) -> Validity:
    """Read once for all pages: dates change with the content version, or when the next one has come."""
    change, withdrawal = Revision.objects.next_changes()
    return Validity(
        change.timestamp() if change else math.inf,
        withdrawal.timestamp() if withdrawal else math.inf,
    )


def next_midnight() -> float:
    """Seconds since the epoch, in the centre's time zone."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, datetime.min.time())).timestamp()


@dataclass
class CachedPage:
    """The page in each coding. `build` names the code that made it, so that a new release starts with new pages."""

    key: str
    build: str
    version: ContentVersion
    made_at: float
    valid_until: float
    good_until: float
    headers: list[tuple[str, str]]
    digest: str
    bodies: dict[str, bytes] = field(repr=False)
    asked_at: float = field(default_factory=time.time)
    retry_at: float = 0
    retry_for: ContentVersion | None = None

    def __post_init__(self) -> None:
        self.answers: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]], bytes]] = {}
        for coding, body in self.bodies.items():
            of_both = [*self.headers, ("Vary", "Accept-Encoding"), ("ETag", f'"{self.digest}-{coding}"')]
            entity = [("Content-Length", str(len(body)))]
            if coding != "identity":
                entity.append(("Content-Encoding", coding))
            self.answers[coding] = of_both + entity, of_both, body

    @classmethod
    def from_response(
        cls,
        *,
        key: str,
        build: str,
        version: ContentVersion,
        validity: Validity,
        headers: list[tuple[str, str]],
        body: bytes,
    ) -> "CachedPage":
        return cls(
            key=key,
            build=build,
            version=version,
            made_at=time.time(),
            valid_until=validity.valid_until,
            good_until=validity.good_until,
            headers=[(name, value) for name, value in headers if name.lower() not in DROPPED_HEADERS],
            digest=hashlib.sha256(body).hexdigest()[:16],
            bodies={
                "identity": body,
                "gzip": gzip.compress(body, 9, mtime=0),
                "br": brotli.compress(body, quality=11, mode=brotli.MODE_TEXT),
            },
        )

    def is_current(self, build: str, version: ContentVersion) -> bool:
        return self.version == version and self.build == build and time.time() < self.valid_until

    def is_fresh(self, build: str, version: ContentVersion) -> bool:
        """Whether to answer it and try nothing: it is true, or could not be rendered a moment ago."""
        return self.is_current(build, version) or (time.time() < self.retry_at and self.retry_for == version)

    def may_stand_in(self, version: ContentVersion) -> bool:
        """Whether this copy may be answered while the page cannot be rendered: nothing was withdrawn since."""
        return self.version.withdrawal == version.withdrawal and time.time() < self.good_until

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        headers, headers_of_304, body = self.answers[best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        known = {tag.strip().removeprefix("W/") for tag in environ.get("HTTP_IF_NONE_MATCH", "").split(",")}
        if known & {"*", *(value for name, value in headers_of_304 if name == "ETag")}:
            start_response("304 Not Modified", headers_of_304)
            return []
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def to_bytes(self) -> bytes:
        head = {name: value for name, value in vars(self).items() if name not in NOT_STORED}
        head |= {"version": asdict(self.version), "lengths": {name: len(body) for name, body in self.bodies.items()}}
        return json.dumps(head).encode() + b"\n" + b"".join(self.bodies.values())

    @classmethod
    def from_bytes(cls, stored: bytes) -> "CachedPage":
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


def is_for_everybody(headers: list[tuple[str, str]]) -> bool:
    """A page that sets a cookie or read one is never cached, whatever its view claims."""
    for name, value in headers:
        if name.lower() == "set-cookie" or (name.lower() == "vary" and "cookie" in value.lower()):
            log.error("a view marked as a cached page depends on a cookie")
            return False
    return True
