"""Counselors at the card of one inquiry, in browsers of their own."""

import datetime
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from admissions.admin.card import KEYS_OFF
from admissions.crypto import return_code
from admissions.models import Attempt, CannedReply, Inquiry
from admissions.services import desk, team, visitor
from tests.admissions.factories import receive
from tests.browser.furnished import CALLER, EVERY_ROLE
from tests.browser.pages import press
from tests.hostile import HOSTILE

pytestmark = pytest.mark.browser

BEAT = 21_000
NOTE, REPLY = "[name=note-text]", "[name=reply-text]"
NUMBER = "(714) 555-0142"


@pytest.fixture
def receipt():
    return receive(body=CALLER | {"call_window": "any_hour"})


@pytest.fixture
def card(new_page, receipt):
    """Opens the card in a browser of its own, whose clock can be moved."""

    def opened(who="admissions", **options):
        page = new_page(who, **options)
        page.clock.install()
        page.goto(reverse("admin:admissions_inquiry_change", args=[receipt.inquiry.pk]))
        return page

    return opened


def has_number(page):
    return "5550142" in re.sub(r"\D", "", page.content())


def beat(page):
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.clock.run_for(BEAT)


def test_of_three_who_take_it_at_once_one_has_it_and_nobody_loses_a_word(card):
    everybody = [card(who) for who in ("admissions", "admissions_lead", EVERY_ROLE)]
    for page in everybody:
        page.fill(NOTE, "What I was writing")
    for page in everybody:
        page.once("dialog", lambda dialog: dialog.accept())
        press(page, "Take it")
    holder = Inquiry.objects.get(claimed_by__isnull=False).claimed_by
    assert holder.get_username() == "admissions"
    first, *others = everybody
    press(first, "Show the number")
    expect(first.get_by_role("link", name=NUMBER)).to_be_visible()
    for page in others:
        expect(page.locator(".messagelist .error")).to_contain_text("A colleague has this inquiry")
        assert not has_number(page) and not page.get_by_role("button", name="Show the number").count()
    for page in everybody:
        page.once("dialog", lambda dialog: dialog.accept())
        page.goto(page.url)
        press(page, "Put it back into the form", "link")
        expect(page.locator(NOTE)).to_have_value("What I was writing")


def test_the_number_is_covered_once_the_visitor_writes_and_what_was_typed_stays(card, receipt):
    page = card()
    press(page, "Take it")
    press(page, "Show the number")
    page.fill(NOTE, "She says")
    beat(page)
    expect(page.get_by_role("link", name=NUMBER)).to_be_visible()
    secret = return_code.secret_of(receipt.return_code)
    visitor.add_line(secret=secret, form_token=b"1" * 32, text="Do not call, he is here.")
    beat(page)
    expect(page.locator(".covered")).to_contain_text("Changed a moment ago. Read it again.")
    assert not has_number(page)
    expect(page.locator(NOTE)).to_have_value("She says")


def test_the_number_is_covered_once_a_colleague_has_it(card, receipt):
    page = card()
    press(page, "Take it")
    press(page, "Show the number")
    lead = get_user_model().objects.get(username="admissions_lead")
    receipt.inquiry.refresh_from_db()
    desk.hand_over(inquiry=receipt.inquiry, actor=receipt.inquiry.claimed_by, to=lead, note="")
    beat(page)
    expect(page.locator(".covered")).to_be_visible()
    assert not has_number(page)


def test_an_open_page_keeps_it_for_whoever_has_it(card, receipt):
    page = card()
    press(page, "Take it")
    row = Inquiry.objects.filter(pk=receipt.inquiry.pk)
    full = row.get().claimed_until
    row.update(claimed_until=full - datetime.timedelta(minutes=10))
    beat(page)
    assert row.get().claimed_until > full - datetime.timedelta(minutes=1)


def test_signed_out_the_page_says_so_and_the_text_stays(card):
    page = card()
    page.fill(NOTE, "A note of four minutes")
    Session.objects.all().delete()
    beat(page)
    expect(page.locator(".covered")).to_contain_text("You're signed out")
    expect(page.locator(NOTE)).to_have_value("A note of four minutes")


def test_an_outcome_is_two_presses_by_mouse_and_by_keyboard(card, receipt):
    page = card()
    press(page, "Take it")
    page.check("[value=no_answer]")
    press(page, "Save how it went")
    expect(page.locator(".messagelist .success")).to_contain_text("On record. Next: ")
    page.locator("h1").click()
    page.keyboard.press("3")
    expect(page.locator("[value=voicemail]")).to_be_checked()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["no_answer", "voicemail"]


def test_keys_lead_to_their_places_outside_fields_alone(card):
    page = card()
    press(page, "Take it")
    for key, place in (("m", NOTE), ("r", REPLY), ("h", "[name=hand-to]"), ("s", "[value=reveal]")):
        page.locator("h1").click()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press(key)
        expect(page.locator(place)).to_be_focused()
    page.locator(NOTE).click()
    page.keyboard.type("mrh1?")
    expect(page.locator(NOTE)).to_have_value("mrh1?")
    assert not page.locator("[data-key]:checked").count()


def test_keys_do_nothing_once_they_are_switched_off(card):
    page = card()
    page.keyboard.press("m")
    expect(page.locator(NOTE)).to_be_focused()
    session = SessionStore(Session.objects.get().session_key)
    session[KEYS_OFF] = True
    session.save()
    page.reload()
    page.keyboard.press("m")
    expect(page.locator(NOTE)).not_to_be_focused()


def test_ctrl_s_saves_a_note_and_never_sends_a_reply(card, receipt):
    page = card()
    page.locator(".reply summary").click()
    page.fill(REPLY, "Not yet")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(300)
    assert receipt.inquiry.messages.count() == 1
    page.fill(REPLY, "")
    page.fill(NOTE, "By keyboard")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    assert receipt.inquiry.notes.count() == 1


def test_leaving_with_a_note_asks(card):
    page, asked = card(), []
    page.locator(NOTE).click()
    page.keyboard.type("Not saved")
    page.once("dialog", lambda dialog: asked.append(dialog.type) or dialog.dismiss())
    page.evaluate("setTimeout(() => location.assign('/admin/'))")
    page.clock.run_for(100)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator(NOTE)).to_have_value("Not saved")


def test_a_text_that_is_ready_goes_into_the_field_when_it_is_chosen(card):
    CannedReply.objects.create(key="first-day", title="The first day", text="Hello {name}, it begins at nine.")
    page = card()
    page.locator(".reply summary").click()
    expect(page.get_by_text("They will read this.")).to_be_visible()
    page.fill(REPLY, "Good morning.")
    page.select_option("#canned", label="The first day")
    expect(page.locator(REPLY)).to_have_value("Good morning.\n\nHello Robin Example, it begins at nine.")


def test_nothing_that_was_typed_runs_at_the_desk(new_page):
    """In every answer, in each line that follows, and in what colleagues wrote of it."""
    hostile = iter(HOSTILE)
    words = ("name", "voicemail_words", "who_may_answer", "never_mention")
    answers = {name: next(hostile)[:200] for name in words} | {"message": "\n".join(HOSTILE[::9])[:3000]}
    receipt = receive(body=CALLER | {"call_window": "any_hour"} | answers)
    actor = get_user_model().objects.get(username="admissions")
    secret = return_code.secret_of(receipt.return_code)
    visitor.add_line(secret=secret, form_token=b"1" * 32, text="\n".join(HOSTILE[1::9])[:3000])
    receipt.inquiry.refresh_from_db()
    team.add_note(inquiry=receipt.inquiry, actor=actor, text="\n".join(HOSTILE[2::9])[:3000])
    page = new_page("admissions")
    page.goto(reverse("admin:admissions_inquiry_change", args=[receipt.inquiry.pk]))
    press(page, "Take it")
    press(page, "Show the number")
    assert HOSTILE[0].split(">")[0] in page.locator("#content").inner_text(), "control: it is there, as text"
    assert (
        page.evaluate("window.hit") is None and not page.locator("#content-main :is(img, svg, iframe, script)").count()
    )
    assert page.reports == []


def test_everything_works_without_script(new_page, receipt):
    page = new_page("admissions", java_script_enabled=False)
    page.goto(reverse("admin:admissions_inquiry_change", args=[receipt.inquiry.pk]))
    assert not has_number(page)
    press(page, "Take it")
    press(page, "Show the number")
    expect(page.get_by_role("link", name=NUMBER)).to_be_visible()
    page.check("[value=reached]")
    press(page, "Save how it went")
    expect(page.get_by_text("Finished.", exact=True)).to_be_visible()
    press(page, "Open it again")
    receipt.inquiry.refresh_from_db()
    assert receipt.inquiry.status == "open"
    team.release(inquiry=receipt.inquiry, actor=get_user_model().objects.get(username="admissions"))
