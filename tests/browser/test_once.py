"""P5. Back, reload, an impatient hand, a tab from yesterday: nothing typed is lost, and nothing is sent twice."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from admissions.models import Inquiry
from tests.browser import pages

pytestmark = pytest.mark.browser

FORMS = pytest.mark.parametrize("path", ["/contact/", "/request-a-call/"])
WORDS = "One line\n\n  and another. I do not know how to begin."
SEND_AT_ONCE = """([form, times]) => Promise.all(Array.from({length: times}, () =>
    fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual"})
        .then(answer => answer.type)))"""


@pytest.fixture
def before():
    return Inquiry.objects.count()


def fill_in(page, path):
    page.goto(path)
    page.fill("[name=name]", "Robin")
    page.fill("[name=phone]", "714-555-0143")
    page.fill("[name=message]", WORDS)
    page.check("[name=consent]")


def token_of(page):
    return page.locator("[name=form_token]").get_attribute("value")


def assert_all_typed_is_there(page):
    expect(page.locator("[name=name]")).to_have_value("Robin")
    expect(page.locator("[name=message]")).to_have_value(WORDS)
    expect(page.locator("[name=consent]")).to_be_checked()


@FORMS
def test_going_back_shows_an_empty_form_and_reloading_the_thank_you_sends_nothing(page, path, before):
    fill_in(page, path)
    sent = token_of(page)
    pages.send(page, path)
    page.wait_for_url("**/received/")
    code = page.locator(".return-code").inner_text()
    for _ in range(10):
        page.reload()
    assert page.locator(".return-code").inner_text() == code
    page.go_back()
    expect(page.locator("[name=message]")).to_have_value("")
    expect(page.locator("[name=name]")).to_have_value("")
    assert token_of(page) != sent, "what is written now is a new message"
    assert Inquiry.objects.count() == before + 1


@FORMS
def test_twenty_presses_at_once_are_one_message(new_page, path, before):
    page = new_page(bypass_csp=True)  # which allows no page of ours to send anything by script, as the test does
    fill_in(page, path)
    form = page.locator("form:has([name=form_token])").element_handle()
    assert page.evaluate(SEND_AT_ONCE, [form, 20]) == ["opaqueredirect"] * 20, "each is thanked"
    assert Inquiry.objects.count() == before + 1


@FORMS
def test_a_double_click_is_one_message(page, path, before):
    fill_in(page, path)
    page.get_by_role("button", name=pages.FORMS[path]).dblclick(no_wait_after=True)
    page.wait_for_url("**/received/")
    expect(page.locator(".return-code")).to_be_visible()
    assert Inquiry.objects.count() == before + 1


@FORMS
def test_a_tab_from_yesterday_is_sent_with_one_press(page, path, before, time_machine):
    fill_in(page, path)
    time_machine.move_to(timezone.now() + timedelta(days=1))
    pages.send(page, path)
    page.wait_for_url("**/received/")
    assert Inquiry.objects.count() == before + 1


@FORMS
def test_a_form_whose_cookie_is_gone_comes_back_whole_and_the_second_press_sends_it(new_page, path, before):
    page = new_page(java_script_enabled=False)
    fill_in(page, path)
    token = token_of(page)
    page.context.clear_cookies()
    with page.expect_response("**" + path) as answer:
        pages.send(page, path)
    assert answer.value.status == 403
    assert_all_typed_is_there(page)
    assert token_of(page) == token, "it still counts as the same form"
    assert Inquiry.objects.count() == before
    pages.send(page, path)
    page.wait_for_url("**/received/")
    assert Inquiry.objects.count() == before + 1
