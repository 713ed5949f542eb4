"""What hands do without thinking, in the article's editor: save by keyboard, be warned before words are lost, undo."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from content.admin.edit_links import FIELDS
from content.models import Article
from tests.browser.furnished import EVERY_ROLE
from tests.browser.pages import add_block
from tests.browser.test_editor import EDITORS, PASTE
from tests.hostile import HOSTILE, Faults

pytestmark = pytest.mark.browser


@pytest.fixture
def article():
    return Article.objects.get(slug="sponsors-and-meetings")


@pytest.fixture
def page(new_page, article):
    page = new_page(EVERY_ROLE)
    page.goto(reverse("admin:content_article_change", args=[article.pk]))
    page.locator(EDITORS).first.wait_for()
    return page


def leaves(page, *, stays):
    """Try to leave, and answer what the browser asks. Returns what it asked."""
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.dismiss() if stays else dialog.accept()

    page.once("dialog", answer)
    page.evaluate("setTimeout(() => location.assign('/admin/'))")
    return asked


@pytest.mark.parametrize("field", ["[name=note]", EDITORS])
def test_ctrl_s_saves_from_a_field_and_from_the_text_itself(page, article, field):
    before = article.revisions.count()
    page.fill("[name=title]", "Sponsors, by keyboard")
    page.locator(field).first.click()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("[name=title]")).to_have_value("Sponsors, by keyboard")
    article.refresh_from_db()
    assert (article.title, article.revisions.count()) == ("Sponsors, by keyboard", before + 1)


def test_leaving_with_unsaved_words_asks_and_staying_keeps_them(page):
    page.fill("[name=title]", "Not saved yet")
    asked = leaves(page, stays=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("[name=title]")).to_have_value("Not saved yet")


def test_leaving_asks_about_words_in_the_text_too(page):
    page.locator(EDITORS).first.click()
    page.keyboard.type("Unsaved. ")
    asked = leaves(page, stays=False)
    page.wait_for_url("**/admin/")
    assert asked == ["beforeunload"]


def test_a_preview_in_another_tab_leaves_the_words_unsaved_and_leaving_still_asks(page):
    page.fill("[name=title]", "Looked at, not saved")
    with page.context.expect_page() as other:
        page.locator("[value='Preview without saving']").first.click()
    other.value.wait_for_load_state()
    other.value.close()
    asked = leaves(page, stays=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("[name=title]")).to_have_value("Looked at, not saved")


def test_a_finding_leads_to_the_words_of_its_part(page):
    page.goto(f"{page.url.split('#')[0]}#content_section_set-1")
    page.reload()
    expect(page.locator("#content_section_set-1 [name$=-heading]")).to_be_focused()


@pytest.mark.parametrize("field", sorted(set(FIELDS.values())))
def test_a_finding_leads_to_its_field(page, field):
    page.goto(f"{page.url.split('#')[0]}#{field}")
    page.reload()
    place = page.locator(f"#{field}")
    expect(place).to_be_in_viewport()
    expect(place).to_be_focused()


def test_leaving_asks_nothing_when_nothing_was_changed_or_all_is_saved(page):
    """The control: the question is about unsaved words, and about nothing else."""
    page.locator("[name=title]").click()
    asked = leaves(page, stays=True)
    page.wait_for_url("**/admin/")
    assert asked == []


def test_saving_itself_asks_nothing(page):
    asked = []
    page.on("dialog", lambda dialog: asked.append(dialog.type) or dialog.accept())
    page.fill("[name=title]", "Saved by the button")
    with page.expect_navigation():
        page.locator("[name=_continue]").first.click()
    assert asked == []


def test_what_was_typed_is_undone_and_done_again(page):
    editor = page.locator(EDITORS).first
    stored = page.locator("textarea[name$=-text]").first
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("One more sentence.")
    assert "One more sentence." in stored.input_value()
    page.keyboard.press("Control+z")
    assert "One more sentence." not in stored.input_value()
    page.keyboard.press("Control+Shift+z")
    assert "One more sentence." in stored.input_value()


def test_sixty_hostile_pastes_run_nothing_ask_nobody_and_are_stored_clean(new_page):
    page = new_page(EVERY_ROLE)
    page.goto(reverse("admin:content_article_add"))
    add_block(page, "section")
    page.locator(EDITORS).wait_for()
    asked = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    pastes = HOSTILE[::8][:60]
    for html in pastes:
        page.locator(EDITORS).evaluate(PASTE, html)
    page.wait_for_timeout(200)
    assert len(set(pastes)) == 60 and asked == []
    assert page.evaluate("window.hit") is None
    typed = page.locator("textarea[name=content_section_set-0-text]").input_value()
    assert "<p>" in typed, "control: something was pasted"
    assert Faults(typed).found == []


def test_the_same_pastes_run_in_a_page_that_does_not_clean_them(browser):
    """The control: without our policy and our cleaning the browser runs them."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<div id=x></div>")
        ran = 0
        for html in (html for html in HOSTILE[::8][:60] if "http-equiv" not in html):  # that one leads away
            page.evaluate("html => { window.hit = 0; document.querySelector('#x').innerHTML = html }", html)
            page.wait_for_timeout(20)
            ran += page.evaluate("window.hit") == 1
        assert ran > 10
