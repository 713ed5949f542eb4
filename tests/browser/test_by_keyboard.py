"""Without a mouse and without eyes: the way from the front page to a sent message, and what a screen reader is told."""

import pytest
from playwright.sync_api import expect

from admissions.models import Inquiry
from tests.browser import pages

pytestmark = pytest.mark.browser

CONTROLS = {"button", "checkbox", "combobox", "link", "radio", "searchbox", "spinbutton", "switch", "textbox"}
WITH_A_STATE = {"checkbox": "checked", "radio": "checked", "switch": "checked"}
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


def nameless(page):
    """Controls in the accessibility tree without a name, or without the state that their role has."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in tree if not node["ignored"] and node["role"]["value"] in CONTROLS]
    assert len(shown) > 5, "the tree was read"
    found = []
    for node in shown:
        role, states = node["role"]["value"], {state["name"] for state in node.get("properties", [])}
        if not node.get("name", {}).get("value", "").strip():
            found.append(f"{role} without a name")
        if role in WITH_A_STATE and WITH_A_STATE[role] not in states:
            found.append(f"{role} without its state")
        if role in CONTROLS and "focusable" not in states and "disabled" not in states:
            found.append(f"{role} that no key reaches")
    return found


def test_every_control_of_the_sitemaps_pages_has_a_name_a_role_and_a_value(page):
    found = {}
    for path in pages.sitemap(page):
        page.goto(path)
        if wrong := nameless(page):
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize("name", pages.PUBLIC)
def test_every_control_of_a_public_page_has_a_name_a_role_and_a_value(page, name):
    pages.PUBLIC[name](page)
    assert nameless(page) == []


def test_control_a_control_without_a_name_is_found(page):
    page.goto("/articles/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input><a href=/><i></i></a>')")
    assert nameless(page) == ["textbox without a name", "link without a name"]
