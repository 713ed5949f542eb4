"""A visit to one's own thread: for fifteen idle minutes after the right code, a cookie opens what the server kept.

The cookie holds 32 random bytes. The server keeps, encrypted with those bytes, the secret that follows from the code;
in memory, under a name that follows from the bytes too. So what the server keeps opens nothing without the browser, the
browser holds nothing without the server, and after the last of the fifteen minutes neither is of any use.
"""

import base64
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.http import HttpRequest, HttpResponse

from admissions.crypto import sealing
from admissions.errors import CannotOpen, SessionStoreAway
from admissions.services.visitor import Certificate

log = logging.getLogger(__name__)

COOKIE = settings.VISITOR_COOKIES["return"]
IDLE = 15 * 60  # seconds
PURPOSE = b"return"


@dataclass(frozen=True)
class VisitorSession:
    """`flash`: what was done a moment ago, for the next page to say. `certificate`: what this visit destroyed."""

    secret: bytes
    flash: str = ""
    certificate: Certificate | None = None

    def __repr__(self) -> str:
        return "[sealed]"


def set_cookie(response: HttpResponse, name: str, value: str, *, max_age: int | None = None) -> None:
    """For this server alone: no script reads it, and no link on another website sends it."""
    response.set_cookie(name, value, max_age=max_age, httponly=True, secure=settings.COOKIES_SECURE, samesite="Strict")


def begin(request: HttpRequest, response: HttpResponse, *, secret: bytes) -> None:
    """Under a new cookie; a visit that was still open ends. Raises `SessionStoreAway`."""
    forget(request)
    cookie = secrets.token_bytes(32)
    _write(cookie, VisitorSession(secret))
    set_cookie(response, COOKIE, base64.urlsafe_b64encode(cookie).decode())


def current(request: HttpRequest) -> VisitorSession | None:
    """The visit that this browser is on, if it was here in the last fifteen minutes; they begin anew.

    Raises `SessionStoreAway`.
    """
    cookie = _cookie(request)
    session = _read(cookie)
    if session is None:
        return None
    if session.flash:
        _write(cookie, replace(session, flash=""))
    with _store() as store:
        store.touch(_name(cookie), IDLE)  # never written anew: a page on its way must not revive what was just ended
    return session


def set_flash(request: HttpRequest, what: str) -> None:
    """Have the next page say what was done. It was done, so nothing is raised when the store is away just now."""
    cookie = _cookie(request)
    with suppress(SessionStoreAway):
        session = _read(cookie)
        if session:
            _write(cookie, replace(session, flash=what))


def store_certificate(request: HttpRequest, certificate: Certificate) -> None:
    """For the rest of this visit: what was destroyed. What opened it is forgotten. Raises nothing, like `say`."""
    cookie = _cookie(request)
    with suppress(SessionStoreAway):
        _write(cookie, VisitorSession(b"", certificate=certificate))


def end(request: HttpRequest, response: HttpResponse) -> None:
    """Forget it on both sides. Ending what is no visit does nothing."""
    forget(request)
    if COOKIE in request.COOKIES:
        response.delete_cookie(COOKIE, samesite="Strict")


def forget(request: HttpRequest) -> None:
    """This server's part of it. While the store is away it goes by itself, at the latest after fifteen minutes."""
    cookie = _cookie(request)
    if cookie:
        with suppress(SessionStoreAway), _store() as store:
            store.delete(_name(cookie))


def _write(cookie: bytes, session: VisitorSession) -> None:
    stored = {
        "secret": session.secret.hex(),
        "said": session.flash,
        "certificate": session.certificate and session.certificate.as_json(),
    }
    boxed = sealing.box(json.dumps(stored).encode(), secret=cookie, purpose=PURPOSE)
    with _store() as store:
        store.set(_name(cookie), boxed, IDLE)


def _read(cookie: bytes) -> VisitorSession | None:
    if not cookie:
        return None
    with _store() as store:
        boxed = store.get(_name(cookie))
    if not isinstance(boxed, bytes):  # nothing, or nothing of ours
        return None
    try:
        stored = json.loads(sealing.unbox(boxed, secret=cookie, purpose=PURPOSE))
    except CannotOpen:
        return None
    certificate = stored["certificate"] and Certificate.from_json(stored["certificate"])
    return VisitorSession(bytes.fromhex(stored["secret"]), stored["said"], certificate)


@contextmanager
def _store() -> Iterator[BaseCache]:
    try:
        yield caches["visits"]
    except Exception:  # each store has errors of its own
        log.error("visits are away", exc_info=True)
        raise SessionStoreAway from None


def _cookie(request: HttpRequest) -> bytes:
    """What the browser holds, or nothing."""
    try:
        cookie = base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, ""))
    except ValueError:
        return b""
    return cookie if len(cookie) == 32 else b""


def _name(cookie: bytes) -> str:
    return sealing.derive(cookie, b"adm.return.visit/1", 16).hex()
