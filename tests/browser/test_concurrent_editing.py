"""Two people in one article, each in a browser of their own."""

import pytest
from django.urls import reverse

from content.models import Article
from tests.browser.pages import press

pytestmark = pytest.mark.browser

EVERY = 20_000
OTHERS = "#others p"


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
    with page.expect_response("**/beat/"):
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
