"""Without a mouse: the way from the front page to a sent message."""

import pytest
from playwright.sync_api import expect

from admissions.models import Inquiry

pytestmark = pytest.mark.browser

MOST_STOPS = 120  # presses of Tab; a page that needs more has no way through for a keyboard


def tab_to(page, selector):
    """Press Tab until the focus is on `selector`, which must then be seen and have a visible outline."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            expect(page.locator(":focus")).to_be_in_viewport()
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def test_from_the_front_page_to_a_sent_message_by_keyboard_alone(page):
    before = Inquiry.objects.count()
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main", "the first stop skips to the text"
    tab_to(page, "main a[href='/contact/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contact/")
    tab_to(page, "[name=reach_by]")
    while not page.is_checked("[name=reach_by][value=return_code]"):
        page.keyboard.press("ArrowDown")
    tab_to(page, "[name=message]")
    page.keyboard.type("What happens on the first day?")
    tab_to(page, "[name=consent]")
    page.keyboard.press("Space")
    tab_to(page, "main form.questions button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/received/")
    assert Inquiry.objects.count() == before + 1
