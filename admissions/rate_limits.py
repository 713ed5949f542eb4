"""How often something was tried from one place, while nobody can tell later from where.

A visitor's address is never stored or logged. What counts is a keyed hash of it: the key is random, made once in the
memory of gunicorn's master before it forks, and the day goes into the hash. So a count says nothing without the memory
of this process, and nothing at all tomorrow. Counts live in Redis, else in files in shared memory.

A limit here spares work; it never stands between a person and help. While the store is away nothing is limited.

Tries of a return code are counted before the code is looked at. Each page that asks for a code carries five tries of
its own, so that whoever opens the page and types the right code gets in, however many wrong ones the same address
sends. Who has used them up, or sends codes without having opened the page, shares thirty tries in ten minutes with
everybody else at that address. What keeps a code from being guessed is its hundred random bits, and not this.
"""

import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.cache import caches
from django.http import HttpRequest
from django.utils import timezone

log = logging.getLogger(__name__)

LONGEST_WINDOW = timedelta(hours=1)
TRIES_OF_A_PAGE, TRIES_OF_A_PLACE, WITHIN = 5, 30, timedelta(minutes=10)
_KEY = secrets.token_bytes(32)
_signer = signing.TimestampSigner(salt="admissions.tries")


def count(what: str, who: str, *, within: timedelta, more: int = 1) -> int:
    """Count one more of `what` by `who`. Returns how many that makes in the window of time that runs now.

    `more`: 0 only reads the count.

    `who` is `place_of(request)`, or a random name that this site has handed out. 0 while the store is away.
    """
    if within > LONGEST_WINDOW:
        raise ValueError("The store forgets a count after an hour.")
    window = int(time.time() // within.total_seconds())
    key = _hashed(f"{what}|{who}|{window}")
    try:
        counters = caches["counters"]
        counters.add(key, 0)
        return counters.incr(key, more)
    except Exception:  # whatever the store raises, nobody is turned away for it
        log.warning("counters are away", exc_info=True)
        return 0


def draw(what: str, who: str, numbers: range, *, within: timedelta) -> int:
    """One of `numbers` at random, the same for `who` as long as the window runs. Nobody outside can know which."""
    window = int(time.time() // within.total_seconds())
    return numbers[int(_hashed(f"{what}|{who}|{window}"), 16) % len(numbers)]


def place_of(request: HttpRequest) -> str:
    """Where a request comes from: a keyed hash of the address, or of the network of an IPv6 address."""
    return _hashed(_class_of(_address_of(request)))


def tries_for_a_page() -> str:
    """What a page that asks for a code carries: a random name, signed, so that nobody can make one up."""
    return _signer.sign(secrets.token_urlsafe(16))


def may_try_code(request: HttpRequest, *, page: str) -> bool:
    """Count this try. May its code be looked at? `page` is what `tries_for_a_page` gave, if it was sent back."""
    try:
        name = _signer.unsign(page, max_age=LONGEST_WINDOW)
    except signing.BadSignature:
        name = ""
    if name and count("code from a page", name, within=WITHIN) <= TRIES_OF_A_PAGE:
        return True
    return count("code", place_of(request), within=WITHIN) <= TRIES_OF_A_PLACE


def _hashed(text: str) -> str:
    return hmac.digest(_KEY, f"{timezone.now():%Y-%m-%d}|{text}".encode(), hashlib.sha256).hex()[:32]


def _class_of(address: str) -> str:
    """An IPv4 address as it is; of IPv6 the half that names the network, since the other half is free to choose."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "elsewhere"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def _address_of(request: HttpRequest) -> str:
    """Who connected; behind our own proxies, the last address that is not one of them. No visitor can forge that."""
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    while len(hops) > 1 and _is_ours(hops[-1].strip()):
        hops.pop()
    return hops[-1].strip()


def _is_ours(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)
