"""The way out, with script and without, and what quiet mode leaves out."""

import re

import pytest
from playwright.sync_api import expect

from content.views import leave
from tests.browser import pages

pytestmark = pytest.mark.browser

WRITING = ("/contact/", "/request-a-call/", "/return/", "/received/")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """The weather page stands on this machine."""
    monkeypatch.setattr(leave, "ELSEWHERE", "/healthz")


@pytest.mark.parametrize("path", [*WRITING, pages.ARTICLE, "/"])
def test_without_script_the_link_leads_away_and_the_cookies_are_gone(new_page, path):
    page = new_page(java_script_enabled=False)
    page.goto(path)
    page.get_by_role("link", name="Leave this page", exact=True).click()
    page.wait_for_url("**/healthz")
    assert page.context.cookies() == []


@pytest.mark.parametrize("path", ["/contact/", "/return/"])
def test_with_script_going_back_does_not_show_the_form(new_page, path):
    page = new_page()
    page.goto("/articles/")
    page.goto(path)
    page.get_by_role("link", name="Leave this page", exact=True).click()
    page.wait_for_url("**/healthz")
    page.go_back()
    assert path not in page.url and page.url.endswith("/articles/")


def test_shift_three_times_leaves_a_form(page):
    page.goto("/contact/")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/healthz")


def test_shift_between_letters_and_on_an_article_leaves_nothing(page):
    page.goto("/contact/")
    page.focus("[name=message]")
    for key in ("Shift", "a", "Shift", "b", "Shift"):
        page.keyboard.press(key)
    page.goto(pages.ARTICLE)
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_timeout(300)
    assert page.url.endswith(pages.ARTICLE)


def test_shift_with_a_click_or_the_wheel_marks_and_scrolls_and_leaves_nothing(page):
    page.goto("/contact/")
    page.fill("[name=message]", "What I typed")
    box = page.locator("[name=message]").bounding_box()
    for act in (lambda: page.mouse.click(box["x"] + 40, box["y"] + 20), lambda: page.mouse.wheel(0, 20)):
        for _ in range(4):
            page.keyboard.down("Shift")
            act()
            page.keyboard.up("Shift")
    page.wait_for_timeout(300)
    assert page.url.endswith("/contact/")
    assert page.input_value("[name=message]") == "What I typed"
    for _ in range(3):  # control
        page.keyboard.press("Shift")
    page.wait_for_url("**/healthz")


def test_the_contents_list_marks_the_section_in_view_wherever_one_gets_to(new_page):
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{pages.ARTICLE}#sources")
    marked = page.locator(".contents [aria-current]")
    expect(marked).to_have_text("Sources")
    page.keyboard.press("Home")
    expect(marked).to_have_count(0)
    page.keyboard.press("End")
    expect(marked).to_have_text("Who checks this page")
    for link in page.locator(".contents a").all():
        link.click()
        expect(marked).to_have_count(1)
        expect(marked).to_have_text(link.inner_text())


@pytest.mark.parametrize("forced_colors", ["active", "none"])
def test_the_section_in_view_is_marked_by_more_than_a_color(new_page, forced_colors):
    page = new_page(viewport={"width": 1280, "height": 800}, forced_colors=forced_colors)
    page.goto(f"{pages.ARTICLE}#sources")
    expect(page.locator(".contents [aria-current]")).to_have_text("Sources")
    bar = "link => [!!link.ariaCurrent, getComputedStyle(link).borderInlineStartWidth]"
    bars = page.eval_on_selector_all(".contents a", f"links => links.map({bar})")
    assert {width for is_current, width in bars if is_current} == {"3px"}
    assert {width for is_current, width in bars if not is_current} == {"0px"}


def test_quiet_mode_has_no_name_and_keeps_to_itself(page):
    page.goto(f"{pages.ARTICLE}?quiet")
    assert page.title() == "Page"
    expect(page.locator("h1")).to_be_visible()
    assert "Magnified Health Systems\n" not in page.locator("#help").inner_text()
    assert "Magnified" not in page.locator("header").first.inner_text()
    page.get_by_role("link", name="Articles", exact=True).click()
    page.wait_for_url("**/articles/?quiet")
    page.fill("[name=q]", "sponsor")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    assert page.title() == "Page"
    page.get_by_role("link", name=re.compile("Sponsors")).first.click()
    page.wait_for_url(re.compile(r"/articles/.*\?quiet$"))
    page.get_by_role("link", name="End quiet mode").click()
    page.wait_for_url(re.compile(r"/articles/[^?]*[?]?$"))
    assert page.title() != "Page"


def test_the_link_into_quiet_mode_leads_into_it_from_quiet_mode_too(page):
    page.goto("/leaving/?quiet")
    page.get_by_role("link", name="Read the articles in quiet mode").click()
    page.wait_for_url("**/articles/?quiet")
    assert page.title() == "Page"


def test_the_pocket_card_names_neither_us_nor_its_subject_and_prints_on_one_page(page):
    page.goto(pages.ARTICLE)
    page.get_by_role("link", name=re.compile("pocket card")).click()
    page.wait_for_url("**/card/")
    assert page.title() == "Card"
    assert page.locator("ol li").count() == 12
    assert page.locator("[href='tel:911'], [href='tel:988']").count() == 2
    assert "Magnified" not in page.locator("body").inner_text()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter"))) == 1


FITS_LEFT_OF_THE_STEPS = """list => {
    const number = list.lastElementChild.appendChild(document.createElement("span"));
    number.textContent = "12.\\u00a0";
    const text = list.getBoundingClientRect().left + parseFloat(getComputedStyle(list).paddingLeft);
    return number.getBoundingClientRect().width <= text;
}"""


def test_a_number_of_two_digits_stands_whole_on_the_printed_card(page):
    page.goto(f"{pages.ARTICLE}card/")
    page.emulate_media(media="print")
    steps = page.locator("ol")
    assert steps.evaluate(FITS_LEFT_OF_THE_STEPS)
    steps.evaluate("list => list.style.paddingInlineStart = '1.4em'")
    assert not steps.evaluate(FITS_LEFT_OF_THE_STEPS), "control: beside less room it does not"


# A visit to one's own thread


def test_two_minutes_before_the_end_the_page_warns_and_staying_begins_the_time_anew(page):
    page.clock.install()
    pages.come_back(page, pages.furnished.code())
    page.fill("[name=message]", "Typed slowly.")
    warning = page.get_by_role("alert")
    page.clock.fast_forward("12:50")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("00:15")
    expect(warning).to_be_visible()
    with page.expect_response("**/return/stay/") as answer:
        page.get_by_role("button", name="Stay").click()
    assert answer.value.status == 204
    expect(warning).to_be_hidden()
    page.clock.fast_forward("12:50")
    expect(warning).to_be_hidden()
    expect(page.locator("[name=message]")).to_have_value("Typed slowly.")
    assert page.get_by_text(pages.furnished.ANSWER).is_visible()


def test_after_the_end_nothing_is_shown_and_what_was_typed_comes_back_with_the_code(page):
    pages.timed_out(page)
    expect(page.get_by_role("heading", name="This page has closed")).to_be_visible()
    assert pages.furnished.ANSWER not in page.content() and pages.furnished.ASKED["message"] not in page.content()
    page.context.clear_cookies(name="return")  # the server's time is over as well
    page.get_by_role("link", name="Enter my code").click()
    expect(page.get_by_label("What you typed")).to_have_value("Typed for a long time.")
    page.fill("[name=code]", pages.furnished.code())
    page.get_by_role("button", name="Open my message").click()
    expect(page.get_by_role("heading", name="This is not sent yet")).to_be_visible()
    expect(page.locator("[name=message]")).to_have_value("Typed for a long time.")
    assert page.get_by_text(pages.furnished.ANSWER).is_visible()


def test_a_page_that_closed_sends_nothing_though_the_visit_goes_on_in_another_tab(page):
    pages.timed_out(page)  # in this tab alone: the server still knows the visit
    page.get_by_role("link", name="Enter my code").click()
    expect(page.get_by_role("heading", name="This is not sent yet")).to_be_visible()
    expect(page.locator("[name=message]")).to_have_value("Typed for a long time.")
    assert page.get_by_text("Your words are added").count() == 0
    pages.press(page, "Add this")
    assert page.get_by_text("Your words are added").is_visible(), "control: pressed, it is"


def test_without_script_the_page_says_when_it_closes(new_page):
    page = new_page(java_script_enabled=False)
    pages.come_back(page, pages.furnished.code())
    expect(page.get_by_text(re.compile(r"This page closes at \d+:\d\d [ap]\.m\. P[SD]T"))).to_be_visible()
    expect(page.locator(".stay")).to_be_hidden()


@pytest.mark.parametrize("path", ["/return/", "/return/change/", "/return/consent/", "/return/destroy/"])
@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_leaving_a_visit_ends_it_and_going_back_shows_nothing(new_page, path, script):
    page = new_page(java_script_enabled=script)
    pages.on_a_visit(path)(page)
    page.get_by_role("link", name="Leave this page", exact=True).click()
    page.wait_for_url("**/healthz")
    assert page.context.cookies() == []
    page.go_back()
    assert pages.furnished.ANSWER not in page.content()
    page.goto("/return/")
    expect(page.locator("[name=code]")).to_be_visible()


def test_after_finishing_going_back_shows_nothing(page):
    pages.finished(page)
    expect(page.get_by_role("heading", name="Closed")).to_be_visible()
    page.go_back()
    assert pages.furnished.ANSWER not in page.content()


@pytest.mark.parametrize("opened", [pages.ask_for_an_answer_by_code, pages.destroyed], ids=["code", "certificate"])
def test_on_paper_stands_nothing_that_says_whose_page_it_was_or_what_about(page, opened):
    opened(page)
    centre = page.locator(".site-header .name").inner_text()
    assert page.get_by_text("Help right now").is_visible(), "control: on the screen it stands"
    page.emulate_media(media="print")
    printed = page.locator("body").inner_text()
    assert len(printed) > 30
    assert not re.search(r"addict|recover|treat|drug|alcohol|health|help|988|message to us", printed, re.IGNORECASE)
    assert " ".join(centre.split()) not in " ".join(printed.split())
    if opened is pages.ask_for_an_answer_by_code:
        assert re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", printed) and "Where it opens" in printed


@pytest.mark.parametrize(("words", "stays"), [("suicide", False), ("suicidio", False), ("sponsor", True)])
def test_the_history_lists_no_words_of_danger(new_page, words, stays):
    page = new_page()
    page.goto(f"/search/?q={words}")
    page.wait_for_load_state("networkidle")
    assert ("q=" in page.evaluate("location.href")) is stays
    assert page.locator("[name=q]").first.input_value() == words, "they stand on the page as long as it is open"
