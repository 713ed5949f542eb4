"""Links to other people's sites: which ones our pages and records have, and whether they still lead there.

A link is fine when a browser would show its page: cookies, long ways and sloppy addresses are forgiven, and GET alone
decides, for many servers answer HEAD wrongly. Polite on purpose: one request at a time, a pause for each host, no more
than the first part of a page, and patience with who says "later". Addresses of private networks are never asked: an
editor could type one.
"""

import contextlib
import functools
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from http.cookiejar import CookieJar
from itertools import islice, zip_longest
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit
from urllib.request import Request

from django.conf import settings
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.html import escape

from content.models import HelpLine, Link, Notice, Reviewer, Source, Usage
from content.models.link import fits
from content.text import rich_text
from content.text.characters import shortened

PAUSE = 2.0  # seconds between two requests to one host
TIMEOUT = 15.0
LONGEST = 60.0  # seconds for all of one answer: who sends byte by byte is never silent
MAX_HOPS = 20  # as browsers have it
MAX_BYTES = 2 * 1024 * 1024  # of a page that is read
MAX_WAIT = 60.0  # seconds that a host may ask us to wait before we come back another day
TRIES = 3
# A title of a page that is not there, and not one about something that was not found.
NOT_FOUND = re.compile(
    r"^\W*not found\b|\berror\W{0,3}404\b"
    r"|^\W*(http )?404(\W*$|\W+(error|not found|page|file|p[aá]gina)\b|\s*[|:·–—-]\s)"
    r"|\b(page|document|file|url)\b[^.|]{0,40}?\b(not found|(not |un)available"
    r"|no longer (available|exists?)|(does|was|could) ?n[o'’]t (exist|be found|found)|can[no'’]+t be found)\b"
    r"|\bpage (is )?missing\b|\b(can[no'’]+t|could ?n[o'’]t) find\b[^.|]{0,30}\bpage\b"
    r"|\bp[aá]gina\b[^.|]{0,40}?\bno (encontrada|existe|est[aá] disponible|se (encuentra|encontr[oó]))\b"
    r"|\bno (se )?enc(ontramos|uentra|ontr[oó])\b[^.|]{0,20}\bp[aá]gina\b",
    re.IGNORECASE,
)
# What a page holds is a stranger's: none of these may look further than to the next tag.
TITLES = re.compile(r"<(title|h1)\b[^<>]{0,300}>", re.IGNORECASE)
LONGEST_TITLE, MOST_TITLES = 500, 20
TAG = re.compile(r"<[^<>]+>")
ANCHORS = re.compile(r"""\b(?:id|name)\s{0,9}=\s{0,9}(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)
UNENCODED = "%/:?#[]@!$&'()*+,;=~|^{}"  # in the path and the query of a request
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
    body: str = ""  # of a page
    is_cut: bool = False  # the page goes on


@dataclass
class CheckResult:
    state: Link.State
    told: str
    leads_to: str = ""


def in_use() -> dict[str, set[str]]:
    """Every outside address that visitors can follow now, or that a record rests on, with the telephone numbers that
    should stand there."""
    texts = [notice.text for notice in Notice.objects.all()] + [person.biography for person in Reviewer.objects.all()]
    addresses: list[str] = [
        *Usage.objects.live().filter(kind=Usage.Kind.ADDRESS).values_list("target", flat=True).distinct(),
        *(source.address for source in Source.objects.all()),
        *rich_text.addresses("".join(texts)),
    ]
    numbers: dict[str, set[str]] = {address: set() for address in addresses}
    for line in HelpLine.objects.all():
        numbers.setdefault(line.url, set()).add(line.number)
    return {
        address: there
        for address, there in numbers.items()
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


def record_links() -> None:
    """A row for every address in use, and none for others."""
    wanted = in_use()
    Link.objects.exclude(address__in=wanted).delete()
    Link.objects.bulk_create([Link(address=address) for address in wanted], ignore_conflicts=True)


def due_links(*, days: int) -> list[Link]:
    """Rows that were not checked within so many days, hosts in turn so that no pause is waited for in vain."""
    fresh = timezone.now() - timedelta(days=days)
    hosts: dict[str, list[Link]] = defaultdict(list)
    for link in Link.objects.exclude(checked_at__gt=fresh).order_by("checked_at", "address"):
        hosts[host_of(link.address)].append(link)
    return [link for turn in zip_longest(*hosts.values()) for link in turn if link]


def check(links: list[Link], *, asker: "Asker") -> Iterator[Link]:
    """Ask for each and keep what was found at once: whoever stops here goes on from here the next time."""
    numbers = in_use()
    for link in links:
        result = asker.check(link.address, numbers=numbers.get(link.address, set()))
        link.state, link.told = result.state, shortened(result.told, 200)
        link.leads_to = result.leads_to if fits(result.leads_to) else ""
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
        longest: float = LONGEST,
        may_reach: Callable[[str], bool] | None = None,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pause, self.timeout, self.longest, self.wait, self.now = pause, timeout, longest, wait, now
        self.may_reach = may_reach or is_public
        self.free_at: dict[str, float] = defaultdict(float)

    def check(self, address: str, *, numbers: set[str] | None = None) -> CheckResult:
        """What a reader finds there."""
        try:
            answer, end, moved = self.follow(address)
        except Unreachable as error:
            return CheckResult(Link.State.SILENT, str(error))
        if answer.status in {404, 410}:
            return CheckResult(Link.State.GONE, f"answered {answer.status}")
        if answer.status in CLOSED:
            return CheckResult(Link.State.CLOSED, f"answered {answer.status}: open it by hand")
        if answer.status >= 400:
            return CheckResult(Link.State.SILENT, f"answered {answer.status}")
        return judge(address, answer, end, moved=moved, numbers=numbers or set())

    def follow(self, address: str) -> tuple[Answer, str, bool]:
        """The last answer, its address, and whether every step on the way there was for good."""
        here, moved, cookies = tidied(address), True, CookieJar()
        for _ in range(MAX_HOPS + 1):
            answer = self.ask_patiently(here, cookies)
            if answer.status not in REDIRECTS or not answer.location:
                return answer, here, moved and here != tidied(address)
            moved = moved and answer.status in PERMANENT
            place = urlsplit(here).fragment
            try:
                here = tidied(urljoin(here, answer.location))
            except ValueError as error:
                raise Unreachable("leads to no web address") from error
            if place and "#" not in here:
                here = f"{here}#{place}"
        raise Unreachable(f"leads in a circle, or over more than {MAX_HOPS} steps")

    def ask_patiently(self, address: str, cookies: CookieJar) -> Answer:
        """Again after a pause if told so."""
        answer = self.ask(address, cookies)
        for attempt in range(1, TRIES):
            if answer.status not in LATER:
                break
            delay = float(answer.retry_after) if answer.retry_after.isdecimal() else self.pause * 2**attempt
            if delay > MAX_WAIT:
                break
            self.wait(delay)
            answer = self.ask(address, cookies)
        return answer

    def ask(self, address: str, cookies: CookieJar) -> Answer:
        host = host_of(address)
        if not host:
            raise Unreachable("no web address")
        self.wait(max(0.0, self.free_at[host] - self.now()))
        try:
            return self.request(address, cookies)
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            raise Unreachable(reason_of(error)) from error
        finally:
            self.free_at[host] = self.now() + self.pause

    def request(self, address: str, cookies: CookieJar) -> Answer:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        machines = self.resolve(host, port)
        with (
            connected(machines, port, timeout=self.timeout) as plain,
            secure(plain, host) if parts.scheme == "https" else plain as line,
            time_limit(line, self.longest) as is_over,
        ):
            try:
                if isinstance(line, ssl.SSLSocket):
                    line.do_handshake()
                connection = http.client.HTTPConnection(host, port)
                connection.sock = line
                asked = Request(address, headers=headers())  # noqa: S310 reason=`host_of` let http and https pass
                cookies.add_cookie_header(asked)
                connection.request("GET", target_of(address), headers=dict(asked.header_items()))
                with connection.getresponse() as response:
                    if is_over():  # in the midst of the headers
                        raise TimeoutError
                    cookies.extract_cookies(response, asked)
                    answer = read(response)
                    return replace(answer, is_cut=answer.is_cut or is_over())
            except (OSError, http.client.HTTPException) as error:
                if is_over():
                    raise TimeoutError from error
                raise

    def resolve(self, host: str, port: int) -> list[str]:
        """The machines of this host. Raises `Unreachable` when one of them must not be asked."""
        addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if not addresses or not all(map(self.may_reach, addresses)):
            raise Unreachable("lies in a private network")
        return addresses


def judge(address: str, answer: Answer, end: str, *, moved: bool, numbers: set[str]) -> CheckResult:
    """What to make of an answer that says all is well. Nobody can say what a page lacks that was not read whole."""
    asked, got = urlsplit(tidied(address)), urlsplit(end)
    if title := next(filter(NOT_FOUND.search, titles(answer.body)), ""):
        return CheckResult(Link.State.CHANGED, f"answers, but says “{title[:80]}”", end)
    if got.path in {"", "/"} and asked.path not in {"", "/"} and not got.query:
        return CheckResult(Link.State.CHANGED, "leads to the start page", end)
    is_complete = bool(answer.body) and not answer.is_cut
    if is_complete and not has_anchor(answer.body, got.fragment):
        return CheckResult(Link.State.PLACE, f"has no place #{got.fragment}", end)
    digits = re.sub(r"\D", "", TAG.sub(" ", answer.body))
    missing = [number for number in sorted(numbers) if re.sub(r"\D", "", number).removeprefix("1") not in digits]
    if is_complete and missing:
        return CheckResult(Link.State.NUMBER, f"does not show {', '.join(missing)}", end)
    if moved and without_detail(address) != without_detail(end):
        return CheckResult(Link.State.MOVED, f"leads to {end}", end)
    return CheckResult(Link.State.FINE, f"answered {answer.status}")


def titles(body: str) -> Iterator[str]:
    """What the page calls itself: its title and its headings of the first order, as far as anybody reads them."""
    for opened in islice(TITLES.finditer(body), MOST_TITLES):
        inside = body[opened.end() : opened.end() + LONGEST_TITLE]
        inside = re.split(f"</{opened[1]}", inside, maxsplit=1, flags=re.IGNORECASE)[0]
        yield " ".join(unescape(TAG.sub(" ", inside)).split())


def host_of(address: str) -> str:
    """Whose address it is; empty for what is no address of the web."""
    try:
        parts = urlsplit(address)
        return parts.netloc if parts.scheme in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""


def has_anchor(body: str, fragment: str) -> bool:
    """Whether a browser finds it. Words to be marked are no place, and routes of a program in the page are its own."""
    anchor = fragment.partition(":~:")[0]
    if not anchor or anchor.startswith(("/", "!")) or anchor.lower() == "top":
        return True
    anchors = {unescape("".join(value)) for value in ANCHORS.findall(body)}
    return not anchors.isdisjoint({anchor, unquote(anchor)})


def without_detail(address: str) -> str:
    """What makes two addresses different pages: neither the scheme, nor `www.`, nor a slash at the end."""
    parts = urlsplit(address)
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def tidied(address: str) -> str:
    """As browsers read it: without blanks around it or breaks in it, and a backslash in its path is a slash."""
    address = re.sub(r"[\t\r\n]", "", address.strip())
    path, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", address, re.DOTALL).groups()  # type: ignore[union-attr] # reason=matches everything
    return path.replace("\\", "/") + mark + rest


def target_of(address: str) -> str:
    """What stands in the request; everything but ASCII is sent as UTF-8, encoded."""
    parts = urlsplit(address)
    path, query = (quote(part, safe=UNENCODED, errors="replace") for part in (parts.path or "/", parts.query))
    return urlunsplit(("", "", path, query, ""))


def headers() -> dict[str, str]:
    return {
        "User-Agent": f"LinkCheck (+{settings.PUBLIC_URL})",
        "Accept": "text/html,*/*;q=0.8",
        "Accept-Language": "en,es;q=0.8",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def read(response: http.client.HTTPResponse) -> Answer:
    is_page = response.headers.get_content_type() in {"text/html", "application/xhtml+xml"}
    body, is_cut = first_part(response) if is_page else (b"", False)
    return Answer(
        status=response.status,
        location=in_utf8(response.headers.get("Location", "")),
        retry_after=response.headers.get("Retry-After", ""),
        body=text_of(body, response.headers.get_content_charset() or "utf-8"),
        is_cut=is_cut,
    )


def first_part(response: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """What of the page came, and whether more of it was to come. A line that breaks leaves what came before."""
    body, is_cut = b"", False
    try:
        while len(body) <= MAX_BYTES and (part := response.read1(65536)):
            body += part
    except (OSError, http.client.HTTPException):
        is_cut = True
    is_cut = is_cut or len(body) > MAX_BYTES or bool(response.length)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"gzip", "x-gzip", "deflate"}:  # some send it unasked
        try:
            unpacked = zlib.decompressobj(zlib.MAX_WBITS | 32)
            return unpacked.decompress(body, MAX_BYTES), is_cut or not unpacked.eof
        except zlib.error:
            return b"", True
    return (body[:MAX_BYTES], is_cut) if encoding == "identity" else (b"", True)


def in_utf8(header: str) -> str:
    """A header as browsers read it: `http.client` takes each byte for a letter."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


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


def connected(machines: list[str], port: int, *, timeout: float) -> socket.socket:
    """The first of these machines that answers: the very ones that were judged. Raises `OSError`."""
    failed: OSError = ConnectionError()
    for machine in machines:
        try:
            return socket.create_connection((machine, port), timeout=timeout)
        except OSError as error:
            failed = error
    raise failed


def secure(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """It has still to shake hands, which a server can draw out as well."""
    return tls().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@contextlib.contextmanager
def time_limit(line: socket.socket, seconds: float) -> Iterator[Callable[[], bool]]:
    """Hangs up when the time is over; yields what says whether it is."""
    over = threading.Event()

    def hang_up() -> None:
        over.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # of the line itself: TLS would say goodbye first

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()


# Addresses that hold one of the older kind, which may be a private one, or that no web server has.
WRAPPED = [
    ipaddress.ip_network(network)
    for network in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
]


def is_public(machine: str) -> bool:
    """Whether this IP address belongs to one machine of the open internet."""
    address = ipaddress.ip_address(machine.split("%")[0])
    is_wrapped = address.version == 6 and any(address in network for network in WRAPPED)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_wrapped


def reason_of(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not right"
    if isinstance(error, TimeoutError):
        return "took too long"
    return "broke off"
