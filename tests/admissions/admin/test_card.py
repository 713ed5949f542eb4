"""One inquiry's page: what it shows before and after the number is given, and what its buttons do."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from admissions.models import Attempt, CannedReply, Disclosure, Inquiry
from admissions.services import desk, team, visitor
from tests.admissions.factories import BODY, make_inquiry, make_staff, put_on_duty, receive

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 12, 2, 20, tzinfo=datetime.UTC)  # in California
EVENING = {"call_window": "evening", "time_zone": "America/Los_Angeles"}
ADDRESSES = BODY | {"email": "robin@example.com", "call_window": "any", "time_zone": "America/Los_Angeles"}


@pytest.fixture(autouse=True)
def _desk(as_staff, time_machine):
    """What the desk does, it does with the rights of its own process."""
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def actor(client):
    actor = make_staff(is_staff=True, username="ana")
    client.force_login(actor)
    return actor


def url(inquiry):
    return reverse("admin:admissions_inquiry_change", args=[inquiry.pk])


def page(client, inquiry):
    return client.get(url(inquiry)).text


def press(client, inquiry, do, **typed):
    """Press a button of the page as it is now; returns the page that follows."""
    inquiry.refresh_from_db()
    words = {name.replace("_", "-", 1): value for name, value in typed.items()}
    return client.post(url(inquiry), {"do": do, "version": inquiry.version} | words, follow=True).text


def taken(client, **overrides):
    inquiry = make_inquiry(**{"body": ADDRESSES} | overrides)
    press(client, inquiry, "take")
    return inquiry


def digits(text):
    """However a number is spelled: by its last seven digits. Whatever else has digits has other ones."""
    return re.sub(r"\D", "", text)


def holds_an_address(text):
    return "5550142" in digits(text) or "robin@example.com" in text or "tel:" in text or "mailto:" in text


# The number


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"status": "open"},
        {"status": "waiting"},
        {"status": "handled", "handled_on": NOON.date()},
        {"status": "junk", "handled_on": NOON.date()},
        {"do_not_contact": True},
        {"is_number_wrong": True},
        {"tries": 3},
    ],
)
def test_neither_number_nor_address_is_in_the_page_before_they_are_given(client, actor, columns):
    inquiry = make_inquiry(body=ADDRESSES, **columns)
    assert not holds_an_address(page(client, inquiry))
    desk.take(inquiry=inquiry, actor=actor) if inquiry.status in Inquiry.WAITS else None
    assert not holds_an_address(page(client, inquiry)), "nor when it is taken"
    for do in ("take", "note", "reply", "attempt", "junk", "hand", "canned", "link", "close", ""):
        assert not holds_an_address(press(client, inquiry, do)), do


def test_what_they_wrote_before_and_after_shows_no_number_either(client, actor):
    receipt = receive(body=ADDRESSES)
    secret = visitor.enter(code=receipt.return_code)
    preferences = ADDRESSES | {"reach_by": "text"}
    visitor.change_contact_preferences(secret=secret, form_token=b"1" * 32, preferences=preferences, may_contact=True)
    visitor.add_line(secret=secret, form_token=b"2" * 32, text="One more thing.")
    assert not holds_an_address(page(client, receipt.inquiry))


def test_control_once_given_they_are_in_the_page_as_people_read_them(client, actor):
    inquiry = taken(client)
    text = press(client, inquiry, "reveal")
    assert 'href="tel:+17145550142">(714) 555-0142</a>' in text and "robin@example.com" in text
    assert 'href="tel:+17145550142"' in press(client, inquiry, "note", note_text="Calling now."), "a note hides it not"
    assert not holds_an_address(press(client, inquiry, "attempt", attempt_outcome="no_answer"))


def test_nobody_else_sees_what_a_colleague_was_shown(client, actor):
    inquiry = taken(client)
    press(client, inquiry, "reveal")
    client.force_login(make_staff(is_staff=True))
    assert not holds_an_address(page(client, inquiry))
    text = press(client, inquiry, "reveal")
    assert "Take it first" in text and not holds_an_address(text)


def test_whoever_has_not_read_the_newest_line_is_not_shown_the_number(client, actor):
    receipt = receive(body=ADDRESSES)
    press(client, receipt.inquiry, "take")
    receipt.inquiry.refresh_from_db()
    old = receipt.inquiry.version
    visitor.add_line(secret=visitor.enter(code=receipt.return_code), form_token=b"3" * 32, text="Do not call today.")
    for version in ({"version": old}, {}, {"version": "x"}):
        text = client.post(url(receipt.inquiry), {"do": "reveal"} | version, follow=True).text
        assert "changed this inquiry a moment ago" in text and "Do not call today." in text
        assert not holds_an_address(text)


def test_outside_their_hours_the_page_says_so_and_asks_why_it_cannot_wait(client, actor):
    inquiry = taken(client, body=ADDRESSES | EVENING)
    text = page(client, inquiry)
    assert "noon</strong> there" in text and "Evening, 5 to 9" in text and "Not now." in text
    refused = press(client, inquiry, "reveal", reveal_reason=" ")
    assert "Write down why it cannot wait" in refused and not holds_an_address(refused)
    assert holds_an_address(press(client, inquiry, "reveal", reveal_reason="They ask for help now."))
    assert "They ask for help now." in page(client, inquiry)


def test_in_their_hours_nobody_is_asked_why(client, actor):
    text = page(client, taken(client))
    assert "You may call now." in text and "reveal-reason" not in text


@pytest.mark.parametrize(
    ("columns", "sentence"), [({"is_number_wrong": True}, "was wrong"), ({"tries": 3}, "three times")]
)
def test_a_number_that_nobody_may_call_is_not_offered(client, actor, columns, sentence):
    inquiry = taken(client, **columns)
    text = page(client, inquiry)
    assert "Never." in text and sentence in text and 'value="reveal"' not in text
    assert not holds_an_address(press(client, inquiry, "reveal", reveal_reason="Please."))


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("+17735550148", "(773) 555-0148"),
        ("+17735550148 ext. 12", "(773) 555-0148 ext. 12"),
        ("+5215512345678", "+5215512345678"),
    ],
)
def test_numbers_are_written_as_people_read_them_aloud(client, actor, phone, words):
    assert f">{words}</a>" in press(client, taken(client, body=ADDRESSES | {"phone": phone}), "reveal")


def test_the_same_number_elsewhere_is_offered_and_linked_with_one_press(client, actor):
    other, inquiry = make_inquiry(body=ADDRESSES), taken(client)
    text = press(client, inquiry, "reveal")
    assert other.public_id in text and 'value="link"' in text
    stranger = make_inquiry(body=BODY | {"phone": "+12125550147"})
    press(client, inquiry, "link", other=stranger.pk)
    inquiry.refresh_from_db()
    assert inquiry.same_as_id is None, "only what was found"
    assert "They are linked" in press(client, inquiry, "link", other=other.pk)
    inquiry.refresh_from_db()
    assert inquiry.same_as_id == other.pk


# Before anybody dials


def dial(text):
    return text[text.index('class="dial"') : text.index("</aside>")]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"voicemail_ok": "no"}, "Leave none"),
        ({"voicemail_ok": ""}, "Leave none"),
        ({"voicemail_ok": "yes", "voicemail_words": "Sam called."}, "“Sam called.”"),
        ({"voicemail_ok": "yes"}, "“Hello, I am calling you back."),
        ({"voicemail_ok": "yes", "language": "es"}, "“Hola, le devuelvo la llamada."),
    ],
)
def test_the_words_for_a_voicemail_are_exact_or_there_are_none(client, actor, answers, words):
    text = dial(page(client, make_inquiry(body=ADDRESSES | answers)))
    assert words in text and "Magnified" not in text


def test_it_holds_at_most_ten_lines_whatever_was_answered(client, actor):
    body = ADDRESSES | {
        "voicemail_ok": "yes",
        "voicemail_words": "Sam called.",
        "who_may_answer": "My sister.",
        "never_mention": "Drinking.",
        "language": "es",
        "texts_ok": "yes",
        "line_drops": "call_again",
    }
    text = dial(page(client, make_inquiry(body=body)))
    assert "Never mention" in text and "Drinking." in text and "My sister." in text and BODY["name"] in text
    assert text.count("<dt>") + text.count('class="verdict') + text.count('class="never-mention') <= 10


def test_the_name_and_number_of_an_inquiry_head_the_page_and_the_title_has_no_name(client, actor):
    inquiry = make_inquiry()
    text = page(client, inquiry)
    title, heading = re.search(r"<title>(.*?)</title>", text)[1], re.search(r"<h1.*?</h1>", text)[0]
    assert inquiry.public_id in title and "Robin" not in title
    assert inquiry.public_id in heading and BODY["name"] in heading


# Taking, and one look


def test_one_button_takes_and_opens_it(client, actor):
    inquiry = taken(client)
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.claimed_by) == ("open", actor)
    assert "Work on it" not in page(client, inquiry) and 'value="take"' not in page(client, inquiry)


def test_a_call_from_taking_to_its_outcome_is_one_look(client, actor):
    inquiry = taken(client)
    press(client, inquiry, "reveal")
    press(client, inquiry, "note", note_text="Her sister answered.")
    press(client, inquiry, "attempt", attempt_outcome="else", attempt_note="Said nothing.")
    page(client, inquiry)
    assert Disclosure.objects.filter(action="opened").count() == 1


def test_an_open_page_keeps_it_and_learns_of_a_newer_version(client, actor, django_assert_max_num_queries):
    inquiry = taken(client)
    soon = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    inquiry.refresh_from_db()
    before = inquiry.claimed_until
    Inquiry.objects.filter(pk=inquiry.pk).update(claimed_until=before - datetime.timedelta(minutes=5))
    with django_assert_max_num_queries(6):  # session, account and group; the inquiry, its lease
        answer = client.post(url(inquiry), {"do": "renew"}).json()
    assert answer == {"version": inquiry.version, "is_mine": True}
    inquiry.refresh_from_db()
    assert inquiry.claimed_until >= before - datetime.timedelta(seconds=1)
    Inquiry.objects.filter(pk=inquiry.pk).update(claimed_until=soon)
    assert client.post(url(inquiry), {"do": "renew"}).json()["is_mine"] is False, "a lease that ran out stays so"
    team.add_note(inquiry=inquiry, actor=make_staff(), text="Hello.")
    assert client.post(url(inquiry), {"do": "renew"}).json()["version"] == inquiry.version


def test_the_pulse_is_no_look_and_writes_no_session(client, actor):
    inquiry = make_inquiry()
    looks = Disclosure.objects.count()
    answer = client.post(url(inquiry), {"do": "renew"})
    assert answer.json()["is_mine"] is False and not answer.cookies
    assert Disclosure.objects.count() == looks


# How it went


def test_each_outcome_is_said_with_two_presses_and_its_next_step_is_preset(client, actor):
    inquiry = taken(client)
    text = page(client, inquiry)
    for key, value in enumerate(Attempt.Outcome.values, 1):
        is_there = f'value="{value}" data-key="{key}"' in text
        assert is_there == (value != "voicemail"), "no voicemail for whoever wants none"
    assert "next: today 2:00 p.m." in text and "then it is finished" in text
    assert "they read “We tried to reach you on Wednesday, December 2.”" in text
    text = press(client, inquiry, "attempt", attempt_outcome="no_answer")
    assert "On record. Next: today 2:00 p.m." in text and "Call 1 by ana" in text and text.count("No answer.") == 1


def test_another_time_can_be_chosen_and_a_time_that_is_over_cannot(client, actor):
    inquiry = taken(client)
    text = press(client, inquiry, "attempt", attempt_outcome="reached", attempt_again_at="2026-12-01T09:00")
    assert "lies ahead" in text and 'value="2026-12-01T09:00"' in text
    text = press(client, inquiry, "attempt", attempt_outcome="reached", attempt_again_at="2026-12-03T09:30")
    assert "Next: tomorrow 9:30 a.m." in text
    inquiry.refresh_from_db()
    assert inquiry.status == "open"


def test_what_was_typed_about_a_call_stays_when_it_is_refused(client, actor):
    inquiry = taken(client)
    for typed in ({"attempt_outcome": ""}, {"attempt_outcome": "voicemail"}, {"attempt_outcome": "nothing"}):
        assert "She cried.</textarea>" in press(client, inquiry, "attempt", attempt_note="She cried.", **typed)
    desk.hand_over(inquiry=Inquiry.objects.get(), actor=actor, to=make_staff(), note="")
    text = press(client, inquiry, "attempt", attempt_outcome="reached", attempt_note="She cried.")
    assert "A colleague has this inquiry" in text and "She cried.</textarea>" in text
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(("reach_by", "way"), [("email", "mail"), ("text", "text"), ("phone", "text")])
def test_whoever_is_written_to_has_that_on_record_with_its_way(client, actor, reach_by, way):
    inquiry = taken(client, body=ADDRESSES | {"reach_by": reach_by})
    text = page(client, inquiry)
    assert ('data-key="2"' in text) == (reach_by == "phone"), "nobody is called who asked for none"
    typed = dict(re.findall(r'name="(attempt-way)" value="(\w+)"', text))
    press(client, inquiry, "attempt", attempt_outcome="written", **typed)
    attempt, stored = Attempt.objects.get(), Inquiry.objects.get()
    assert (attempt.way, attempt.outcome, stored.status) == (way, "written", "waiting")


# Replies, notes, hand-over, junk


def test_the_page_says_who_wrote_a_reply(client, actor):
    inquiry = taken(client)
    assert "Reply by ana" in press(client, inquiry, "reply", reply_text="At ten.")


def test_a_text_that_is_ready_goes_into_the_reply_with_the_name_and_what_was_typed_stays(client, actor):
    CannedReply.objects.create(key="first-day", title="The first day", text="Hello {name}, it begins at nine.")
    CannedReply.objects.create(key="first-day", language="es", title="El primer día", text="Hola {name}.")
    inquiry = taken(client)
    text = page(client, inquiry)
    ready = re.search(r'<option value="(Hello [^"]*)">The first day', text)[1]
    assert ready == "Hello Robin Example, it begins at nine." and "El primer día" not in text
    text = press(client, inquiry, "canned", reply_canned=ready, reply_text="Good morning.")
    assert f"Good morning.\n\n{ready}</textarea>" in text
    assert inquiry.messages.count() == 1, "nothing is sent by choosing"
    nameless = make_inquiry(body={"reach_by": "return_code", "message": "Hi."})
    assert "Hello, it begins at nine." in page(client, nameless)


def test_a_colleague_on_duty_is_the_first_to_whom_it_can_be_handed(client, actor):
    zoe, ben = make_staff(username="zoe"), make_staff(username="ben")
    put_on_duty(starts="09:00", ends="18:00", person=zoe)
    inquiry = taken(client)
    text = page(client, inquiry)
    assert text.index("On duty now") < text.index(">zoe<") < text.index("Not on duty") < text.index(">ben<")
    assert ">ana</option>" not in text
    text = press(client, inquiry, "hand", hand_to=zoe.pk, hand_note="She calls back at four.")
    assert "zoe has it for an hour" in text and "She calls back at four." in text
    inquiry.refresh_from_db()
    assert inquiry.claimed_by == zoe
    writer = make_staff("writer", is_staff=True)
    inquiry = taken(client)
    assert client.post(url(inquiry), {"do": "hand", "hand-to": writer.pk, "hand-note": "x"}).status_code == 403
    assert ben.pk


def test_junk_has_a_reason_and_one_press_takes_it_back(client, actor):
    inquiry = taken(client)
    assert "why this is junk" in press(client, inquiry, "junk", junk_reason=" ")
    text = press(client, inquiry, "junk", junk_reason="Sells pills.")
    assert "Undo: not junk" in text and "Sells pills." in text
    press(client, inquiry, "open")
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.next_at) == ("open", timezone.now())


@pytest.mark.parametrize(
    ("do", "typed"), [("attempt", {"attempt_outcome": "no_answer"}), ("reply", {"reply_text": "Hello."})]
)
def test_nobody_who_was_tried_or_answered_becomes_junk(client, actor, do, typed):
    inquiry = taken(client)
    assert 'value="junk"' in page(client, inquiry), "control"
    press(client, inquiry, do, **typed)
    assert 'value="junk"' not in page(client, inquiry)
    assert "this is no junk" in press(client, inquiry, "junk", junk_reason="It is.")
