import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from content.delivery import organisation
from content.models import Article, Centre, HelpLine, Notice, Section
from content.services import saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_notice,
    make_published,
    make_reviewer,
    make_source,
    make_user,
    publish,
)

pytestmark = pytest.mark.django_db


def sign_in(client, role):
    user = make_user(role)
    client.force_login(user)
    return user


def article_form(client, article=None, **changes):
    """The data of the article's form as a browser would send it, with `changes`."""
    url = (
        reverse("admin:content_article_change", args=[article.pk]) if article else reverse("admin:content_article_add")
    )
    return url, sent_by(client.get(url).context) | changes


def sent_by(context):
    """What a browser would send of the form that a page shows."""
    data = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None and bound.name == "topics":
                continue
            if isinstance(value, list):
                data[bound.html_name] = [getattr(item, "pk", item) for item in value]
            else:
                data[bound.html_name] = "" if value is None else value
    return data


def add_section(data, *, anchor="new-section", text="<p>Words.</p>"):
    prefix = "content_section_set"
    number = int(data[f"{prefix}-TOTAL_FORMS"])
    data[f"{prefix}-TOTAL_FORMS"] = number + 1
    data |= {
        f"{prefix}-{number}-{name}": value
        for name, value in {
            "id": "",
            "parent": "",
            "region": "main",
            "ordering": 10,
            "heading": "New section",
            "anchor": anchor,
            "text": text,
        }.items()
    }
    return data


def test_a_writer_writes_an_article_and_every_save_is_a_revision(client):
    user = sign_in(client, "writer")
    reviewer = make_reviewer()
    url, data = article_form(
        client,
        title="New article",
        slug="new-article",
        short_answer="Short.",
        reviewer=reviewer.pk,
        note="First draft",
    )
    response = client.post(url, add_section(data))
    assert response.status_code == 302, response.context and response.context["errors"]
    article = Article.objects.get(slug="new-article")
    revision = article.revisions.get()
    assert (revision.author, revision.note, revision.number) == (user, "First draft", 1)
    assert not article.is_published

    url, data = article_form(client, article, title="Better title")
    client.post(url, data)
    assert [revision.number for revision in article.revisions.all()] == [2, 1]


def test_what_is_pasted_is_cleaned_when_it_is_saved(client):
    sign_in(client, "writer")
    article = make_article()
    url, data = article_form(client, article)
    data["content_section_set-0-text"] = '<p class="MsoNormal" style="x">Hi<script>alert(1)</script></p>'
    assert client.post(url, data).status_code == 302
    assert Section.objects.get().text == "<p>Hi</p>"


def test_a_publisher_publishes_from_the_form_and_a_writer_cannot(client):
    sign_in(client, "writer")
    article = make_article()
    url, data = article_form(client, article, title="Changed", _publish="1")
    client.post(url, data)
    article.refresh_from_db()
    assert not article.is_published
    sign_in(client, "publisher")
    url, data = article_form(client, article, _publish="1")
    client.post(url, data)
    article.refresh_from_db()
    assert article.published_revision.snapshot["title"] == "Changed"
    assert article.published_revision.published_by.username == "test-publisher"


def test_what_stands_against_publication_is_said_on_the_checklist_and_the_text_is_kept(client):
    sign_in(client, "publisher")
    article = make_article(reviewer=None)
    url, data = article_form(client, article, title="Changed", _publish="1")
    response = client.post(url, data, follow=True)
    assert response.redirect_chain[-1][0] == reverse("admin:content_article_checklist", args=[article.pk])
    page = response.content.decode()
    assert "Choose a reviewer." in page and "Revision 1 is saved. It is not published yet: 1 to mend" in page
    article.refresh_from_db()
    assert (article.title, article.is_published) == ("Changed", False)


def test_the_preview_is_the_public_page_under_the_public_policy(client, settings):
    sign_in(client, "writer")
    make_centre()
    article = make_published(title="Published")
    article.title = "Working copy"
    article.save()
    url, data = article_form(client, article, _preview="1")
    response = client.post(url, data, follow=True)
    assert "Working copy" in response.content.decode()
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["style-src"][0] in response["Content-Security-Policy"]


def test_the_named_reviewer_signs_and_nobody_else(client):
    article = make_published()
    revision = article.published_revision
    url = reverse("admin:content_revision_sign_off", args=[revision.pk])
    due = (datetime.date.today() + datetime.timedelta(days=90)).isoformat()
    user = sign_in(client, "reviewer")
    assert client.post(url, {"next_due": due}).status_code == 403
    article.reviewer.user = user
    article.reviewer.save()
    assert client.post(url, {"next_due": due}).status_code == 302
    assert revision.sign_offs.get().signed_by == user


@pytest.mark.parametrize("due", ["", "yesterday", "2020-01-01", "9999-12-31"])
def test_an_impossible_next_review_is_refused_with_a_sentence(client, due):
    article = make_published()
    article.reviewer.user = sign_in(client, "reviewer")
    article.reviewer.save()
    response = client.post(
        reverse("admin:content_revision_sign_off", args=[article.published_revision.pk]),
        {"next_due": due},
    )
    assert response.status_code == 200
    assert response.context["form"].errors["next_due"]
    assert not article.published_revision.sign_offs.exists()


def test_an_older_text_can_be_published_again_as_a_new_revision_and_the_article_taken_down(client):
    sign_in(client, "publisher")
    article = make_published()
    first = article.published_revision
    article.title = "Second"
    article.save()
    publish(article)
    on_the_site = reverse("admin:content_article_publishing", args=[article.pk])
    page = client.get(reverse("admin:content_article_revisions", args=[article.pk])).content.decode()
    assert page.count(f'<form method="post" action="{on_the_site}">') == 2, "one takes it down, one publishes the first"
    client.post(on_the_site, {"do": "publish", "revision": first.pk})
    article.refresh_from_db()
    assert (article.published_revision.number, article.published_revision.sha256) == (3, first.sha256)
    client.post(on_the_site, {"do": "unpublish"})
    article.refresh_from_db()
    assert not article.is_published


def test_a_get_neither_publishes_nor_withdraws(client):
    sign_in(client, "publisher")
    article = make_published()
    draft = saving.save_revision(article=make_article(slug="draft"))
    for revision, do in ((article.published_revision, "unpublish"), (draft, "publish")):
        url = reverse("admin:content_article_publishing", args=[revision.article_id])
        assert client.get(url, {"do": do, "revision": revision.pk}).status_code == 200
    assert list(Article.objects.published()) == [article]


def test_a_number_marked_as_dialled_today_reaches_the_fallback_snapshot(
    client, django_capture_on_commit_callbacks, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    sign_in(client, "publisher")
    make_centre()
    line = make_help_line()
    done = make_help_line(key="done", last_checked=datetime.date.today())
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(
            reverse("admin:content_helpline_changelist"),
            {"action": "checked_today", "_selected_action": [line.pk, done.pk]},
            follow=True,
        )
    assert "Marked: 1. Already marked today: 1." in page.content.decode()
    assert HelpLine.objects.get(pk=line.pk).last_checked
    assert "last checked" in organisation.read_fallback_snapshot().help_lines[-1].checked_line


def test_a_new_phone_number_reaches_every_page_and_the_fallback_snapshot(
    client, django_capture_on_commit_callbacks, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    sign_in(client, "publisher")
    centre = make_centre()
    url = reverse("admin:content_centre_change", args=[centre.pk])
    data = {
        "name": centre.name,
        "phone": "714-555-0199",
        "address": "",
        "licence_number": "",
        "hours": "",
        "email": "",
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, data).status_code == 302
    assert Centre.objects.get().phone.as_e164 == "+17145550199"
    assert organisation.read_fallback_snapshot().centre.phone_display == "714-555-0199"


def test_an_empty_phone_number_is_refused(client):
    sign_in(client, "publisher")
    centre = make_centre()
    data = {
        "name": centre.name,
        "phone": "",
        "address": "",
        "licence_number": "",
        "hours": "",
        "email": "",
    }
    response = client.post(reverse("admin:content_centre_change", args=[centre.pk]), data)
    assert response.context["adminform"].errors["phone"]


def test_a_notice_gets_a_new_version_that_begins_with_the_old_text(client):
    sign_in(client, "publisher")
    notice = make_notice()
    page = client.get(reverse("admin:content_notice_change", args=[notice.pk])).content.decode()
    url = reverse("admin:content_notice_add")
    assert f'href="{url}?kind=medical_disclaimer&amp;language=en"' in page
    assert "<p>Ask a doctor.</p>" in page, "as readers see it, without its tags"
    form = client.get(url, {"kind": "medical_disclaimer"}).context["adminform"].form
    assert form["text"].value() == "<p>Ask a doctor.</p>"
    data = {
        "kind": "medical_disclaimer",
        "language": "en",
        "title": "Medical disclaimer",
        "text": "<p>New.</p>",
    }
    refused = client.post(url, data)
    assert "version 1 of this notice holds now" in refused.content.decode(), "a text that begins from nothing"
    form = refused.context["adminform"].form
    assert form["text"].value() == "<p>New.</p>"
    assert client.post(url, data | {"began_from": form["began_from"].value()}).status_code == 302
    assert Notice.objects.current("medical_disclaimer").version == 2


def test_a_source_shows_where_it_is_cited_and_keeps_its_key(client):
    sign_in(client, "writer")
    source = make_source()
    make_published(text="<p>A [@test-2020]</p>", title="Citing article")
    page = client.get(reverse("admin:content_source_change", args=[source.pk])).content.decode()
    assert "Citing article" in page
    assert 'name="key"' not in page


def test_an_address_does_not_follow_the_title_once_it_exists(client):
    sign_in(client, "writer")
    article = make_article()
    page = client.get(reverse("admin:content_article_change", args=[article.pk])).content.decode()
    assert "#id_slug" not in page


def test_every_list_can_be_opened_searched_and_filtered(client):
    sign_in(client, "publisher")
    make_centre(), make_help_line(), make_notice(), make_source(), make_published()
    for model in (
        "article",
        "source",
        "picture",
        "topic",
        "reviewer",
        "notice",
        "helpline",
        "centre",
    ):
        assert client.get(reverse(f"admin:content_{model}_changelist"), {"q": "test"}).status_code in {200, 302}


def test_the_list_of_articles_takes_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    sign_in(client, "publisher")
    for number in range(20):
        make_published(slug=f"a-{number}", title=f"Article {number}")
    with django_assert_max_num_queries(22):
        client.get(reverse("admin:content_article_changelist"))


def test_the_admins_history_names_the_article_and_no_more(client):
    sign_in(client, "writer")
    url, data = article_form(client, make_article(), title="Changed")
    client.post(url, data)
    assert LogEntry.objects.get().object_repr == "Changed"
