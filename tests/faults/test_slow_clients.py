"""P13, P86. Slow and oversized clients do not stop the site behind the proxy that ships with it.

Nobody tells a slow attacker from a telephone in a tunnel, so each is waited for: by the proxy, which has room for
thousands, and never by one of the site's few threads.
"""

import contextlib
import http.client
import math
import re
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import pytest

from tests.admissions.factories import times
from tests.faults.rig import FULL, Site, Visitor, figure, percentile, say, shipped_proxy

pytestmark = pytest.mark.once

THREADS = 8  # that the site answers with: 2 workers of 4
LARGEST = 128_000  # bytes of a body that the proxy takes for the public host
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
UPLOAD = "Content-Type: multipart/form-data; boundary=b\r\n"
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
COOKIE = f"Cookie: csrftoken={'a' * 32}\r\n"
DRIP = b"a"


@dataclass(frozen=True)
class Rhythm:
    """How somebody sends a request: `at_once`, then a `drip` each second, or nothing more."""

    at_once: bytes
    drip: bytes = DRIP
    reads: bool = True
    holds_a_thread: bool = True  # where nothing buffers: what the control must see


def head(path: str, length: int | None, *, method: str = "POST", kind: str = FORM, host: str = "127.0.0.1") -> bytes:
    """With the cookie of a form, so that the site looks for its other half in the body."""
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{COOKIE}{kind}{size}\r\n\r\n".encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


RHYTHMS = {
    "head, a byte a second": Rhythm(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", holds_a_thread=False),
    "body, a byte a second": Rhythm(head("/contact/", 5000)),
    "body in chunks, a byte a second": Rhythm(head("/contact/", None), chunk(DRIP), holds_a_thread=False),
    "all but the last byte": Rhythm(head("/contact/", 5000) + b"a" * 4999, b""),
    "the largest body, and no end": Rhythm(head("/contact/", None) + chunk(b"a" * LARGEST), b"", holds_a_thread=False),
    "no byte of a body": Rhythm(head("/request-a-call/", 100), b""),
    "no byte before it is asked for": Rhythm(
        head("/contact/", 5000, kind=FORM + "Expect: 100-continue\r\n"), b"", holds_a_thread=False
    ),
    "in Spanish": Rhythm(head("/es/contact/", 5000)),
    "to the page for returning": Rhythm(head("/return/", 5000)),
    "to a page that takes none": Rhythm(head("/articles/a/", 5000)),
    "to a page that is not there": Rhythm(head("/nowhere/", 5000), holds_a_thread=False),
    "to the sign of life": Rhythm(head("/healthz", 5000)),
    "to a file": Rhythm(head("/favicon.ico", 5000), holds_a_thread=False),
    "GET with a body": Rhythm(head("/contact/", 5000, method="GET"), holds_a_thread=False),
    "staff signing in": Rhythm(head("/admin/login/", 5000, host="localhost")),
    "staff, form of an article": Rhythm(
        head("/admin/content/article/add/", 2_000_000, kind=UPLOAD, host="localhost") + FILE + b"a" * 1_500_000
    ),
    "staff, a picture": Rhythm(
        head("/admin/content/picture/add/", 20_000_000, kind=UPLOAD, host="localhost") + FILE + b"a" * 2_500_000
    ),
    "answers that nobody reads": Rhythm(
        b"GET /articles/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50, b"", reads=False, holds_a_thread=False
    ),
}


@dataclass
class SlowClients:
    """So many connections for each rhythm, from one address. Whoever is cut off comes again."""

    port: int
    amounts: dict[str, int]
    came: int = 0
    cut_off: int = 0
    wires: list[tuple[socket.socket, Rhythm]] = field(default_factory=list)

    def __enter__(self) -> "SlowClients":
        for name, amount in self.amounts.items():
            for rhythm in repeat(RHYTHMS[name], amount):
                self.come(rhythm)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.drip, daemon=True)
        self.thread.start()
        time.sleep(0.5)  # a site without a safeguard is to have them all in its hands
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.thread.join()
        for wire, _ in self.wires:
            wire.close()

    def come(self, rhythm: Rhythm) -> None:
        wire = socket.socket()
        wire.settimeout(20)
        if not rhythm.reads:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        wire.connect(("127.0.0.1", self.port))
        self.wires.append((wire, rhythm))
        self.came += 1
        with contextlib.suppress(OSError):
            wire.sendall(rhythm.at_once)

    def drip(self) -> None:
        while not self.over.wait(1):
            for wire, rhythm in list(self.wires):
                if self.over.is_set():
                    return
                try:
                    wire.sendall(rhythm.drip)
                    is_cut = rhythm.reads and was_closed(wire)
                except OSError:
                    is_cut = True
                if is_cut:
                    self.cut_off += 1
                    wire.close()
                    self.wires.remove((wire, rhythm))
                    with contextlib.suppress(OSError):
                        self.come(rhythm)


def was_closed(wire: socket.socket) -> bool:
    wire.setblocking(False)
    try:
        while piece := wire.recv(65536):
            del piece
        return True
    except BlockingIOError:
        return False
    finally:
        wire.settimeout(20)


@dataclass
class Probes:
    """What an honest visitor and a member of staff meet meanwhile."""

    port: int
    patience: float
    waits: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def ask(self, path: str, host: str = "127.0.0.1") -> None:
        began = time.monotonic()
        try:
            status = Visitor(self.port, self.patience).get(path, Host=host).status
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        self.waits.append(time.monotonic() - began)
        if status != 200:
            self.bad.append(f"{path}: {status}")

    def ask_everywhere(self) -> None:
        for path in ("/", "/contact/", "/healthz"):
            self.ask(path)
        self.ask("/admin/login/", "localhost")


def unbuffered(caddyfile: str) -> str:
    assert caddyfile.count("request_buffers") == 1
    return re.sub(r"request_buffers.*", "", caddyfile)


def test_no_rhythm_of_sending_holds_a_thread_of_the_site(site):
    """Each by itself, with more connections than the site has threads; the next comes while the last still hold on."""
    site.serve()
    with shipped_proxy(site) as port, contextlib.ExitStack() as slow:
        stopped = {}
        for name in RHYTHMS:
            slow.enter_context(SlowClients(port, {name: 2 * THREADS}))
            probes = Probes(port, patience=25)
            probes.ask_everywhere()
            if probes.bad:
                stopped[name] = probes.bad
    figure("P13", f"of {len(RHYTHMS)} ways to send slowly, those that stop the site", len(stopped), "0")
    assert stopped == {}


def test_control_without_a_buffer_each_of_them_stops_the_site(site):
    site.serve()
    harmless = []
    with shipped_proxy(site, unbuffered) as port:
        holding = [name for name, rhythm in RHYTHMS.items() if rhythm.holds_a_thread]
        for name in holding[:: times(short=6, full=1)]:
            with SlowClients(port, {name: 5 * THREADS}) as clients:
                probes = Probes(port, patience=4)
                for _ in range(40):
                    probes.ask("/contact/")
                    if probes.bad:
                        break
                    # One worker may have taken them all, and the other's threads are free. The proxy keeps the line on
                    # which it was just answered, and hands it to whoever comes next.
                    for _ in range(THREADS):
                        clients.come(RHYTHMS[name])
            if not probes.bad:
                harmless.append(name)
    assert harmless == []


def test_500_slow_heads_and_200_slow_bodies_leave_every_page_as_quick_as_before(site):
    site.serve()
    slow = {
        "head, a byte a second": times(short=50, full=500),
        "body, a byte a second": times(short=40, full=200),
    }
    with shipped_proxy(site) as port, SlowClients(port, slow) as clients:
        probes = Probes(port, patience=25)
        until = time.monotonic() + times(short=3, full=120)
        while time.monotonic() < until:
            probes.ask_everywhere()
            time.sleep(0.1)
    say(f"{clients.came} slow clients came, {clients.cut_off} were cut off")
    asked, worst = len(probes.waits), percentile(probes.waits, 0.99)
    share = 100 * (1 - len(probes.bad) / asked)
    figure("P13", f"pages answered beside {sum(slow.values())} slow clients, of {asked}", f"{share:.2f} %", ">= 99.9 %")
    figure("P13", "seconds until then, 99th percentile", f"{worst:.2f}", "< 1")
    assert clients.came >= sum(slow.values()), "control: they were there"
    assert share >= 99.9, probes.bad
    assert worst < 1 or not FULL


# Too much


def memory(site: Site) -> int:
    """Bytes that proxy and site keep for themselves."""
    pids = [site.processes["proxy"].pid, *site.everybody()]
    kept = re.compile(r"RssAnon:\s+(\d+) kB")
    return sum(int(kept.search(Path(f"/proc/{pid}/status").read_text())[1]) * 1024 for pid in pids)


def send_too_much(port: int, request: bytes, piece: bytes, amount: float) -> tuple[int, int]:
    """Sends until it is told to stop: the status, and how many bytes of a body went out before."""
    said, went = b"", 0
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire, contextlib.suppress(OSError):
        wire.sendall(request)
        wire.setblocking(False)
        until = time.monotonic() + 20
        while time.monotonic() < until and b"\r\n" not in said:
            can_read, can_write, _ = select.select([wire], [wire] if went < amount else [], [], 1)
            if can_read:
                said += wire.recv(4096)
            elif can_write:
                went += wire.send(piece)
    return int(said[9:12] or 0), went


@pytest.mark.parametrize(
    ("megabytes", "path", "host"),
    [
        (10, "/contact/", "127.0.0.1"),
        (100, "/contact/", "127.0.0.1"),
        (None, "/contact/", "127.0.0.1"),
        (None, "/articles/a/", "127.0.0.1"),
        (100, "/healthz", "127.0.0.1"),
        (10, "/admin/login/", "localhost"),
        (None, "/admin/login/", "localhost"),
        (100, "/admin/content/picture/add/", "localhost"),
    ],
)
def test_a_body_that_is_too_large_or_never_ends_is_refused_at_once(site_behind_proxy, megabytes, path, host):
    site = site_behind_proxy
    request = head(path, megabytes and megabytes * 1_000_000, host=host)
    piece = b"a" * 65536 if megabytes else chunk(b"a" * 65536)
    before, began = memory(site), time.monotonic()
    for _ in range(times(short=1, full=5)):
        status, went = send_too_much(site.port, request, piece, megabytes * 1e6 if megabytes else math.inf)
        assert 400 <= status < 500, (status, went)
        assert went < 45_000_000, "control: it was not all taken in before"
    seconds, more = (time.monotonic() - began) / times(short=1, full=5), (memory(site) - before) / 2**20
    name = f"{megabytes} MB" if megabytes else "endless body"
    figure("P13", f"{name} to {path}: seconds until it is refused", f"{seconds:.2f}", "< 1")
    figure("P13", f"{name} to {path}: MiB of memory more", f"{more:.0f}", "< 20")
    assert seconds < 1 or not FULL
    assert more < 20 or host != "127.0.0.1"
    assert site.visitor().get("/contact/").status == 200


@pytest.fixture(scope="module")
def site_behind_proxy(template, faults_folder):
    folder = faults_folder / "oversized"
    folder.mkdir()
    with template.copied(folder) as site:
        site.serve()
        with shipped_proxy(site):
            yield site
