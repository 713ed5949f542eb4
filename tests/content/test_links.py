"""Against a server on this machine alone; the clock is a list of pauses, so that nothing here waits."""

import socket
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content import links
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
            found = answers.get(self.path, (404, {}, ""))
            status, headers, body = (found.pop(0) if len(found) > 1 else found[0]) if isinstance(found, list) else found
            if callable(status):
                status = status(self.command)
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body.encode())

        do_GET = do_HEAD = answer

        def log_message(self, *args):
            pass

    answers, asked = {}, defaultdict(list)
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.answers, running.asked = answers, asked
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


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def asker(clock):
    return links.Asker(may_reach=lambda machine: True, wait=clock.wait, now=clock.now)


def page(title="A page", body=""):
    return 200, {}, f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def look(asker, server, path, answer, **options):
    server.answers[path.split("#")[0]] = answer
    return asker.look(server.url + path, **options)


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
    found = look(asker, server, "/old", (status, {"Location": "/new"}, ""))
    assert found.state == state
    assert found.leads_to == (f"{server.url}/new" if state == "moved" else "")


def test_a_slash_more_is_no_move(asker, server):
    server.answers["/a/"] = page()
    assert look(asker, server, "/a", (301, {"Location": "/a/"}, "")).state == "fine"


def test_a_number_that_its_own_page_no_longer_shows_is_told(asker, server):
    shown = page(body="<p>Call <b>1 (800) 662</b>-4357 today</p>")
    assert look(asker, server, "/line", shown, numbers={"1-800-662-4357"}).state == "fine"
    assert look(asker, server, "/line", shown, numbers={"1-800-662-9999"}).state == "number"


def test_a_host_that_nobody_knows_is_told(asker, monkeypatch):
    def unknown(*arguments, **options):
        raise socket.gaierror

    monkeypatch.setattr(links.socket, "getaddrinfo", unknown)
    found = asker.look("https://no-such-host.invalid/")
    assert (found.state, found.told) == ("silent", "no such host")


@pytest.mark.parametrize("address", ["ftp://example.org/", "https://", "http://[::1/", "http://127.0.0.1:99999/"])
def test_what_cannot_be_asked_is_told_and_raises_nothing(asker, address):
    assert asker.look(address).state == "silent"


def test_a_machine_of_a_private_network_is_never_asked(server):
    found = links.Asker(wait=lambda seconds: None).look(f"{server.url}/fine")
    assert (found.state, found.told) == ("silent", "lies in a private network")
    assert not server.asked
    public = [machine for machine in ("8.8.8.8", "2606:4700::1111") if links.is_public(machine)]
    private = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "fe80::1%eth0", "0.0.0.0"]
    assert len(public) == 2, "control"
    assert not [machine for machine in private if links.is_public(machine)]


def test_a_redirect_into_a_private_network_is_not_followed(server, clock):
    asker = links.Asker(may_reach=lambda machine: machine != "::1", wait=clock.wait, now=clock.now)
    found = look(asker, server, "/trap", (302, {"Location": "http://[::1]/secret"}, ""))
    assert (found.state, found.told) == ("silent", "lies in a private network")


# How it asks


def test_a_file_is_asked_with_head_alone_and_a_page_is_read(asker, server):
    look(asker, server, "/file.pdf", (200, {"Content-Type": "application/pdf"}, ""))
    look(asker, server, "/page", page())
    assert (server.asked["/file.pdf"], server.asked["/page"]) == (["HEAD"], ["HEAD", "GET"])


def test_who_does_not_answer_head_is_asked_with_get(asker, server):
    answer = (lambda command: 405 if command == "HEAD" else 200, {}, "<title>A page</title>")
    assert look(asker, server, "/no-head", answer).state == "fine"


def test_one_host_is_given_its_pause_and_another_is_not_kept_waiting(asker, server, clock):
    look(asker, server, "/one", page())
    assert clock.pauses == [2.0], "between HEAD and GET"
    look(asker, server, "/two", page())
    assert clock.pauses == [2.0] * 3
    asker.look(server.url.replace("127.0.0.1", "localhost") + "/one")
    assert clock.pauses == [2.0] * 4, "only between its own HEAD and GET"


def test_who_says_later_is_asked_later_and_not_for_ever(asker, server, clock):
    found = look(asker, server, "/busy", [(503, {"Retry-After": "7"}, ""), (503, {"Retry-After": "7"}, ""), page()])
    assert found.state == "fine"
    assert 7.0 in clock.pauses
    assert look(asker, server, "/always", (429, {}, "")).state == "closed"
    assert server.asked["/always"] == ["HEAD", "GET", "GET", "GET"]
    clock.pauses.clear()
    look(asker, server, "/next-week", (503, {"Retry-After": "604800"}, ""))
    assert max(clock.pauses) <= 2.0


def test_a_page_without_end_is_not_read_to_its_end(asker, server, monkeypatch):
    monkeypatch.setattr(links, "MAX_BYTES", 100)
    assert look(asker, server, "/long", page(body="x" * 10_000 + '<p id="far">')).state == "fine"
    assert look(asker, server, "/long#far", page(body="x" * 10_000 + '<p id="far">')).state == "place"


# Which links, and how a run goes on


def test_every_link_that_visitors_can_meet_is_followed_and_no_other():
    make_source(url="https://example.org/source")
    make_source(key="paper", url="", doi="10.1136/bmj.j1550")
    make_help_line(url="https://example.org/line")
    make_notice(text='<p><a href="https://example.org/notice?a=1&amp;b=2">x</a></p>')
    make_published(
        text='<p><a href="https://example.org/live">x</a> <a href="tel:988">y</a> <a href="/contact/">z</a></p>'
    )
    links.note_links()
    assert set(Link.objects.values_list("address", flat=True)) == {
        "https://example.org/source",
        "https://doi.org/10.1136/bmj.j1550",
        "https://example.org/line",
        "https://example.org/notice?a=1&b=2",
        "https://example.org/live",
    }
    assert links.in_use()["https://example.org/line"].numbers == {"1-800-662-4357"}
    assert [str(row) for row in links.holders("https://doi.org/10.1136/bmj.j1550")] == ["paper: A test source"]
    assert len(links.holders("https://example.org/notice?a=1&b=2")) == 1


def test_a_link_that_nobody_has_any_more_leaves_the_report():
    source = make_source(url="https://example.org/old")
    links.note_links()
    source.url = "https://example.org/new"
    source.save()
    links.note_links()
    assert Link.objects.get().address == "https://example.org/new"


def test_hosts_take_turns():
    for address in ("https://a.org/1", "https://a.org/2", "https://a.org/3", "https://b.org/1"):
        Link.objects.create(address=address)
    assert [link.address for link in links.due(days=7)] == [
        "https://a.org/1",
        "https://b.org/1",
        "https://a.org/2",
        "https://a.org/3",
    ]


@pytest.fixture
def command(monkeypatch, clock):
    def run(**options):
        monkeypatch.setattr(links, "is_public", lambda machine: True)
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
    real = links.Asker.look

    def look_once(self, address, **options):
        if answered:
            raise KeyboardInterrupt
        answered.append(address)
        return real(self, address, **options)

    monkeypatch.setattr(links.Asker, "look", look_once)
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
    found = {link.address.removeprefix(server.url): link.state for link in Link.objects.all()}
    assert found == {path: state for path, (_answer, state) in ODD.items()}


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
