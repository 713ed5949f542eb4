"""The list of articles costs the same with few articles and revisions as with many."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.models import Article, Revision
from content.models.revision import canonical
from tests.content.factories import make_reviewer, make_user

pytestmark = pytest.mark.django_db
FEW, MANY, REVISIONS = 3, 210, 12
WAYS = {
    "as it opens": {},
    "another page": {"p": "2"},
    "a search": {"q": "article 1"},
    "archive": {"place": "archive"},
    "everywhere": {"place": "all"},
    "one kind": {"kind__exact": "standard"},
    "one language": {"language__exact": "en"},
    "by newest revision": {"o": "-3"},
    "all on one page": {"all": ""},
}


def crowd(number):
    """Until there are so many, each with its revisions; two of three are on the site, one has left it before."""
    now, reviewer = timezone.now(), make_reviewer(slug=f"reviewer-{number}")
    text = canonical({"title": "A title", "short_answer": "Short.", "blocks": [], "language": "en"})
    articles = Article.objects.bulk_create(
        Article(slug=f"article-{at}", title=f"Article {at}", reviewer=reviewer)
        for at in range(Article.objects.count(), number)
    )
    rows = []
    for at, article in enumerate(articles):
        for revision in range(1, REVISIONS + 1):
            begun = now - datetime.timedelta(days=REVISIONS + 1 - revision)
            ended = None if revision == REVISIONS and at % 3 else begun + datetime.timedelta(days=1)
            rows.append(
                Revision(
                    article=article,
                    number=revision,
                    snapshot_json=text,
                    sha256="0" * 64,
                    published_at=begun,
                    published_until=ended,
                )
            )
    Revision.objects.bulk_create(rows, batch_size=500)


def queries(client, asked):
    with CaptureQueriesContext(connection) as captured:
        response = client.get(reverse("admin:content_article_changelist"), asked)
    assert response.status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "another page"])
def test_the_list_asks_as_often_for_many_articles_as_for_few(client, way):
    client.force_login(make_user("publisher"))
    crowd(FEW)
    queries(client, WAYS[way])  # what is asked once for all
    few = queries(client, WAYS[way])
    crowd(MANY)
    many = queries(client, WAYS[way])
    assert len(many) == len(few) <= 24


def test_a_later_page_costs_what_the_first_does(client):
    client.force_login(make_user("publisher"))
    crowd(MANY)
    queries(client, {})
    assert len(queries(client, WAYS["another page"])) == len(queries(client, {}))


@pytest.mark.parametrize("way", WAYS)
def test_the_list_carries_no_text_of_any_article_along(client, way):
    client.force_login(make_user("publisher"))
    crowd(MANY)
    asked = queries(client, WAYS[way])
    assert any("content_revision" in sql for sql in asked), "control: revisions are asked for"
    assert [sql for sql in asked if "snapshot_json" in sql] == []


def test_the_list_says_of_each_article_which_revision_is_on_the_site(client):
    client.force_login(make_user("publisher"))
    crowd(FEW)
    page = client.get(reverse("admin:content_article_changelist")).content.decode()
    assert page.count(f'class="field-state">revision {REVISIONS}<') == 2
    assert page.count('class="field-state">not published<') == 1
    assert page.count(f'class="field-latest">revision {REVISIONS}<') == 3
