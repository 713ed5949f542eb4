"""The queue as a page that stays open: it says what is new, moves nothing, and can be worked by keys."""

import datetime
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from admissions.models import Disclosure, Inquiry
from tests.admissions.factories import make_inquiry
from tests.browser.pages import queue_of_all_groups

pytestmark = pytest.mark.browser
HOUR = datetime.timedelta(hours=1)
LIST = reverse("admin:admissions_inquiry_changelist")


@pytest.fixture
def due():
    """Two that are due, in the order of the list."""
    return [make_inquiry(next_at=timezone.now() - hours * HOUR) for hours in (3, 2)]


@pytest.fixture
def page(new_page, due):
    page = new_page("admissions")
    page.pulses = []
    page.on("request", lambda request: "/pulse/" in request.url and page.pulses.append(request.url))
    page.clock.install()
    page.goto(LIST)
    return page


def ids(page):
    return [
        state.split()[0] for state in page.locator(".line").evaluate_all("all => all.map(each => each.dataset.state)")
    ]


def wait_for_a_pulse(page, milliseconds=20_100):
    """Until the page has asked once more. It waits anew only when it has its answer, so time may pass twice."""
    asked = len(page.pulses)
    while len(page.pulses) == asked:
        page.clock.run_for(milliseconds)
        page.wait_for_timeout(20)
    page.wait_for_load_state("networkidle")


def test_what_is_new_is_said_and_moves_no_line(page):
    before = ids(page)
    wait_for_a_pulse(page)
    expect(page.locator("#news")).to_be_empty()
    new = make_inquiry(next_at=timezone.now() - 5 * HOUR)
    wait_for_a_pulse(page)
    expect(page.locator("#news")).to_have_text("1 new: show")
    expect(page).to_have_title("(1 new) 3 to do now, 3 unread | Staff")
    expect(page.locator("[data-count=now]")).to_have_text("3")
    assert ids(page) == before
    page.get_by_role("link", name="show").click()
    expect(page.locator(".line").first).to_contain_text(new.public_id)
    expect(page.locator("#news")).to_be_empty()


def test_what_a_colleague_took_is_said_too(page, due):
    due[0].change(tries=1)
    wait_for_a_pulse(page)
    expect(page.locator("#news")).to_have_text("Something changed: show")


def test_after_ten_quiet_minutes_it_asks_once_a_minute_and_at_once_when_somebody_comes_back(page):
    for _each in range(31):
        wait_for_a_pulse(page)
    page.wait_for_timeout(200)
    asked = len(page.pulses)
    page.clock.run_for(50_000)
    page.wait_for_timeout(100)
    assert len(page.pulses) == asked, "twice as long as while somebody is there"
    wait_for_a_pulse(page, 11_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(200)
    assert len(page.pulses) == asked + 2


def test_whoever_was_signed_out_is_told(page):
    page.context.clear_cookies()
    wait_for_a_pulse(page)
    expect(page.locator("#news")).to_contain_text("You're signed out.")
    assert (
        page.get_by_role("link", name="Sign in again").get_attribute("href").endswith(f"?next={quote(LIST, safe='')}")
    )


def test_a_site_that_does_not_answer_is_said_and_is_asked_again(page):
    page.route("**/pulse/**", lambda route: route.abort())
    wait_for_a_pulse(page)
    expect(page.locator("#news")).to_contain_text("this list may be old")
    page.unroute("**/pulse/**")
    wait_for_a_pulse(page)
    expect(page.locator("#news")).to_be_empty()


def test_keys_walk_the_lines_put_one_on_top_and_open_it(page, due):
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".line > a").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".line > a").nth(0)).to_be_focused()
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("u")
    assert ids(page)[0] == due[1].public_id
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(reverse("admin:admissions_inquiry_change", args=[due[1].pk]))


def test_the_key_of_the_next_call_takes_it(page, due):
    with page.expect_navigation():
        page.keyboard.press("n")
    due[0].refresh_from_db()
    assert due[0].claimed_by.username == "admissions"


def test_keys_in_a_field_are_letters(page, due):
    page.keyboard.press("/")
    field = page.locator("[name=needle]")
    expect(field).to_be_focused()
    page.keyboard.type("n?uj")
    expect(field).to_have_value("n?uj")
    assert not Inquiry.objects.exclude(claimed_by=None).exists()


def test_keys_are_listed_and_can_be_switched_off(page, due):
    page.keyboard.press("?")
    box = page.get_by_role("checkbox", name="Single keys")
    expect(box).to_be_visible()
    box.uncheck()
    with page.expect_navigation():
        page.locator("#keys button").click()
    page.keyboard.press("n")
    page.keyboard.press("j")
    page.wait_for_timeout(200)
    expect(page.locator(".line > a").first).not_to_be_focused()
    assert not Inquiry.objects.exclude(claimed_by=None).exists()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_every_width_and_can_be_hit_with_a_thumb(new_page, width):
    page = new_page("admissions", viewport={"width": width, "height": 800}, has_touch=True)
    queue_of_all_groups(page)
    assert page.locator(".desk h2").all_inner_texts() == [
        "Now",
        "Not their hours",
        "With a colleague",
        "Later",
        "Waiting for them",
    ]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.locator(".desk :is(a, button):not(.paginator a)").evaluate_all(
        "all => all.map(each => [each.textContent, each.getBoundingClientRect().height])"
        ".filter(([, height]) => height && height < 44)"
    )
    assert small == []


def test_without_script_a_link_looks_again_and_the_buttons_work(new_page, due):
    page = new_page("admissions", java_script_enabled=False)
    page.goto(LIST)
    new = make_inquiry(next_at=timezone.now() - 5 * HOUR)
    page.get_by_role("link", name="Look again").click()
    expect(page.locator(".line").first).to_contain_text(new.public_id)
    page.get_by_role("button", name="Take the next call").click()
    new.refresh_from_db()
    assert new.claimed_by.username == "admissions"


def test_to_look_at_the_list_for_hours_is_no_look(page):
    for _each in range(5):
        wait_for_a_pulse(page)
    assert not Disclosure.objects.filter(record__in=Inquiry.objects.filter(tries=0, status="new")).exists()
