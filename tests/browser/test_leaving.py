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


def test_the_contents_list_marks_the_section_in_view(new_page):
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{pages.ARTICLE}#sources")
    expect(page.locator(".contents [aria-current]")).to_have_text("Sources")


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


def test_the_pocket_card_names_neither_us_nor_its_subject_and_prints_on_one_page(page):
    page.goto(pages.ARTICLE)
    page.get_by_role("link", name=re.compile("pocket card")).click()
    page.wait_for_url("**/card/")
    assert page.title() == "Card"
    assert page.locator("ol li").count() == 12
    assert page.locator("[href='tel:911'], [href='tel:988']").count() == 2
    assert "Magnified" not in page.locator("body").inner_text()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter"))) == 1
