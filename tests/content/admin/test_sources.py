import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from content.models import Article, Source
from content.models.source import without_tracking
from content.services import saving
from tests.content.factories import make_article, make_published, make_source, make_user, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(client):
    client.force_login(make_user("writer"))
    return client


def form_of(source, **changes):
    data = {
        name: getattr(source, name) or "" for name in ("authors", "title", "publisher", "year", "url", "doi", "note")
    }
    return data | {"opened_on": source.opened_on.isoformat(), "expires_on": source.expires_on or ""} | changes


def change(client, source, **changes):
    url = reverse("admin:content_source_change", args=[source.pk])
    return client.post(url, form_of(source, **changes), follow=True)


# What a source may hold


@pytest.mark.parametrize(
    ("fields", "citation"),
    [
        ({}, "Test A. A test source. 2020."),
        ({"title": "What is NA?"}, "Test A. What is NA? 2020."),
        ({"title": "Stop!", "year": None}, "Test A. Stop!"),
        ({"publisher": "FDA, 23 September 2020"}, "Test A. A test source. FDA, 23 September 2020."),
        ({"publisher": "FDA, 23 September 2020."}, "Test A. A test source. FDA, 23 September 2020."),
        ({"publisher": "FDA, 2020 edition"}, "Test A. A test source. FDA, 2020 edition. 2020."),
        ({"authors": "", "year": None}, "A test source."),
    ],
)
def test_a_reference_reads_as_one_would_write_it(fields, citation):
    assert make_source(**fields).citation == citation


@pytest.mark.parametrize(
    "typed",
    [
        "10.1136/bmj.j1550",
        "https://doi.org/10.1136/bmj.j1550",
        "doi: 10.1136/bmj.j1550",
        " 10.1136/bmj.j1550 ",
        "https://www.doi.org/10.1136/bmj.j1550",
        "doi:https://doi.org/10.1136/bmj.j1550",
        "HTTPS://DX.DOI.ORG/10.1136/bmj.J1550",
        "10.1136/BMJ.J1550.",
        "10.1136/bmj.j1550,",
        "10.1136/\u200bbmj.j1550\u200b",
        "\ufeff10.1136/bmj\u00ad.j1550. ",
    ],
)
def test_a_doi_is_kept_bare_however_it_was_pasted(writer, typed):
    source = make_source()
    change(writer, source, doi=typed)
    source.refresh_from_db()
    assert source.doi == "10.1136/bmj.j1550"


@pytest.mark.parametrize(
    "typed", ["bmj.j1550", "10.1/x", "https://example.org/10.1136/bmj.j1550", "10.1136/with blank"]
)
def test_what_is_no_doi_is_refused_with_an_example(writer, typed):
    page = change(writer, make_source(), doi=typed).content.decode()
    assert "A DOI begins with 10. and has a slash, like 10.1136/bmj.j1550." in page


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "not an address", "https://", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(writer, typed):
    assert change(writer, make_source(), url=typed).context["errors"]


def test_what_follows_readers_around_is_cut_from_an_address(writer):
    source = make_source()
    change(writer, source, url="https://example.org/a?id=7&utm_source=mail&fbclid=abc#part")
    source.refresh_from_db()
    assert source.url == "https://example.org/a?id=7#part"


def test_a_doi_in_another_case_is_the_same_one():
    make_source(key="one", doi="10.1001/JAMA.x")
    with pytest.raises(ValidationError, match="Another source has this DOI"):
        Source(key="two", title="T", doi="10.1001/jama.X", opened_on=datetime.date(2026, 11, 23)).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_source(key="two", doi="10.1001/Jama.x")
    assert Source.objects.get(doi="10.1001/JAMA.X").doi == "10.1001/jama.x"


def test_the_same_doi_twice_is_refused():
    make_source(key="one", doi="10.1136/bmj.j1550")
    with pytest.raises(ValidationError, match="Another source has this DOI"):
        Source(key="two", title="T", doi="10.1136/bmj.j1550", opened_on=datetime.date(2026, 11, 23)).full_clean()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"year": 19}, "four digits"),
        ({"opened_on": datetime.date(2999, 1, 1)}, "still to come"),
        ({"expires_on": datetime.date(2026, 11, 23)}, "after the one on which the source was opened"),
    ],
)
def test_days_and_years_that_cannot_be_are_refused(fields, sentence):
    source = make_source()
    for name, value in fields.items():
        setattr(source, name, value)
    with pytest.raises(ValidationError, match=sentence):
        source.full_clean()


# Correcting one


def test_a_correction_asks_for_a_new_look_at_every_signed_article_that_cites_it(writer):
    source = make_source()
    article = make_published(text="<p>A [@test-2020]</p>", title="A citing article")
    sign(article.published_revision)
    other = make_published(slug="other", title="Another article")
    sign(other.published_revision)
    page = change(writer, source, title="The right title").content.decode()
    assert "A reviewer should look again at: " in page
    assert f'<a href="/admin/content/article/{article.pk}/revisions/">A citing article</a>' in page
    assert list(Article.objects.with_changed_source()) == [article]


def test_opening_a_source_again_is_no_correction(writer):
    source = make_source(expires_on=datetime.date(2027, 11, 23))
    article = make_published(text="<p>A [@test-2020]</p>")
    sign(article.published_revision)
    change(writer, source, note="Found it again.", expires_on="2028-11-23")
    assert not Article.objects.with_changed_source().exists()
    source.refresh_from_db()
    assert source.note == "Found it again."


def test_a_text_that_nobody_signed_needs_no_new_look():
    source = make_source()
    make_published(text="<p>A [@test-2020]</p>")
    source.title = "Another"
    source.save()
    assert not Article.objects.with_changed_source().exists()


def test_the_chosen_sources_are_marked_as_opened_and_last_as_long_as_before(writer):
    today = timezone.localdate()
    old = make_source(
        key="old", opened_on=today - datetime.timedelta(days=400), expires_on=today - datetime.timedelta(days=35)
    )
    done = make_source(key="done", opened_on=today)
    page = writer.post(
        reverse("admin:content_source_changelist"),
        {"action": "opened_today", "_selected_action": [old.pk, done.pk]},
        follow=True,
    ).content.decode()
    assert "Marked as opened today: 1. Already marked: 1." in page
    old.refresh_from_db()
    assert (old.opened_on, old.expires_on) == (today, today + datetime.timedelta(days=365))


# Where it is used


def test_a_source_lists_each_place_and_whether_visitors_see_it(writer):
    source = make_source()
    published = make_published(text="<p>A [@test-2020]</p>", title="On the site")
    saving.save_revision(article=make_article(slug="b", title="Not yet", text="<p>B [@test-2020]</p>"))
    page = writer.get(reverse("admin:content_source_change", args=[source.pk])).content.decode()
    assert f'<a href="/admin/content/article/{published.pk}/change/#content_section_set-0">First section</a>' in page
    assert "On the site" in page and "Not yet" in page
    assert page.count("newest revision, not on the site") == 1


def test_the_list_counts_citing_articles_in_a_fixed_number_of_queries(writer, django_assert_max_num_queries):
    for number in range(5):
        make_source(key=f"s-{number}")
        make_published(slug=f"a-{number}", text=f"<p>[@s-{number}] [@s-0]</p>")
    with django_assert_max_num_queries(14):
        page = writer.get(reverse("admin:content_source_changelist")).content.decode()
    assert "5 articles" in page and page.count("1 article<") == 4
    assert "s-3" not in writer.get(reverse("admin:content_source_changelist"), {"use": "unused"}).content.decode()


# The editor's search


def find(client, words, kind="source"):
    return client.get(reverse(f"admin:content_{kind}_find"), {"q": words}).json()["matches"]


def test_the_editor_finds_sources_by_any_of_their_words(writer):
    make_source(key="kelly-2020", title="Alcoholics Anonymous and other programs", authors="Kelly JF")
    make_source(key="old-2001", title="Something else", expires_on=datetime.date(2026, 1, 1))
    assert [entry["value"] for entry in find(writer, "kelly programs")] == ["kelly-2020"]
    assert find(writer, "kelly nowhere") == []
    assert find(writer, "else")[0]["note"].startswith("Expired")


def test_the_editor_finds_articles_and_says_whether_they_are_on_the_site(writer):
    make_published(slug="one", title="Sponsors")
    make_article(slug="two", title="Sponsors again")
    assert [(entry["value"], entry["note"].split(" · ")[1]) for entry in find(writer, "sponsors", "article")] == [
        ("/articles/one/", "revision 1"),
        ("/articles/two/", "not published"),
    ]


def test_what_is_found_is_bounded(writer):
    for number in range(30):
        make_source(key=f"s-{number}")
    assert len(find(writer, "")) == 20


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("https://example.org/?q=adicci%F3n&utm_source=a", "https://example.org/?q=adicci%F3n"),
        ("https://example.org/?utm_source=a&q=a+b%20c&&x&fbclid=1#top", "https://example.org/?q=a+b%20c&&x#top"),
        ("https://example.org/?utm_source=a#top", "https://example.org/#top"),
        ("https://example.org/?utm%5Fsource=a&b", "https://example.org/?b"),
        ("https://example.org/?a=1;b=%zz#?utm_source=a", "https://example.org/?a=1;b=%zz#?utm_source=a"),
        ("https://example.org/?", "https://example.org/?"),
    ],
)
def test_only_what_follows_people_about_leaves_an_address_the_rest_stays_byte_for_byte(typed, cleaned):
    assert without_tracking(typed) == cleaned
