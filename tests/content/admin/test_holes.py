"""Holes that other editing systems had, each tried on ours. The table of tests/magnified tries every page as well.

Preview, comparison, history, deletion of what readers sent, copies, and the answers for scripts.
"""

import pytest
from django.urls import reverse

from content.models import Article, ReaderAnswer
from content.services import publishing, saving
from tests.admissions.factories import make_inquiry
from tests.content.factories import make_article, make_published, make_source, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    article = make_article(title="Nobody outside reads this")
    saving.save_revision(article=article)
    return article


def asked(client, role, name, *args, **query):
    client.force_login(make_user(role, username=f"hole-{role}"))
    return client.get(reverse(f"admin:{name}", args=args), query)


@pytest.mark.parametrize(
    "page",
    [
        "content_revision_preview",
        "content_revision_preview_frames",
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
    keys = {"content_revision_preview": first, "content_revision_preview_frames": first, "content_article_find": []}
    keys = keys.get(page, [draft.pk])
    draft.title = "Nobody outside reads this either"
    draft.save()
    saving.save_revision(article=draft)
    asks = {"q": "nobody", "one": "1", "other": "2"}
    refused = asked(client, "admissions", page, *keys, **asks)
    assert refused.status_code == 403 and "Nobody outside" not in refused.content.decode()
    assert asked(client, "writer", page, *keys, **asks).status_code == 200, "control: a writer does"


@pytest.mark.parametrize("role", ["reviewer", "admissions"])
def test_who_does_not_write_previews_no_form(client, draft, role):
    client.force_login(make_user(role))
    for preview in (
        reverse("admin:content_article_preview", args=[draft.pk]),
        reverse("admin:content_article_preview_new"),
    ):
        assert client.post(preview, {"title": "Typed"}).status_code == 403


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


def test_nobody_deletes_an_article_past_the_trash(client, draft):
    client.force_login(make_user("publisher", is_superuser=True))
    assert client.post(reverse("admin:content_article_delete", args=[draft.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [draft.pk], "post": "yes"}
    client.post(reverse("admin:content_article_changelist"), chosen)
    assert Article.objects.get() == draft


# What readers sent


@pytest.mark.parametrize("role", ["reviewer", "admissions", "admissions_lead", "privacy_officer"])
def test_who_does_not_edit_deletes_and_changes_no_answer_of_a_reader(client, role):
    answer = ReaderAnswer.objects.create(article=make_published(), was_helpful=False, text="Too long.")
    one, all_of_them = reverse("admin:content_readeranswer_delete", args=[answer.pk]), "content_readeranswer_changelist"
    both = [
        {"action": "delete_selected", "_selected_action": [answer.pk], "post": "yes"},
        {"action": "dealt_with", "_selected_action": [answer.pk]},
    ]
    client.force_login(make_user(role))
    assert client.post(one, {"post": "yes"}).status_code == 403
    for chosen in both:
        client.post(reverse(f"admin:{all_of_them}"), chosen)
    answer.refresh_from_db()
    assert answer.handled_on is None
    client.force_login(make_user("writer"))
    assert client.post(one, {"post": "yes"}).status_code == 302 and not ReaderAnswer.objects.exists(), "control"


@pytest.mark.parametrize("role", ["writer", "publisher", "admissions", "admissions_lead", "privacy_officer", ""])
def test_nobody_deletes_a_message_at_the_desk(client, role):
    """Not even with every right there is: a message goes away by its visitor's hand, or when its time is over."""
    inquiry = make_inquiry()
    client.force_login(make_user(role, username="deletes", is_superuser=not role))
    for path in ("delete", "change"):
        client.post(reverse(f"admin:admissions_inquiry_{path}", args=[inquiry.pk]), {"post": "yes", "_delete": "1"})
    chosen = {"action": "delete_selected", "_selected_action": [str(inquiry.pk)], "post": "yes"}
    client.post(reverse("admin:admissions_inquiry_changelist"), chosen)
    assert type(inquiry).objects.filter(pk=inquiry.pk).exists()


# The answers for scripts


@pytest.mark.parametrize("name", ["content_article_find", "content_source_find"])
def test_the_choosers_tell_a_title_and_an_address_and_nothing_else(client, draft, name):
    make_source(title="Nobody outside reads this source", note="A note for colleagues")
    answer = asked(client, "writer", name, q="nobody").json()
    assert len(answer["matches"]) == 1 and set(answer["matches"][0]) == {"value", "label", "note"}
    assert "colleagues" not in str(answer)
    publishing.move_to_trash(article=draft)
    assert asked(client, "reviewer", "content_article_find", q="nobody").json() == {"matches": []}, (
        "what lies in the trash"
    )


@pytest.mark.parametrize(
    "field",
    [
        {"app_label": "content", "model_name": "revision", "field_name": "author"},
        {"app_label": "content", "model_name": "reviewer", "field_name": "user"},
        {"app_label": "content", "model_name": "sharelink", "field_name": "revision"},
        {"app_label": "auth", "model_name": "user", "field_name": "groups"},
        {"app_label": "admin", "model_name": "logentry", "field_name": "user"},
    ],
)
def test_autocompletion_lists_no_accounts_and_no_rows_that_have_no_chooser(client, draft, field):
    client.force_login(make_user("publisher"))
    page = reverse("admin:autocomplete")
    assert client.get(page, field | {"term": ""}).status_code == 403
    allowed = {"app_label": "content", "model_name": "relatedarticle", "field_name": "related", "term": "nobody"}
    assert client.get(page, allowed).json()["results"], "control"


@pytest.mark.parametrize(
    "asks",
    [
        "reviewer__user__password__startswith",
        "revisions__author__email__contains",
        "deleted_by__password__startswith",
        "former_addresses__article__revisions__snapshot_json__contains",
    ],
)
def test_no_list_is_asked_letter_by_letter_for_what_it_does_not_show(client, draft, asks):
    assert asked(client, "writer", "content_article_changelist", **{asks: "a"}).status_code in {302, 400}
    assert asked(client, "publisher", "content_article_changelist", language="en").status_code == 200, "control"


def test_who_has_the_form_open_is_told_to_nobody_who_only_reads(client, draft):
    beat = reverse("admin:content_article_beat", args=[draft.pk])
    client.force_login(make_user("writer"))
    assert set(client.post(beat, {"title": "Typed"}).json()) == {"others"}
    for role in ("reviewer", "admissions"):
        client.force_login(make_user(role, username=f"keeps-{role}"))
        assert client.post(beat, {"title": "Typed by me"}).status_code == 403
        assert "Typed" not in client.get(reverse("admin:content_article_revisions", args=[draft.pk])).content.decode()


@pytest.mark.parametrize("page", ["preview", "preview_frames", "restore", "sign_off", "typo_only"])
def test_a_revision_that_never_was_answers_like_one_that_is_not_for_you(client, draft, page):
    """Keys are numbers in a row: trying the next one tells nothing."""
    client.force_login(make_user("admissions"))
    pages = [reverse(f"admin:content_revision_{page}", args=[key]) for key in (draft.revisions.get().pk, 999_999)]
    real, never = (getattr(client, "get" if page in {"preview", "preview_frames"} else "post")(path) for path in pages)
    assert real.status_code == never.status_code == 403
