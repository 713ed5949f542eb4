"""What search engines read says what the page says, in words that schema.org has."""

import datetime
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.urls import reverse

from content.models import Reviewer, Topic
from content.rendering import structured_data
from tests.content.factories import make_centre, make_notice, make_published, make_source, publish, sign

pytestmark = pytest.mark.django_db

VOCABULARY = json.loads((Path(__file__).parent / "schema_org.json").read_text())


class Seen(HTMLParser):
    """What a reader sees of a page, and the data blocks and addresses that it has besides."""

    def __init__(self, html):
        super().__init__()
        self.text, self.blocks, self.links, self.times, self.within = "", [], [], set(), ""
        self.feed(html)
        self.text = " ".join(self.text.split())
        self.data = [json.loads(block) for block in self.blocks]

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag in {"script", "style", "title"}:
            self.within = attributes.get("type", tag)
        if tag == "a":
            self.links.append(attributes.get("href"))
        if tag == "img":
            self.links.append(attributes.get("src"))
        if tag == "time":
            self.times.add(attributes.get("datetime"))
        self.text += " " * (tag in {"p", "li", "h1", "h2", "h3", "div"})

    def handle_endtag(self, tag):
        if tag in {"script", "style", "title"}:
            self.within = ""

    def handle_data(self, text):
        if self.within == "application/ld+json":
            self.blocks.append(text)
        elif not self.within:
            self.text += text


def seen(client, path):
    return Seen(client.get(path).content.decode())


def strangers(data, vocabulary=VOCABULARY):
    """What schema.org does not know: types, properties, properties of other types, and values of a wrong type."""

    def with_parents(kind):
        return {kind}.union(*(with_parents(parent) for parent in vocabulary["types"].get(kind, ())))

    kind = data.get("@type")
    wrong = [] if kind in vocabulary["types"] else [kind]
    for name, value in data.items():
        if name.startswith("@"):
            continue
        known = vocabulary["properties"].get(name)
        if known is None or not with_parents(kind) & set(known["of"]):
            wrong.append(f"{kind}.{name}")
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                wrong += strangers(one, vocabulary)
                if not with_parents(one["@type"]) & set(known["holds"]):
                    wrong.append(f"{kind}.{name}: {one['@type']}")
    return wrong


@pytest.fixture
def article():
    make_centre(address="1 Test Street")
    make_source()
    made = make_published(
        slug="12-step-program", title='Is "A & B" <safe>?', short_answer="Yes, 1 < 2.", text="<p>So [@test-2020].</p>"
    )
    made.topics.add(Topic.objects.create(slug="medicines", name="Medicines & more"))
    return made


def pages(article):
    """The types of the data blocks of each page."""
    return {
        article.get_absolute_url(): ["MedicalWebPage", "BreadcrumbList"],
        article.reviewer.get_absolute_url(): ["Person", "BreadcrumbList"],
        reverse("content:home"): ["Organization"],
        reverse("content:help_now"): ["BreadcrumbList"],
    }


def test_every_type_and_property_is_in_the_vocabulary(client, article):
    sign(article.published_revision)
    for path, types in pages(article).items():
        blocks = seen(client, path).data
        assert [data["@type"] for data in blocks] == types, path
        assert [strangers(data) for data in blocks] == [[]] * len(types), path


def test_a_word_that_schema_org_does_not_have_would_be_found():
    assert strangers({"@type": "MedicalPage"}) == ["MedicalPage"]
    assert strangers({"@type": "Person", "lastReviewed": "2026-01-01"}) == ["Person.lastReviewed"]
    assert strangers({"@type": "MedicalWebPage", "reviewedBy": {"@type": "ListItem"}}) == [
        "MedicalWebPage.reviewedBy: ListItem"
    ]


def test_the_articles_data_are_what_the_page_shows(client, article, settings):
    sign(article.published_revision)
    page = seen(client, article.get_absolute_url())
    data, _breadcrumb = page.data
    for words in (data["name"], data["description"], data["reviewedBy"]["name"], data["publisher"]["name"]):
        assert words and words in page.text
    assert data["name"] == 'Is "A & B" <safe>?'
    assert data["url"] == settings.PUBLIC_URL + article.get_absolute_url()
    assert data["datePublished"] in page.times
    assert f"reviewed by {data['reviewedBy']['name']}" in page.text
    year, _, day = data["lastReviewed"].split("-")
    assert re.search(rf"reviewed by .*? on \w+ {int(day)}, {year}\.", page.text)


def test_the_breadcrumb_is_the_one_on_the_page(client, article, settings):
    page = seen(client, article.get_absolute_url())
    trail = page.data[1]["itemListElement"]
    names = [item["name"] for item in trail]
    assert names == ["Home", "Articles", "Medicines & more", article.title]
    assert " ".join(names) in page.text
    assert [item["position"] for item in trail] == [1, 2, 3, 4]
    assert all(item["item"].removeprefix(settings.PUBLIC_URL) in page.links for item in trail[:3])
    assert trail[3]["item"] == page.data[0]["url"]


def trails(client, path):
    """Names and addresses of the breadcrumb that readers see, and of the one that search engines read."""
    html = client.get(path).content.decode()
    nav = re.search(r'<nav class="breadcrumb".*?</nav>', html, re.DOTALL)
    places = re.findall(r'<li[^>]*>(?:<a href="([^"]*)">)?([^<]*)', nav[0]) if nav else []
    page = Seen(html)
    told = [item for data in page.data if data["@type"] == "BreadcrumbList" for item in data["itemListElement"]]
    return [(unescape(name), url) for url, name in places], [(item["name"], item["item"]) for item in told]


@pytest.mark.parametrize("language", ["en", "es"])
def test_search_engines_read_each_breadcrumb_that_readers_see(client, article, settings, language):
    make_notice(kind="privacy", title="Your <privacy>")
    make_notice(kind="privacy", title="Su <privacidad>", language="es")
    article.topics.update(name_es="Medicinas y más", intro_es="En español.")
    make_published(slug="pasos", language="es", translation_of=article).topics.set(article.topics.all())
    Reviewer.objects.update(credentials_es="x", licence_line_es="x", biography_es="<p>x</p>")
    addresses = re.findall(r"<loc>([^<]+)</loc>", client.get("/sitemap.xml").content.decode())
    paths = {address.removeprefix(settings.PUBLIC_URL) for address in addresses}
    paths = {path for path in paths if path.startswith("/es/") == (language == "es")}
    with_one = set()
    for path in paths:
        visible, told = trails(client, path)
        assert told == [(name, settings.PUBLIC_URL + (url or path)) for name, url in visible], path
        with_one |= {path} if told else set()
    assert paths - with_one == {"/es/" if language == "es" else "/"} and len(with_one) == 11


@pytest.mark.parametrize(
    "path",
    ["/help-now/?quiet", "/search/?q=x", "/articles/12-step-program/?quiet", "/articles/12-step-program/history/"],
)
def test_a_breadcrumb_on_a_page_that_is_not_indexed_is_for_readers_alone(client, article, path):
    visible, told = trails(client, path)
    assert len(visible) > 1 and told == []


def test_a_review_is_named_with_a_valid_sign_off_alone(client, article):
    def named():
        data = seen(client, article.get_absolute_url()).data[0]
        return "reviewedBy" in data, "lastReviewed" in data

    assert named() == (False, False)
    sign(article.published_revision)
    assert named() == (True, True)
    article.short_answer = "Another text."
    article.save()
    publish(article)
    assert named() == (False, False)


def test_a_review_that_is_overdue_or_whose_source_changed_is_not_named(client, article):
    sign(article.published_revision)
    from content.models import Source

    source = Source.objects.get()
    source.title = "Changed"
    source.save()
    data = seen(client, article.get_absolute_url()).data[0]
    assert "Edited" in seen(client, article.get_absolute_url()).text or "changed since review" in (
        seen(client, article.get_absolute_url()).text
    )
    assert "lastReviewed" not in data


def test_the_reviewers_and_the_centres_data_are_what_their_pages_show(client, article):
    page = seen(client, article.reviewer.get_absolute_url())
    person, _trail = page.data
    assert person["name"] in page.text
    page = seen(client, reverse("content:home"))
    (centre,) = page.data
    for name in ("name", "telephone", "address"):
        assert centre[name] in page.text, name


def test_a_reviewers_credentials_are_those_on_the_page_one_by_one(client, article):
    Reviewer.objects.update(credentials="doctorate in psychology, TEST II,supervisor,")
    page = seen(client, article.reviewer.get_absolute_url())
    credentials = page.data[0]["hasCredential"]
    assert [credential.keys() for credential in credentials] == [{"@type", "name"}] * 3
    assert [credential["name"] for credential in credentials] == ["doctorate in psychology", "TEST II", "supervisor"]
    assert all(credential["name"] in page.text for credential in credentials)


def test_a_reviewers_licence_is_among_the_credentials_while_the_page_shows_it(client, article):
    path = article.reviewer.get_absolute_url()
    Reviewer.objects.update(licence_number="T-12", licence_expires=datetime.date(2999, 3, 1))
    page = seen(client, path)
    _, licence = page.data[0]["hasCredential"]
    assert f"{licence['name']}, number {licence['identifier']}, valid until March 1, 2999." in page.text
    assert licence["expires"] == "2999-03-01"
    assert strangers(page.data[0]) == []
    Reviewer.objects.update(licence_expires=None)
    assert seen(client, path).data[0]["hasCredential"][1].keys() == {"@type", "name", "identifier"}
    Reviewer.objects.update(licence_expires=datetime.date(2020, 1, 1))
    page = seen(client, path)
    assert len(page.data[0]["hasCredential"]) == 1 and "T-12" not in page.text


def test_no_text_ends_the_data_block():
    text = "</script><script>alert(1)</script><!-- & \u2028"
    block = str(structured_data.script({"name": text}))
    inside = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&\u2028") & set(inside)
    assert json.loads(inside)["name"] == text


@pytest.mark.parametrize(
    "name",
    [
        "home",
        "article_list",
        "article_a_z",
        "help_now",
        "glossary",
        "what_to_say",
        "stored",
        "leaving",
        "article_detail",
        "reviewer_detail",
        "topic_detail",
    ],
)
def test_a_page_that_may_be_indexed_names_its_one_address_and_itself(client, article, settings, name):
    slugs = {
        "article_detail": article.slug,
        "reviewer_detail": article.reviewer.slug,
        "topic_detail": "medicines",
    }
    path = reverse(f"content:{name}", kwargs={"slug": slugs[name]} if name in slugs else {})
    html = client.get(path, {"utm_source": "x"}, headers={"host": "localhost"}).content.decode()
    address = settings.PUBLIC_URL + path
    assert f'<link rel="canonical" href="{address}">' in html
    assert f'<meta property="og:url" content="{address}">' in html
    assert re.search(r'<meta property="og:title" content="[^"]+">', html)
    assert '<meta name="robots"' not in html
    assert html.count('rel="canonical"') == html.count('property="og:title"') == 1


@pytest.mark.parametrize("path", ["/search/?q=x", "/return/", "/received/", "/articles/12-step-program/history/"])
def test_other_pages_are_not_indexed(client, article, path):
    html = client.get(path).content.decode()
    assert '<meta name="robots" content="noindex">' in html
    assert "canonical" not in html and "og:" not in html
