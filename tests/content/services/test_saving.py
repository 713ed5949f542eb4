import pytest
from django.urls import reverse

from content.models import Article, Topic
from content.services import saving, workflow
from tests.content.factories import make_article, make_published, make_user, publish, sign

pytestmark = pytest.mark.django_db


def test_a_copy_has_the_text_and_nothing_of_the_trust():
    article = make_published(language="es", kind="twelve_step", steps=12)
    article.topics.add(Topic.objects.create(slug="t", name="T", intro="One."))
    sign(article.published_revision)
    writer = make_user("writer")
    workflow.comment(revision=article.published_revision, place="", text="Hm?", actor=writer)
    made = saving.copy(article=article, author=writer)
    first = made.revisions.get()
    old, new = article.published_revision.snapshot, first.snapshot
    assert new | {"title": ""} == old | {"title": ""} and new["title"] == f"Copy of {old['title']}"
    assert (made.language, made.reviewer, list(made.topics.all())) == (
        "es",
        article.reviewer,
        list(article.topics.all()),
    )
    assert (made.slug, made.translation_of, made.is_published) == ("test-article-copy", None, False)
    assert (first.author, first.sign_offs.count(), first.comments.count()) == (writer, 0, 0)
    assert article.published_revision.sign_offs.count() == 1


def test_copies_find_an_address_that_nobody_has_or_had():
    article = make_published(slug="a" * 80)
    slugs = [saving.copy(article=article).slug for _ in range(3)]
    assert slugs == [f"{'a' * 70}-copy", f"{'a' * 70}-copy-2", f"{'a' * 70}-copy-3"]
    moved = Article.objects.get(slug=slugs[0])
    publish(moved)
    moved.slug = "elsewhere"
    moved.save()
    assert saving.copy(article=article).slug == f"{'a' * 70}-copy-4"


def test_a_long_title_is_cut_and_not_refused():
    made = saving.copy(article=make_article(title="x" * 70))
    assert len(made.title) == 70


# Many at once: what was done, and what was left alone


def chosen(client, role, action, *articles):
    client.force_login(make_user(role, username=f"{role}-{action}-{len(articles)}"))
    data = {"action": action, "_selected_action": [article.pk for article in articles]}
    return client.post(reverse("admin:content_article_changelist") + "?place=all", data, follow=True).content.decode()


def test_each_action_says_what_was_done_and_what_was_skipped(client):
    draft, live = make_article(slug="draft"), make_published(slug="live")
    saving.save_revision(article=draft)
    page = chosen(client, "writer", "hand_in_chosen", draft, live)
    assert "Handed in: 1. Skipped: 1 (archived or in the trash, published already, or handed in already)." in page
    assert "Copied: 2. Skipped: 0." in chosen(client, "writer", "copy_chosen", draft, live)
    page = chosen(client, "publisher", "archive_chosen", draft, live)
    assert "Put into the archive: 2. Skipped: 0." in page
    page = chosen(client, "publisher", "archive_chosen", draft)
    assert "Put into the archive: 0. Skipped: 1 (in the archive or the trash already)." in page
    assert "Restored: 1. Skipped: 0." in chosen(client, "publisher", "restore_chosen", live)


def test_nobody_acts_on_many_who_may_not_act_on_one(client):
    live = make_published()
    for role, action in (
        ("writer", "archive_chosen"),
        ("reviewer", "hand_in_chosen"),
        ("reviewer", "restore_chosen"),
    ):
        page = chosen(client, role, action, live)
        assert "Skipped" not in page
    live.refresh_from_db()
    assert live.is_published
