import datetime
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from admissions.crypto.form_token import FormToken
from admissions.models import Alert, Inquiry, Message, Pause, Shift
from admissions.scheduling import booking
from content.models.centre import Notice
from tests.admissions.factories import put_on_duty
from tests.content.factories import make_centre, make_help_line, make_notice

pytestmark = pytest.mark.django_db

FORMS = ["/contact/", "/request-a-call/"]
FROM_HERE = {"origin": "http://testserver"}  # a browser says so with every form
PACKED = {"accept-encoding": "gzip"}  # what every browser asks for
TYPED = {
    "name": "Robin Canary",
    "phone": "212-555-0147",
    "message": "Words that nobody else may read",
    "who_may_answer": "My sister Kit",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def house():
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")


CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")


def code_of(response):
    found = CODE.search(response.content.decode())
    return found[0] if found else ""


def token_of(response):
    return re.search(r'name="form_token" value="([^"]+)"', response.content.decode())[1]


def filled(client, path, **changes):
    return TYPED | {"form_token": token_of(client.get(path))} | changes


def assert_text_is_kept(response):
    text = response.content.decode()
    for typed in ("Robin Canary", "Words that nobody else may read", "My sister Kit"):
        assert typed in text


@pytest.mark.parametrize("path", FORMS)
def test_a_message_is_sealed_stored_and_alerted_and_the_next_page_is_neutral(client, path):
    response = client.post(path, filled(client, path))
    assert (response.status_code, response["Location"]) == (303, "/received/")
    assert Inquiry.objects.count() == Message.objects.count() == Alert.objects.count() == 1
    response = client.get("/received/")
    assert code_of(response)
    text = response.content.decode()
    for typed in TYPED.values():
        assert typed == "on" or typed not in text


@pytest.mark.parametrize("path", [*FORMS, "/received/", "/return/"])
def test_nothing_here_is_stored_by_a_browser_or_a_proxy(client, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", [*FORMS, "/return/"])
def test_titles_say_nothing(client, path):
    title = re.search(r"<title>(.*?)</title>", client.get(path).content.decode(), re.DOTALL)[1]
    assert not re.search(r"addict|recover|treat|drug|alcohol|health|magnified", title, re.IGNORECASE)


def test_the_cookie_is_closed_to_scripts_and_cannot_be_read_elsewhere(client, settings):
    response = client.post("/contact/", filled(client, "/contact/"))
    cookie = response.cookies["received"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["max-age"] == 600
    assert "Robin" not in cookie.value


def test_the_code_is_shown_for_ten_minutes_whatever_the_browser_kept(client, time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    client.post("/contact/", filled(client, "/contact/"))
    value = client.cookies["received"].value
    time_machine.shift(599)
    assert code_of(Client(headers={"cookie": f"received={value}"}).get("/received/"))
    time_machine.shift(2)
    assert not code_of(Client(headers={"cookie": f"received={value}"}).get("/received/"))


@pytest.mark.parametrize("value", ["", "x", "!!!", "AAAA", "é"])
def test_a_forged_cookie_shows_the_neutral_page(value):
    client = Client()
    client.cookies["received"] = value
    response = client.get("/received/")
    assert response.status_code == 200
    assert not code_of(response)


@pytest.mark.parametrize("path", FORMS)
def test_what_is_missing_is_listed_first_and_the_text_is_kept(client, path):
    data = filled(client, path, phone="12", consent="")
    response = client.post(path, data)
    text = response.content.decode()
    assert response.status_code == 200
    assert_text_is_kept(response)
    assert 'href="#id_phone"' in text and 'href="#id_consent"' in text
    assert token_of(response) == data["form_token"]
    assert not Inquiry.objects.exists()


def test_the_same_form_counts_once_and_shows_the_same_code(client):
    data = filled(client, "/contact/")
    pages = []
    for _ in range(3):
        assert client.post("/contact/", data).status_code == 303
        pages.append(code_of(client.get("/received/")))
    assert Inquiry.objects.count() == 1
    assert len(set(pages)) == 1
    client.post("/contact/", filled(client, "/contact/"))
    assert Inquiry.objects.count() == 2, "control: another form is another message"


def test_whoever_lost_the_answer_and_sends_a_changed_text_is_shown_the_code_of_the_first(client):
    data = filled(client, "/contact/")
    client.post("/contact/", data)
    code = code_of(client.get("/received/"))
    changed = Client().post("/contact/", data | {"message": "Changed"})  # no cookie: the answer never arrived
    assert changed.status_code == 409 and code_of(changed) == code
    opened = Client()
    opened.get("/return/")
    assert "nobody else may read" in opened.post("/return/", {"code": code_of(changed)}, follow=True).text
    assert not code_of(client.post("/contact/", filled(client, "/contact/") | {"consent": ""})), "control"


def test_a_changed_repeat_comes_back_with_the_text_and_a_new_token(client):
    data = filled(client, "/contact/")
    client.post("/contact/", data)
    response = client.post("/contact/", data | {"message": "Words that nobody else may read, changed"})
    assert response.status_code == 409
    assert "Your first message arrived. This changed one is not sent yet." in response.content.decode()
    assert_text_is_kept(response)
    assert token_of(response) != data["form_token"]
    assert Inquiry.objects.count() == 1
    again = data | {"message": "Words that nobody else may read, changed", "form_token": token_of(response)}
    assert client.post("/contact/", again).status_code == 303
    assert Inquiry.objects.count() == 2


@pytest.mark.parametrize("token", ["", "forged", None])
def test_a_token_that_is_not_ours_costs_one_more_press_and_no_text(client, token):
    data = filled(client, "/contact/", form_token=token or "")
    if token is None:
        del data["form_token"]
    response = client.post("/contact/", data)
    assert response.status_code == 200
    assert "Please press the button again." in response.content.decode()
    assert_text_is_kept(response)
    assert client.post("/contact/", data | {"form_token": token_of(response)}).status_code == 303


@pytest.mark.parametrize("path", FORMS)
def test_an_expired_form_comes_back_with_its_text_its_token_and_a_fresh_key(path):
    client = Client(enforce_csrf_checks=True)
    data = filled(client, path)
    client.cookies.clear()
    response = client.post(path, data, headers=FROM_HERE)
    assert response.status_code == 403
    assert_text_is_kept(response)
    assert token_of(response) == data["form_token"]
    assert "no-store" in response["Cache-Control"]
    fresh = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())[1]
    assert client.post(path, data | {"csrfmiddlewaretoken": fresh}).status_code == 303


@pytest.mark.parametrize("path", FORMS)
def test_on_the_word_of_a_referer_alone_an_expired_form_comes_back_under_a_new_token(path):
    client = Client(enforce_csrf_checks=True)
    data = filled(client, path)
    client.cookies.clear()
    response = client.post(path, data, headers={"referer": "http://testserver/contact/"})
    assert response.status_code == 403
    assert_text_is_kept(response)
    assert token_of(response) != data["form_token"]


@pytest.mark.parametrize("headers", [FROM_HERE, {"referer": "http://testserver/return/"}], ids=["origin", "referer"])
@pytest.mark.parametrize("path", ["/return/", "/return/add/", "/return/change/", "/es/return/"])
def test_on_the_word_of_a_referer_alone_neither_code_nor_token_of_a_visit_comes_back(path, headers):
    token, code = str(FormToken.new(0)), "7QK4-2MNP-9XRV-3HTB-6WEZ"
    data = {"then": "line", "message": "Typed words", "form_token": token, "code": code}
    answer = Client(enforce_csrf_checks=True).post(path, data, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 403 and "Typed words" in page
    assert [token in page, code in page] == [headers is FROM_HERE] * 2


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("missing", ["", "consent"])
def test_the_trap_comes_back_empty_in_every_answer(client, path, missing):
    data = filled(client, path, website="https://planted.example", **({"change": "about"} if not missing else {}))
    data.pop(missing, None)
    response = client.post(path, data)
    assert_text_is_kept(response)
    assert "planted" not in response.content.decode()


@pytest.mark.parametrize("path", FORMS)
def test_an_expired_form_still_names_the_time_that_it_named_before(path):
    put_on_duty()
    client = Client(enforce_csrf_checks=True)
    data = filled(client, path)
    client.cookies.clear()
    assert "If you send this now," in client.post(path, data, headers=FROM_HERE).content.decode()


def test_another_sites_post_to_another_address_gets_the_plain_page():
    assert Client(enforce_csrf_checks=True).post("/admin/login/", {}).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/nowhere/", {}).status_code in {403, 404}


@pytest.mark.parametrize("path", FORMS)
def test_when_storing_fails_the_page_says_not_sent_and_shows_the_phone(client, path):
    data = filled(client, path)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE admissions_message RENAME TO admissions_gone")
        try:
            response = client.post(path, data)
        finally:
            cursor.execute("ALTER TABLE admissions_gone RENAME TO admissions_message")
    text = response.content.decode()
    assert response.status_code == 503
    assert "NOT sent" in text and "tel:+17145550142" in text
    assert_text_is_kept(response)
    assert not Inquiry.objects.exists()
    assert client.post(path, data).status_code == 303, "control: with the table back the same form is stored"


@pytest.mark.parametrize("path", FORMS)
def test_without_a_usable_key_the_form_is_closed_and_the_phone_shown(client, path, settings, tmp_path):
    data = filled(client, path)
    settings.ADMISSIONS_PUBLIC_KEY_FILE = tmp_path / "gone.pem"
    response = client.get(path)
    assert response.status_code == 503
    text = response.content.decode()
    assert "<form" not in text[text.index("<main") :]
    assert "tel:+17145550142" in text
    sent = client.post(path, data)
    assert sent.status_code == 503
    assert "NOT sent" in sent.content.decode()
    assert_text_is_kept(sent)


def test_without_a_consent_notice_nobody_can_agree_so_the_form_is_closed(client):
    Notice.objects.all().delete()
    assert client.get("/contact/").status_code == 503


def test_what_fills_the_trap_gets_the_same_page_and_lands_in_junk(client):
    response = client.post("/contact/", filled(client, "/contact/", website="https://example.com"))
    assert response.status_code == 303
    assert Inquiry.objects.get().status == "junk"
    assert Alert.objects.get().to == "tray"


def test_the_code_opens_the_thread_and_every_other_code_one_and_the_same_page(client):
    client.post("/contact/", filled(client, "/contact/"))
    code = code_of(client.get("/received/"))
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ")):
        text = client.post("/return/", {"code": typed}, follow=True).content.decode()
        assert "Words that nobody else may read" in text
        assert "Nobody has opened it yet" in text
        assert code not in text
    wrong = [client.post("/return/", {"code": typed}) for typed in ("", "x", "0" * 20, "ABCD-EFGH", "\x00", "é" * 500)]
    assert len({(answer.status_code, re.sub(rb'value="\w{64}"', b"", answer.content)) for answer in wrong}) == 1


# The promise


TUESDAY_NIGHT = "2026-11-24T10:00:00Z"  # two in the morning on the west coast


@pytest.fixture
def on_duty(time_machine):
    time_machine.move_to(TUESDAY_NIGHT, tick=False)
    put_on_duty(starts="08:00", ends="18:00", days=range(5))
    return time_machine


def words_of(response):
    return " ".join(re.sub("<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.parametrize(
    ("path", "who"), [("/contact/", "we answer you"), ("/request-a-call/", "a counselor calls you")]
)
def test_the_form_names_the_half_hour_before_a_word_is_typed(client, on_duty, path, who):
    text = words_of(client.get(path))
    assert f"If you send this now, {who} today, Tuesday, between 8:00 and 8:30 a.m. Pacific time" in text
    assert "Eastern today, Tuesday, between 11:00 and 11:30 a.m." in text, "and for those who live elsewhere"


def test_the_form_says_of_each_part_of_the_day_when_we_would_call_or_that_nobody_is_there(client, on_duty):
    text = words_of(client.get("/request-a-call/"))
    assert "The times shown are Pacific time." in text
    assert "Afternoon, 2 to 5 today, Tuesday, between 2:00 and 2:30 p.m." in text
    Shift.objects.update(ends=datetime.time(12))
    assert "Afternoon, 2 to 5 Nobody is on duty then" in words_of(client.get("/request-a-call/"))


def test_where_no_time_can_be_named_the_form_says_so_once(client):
    text = words_of(client.get("/request-a-call/"))
    assert "We cannot name a time yet" in text and "Afternoon, 2 to 5" in text
    assert "Nobody is on duty then" not in text


CHANGED = {
    "about": "loved_one",
    "name": "Robin Canary",
    "phone": "12",
    "message": "  Words that nobody else may read \n\n <b>",
    "who_may_answer": "My sister Kit",
    "voicemail_ok": "yes",
    "consent": "on",
    "website": "",
}


@pytest.mark.parametrize("path", FORMS)
def test_another_choice_of_who_it_is_for_brings_other_questions_and_keeps_everything(client, path):
    token = token_of(client.get(path))
    assert client.get(path, headers=PACKED)["Content-Encoding"] == "gzip", "control: the blank page is sent packed"
    response = client.post(path, CHANGED | {"change": "about", "form_token": token}, headers=PACKED)
    text = response.content.decode()
    assert (response.status_code, token_of(response)) == (200, token)
    assert "What is going on?" in text and "You worry about somebody." in text
    assert "There is a problem" not in text and 'class="errorlist"' not in text
    shown = response.context["form"]
    assert {name: shown.answer(name) for name in CHANGED} == CHANGED
    assert "  Words that nobody else may read \n\n &lt;b&gt;</textarea>" in text
    assert "no-store" in response["Cache-Control"] and "Content-Encoding" not in response
    assert not Inquiry.objects.exists()
    assert client.post(path, CHANGED | {"phone": "714-555-0142", "form_token": token}).status_code == 303


@pytest.mark.parametrize("token", ["", "forged"])
def test_a_choice_under_a_token_that_is_not_ours_keeps_everything_under_a_new_one(client, token):
    response = client.post("/contact/", CHANGED | {"change": "about", "form_token": token})
    assert token_of(response) and response.context["form"].answer("name") == "Robin Canary"


def test_another_zone_brings_its_own_times(client, on_duty):
    sent = CHANGED | {"change": "times", "time_zone": "America/New_York", "call_window": "afternoon"}
    text = words_of(client.post("/request-a-call/", sent | {"form_token": token_of(client.get("/contact/"))}))
    assert "a counselor calls you today, Tuesday, between 2:00 and 2:30 p.m. your time (Eastern)" in text
    assert "The times shown are your time (Eastern)." in text
    assert "Morning, 7 to 11 Nobody is on duty then" in text, "11 in the east is 8 here"
    assert "data-guess" not in client.post("/request-a-call/", sent).content.decode()


@pytest.mark.parametrize(
    ("wanted", "asked"), [("loved_one", "What is going on?"), ("me", "What would you like to say?")]
)
@pytest.mark.parametrize("path", FORMS)
def test_an_address_may_say_who_it_is_for_and_nothing_else(client, path, wanted, asked):
    text = client.get(path, {"for": wanted, "name": "Robin", "about": "patient"}).content.decode()
    assert f'value="{wanted}"' in text and asked in text
    assert re.search(rf'<input[^>]* value="{wanted}"[^>]* checked', text)
    assert "Robin" not in text
    assert not re.search("<input[^>]* checked", client.get(path, {"for": "cat"}).content.decode())


@pytest.mark.parametrize("path", FORMS)
def test_the_first_question_is_whether_they_are_safe_and_its_answers_are_links(client, path):
    text = client.get(path).content.decode()
    card = text[text.index('class="safe-now"') : text.index("</section>", text.index('class="safe-now"'))]
    assert re.findall(r'href="([^"]+)"', card) == ["tel:911", "tel:988", "sms:988", "/help-now/", "#go-on"]
    assert "<input" not in card and "<button" not in card
    assert text.index("safe-now") < text.index("<form", text.index("<main"))
    assert 'id="go-on"' in text


@pytest.mark.parametrize("path", FORMS)
def test_a_young_person_finds_a_card_of_their_own_and_no_question_about_it(client, path):
    response = client.get(path)
    assert "Are you under 18?" in response.content.decode()
    assert not {"age", "birthday", "minor"} & set(response.context["form"].fields)


@pytest.mark.parametrize("path", FORMS)
def test_enter_in_a_field_sends_the_form(client, path):
    """A browser presses the form's first button."""
    text = client.get(path).content.decode()
    form = text[text.index('<form class="questions"') :]
    first = re.search(r"<button[^>]*>", form)[0]
    assert "name=" not in first and 'type="submit" hidden' in first


@pytest.mark.parametrize("path", FORMS)
def test_quiet_mode_outlives_a_form(client, path):
    assert f'action="{path}?quiet"' in client.get(f"{path}?quiet").content.decode()
    assert f'action="{path}?autofill=1&amp;quiet"' in client.get(f"{path}?autofill=1&quiet").content.decode()
    page = client.post(f"{path}?quiet", {}).content.decode()
    assert "<title>Page</title>" in page and "Tick the box" in page
    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    sent = {"form_token": token, "phone": "212-555-0147", "consent": "on"}
    assert client.post(f"{path}?quiet", sent)["Location"] == "/received/?quiet"
    assert "<title>Page</title>" in client.get("/received/?quiet").content.decode()
    assert "<title>Page</title>" not in client.post(path, {}).content.decode(), "control"


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_comes_back_offers_no_distraction(client, path):
    assert 'id="safe-now"' in client.get(path).content.decode(), "control"
    assert 'id="safe-now"' not in client.post(path, {}).content.decode()


@pytest.mark.parametrize("path", FORMS)
def test_with_nobody_on_duty_the_form_says_so_and_who_answers_now(client, path):
    text = words_of(client.get(path))
    assert "We cannot name a time yet" in text
    assert "714-555-0142" in text and "988 answers at any hour" in text


def test_the_next_pages_repeat_the_promise_on_the_clocks_that_were_chosen(client, on_duty):
    client.post("/request-a-call/", filled(client, "/request-a-call/", time_zone="America/New_York"))
    said = "We call you today, Tuesday, between 11:00 and 11:30 a.m. your time (Eastern)."
    received = client.get("/received/")
    assert said in words_of(received)
    back = {"code": code_of(received)}
    assert said in words_of(client.post("/return/", back, follow=True))
    on_duty.shift(60 * 60)
    Pause.objects.create(starts=timezone.now(), ends=timezone.now() + datetime.timedelta(days=1))
    booking.update_promises()
    assert "We had named a time, and nobody will be on duty then. We are sorry." in words_of(
        client.post("/return/", back, follow=True)
    )


def test_a_promise_that_was_broken_is_admitted(client, on_duty):
    client.post("/contact/", filled(client, "/contact/"))
    back = {"code": code_of(client.get("/received/"))}
    on_duty.move_to("2026-11-24T17:00:00Z")
    assert "we did not keep it: today, Tuesday, between 8:00 and 8:30 a.m." in words_of(
        client.post("/return/", back, follow=True)
    )


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("", ""),
        ("?quiet", "?quiet"),
        ("?for=loved_one", "?for=loved_one"),
        ("?for=me&quiet", "?for=me&quiet"),
        ("?quiet&autofill=1&for=patient", "?for=patient&autofill=1&quiet"),
        ("?for=Robin&autofill=Robin&quiet=Robin", "?quiet"),
        ("?name=Robin&message=Robin&for=", ""),
    ],
)
@pytest.mark.parametrize("language", ["", "/es"])
def test_chat_leads_to_the_message_form_with_what_that_knows_of_the_address(client, language, asked, kept):
    response = client.get(f"{language}/chat/{asked}")
    assert (response.status_code, response["Location"]) == (302, f"{language}/contact/{kept}")


def test_prefilling_by_address_is_ignored(client):
    text = client.get("/contact/", {"name": "Robin", "message": "from the address"}).content.decode()
    assert "Robin" not in text and "from the address" not in text


@pytest.mark.parametrize(
    ("path", "queries"), [("/contact/", 9), ("/request-a-call/", 9), ("/return/", 2), ("/received/", 2)]
)
def test_the_pages_take_a_fixed_number_of_queries(client, django_assert_num_queries, path, queries):
    with django_assert_num_queries(queries):
        client.get(path)


@pytest.mark.parametrize("path", FORMS)
def test_what_the_box_agrees_to_can_be_read_there_in_the_version_that_counts(client, path):
    data = filled(client, path, consent="")
    make_notice(kind="consent", title="Consent", text="<p>A newer text.</p>")
    assert "A newer text." in client.get(path).content.decode()
    text = client.post(path, data).content.decode()
    assert "What you agree to." in text and "A newer text." not in text


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("text", ["x" * 66_600, "李" * 8_000, "🙏" * 6_000])
def test_what_is_too_long_comes_back_in_the_form_with_a_sentence(client, settings, path, text):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 120 * 1024  # as the public process has it
    sent = urlencode(filled(client, path, message=text))
    answer = client.post(path, sent, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200 and not Inquiry.objects.exists()
    assert text in answer.content.decode()
    assert "Shorten it to 3000 characters" in answer.content.decode()
