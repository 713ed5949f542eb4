"""Holes that other editing systems had, each tried on ours. The table of tests/magnified tries every page as well."""

import pytest
from django.urls import reverse

from content import services
from content.models import Article
from tests.content.factories import make_article, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    article = make_article(title="Nobody outside reads this")
    services.save_revision(article=article)
    return article


def asked(client, role, name, *args, **query):
    client.force_login(make_user(role, username=f"hole-{role}"))
    return client.get(reverse(f"admin:{name}", args=args), query)


@pytest.mark.parametrize(
    "page",
    [
        "content_revision_preview",
        "content_revision_look",
        "content_article_share",
        "content_article_revisions",
        "content_article_compare",
        "content_article_history",
        "content_article_find",
    ],
)
def test_who_answers_messages_reads_no_draft(client, draft, page):
    """Preview, comparison, history and the dialog that chooses an article."""
    first = [draft.revisions.get().pk]
    keys = {"content_revision_preview": first, "content_revision_look": first, "content_article_find": []}
    keys = keys.get(page, [draft.pk])
    draft.title = "Nobody outside reads this either"
    draft.save()
    services.save_revision(article=draft)
    asks = {"q": "nobody", "one": "1", "other": "2"}
    refused = asked(client, "admissions", page, *keys, **asks)
    assert refused.status_code == 403 and "Nobody outside" not in refused.content.decode()
    assert asked(client, "writer", page, *keys, **asks).status_code == 200, "control: a writer does"


@pytest.mark.parametrize("role", ["reviewer", "admissions"])
def test_who_does_not_write_previews_no_form(client, draft, role):
    client.force_login(make_user(role))
    for look in (reverse("admin:content_article_look", args=[draft.pk]), reverse("admin:content_article_look_new")):
        assert client.post(look, {"title": "Typed"}).status_code == 403


def test_who_only_reads_copies_no_article(client, draft):
    client.force_login(make_user("reviewer"))
    client.post(reverse("admin:content_article_change", args=[draft.pk]), {"_saveasnew": "1", "title": "Copy"})
    assert Article.objects.get() == draft


def test_who_does_not_write_copies_nothing(client, draft):
    """By the button of the page and by the action of the list."""
    page = reverse("admin:content_article_publishing", args=[draft.pk])
    chosen = {"action": "copy_chosen", "_selected_action": [draft.pk]}
    for role in ("reviewer", "admissions"):
        client.force_login(make_user(role, username=f"copies-{role}"))
        assert client.post(page, {"do": "copy"}).status_code == 403
        client.post(reverse("admin:content_article_changelist"), chosen)
        assert Article.objects.get() == draft
    client.force_login(make_user("writer", username="copies-writer"))
    client.post(page, {"do": "copy"})
    client.post(reverse("admin:content_article_changelist"), chosen)
    assert Article.objects.count() == 3, "control: a writer copies both ways"


def test_nobody_deletes_an_article_past_the_bin(client, draft):
    client.force_login(make_user("publisher", is_superuser=True))
    assert client.post(reverse("admin:content_article_delete", args=[draft.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [draft.pk], "post": "yes"}
    client.post(reverse("admin:content_article_changelist"), chosen)
    assert Article.objects.get() == draft
