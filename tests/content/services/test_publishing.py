"""Dates of publication: what visitors read at each moment, with nothing running on time."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from content.models import Article, Revision, RowIsFinal, SearchEntry, SearchWord, Section, Topic
from content.search.engine import find
from content.services import publishing, saving
from tests.content.factories import make_article, make_published, publish, sign

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2026, 11, 30, 20, tzinfo=datetime.UTC)  # at noon in California


@pytest.fixture
def clock(time_machine):
    """`clock(days)` sets the time to noon, that many days on."""

    def go(days):
        time_machine.move_to(NOON + datetime.timedelta(days=days), tick=False)

    go(0)
    return go


def day(number):
    return NOON + datetime.timedelta(days=number)


def saved(article, title):
    article.title = title
    article.save()
    return saving.save_revision(article=article)


def title_on_site(article):
    """The title that visitors read now; None when there is no page."""
    article_on_site = Article.objects.published().filter(pk=article.pk).first()
    assert (article_on_site is not None) == Article.objects.get(pk=article.pk).is_published
    return article_on_site and article_on_site.published_revision.snapshot["title"]


def through_the_days(clock, article, days=range(6)):
    """The titles that visitors read from day to day."""
    titles = []
    for number in days:
        clock(number)
        titles.append(title_on_site(article))
    clock(0)
    return titles


def test_a_date_in_the_past_means_now(clock):
    """The history says what visitors read and when: nobody can have it say otherwise."""
    article = make_article()
    revision = publishing.publish(revision=saving.save_revision(article=article), at=day(-2))
    assert revision.published_at == day(0)
    clock(2)
    publishing.unpublish(article=article, at=day(1))
    revision.refresh_from_db()
    assert revision.published_until == day(2)


def test_a_new_article_appears_on_its_date(clock):
    article = make_article(title="New")
    publishing.publish(revision=saving.save_revision(article=article), at=day(2))
    assert through_the_days(clock, article) == [None, None, "New", "New", "New", "New"]


def test_a_change_takes_the_place_of_the_old_text_on_its_date(clock):
    article = make_published(title="Old")
    publishing.publish(revision=saved(article, "New"), at=day(2))
    assert through_the_days(clock, article) == ["Old", "Old", "New", "New", "New", "New"]


def test_an_article_leaves_on_its_date(clock):
    article = make_published(title="Old")
    assert publishing.unpublish(article=article, at=day(3))
    assert through_the_days(clock, article) == ["Old", "Old", "Old", None, None, None]


def test_a_text_that_is_published_before_an_articles_last_day_leaves_on_that_day_too(clock):
    article = make_published(title="Old")
    publishing.unpublish(article=article, at=day(4))
    publishing.publish(revision=saved(article, "Corrected"))
    publishing.publish(revision=saved(article, "New"), at=day(2))
    assert through_the_days(clock, article) == ["Corrected", "Corrected", "New", "New", None, None]


def test_several_texts_follow_one_another(clock):
    article = make_published(title="A")
    last = saved(article, "C")
    publishing.publish(revision=last, at=day(4))
    publishing.publish(revision=saved(article, "B"), at=day(2))
    assert through_the_days(clock, article) == ["A", "A", "B", "B", "C", "C"]


def test_a_date_can_be_moved(clock):
    article = make_published(title="A")
    revision = saved(article, "B")
    publishing.publish(revision=revision, at=day(2))
    publishing.publish(revision=revision, at=day(4))
    assert through_the_days(clock, article) == ["A", "A", "A", "A", "B", "B"]
    publishing.publish(revision=revision)
    assert through_the_days(clock, article) == ["B"] * 6


def test_two_texts_for_one_moment_are_one(clock):
    article = make_published(title="A")
    first, second = saved(article, "B"), saved(article, "C")
    publishing.publish(revision=first, at=day(2))
    publishing.publish(revision=second, at=day(2))
    assert through_the_days(clock, article) == ["A", "A", "C", "C", "C", "C"]
    first.refresh_from_db()
    assert first.published_at is None


def test_a_coming_publication_can_be_canceled(clock):
    article = make_published(title="A")
    revision = saved(article, "B")
    publishing.publish(revision=revision, at=day(2))
    publishing.unschedule(revision=revision)
    assert through_the_days(clock, article) == ["A"] * 6
    publishing.unschedule(revision=article.published_revision)
    assert title_on_site(article) == "A", "control: what is on the site is not unscheduled"


def test_a_coming_withdrawal_can_be_canceled(clock):
    article = make_published(title="A")
    publishing.unpublish(article=article, at=day(2))
    publishing.cancel_unpublishing(article=article)
    assert through_the_days(clock, article) == ["A"] * 6


def test_a_withdrawal_calls_off_what_was_to_come_after_it(clock):
    article = make_published(title="A")
    publishing.publish(revision=saved(article, "B"), at=day(2))
    publishing.publish(revision=saved(article, "C"), at=day(4))
    publishing.unpublish(article=article, at=day(3))
    assert through_the_days(clock, article) == ["A", "A", "B", None, None, None]
    publishing.unpublish(article=article)
    assert through_the_days(clock, article) == [None] * 6


def test_to_withdraw_what_is_not_there_says_so(clock):
    article = make_article()
    assert not publishing.unpublish(article=article)
    assert not publishing.unpublish(article=article, at=day(2))


def test_a_text_that_left_comes_back_as_a_new_revision_with_its_sign_off(clock):
    article = make_published(title="A")
    first = article.published_revision
    sign(first)
    clock(1)
    publishing.publish(revision=saved(article, "B"))
    clock(2)
    again = publishing.publish(revision=first)
    assert (again.number, again.sha256) == (3, first.sha256)
    article.refresh_from_db()
    assert article.title == "A", "what is on the site is what editors go on with"
    assert [revision.number for revision in article.revisions.public()] == [3, 2, 1]


def test_what_is_on_the_site_is_not_published_again(clock):
    article = make_published()
    revision = article.published_revision
    clock(1)
    assert publishing.publish(revision=revision) == revision
    assert article.revisions.get().published_at == day(0)


def test_the_database_refuses_two_texts_without_an_end():
    article = make_published(title="A")
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=saved(article, "B").pk).update(published_at=timezone.now())


def test_the_database_refuses_a_text_that_ends_before_it_begins():
    revision = make_published().published_revision
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(published_until=revision.published_at - datetime.timedelta(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(published_at=None, published_until=timezone.now())


# Everything that shows articles follows the dates


def seen(client, article):
    """Which of the site's pages show the title “Dated”, and whether the article has a page."""
    names = ("content:home", "content:article_list", "content:article_a_z", "content:article_feed", "machines:sitemap")
    needles = {"machines:sitemap": article.get_absolute_url()}
    visible = {name for name in names if needles.get(name, "Dated") in client.get(reverse(name)).content.decode()}
    if find("dated").results:
        visible.add("search")
    for name in ("article_detail", "article_history"):
        if client.get(reverse(f"content:{name}", args=[article.slug])).status_code == 200:
            visible.add(name)
    return visible


EVERYWHERE = {
    "content:home",
    "content:article_list",
    "content:article_a_z",
    "content:article_feed",
    "machines:sitemap",
    "search",
    "article_detail",
    "article_history",
}


def test_every_page_follows_the_dates(client, clock):
    article = make_article(title="Dated", slug="dated")
    article.topics.add(Topic.objects.create(slug="t", name="T"))
    publishing.publish(revision=saving.save_revision(article=article), at=day(1))
    publishing.unpublish(article=article, at=day(3))
    assert seen(client, article) == set()
    clock(1)
    assert seen(client, article) == EVERYWHERE, "control: the pages would show it"
    clock(3)
    assert seen(client, article) == set()


def test_the_search_finds_the_words_of_the_text_that_is_on_the_site(clock):
    article = make_published(title="Apples")
    publishing.publish(revision=saved(article, "Pears"), at=day(1))
    assert [bool(find(word).results) for word in ("apples", "pears")] == [True, False]
    clock(1)
    assert [bool(find(word).results) for word in ("apples", "pears")] == [False, True]
    assert SearchEntry.objects.count() == 2
    publish(article)
    publishing.publish(revision=saved(article, "Plums"))
    assert SearchEntry.objects.count() == 1, "what has left is forgotten at the next publication"
    assert not SearchWord.objects.filter(word="apples").exists()


def test_the_public_history_says_nothing_of_what_is_to_come(client, clock):
    article = make_published(title="Dated", slug="dated")
    publishing.publish(revision=saved(article, "Secret"), at=day(1))
    page = reverse("content:article_history", args=["dated"])
    assert "Secret" not in client.get(page).content.decode()
    assert client.get(f"{page}2/").status_code == 404
    clock(1)
    assert "Secret" in client.get(page).content.decode()


# Archive and trash


def test_an_archived_article_leaves_the_site_and_the_lists_and_is_kept(clock):
    article = make_published(title="A")
    publishing.archive(article=article)
    assert title_on_site(article) is None
    assert not Article.objects.active().exists()
    with pytest.raises(publishing.NotActive):
        publishing.publish(revision=article.revisions.get())
    publishing.restore(article=article)
    assert Article.objects.active().get() == article
    assert title_on_site(article) is None, "nothing comes back onto the site by itself"


@pytest.mark.parametrize("remove", [publishing.archive, publishing.move_to_trash])
@pytest.mark.parametrize("again", [publishing.archive, publishing.move_to_trash])
def test_a_removed_article_stays_where_it_lies_until_it_is_restored(remove, again):
    article = make_published(title="A")
    seen_before = Article.objects.get(pk=article.pk)
    remove(article=article)
    lies = Article.objects.values("archived_at", "deleted_at", "deleted_by").get()
    with pytest.raises(publishing.NotActive):
        again(article=seen_before)
    assert Article.objects.values("archived_at", "deleted_at", "deleted_by").get() == lies
    publishing.restore(article=seen_before)
    again(article=seen_before)
    assert not Article.objects.active().exists(), "control: restored, it can be archived again"


def test_an_active_article_cannot_be_restored():
    article = make_article(title="A")
    publishing.archive(article=article)
    seen_before = Article.objects.get(pk=article.pk)
    publishing.restore(article=article)
    with pytest.raises(publishing.AlreadyActive):
        publishing.restore(article=seen_before)
    assert Article.objects.active().exists()


def test_a_deleted_draft_lies_in_the_trash_for_30_days_and_can_be_restored(clock):
    article = make_article(title="A")
    saving.save_revision(article=article)
    publishing.move_to_trash(article=article)
    clock(29)
    assert publishing.empty_trash() == (0, 0)
    assert Article.objects.in_trash().get() == article
    publishing.restore(article=article)
    clock(60)
    assert publishing.empty_trash() == (0, 0)
    assert article.revisions.count() == 1 and Section.objects.filter(parent=article).exists()


def test_after_30_days_a_draft_is_destroyed(clock):
    article = make_article(title="A")
    sign(saving.save_revision(article=article))
    publishing.move_to_trash(article=article)
    clock(30)
    assert publishing.empty_trash() == (1, 0)
    assert not Article.objects.exists() and not Revision.objects.exists()


def test_after_30_days_what_visitors_have_read_goes_to_the_archive(clock):
    article = make_published(title="A")
    clock(1)
    publishing.move_to_trash(article=article)
    assert title_on_site(article) is None
    clock(31)
    assert publishing.empty_trash() == (0, 1)
    article.refresh_from_db()
    assert article.archived_at and not article.deleted_at
    assert article.revisions.count() == 1


def test_nothing_else_deletes_a_revision():
    article = make_published()
    with pytest.raises(RowIsFinal):
        article.revisions.all().delete()
    publishing.destroy_drafts(article)
    assert article.revisions.count() == 1, "what was public stays whatever is asked"
