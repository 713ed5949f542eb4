"""Two people in one article, each in a browser of their own."""

import re

import pytest
from django.urls import reverse

from content.models import Article, OpenForm
from tests.browser.pages import press

pytestmark = pytest.mark.browser

EVERY = 20_000
OTHERS = "#others p"
KEPT = re.compile("^Kept at")  # not "It was last kept at", which a failure says


@pytest.fixture
def article():
    return Article.objects.get(slug="12-step-program")


@pytest.fixture
def edit(new_page, article):
    """`edit(role)` opens the article in a browser whose clock stands still until it is moved."""

    def opened(role, **options):
        page = new_page(role, **options)
        if options.get("java_script_enabled", True):
            page.clock.install()
        page.goto(reverse("admin:content_article_change", args=[article.pk]))
        return page

    return opened


def beat(page):
    with page.expect_response("**/keep/"):
        page.clock.run_for(EVERY)


def type_title(page, title):
    page.locator("#id_title").fill(title)


def save(page):
    with page.expect_navigation():
        page.locator("[name=_continue]").first.click()


def test_two_people_write_at_once_and_put_their_texts_together(edit, article):
    ann = edit("writer")
    beat(ann)
    kim = edit("publisher")
    assert "writer has this article open too" in kim.locator(OTHERS).inner_text()
    beat(ann)
    ann.get_by_text("publisher has this article open too").wait_for()
    type_title(ann, "Ann's title")
    ann.locator("#id_short_answer").fill("Ann's answer.")
    type_title(kim, "Kim's title")
    save(kim)
    beat(ann)
    ann.get_by_text("was saved by somebody since you opened it").wait_for()
    save(ann)
    assert ann.get_by_text("Your text is not saved yet").is_visible()
    title = ann.get_by_role("group", name="Title")
    assert title.get_by_role("radio", checked=True).count() == 0, "both changed it: nobody chooses for them"
    answer = ann.get_by_role("group", name="Short answer")
    assert answer.get_by_role("radio", name="Yours").is_checked()
    title.get_by_role("radio", name="Saved by publisher").check()
    press(ann, "Save the text that is chosen")
    article.refresh_from_db()
    assert (article.title, article.short_answer) == ("Kim's title", "Ann's answer.")
    assert [revision.author.username for revision in article.revisions.all()[:2]] == ["writer", "publisher"]


def test_it_works_without_script_too(edit, article):
    ann, kim = edit("writer", java_script_enabled=False), edit("publisher", java_script_enabled=False)
    type_title(ann, "Ann's title")
    type_title(kim, "Kim's title")
    save(kim)
    save(ann)
    ann.get_by_role("group", name="Title").get_by_role("radio", name="Yours").check()
    press(ann, "Save the text that is chosen")
    article.refresh_from_db()
    assert article.title == "Ann's title"


def test_what_is_typed_is_kept_at_the_server_and_offered_when_the_form_is_opened_again(edit, article, new_page):
    page = edit("writer")
    page.locator("#id_title").click()
    beat(page)
    assert not OpenForm.objects.filter(kept_at__isnull=False).exists(), "control: nothing was typed yet"
    type_title(page, "Typed, not saved")
    beat(page)
    page.get_by_text(KEPT).wait_for()
    assert "Typed" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    page.close()
    again = edit("writer")
    assert again.get_by_text("You typed something here that was not saved.").is_visible()
    press(again, "Open it")
    assert again.locator("#id_title").input_value() == "Typed, not saved"
    assert again.get_by_text("It is not saved yet.").is_visible()
    article.refresh_from_db()
    assert article.title != "Typed, not saved"
    save(again)
    article.refresh_from_db()
    assert article.title == "Typed, not saved"
    assert again.get_by_text("You typed something here").count() == 0


def test_while_a_kept_text_is_offered_nothing_takes_its_place(edit, article):
    page = edit("writer")
    page.locator("#id_title").click()
    type_title(page, "The first")
    beat(page)
    page.close()
    again = edit("writer")
    again.locator("#id_title").click()
    type_title(again, "The second")
    beat(again)
    assert "The+first" in OpenForm.objects.get(kept_at__isnull=False).kept_text


def test_what_cannot_be_kept_is_said_with_the_way_out(edit):
    page = edit("writer")
    page.locator("#id_title").click()
    type_title(page, "Typed")
    beat(page)
    page.get_by_text(KEPT).wait_for()
    page.route("**/keep/", lambda route: route.abort())
    type_title(page, "Typed on")
    page.clock.run_for(EVERY)
    page.get_by_role("alert").get_by_text("Your text is not kept now. It was last kept at").wait_for()
    page.unroute("**/keep/")
    beat(page)
    page.get_by_text(KEPT).wait_for()
    assert page.get_by_role("alert").count() == 0


def test_who_was_signed_out_is_told_so(edit):
    page = edit("writer")
    page.locator("#id_title").click()
    type_title(page, "Typed")
    page.context.clear_cookies()
    page.clock.run_for(EVERY)
    page.get_by_text("You are signed out.").wait_for()
