"""Coming back with a code: what is shown, what is done, and when the visit is over."""

import datetime
import html
import re
import secrets
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from admissions import rate_limits, visitor_session
from admissions.crypto import return_code, sealing
from admissions.errors import CannotOpen, NotStored, OutcomeUnknown, ThreadFull
from admissions.models import Attempt, Disclosure, Inquiry, Message
from admissions.services import desk, retention, team, threads
from admissions.services import visitor as visitor_service
from tests.admissions.calendars import at
from tests.admissions.factories import make_staff, put_on_duty, receive, times
from tests.content.factories import make_centre, make_help_line, make_notice

pytestmark = pytest.mark.django_db

ASKED = "May my sister come along?"
ANSWER = "Yes, she may."
NOTE = "Asked about visitors."
PREFERENCES = {
    "reach_by": "text",
    "phone": "212-555-0199",
    "texts_ok": "on",
    "voicemail_ok": "no",
    "never_mention": "The house on the hill",
}
DOORS = ["/return/change/", "/return/consent/", "/return/destroy/"]
POSTS = ["/return/add/", *DOORS]
PACKED = {"accept-encoding": "gzip"}  # what every browser asks for


@pytest.fixture(autouse=True)
def house():
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")


@pytest.fixture
def thread():
    """An inquiry that was answered, and its code."""
    receipt = receive(body={"reach_by": "return_code", "message": ASKED, "consent": "notice version 1"})
    actor = make_staff()
    team.add_note(inquiry=receipt.inquiry, actor=actor, text=NOTE)
    team.reply(inquiry=Inquiry.objects.get(pk=receipt.inquiry.pk), actor=actor, text=ANSWER)
    return SimpleNamespace(code=receipt.return_code, inquiry=receipt.inquiry, actor=actor)


@pytest.fixture
def visitor(client, thread):
    """Somebody who has just typed the right code."""
    response = enter(client, thread.code)
    assert response.status_code == 303
    return client


def enter(client, code):
    client.get("/return/")
    return client.post("/return/", {"code": code})


def text_of(response):
    return response.content.decode()


def comparable(response):
    """Without what is new at every request, whoever asks: the key against forgery, and the time of day."""
    headers = {name: value for name, value in response.headers.items() if name != "Expires"}
    return response.status_code, re.sub(rb'value="\w{64}"', b"", response.content), tuple(headers.items())


def token_of(response):
    return re.search(r'name="form_token" value="([^"]+)"', text_of(response))[1]


def row(thread):
    return Inquiry.objects.get(pk=thread.inquiry.pk)


def said_last(thread):
    return visitor_service.thread_for_code(code=thread.code).messages[-1].body


# The code


def test_the_right_code_opens_the_thread_and_a_reload_sends_nothing_again(visitor, thread):
    for _ in range(2):
        text = text_of(visitor.get("/return/"))
        assert ASKED in text and ANSWER in text and "We answered" in text
        assert NOTE not in text and thread.code not in text and str(thread.inquiry.pk) not in text
        assert thread.inquiry.public_id not in text


@pytest.mark.parametrize("write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_the_code_may_be_typed_in_any_way(client, thread, write):
    assert enter(client, write(thread.code)).status_code == 303


def test_codes_that_open_nothing_get_one_page_one_status_and_the_same_headers(client, thread):
    purged, destroyed = receive(), receive()
    retention.destroy(purged.inquiry)
    visitor_service.destroy(secret=return_code.secret_of(destroyed.return_code))
    unknown = return_code.for_form(secrets.token_bytes(32))
    typed = ["", "x", "\x00", "é" * 500, thread.code[:-1], unknown, purged.return_code, destroyed.return_code]
    answers = {comparable(client.post("/return/", {"code": code})) for code in typed}
    assert len(answers) == 1
    assert b"opens nothing" in next(iter(answers))[1]
    assert comparable(client.post("/return/", {"code": thread.code})) not in answers, "control"


def test_a_try_that_is_not_looked_at_gets_the_same_page_and_costs_no_query_for_it(client, thread, monkeypatch):
    looked_at = client.post("/return/", {"code": "wrong"})
    monkeypatch.setattr(rate_limits, "may_try_code", lambda request, *, page: False)
    monkeypatch.setattr(visitor_service, "enter", lambda **words: pytest.fail("the code was looked at"))
    assert comparable(client.post("/return/", {"code": thread.code})) == comparable(looked_at)


def test_the_right_code_enters_while_the_same_address_sends_wrong_ones(thread):
    attacker = Client()
    attacker.get("/return/")
    for _ in range(20):
        for _ in range(times(short=3, full=300)):
            attacker.post("/return/", {"code": return_code.for_form(secrets.token_bytes(32))})
        assert enter(Client(), thread.code).status_code == 303
    assert attacker.post("/return/", {"code": thread.code}).status_code == 200, "control: the attack is limited"


def test_no_public_address_takes_the_name_of_an_inquiry_or_of_a_message():
    from tests.magnified.test_permissions import every_url

    public = [route for name, route in every_url() if name.startswith("admissions:")]
    assert len(public) > 8
    assert not [route for route in public if re.search(r"[<(\[]", route)]


def test_a_right_code_costs_the_owner_no_try_and_wrong_ones_do_not_lock_her_out(client, thread):
    for _ in range(50):
        client.post("/return/", {"code": "wrong"})
    assert enter(client, thread.code).status_code == 303


# The visit


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_goes_with_the_browser(client, thread, settings):
    cookie = enter(client, thread.code).cookies[visitor_session.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and not cookie["max-age"] and not cookie["expires"]
    assert len(cookie.value) == 44


def test_what_the_server_keeps_opens_nothing_without_the_browser(visitor, thread, settings):
    """Every file of the store, with every key of the server: no box opens, no secret and no code is in it."""
    secret = return_code.secret_of(thread.code)
    files = list((settings.SHARED_MEMORY_DIR / "all/visits").glob("*.json"))
    written = b"".join(file.name.encode() + file.read_bytes() for file in files)
    assert files
    cookie = visitor.cookies[visitor_session.COOKIE].value
    for hidden in (secret, secret.hex().encode(), thread.code.encode(), cookie.encode()):
        assert hidden not in written
    boxed = caches["visits"].get(name_of(visitor))
    for key in (settings.SECRET_KEY.encode(), secret, name_of(visitor).encode(), bytes(32)):
        with pytest.raises(CannotOpen):
            sealing.unbox(boxed, secret=key, purpose=visitor_session.PURPOSE)
    assert visitor.get("/return/").status_code == 200, "control: with the browser's cookie it opens"
    assert repr(visitor_session.VisitorSession(secret)) == "[sealed]"


def name_of(client):
    import base64

    return visitor_session._name(base64.urlsafe_b64decode(client.cookies[visitor_session.COOKIE].value))


def test_a_visit_ends_after_fifteen_idle_minutes_and_each_look_begins_them_anew(client, thread, time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    enter(client, thread.code)
    for _ in range(3):
        time_machine.shift(14 * 60)
        assert ASKED in text_of(client.get("/return/"))
    time_machine.shift(15 * 60 + 1)
    response = client.get("/return/")
    assert ASKED not in text_of(response) and "Enter the code" in text_of(response)


def test_the_warning_can_be_answered_and_comes_too_late_after_the_end(visitor, time_machine):
    time_machine.move_to(datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=14), tick=False)
    assert visitor.post("/return/stay/").status_code == 204
    time_machine.shift(14 * 60)
    assert ASKED in text_of(visitor.get("/return/"))
    time_machine.shift(15 * 60 + 1)
    assert visitor.post("/return/stay/").status_code == 403


@pytest.mark.parametrize("end", [lambda client: client.post("/return/finish/"), lambda client: client.get("/leave/")])
def test_finishing_and_leaving_end_the_visit_on_both_sides(visitor, end):
    stolen, name = visitor.cookies[visitor_session.COOKIE].value, name_of(visitor)
    response = end(visitor)
    assert response.cookies[visitor_session.COOKIE]["max-age"] == 0
    assert "cache" in response.headers["Clear-Site-Data"]
    assert caches["visits"].get(name) is None
    thief = Client()
    thief.cookies[visitor_session.COOKIE] = stolen
    assert ASKED not in text_of(thief.get("/return/"))


def test_leaving_takes_back_every_cookie_that_a_visitor_can_get(visitor, settings):
    hidden = {"form_token": token_of(visitor.get("/contact/")), "reach_by": "return_code", "consent": "on"}
    assert visitor.post("/contact/", hidden).status_code == 303
    assert set(visitor.cookies) == {settings.CSRF_COOKIE_NAME, *settings.VISITOR_COOKIES.values()}
    assert all(cookie.value for cookie in visitor.cookies.values()), "control: the browser holds each of them"
    visitor.get("/leave/")
    assert not any(cookie.value for cookie in visitor.cookies.values())


@pytest.mark.parametrize("end", ["/return/finish/", "/return/destroy/"])
def test_with_the_visit_goes_the_code_on_the_page_after_sending(client, end):
    hidden = {"form_token": token_of(client.get("/contact/")), "reach_by": "return_code", "consent": "on"}
    assert client.post("/contact/", hidden).status_code == 303
    code = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", text_of(client.get("/received/")))[0]
    enter(client, code)
    assert code in text_of(client.get("/received/")), "control: it is there for ten minutes"
    client.post(end)
    assert code not in text_of(client.get("/received/"))


def test_a_cookie_that_somebody_planted_becomes_nobodys_visit(client, thread):
    planted = "QUFB" * 10 + "QUE="
    client.cookies[visitor_session.COOKIE] = planted
    enter(client, thread.code)
    assert client.cookies[visitor_session.COOKIE].value != planted
    thief = Client()
    thief.cookies[visitor_session.COOKIE] = planted
    assert ASKED not in text_of(thief.get("/return/"))


@pytest.mark.parametrize("value", ["", "x", "!!!", "AAAA", "é", "A" * 44, "A" * 4000])
def test_a_forged_cookie_opens_nothing(thread, value):
    client = Client()
    client.cookies[visitor_session.COOKIE] = value
    assert "Enter the code" in text_of(client.get("/return/"))


def test_another_code_ends_the_visit_before(visitor, thread):
    other = receive(body={"message": "Another matter"})
    before = name_of(visitor)
    enter(visitor, other.return_code)
    assert caches["visits"].get(before) is None
    text = text_of(visitor.get("/return/"))
    assert "Another matter" in text and ASKED not in text


@pytest.mark.parametrize("path", ["/return/", *DOORS])
def test_nothing_of_a_visit_is_kept_or_told(visitor, path):
    response = visitor.get(path, headers=PACKED)
    assert "no-store" in response["Cache-Control"]
    title = re.search(r"<title>(.*?)</title>", text_of(response), re.DOTALL)[1]
    assert title == "Your message"
    assert "Content-Encoding" not in response


def test_the_page_that_asks_for_the_code_is_sent_packed_while_it_repeats_nothing(client, thread):
    assert client.get("/return/", headers=PACKED)["Content-Encoding"] == "gzip"
    for path, typed in (("/return/", {"code": "WRONG"}), ("/return/add/", {"message": "Typed words.", "then": "add"})):
        answer = client.post(path, typed, headers=PACKED)
        assert "Content-Encoding" not in answer and "Open my message" in answer.text


@pytest.mark.parametrize("path", ["/return/", "/return/finish/", "/return/stay/", *POSTS, "/chat/"])
def test_no_answer_of_these_pages_is_kept_not_even_a_refusal(visitor, path):
    for ask in (visitor.get, visitor.put):
        answer = ask(path)
        assert "no-store" in answer["Cache-Control"], (ask, answer.status_code)
    assert answer.status_code == 405, "control"


@pytest.mark.parametrize("path", DOORS)
def test_without_a_visit_the_doors_lead_to_the_page_that_asks_for_the_code(client, path):
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (303, "/return/")


@pytest.mark.parametrize("path", ["/return/add/", "/return/finish/"])
def test_looking_at_what_only_does_something_does_nothing(visitor, path):
    assert visitor.get(path)["Location"] == "/return/"
    assert ASKED in text_of(visitor.get("/return/"))
    assert visitor.get("/return/stay/").status_code == 405


@pytest.mark.parametrize(
    ("path", "queries"), [("/return/", 5), ("/return/change/", 8), ("/return/consent/", 3), ("/return/destroy/", 3)]
)
def test_the_pages_of_a_visit_take_a_fixed_number_of_queries(visitor, django_assert_num_queries, path, queries):
    visitor.get(path)
    # There each reading says first which thread it is about: for the messages, the looks, what was tried.
    presented = {"/return/": 3}.get(path, 1) if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(queries + presented):
        visitor.get(path)


def test_looking_changes_nothing_in_the_database(visitor):
    written = []
    with connection.execute_wrapper(lambda run, sql, *rest: written.append(sql) or run(sql, *rest)):
        for path in ("/return/", *DOORS):
            visitor.get(path)
    assert not [sql for sql in written if not sql.startswith("SELECT")]


# When the time was over before the button was pressed


def late(client):
    """As after fifteen idle minutes."""
    caches["visits"].clear()
    return client


def test_a_line_that_came_too_late_is_kept_and_comes_back_unsent(visitor, thread):
    page = visitor.get("/return/")
    typed = {"message": "Typed\nfor a\n\nlong time", "form_token": token_of(page), "then": "line"}
    response = late(visitor).post("/return/add/", typed)
    assert "Typed\nfor a\n\nlong time" in text_of(response)
    assert ASKED not in text_of(response)
    assert Message.objects.count() == 2
    wrong = visitor.post("/return/", typed | {"code": "wrong"})
    assert "Typed\nfor a\n\nlong time" in text_of(wrong) and "opens nothing" in text_of(wrong)
    opened = visitor.post("/return/", typed | {"code": thread.code})
    assert "Typed\nfor a\n\nlong time" in text_of(opened) and ASKED in text_of(opened)
    assert "not sent yet" in text_of(opened)
    assert Message.objects.count() == 2
    assert visitor.post("/return/add/", typed).status_code == 303
    assert said_last(thread) == {"message": "Typed\nfor a\n\nlong time"}


def test_what_a_closed_page_sends_is_shown_again_and_not_added_though_the_visit_goes_on(visitor, thread):
    """Another tab kept it alive. The page that closed says that the code is asked for, and not that it sends."""
    line = {"message": "Half a li", "form_token": token_of(visitor.get("/return/")), "then": "line"}
    preferences = PREFERENCES | {"form_token": token_of(visitor.get("/return/change/")), "then": "wishes"}
    for path, typed, words in (("add", line, "Half a li"), ("change", preferences, "The house on the hill")):
        page = visitor.post(f"/return/{path}/", typed | {"closed": "1"})
        assert page.status_code == 200 and words in text_of(page) and "not sent yet" in text_of(page)
        assert Message.objects.count() == 2
    assert visitor.post("/return/add/", line).status_code == 303
    assert said_last(thread) == {"message": "Half a li"}, "control: pressed once more it is added"


def test_the_form_for_other_wishes_says_when_we_would_call(visitor, time_machine):
    time_machine.move_to(at("2026-11-24 2:00"), tick=False)
    put_on_duty(starts="08:00", ends="12:00")
    enter(visitor, receive(kind="call", body={"phone": "+12125550199"}).return_code)
    text = text_of(visitor.get("/return/change/"))
    assert "today, Tuesday, between 8:30 and 9:00 a.m." in text and "Nobody is on duty then" in text


def test_whoever_took_back_consent_is_told_of_no_answer_on_the_way(client):
    hidden = {"form_token": token_of(client.get("/contact/")), "reach_by": "return_code", "consent": "on"}
    client.post("/contact/", hidden)
    code = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", text_of(client.get("/received/")))[0]
    enter(client, code)
    assert "We have not named a time yet." in text_of(client.get("/received/")), "control"
    client.post("/return/consent/", {"form_token": token_of(client.get("/return/consent/"))})
    assert "We do not call or write" in text_of(client.get("/received/"))
    assert "not named a time" not in text_of(client.get("/received/"))


def test_wishes_that_came_too_late_are_kept_and_come_back_unsaved(visitor, thread):
    typed = PREFERENCES | {"form_token": token_of(visitor.get("/return/change/")), "then": "wishes"}
    response = late(visitor).post("/return/change/", typed)
    for text in ("212-555-0199", "The house on the hill"):
        assert text in text_of(response)
    opened = visitor.post("/return/", typed | {"code": thread.code})
    assert "The house on the hill" in text_of(opened) and "not sent yet" in text_of(opened)
    assert Message.objects.count() == 2
    assert visitor.post("/return/change/", typed).status_code == 303
    assert said_last(thread)["phone"] == "+12125550199"


@pytest.mark.parametrize("path", ["/return/consent/", "/return/destroy/"])
def test_what_takes_back_or_destroys_is_never_done_late(visitor, thread, path):
    response = late(visitor).post(path)
    assert "Nothing was changed" in text_of(response)
    assert visitor.post("/return/", {"code": thread.code})["Location"] == "/return/"
    assert row(thread).status != "destroyed" and not row(thread).do_not_contact


@pytest.mark.parametrize("path", ["/return/", "/return/stay/", "/return/finish/", *POSTS])
def test_a_form_whose_key_ran_out_does_nothing_and_loses_nothing(thread, path):
    client, here = Client(enforce_csrf_checks=True), {"origin": "http://testserver"}
    response = client.post(path, {"then": "line", "message": "Typed yesterday", "code": thread.code}, headers=here)
    assert response.status_code == 403
    assert "Typed yesterday" in text_of(response) and "no-store" in response["Cache-Control"]
    assert f'value="{thread.code}"' in text_of(response) and "keeps no cookies" in text_of(response)
    assert ASKED not in text_of(response)
    assert Message.objects.count() == 2 and row(thread).status != "destroyed"
    fresh = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text_of(response))[1]
    typed = {"then": "line", "message": "Typed yesterday", "code": thread.code, "csrfmiddlewaretoken": fresh}
    assert "not sent yet" in text_of(client.post("/return/", typed))


def test_what_belongs_to_no_form_of_ours_is_not_kept(client):
    response = client.post("/return/add/", {"then": "elsewhere", "message": "x1y2z3", "csrf": "x1y2z3"})
    assert "x1y2z3" not in text_of(response)


# One more line


def test_a_line_is_added_once_and_said_once(visitor, thread):
    typed = {"message": "Is nine too early?", "form_token": token_of(visitor.get("/return/"))}
    for _ in range(3):
        response = visitor.post("/return/add/", typed)
        assert (response.status_code, response["Location"]) == (303, "/return/")
    first, again = text_of(visitor.get("/return/")), text_of(visitor.get("/return/"))
    assert "Your words are added" in first and "Your words are added" not in again
    assert first.count("Is nine too early?") == 1
    assert Message.objects.count() == 3


@pytest.mark.parametrize(("typed", "says"), [("", "Write something first"), ("x" * 3001, "longer than we can take")])
def test_what_cannot_be_added_comes_back_with_what_to_do(visitor, typed, says):
    response = visitor.post("/return/add/", {"message": typed, "form_token": token_of(visitor.get("/return/"))})
    assert says in text_of(response) and typed in text_of(response)
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [(NotStored, 503, "NOT done"), (OutcomeUnknown, 503, "will not count twice"), (ThreadFull, 409, "NOT added")],
)
@pytest.mark.parametrize("what", ["add_line", "change_contact_preferences"])
def test_what_fails_says_so_first_and_keeps_the_text(visitor, monkeypatch, error, status, says, what):
    path = {"add_line": "/return/add/", "change_contact_preferences": "/return/change/"}[what]

    def fail(**words):
        raise error

    monkeypatch.setattr(visitor_service, what, fail)
    response = visitor.post(path, PREFERENCES | {"message": "Words to keep", "form_token": ""})
    assert response.status_code == status
    assert says in text_of(response) and ("Words to keep" in text_of(response) or "The house" in text_of(response))


@pytest.mark.parametrize("what", ["take_back_consent", "destroy"])
def test_what_could_not_be_taken_back_or_destroyed_is_said(visitor, monkeypatch, what):
    def fail(**words):
        raise NotStored

    monkeypatch.setattr(visitor_service, what, fail)
    response = visitor.post({"destroy": "/return/destroy/"}.get(what, "/return/consent/"))
    assert response.status_code == 503 and "NOT done" in text_of(response)


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_the_text_is_kept(visitor):
    typed = {"message": "Words to keep", "then": "line", "form_token": ""}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE admissions_message RENAME TO admissions_gone")
        try:
            response = visitor.post("/return/add/", typed)
        finally:
            cursor.execute("ALTER TABLE admissions_gone RENAME TO admissions_message")
    assert response.status_code == 503
    assert "Words to keep" in text_of(response) and "tel:+17145550142" in text_of(response)
    assert visitor.post("/return/add/", typed).status_code == 303


def test_while_the_memory_of_visits_is_away_the_page_says_so(client, thread, settings, tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    backend = settings.CACHES["visits"]["BACKEND"]
    settings.CACHES = settings.CACHES | {"visits": {"BACKEND": backend, "LOCATION": tmp_path / "file"}}
    response = enter(client, thread.code)
    assert response.status_code == 503
    assert "cannot look right now" in text_of(response) and "opens nothing" not in text_of(response)
    assert "visits are away" in caplog.text and str(tmp_path) not in caplog.text
    assert client.post("/return/finish/").status_code == 200


# How to be reached


def test_the_form_for_other_wishes_shows_what_counts_now_and_saves_it_anew(visitor, thread):
    page = visitor.get("/return/change/")
    assert re.search(r'value="return_code"[^>]*checked', text_of(page))
    visitor.post("/return/change/", PREFERENCES | {"form_token": token_of(page)})
    text = text_of(visitor.get("/return/"))
    assert "Saved. From now on" in text and "You changed how we reach you" in text
    assert "The newest answers count" in text and "Do not reach out" in text, "the old ones stay readable"
    assert threads.newest_preferences(team.open_thread(inquiry=row(thread), actor=thread.actor).messages) == {
        "reach_by": "text",
        "phone": "+12125550199",
        "texts_ok": "yes",
        "voicemail_ok": "no",
        "never_mention": "The house on the hill",
        "language": "en",
        "time_zone": "America/Los_Angeles",
        "call_window": "any",
    }
    assert re.search(r'value="text"[^>]*checked', text_of(visitor.get("/return/change/")))


def test_a_zone_that_is_not_in_the_short_list_stays_chosen_and_the_page_keeps_its_clocks(client):
    receipt = receive(kind="call", body={"phone": "+12125550199", "time_zone": "Europe/Lisbon", "message": "Hello"})
    enter(client, receipt.return_code)
    assert re.search(r'value="Europe/Lisbon" selected', text_of(client.get("/return/change/")))
    assert re.search(r"closes at \d+:\d\d [ap]\.m\. WES?T", text_of(client.get("/return/")))


def test_other_wishes_may_be_filled_in_by_the_browser_and_only_if_asked(visitor):
    page = text_of(visitor.get("/return/change/"))
    assert 'href="?autofill=1"' in page and 'autocomplete="tel"' not in page
    page = text_of(visitor.get("/return/change/?autofill=1"))
    assert 'autocomplete="tel"' in page and 'autocomplete="email"' in page
    assert 'action="/return/change/?autofill=1"' in page, "and so it is when something is wrong"


def test_the_zone_is_guessed_for_whoever_never_named_one(visitor, client):
    assert "data-guess" in text_of(visitor.get("/return/change/"))
    enter(client, receive(body={"phone": "+12125550147", "time_zone": "America/Denver"}).return_code)
    page = text_of(client.get("/return/change/"))
    assert "data-guess" not in page and 'value="America/Denver" selected' in page


def test_what_was_answered_is_shown_in_words(client):
    body = {"phone": "+12125550147", "texts_ok": "yes", "time_zone": "America/New_York"}
    enter(client, receive(body=body).return_code)
    page = re.sub(r"<[^>]+>|\s+", " ", text_of(client.get("/return/")))
    assert "Eastern" in page and "America/New_York" not in page
    assert re.search(r"Text messages\s+Yes", page)


@pytest.mark.parametrize(("zone", "letters"), [("", "PST"), ("America/New_York", "EST"), ("Asia/Tokyo", "JST")])
def test_each_time_names_its_clock(client, time_machine, zone, letters):
    time_machine.move_to("2026-11-24T12:00:00Z", tick=False)
    receipt = receive(body={"phone": "+12125550147", "time_zone": zone} if zone else {"phone": "+12125550147"})
    team.open_thread(inquiry=receipt.inquiry, actor=make_staff())
    enter(client, receipt.return_code)
    page = text_of(client.get("/return/"))
    assert len(re.findall(rf"\d [ap]\.m\. {letters}", page)) >= 2


def test_junk_that_grows_is_not_said_to_be_worked_on(client):
    receipt = receive(junk_reasons=["It looks like an offer."])
    enter(client, receipt.return_code)
    before = text_of(client.get("/return/"))
    client.post("/return/add/", {"form_token": token_of(client.get("/return/")), "message": "Anybody?"})
    after = text_of(client.get("/return/"))
    for page in (before, after):
        assert "Nobody has opened it yet." in page and "working on it" not in page
    assert "Anybody?" in after, "control"


def test_a_wish_without_a_way_is_not_saved(visitor):
    response = visitor.post("/return/change/", {"reach_by": "phone", "phone": "12", "never_mention": "My job"})
    assert 'href="#id_phone"' in text_of(response) and "My job" in text_of(response)
    assert Message.objects.count() == 2


# Consent


def test_consent_is_taken_back_once_and_given_anew_only_by_a_tick(visitor, thread):
    token = {"form_token": token_of(visitor.get("/return/consent/"))}
    for _ in range(2):
        assert visitor.post("/return/consent/", token).status_code == 303
    assert row(thread).do_not_contact and Message.objects.count() == 3
    text = text_of(visitor.get("/return/"))
    assert "Your consent is taken back" in text and "/return/consent/" not in text
    assert "taken it back already" in text_of(visitor.get("/return/consent/"))
    page = visitor.get("/return/change/")
    assert "What you agree to." in text_of(page)
    refused = visitor.post("/return/change/", PREFERENCES | {"form_token": token_of(page)})
    assert "Tick the box" in text_of(refused) and row(thread).do_not_contact
    only_code = {"reach_by": "return_code", "form_token": token_of(page)}
    assert visitor.post("/return/change/", only_code).status_code == 303
    assert row(thread).do_not_contact
    page = visitor.get("/return/change/")
    visitor.post("/return/change/", PREFERENCES | {"consent": "on", "form_token": token_of(page)})
    assert not row(thread).do_not_contact
    assert said_last(thread)["consent"] == "notice version 1"


# Who has looked


def test_the_page_says_how_often_it_was_opened_and_never_by_whom(visitor, thread, time_machine):
    team.open_thread(inquiry=row(thread), actor=thread.actor)
    assert re.search(r"Opened once by the admissions team, on \w+, \w+ \d+, ", text_of(visitor.get("/return/")))
    team.open_thread(inquiry=row(thread), actor=make_staff())
    text = text_of(visitor.get("/return/"))
    assert re.search(r"Opened 2 times by the admissions team, last on \w+, \w+ \d+, ", text)
    assert thread.actor.username not in text


def test_what_is_new_and_was_read_is_not_called_unopened(client):
    receipt = receive()
    enter(client, receipt.return_code)
    assert "Nobody has opened it yet." in text_of(client.get("/return/"))
    team.open_thread(inquiry=receipt.inquiry, actor=make_staff())
    text = text_of(client.get("/return/"))
    assert "one of us has read it" in text and "Nobody has opened it yet" not in text


def test_beside_our_answer_no_time_for_it_is_missing(visitor, client):
    assert "not named a time" not in text_of(visitor.get("/return/"))
    enter(client, receive().return_code)
    assert "not named a time" in text_of(client.get("/return/")), "control: what waits for an answer"


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("open", "Our answer stands below"),
        ("waiting", "your turn"),
        ("handled", "finished with it"),
        ("junk", "has arrived"),
    ],
)
def test_each_status_is_said_in_plain_words(visitor, thread, status, says):
    day = datetime.date(2026, 1, 1) if status in Inquiry.DONE else None
    Inquiry.objects.update(status=status, handled_on=day, **({"next_at": None} if day else {}))
    text = text_of(visitor.get("/return/"))
    assert says in text
    assert "junk" not in text.lower()
    assert ("April 1, 2026" in text) == (status == "handled")


def test_what_is_open_is_worked_on_until_our_answer_is_the_last_word(client):
    receipt = receive()
    Inquiry.objects.update(status=Inquiry.Status.OPEN)
    enter(client, receipt.return_code)
    assert "One of us is working on it." in text_of(client.get("/return/"))
    team.reply(inquiry=Inquiry.objects.get(), actor=make_staff(), text="We can talk tomorrow.")
    text = text_of(client.get("/return/"))
    assert "Our answer stands below." in text and "working on it" not in text


# What was tried


BY_PHONE = {
    "reach_by": "phone", "phone": "+17145550142", "voicemail_ok": "yes", "call_window": "morning",
    "time_zone": "America/Chicago", "message": ASKED,
}  # fmt: skip
TUESDAY = at("2026-12-01 10:00")


@pytest.fixture
def called(client, time_machine):
    """`called("no_answer", …)`: what somebody reads with the code whose number was called with these outcomes."""
    time_machine.move_to(TUESDAY, tick=False)

    def page(*outcomes, path="/return/", body=BY_PHONE, **words):
        receipt, actor = receive(body=body), make_staff(username="Grizelda")
        inquiry = receipt.inquiry
        for outcome in outcomes:
            desk.take(inquiry=inquiry, actor=actor)
            note = "SECRET WORDS OF THE NOTE"
            desk.record_attempt(
                inquiry=inquiry, actor=actor, version=inquiry.version, outcome=outcome, note=note, **words
            )
        Inquiry.objects.filter(pk=inquiry.pk).update(claimed_by=None, claimed_until=None)
        enter(client, receipt.return_code)
        page.inquiry = inquiry
        return html.unescape(text_of(client.get(path)))

    return page


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (["no_answer"], ["We tried to reach you on Tuesday, December 1.", "The next step is ours"]),
        (["no_answer", "no_answer"], ["We'll try again on Wednesday, December 2, in the morning."]),
        (["voicemail"], ["We left the message you allowed.", "again on Wednesday, December 2, in the morning."]),
        (["else"], ["Someone else picked up; we said nothing about you.", "again on Wednesday"]),
        (["wrong"], ["it was the wrong number. We won't call it again.", "You can give us another one, or write here"]),
        (["no_answer"] * 3, ["We called three times and did not reach you.", "unless you write here"]),
        (["asked_not"], ["we were asked never to call that number again", "We were asked not to call, so we don't."]),
        (["reached"], ["We reached you on Tuesday, December 1.", "We reached you, and have finished with it."]),
        (["referred"], ["On Tuesday, December 1 we told you who else can help.", "have finished with it"]),
        (["written"], ["We wrote to you on Tuesday, December 1.", "It is your turn now."]),
    ],
)
def test_whoever_returns_reads_what_was_tried_and_what_comes_next(called, outcomes, says):
    page = called(*outcomes)
    for words in says:
        assert words in page
    assert "Grizelda" not in page and "SECRET WORDS" not in page
    assert "We have not named a time yet" not in page or "We'll try again" not in page


def test_control_before_anything_was_tried_the_page_says_nothing_of_it(called):
    page = called()
    assert "What we tried" not in page and "What comes next" not in page


@pytest.mark.parametrize("outcome", Attempt.Outcome.values)
@pytest.mark.parametrize("way", Attempt.Way.values)
def test_each_outcome_and_way_has_its_words_in_both_languages(called, client, outcome, way):
    english = called(outcome, way=way, body=BY_PHONE | {"language": "es"})
    spanish = text_of(client.get("/es/return/"))
    [line], [other] = (re.findall(r'<dd class="more">(.+?)</dd>', page) for page in (english, spanish))
    assert re.search(r"\b[Ww]e\b.* on Tuesday, December 1|^On Tuesday, December 1 we\b", line)
    assert "el martes 1 de diciembre" in other and not re.search(r"\b[Ww]e\b", other)


def test_an_appointment_is_named_to_the_minute_on_the_clocks_of_whoever_asked(called):
    page = called("reached", again_at=at("2026-12-03 15:00"))
    assert "We'll talk again on Thursday, December 3, 5:00 p.m. CST." in page


def test_whose_phone_somebody_else_answered_is_not_told_that_they_took_back_their_consent(called, client):
    page = called("asked_not")
    assert "We were asked not to call. We do not call or write; an answer waits here." in page
    assert "You took it back" not in page


def test_a_promise_that_stands_is_the_one_time_on_the_page(called, client):
    put_on_duty()
    page = called("no_answer", path="/return/")
    assert "What comes next" in page
    client.post("/return/add/", {"form_token": token_of(client.get("/return/")), "message": "Anybody?"})
    page = text_of(client.get("/return/"))
    assert "What comes next" not in page and "By when we answer" in page and "What we tried" in page


def test_what_somebody_took_and_set_aside_as_junk_reads_as_if_it_had_been_given_back(client):
    pages = []
    for is_junk in (True, False):
        receipt, actor = receive(), make_staff()
        inquiry = receipt.inquiry
        desk.take(inquiry=inquiry, actor=actor)
        team.open_thread(inquiry=inquiry, actor=actor)
        if is_junk:
            desk.set_aside_as_junk(inquiry=inquiry, actor=actor, version=inquiry.version, reason="Advertising.")
        else:
            team.release(inquiry=inquiry, actor=actor)
        enter(client, receipt.return_code)
        page = text_of(client.get("/return/"))
        pages.append(re.search(r'<dl class="standing">.*?</dl>', page, re.DOTALL)[0])
    assert pages[0] == pages[1]
    assert "one of us has read it" in pages[0], "control"


# Destroying


def test_everything_is_destroyed_after_one_question_and_the_certificate_says_what(visitor, thread, time_machine):
    time_machine.move_to(datetime.datetime.now(datetime.UTC), tick=False)
    page = text_of(visitor.get("/return/destroy/"))
    in_90_days = datetime.date.today() + datetime.timedelta(days=90)
    assert "cannot be undone" in page and str(in_90_days.year) in page
    assert Message.objects.count() == 2, "asking destroys nothing"
    for _ in range(2):  # pressed twice
        assert visitor.post("/return/destroy/")["Location"] == "/return/"
        text = text_of(visitor.get("/return/"))
        assert "It is destroyed" in text and "1 message of yours" in text and "1 answer of ours" in text
        assert ASKED not in text and ANSWER not in text
    assert not Message.objects.exists()
    assert row(thread).status == "destroyed"
    for path in DOORS:
        assert visitor.get(path)["Location"] == "/return/"
    assert "opens nothing" in text_of(enter(Client(), thread.code))
    assert "Closed" in text_of(visitor.post("/return/finish/"))
    assert "Enter the code" in text_of(visitor.get("/return/"))


def test_after_it_is_destroyed_the_servers_memory_cannot_open_a_backup(visitor, thread):
    visitor.post("/return/destroy/")
    request = SimpleNamespace(COOKIES={visitor_session.COOKIE: visitor.cookies[visitor_session.COOKIE].value})
    assert visitor_session.current(request).secret == b""


def test_a_thread_that_went_during_the_visit_is_said_to_be_gone(visitor, thread):
    retention.destroy(row(thread))
    assert "nothing here any more" in text_of(visitor.get("/return/"))
    assert "Enter the code" in text_of(visitor.get("/return/"))


def test_a_line_for_a_thread_that_went_is_not_thanked_for(visitor, thread):
    token = token_of(visitor.get("/return/"))
    retention.destroy(row(thread))
    text = text_of(visitor.post("/return/add/", {"message": "Too late", "form_token": token}))
    assert "nothing here any more" in text and "added" not in text


def test_under_a_legal_hold_the_page_says_so_before_and_after(visitor, thread):
    Inquiry.objects.update(hold=True)
    assert "legal hold" in text_of(visitor.get("/return/destroy/"))
    visitor.post("/return/destroy/")
    text = text_of(visitor.get("/return/"))
    assert "It is locked" in text and "It is destroyed when the hold ends" in text and "The keys went first" not in text
    assert Message.objects.count() == 2
    assert "opens nothing" in text_of(enter(Client(), thread.code))


def test_an_anonymous_question_is_answered_here_and_nowhere_else(visitor, thread, mailoutbox):
    assert ANSWER in text_of(visitor.get("/return/"))
    assert not [mail for mail in mailoutbox if ANSWER in mail.body]
    assert Disclosure.objects.filter(action="replied").count() == 1
