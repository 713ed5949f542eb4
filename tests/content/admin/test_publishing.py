import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.models import Article
from content.services import publishing, saving
from tests.content.factories import make_article, make_centre, make_published, make_user
from tests.content.test_admin import article_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """`desk(role)` signs in and returns the client."""

    def sign_in(role):
        client.force_login(make_user(role))
        return client

    return sign_in


def url(article):
    return reverse("admin:content_article_publishing", args=[article.pk])


def typed(days):
    """A moment as the browser's own field sends it, in the time of the center."""
    return (timezone.localtime() + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def is_shown(article):
    return Article.objects.published().filter(pk=article.pk).exists()


def test_a_publisher_gives_a_text_a_date_and_calls_it_off(desk, time_machine):
    client, article = desk("publisher"), make_article()
    revision = saving.save_revision(article=article)
    page = client.post(url(article), {"do": "publish", "at": typed(2)}, follow=True).content.decode()
    assert "Revision 1 comes onto the site on" in page and "Cancel schedule of revision 1" in page
    time_machine.move_to(timezone.now() + datetime.timedelta(days=3))
    assert is_shown(article)
    time_machine.move_to(timezone.now() - datetime.timedelta(days=3))
    client.post(url(article), {"do": "unschedule", "revision": revision.pk})
    revision.refresh_from_db()
    assert revision.published_at is None


def test_every_button_that_publishes_or_withdraws_is_on_record(desk):
    client, article = desk("publisher"), make_article()
    saving.save_revision(article=article)

    def recorded():
        return list(LogEntry.objects.order_by("pk").values_list("object_id", "change_message"))

    def press(page, label):
        """As a browser does: the form of the first button with these words, with what it holds."""
        text = client.get(page).content.decode()
        form = next(candidate for candidate in re.findall(r"<form.*?</form>", text, re.DOTALL) if label in candidate)
        where = re.search(r'action="([^"]*)"', form)
        fields = dict(re.findall(r'name="(?!csrf)(\w+)"[^>]*value="([^"]+)"', form))
        client.post(where[1] if where else page, fields)

    revisions, before = reverse("admin:content_article_revisions", args=[article.pk]), len(recorded())
    for page in (revisions, url(article)):
        press(page, "Publish revision")
        assert is_shown(article), "control: the button does it"
        press(page, "Take the article from the site")
        assert not is_shown(article), "control"
        article.refresh_from_db()
        saving.save_revision(article=article, is_new=True)
    page, data = article_form(client, article)
    client.post(page, data | {"_publish": "1"})
    assert is_shown(article), "control"
    done = [message for key, message in recorded()[before:] if key == str(article.pk) and "site" in message]
    assert [message.split(" is ")[1] for message in done] == [
        "now on the site.",
        "no longer on the site.",
        "now on the site.",
        "no longer on the site.",
        "now on the site.",
    ]


def test_what_is_archived_while_it_is_saved_is_saved_and_not_published(desk, monkeypatch):
    client, article = desk("publisher"), make_published()
    page, data = article_form(client, article, title="A better title")
    save = saving.save_revision

    def save_and_archive(**words):
        revision = save(**words)
        publishing.archive(article=Article.objects.get())
        return revision

    monkeypatch.setattr(saving, "save_revision", save_and_archive)
    text = client.post(page, data | {"_publish": "1"}, follow=True).content.decode()
    assert "Revision 2 is saved. The article was archived or deleted meanwhile: restore it first." in text
    assert not is_shown(article) and article.revisions.count() == 2


def test_an_article_gets_its_last_day_and_is_let_stay(desk):
    client, article = desk("publisher"), make_published()
    page = client.post(url(article), {"do": "unpublish", "at": typed(2)}, follow=True).content.decode()
    assert "the article leaves the site" in page and "Cancel schedule" in page
    assert is_shown(article)
    client.post(url(article), {"do": "cancel_unpublishing"})
    assert article.revisions.get().published_until is None


@pytest.mark.parametrize("at", [typed(-1), "tomorrow"])
def test_a_date_that_cannot_be_says_what_to_do_and_changes_nothing(desk, at):
    client, article = desk("publisher"), make_article()
    saving.save_revision(article=article)
    response = client.post(url(article), {"do": "publish", "at": at})
    assert response.status_code == 200
    assert "leave it empty to do it now" in str(response.context["publish_form"].errors)
    assert not is_shown(article)


def test_what_stands_against_publication_is_shown_instead_of_the_button(desk):
    client, article = desk("publisher"), make_article(reviewer=None)
    saving.save_revision(article=article)
    page = client.get(url(article)).content.decode()
    assert "Choose a reviewer." in page and 'value="publish"' not in page
    client.post(url(article), {"do": "publish"})
    assert not is_shown(article)


def test_archived_articles_leave_the_list_and_come_back(desk):
    client, article = desk("publisher"), make_published(title="Archived")
    articles = reverse("admin:content_article_changelist")
    client.post(url(article), {"do": "archive"})
    assert not is_shown(article)
    assert not client.get(articles).context["cl"].result_count
    assert client.get(articles, {"place": "archive"}).context["cl"].result_count == 1
    change = client.get(reverse("admin:content_article_change", args=[article.pk]))
    assert change.status_code == 302, "nobody writes in what is archived"
    client.post(url(article), {"do": "restore"})
    assert client.get(articles).context["cl"].result_count == 1


@pytest.mark.parametrize(
    ("before", "do", "sentence"),
    [
        ("delete", "archive", "The article is in the archive or the trash already. Restore it first."),
        ("archive", "delete", "The article is in the archive or the trash already. Restore it first."),
        ("archive", "archive", "The article is in the archive or the trash already. Restore it first."),
        ("", "restore", "The article is active: somebody restored it already."),
    ],
)
def test_a_second_tab_says_what_was_done_meanwhile_and_changes_nothing(desk, before, do, sentence):
    client, article = desk("publisher"), make_published()
    if before:
        client.post(url(article), {"do": before})
    was = Article.objects.values("archived_at", "deleted_at").get(), is_shown(article), LogEntry.objects.count()
    assert sentence in client.post(url(article), {"do": do}, follow=True).content.decode()
    now = Article.objects.values("archived_at", "deleted_at").get(), is_shown(article), LogEntry.objects.count()
    assert now == was


def test_the_trash_is_emptied_by_a_command(desk, time_machine, capsys):
    client, article = desk("writer"), make_article()
    saving.save_revision(article=article)
    client.post(url(article), {"do": "delete"})
    for place in ("trash", "bin"):  # the second as in a bookmark of the time before
        trash = client.get(reverse("admin:content_article_changelist"), {"place": place}).context["cl"]
        assert list(trash.result_list) == [article]
    call_command("empty_trash")
    assert Article.objects.count() == 1, "control: it is not time yet"
    time_machine.move_to(timezone.now() + datetime.timedelta(days=31))
    call_command("empty_trash")
    assert "Destroyed: 1." in capsys.readouterr().out
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "do", ["publish", "unpublish", "unschedule", "cancel_unpublishing", "archive", "delete", "restore"]
)
def test_a_writer_decides_nothing_about_what_visitors_read(desk, do):
    client, article = desk("writer"), make_published()
    assert client.post(url(article), {"do": do}).status_code == 403
    assert is_shown(article)


@pytest.mark.parametrize("do", ["", "publish", "delete"])
def test_a_reviewer_looks_and_changes_nothing(desk, do):
    client, article = desk("reviewer"), make_article()
    saving.save_revision(article=article)
    assert client.get(url(article)).status_code == 200
    assert client.post(url(article), {"do": do}).status_code == 403
    article.refresh_from_db()
    assert article.is_active and not is_shown(article)


def test_another_articles_revision_is_not_published_from_here(desk):
    make_centre()
    client, article = desk("publisher"), make_article()
    other = saving.save_revision(article=make_article(slug="other"))
    response = client.post(url(article), {"do": "publish", "revision": other.pk})
    assert response.status_code == 404
    other.refresh_from_db()
    assert other.published_at is None


def test_the_form_leads_to_the_site_only_when_there_is_something_to_see(desk):
    client, article = desk("writer"), make_published()
    form = reverse("admin:content_article_change", args=[article.pk])
    assert "View on site" in client.get(form).content.decode()
    publishing.unpublish(article=article)
    assert "View on site" not in client.get(form).content.decode()


def test_what_stands_against_publication_leads_to_the_checklist(desk):
    client, article = desk("publisher"), make_article(reviewer=None)
    saving.save_revision(article=article)
    page = client.get(url(article)).content.decode()
    assert "Nobody is named to check this text." in page
    checklist = reverse("admin:content_article_checklist", args=[article.pk])
    assert f'<a href="{checklist}">The checklist</a>' in page
    assert 'aria-current="page">Checklist</a>' in client.get(checklist).content.decode()
