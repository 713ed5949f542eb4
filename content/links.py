"""Links to other people's sites: which ones our pages and records have, and whether they still lead there.

Polite on purpose: one request at a time, a pause for each host, HEAD before GET, no more than the first part of a page,
and patience with who says "later". Addresses of private networks are never asked: an editor could type one.
"""

import functools
import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit, urlunsplit

from django.conf import settings
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.html import escape

from content import markup
from content.characters import shortened
from content.models import HelpLine, Link, Notice, Reviewer, Source, Usage
from content.models.link import fits

PAUSE = 2.0  # seconds between two requests to one host
TIMEOUT = 15.0
MAX_HOPS = 6
MAX_BYTES = 512 * 1024  # of a page that is read
MAX_WAIT = 60.0  # seconds that a host may ask us to wait before we come back another day
TRIES = 3
NOT_FOUND = re.compile(
    r"\b(404|not found|page (is )?(not available|unavailable|missing)|no longer (available|exists)|does ?n[o']t exist"
    r"|can[no']*t be found|p[aá]gina no (encontrada|existe)|no se encuentra)\b",
    re.IGNORECASE,
)
TITLES = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]+>")
PERMANENT, REDIRECTS = {301, 308}, {301, 302, 303, 307, 308}
CLOSED = {401, 403, 405, 406, 429, 451, 999}
LATER = {429, 503}


class Unreachable(Exception):
    """Nobody answered, or the address must not be asked. Its text says why, in a few words."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str = ""
    retry_after: str = ""
    is_page: bool = False
    body: str = ""


@dataclass
class Found:
    state: Link.State
    told: str
    leads_to: str = ""


@dataclass
class Place:
    """Why we ask for an address: pages whose text has it, and a telephone number that should stand there."""

    numbers: set[str] = field(default_factory=set)


def in_use() -> dict[str, Place]:
    """Every outside address that visitors can follow now, or that a record rests on."""
    places: dict[str, Place] = defaultdict(Place)
    for address in Usage.objects.live().filter(kind=Usage.Kind.ADDRESS).values_list("target", flat=True).distinct():
        places[address]
    for source in Source.objects.all():
        places[source.address]
    for line in HelpLine.objects.all():
        places[line.url].numbers.add(line.number)
    texts = [notice.text for notice in Notice.objects.all()] + [person.biography for person in Reviewer.objects.all()]
    for address in markup.addresses("".join(texts)):
        places[address]
    return {
        address: place
        for address, place in places.items()
        if address.startswith(("https://", "http://")) and fits(address)
    }


def holders(address: str) -> list[Model]:
    """Records that hold this address; texts of articles are in `Usage`."""
    linked = f'href="{escape(address)}"'
    sources = [source for source in Source.objects.filter(Q(url=address) | ~Q(doi="")) if source.address == address]
    return [
        *sources,
        *HelpLine.objects.filter(url=address),
        *Notice.objects.filter(text__contains=linked),
        *Reviewer.objects.filter(biography__contains=linked),
    ]


def note_links() -> None:
    """A row for every address in use, and none for others."""
    wanted = in_use()
    Link.objects.exclude(address__in=wanted).delete()
    Link.objects.bulk_create([Link(address=address) for address in wanted], ignore_conflicts=True)


def due(*, days: int) -> list[Link]:
    """Rows that were not checked within so many days, hosts in turn so that no pause is waited for in vain."""
    fresh = timezone.now() - timedelta(days=days)
    hosts: dict[str, list[Link]] = defaultdict(list)
    for link in Link.objects.exclude(checked_at__gt=fresh).order_by("checked_at", "address"):
        hosts[host_of(link.address)].append(link)
    turns: list[Link] = []
    while hosts:
        for host in list(hosts):
            turns.append(hosts[host].pop(0))
            if not hosts[host]:
                del hosts[host]
    return turns


def check(links: list[Link], *, asker: "Asker") -> Iterator[Link]:
    """Ask for each and keep what was found at once: whoever stops here goes on from here the next time."""
    places = in_use()
    for link in links:
        found = asker.look(link.address, numbers=places.get(link.address, Place()).numbers)
        link.state, link.told, link.leads_to = (
            found.state,
            shortened(found.told, 200),
            found.leads_to if fits(found.leads_to) else "",
        )
        link.checked_at = timezone.now()
        link.failing_since = (link.failing_since or link.checked_at) if link.is_broken else None
        link.save()
        yield link


class Asker:
    """Asks one address after another. `wait` and `now` are its clock; `may_reach` says which machines may be asked."""

    def __init__(
        self,
        *,
        pause: float = PAUSE,
        timeout: float = TIMEOUT,
        may_reach: Callable[[str], bool] | None = None,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pause, self.timeout, self.wait, self.now = pause, timeout, wait, now
        self.may_reach = may_reach or is_public
        self.free_at: dict[str, float] = defaultdict(float)

    def look(self, address: str, *, numbers: set[str] | None = None) -> Found:
        """What a reader finds there."""
        try:
            answer, end, moved = self.follow(address)
        except Unreachable as error:
            return Found(Link.State.SILENT, str(error))
        if answer.status in {404, 410}:
            return Found(Link.State.GONE, f"answered {answer.status}")
        if answer.status in CLOSED:
            return Found(Link.State.CLOSED, f"answered {answer.status}: open it by hand")
        if answer.status >= 400:
            return Found(Link.State.SILENT, f"answered {answer.status}")
        return judge(address, answer, end, moved=moved, numbers=numbers or set())

    def follow(self, address: str) -> tuple[Answer, str, bool]:
        """The last answer, its address, and whether every step on the way there was for good."""
        here, moved = address, True
        for _ in range(MAX_HOPS):
            answer = self.ask_patiently(here)
            if answer.status not in REDIRECTS or not answer.location:
                return answer, here, moved and here != address
            moved = moved and answer.status in PERMANENT
            try:
                here = urljoin(here, answer.location)
            except ValueError as error:
                raise Unreachable("leads to no web address") from error
        raise Unreachable(f"leads in a circle, or over more than {MAX_HOPS} steps")

    def ask_patiently(self, address: str) -> Answer:
        """HEAD, and GET where HEAD says no or where the page itself must be read; again after a pause if told so."""
        answer = self.ask("HEAD", address)
        if answer.status not in REDIRECTS and (answer.status >= 400 or answer.is_page):
            answer = self.ask("GET", address)
        for attempt in range(1, TRIES):
            if answer.status not in LATER:
                break
            delay = float(answer.retry_after) if answer.retry_after.isdecimal() else self.pause * 2**attempt
            if delay > MAX_WAIT:
                break
            self.wait(delay)
            answer = self.ask("GET", address)
        return answer

    def ask(self, method: str, address: str) -> Answer:
        host = host_of(address)
        if not host:
            raise Unreachable("no web address")
        parts = urlsplit(address)
        self.wait(max(0.0, self.free_at[host] - self.now()))
        try:
            return self.request(method, parts.scheme, parts.hostname or "", parts.port, target_of(address))
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            raise Unreachable(why(error)) from error
        finally:
            self.free_at[host] = self.now() + self.pause

    def request(self, method: str, scheme: str, host: str, port: int | None, target: str) -> Answer:
        port = port or (443 if scheme == "https" else 80)
        machine = self.resolve(host, port)
        connection = http.client.HTTPConnection(host, port, timeout=self.timeout)
        plain = socket.create_connection((machine, port), timeout=self.timeout)  # the very machine that was judged
        try:
            connection.sock = secure(plain, host) if scheme == "https" else plain
            connection.request(method, target, headers=headers())
            return read(connection.getresponse())
        finally:
            connection.close()
            plain.close()

    def resolve(self, host: str, port: int) -> str:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not found or not all(map(self.may_reach, found)):
            raise Unreachable("lies in a private network")
        return found[0]


def judge(address: str, answer: Answer, end: str, *, moved: bool, numbers: set[str]) -> Found:
    """What to make of an answer that says all is well."""
    asked, got = urlsplit(address), urlsplit(end)
    titles = " ".join(TAG.sub(" ", unescape(title)) for _, title in TITLES.findall(answer.body))
    if NOT_FOUND.search(titles):
        return Found(Link.State.CHANGED, f"answers, but says “{' '.join(titles.split())[:80]}”", end)
    if got.path in {"", "/"} and asked.path not in {"", "/"} and not got.query:
        return Found(Link.State.CHANGED, "leads to the start page", end)
    if asked.fragment and answer.body and not has_place(answer.body, asked.fragment):
        return Found(Link.State.PLACE, f"has no place #{asked.fragment}", end)
    digits = re.sub(r"\D", "", TAG.sub(" ", answer.body))
    missing = [number for number in sorted(numbers) if re.sub(r"\D", "", number).removeprefix("1") not in digits]
    if missing and answer.body:
        return Found(Link.State.NUMBER, f"does not show {', '.join(missing)}", end)
    if moved and without_detail(address) != without_detail(end):
        return Found(Link.State.MOVED, f"leads to {end}", end)
    return Found(Link.State.FINE, f"answered {answer.status}")


def host_of(address: str) -> str:
    """Whose address it is; empty for what is no address of the web."""
    try:
        parts = urlsplit(address)
        return parts.netloc if parts.scheme in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""


def has_place(body: str, anchor: str) -> bool:
    quoted = re.escape(anchor)
    return bool(re.search(rf"""\b(?:id|name)\s*=\s*(?:"{quoted}"|'{quoted}'|{quoted}[\s>])""", body))


def without_detail(address: str) -> str:
    """What makes two addresses different pages: neither the scheme, nor `www.`, nor a slash at the end."""
    parts = urlsplit(address)
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def target_of(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(("", "", parts.path or "/", parts.query, "")).replace(" ", "%20")


def headers() -> dict[str, str]:
    return {
        "User-Agent": f"LinkCheck (+{settings.PUBLIC_URL})",
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def read(response: http.client.HTTPResponse) -> Answer:
    is_page = response.headers.get_content_type() in {"text/html", "application/xhtml+xml"}
    body = response.read(MAX_BYTES) if is_page else b""
    return Answer(
        status=response.status,
        location=response.headers.get("Location", ""),
        retry_after=response.headers.get("Retry-After", ""),
        is_page=is_page,
        body=text_of(body, response.headers.get_content_charset() or "utf-8"),
    )


def text_of(body: bytes, charset: str) -> str:
    """Text that a database can keep, whatever the server says of its letters."""
    try:
        text = body.decode(charset, "replace")
    except (LookupError, UnicodeError):
        text = body.decode(errors="replace")
    return text.encode(errors="replace").decode().replace("\0", " ")  # half a pair of UTF-16 is no letter


@functools.cache
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def secure(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return tls().wrap_socket(plain, server_hostname=host)


def is_public(machine: str) -> bool:
    """Whether this IP address belongs to the open internet."""
    return ipaddress.ip_address(machine.split("%")[0]).is_global


def why(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not right"
    if isinstance(error, TimeoutError):
        return "took too long"
    return "broke off"
