"""Against a server on this machine alone; the clock is a list of pauses, so that nothing here waits."""

import contextlib
import gzip
import socket
import threading
import zlib
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.checklist import link_checker
from content.models import Link
from tests.content.factories import make_help_line, make_notice, make_published, make_source, make_user

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self):
        self.time, self.pauses = 0.0, []

    def wait(self, seconds):
        if seconds > 0:
            self.pauses.append(seconds)
            self.time += seconds

    def now(self):
        return self.time


@pytest.fixture(scope="module")
def server():
    """Answers as the test says: `answers[path]` is (status, headers, body), or a list of them for one try each."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            asked[self.path].append(self.command)
            sent.append(dict(self.headers))
            if self.path in raw:
                self.wfile.write(raw[self.path])
                self.close_connection = True
                return
            response = answers.get(self.path, (404, {}, ""))
            status, headers, body = (
                (response.pop(0) if len(response) > 1 else response[0]) if isinstance(response, list) else response
            )
            if callable(status):
                status = status(self.command)
            if callable(headers):
                headers = headers(self.headers)
                status = 302 if "Location" in headers else status
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body if isinstance(body, bytes) else body.encode())

        do_GET = do_HEAD = answer

        def log_message(self, *args):
            pass

    answers, asked, sent, raw = {}, defaultdict(list), [], {}
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.answers, running.asked, running.sent, running.raw = answers, asked, sent, raw
    running.url = f"http://127.0.0.1:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture(autouse=True)
def _fresh(server):
    server.answers.clear()
    server.asked.clear()
    server.sent.clear()
    server.raw.clear()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def asker(clock):
    return link_checker.Asker(may_reach=lambda machine: True, wait=clock.wait, now=clock.now)


def page(title="A page", body=""):
    return 200, {}, f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def look(asker, server, path, answer, **options):
    server.answers[path.split("#")[0]] = answer
    return asker.check(server.url + path, **options)


# What is found


@pytest.mark.parametrize(
    ("path", "answer", "state"),
    [
        ("/fine", page(), "fine"),
        ("/file.pdf", (200, {"Content-Type": "application/pdf"}, ""), "fine"),
        ("/gone", (410, {}, ""), "gone"),
        ("/missing", (404, {}, ""), "gone"),
        ("/closed", (403, {}, ""), "closed"),
        ("/broken", (500, {}, ""), "silent"),
        ("/soft", page("Page not found"), "changed"),
        ("/soft-es", page("Página no encontrada"), "changed"),
        ("/soft-404", page("404 | Example"), "changed"),
        ("/place#here", page(body='<p id="here">x</p>'), "fine"),
        ("/old-place#here", page(body="<p><a name=here >x</a></p>"), "fine"),
        ("/place#there", page(body='<p id="here">x</p>'), "place"),
        ("/circle", (302, {"Location": "/circle"}, ""), "silent"),
        ("/start", (302, {"Location": "/"}, ""), "changed"),
    ],
)
def test_what_a_reader_would_find_is_told(asker, server, path, answer, state):
    server.answers["/"] = page()
    assert look(asker, server, path, answer).state == state


@pytest.mark.parametrize(("status", "state"), [(301, "moved"), (308, "moved"), (302, "fine"), (307, "fine")])
def test_a_page_that_moved_for_good_is_told_with_its_new_address(asker, server, status, state):
    server.answers["/new"] = page()
    result = look(asker, server, "/old", (status, {"Location": "/new"}, ""))
    assert result.state == state
    assert result.leads_to == (f"{server.url}/new" if state == "moved" else "")


def test_a_slash_more_is_no_move(asker, server):
    server.answers["/a/"] = page()
    assert look(asker, server, "/a", (301, {"Location": "/a/"}, "")).state == "fine"


def test_a_number_that_its_own_page_no_longer_shows_is_told(asker, server):
    response = page(body="<p>Call <b>1 (800) 662</b>-4357 today</p>")
    assert look(asker, server, "/line", response, numbers={"1-800-662-4357"}).state == "fine"
    assert look(asker, server, "/line", response, numbers={"1-800-662-9999"}).state == "number"


def test_a_host_that_nobody_knows_is_told(asker, monkeypatch):
    def unknown(*arguments, **options):
        raise socket.gaierror

    monkeypatch.setattr(link_checker.socket, "getaddrinfo", unknown)
    result = asker.check("https://no-such-host.invalid/")
    assert (result.state, result.told) == ("silent", "no such host")


@pytest.mark.parametrize("address", ["ftp://example.org/", "https://", "http://[::1/", "http://127.0.0.1:99999/"])
def test_what_cannot_be_asked_is_told_and_raises_nothing(asker, address):
    assert asker.check(address).state == "silent"


def test_a_machine_of_a_private_network_is_never_asked(server):
    result = link_checker.Asker(wait=lambda seconds: None).check(f"{server.url}/fine")
    assert (result.state, result.told) == ("silent", "lies in a private network")
    assert not server.asked
    public = [machine for machine in ("8.8.8.8", "2606:4700::1111") if link_checker.is_public(machine)]
    private = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "fe80::1%eth0", "0.0.0.0"]
    private += ["224.0.0.1", "255.255.255.255", "100.64.0.1", "198.18.0.1", "240.0.0.1", "ff02::1", "fec0::1", "::"]
    private += ["64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:1::1", "::127.0.0.1"]
    private += ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1"]
    assert len(public) == 2, "control"
    assert not [machine for machine in private if link_checker.is_public(machine)]


def test_a_redirect_into_a_private_network_is_not_followed(server, clock):
    asker = link_checker.Asker(may_reach=lambda machine: machine != "::1", wait=clock.wait, now=clock.now)
    result = look(asker, server, "/trap", (302, {"Location": "http://[::1]/secret"}, ""))
    assert (result.state, result.told) == ("silent", "lies in a private network")


# What a browser forgives


def test_a_page_that_sets_a_cookie_first_is_reached(asker, server):
    def headers(sent):
        return {} if "seen=1" in sent.get("Cookie", "") else {"Location": "/wall", "Set-Cookie": "seen=1; Path=/"}

    assert look(asker, server, "/wall", (200, headers, page()[2])).state == "fine"
    assert "Cookie" not in server.sent[0]
    server.sent.clear()
    look(asker, server, "/other", page())
    assert "Cookie" not in server.sent[0], "no cookie outlives its link"


@pytest.mark.parametrize(("steps", "state"), [(1, "fine"), (6, "fine"), (20, "fine"), (21, "silent")])
def test_as_many_redirects_as_browsers_follow_are_followed(asker, server, steps, state):
    for step in range(steps):
        server.answers[f"/step-{step}"] = (302, {"Location": f"/step-{step + 1}"}, "")
    server.answers[f"/step-{steps}"] = page()
    assert asker.check(f"{server.url}/step-0").state == state


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/wiki/Alcohólicos_Anónimos", "/wiki/Alcoh%C3%B3licos_An%C3%B3nimos"),
        ("/wiki/Alcoh%C3%B3licos?q=a b&c=ñ", "/wiki/Alcoh%C3%B3licos?q=a%20b&c=%C3%B1"),
        (" /with blanks ", "/with%20blanks"),
        ("\\back\\slashes", "/back/slashes"),
        ("/100%", "/100%"),
        ("?only=query", "/sloppy?only=query"),
        ("relative", "/relative"),
        ("/a#b", "/a"),
    ],
)
def test_a_sloppy_redirect_is_followed_as_browsers_do(asker, server, location, path):
    body = page(body="<p id=b>x</p>")[2]
    server.raw["/sloppy"] = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    server.answers[path] = (200, {}, body)
    assert asker.check(f"{server.url}/sloppy").state == "fine"
    assert path in server.asked


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/adicción", "/adicci%C3%B3n"),
        ("/a?q=adicción&r=😀", "/a?q=adicci%C3%B3n&r=%F0%9F%98%80"),
        ("/already%C3%B3/%2F?q=%F3", "/already%C3%B3/%2F?q=%F3"),
        ("/a b", "/a%20b"),
        ("/a|b{c}^d", "/a|b{c}^d"),
        ('/a"<b>', "/a%22%3Cb%3E"),
        ("/a;b=c,d@e!$&'()*+:~", "/a;b=c,d@e!$&'()*+:~"),
    ],
)
def test_an_address_is_sent_as_browsers_send_it(asker, server, address, path):
    server.answers[path] = page()
    assert asker.check(server.url + address).state == "fine"


@pytest.mark.parametrize(
    ("fragment", "body", "state"),
    [
        (":~:text=Alcohol%20use", "", "fine"),
        ("here:~:text=Alcohol", "<p id=here>", "fine"),
        ("there:~:text=Alcohol", "<p id=here>", "place"),
        ("efectos-adicci%C3%B3n", '<h2 id="efectos-adicción">', "fine"),
        ("efectos-adicción", '<h2 id="efectos-adicción">', "fine"),
        ("a%20b", "<a name='a b'>", "fine"),
        ("a&b", '<p id="a&amp;b">', "fine"),
        ("caf%C3%A9", '<p id="caf%C3%A9">', "fine"),
        ("here", '<P ID = "here">', "fine"),
        ("/route/x", "", "fine"),
        ("!/route/x", "", "fine"),
        ("", "", "fine"),
        ("top", "", "fine"),
        ("TOP", "", "fine"),
        ("here", '<p id="here-and-there">', "place"),
        ("HERE", '<p id="here">', "place"),
    ],
)
def test_a_place_is_sought_as_browsers_seek_it(asker, server, fragment, body, state):
    assert look(asker, server, f"/page#{fragment}", page(body=body)).state == state


def test_a_place_outlives_a_redirect_that_names_none(asker, server):
    server.answers["/new"] = page(body="<p id=here>x</p>")
    assert look(asker, server, "/old#here", (302, {"Location": "/new"}, "")).state == "fine"
    assert look(asker, server, "/old#there", (302, {"Location": "/new"}, "")).state == "place"
    assert look(asker, server, "/old#there", (302, {"Location": "/new#here"}, "")).state == "fine"


@pytest.mark.parametrize(
    ("title", "state"),
    [
        ("Results: drug not found in urine", "fine"),
        ("What to do when a dealer cannot be found", "fine"),
        ("Call 404-555-0142 for help", "fine"),
        ("Why naloxone is not available everywhere", "fine"),
        ("File a missing person's report", "fine"),
        ("Help that no longer exists in 404 counties", "fine"),
        ("404", "changed"),
        ("Error 404", "changed"),
        ("404 Not Found", "changed"),
        ("404 – Example", "changed"),
        ("HTTP 404", "changed"),
        ("Oops! That page can’t be found.", "changed"),
        ("We couldn't find that page", "changed"),
        ("The page you requested does not exist", "changed"),
        ("This page is no longer available", "changed"),
        ("Page unavailable | Example", "changed"),
        ("Esta página no existe", "changed"),
        ("No encontramos la página", "changed"),
        ("La página que busca no se encuentra", "changed"),
    ],
)
def test_a_title_says_that_the_page_is_gone_and_not_something_else(asker, server, title, state):
    assert look(asker, server, "/page", page(title)).state == state


def head_is_bad(command):
    return 500 if command == "HEAD" else 200


@pytest.mark.parametrize(
    ("headers", "body", "state"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress(page(body="<p id=here>")[2].encode(), mtime=0), "fine"),
        ({"Content-Encoding": "deflate"}, zlib.compress(page(body="<p id=other>")[2].encode()), "place"),
        ({"Content-Encoding": "gzip"}, b"no such thing", "fine"),
        ({"Content-Encoding": "br"}, b"\x0b\x02", "fine"),
        ({"Content-Length": "99999"}, b"<title>A page</title>", "fine"),
        ({"Transfer-Encoding": "chunked"}, b"5\r\n<p id\r\nnonsense", "fine"),
    ],
)
def test_what_cannot_be_read_whole_is_not_called_broken(asker, server, headers, body, state):
    assert look(asker, server, "/page#here", (head_is_bad, headers, body)).state == state


def test_a_host_whose_first_machine_is_away_is_asked_at_the_next(asker, server, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = nobody.getsockname()[1]
    real, tried = socket.create_connection, []

    def connect(address, **options):
        tried.append(address)
        return real(("127.0.0.1", away) if len(tried) == 1 else address, **options)

    monkeypatch.setattr(link_checker.socket, "create_connection", connect)
    monkeypatch.setattr(asker, "resolve", lambda host, port: ["127.0.0.1", "127.0.0.1"])
    assert look(asker, server, "/page", page()).state == "fine"
    assert len(tried) == 2


# Servers that mean no good


@pytest.mark.parametrize(
    "hostile",
    [
        "<title>" * 2_000_000,
        "<title" * 2_000_000,
        "<h1>" + "<" * 2_000_000,
        "<" * 2_000_000,
        "id=" * 2_000_000,
        "id='" * 2_000_000,
        'id="x' * 2_000_000,
        "id" + " " * 2_000_000,
        "<title>" + "page " * 2_000_000,
        "&" * 2_000_000,
    ],
)
def test_no_page_is_read_over_and_over(hostile):
    """Not timed: what looks from each tag to the end of such a page takes hours, and the run ends no more."""
    address = "https://example.org/a#x"
    answer = link_checker.Answer(200, body=hostile[: link_checker.MAX_BYTES])
    assert link_checker.judge(address, answer, address, moved=False, numbers={"1-800-662-4357"}).state == "place"


PAGE_BEGINS = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", PAGE_BEGINS])
def test_a_server_that_drips_is_hung_up_on(clock, start):
    """Without the limit it would go on until the test has been given up."""
    over = threading.Event()

    def drip():
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(start)
            while not over.wait(0.05):
                line.sendall(b"x")
            return
        over.set()

    asker = link_checker.Asker(longest=0.5, may_reach=lambda machine: True, wait=clock.wait, now=clock.now)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip)
        thread.start()
        result = asker.check(f"http://127.0.0.1:{listening.getsockname()[1]}/page#here")
        assert (result.state, result.told) == (
            ("fine", "answered 200") if start == PAGE_BEGINS else ("silent", "took too long")
        )
        over.wait(5)
        over.set()
        thread.join()


# How it asks


def test_everything_is_asked_once_and_with_get(asker, server):
    """HEAD is answered wrongly by too many: cut off, sent to a page of errors, or not at all."""
    look(asker, server, "/file.pdf", (200, {"Content-Type": "application/pdf"}, ""))
    look(asker, server, "/page", page())
    assert (server.asked["/file.pdf"], server.asked["/page"]) == (["GET"], ["GET"])


def test_one_host_is_given_its_pause_and_another_is_not_kept_waiting(asker, server, clock):
    look(asker, server, "/one", page())
    assert clock.pauses == []
    look(asker, server, "/two", page())
    assert clock.pauses == [2.0]
    asker.check(server.url.replace("127.0.0.1", "localhost") + "/one")
    assert clock.pauses == [2.0]


def test_who_says_later_is_asked_later_and_not_for_ever(asker, server, clock):
    result = look(asker, server, "/busy", [(503, {"Retry-After": "7"}, ""), (503, {"Retry-After": "7"}, ""), page()])
    assert result.state == "fine"
    assert 7.0 in clock.pauses
    assert look(asker, server, "/always", (429, {}, "")).state == "closed"
    assert server.asked["/always"] == ["GET", "GET", "GET"]
    clock.pauses.clear()
    look(asker, server, "/next-week", (503, {"Retry-After": "604800"}, ""))
    assert max(clock.pauses) <= 2.0


def test_a_page_without_end_is_not_read_to_its_end(asker, server, monkeypatch):
    monkeypatch.setattr(link_checker, "MAX_BYTES", 100)
    assert look(asker, server, "/long", page(body="x" * 10_000 + '<p id="far">')).state == "fine"
    assert look(asker, server, "/long#far", page(body="x" * 10_000 + '<p id="far">')).state == "fine"
    line = page(body="x" * 10_000)
    assert look(asker, server, "/long", line, numbers={"1-800-662-4357"}).state == "fine"


# Which links, and how a run goes on


def test_every_link_that_visitors_can_meet_is_followed_and_no_other():
    make_source(url="https://example.org/source")
    make_source(key="paper", url="", doi="10.1136/bmj.j1550")
    make_help_line(url="https://example.org/line")
    make_notice(text='<p><a href="https://example.org/notice?a=1&amp;b=2">x</a></p>')
    make_published(
        text='<p><a href="https://example.org/live">x</a> <a href="tel:988">y</a> <a href="/contact/">z</a></p>'
    )
    link_checker.record_links()
    assert set(Link.objects.values_list("address", flat=True)) == {
        "https://example.org/source",
        "https://doi.org/10.1136/bmj.j1550",
        "https://example.org/line",
        "https://example.org/notice?a=1&b=2",
        "https://example.org/live",
    }
    assert link_checker.in_use()["https://example.org/line"] == {"1-800-662-4357"}
    assert [str(row) for row in link_checker.holders("https://doi.org/10.1136/bmj.j1550")] == ["paper: A test source"]
    assert len(link_checker.holders("https://example.org/notice?a=1&b=2")) == 1


def test_a_link_that_nobody_has_any_more_leaves_the_report():
    source = make_source(url="https://example.org/old")
    link_checker.record_links()
    source.url = "https://example.org/new"
    source.save()
    link_checker.record_links()
    assert Link.objects.get().address == "https://example.org/new"


def test_hosts_take_turns():
    for address in ("https://a.org/1", "https://a.org/2", "https://a.org/3", "https://b.org/1"):
        Link.objects.create(address=address)
    assert [link.address for link in link_checker.due_links(days=7)] == [
        "https://a.org/1",
        "https://b.org/1",
        "https://a.org/2",
        "https://a.org/3",
    ]


@pytest.fixture
def command(monkeypatch, clock):
    def run(**options):
        monkeypatch.setattr(link_checker, "is_public", lambda machine: True)
        out = StringIO()
        call_command("check_links", pause=0, stdout=out, **options)
        return out.getvalue()

    return run


def test_a_run_shows_its_progress_and_the_next_goes_on_where_it_stopped(server, command):
    for number in range(3):
        make_source(key=f"s-{number}", url=f"{server.url}/{number}")
        server.answers[f"/{number}"] = page()
    told = command(limit=2)
    assert "2 of 3 links to check." in told
    assert f"1 of 2 {server.url}/0: fine" in told
    assert "Checked: 2. Left for the next run: 1." in told
    server.asked.clear()
    assert "1 of 3 links to check." in command()
    assert list(server.asked) == ["/2"]
    assert "0 of 3 links to check." in command()


def test_a_run_that_is_broken_off_keeps_what_it_found(server, command, monkeypatch):
    for number in range(3):
        make_source(key=f"s-{number}", url=f"{server.url}/{number}")
        server.answers[f"/{number}"] = page()
    answered = []
    real = link_checker.Asker.check

    def look_once(self, address, **options):
        if answered:
            raise KeyboardInterrupt
        answered.append(address)
        return real(self, address, **options)

    monkeypatch.setattr(link_checker.Asker, "check", look_once)
    assert "Stopped.\nChecked: 1. Left for the next run: 2." in command()
    assert Link.objects.exclude(checked_at=None).count() == 1


ODD = {
    "/unknown-letters": ((200, {"Content-Type": "text/html; charset=utf8mb4"}, page()[2]), "fine"),
    "/no-letters": ((200, {"Content-Type": "text/html; charset=none"}, page()[2]), "fine"),
    "/two-letters": ((200, {"Content-Type": "text/html; charset=utf-8,text/html"}, page()[2]), "fine"),
    "/bytes": ((200, {"Content-Type": "text/html; charset=hex"}, page("Not found")[2]), "changed"),
    "/half-letters": ((200, {"Content-Type": "text/html; charset=utf-7"}, page("Not found +2AA-")[2]), "changed"),
    "/names": ((200, {"Content-Type": "text/html; charset=idna"}, page("Not found é" + "x" * 99)[2]), "changed"),
    "/nul": (page("Not found \0"), "changed"),
    "/nowhere": ((302, {"Location": "http://[bad"}, ""), "silent"),
}


def test_no_odd_server_ends_the_run(server, command):
    """What an answer says is stored at once, and the run goes on with the next link."""
    for number, (path, (answer, _state)) in enumerate(ODD.items()):
        make_source(key=f"s-{number}", url=server.url + path)
        server.answers[path] = answer
    assert f"Checked: {len(ODD)}. Left for the next run: 0." in command()
    result = {link.address.removeprefix(server.url): link.state for link in Link.objects.all()}
    assert result == {path: state for path, (_answer, state) in ODD.items()}


def test_a_link_remembers_since_when_it_fails(server, command, time_machine):
    make_source(url=f"{server.url}/gone")
    time_machine.move_to("2026-11-24T12:00:00Z")
    command()
    first = Link.objects.get().failing_since
    time_machine.move_to("2026-12-08T12:00:00Z")
    command()
    assert Link.objects.get().failing_since == first
    server.answers["/gone"] = page()
    time_machine.move_to("2026-12-22T12:00:00Z")
    command()
    assert Link.objects.get().failing_since is None


# The report


def test_the_report_says_what_was_found_and_where_the_link_stands(client):
    client.force_login(make_user("writer"))
    source = make_source(url="https://example.org/x")
    article = make_published(text='<p><a href="https://example.org/x">x</a></p>')
    link = Link.objects.create(
        address="https://example.org/x", state="gone", told="answered 404", checked_at=timezone.now()
    )
    page = client.get(reverse("admin:content_link_change", args=[link.pk])).content.decode()
    assert "answered 404" in page
    assert f"/admin/content/article/{article.pk}/change/#content_section_set-0" in page
    assert reverse("admin:content_source_change", args=[source.pk]) in page


def test_a_closed_site_that_was_opened_by_hand_is_no_task_for_half_a_year(client, time_machine):
    time_machine.move_to("2026-11-24T20:00:00Z")
    client.force_login(make_user("writer"))
    link = Link.objects.create(address="https://example.org/x", state="closed", checked_at=timezone.now())
    data = {"action": "opened_by_hand", "_selected_action": [link.pk]}
    assert list(Link.objects.doubtful()) == [link]
    for sentence in ("Marked: 1. Already marked today: 0.", "Marked: 0. Already marked today: 1."):
        assert sentence in client.post(reverse("admin:content_link_changelist"), data, follow=True).content.decode()
    assert not Link.objects.doubtful()
    time_machine.move_to("2027-06-01T20:00:00Z")
    assert list(Link.objects.doubtful()) == [link]
