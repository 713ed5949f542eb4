import datetime
import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.models import Article, OpenForm, Revision, Section, ShareLink, ShareOpening, Topic
from content.services import publishing, saving, sharing
from tests.content.factories import make_article, make_centre, make_help_line, make_published, make_user
from tests.content.test_admin import add_section, article_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    def sign_in(role):
        make_centre()
        make_help_line()
        client.force_login(make_user(role))
        return client

    return sign_in


def url(name, *args):
    return reverse(f"admin:content_{name}", args=args)


def frames(response):
    """The pages in the frames."""
    return [html.unescape(page) for page in re.findall(r'srcdoc="([^"]*)"></iframe>', response.content.decode())]


def test_a_saved_draft_stands_in_three_widths_side_by_side(desk):
    client, article = desk("reviewer"), make_article(title="A draft")
    revision = saving.save_revision(article=article)
    response = client.get(url("revision_preview_frames", revision.pk))
    documents = frames(response)
    assert len(documents) == 3 and len(set(documents)) == 1
    alone = client.get(url("revision_preview", revision.pk)).content.decode()
    assert documents[0] == alone, "exactly the page"
    assert "<h1>A draft</h1>" in alone


@pytest.mark.parametrize("way", ["site", "quiet", "paper", "nonsense"])
def test_the_frames_run_nothing_and_their_style_is_allowed_by_its_hash_alone(desk, way):
    client, article = desk("writer"), make_article()
    response = client.get(url("revision_preview_frames", saving.save_revision(article=article).pk), {"as": way})
    policy = response["Content-Security-Policy"]
    assert policy.count("'sha256-") == 1 and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert 'sandbox="allow-same-origin"' in response.content.decode(), "without allow-scripts"
    assert response["X-Frame-Options"] == "DENY"


def test_quiet_mode_and_paper_are_shown_too(desk):
    client, article = desk("writer"), make_article(title="A draft")
    frames_url = url("revision_preview_frames", saving.save_revision(article=article).pk)
    (sheet,) = frames(client.get(frames_url, {"as": "paper"}))
    assert "@media all" in sheet and "@media print" not in sheet
    quiet = frames(client.get(frames_url, {"as": "quiet"}))[0]
    assert "<title>Page</title>" in quiet and "<title>A draft" in sheet


def test_the_translation_is_one_click_away_and_speaks_its_language(desk):
    client, article = desk("writer"), make_article(title="A draft")
    spanish = make_article(title="Un borrador", language="es", slug="borrador", translation_of=article)
    revisions = [saving.save_revision(article=either) for either in (article, spanish)]
    there, back = (client.get(url("revision_preview_frames", revision.pk)) for revision in revisions)
    assert url("revision_preview_frames", revisions[1].pk) in there.content.decode()
    assert url("revision_preview_frames", revisions[0].pk) in back.content.decode()
    assert '<html lang="es">' in frames(back)[0] and "Vista previa" in frames(back)[0]


def test_what_is_in_the_form_is_shown_and_nothing_is_stored(desk):
    client, article = desk("writer"), make_published(title="Saved")
    topic = Topic.objects.create(slug="t", name="A topic", intro="One sentence.")
    _, data = article_form(client, article, title="Typed", topics=[topic.pk])
    OpenForm.objects.all().delete()
    data["content_section_set-0-text"] = "<p>Typed words.<script>alert(1)</script></p>"
    add_section(data, anchor="second")
    with CaptureQueriesContext(connection) as queries:
        response = client.post(url("article_preview", article.pk), data)
    page = frames(response)[0]
    assert "<h1>Typed</h1>" in page and "Typed words." in page and "New section" in page and "A topic" in page
    assert "alert(1)" not in page
    assert "This is not saved." in response.content.decode()
    assert [query["sql"] for query in queries if re.match("INSERT|UPDATE|DELETE", query["sql"])] == []
    again = client.post(url("article_preview", article.pk), dict(response.context["fields"]) | {"as": "quiet"})
    assert "<title>Page</title>" in frames(again)[0] and "Typed words." in frames(again)[0]
    article.refresh_from_db()
    assert (article.title, Revision.objects.count(), OpenForm.objects.count()) == ("Saved", 1, 0)


@pytest.mark.parametrize("slug", ["", "two words", "feed", "¿?"])
def test_an_incomplete_article_that_was_never_saved_is_shown_as_well(desk, slug):
    client = desk("writer")
    _, data = article_form(client, title="Quite new", slug=slug)
    add_section(data, anchor="", text="<p>Half a</p>")
    response = client.post(url("article_preview_new"), data)
    assert "<h1>Quite new</h1>" in frames(response)[0] and "Half a" in frames(response)[0]
    assert not Article.objects.exists()


def test_an_empty_form_is_shown_and_breaks_nothing(desk):
    assert desk("writer").post(url("article_preview_new"), {}).status_code == 200


# Links for people without an account


@pytest.fixture
def link():
    make_centre()
    article = make_article(title="Nobody outside knows", text="<p>A draft.</p>")
    return sharing.share(revision=saving.save_revision(article=article), actor=make_user())


def opened(client, link):
    return client.get(reverse("shared"), {"key": sharing.token(link)})


def test_whoever_has_the_link_reads_this_revision_and_each_opening_is_noted(client, link):
    article = link.revision.article
    Section.objects.update(text="<p>A later text.</p>")
    saving.save_revision(article=article)
    for _ in range(2):
        response = opened(client, link)
    page = response.content.decode()
    assert "A draft." in page and "later" not in page
    assert link.openings.count() == 2
    assert {field.name for field in ShareOpening._meta.fields} == {"id", "link", "opened_at"}, "no address, no browser"
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"] and '<meta name="robots" content="noindex">' in page
    assert not response.cookies


def spoiled(link, way):
    """The link's secret, and what has become of the link."""
    secret = sharing.token(link)
    key, signature = secret.split(":")
    if way == "revoked":
        sharing.revoke(link=link)
    elif way == "expired":
        ShareLink.objects.update(made_at=timezone.now() - datetime.timedelta(days=8), expires_at=timezone.now())
    elif way == "article in the trash":
        publishing.move_to_trash(article=link.revision.article)
    return {
        "missing": "",
        "unsigned": key,
        "signed by nobody": f"{key}:{signature[::-1]}",
        "another key": f"{'0' * 32}:{signature}",
        "no key": "\x00é:",
    }.get(way, secret)


WAYS = [
    "revoked",
    "expired",
    "article in the trash",
    "missing",
    "unsigned",
    "signed by nobody",
    "another key",
    "no key",
]


@pytest.mark.parametrize("way", WAYS)
def test_wrong_expired_and_revoked_links_answer_alike(client, link, way):
    assert opened(client, link).status_code == 200, "control: it worked before"
    nothing = client.get(reverse("shared"))
    secret = spoiled(link, way)
    response = client.get(reverse("shared"), {"key": secret})
    assert response.status_code == 404
    assert response.content == nothing.content
    assert link.openings.count() == 1


def test_a_link_lasts_a_week(client, link, time_machine):
    begun = timezone.now()
    time_machine.move_to(begun + datetime.timedelta(days=6, hours=23))
    assert opened(client, link).status_code == 200
    time_machine.move_to(begun + datetime.timedelta(days=7, hours=1))
    assert opened(client, link).status_code == 404


def test_a_writer_makes_a_link_sees_its_openings_and_takes_it_back(client, link):
    client.force_login(make_user("writer"))
    article = link.revision.article
    share = url("article_share", article.pk)
    page = client.post(share, {"do": "share", "revision": "1"}, follow=True).content.decode()
    assert "works for 7 days" in page and ShareLink.objects.count() == 2
    address = re.search(r'value="([^"]+/shared/\?key=[^"]+)"', page)[1]
    client.get(address)
    assert "Opened 1 time, last on" in client.get(share).content.decode()
    newest = ShareLink.objects.first()
    assert newest.made_by.username == "test-writer" and newest.openings.count() == 1
    client.post(share, {"do": "revoke", "link": newest.pk})
    assert client.get(address).status_code == 404
    page = client.get(share).content.decode()
    assert "Taken back on" in page and sharing.token(newest) not in html.unescape(page)


def test_a_link_of_another_article_is_not_taken_back_from_here(client, link):
    client.force_login(make_user("writer"))
    other = make_article(slug="other")
    saving.save_revision(article=other)
    assert client.post(url("article_share", other.pk), {"do": "revoke", "link": link.pk}).status_code == 404
    assert ShareLink.objects.valid().count() == 1


@pytest.mark.parametrize("role", ["reviewer", "admissions", "admissions_lead", "privacy_officer"])
def test_whoever_does_not_write_neither_makes_nor_reads_links(client, link, role):
    client.force_login(make_user(role))
    share = url("article_share", link.revision.article_id)
    assert client.get(share).status_code == 403
    assert client.post(share, {"do": "share", "revision": "1"}).status_code == 403
    assert ShareLink.objects.count() == 1
