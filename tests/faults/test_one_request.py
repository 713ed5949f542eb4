"""P64. Where a request ends, all agree: gunicorn alone, and gunicorn behind the proxy that ships with the site."""

import contextlib
import itertools
import json
import re
import socket
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.admissions.factories import times
from tests.faults.rig import figure, hidden, shipped_proxy

pytestmark = pytest.mark.once

CHUNKED = [  # spellings of one header, most of them wrong
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding:\r\n chunked",
    b"X: x\r\n Transfer-Encoding: chunked",
    b"X: x\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: CHUNKED",
    b"Transfer_Encoding: chunked",
    b'Transfer-Encoding: "chunked"',
    b"transfer-encoding:chunked\x00",
]
LENGTHS = [b"%d", b"+%d", b"0%d", b"%d, %d", b"0x%x", b" %d ", b"%d\r\nContent-Length: 0"]
ORDERS = [1, -1]


def cases():
    """Heads that two readers could understand in two ways, with a request hidden in the body. More than 200."""
    for number, (chunked, length, order) in enumerate(itertools.product(CHUNKED, LENGTHS, ORDERS)):
        hidden = b"GET /two-%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX: x\r\n\r\n" % number
        body = b"0\r\n\r\n" + hidden if number % 2 else b"%x\r\n" % len(hidden) + hidden + b"\r\n0\r\n\r\n"
        counted = len(body) if number % 3 else 4
        size = b"Content-Length: " + length.replace(b"%d", b"%d" % counted).replace(b"%x", b"%x" % counted)
        heads = b"\r\n".join([chunked, size][::order])
        head = b"POST /one-%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" % number + heads + b"\r\n\r\n"
        last = b"GET /three-%d/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % number
        yield number, head + body + last


def say_raw(port, data):
    """What comes back until the other side closes or falls silent."""
    said = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=times(short=3, full=10)) as wire,
        contextlib.suppress(OSError),
    ):
        wire.sendall(data)
        while piece := wire.recv(65536):
            said += piece
    return said


@contextlib.contextmanager
def nothing_between(site):
    yield site.port


def asked(site):
    """The paths that the application was asked for."""
    lines = [json.loads(line)["message"] for line in site.said("gunicorn").splitlines() if line.startswith("{")]
    return [found[0] for line in lines if (found := re.search(r"/(?:one|two|three)-\d+/", line))]


def agree(said, paths):
    """As many answers of the application as it was asked for, and nothing answered twice."""
    ours = len(re.findall(rb"^Content-Security-Policy:", said, re.MULTILINE | re.IGNORECASE))
    return ours == len(paths) == len(set(paths))


def test_control_one_answer_to_two_requests_and_two_to_one_are_noticed():
    answer = b"HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src 'none'\r\n\r\n"
    assert agree(answer, ["/one-1/"])
    assert not agree(answer, ["/one-1/", "/two-1/"])
    assert not agree(answer * 2, ["/one-1/"])


@pytest.mark.parametrize("way", [nothing_between, shipped_proxy])
def test_a_request_that_two_could_read_in_two_ways_is_refused_or_read_in_one(site, way):
    site.serve()
    some = [case for case in cases() if case[0] % times(short=7, full=1) == 0]
    with way(site) as port:
        assert agree(say_raw(port, b"GET /one-999/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"), ["once"])
        with ThreadPoolExecutor(8) as pool:
            said = dict(pool.map(lambda case: (case[0], say_raw(port, case[1])), some))
    site.stop("gunicorn")
    paths = asked(site)
    assert "/one-999/" in paths, "control: the log names what was asked for"
    torn = [number for number in said if not agree(said[number], [path for path in paths if f"-{number}/" in path])]
    figure(
        "P64", f"{way.__name__.replace('_', ' ')}: of {len(some)} ambiguous requests, read in two ways", len(torn), "0"
    )
    assert torn == [], said[torn[0]][:2000]


@pytest.mark.parametrize("way", [nothing_between, shipped_proxy])
def test_pipelined_requests_are_answered_one_by_one_and_in_order(site, way):
    site.serve()
    first, last = b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    pair = (first + b"\r\n" + last + b"\r\n").replace(b"Host: x", b"Host: 127.0.0.1")
    amount = times(short=20, full=10_000)
    with way(site) as port, ThreadPoolExecutor(8) as pool:
        said = pool.map(
            lambda number: re.findall(rb"^HTTP/1.1 (\d+)", say_raw(port, pair), re.MULTILINE), range(amount)
        )
        torn = [answers for answers in said if answers != [b"200", b"404"]]
    figure("P64", f"{way.__name__.replace('_', ' ')}: of {amount} pipelined pairs, out of step", len(torn), "0")
    assert torn == []


@pytest.mark.parametrize(("believed", "status"), [([], 404), (["--forwarder-headers", "SCRIPT_NAME"], 200)])
def test_no_proxy_names_the_script_and_with_it_every_address_on_a_page(site, believed, status):
    """The second row is the control: what gunicorn believes unless it is told not to."""
    site.start("gunicorn", "-m", "gunicorn", *believed, TRUSTED_PROXIES="127.0.0.1")
    site.wait_until_it_answers()
    assert site.visitor().get("/x/contact/", SCRIPT_NAME="/x").status == status
    assert 'href="/x/' not in site.visitor().get("/articles/").text


@pytest.mark.parametrize("way", [nothing_between, shipped_proxy])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_message_whose_end_did_not_arrive_is_not_taken_for_a_message(site, way, kind):
    site.serve()
    with way(site) as port:
        for missing in (1, 12, 0):
            visitor = site.visitor()
            typed = {"consent": "on", "phone": "714-555-0142", "name": "Robin", "message": "one two three four five"}
            fields = hidden(visitor.get("/contact/")) | typed
            body = urllib.parse.urlencode(fields).encode()
            if kind.startswith("multipart"):
                part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--b'
                body = ("--b\r\n" + "\r\n".join(part.format(*pair) for pair in fields.items()) + "--\r\n").encode()
            head = (
                f"POST /contact/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={visitor.cookies['csrftoken']}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            with socket.create_connection(("127.0.0.1", port), timeout=20) as wire, contextlib.suppress(OSError):
                wire.sendall(head.encode() + body[: len(body) - missing])
                if missing:
                    wire.shutdown(socket.SHUT_WR)
                said = wire.recv(100)
            assert (b"303" in said[:20]) == (missing == 0), "control: the whole one is taken"
            assert len(site.stored()) == (missing == 0)
