"""Twelve people write, are answered and come back; then every byte that the site wrote is searched for what was typed.

Real processes, real mail, and one of everything that can go wrong on the way. The twelve are the short form of the
promise; TEST_FORM=full takes 500.
"""

import contextlib
import itertools
import json
import re
import smtplib
import socket
import time
import urllib.parse
from email.message import Message

import pytest

from admissions.alerts import outbox
from admissions.models import Alert
from tests.admissions.factories import times
from tests.canary.corpus import Person, people
from tests.canary.house import Browser, House, open_house
from tests.canary.needles import Needles, packed_like_a_session

CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}\b")
# Where the text must be: the page of whoever wrote it, and the team's.
MAY_SHOW_IT = re.compile(
    r"/contact/|/request-a-call/|/return/|/admin/admissions/inquiry/(search/|[0-9a-f-]{36}/change/)"
)
QUEUE = "/admin/admissions/inquiry/"


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path / "house") as house:
        yield house


def form_of(person: Person, page) -> dict[str, str]:
    return {
        "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken"),
        "form_token": page.hidden("form_token"),
        "name": person.name,
        "reach_by": "phone",
        "phone": person.phone,
        "email": person.email,
        "message": person.message,
        "voicemail_ok": "yes",
        "voicemail_words": person.asides[0],
        "who_may_answer": person.asides[1],
        "never_mention": person.asides[2],
        "consent": "on",
    }


def visit(browser: Browser, person: Person, path: str) -> str:
    """Write, after some attempts that fail. Returns the return code."""
    page = browser.get(path)
    filled = form_of(person, page)
    for broken in (
        {"consent": ""},
        {"phone": f"{person.phone} or {person.email}"},
        {"message": f"{person.message}\0"},
        {"message": person.message * 80},
        {"form_token": person.markers[0]},
        {"csrfmiddlewaretoken": person.markers[1]},
        {"reach_by": person.name, "call_window": person.name, "time_zone": person.name, "language": person.markers[2]},
    ):
        page = browser.post(path, filled | broken)
        assert page.status in {200, 403}
        filled["csrfmiddlewaretoken"] = page.hidden("csrfmiddlewaretoken")  # a failed check makes a new one
    page = browser.post(path, filled)
    again = browser.post(path, filled)
    changed = browser.post(path, filled | {"never_mention": f"{person.asides[2]}!"})
    assert (page.status, again.status, changed.status) == (200, 200, 409)
    found = CODE.search(page.text)
    assert found, "the code is shown"
    assert found[0] in again.text
    return found[0]


def try_hostile_requests(browser: Browser, person: Person) -> None:
    """What no form of ours sends, full of what was typed."""
    typed = urllib.parse.urlencode(form_of(person, browser.get("/contact/"))).encode()
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    everything = json.dumps(person.typed).encode()
    assert browser.send("POST", "/contact/", everything, {"Content-Type": "application/json"}).status == 403
    assert browser.send("POST", "/contact/", typed + b"&x=" + b"y" * 3_000_000, plain).status in {400, 413}
    assert browser.send("POST", "/contact/", typed + b"&a=b" * 3000, plain).status in {400, 413}
    assert browser.send("POST", "/return/", typed, plain | {"Content-Type": "multipart/form-data"}).status in {400, 403}
    assert browser.send("DELETE", "/contact/", typed, plain).status in {403, 405}
    assert browser.send("POST", "/nowhere/", typed, plain).status in {403, 404}
    assert browser.send("POST", "/contact/", typed, plain | {"Host": "elsewhere.example"}).status == 400
    marker = person.markers[0].encode()
    for raw in (
        b"POST /contact/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many " + marker + b"\r\n\r\n",
        b"POST /contact/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + marker + b" \r\n\r\n",
        b"POST /contact/ HTTP/9." + marker + b"\r\n\r\n",
        b"POST /contact/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999\r\n\r\nmessage=" + marker,
    ):
        with socket.create_connection(("127.0.0.1", browser.house.port), timeout=10) as wire:
            wire.sendall(raw)
            wire.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while wire.recv(65536):
                    pass


def break_the_house(browser: Browser, staff: Browser, person: Person, thread: str) -> None:
    """The database fails under what was typed: at the form, at the return page, and at the desk, which then crashes."""
    filled = form_of(person, browser.get("/contact/"))
    run = browser.house.database.run
    run("ALTER TABLE admissions_message RENAME TO admissions_gone")
    try:
        assert browser.post("/contact/", filled).status == 503
        page = browser.get("/return/")
        asked = {"code": person.markers[0], "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")}
        assert browser.post("/return/", asked).status == 503
        assert staff.get(thread).status in {500, 503}
        answer = {"do": "reply", "reply-text": person.message}
        assert press(staff, thread, answer).status == 500
        assert search(staff, person.name).status == 500
    finally:
        run("ALTER TABLE admissions_gone RENAME TO admissions_message")


def press(staff: Browser, thread: str, what: dict[str, str]):
    return staff.post(thread, what | {"csrfmiddlewaretoken": staff.cookies["csrftoken"]})


def search(staff: Browser, needle: str):
    typed = {"needle": needle, "finished": "on", "csrfmiddlewaretoken": staff.cookies["csrftoken"]}
    return staff.post(f"{QUEUE}search/", typed)


def every_thread(staff: Browser, count: int) -> list[str]:
    """Of all pages of the lists."""
    found: dict[str, None] = {}
    for tab, number in itertools.product(("queue", "junk"), range(1, count + 1)):
        listed = staff.get(f"{QUEUE}?status={tab}&p={number}").text
        found |= dict.fromkeys(re.findall(rf'href="({QUEUE}[0-9a-f-]{{36}}/change/)"', listed))
        if len(found) == count:
            return list(found)
    raise AssertionError(f"the list shows {len(found)} of {count}")


def answer_everybody(staff: Browser, wrote: list[Person]) -> list[str]:
    """Open each thread, find it by what was typed, reply, note, finish. Returns the threads in the order of `wrote`."""
    threads, threads_of = every_thread(staff, len(wrote)), {}
    for address in threads:
        page = staff.get(address)
        person = next(person for person in wrote if person.markers[0] in page.text)
        threads_of[person] = address
        assert all(marker in page.text for marker in person.markers[:3]), "the desk reads what was typed"
        press(staff, address, {"do": "reply", "reply-text": person.reply})
        assert person.markers[4] in press(staff, address, {"do": "note", "note-text": person.note}).text
        assert press(staff, address, {"do": "reply", "reply-text": person.reply * 900}).status == 200
        press(staff, address, {"do": f"take {person.markers[0]}"})
        press(staff, address, {"do": "junk", "junk-reason": person.note})
    for person in wrote:
        for needle in (person.markers[1], person.phone, person.name):
            assert threads_of[person] in search(staff, needle).text
    for address in threads:
        press(staff, address, {"do": "close", "close-closed_as": "answered"})
    return [threads_of[person] for person in wrote]


def come_back(browser: Browser, person: Person, code: str) -> None:
    page = browser.get("/return/")
    key = {"csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")}
    for wrong in (person.name, person.markers[0], code[:-1]):
        assert person.markers[0] not in browser.post("/return/", key | {"code": wrong}).text
    opened = browser.post("/return/", key | {"code": code.lower()})
    assert person.markers[0] in opened.text and person.markers[3] in opened.text
    assert person.markers[4] not in opened.text, "a note is the team's own"
    change_everything(browser, person, opened)


def change_everything(browser: Browser, person: Person, thread) -> None:
    """A line, other preferences, no consent: each once as it should be and once as it fails. Half destroy it."""

    def press_on(page, path: str, **typed: str):
        hidden = {name: page.hidden(name) for name in ("csrfmiddlewaretoken", "form_token")}
        return browser.post(path, hidden | typed)

    preferences = {"reach_by": "text", "phone": person.phone, "texts_ok": "on", "voicemail_words": person.asides[3]}
    assert press_on(thread, "/return/add/", message=person.line * 200).status == 200
    assert person.markers[5] in press_on(thread, "/return/add/", message=person.line).text
    changing = browser.get("/return/change/")
    assert press_on(changing, "/return/change/", **preferences, email=person.markers[2]).status == 200
    assert press_on(changing, "/return/change/", **preferences, never_mention=person.asides[2]).status == 200
    assert press_on(browser.get("/return/consent/"), "/return/consent/", message=person.line).status == 200
    browser.post("/return/add/", {"csrfmiddlewaretoken": person.markers[5], "message": person.line, "then": "line"})
    page = browser.get("/return/destroy/")
    assert page.status == 200, "control: it was still open"
    if destroys_it(person):
        gone = browser.post("/return/destroy/", {"csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")})
        assert gone.status == 200 and person.markers[0] not in gone.text and person.markers[5] not in gone.text
    browser.post("/return/finish/", {"csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")})


def destroys_it(person: Person) -> bool:
    return int(person.phone[-2:]) % 2 == 1


def places_of(house: House, browsers: list[Browser]) -> dict[str, bytes]:
    """Everything that was written, by where it lies."""
    places = {f"database, {name}": data for name, data in house.database.places().items()}
    for file in house.folder.rglob("*"):
        if file.is_file() and "static" not in file.relative_to(house.folder).parts:
            places[f"file {file.relative_to(house.folder)}"] = file.read_bytes()
    logs = [file.read_text(errors="replace").splitlines() for file in house.folder.glob("*.log")]
    places["log lines, read as JSON"] = "\n".join(said(line) for lines in logs for line in lines).encode()
    places["mails"] = b"\n\n".join(house.mails.raw)
    for name in browsers[0].written_down():
        places[name] = b"\n".join(browser.written_down()[name] for browser in browsers)
    others = [body for browser in browsers for path, body in browser.pages if not MAY_SHOW_IT.match(path)]
    places["pages that must not show it"] = b"\n\n".join(others)
    return places


def kinds_of_mails(house: House) -> set[Alert.To]:
    """Raises `KeyError` for a subject that is not in the list of fixed ones."""
    kinds = {outbox.SUBJECTS[kind]: kind for kind in (Alert.To.TEAM, Alert.To.TRAY)}
    return {kinds[mail["Subject"]] for mail in house.mails.parsed}


def heads_of(mail: Message) -> dict[str, str]:
    """What must be the same in all mails of a kind: everything but what tells one mail from the next."""
    return {name: text for name, text in mail.items() if name not in {"Message-ID", "Date", "X-Peer"}}


def said(line: str) -> str:
    """What a line of a log says once its JSON is read."""
    try:
        return "\n".join(map(str, json.loads(line).values()))
    except (ValueError, AttributeError):
        return line


def plant(house: House, browser: Browser, control: Person) -> None:
    """Put the control where nothing may be, by the way that a fault would take."""
    marker, digits = control.markers[0], control.phone.replace("-", "")
    browser.get(f"/articles/{marker}/")  # gunicorn's log, an address, a referrer of the next page
    browser.get("/articles/")
    browser.heads.append(f"Set-Cookie: last={urllib.parse.quote(control.name)}")
    browser.pages.append(("/received/", f"<p>Thank you, {control.name}".encode()))
    with smtplib.SMTP("127.0.0.1", house.smtp_port) as mail:
        mail.sendmail("website@example.com", ["admissions@example.com"], f"Subject: {digits}\r\n\r\nSomething waits.")
    session = packed_like_a_session(json.dumps({"typed": control.message})).decode()
    house.database.run(f"INSERT INTO django_session VALUES ('control', '{session}', '2030-01-01')")  # noqa: S608 reason=base64
    cache = house.folder / "var" / "cache" / "control.djcache"
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(control.email.encode("utf-16-le"))
    with (house.folder / "worker.log").open("a") as log:
        log.write(f"refused: {control.name!a}\n")


def where_the_control_must_be(places: dict[str, bytes]) -> set[str]:
    """Every kind of place; of the files, those that were planted in."""
    planted = {"file gunicorn.log", "file worker.log", "file var/cache/control.djcache"}
    files_of_sqlite = {name for name in places if re.fullmatch(r"file var/database\.sqlite3(-wal)?", name)}
    assert files_of_sqlite or "database, files of the tables" in places or "database, dump" in places
    return planted | {name for name in places if not name.startswith("file ")}


def test_nothing_that_was_typed_is_in_anything_that_was_written(house):
    wrote, control = people(times(short=12, full=500) + 1)[:-1], people(times(short=12, full=500) + 1)[-1]
    visitors = [Browser(house) for _ in wrote]
    paths = ["/contact/", "/request-a-call/"] * len(wrote)
    codes = [visit(*each) for each in zip(visitors, wrote, paths, strict=False)]
    staff, writer = Browser(house), Browser(house)
    staff.sign_in("admissions")
    writer.sign_in("writer")
    threads = answer_everybody(staff, wrote)
    assert len(threads) == len(wrote) == len(set(codes)), "each of them is stored once"
    for browser, person, code in zip(visitors, wrote, codes, strict=True):
        come_back(browser, person, code)
    stranger = Browser(house)
    try_hostile_requests(stranger, wrote[0])
    still_there = next(thread for thread, person in zip(threads, wrote, strict=True) if not destroys_it(person))
    break_the_house(stranger, staff, wrote[1], still_there)
    for browser in (*visitors, staff, writer, stranger):
        for path in ("/admin/", "/received/", "/", "/articles/test-article/", QUEUE, "/nowhere/"):
            if browser is not stranger and path == "/received/":
                browser.cookies.pop("received", None)  # its ten minutes are over
            browser.get(path)
    deadline = time.monotonic() + 20
    while len(kinds_of_mails(house)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert kinds_of_mails(house) == {Alert.To.TEAM, Alert.To.TRAY}, "of many that wait one mail is sent"
    assert len({mail.get_payload() for mail in house.mails.parsed}) == 1, "all mails have one text"
    for mail in house.mails.parsed:
        first = next(other for other in house.mails.parsed if other["Subject"] == mail["Subject"])
        assert heads_of(mail) == heads_of(first), "each of its kind has the same headers"
        assert mail["To"] == "admissions@example.com" and not mail["Cc"] and not mail["Bcc"]
    assert house.files_open_for_writing() == set(), "nothing is written outside the folder"

    browsers = [*visitors, staff, writer, stranger]
    places = places_of(house, browsers)
    needles = Needles(wrote, codes)
    received = [body for browser in visitors for path, body in browser.pages if path == "/received/"]
    codes_only = Needles([], codes)
    assert any(codes_only.hits(body) for body in received), "control: the page after sending shows a code"
    found = {name: needles.hits(data) for name, data in places.items()}
    # The code is shown once, on the page after sending, and there alone.
    found["pages that must not show it"] = {
        hit
        for browser in browsers
        for path, body in browser.pages
        if not MAY_SHOW_IT.match(path)
        for hit in needles.hits(body)
        if not (path == "/received/" and hit.startswith("code "))
    }
    assert {name: sorted(hits)[:5] for name, hits in found.items() if hits} == {}

    plant(house, visitors[0], control)
    for_control = Needles([control])
    places = places_of(house, browsers)
    blind = {name for name in where_the_control_must_be(places) if not for_control.hits(places[name])}
    assert blind == set(), "the run is void: what was planted here was not found"
