import pytest
from django.urls import reverse

from content.models import Article, RelatedArticle, Section
from content.services import publishing, saving
from tests.content.factories import make_article, make_published, make_source, make_user, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """`desk(role)` signs in and returns the client."""

    def sign_in(role):
        client.force_login(make_user(role))
        return client

    return sign_in


def changed(article, *, text="<p>Some new words.</p>", **fields):
    """A further revision of `article`."""
    Section.objects.filter(parent=article, anchor="first-section").update(text=text)
    for name, value in fields.items():
        setattr(article, name, value)
    article.save()
    return saving.save_revision(article=article)


def compared(client, article, one, other):
    return client.get(reverse("admin:content_article_compare", args=[article.pk]), {"one": one, "other": other})


def restore(client, revision, **data):
    return client.post(reverse("admin:content_revision_restore", args=[revision.pk]), data, follow=True)


def test_any_two_revisions_are_compared_word_by_word_the_older_one_first(desk):
    client, article = desk("reviewer"), make_published(text="<p>Some old words.</p>")
    changed(article, text="<p>Some words between.</p>")
    changed(article)
    for one, other in (("1", "3"), ("3", "1")):
        page = compared(client, article, one, other).content.decode()
        assert "from revision 1 to revision 3" in page
        assert "old" in page.split("<del>")[2] and "new" in page.split("<ins>")[2], "after the two of the explanation"
        assert "between" not in page


def test_a_part_that_only_moved_is_shown_as_moved(desk):
    client, article = desk("reviewer"), make_article()
    for at in (2, 3):
        Section.objects.create(
            parent=article, region="main", ordering=at * 10, heading=f"Part {at}", anchor=f"part-{at}", text="<p>A</p>"
        )
    saving.save_revision(article=article)
    Section.objects.filter(anchor="first-section").update(ordering=99)
    saving.save_revision(article=article)
    page = compared(client, article, 1, 2).content.decode()
    assert "Moved: First section" in page and "Taken out: First" not in page


def test_what_readers_do_not_see_of_a_text_is_compared_too(desk):
    client, article = desk("writer"), make_article(meta_description="Old sentence.")
    saving.save_revision(article=article)
    other = make_article(slug="other", title="Another article")
    RelatedArticle.objects.create(article=article, related=other, reason="It goes on.")
    make_source()
    changed(article, meta_description="New sentence.", text="<p>Some words. [@test-2020]</p>")
    page = compared(client, article, 1, 2).content.decode()
    for words in ("Sentence for search engines", "Another article: It goes on.", "A test source"):
        assert words in page


@pytest.mark.parametrize("chosen", [("1", ""), ("2", "2")])
def test_choosing_one_revision_twice_is_said(desk, chosen):
    client, article = desk("writer"), make_published()
    query = dict(zip(("one", "other"), chosen, strict=True))
    page = client.get(reverse("admin:content_article_compare", args=[article.pk]), query, follow=True)
    assert "Choose two different revisions" in page.content.decode()


@pytest.mark.parametrize("chosen", [("1", "9"), ("1", "one"), ("1", "-1"), ("1", "9" * 40), ("1", "²")])
def test_a_revision_that_is_not_there_is_not_found(desk, chosen):
    client, article = desk("writer"), make_published()
    make_published(slug="another")
    changed(article)
    assert compared(client, article, *chosen).status_code == 404


def test_the_list_shows_who_when_why_and_in_what_state(desk):
    client, article = desk("writer"), make_published()
    saving.restore(revision=article.published_revision, author=make_user(username="kim"), note="Why", is_new=True)
    page = client.get(reverse("admin:content_article_revisions", args=[article.pk])).content.decode()
    newer, older = page.split("<tbody>")[1].split("</tr>")[:2]
    assert all(words in newer for words in ("by kim", "Why", "draft", "not signed"))
    assert "on the site since" in older


def test_bringing_a_text_back_makes_a_new_draft_and_loses_nothing(desk):
    client, article = desk("writer"), make_published(title="First", text="<p>Some old words.</p>")
    first = article.published_revision
    changed(article, title="Second")
    page = restore(client, first, note="The old one was right").content.decode()
    assert "Revision 3 is a new draft with the text of revision 1." in page
    article = Article.objects.get()
    newest = article.revisions.latest()
    assert (newest.sha256, newest.note, newest.author.username) == (
        first.sha256,
        "The old one was right",
        "test-writer",
    )
    assert [revision.number for revision in article.revisions.all()] == [3, 2, 1]
    assert (article.title, article.published_revision) == ("First", first), "visitors read on what they read"


def test_a_text_that_is_the_newest_already_makes_no_revision(desk):
    client, article = desk("writer"), make_published()
    assert "nothing was changed" in restore(client, article.published_revision).content.decode()
    assert article.revisions.count() == 1


def test_nothing_is_restored_in_an_article_that_is_archived(desk):
    client, article = desk("writer"), make_published()
    changed(article)
    publishing.archive(article=article)
    assert "Restore it first" in restore(client, article.revisions.earliest()).content.decode()
    assert article.revisions.count() == 2
    page = client.get(reverse("admin:content_article_revisions", args=[article.pk])).content.decode()
    assert "Restore revision" not in page


def test_a_long_history_costs_no_more_queries_than_a_short_one(desk, django_assert_max_num_queries):
    client, article = desk("publisher"), make_published()
    for number in range(8):
        changed(article, title=f"Title {number}")
    with django_assert_max_num_queries(14):
        client.get(reverse("admin:content_article_revisions", args=[article.pk]))
    with django_assert_max_num_queries(16):
        compared(client, article, 1, 9)


def test_a_text_that_comes_back_word_for_word_is_shown_as_signed(desk):
    client, article = desk("writer"), make_article(text="<p>Some old words.</p>")
    signed = saving.save_revision(article=article)
    sign(signed)
    changed(article)
    page = reverse("admin:content_article_revisions", args=[article.pk])
    assert "word for word" not in client.get(page).content.decode(), "control"
    saving.restore(revision=signed)
    assert "signed: word for word a revision that is" in client.get(page).content.decode()
