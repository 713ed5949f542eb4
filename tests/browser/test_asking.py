"""The two forms as people meet them: on a phone, with and without script, in another time zone, by keyboard."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from admissions.crypto import return_code
from admissions.models import Inquiry
from tests.browser import pages
from tests.browser.test_privacy import ONE_ROUND_TRIP

pytestmark = pytest.mark.browser

FORMS = pytest.mark.parametrize("path", ["/contact/", "/request-a-call/"])
EVERY_FORM = pytest.mark.parametrize("path", pages.FORMS)  # in Spanish too
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def visitor(new_page):
    return new_page(java_script_enabled=False, viewport=PHONE)


def promise_of(page):
    return " ".join(page.locator(".clock dd").first.inner_text().split())


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/Los_Angeles", "Pacific"),
        ("America/New_York", "Eastern"),
        ("America/Detroit", "Eastern"),
        ("America/Phoenix", "Arizona"),
        ("America/Boise", "Mountain"),
        ("America/St_Thomas", "Puerto Rico and Virgin Islands"),
        ("Pacific/Saipan", "Guam and Northern Mariana Islands"),
    ],
)
@FORMS
def test_the_script_shows_the_promise_on_the_readers_own_clock(new_page, path, zone, name):
    page = new_page(timezone_id=zone)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    line = page.locator(".zones li", has_text=name).locator("span").text_content()
    said = promise_of(page)
    assert said.endswith(f"{line} your time ({name})")
    if path == "/request-a-call/":
        assert page.locator("[name=time_zone] option:checked").text_content() == name


@FORMS
def test_a_zone_that_is_not_in_the_list_is_offered_on_the_form(new_page, path):
    page = new_page(timezone_id="Asia/Tokyo")
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert promise_of(page).endswith("Pacific time")
    if path == "/request-a-call/":
        assert page.input_value("[name=time_zone]") == "Asia/Tokyo"
        page.get_by_role("button", name="Show the times for my zone").click()
        assert page.input_value("[name=time_zone]") == "Asia/Tokyo"
        assert promise_of(page).endswith("your time (Asia/Tokyo)")


@FORMS
def test_the_guess_is_told_to_nobody(new_page, path):
    page = new_page(timezone_id="America/New_York")
    asked = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data} {request.headers}"))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert promise_of(page).endswith("(Eastern)"), "control: it was guessed"
    assert not re.search("New_York|Eastern", " ".join(asked))


@FORMS
def test_without_script_the_promise_names_the_centres_zone_and_the_others_can_be_read(visitor, path):
    visitor.goto(path)
    assert promise_of(visitor).endswith("Pacific time")
    visitor.get_by_text("In other time zones").click()
    expect(visitor.locator(".zones li", has_text="Eastern")).to_be_visible()


@SCRIPT
@FORMS
def test_everything_typed_stays_when_the_questions_change_and_is_sent_once(new_page, path, script):
    page = new_page(java_script_enabled=script, viewport=PHONE)
    page.goto(path)
    page.fill("[name=name]", "Robin")
    page.fill("[name=phone]", "714-555-0143")
    page.fill("[name=message]", "One line\n\n  and another")
    page.check("[name=voicemail_ok][value=yes]")
    page.fill("[name=voicemail_words]", "Robin’s book is ready")
    page.check("[name=consent]")
    page.check("[name=about][value=loved_one]")
    page.get_by_role("button", name="Show the questions that fit").click()
    expect(page.get_by_label("What is going on?")).to_have_value("One line\n\n  and another")
    expect(page.locator("[name=name]")).to_have_value("Robin")
    expect(page.locator("[name=voicemail_words]")).to_have_value("Robin’s book is ready")
    expect(page.locator("[name=consent]")).to_be_checked()
    before = Inquiry.objects.count()
    pages.send(page, path)
    page.wait_for_url("**/received/")
    assert Inquiry.objects.count() == before + 1


def test_the_button_for_other_questions_shows_when_it_is_needed(page):
    page.goto("/contact/")
    button = page.get_by_role("button", name="Show the questions that fit")
    expect(button).to_be_hidden()
    page.check("[name=about][value=patient]")
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_text("What does this person need?")).to_be_visible()
    expect(button).to_be_hidden()


def test_times_of_another_zone_are_never_shown_as_the_readers_own(page):
    page.goto("/request-a-call/")
    times = page.locator(".when").first
    expect(times).to_be_visible()
    page.select_option("[name=time_zone]", "America/New_York")
    expect(times).to_be_hidden()
    page.get_by_role("button", name="Show the times for my zone").click()
    expect(page.get_by_text("The times shown are your time (Eastern).")).to_be_visible()
    expect(times).to_be_visible()


@pytest.mark.parametrize(
    ("way", "asked", "spared"),
    [
        ("phone", {"phone", "time_zone", "call_window", "voicemail_ok", "line_drops", "never_mention"}, {"email"}),
        ("text", {"phone", "call_window", "who_may_answer"}, {"email", "voicemail_ok", "line_drops"}),
        ("email", {"email", "never_mention"}, {"phone", "time_zone", "call_window", "voicemail_ok", "texts_ok"}),
        ("return_code", {"message", "consent"}, {"phone", "email", "call_window", "line_drops", "texts_ok"}),
    ],
)
def test_an_answer_spares_the_questions_that_it_makes_pointless(visitor, way, asked, spared):
    visitor.goto("/contact/")
    everything = asked | spared
    for name in everything:
        expect(visitor.locator(f"[name={name}]").first).to_be_visible()
    visitor.check(f"[name=reach_by][value={way}]")
    for name in everything:
        expect(visitor.locator(f"[name={name}]").first).to_be_visible(visible=name in asked)


def test_half_an_answer_that_the_page_hides_is_no_fault_and_is_kept(visitor):
    visitor.goto("/contact/")
    visitor.fill("[name=email]", "not an address")
    visitor.check("[name=reach_by][value=phone]")
    pages.send(visitor, "/contact/")
    expect(visitor.locator(".q-phone .errorlist")).to_be_visible()
    expect(visitor.locator(".q-email .errorlist")).to_have_count(0)
    visitor.check("[name=reach_by][value=email]")
    expect(visitor.locator("[name=email]")).to_be_visible()
    expect(visitor.locator("[name=email]")).to_have_value("not an address")


@EVERY_FORM
def test_enter_in_a_field_sends_and_does_not_change(page, path):
    page.goto(path)
    page.check("[name=about][value=me]")
    page.fill("[name=phone]", "714-555-0143")
    page.check("[name=consent]")
    page.locator("[name=name]").press("Enter")
    page.wait_for_url("**/received/")


@EVERY_FORM
def test_the_whole_form_is_filled_in_and_sent_by_keyboard(page, path):
    page.goto(path)
    page.locator("[name=phone]").focus()
    page.keyboard.type("714-555-0143")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "consent":
            page.keyboard.press("Space")
        if page.evaluate("document.activeElement.matches('.send button')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/received/")


@EVERY_FORM
def test_nobody_has_to_scroll_sideways_on_a_small_phone_or_at_400_percent(new_page, path):
    page = new_page(viewport={"width": 320, "height": 640})
    for opened in (pages.at(path), pages.sent_empty(path)):
        opened(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@EVERY_FORM
def test_a_form_with_headers_script_and_icon_fits_into_one_round_trip(page, path):
    """As sent: compressed with gzip, since a form is made for one person and never kept."""
    asked = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    [form] = [request.sizes() for request in asked if request.resource_type == "document"]
    others = [request.sizes()["responseBodySize"] for request in asked if request.resource_type != "document"]
    assert len(others) <= 2
    assert form["responseHeadersSize"] + form["responseBodySize"] + sum(others) < ONE_ROUND_TRIP
    assert form["responseBodySize"] > 5_000, "control: the form was measured"


@EVERY_FORM
def test_without_style_every_question_is_there_and_the_form_is_sent(new_page, path):
    page = new_page(java_script_enabled=False)

    def bare(route):
        response = route.fetch()
        route.fulfill(response=response, body=re.sub("<style>.*?</style>", "", response.text(), flags=re.DOTALL))

    page.route(f"**{path}", lambda route: bare(route) if route.request.method == "GET" else route.continue_())
    page.goto(path)
    page.reports.clear()
    page.fill("[name=phone]", "714-555-0143")
    page.check("[name=voicemail_ok][value=no]")
    expect(page.locator("[name=voicemail_words]")).to_be_visible()
    page.check("[name=consent]")
    pages.send(page, path)
    page.wait_for_url("**/received/")


def test_the_next_page_repeats_the_promise(visitor):
    visitor.goto("/request-a-call/")
    visitor.fill("[name=phone]", "714-555-0143")
    visitor.select_option("[name=time_zone]", "America/New_York")
    visitor.check("[name=consent]")
    pages.send(visitor, "/request-a-call/")
    promised = Inquiry.objects.get(kind="call").promised_by
    assert promised > timezone.now()
    expect(visitor.locator(".promised")).to_contain_text(re.compile(r"We call you .+ your time \(Eastern\)\."))


@pytest.mark.parametrize("path", ["/contact/", "/es/contact/"])
def test_what_one_tap_copies_opens_the_message(page, path):
    pages.ask_for_an_answer_by_code(page, path)
    page.locator(".return-code").click()
    copied = page.evaluate("getSelection().toString()")
    assert Inquiry.objects.filter(return_hash=return_code.visitor_keys(copied).return_hash).exists()
    assert copied == page.locator(".return-code").inner_text()
