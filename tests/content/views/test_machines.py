import datetime
import xml.etree.ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.delivery import organisation
from content.models import Revision, SignOff, Topic
from content.services import publishing, saving
from tests.content.factories import make_article, make_centre, make_published, publish, sign

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def ago(days):
    return timezone.now() - datetime.timedelta(days=days)


def entries(client):
    feed = ET.fromstring(client.get(reverse("content:article_feed")).content)  # noqa: S314 reason=our own
    return [
        {
            "title": entry.findtext(f"{ATOM}title"),
            "id": entry.findtext(f"{ATOM}id"),
            "updated": entry.findtext(f"{ATOM}updated"),
            "summary": entry.findtext(f"{ATOM}summary"),
            "kind": entry.find(f"{ATOM}category").get("term"),
            "link": entry.find(f"{ATOM}link").get("href"),
        }
        for entry in feed.findall(f"{ATOM}entry")
    ]


def locations(client):
    tree = ET.fromstring(client.get(reverse("machines:sitemap")).content)  # noqa: S314 reason=our own
    return {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in tree}


def published_days_ago(days, **fields):
    article = make_published(**fields)
    Revision.objects.filter(pk=article.published_revision.pk).update(published_at=ago(days))
    article.refresh_from_db()
    return article


def test_the_feed_tells_new_corrected_and_reviewed_articles_apart(client):
    article = published_days_ago(3, short_answer="What it says.")
    article.title = "A corrected title"
    article.save()
    revision = publish(article, note="The title was wrong.")
    sign(revision)
    reviewed, corrected, new = entries(client)
    assert [reviewed["kind"], corrected["kind"], new["kind"]] == ["Reviewed", "Corrected", "New"]
    assert reviewed["title"] == "Reviewed: A corrected title"
    assert corrected["summary"] == "The title was wrong."
    assert new["summary"] == "What it says."
    assert "Reviewed by Dr. Test Reviewer, certified (TEST II), on " in reviewed["summary"]
    assert new["updated"] < corrected["updated"] <= reviewed["updated"]


def test_the_feed_names_its_author_and_shows_what_looks_like_markup_as_words(client):
    make_centre(name="Example House")
    organisation.write_fallback_snapshot()
    article = make_published(title="First")
    article.title = "Second"
    article.save()
    publish(article, note="Less than < and <b>bold</b>")
    feed = ET.fromstring(client.get("/articles/feed/").content)  # noqa: S314 reason=our own answer
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Example House"
    assert feed.findtext(f"{ATOM}title") == "Articles of Example House"
    summary = feed.find(f"{ATOM}entry/{ATOM}summary")
    assert (summary.get("type"), summary.text) == ("html", "Less than &lt; and &lt;b&gt;bold&lt;/b&gt;")


def test_the_ids_of_entries_differ_and_stay(client, settings):
    article = published_days_ago(3)
    (before,) = entries(client)
    article.slug, article.title = "new-address", "New title"
    article.save()
    publish(article)
    corrected, new = entries(client)
    assert new["id"] == before["id"] != corrected["id"]
    assert new["link"] == f"{settings.PUBLIC_URL}/articles/new-address/"


def test_the_sitemap_reads_no_text_of_any_article(client):
    article = make_published()
    with CaptureQueriesContext(connection) as captured:
        assert article.get_absolute_url() in str(locations(client))
    asked = [query["sql"] for query in captured if "content_article" in query["sql"]]
    assert asked, "control: articles were read"
    for column in ("snapshot_json", "short_answer", "meta_description"):
        assert not [sql for sql in asked if column in sql], column


def test_drafts_withdrawn_articles_and_reviews_of_older_texts_are_not_in_the_feed(client):
    saving.save_revision(article=make_article(slug="draft"))
    gone = make_published(slug="gone")
    sign(gone.published_revision)
    publishing.unpublish(article=gone)
    assert entries(client) == []
    article = make_published(slug="here")
    sign(article.published_revision)
    article.title = "Edited since"
    article.save()
    publish(article)
    assert [entry["kind"] for entry in entries(client)] == ["Corrected", "New"]


def test_the_feed_holds_the_newest_thirty(client):
    for number in range(35):
        published_days_ago(number, slug=f"a-{number}", title=f"Title {number}")
    listed = entries(client)
    assert len(listed) == 30
    assert [listed[0]["title"], listed[-1]["title"]] == ["New: Title 0", "New: Title 29"]


def test_the_sitemap_gives_the_day_of_publication_or_of_the_review_and_never_of_a_save(client, settings):
    article = published_days_ago(9)
    address = settings.PUBLIC_URL + article.get_absolute_url()
    assert locations(client)[address] == timezone.localdate(ago(9)).isoformat()
    article.title = "A draft of today"
    article.save()
    saving.save_revision(article=article)
    assert locations(client)[address] == timezone.localdate(ago(9)).isoformat()
    signed = sign(article.published_revision)
    SignOff.objects.filter(pk=signed.pk).update(signed_at=ago(4))
    assert locations(client)[address] == timezone.localdate(ago(4)).isoformat()
    publish(article)
    assert locations(client)[address] == timezone.localdate().isoformat()


def test_the_sitemap_lists_topics_with_articles_and_the_a_to_z(client, settings):
    full = Topic.objects.create(slug="full", name="Full")
    empty = Topic.objects.create(slug="empty", name="Empty")
    make_published().topics.add(full)
    make_article(slug="draft").topics.add(empty)
    listed = locations(client)
    assert f"{settings.PUBLIC_URL}/topics/full/" in listed and f"{settings.PUBLIC_URL}/articles/a-z/" in listed
    assert f"{settings.PUBLIC_URL}/topics/empty/" not in listed


def test_the_pages_that_list_articles_name_the_feed(client):
    for name in ("home", "article_list"):
        assert 'rel="alternate" type="application/atom+xml"' in client.get(reverse(f"content:{name}")).content.decode()
