"""What nobody sends by accident, by the hundred: no answer is above 499, and nothing that came in is written down.

What is refused before it could reach a database is sent once, and in the short form a fixed share of it. The full form
sends all, and further bodies at random.
"""

import datetime
import io
import itertools
import json
import logging
import random
import re
import time
import urllib.parse
from collections import Counter

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.html import escape

from admissions.alerts.outbox import StaffAlert
from admissions.crypto import keys
from admissions.crypto.form_token import FormToken
from admissions.models import Alert, Inquiry
from admissions.services import threads
from magnified.logs import SafeFormatter
from tests.admissions.factories import make_staff, times
from tests.content.factories import make_centre, make_help_line, make_notice, make_published
from tests.faults.rig import figure, say

pytestmark = pytest.mark.django_db

SEED = 12
FORMS = ["/contact/", "/request-a-call/"]
PAGES = [*FORMS, "/return/", "/search/", "/articles/test-article/"]
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "frontier"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
CANARY = "kanarienvogel"  # beside every odd thing that is typed, to be looked for in the logs
REFUSALS = {400, 403, 404, 405, 409, 413, 415}

NAMES = [
    "O'Brien",
    "Nguyễn",
    "محمد",
    "李",
    "👩‍⚕️",
    "x",
    "é" * 200,
    "e\u0301",
    "a\u200db",
    "\u202eRobin\u202c",
    "zero\u200bwidth\ufeff!",
    "Z" + "\u0301\u0316" * 90,
    "🏳️‍🌈🧑🏽‍🤝‍🧑🏿",
    "\U0010ffff\ufffe",
    "line\u2028break\u2029here\u0085there",
    "Bcc: all@example.com",
    "=?utf-8?q?Bcc?=",
    "{{ 7*7 }}{% debug %}",
    "'; DROP TABLE admissions_message; --",
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "%00%0d%0aX-Evil: 1",
    "\\u0000 \\x00 \\ud800",
    "\x01\x07\x1b[31m\x7f",
]
RAW_VALUES = [
    b"%00",
    b"a%00b",
    b"%ED%A0%80",  # a lone surrogate
    b"%ED%A0%BD%ED%B8%80",  # a pair of them, which UTF-8 does not have
    b"%FF%FE%FA",
    b"%C0%AF%E0%80%AF",  # overlong
    b"%F4%90%80%80",  # beyond the last character
    b"%80%80%80%80",
    b"%",
    b"%u0041%zz%1",
    b"\xff\x00\xfe",
    b"%25" * 400 + b"00",
    b"%0d%0aBcc:%20all@example.com%0d%0a",
    b"%0D%0A%0D%0A<html>",
    b"%E2%80%A8%C2%85",
]
ENCODINGS = ["utf-7", "utf-16", "rot13", "base64", "zip", "idna", "punycode", "undefined", "unicode_escape", "klingon"]


@pytest.fixture(autouse=True)
def site():
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")
    make_published()


@pytest.fixture(autouse=True, scope="module")
def quick_logs():
    """Without pytest's own record of each refused request, whose tracebacks take longer than the requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("_pytest.logging.LogCaptureHandler.emit", lambda handler, record: None)
        yield


@pytest.fixture
def lines():
    """Everything that the site's loggers write while the test runs, worded as in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter())
    loggers = [logging.getLogger(name) for name in ("", "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: stream.getvalue().splitlines()
    for logger in loggers:
        logger.removeHandler(handler)


def visitor(**options):
    """A client that is answered by the error pages, like a browser, and does not raise what went wrong."""
    return Client(raise_request_exception=False, **options)


def some(*lists, every):
    """All pairs of the lists in the full form, else every so many-th, with each value of each list among them."""
    short = list(itertools.product(*lists))[::every]
    for place, values in enumerate(lists):
        assert {pair[place] for pair in short} == set(values), "the short form leaves a value out"
    return times(short=short, full=itertools.product(*lists))


def fields(**changes):
    """An honest form that has just been opened."""
    honest = {"name": "Robin", "phone": "212-555-0147", "message": CANARY, "consent": "on"}
    return honest | {"form_token": str(FormToken.new(1))} | changes


def urlencoded(data):
    return urllib.parse.urlencode(data, doseq=True).encode()


def multipart(data, ending=b"--\r\n"):
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + (value if isinstance(value, bytes) else value.encode())
        for name, value in data.items()
    ]
    return b"\r\n".join([*parts, f"--{BOUNDARY}".encode() + ending])


def faults(answers):
    """The requests that ours is to blame for, of pairs of what was sent and what was answered."""
    return [f"{sent!r:.120} -> {answer.status_code}" for sent, answer in answers if answer.status_code >= 500]


def assert_nothing_was_written(lines, *words):
    for line in lines():
        json.loads(line)
        assert "\x1b" not in line
        for word in (CANARY, *words):
            assert word not in line


def opened():
    """The newest message, opened with the team's private key."""
    inquiry = Inquiry.objects.get()
    return threads.open_as_team(inquiry, keys.team_private()).messages[0].body


@pytest.mark.once
def test_the_tests_of_this_file_can_fail(lines, monkeypatch):
    """Control: a broken view is found as a fault, and a careless log line as a leak."""

    def broken(*args, **kwargs):
        logging.getLogger("content").error("%s", CANARY)
        raise RuntimeError

    monkeypatch.setattr("content.views.search.find", broken)
    assert faults([("q", visitor().get("/search/", {"q": "x"}))]) == ["'q' -> 500"]
    with pytest.raises(AssertionError):
        assert_nothing_was_written(lines)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("encode", [urlencoded, multipart])
def test_a_name_reaches_the_sealed_text_byte_for_byte(path, encode, lines):
    client = visitor()
    for name in NAMES:
        typed = fields(name=name, message=f"{CANARY} {name}")
        answer = client.generic("POST", path, encode(typed), URLENCODED if encode is urlencoded else MULTIPART)
        assert answer.status_code == 303, f"{name!r}: {answer.content.decode()[:3000]}"
        body = opened()
        assert body["name"].encode() == name.strip().encode()
        assert body["message"].encode() == f"{CANARY} {name}".strip().encode()
        Inquiry.objects.all().delete()
    assert_nothing_was_written(lines, "Nguyễn", "Robin")


@pytest.mark.once
@pytest.mark.parametrize("path", FORMS)
def test_a_name_comes_back_in_the_form_as_it_was_typed(path):
    client = visitor()
    for name in NAMES:
        page = client.post(path, fields(name=name, consent="")).content.decode()
        assert f'value="{escape(name)}"' in page, repr(name)
        assert CANARY in page
    assert not Inquiry.objects.exists()


def test_bytes_that_are_no_text_break_nothing(lines):
    client, pages, base = visitor(), itertools.cycle(PAGES), urlencoded(fields())

    def in_a_field(name):
        def send(raw):
            pair = name.encode() + b"=" + raw + CANARY.encode()
            return client.generic("POST", next(pages), base + b"&" + pair, URLENCODED)

        return send

    def in_a_search(raw, path="/search/"):
        return client.get(path, QUERY_STRING=urllib.parse.quote(b"q=" + raw, safe="%="))

    ways = [
        *map(in_a_field, ("name", "phone", "email", "message", "time_zone", "form_token", "code", "q")),
        in_a_search,
        lambda raw: in_a_search(raw, next(pages)),
        lambda raw: client.generic("POST", "/contact/", base + b"&" + raw + b"=" + raw, URLENCODED),
        lambda raw: client.generic("POST", "/contact/", multipart({"name": raw, "message": raw}), MULTIPART),
    ]
    answers = [(raw, send(raw)) for raw, send in some(RAW_VALUES, ways, every=5)]
    assert faults(answers) == []
    assert_nothing_was_written(lines)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *itertools.product(FORMS, ["name", "message", "phone", "voicemail_words", "about"]),
        ("/contact/", "email"),
        ("/request-a-call/", "time_zone"),
    ],
)
def test_a_sign_that_cannot_be_stored_is_explained_and_the_text_comes_back(path, field):
    client = visitor()
    answer = client.post(path, fields(**{field: "a\x00b"}))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f'href="#id_{field}' in page, "the summary names the field"
    assert field == "message" or CANARY in page
    assert not Inquiry.objects.exists()


@pytest.mark.once
def test_no_content_type_and_no_encoding_breaks_a_page(lines):
    client, answers, body = visitor(), [], urlencoded(fields())
    kinds = ["", ";", "x", "/", "text/plain", "application/json", "application/xml", "multipart/form-data"]
    kinds += ["multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300, "multipart/mixed; a=b"]
    kinds += [f"{MULTIPART}; boundary=other", "text/plain; charset", "a/b; charset=utf-8'en'%00", "a/b; x=''%ff"]
    kinds += [f"{kind}; charset={name}" for kind in (URLENCODED, MULTIPART, "text/plain") for name in ENCODINGS]
    typed = multipart({"message": f"+2AA- {CANARY}", "name": b"\xff\xfe", "code": "x"})
    requests = [
        ("POST", "/contact/", body),
        ("POST", "/request-a-call/", typed),
        ("POST", "/return/", typed),
        ("GET", "/search/?q=%2B2AA-", b""),
    ]
    for kind, (method, path, data) in some(kinds, requests, every=3):
        answers.append((f"{method} {path} {kind}", client.generic(method, path, data, kind)))
    assert faults(answers) == []
    assert_nothing_was_written(lines)


@pytest.mark.once
def test_a_content_type_that_cannot_be_read_counts_as_none():
    """Django stops at it before any middleware, so this asks the application that the server asks."""
    from magnified.wsgi import application

    for kind in (f"{URLENCODED}; x*=klingon''%ff", f"{MULTIPART}; filename*=nothing''%ff", "a/b; a*=y''%ff"):
        environ = RequestFactory().generic("POST", "/return/", b"code=x").environ | {"CONTENT_TYPE": kind}
        with pytest.raises(ValueError, match="encoding"):
            WSGIRequest(dict(environ))  # control
        seen = []
        pieces = application(environ, lambda status, headers, exc_info=None, seen=seen: seen.append(status))
        assert b"</html>" in b"".join(pieces)
        assert seen[0][:3] in {"200", "403"}, kind


@pytest.mark.once
def test_a_torn_multipart_body_is_refused_or_given_back():
    client, rng, path = visitor(), random.Random(SEED), "/contact/"
    whole = multipart({"name": "Robin", "message": CANARY, "code": CANARY})
    answers = []
    for _ in range(times(short=20, full=80)):
        cut = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(cut))
            cut[at : at + rng.randint(0, 3)] = rng.choice(
                [b"", b"\0", b"\r\n", b"--", b"\xff", b'"', b";", b"\r\n\r\n"]
            )
        answers.append((bytes(cut), client.generic("POST", path, bytes(cut), MULTIPART)))
    encoded = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n'
    for how in ("base64", "quoted-printable", "x"):
        data = f"{encoded}Content-Transfer-Encoding: {how}\r\n\r\n!=\r\n--{BOUNDARY}--\r\n".encode()
        answers.append((how, client.generic("POST", path, data, MULTIPART)))
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="name"; filename="../../a\0.php"\r\n'
    for part in ("", "Content-Type: text/plain; charset=undefined\r\n", "Content-Type: \xff\r\n"):
        data = f"{file}{part}\r\n{CANARY}\r\n--{BOUNDARY}--\r\n".encode()
        answers.append((part, client.generic("POST", path, data, MULTIPART)))
    assert faults(answers) == []
    assert not Inquiry.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("path", ["/contact/", "/return/", "/search/"])
def test_too_much_is_refused_quickly_and_not_kept(path, lines):
    client = visitor()
    big = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
    loads = {
        "10 MB in one field": (b"message=" + b"x" * 10_000_000, URLENCODED),
        "one byte too many": (b"x" * big, URLENCODED),
        "10,000 fields": (b"&".join(b"f%d=x" % number for number in range(10_000)), URLENCODED),
        "10,000 times one field": (b"name=x&" * 10_000, URLENCODED),
        "10,000 ampersands": (b"&" * 10_000, URLENCODED),
        "3,000 parts": (multipart({f"f{number}": "x" for number in range(3_000)}), MULTIPART),
        "a part of 10 MB": (multipart({"message": "x" * 10_000_000}), MULTIPART),
        "a name of 1 MB": (b"n" * 1_000_000 + b"=x", URLENCODED),
        "50 files": (
            multipart({f'f{number}"; filename="a': "x" for number in range(50)}),
            MULTIPART,
        ),
    }
    for what, (body, kind) in loads.items():
        began = time.monotonic()
        answer = client.generic("POST", path, body, kind)
        assert answer.status_code < 500, what
        assert time.monotonic() - began < 2, what
    assert not Inquiry.objects.exists()
    assert_nothing_was_written(lines)


@pytest.mark.once
@pytest.mark.parametrize("path", FORMS)
def test_too_much_says_so_on_a_page_with_the_phone(path):
    answer = visitor().generic("POST", path, b"message=" + b"x" * 10_000_000, URLENCODED)
    assert answer.status_code == 413
    assert b"988" in answer.content
    fields_answer = visitor().generic("POST", path, b"a=b&" * 10_000, URLENCODED)
    assert fields_answer.status_code == 400
    assert b"988" in fields_answer.content


@pytest.mark.once
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(("field", "length"), [("name", 201), ("name", 20_000), ("message", 3001), ("phone", 9_999)])
def test_a_text_that_is_too_long_is_explained_and_comes_back_whole(path, field, length):
    client = visitor()
    typed = "5" * length
    answer = client.post(path, fields(**{field: typed}))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert typed in page
    assert f'href="#id_{field}"' in page
    assert not Inquiry.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("path", FORMS)
def test_an_answer_that_no_list_holds_is_explained_and_the_text_comes_back(path):
    client = visitor()
    choices = ["about", "voicemail_ok", "language"]
    choices += ["reach_by"] if path == "/contact/" else ["call_window", "time_zone"]
    oddities = ["no such", "' OR 1=1", "[]", "{}", "-1", "\u202e", "x" * 150, "../../etc/passwd"]
    for field, odd in some(choices, oddities, every=3):
        answer = client.post(path, fields(**{field: odd}))
        assert answer.status_code == 200, (field, odd)
        page = answer.content.decode()
        assert f'href="#id_{field}' in page, (field, odd)
        assert CANARY in page
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize("path", FORMS)
def test_no_field_but_the_questions_can_be_set_and_the_last_of_many_counts(path):
    client = visitor()
    hidden = [field.name for field in Inquiry._meta.get_fields()]
    hidden += [f"{name}_id" for name in hidden] + ["pk", "is_junk", "is_staff", "claimed_by__is_staff", "__class__"]
    typed = fields() | dict.fromkeys(hidden, "7")
    typed["name"] = ["first", "last"]
    assert client.post(path, typed).status_code == 303
    inquiry = Inquiry.objects.get()
    assert (inquiry.status, inquiry.version, inquiry.hold) == ("new", 1, False)
    assert (inquiry.claimed_by, inquiry.promised_by, inquiry.handled_on, inquiry.closed_as) == (None, None, None, "")
    assert (inquiry.tries, inquiry.is_number_wrong, inquiry.same_as) == (0, False, None)
    assert abs(inquiry.next_at - timezone.now()) < datetime.timedelta(minutes=5)
    assert opened()["name"] == "last"
    assert not set(opened()) & set(hidden)


@pytest.mark.once
@pytest.mark.parametrize("path", [*FORMS, "/return/"])
def test_without_a_csrf_token_nothing_is_taken_and_odd_ones_break_nothing(path, lines):
    client = visitor(enforce_csrf_checks=True)
    here, typed = {"origin": "http://testserver"}, fields() if path in FORMS else {"code": CANARY}
    key = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    odd = ["", "x", "\x00", "é" * 32, "a" * 32, "a" * 64, "A" * 100_000, key[:-1], key[::-1], "\u202e" * 64, "<b>"]
    ours = [client.post(path, typed | {"csrfmiddlewaretoken": name}, headers=here) for name in odd]
    for name in odd:
        cookie = f"csrftoken={name}".encode().decode("latin-1")  # how WSGI hands bytes on
        other = visitor(enforce_csrf_checks=True)
        key = typed | {"csrfmiddlewaretoken": "a" * 32 + "b" * 32}
        ours.append(other.post(path, key, headers=here | {"cookie": cookie}))
    origins = ["null", "", "https://evil.example", "http://testserver.evil.example", "//", "http://[", "\x00"]
    foreign = [client.post(path, typed, headers={"origin": origin}) for origin in origins]
    assert {answer.status_code for answer in ours + foreign} == {403}
    assert path not in FORMS or all(CANARY in answer.content.decode() for answer in ours)
    assert not any(CANARY in answer.content.decode() for answer in foreign)
    assert not Inquiry.objects.exists()
    assert_nothing_was_written(lines)


@pytest.mark.once
@pytest.mark.parametrize("path", FORMS)
def test_a_form_token_that_is_not_ours_gives_the_text_back(path):
    client = visitor()
    ours = str(FormToken.new(1))
    odd = ["", ":", ".", "\x00", "é", "a.b:c", ours[:-1], ours + "x", ours.replace(".", "\x00"), ours[::-1]]
    odd += [ours.replace(":", "::"), "A" * 50_000, ours.split(":")[0], ours.replace(".1.", ".2."), "\u202e" + ours]
    for token in odd:
        answer = client.post(path, fields(form_token=token))
        assert answer.status_code == 200, repr(token[:80])
        assert "Please press the button again." in answer.content.decode()
        assert CANARY in answer.content.decode()
    assert not Inquiry.objects.exists()


@pytest.mark.once
def test_no_cookie_breaks_a_page(lines):
    pages = itertools.cycle([*PAGES, "/received/", "/", "/nowhere/"])
    values = [
        "",
        "=",
        ";" * 500,
        "x" * 60_000,
        '"\\000\\000\\000\\000\\000\\000\\000\\000\\000"',
        "\xff\xfe" * 9,
        "é" * 40,
    ]
    values += ["a" * 32, '"' + "\\377" * 40 + '"', "=?utf-8?q?x?=", "{}", "%00" * 20, "A" * 44, "bm9wZQ==", "\x01" * 9]
    answers = []
    names = ["sessionid", "csrftoken", "received", "messages", "__Host-sessionid", CANARY]
    for value, name in some(values, names, every=5):
        header = f"{name}={value}; {CANARY}={CANARY}"
        path = {"sessionid": "/admin/login/", "received": "/received/"}.get(name) or next(pages)
        answers.append((header, visitor().get(path, headers={"cookie": header})))
        if name == "csrftoken":
            answers.append((header, visitor().post("/contact/", {"name": CANARY}, headers={"cookie": header})))
    assert faults(answers) == []
    assert_nothing_was_written(lines)


@pytest.mark.once
@pytest.mark.parametrize("path", PAGES)
def test_a_method_that_is_not_known_is_refused(path, lines):
    client = visitor()
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X" * 500, "G\x00T"):
        assert client.generic(method, path, CANARY).status_code == 405, method
    assert client.options(path).status_code < 500
    assert not Inquiry.objects.exists()
    assert_nothing_was_written(lines)


def test_no_address_breaks_the_site(lines):
    rng = random.Random(SEED)
    odd = [
        "%00",
        "%0d%0aX-Evil:%201",
        "%ff%fe",
        "%ED%A0%80",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/",
        "//",
        "///evil.example",
    ]
    odd += [
        "%e2%80%ae",
        "%25" * 300,
        "a" * 8000,
        "%5c%5cevil.example",
        "<script>",
        "'",
        "%F0%9F%92%A9",
        "{{7*7}}",
        ";a=b",
    ]
    odd += [
        "".join(rng.choice(["%", "/", ".", "%2f", "%00", "é", "%c3", "x", "\\", ":"]) for _ in range(30))
        for _ in range(40)
    ]
    answers = []
    for part in odd:
        for path in (
            "/{}",
            "/articles/{}/",
            "/articles/{}",
            "/articles/{}/history/",
            "/reviewers/{}/",
            "/media/{}",
            "/admin/{}",
        ):
            address = path.format(urllib.parse.quote(part, safe="%/;:'<>{}\\"))
            answers.append(
                (address, visitor().generic("GET", address.replace("//", "/%2f", 1) if address[1] == "/" else address))
            )
    assert faults(answers) == []
    for sent, answer in answers:
        assert answer.status_code in {200, 301, 302, *REFUSALS}, sent
        assert "\n" not in answer.headers.get("Location", "") and "X-Evil" not in answer.headers
        assert not answer.headers.get("Location", "/").startswith(("//", "http", "\\")), sent
    assert_nothing_was_written(lines, "X-Evil", "evil.example")


@pytest.mark.once
def test_no_header_breaks_a_page(lines):
    pages = itertools.cycle([*PAGES, "/", "/admin/login/", "/sitemap.xml", "/articles/feed/"])
    values = [
        "",
        "*",
        ",",
        ";q=",
        "x" * 30_000,
        "bytes=0-0,-1,5-2,99999999999999999999-",
        "bytes=--1",
        "\xff",
        "W/",
        '"',
        "é",
    ]
    values += [
        "Thu, 99 Foo 9999 99:99:99 GMT",
        "Thu, 01 Jan 0000 00:00:00 GMT",
        "gzip;q=\u0660",
        "en-" + "x-" * 900,
        "[]",
    ]
    names = ["range", "if-range", "accept", "accept-language", "accept-encoding", "accept-charset", "if-none-match"]
    names += [
        "if-modified-since",
        "if-match",
        "if-unmodified-since",
        "referer",
        "origin",
        "user-agent",
        "x-forwarded-for",
    ]
    names += [
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-requested-with",
        "x-http-method-override",
        "authorization",
        "expect",
    ]
    answers = []
    for value, name in some(values, names, every=7):
        answers.append(((name, value), visitor().get(next(pages), headers={name: value})))
    assert faults(answers) == []
    assert_nothing_was_written(lines)


@pytest.mark.once
def test_no_host_name_is_believed(lines):
    for host in (
        "evil.example",
        "",
        "testserver.evil.example",
        "testserver@evil.example",
        "[::1",
        "a" * 5000,
        "\xff",
        "x\x00",
    ):
        answer = visitor().get("/articles/", headers={"host": host})
        assert answer.status_code == 400, repr(host[:40])
        assert "evil" not in answer.content.decode()
    assert_nothing_was_written(lines, "evil")


def test_no_query_breaks_a_page(lines):
    rng = random.Random(SEED)
    signs = [
        "%",
        "&",
        "=",
        "+",
        "%00",
        "%ff",
        "%ed%a0%80",
        "_",
        "'",
        '"',
        "\\",
        "%5c",
        "*",
        "(",
        "é",
        "%e2%80%8b",
        "q",
        "[]",
        ";",
        "q=",
    ]
    queries = [
        "&" * 5000,
        "q=" + "%EF%B7%BA" * 200,
        "q=" + "a " * 3000,
        "autofill=1&autofill=2",
        "next=//evil.example",
        "q[]=1",
    ]
    queries += [
        "q=%00",
        "q=" + "%CC%81" * 500,
        "q=_%25_",
        "q='%20OR%201=1--",
        "quiet&q=x",
        "id__in=1",
        "a=" + "x" * 60_000,
    ]
    queries += ["q=" + urllib.parse.quote(name) for name in NAMES]
    queries += ["".join(rng.choice(signs) for _ in range(rng.randint(1, 60))) for _ in range(times(short=30, full=120))]
    client, pages = visitor(), itertools.cycle(["/search/", "/search/", *PAGES])
    answers = [(query, client.get(next(pages), QUERY_STRING=f"{query}&z={CANARY}")) for query in queries]
    assert faults(answers) == []
    assert {answer.status_code for _, answer in answers} <= {200, 400}
    assert all("Location" not in answer.headers for _, answer in answers)
    assert_nothing_was_written(lines)


def test_no_return_code_breaks_the_page_or_is_shown_again(lines):
    client = visitor()
    for code in [
        *NAMES,
        "\x00",
        "0" * 20,
        "O" * 60_000,
        "----",
        "\u202e" * 20,
        "٠" * 20,
        "Ⅷ" * 20,
        "ſ" * 20,
        "０" * 20,
    ]:
        answer = client.post("/return/", {"code": code + CANARY})
        assert answer.status_code == 200, repr(code[:40])
        assert "opens nothing" in answer.content.decode()
        assert CANARY not in answer.content.decode()
    assert_nothing_was_written(lines)


ODD_KINDS = ["text/plain", "application/json", "", f"{URLENCODED}; charset=utf-16", f"{MULTIPART}x", "multipart/mixed"]
ODD_NAMES = [
    "",
    "name[]",
    "\u202e",
    "id",
    "status",
    "__class__",
    "about",
    "voicemail_ok",
    "csrfmiddlewaretoken",
    "x" * 300,
]


def body_at_random(rng, path):
    """One body that no browser sends, and how it says it is written."""
    names = [*fields(), "email", "voicemail_words", "never_mention", "time_zone", "call_window", "website", *ODD_NAMES]
    raw = [urllib.parse.quote_from_bytes(name.encode()).encode() for name in NAMES] + RAW_VALUES
    pairs = [(name, urllib.parse.quote(value).encode()) for name, value in fields().items()]
    for _ in range(rng.randint(1, 6)):
        value = rng.choice(raw) * rng.choice([1, 1, 1, 3, 40])
        pairs.insert(rng.randint(0, len(pairs)), (rng.choice(names), value))
    shape = rng.random()
    if shape < 0.2:
        data = bytearray(multipart({name: urllib.parse.unquote_to_bytes(value) for name, value in pairs}))
        for _ in range(rng.randint(0, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 5)] = rng.choice(
                [b"", b"\0", b"\r\n", b"--", b"\xff", b'"', rng.randbytes(9)]
            )
        return bytes(data), MULTIPART
    data = b"&".join(urllib.parse.quote(name).encode() + b"=" + value for name, value in pairs)
    if shape < 0.3:
        return rng.randbytes(rng.randint(1, 2000)), rng.choice([URLENCODED, MULTIPART, *ODD_KINDS])
    if shape < 0.4:
        return data, rng.choice(ODD_KINDS)
    if shape < 0.43:
        return data + b"&message=" + b"x" * rng.choice([70_000, 1_000_000, 10_000_000]), URLENCODED
    if shape < 0.46:
        return data + b"&a=b" * rng.choice([101, 1001, 10_000]), URLENCODED
    return data, URLENCODED


@pytest.mark.parametrize("path", FORMS)
def test_no_body_at_random_breaks_a_form(path, lines):
    """P52."""
    rng, client, total, slowest = random.Random(SEED), visitor(), times(short=30, full=20_000), 0.0
    answers = Counter()
    for number in range(total):
        body, kind = body_at_random(rng, path)
        began = time.monotonic()
        status = client.generic("POST", path, body, kind).status_code
        slowest = max(slowest, time.monotonic() - began)
        answers[status] += 1
        assert status in {200, 303, 400, 403, 409, 413, 415}, f"body {number}: {status} for {body[:300]!r}"
        if number % 1000 == 999:
            say(f"{number + 1} of {total}: {dict(answers)}")
            Inquiry.objects.all().delete()
            caches["counters"].clear()
    figure(
        "P52", f"{total} bodies to {path}: answers", " ".join(f"{n} x {s}" for s, n in answers.most_common()), "no 5xx"
    )
    figure("P52", f"slowest answer of {path}, seconds", f"{slowest:.2f}", "< 1")
    assert answers[303], "control: some of them are honest forms after all"
    assert answers[200], "control: some of them are explained"
    assert_nothing_was_written(lines)


def test_a_database_that_cannot_hold_a_null_byte_is_never_given_one(lines):
    """Control: it does refuse one, on PostgreSQL by an error."""
    if connection.vendor == "postgresql":
        with pytest.raises(Exception, match="NUL"), connection.cursor() as cursor:
            cursor.execute("SELECT %s::text", ["\x00"])
    for path in ("/search/", "/articles/a%00b/", "/reviewers/a%00b/"):
        assert visitor().get(path, {"q": "twelve\x00steps"}).status_code in {200, 404}


BYPASSES = [
    "{}",
    "//{}",
    "///{}",
    "////{}",
    "/\\{}",
    "\\\\{}",
    "/\\/{}",
    "\\/{}",
    "http:{}",
    "https:{}",
    "http:/{}",
    "http:///{}",
    "https://{}",
    "HTTPS://{}",
    "//{}/%2f..",
    "/%09/{}",
    "/\t/{}",
    "/\n/{}",
    "\x00//{}",
    " //{}",
    "//\u3002{}",
    "//testserver@{}",
    "//testserver:80@{}",
    "https://testserver.{}",
    "javascript://{}/%0aalert(1)",
]
ELSEWHERE = [
    "evil.example",
    "evil%2eexample",
    "EVIL.example",
    "evil.example:443",
    "evil.example/admin/",
    "[::1]",
    "evil\u3002example",
    "①②⑦.⓪.⓪.①",
]


HERE = "http://testserver"


def site_of(location):
    """Where a browser goes from the sign-in page: it reads a backslash as a slash, and no tab and no line break."""
    clean = re.sub(r"[\t\r\n]", "", location).strip("\0 ").replace("\\", "/")
    parts = urllib.parse.urlsplit(urllib.parse.urljoin(f"{HERE}/admin/login/", re.sub("^/{2,}", "//", clean)))
    return f"{parts.scheme}://{parts.netloc}"


def test_control_another_site_is_told_from_our_own():
    for location in (
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "https://testserver",
        "javascript:x",
        "/\t/x",
    ):
        assert site_of(location) != HERE, location
    for location in ("/admin/", "[::1]", "/%09/[::1]", "evil.example", "?next=//evil.example"):
        assert site_of(location) == HERE, location


@pytest.mark.once
def test_no_address_leads_elsewhere_after_signing_in(lines):
    """P58: 200 ways to name another site."""
    make_staff("admissions", username="somebody", password="x", is_staff=True)
    every = [way.format(place) for way, place in itertools.product(BYPASSES, ELSEWHERE)]
    assert len(every) == 200
    client, foreign = visitor(), []
    for wanted in every[:: times(short=9, full=1)]:
        answer = client.post("/admin/login/", {"username": "somebody", "password": "x", "next": wanted})
        assert answer.status_code == 302, "control: it signs in"
        if site_of(answer["Location"]) != HERE:
            foreign.append((wanted, answer["Location"]))
        client.logout()
        for path in ("/contact/", "/leave/", "/search/", "/return/"):
            answer = client.get(path, {"next": wanted, "to": wanted, "url": wanted})
            if "Location" in answer and "evil" in answer["Location"]:
                foreign.append((wanted, answer["Location"]))
    figure("P58", f"of {len(every)} ways to name another site, led there", len(foreign), "0")
    assert foreign == []


@pytest.mark.once
def test_no_host_name_is_repeated_anywhere(lines):
    """P57: 60 ways to forge it, by its own header and by those of proxies."""
    forged = [
        "evil.example",
        "testserver.evil.example",
        "evil.example:80",
        "testserver:80@evil.example",
        "127.0.0.1.evil.example",
    ]
    forged += [
        "EVIL.EXAMPLE",
        "evil.example.",
        "testserver evil.example",
        "testserver\tevil.example",
        "testserver,evil.example",
    ]
    headers = ["host", "x-forwarded-host", "x-host", "x-forwarded-server", "forwarded", "x-original-host"]
    pages = itertools.cycle([*PAGES, "/", "/sitemap.xml", "/articles/feed/", "/robots.txt", "/nowhere/"])
    every = list(itertools.product(headers, forged))
    assert len(every) == 60
    for name, host in every:
        answer = visitor().get(next(pages), headers={name: f"host={host}" if name == "forwarded" else host})
        assert answer.status_code == 400 or name != "host", host
        said = answer.content.decode() + str(answer.headers)
        assert "evil" not in said.lower(), (name, host)
    figure("P57", f"of {len(every)} forged host names, repeated", 0, "0")


@pytest.mark.parametrize("path", FORMS)
def test_what_looks_like_a_header_stays_in_the_sealed_text(path, lines):
    """P54: line breaks and encoded words in every field reach no header of an answer and no mail."""
    client = visitor()
    for odd in ("\r\nBcc: all@example.com", "\nX-Evil: 1", "\u0085X-Evil: 1", "%0d%0aX-Evil: 1", "=?utf-8?q?Bcc?="):
        text = dict.fromkeys(("name", "message", "voicemail_words", "who_may_answer", "never_mention"), f"Robin{odd}")
        answer = client.post(path, fields(**text))
        assert answer.status_code in {200, 303}
        sent = [StaffAlert(alert.id, alert.to).as_email().message().as_string() for alert in Alert.objects.all()]
        for said in (str(answer.headers), *sent):
            assert "Evil" not in said and "Bcc" not in said and "Robin" not in said
        Inquiry.objects.all().delete()
