import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.models import Article, RelatedArticle, SearchEntry, Topic
from content.services import publishing
from content.views import topics
from tests.content.factories import make_article, make_published, make_reviewer, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def medicines():
    return Topic.objects.create(slug="medicines", name="Medicines", intro="What they do.", position=1)


def about(topic, **fields):
    article = make_published(**fields)
    article.topics.add(topic)
    return article


def get(client, name, **args):
    return client.get(reverse(name if ":" in name else f"content:{name}", kwargs=args)).content.decode()


def test_a_topic_shows_its_published_articles_alone(client, medicines):
    about(medicines, slug="one", title="Naltrexone")
    make_published(slug="two", title="Something else")
    make_article(slug="draft", title="A draft").topics.add(medicines)
    about(medicines, slug="es", title="Naltrexona", language="es")
    text = get(client, "topic_detail", slug="medicines")
    assert "Naltrexone" in text and "What they do." in text
    for absent in ("Something else", "A draft", "Naltrexona"):
        assert absent not in text


def test_a_topic_without_articles_still_helps_and_an_unknown_one_is_not_found(client, medicines):
    assert "No article about this is published yet." in get(client, "topic_detail", slug="medicines")
    assert client.get("/topics/nothing/").status_code == 404


def test_the_a_to_z_lists_every_published_title_under_its_letter(client):
    for number, title in enumerate(("Zebra", "Álcohol", "apple", "12 rooms", "Beta")):
        make_published(slug=f"a-{number}", title=title)
    make_article(slug="draft", title="A draft")
    text = get(client, "article_a_z")
    order = ["12 rooms", "Álcohol", "apple", "Beta", "Zebra"]
    places = [text.index(f">{title}</a>") for title in order]
    assert places == sorted(places)
    assert text.index('id="letter-a"') < places[1] < text.index('id="letter-b"')
    assert 'href="/articles/a-z/#letter-0-to-9"' in text and 'id="letter-0-to-9"' in text
    assert "A draft" not in text


def test_the_a_to_z_shows_the_published_title_while_an_editor_changes_it(client):
    article = make_published(title="Published title")
    Article.objects.filter(pk=article.pk).update(title="A change in progress")
    assert "Published title" in get(client, "article_a_z")


def test_a_long_a_to_z_has_pages_and_each_letter_leads_to_its_own(client, monkeypatch):
    monkeypatch.setattr(topics, "TITLES", 2)
    for number, title in enumerate(("Alpha", "Beta", "Birch", "Cedar", "Dogwood")):
        make_published(slug=f"a-{number}", title=title)
    first, last = get(client, "article_a_z"), get(client, "article_a_z", number=3)
    assert "Alpha" in first and "Beta" in first and "Birch" not in first and "Page 1 of 3" in first
    assert 'href="/articles/a-z/2/#letter-c"' in first and 'href="/articles/a-z/#letter-b"' in first
    assert "Dogwood" in last and "Cedar" not in last and 'rel="next"' not in last
    assert 'href="/articles/a-z/2/" rel="prev"' in last


def test_the_a_to_z_asks_for_nothing_but_what_stands_in_its_index(client):
    """Of ten thousand rows it reads the index alone: a count of the keys, say, read every row of the table."""
    make_published(slug="one", title="Naltrexone")
    [index] = SearchEntry._meta.indexes
    held = {SearchEntry._meta.get_field(name).column for name in index.fields}
    with CaptureQueriesContext(connection) as queries:
        get(client, "article_a_z")
    asked = [query["sql"] for query in queries if "content_searchentry" in query["sql"].split("WHERE")[0]]
    assert len(asked) == 3, "control: the number of titles, the page, the letters"
    assert {column for sql in asked for column in re.findall(r'"content_searchentry"\."(\w+)"', sql)} <= held


def test_a_long_topic_has_pages_and_the_list_shows_its_first_articles_alone(client, medicines, monkeypatch):
    monkeypatch.setattr(topics, "CARDS", 4)
    for number in range(6):
        about(medicines, slug=f"m-{number}", title=f"Medicine {number}")
    first, second = (
        get(client, "topic_detail", slug="medicines"),
        get(client, "topic_detail", slug="medicines", number=2),
    )
    assert "6 articles" in first and "Medicine 3" in first and "Medicine 4" not in first
    assert "Medicine 5" in second and "Medicine 3" not in second
    listed = get(client, "article_list")
    assert "Medicine 3" in listed and "Medicine 4" not in listed and "All articles: Medicines" in listed


@pytest.mark.parametrize("root", ["", "/es"])
def test_a_reviewer_of_many_articles_has_pages(client, monkeypatch, root):
    monkeypatch.setattr(topics, "CARDS", 2)
    reviewer = make_reviewer(slug="ray", **dict.fromkeys(("credentials_es", "licence_line_es", "biography_es"), "x"))
    make_article(slug="draft", title="A draft", reviewer=reviewer)
    make_published(slug="else", title="Another", reviewer=make_reviewer(slug="else"))
    for language in ("en", "es"):
        for letter in "CABED":
            title = f"Text {letter} {language}"
            make_published(slug=f"{letter}-{language}".lower(), title=title, language=language, reviewer=reviewer)
    first = f"{root}/reviewers/ray/"
    pages = [client.get(f"{first}{path}").content.decode() for path in ("", "2/", "3/")]
    language = root[1:] or "en"
    titles = [re.findall(r">((?:Text|A draft|Another)[^<]*)</a>", page) for page in pages]
    assert titles == [[f"Text {letter} {language}" for letter in letters] for letters in ("AB", "CD", "E")]
    assert f'href="{first}2/" rel="next"' in pages[0] and 'rel="prev"' not in pages[0]
    assert f'href="{first}" rel="prev"' in pages[1] and f'href="{first}3/" rel="next"' in pages[1]
    assert 'rel="next"' not in pages[2]
    other = "/reviewers/ray/" if root else "/es/reviewers/ray/"
    assert re.search(rf'rel="canonical" href="[^"]+{first}2/"', pages[1])
    assert re.search(rf'hreflang="{"en" if root else "es"}" href="[^"]+(?<!/es){other}"', pages[1])
    assert [client.get(f"{first}{path}").status_code for path in ("1/", "4/", "02/")] == [404] * 3


@pytest.mark.parametrize(
    "path", ["/articles/a-z/1/", "/articles/a-z/2/", "/topics/medicines/2/", "/topics/medicines/02/"]
)
def test_a_page_that_is_not_there_is_not_found(client, medicines, path):
    assert client.get(path).status_code == 404


def test_no_article_can_take_the_address_of_the_a_to_z():
    article = make_article()
    article.slug = "a-z"
    with pytest.raises(ValidationError):
        article.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        article.save()


def test_topics_and_a_to_z_are_linked_from_list_home_and_search(client, medicines):
    about(medicines)
    for name in ("home", "article_list", "search"):
        assert 'href="/topics/medicines/"' in get(client, name), name
    for name in ("article_list", "search", "topic_detail"):
        args = {"slug": "medicines"} if name == "topic_detail" else {}
        assert 'href="/articles/a-z/"' in get(client, name, **args), name


def test_the_breadcrumb_names_the_first_topic(client, medicines):
    article = about(medicines)
    article.topics.add(Topic.objects.create(slug="later", name="Later", position=2))
    nav = get(client, "article_detail", slug=article.slug).split('aria-label="You are here"')[1].split("</nav>")[0]
    assert nav.index("Home") < nav.index("Articles") < nav.index("/topics/medicines/") < nav.index("A test article")
    assert "Later" not in nav


def test_the_breadcrumb_of_a_topic_names_it_once(client, medicines):
    about(medicines)
    nav = get(client, "topic_detail", slug="medicines").split('aria-label="You are here"')[1].split("</nav>")[0]
    assert nav.count("Medicines") == 1


def related(client, article):
    text = get(client, "article_detail", slug=article.slug)
    return text.split('id="related"')[1].split("</section>")[0] if 'id="related"' in text else ""


def test_an_article_without_an_editors_choice_offers_others_of_its_topic(client, medicines):
    article = about(medicines, slug="one", title="First article")
    assert related(client, article) == ""
    make_article(slug="draft", title="A draft").topics.add(medicines)
    about(medicines, slug="es", title="En español", language="es")
    make_published(slug="else", title="Something else")
    for number in range(5):
        about(medicines, slug=f"more-{number}", title=f"More {number}")
    text = related(client, article)
    assert "More 0" in text and "More 2" in text and "Also about: Medicines." in text
    for absent in ("First article", "A draft", "En español", "Something else", "More 3"):
        assert absent not in text


def test_the_articles_offered_are_the_first_of_the_topic_whatever_else_the_page_leads_to(client, medicines):
    make_published(slug="off", title="About something else")
    for letter in "DBCE":
        about(medicines, slug=letter.lower(), title=f"{letter} of the topic")
    links = [f'<p>Read <a href="/articles/{slug}/">these words</a>.</p>' for slug in ("one", "off", "d")]
    article = about(medicines, slug="one", title="Article", text="".join(links))
    about(medicines, slug="es", title="Artículo", language="es", translation_of=article)
    offered = re.findall(r'<a href="/articles/(\w+)/">', related(client, article))
    assert offered == ["b", "c", "d"]


def test_the_editors_choice_stands_alone_while_one_of_it_is_published(client, medicines):
    chosen, other = make_published(slug="chosen", title="Chosen"), about(medicines, slug="other", title="Other")
    article = make_article()
    article.topics.add(medicines)
    RelatedArticle.objects.create(article=article, related=chosen, reason="Because.")
    publish(article)
    assert "Chosen" in related(client, article) and "Other" not in related(client, article)
    publishing.unpublish(article=chosen)
    assert "Other" in related(client, article) and "Chosen" not in related(client, article)
    assert other.is_published


MOST_QUERIES = {
    ("article_list", ""): 6,
    ("topic_detail", "medicines"): 9,
    ("reviewer_detail", "test-reviewer"): 7,
    ("article_a_z", ""): 6,
    ("article_detail", "one"): 9,
    ("machines:sitemap", ""): 6,
    ("article_feed", ""): 3,
}


def test_no_page_takes_more_queries_for_100_articles_than_for_two(client, medicines):
    def queries():
        counts = {}
        for name, slug in MOST_QUERIES:
            with CaptureQueriesContext(connection) as captured:
                assert get(client, name, **({"slug": slug} if slug else {}))
            counts[name, slug] = len(captured)
        return counts

    for slug in ("one", "two"):
        about(medicines, slug=slug, title=f"Article {slug}")
    few = queries()
    for number in range(100):
        about(medicines, slug=f"more-{number}", title=f"More {number}")
    assert queries() == few
    assert {page: count for page, count in few.items() if count > MOST_QUERIES[page]} == {}
