"""A changed address leaves a way to the new one, and links inside texts follow."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from content.checklist import report
from content.models import Article, FormerAddress, ReaderAnswer, Term, Topic
from content.models.slugged import AddressTaken
from content.rendering import article as article_rendering
from content.services import publishing, saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_notice,
    make_published,
    make_reviewer,
    make_user,
    publish,
)
from tests.content.test_admin import article_form

pytestmark = pytest.mark.django_db
PAGES = ["", "history/", "history/1/", "card/", "helpful/", "helpful/thanks/"]


@pytest.fixture(autouse=True)
def _centre():
    make_centre()


def rename(article, slug, **fields):
    article.slug = slug
    for name, value in fields.items():
        setattr(article, name, value)
    article.full_clean()
    article.save()
    return article


def linking(*links, **fields):
    """An article on the site whose text has these links, and the page that visitors get."""
    text = "".join(f'<p>Read <a href="{address}">these words</a> too.</p>' for address in links)
    return make_published(**({"slug": "linking", "text": text} | fields))


# The way from an old address


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["", "?quiet"])
def test_every_page_of_a_renamed_article_leads_to_the_same_page_of_today(client, page, query):
    article = make_published(kind="twelve_step", steps=12)
    assert client.get(f"/articles/test-article/{page}").status_code == 200, "control: there it was"
    rename(article, "renamed")
    response = client.get(f"/articles/test-article/{page}{query}")
    assert (response.status_code, response["Location"]) == (301, f"/articles/renamed/{page}{query}")
    assert client.get(response["Location"]).status_code == 200


def test_the_second_audience_is_led_to_as_well(client):
    rename(make_published(), "renamed")
    response = client.get("/articles/test-article/for-someone-i-love/?quiet")
    assert (response.status_code, response["Location"]) == (301, "/articles/renamed/for-someone-i-love/?quiet")


def test_however_often_it_was_renamed_one_step_leads_there(client):
    article = make_published()
    for slug in ("second", "third", "fourth"):
        rename(article, slug)
    for slug in ("test-article", "second", "third"):
        assert client.get(f"/articles/{slug}/")["Location"] == "/articles/fourth/"


def test_going_back_to_an_old_address_makes_no_loop(client):
    article = make_published()
    rename(article, "second")
    rename(article, "test-article")
    assert client.get("/articles/test-article/").status_code == 200
    assert client.get("/articles/second/")["Location"] == "/articles/test-article/"
    assert [row.slug for row in FormerAddress.objects.all()] == ["second"]


def test_browsers_ask_again_whether_it_still_leads_there(client):
    """A browser that kept the way for ever would run in a circle once the article has its old address back."""
    rename(make_published(), "renamed")
    for page in ("", "helpful/"):
        assert "no-cache" in client.get(f"/articles/test-article/{page}")["Cache-Control"]


def test_an_answer_that_was_typed_at_the_old_address_is_sent_again_to_the_new_one(client):
    article = make_published()
    rename(article, "renamed")
    response = client.post("/articles/test-article/helpful/", {"was_helpful": "yes", "text": "It helped."})
    assert (response.status_code, response["Location"]) == (308, "/articles/renamed/helpful/")
    assert client.post(response["Location"], {"was_helpful": "yes", "text": "It helped."}).status_code == 303
    assert ReaderAnswer.objects.get().text == "It helped."


def test_a_draft_leaves_nothing_behind(client):
    article = make_article()
    rename(article, "renamed")
    assert not FormerAddress.objects.exists()
    rename(make_article(slug="other"), "test-article")


def test_what_is_withdrawn_is_not_led_to_but_keeps_its_addresses(client):
    article = make_published()
    rename(article, "renamed")
    publishing.unpublish(article=article)
    assert client.get("/articles/test-article/").status_code == 404
    with pytest.raises(ValidationError):
        rename(make_article(slug="other"), "test-article")


def test_an_article_that_changes_its_language_is_found_from_the_old_one(client):
    article = make_published()
    rename(article, "articulo", language="es")
    assert client.get("/articles/test-article/?quiet")["Location"] == "/es/articles/articulo/?quiet"
    assert client.get("/es/articles/test-article/").status_code == 404


# Whose address it is


def test_nobody_else_may_take_an_address_that_leads_somewhere():
    article = make_published()
    rename(article, "renamed")
    other = make_article(slug="other", title="Another")
    with pytest.raises(ValidationError, match="leads to “A test article”, which had it before"):
        rename(other, "test-article")
    other.slug = "test-article"
    with pytest.raises(AddressTaken):
        other.save()
    other.refresh_from_db()
    assert other.slug == "other"
    with pytest.raises(AddressTaken):
        Article.objects.create(slug="test-article", title="A third")
    rename(make_article(slug="third", language="es"), "test-article")  # in the other language it is another address


def test_the_editor_is_told_whose_address_it_is_and_sees_the_old_ones(client):
    rename(make_published(), "renamed")
    client.force_login(make_user("writer"))
    url, data = article_form(client, make_article(slug="other", title="Another"))
    page = client.post(url, data | {"slug": "test-article"}).content.decode()
    assert "This address leads to “A test article”, which had it before." in page
    renamed = Article.objects.get(slug="renamed")
    page = client.get(reverse("admin:content_article_change", args=[renamed.pk])).content.decode()
    assert "test-article" in page and "ddresses it had" in page


def test_renaming_in_the_editor_leaves_a_way(client):
    article = make_published()
    client.force_login(make_user("publisher"))
    url, data = article_form(client, article, slug="renamed")
    assert client.post(url, data).status_code == 302
    assert client.get("/articles/test-article/")["Location"] == "/articles/renamed/"


# Topics, reviewers and words of the glossary


@pytest.fixture
def found_by_slug(client):
    """A topic and a reviewer, by the name of their kind, with pages in both languages."""
    topic = Topic.objects.create(slug="first", name="Topic", intro="A.", name_es="Tema", intro_es="Uno.")
    reviewer = make_reviewer(slug="first", **dict.fromkeys(("credentials_es", "licence_line_es", "biography_es"), "x"))
    make_published(reviewer=reviewer).topics.add(topic)
    return {"topic": topic, "reviewer": reviewer}


@pytest.mark.parametrize("root", ["", "/es"])
@pytest.mark.parametrize("kind", ["topic", "reviewer"])
def test_a_topic_and_a_reviewer_are_found_at_every_address_they_had(client, found_by_slug, kind, root):
    row = found_by_slug[kind]
    assert client.get(f"{root}/{kind}s/first/").status_code == 200, "control: there it was"
    for slug in ("second", "third", "first", "fourth"):
        rename(row, slug)
    for slug in ("first", "second", "third"):
        response = client.get(f"{root}/{kind}s/{slug}/?quiet")
        assert (response.status_code, response["Location"]) == (301, f"{root}/{kind}s/fourth/?quiet")
    assert client.get(f"{root}/{kind}s/fourth/").status_code == 200
    assert client.get(f"{root}/{kind}s/never/").status_code == 404
    assert sorted(former.slug for former in row.former_slugs.all()) == ["first", "second", "third"]


@pytest.mark.parametrize("kind", ["topic", "reviewer"])
def test_the_later_pages_of_a_topic_and_a_reviewer_are_led_to_as_well(client, found_by_slug, kind):
    rename(found_by_slug[kind], "second")
    assert client.get(f"/{kind}s/first/2/").headers.get("Location") == f"/{kind}s/second/2/"


@pytest.mark.parametrize("kind", ["topic", "reviewer"])
def test_nobody_else_may_take_the_address_of_a_topic_or_a_reviewer(found_by_slug, kind):
    row = rename(found_by_slug[kind], "second")
    other = Topic(slug="other", name="B", intro="B.") if kind == "topic" else make_reviewer(slug="other", name="B")
    other.slug = "first"
    with pytest.raises(ValidationError, match="which had it before"):
        other.full_clean()
    with pytest.raises(AddressTaken):
        other.save()
    assert not type(row).objects.filter(slug="first").exists()
    row.slug, row.name = "not stored", "A new name"
    row.save(update_fields=["name"])
    assert row.former_slugs.count() == 1, "a save that leaves the slug alone leaves no address behind"


@pytest.mark.parametrize("kind", ["topic", "reviewer"])
def test_the_desk_renames_topics_and_reviewers_and_shows_what_they_were(client, found_by_slug, kind):
    client.force_login(make_user("publisher"))
    row = found_by_slug[kind]
    url = reverse(f"admin:content_{kind}_change", args=[row.pk])
    form = client.get(url).context["adminform"].form
    data = {bound.html_name: "" if bound.value() is None else bound.value() for bound in form}
    assert client.post(url, data | {"slug": "second"}).status_code == 302
    page = client.get(url).content.decode()
    assert "ddresses it had" in page and "If you change it, the old one leads here." in page and ">first<" in page
    assert client.get(f"/{kind}s/first/")["Location"] == f"/{kind}s/second/"


def test_a_word_of_the_glossary_keeps_its_place(client):
    """What comes after # never reaches us, so nothing could lead on from it."""
    client.force_login(make_user("publisher"))
    assert 'name="slug"' in client.get(reverse("admin:content_term_add")).content.decode(), "control"
    row = Term.objects.create(slug="a", term="A", meaning="B")
    page = client.get(reverse("admin:content_term_change", args=[row.pk])).content.decode()
    assert 'name="slug"' not in page and "Chosen once: others link to it" in page


# Lists and machines


def test_lists_search_sitemap_and_feed_name_the_new_address_alone(client):
    article = make_published(title="How sponsors help")
    rename(article, "renamed")
    make_notice()
    for path in ("/", "/articles/", "/articles/a-z/", "/articles/feed/", "/sitemap.xml", "/search/?q=sponsors"):
        page = client.get(path).content.decode()
        assert "test-article" not in page, path
    for path in ("/sitemap.xml", "/articles/feed/", "/search/?q=sponsors"):
        assert "/articles/renamed/" in client.get(path).content.decode(), path


def test_the_lead_of_the_front_page_may_be_renamed(client):
    lead = make_published(slug="12-step-program", title="The lead", kind="twelve_step", steps=12)
    before = client.get("/").context["lead_article"]
    rename(lead, "twelve-steps")
    after = client.get("/").context["lead_article"]
    assert after == before | {"url": "/articles/twelve-steps/"}
    assert "The lead" not in [card["title"] for card in client.get("/").context["articles"]]


# Links inside texts


def test_links_inside_texts_follow_with_page_and_place(client):
    target = make_published()
    linking("/articles/test-article/#first-section", "/articles/test-article/history/")
    rename(target, "second")
    rename(target, "renamed")
    page = client.get("/articles/linking/").content.decode()
    assert 'href="/articles/renamed/#first-section"' in page and 'href="/articles/renamed/history/"' in page
    assert "test-article" not in page


def test_a_link_to_an_old_address_is_followed_within_its_language(client):
    rename(make_published(slug="before", language="es"), "despues")
    english = rename(make_published(slug="before"), "after")
    linking("/es/articles/before/", "/articles/before/")
    page = client.get("/articles/linking/").content.decode()
    assert 'href="/es/articles/despues/"' in page and 'href="/articles/after/"' in page
    publishing.unpublish(article=english)
    page = client.get("/articles/linking/").content.decode()
    assert 'href="/es/articles/despues/"' in page and "Read these words too." in page


def test_of_a_link_to_what_is_not_on_the_site_the_words_stay(client):
    target = make_article()
    article = make_article(slug="linking", text='<p>Read <a href="/articles/test-article/">these words</a> too.</p>')
    publish(article)
    page = client.get("/articles/linking/").content.decode()
    assert "Read these words too." in page
    publish(target)
    assert 'Read <a href="/articles/test-article/">these words</a>' in client.get("/articles/linking/").content.decode()
    publishing.unpublish(article=target)
    assert "Read these words too." in client.get("/articles/linking/").content.decode()


def test_a_citation_inside_a_link_outlives_it():
    """The words of a link that leads nowhere stay whole, with what is inside them."""
    article = make_article(text='<p><a href="/articles/none/">All <strong>these</strong> words [@no-key]</a> stay.</p>')
    revision = saving.save_revision(article=article)
    (block,) = article_rendering.render(revision, today=revision.created_at.date())["blocks"]
    assert block["html"] == "<p>All <strong>these</strong> words stay.</p>"


def test_an_article_that_links_to_itself_can_be_looked_at_before_it_is_published():
    article = make_article(text='<p><a href="/articles/test-article/#first-section">Above</a></p>')
    revision = saving.save_revision(article=article)
    (block,) = saving.preview(revision=revision)["blocks"]
    assert 'href="/articles/test-article/#first-section"' in block["html"]


def test_other_links_stay_as_they_are(client):
    links = ["https://example.org/a?b=c&amp;d=e#f", "tel:988", "/help-now/", "#first-section", "/articles/"]
    linking(*links)
    page = client.get("/articles/linking/").content.decode()
    assert [link for link in links if f'<a href="{link}">these words</a>' not in page] == []


def test_a_text_without_links_to_articles_asks_for_none():
    blocks = publish(make_article(text='<p><a href="/help-now/">Help</a></p>')).snapshot["blocks"]
    assert article_rendering.own_addresses(blocks) == {}


@pytest.mark.parametrize("number", [1, 6])
def test_however_many_articles_a_text_links_to_and_of_whatever_time_one_query_finds_them(
    number, django_assert_num_queries
):
    slugs = [f"target-{at}" for at in range(number)]
    for slug in slugs:
        rename(make_published(slug=slug), f"new-{slug}")
    article = make_article(text="".join(f'<p><a href="/articles/{slug}/">Words</a></p>' for slug in slugs))
    snapshot = saving.save_revision(article=article).snapshot
    with django_assert_num_queries(1):
        linked = article_rendering.LinkedArticles.of(article, snapshot, None)
        blocks = article_rendering.follow_links(snapshot["blocks"], article, linked)
    assert all(f'href="/articles/new-{slug}/"' in "".join(block["text"] for block in blocks) for slug in slugs)


def test_the_checklist_knows_old_addresses():
    rename(make_published(), "renamed")
    links = ("/articles/test-article/#first-section", "/articles/test-article/#gone", "/articles/x/")
    text = "".join(f'<p>Read <a href="{address}">about sponsors</a>.</p>' for address in links)
    revision = saving.save_revision(article=make_article(slug="linking", text=text))
    reasons = {finding.rule.id: finding.reason for finding in report(revision)}
    assert links[1] in reasons["no-place"] and links[2] in reasons["no-page"]
    assert [reason for reason in reasons.values() if links[0] in reason] == []
