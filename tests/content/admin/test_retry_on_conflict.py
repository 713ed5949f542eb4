"""Two people save in the same moment: one of them is told in the form what to do, and nothing typed is lost."""

import pytest
from django.contrib import admin
from django.db import IntegrityError
from django.urls import reverse

from content.admin.retry_on_conflict import RetryOnConflictAdmin
from content.models import Article, HelpLine, Notice, Topic
from content.services import saving
from tests.content.factories import make_article, make_centre, make_notice, make_published
from tests.content.test_admin import article_form

pytestmark = pytest.mark.django_db(transaction=True)
NOTICE = {"kind": "privacy", "language": "en", "title": "Privacy"}


def saves(desk):
    return type(admin.site.get_model_admin(desk)), "save_model"


def refused(answers):
    """The page of the one who was refused; the other one's text is stored."""
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    return next(answer for answer in answers if answer.status_code == 200)


def test_an_address_that_two_new_articles_want_in_the_same_moment(race, people):
    def add(client, title):
        url, data = article_form(client, title=title, slug="wanted", language="en", kind="standard")
        return lambda: client.post(url, data)

    answers = race(*saves(Article), add(people[0], "Ann's words"), add(people[1], "Kim's words"))
    page = refused(answers)
    assert "Another article has this address" in str(page.context["errors"])
    stored = Article.objects.get()
    typed = page.context["adminform"].form["title"].value()
    assert {stored.title, typed} == {"Ann's words", "Kim's words"}
    assert stored.revisions.count() == 1


def test_an_address_that_becomes_a_former_one_between_two_checks(race, people):
    """Asked at one instant and at the next, it belongs to nobody; and yet it leads to an article for ever."""
    make_centre()
    renamed = make_published()
    url, data = article_form(people[0], title="Ann's words", slug=renamed.slug, language="en", kind="standard")
    rename_url, renaming = article_form(people[1], renamed, slug="renamed")
    mine, theirs = race(
        Article, "clean", lambda: people[0].post(url, data), lambda: people[1].post(rename_url, renaming)
    )
    assert (mine.status_code, theirs.status_code) == (200, 302)
    assert mine.context["adminform"].form["title"].value() == "Ann's words"
    assert "address" in str(mine.context["errors"]) and "Choose another one." in str(mine.context["errors"])
    assert Article.objects.get().slug == "renamed"


def test_two_saves_of_one_article_make_no_number_twice(race, people):
    article = make_article()
    saving.save_revision(article=article)
    forms = [
        article_form(client, article, title=title) for client, title in zip(people, ("Ann's", "Kim's"), strict=True)
    ]
    posts = [
        lambda client=client, url=url, data=data: client.post(url, data)
        for client, (url, data) in zip(people, forms, strict=True)
    ]
    page = refused(race(*saves(Article), *posts))
    assert b"Two texts of" in page.content and b"Ann&#x27;s" in page.content and b"Kim&#x27;s" in page.content
    assert list(article.revisions.values_list("number", flat=True)) == [2, 1]


def test_two_versions_of_a_notice_in_the_same_moment(race, people):
    make_notice(**NOTICE, text="<p>First words.</p>")

    def add(client, words):
        url = reverse("admin:content_notice_add")
        began = client.get(url, {"kind": "privacy"}).context["adminform"].form["began_from"].value()
        return lambda: client.post(url, NOTICE | {"text": f"<p>{words}</p>", "began_from": began})

    page = refused(race(*saves(Notice), add(people[0], "Ann's words."), add(people[1], "Kim's words.")))
    assert "version 2 of this notice holds now" in str(page.context["errors"])
    form = page.context["adminform"].form
    stored = Notice.objects.current("privacy")
    assert stored.version == 2
    assert {stored.text, form["text"].value()} == {"<p>Ann's words.</p>", "<p>Kim's words.</p>"}
    data = NOTICE | {"text": form["text"].value(), "began_from": form["began_from"].value()}
    assert people[0].post(reverse("admin:content_notice_add"), data).status_code == 302
    assert Notice.objects.current("privacy").version == 3, "having seen the other one, the next save goes through"


@pytest.mark.parametrize("model", [Topic, HelpLine])
def test_other_rows_with_a_name_of_their_own(race, people, model):
    words = {"slug": "wanted", "intro": "One sentence.", "position": 1, "key": "wanted", "number": "211"}
    words |= dict.fromkeys(("who_answers", "hours", "cost", "languages"), "words") | {"ages": "on"}
    url = reverse(f"admin:content_{model._meta.model_name}_add")
    posts = [
        lambda client=client, name=name: client.post(url, words | {"name": name})
        for client, name in zip(people, ("Ann's", "Kim's"), strict=True)
    ]
    page = refused(race(*saves(model), *posts))
    assert "already exists" in str(page.context["errors"])
    assert {model.objects.get().name, page.context["adminform"].form["name"].value()} == {"Ann's", "Kim's"}


def test_what_is_refused_twice_is_no_race(monkeypatch, people):
    """Control: a fault of ours is not hidden by asking again."""
    asked = []

    def broken(self, *args, **kwargs):
        asked.append(args)
        raise IntegrityError

    monkeypatch.setattr(*saves(Topic), broken)
    data = {"name": "A", "slug": "a", "intro": "One sentence.", "position": 1}
    with pytest.raises(IntegrityError):
        people[0].post(reverse("admin:content_topic_add"), data)
    assert len(asked) == 2 and not Topic.objects.exists()


def test_every_form_of_the_desk_looks_again():
    desks = [desk for model, desk in admin.site._registry.items() if model._meta.app_label == "content"]
    writable = [desk for desk in desks if type(desk).has_add_permission is admin.ModelAdmin.has_add_permission]
    assert len(writable) > 6 and [desk for desk in writable if not isinstance(desk, RetryOnConflictAdmin)] == []
