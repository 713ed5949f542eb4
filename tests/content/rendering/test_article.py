import datetime

import pytest
from django.utils import timezone
from django.utils.safestring import mark_safe

from content.models import CallPanel, RelatedArticle, Reviewer, Revision, Section
from content.rendering import article as article_rendering
from content.services import saving
from tests.content.factories import (
    make_article,
    make_published,
    make_source,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db
TODAY = datetime.date.today()


def page_of(article, **kwargs):
    revision = article.revisions.first() or saving.save_revision(article=article)
    return article_rendering.render(revision, today=TODAY, **kwargs)


def section_html(article):
    return next(block["html"] for block in page_of(article)["blocks"] if block["type"] == "section")


def test_sources_are_numbered_in_order_of_appearance_and_link_back():
    make_source(key="first")
    make_source(key="second")
    article = make_article(text="<p>B [@second] A [@first] B again [@second]</p>")
    page = page_of(article)
    assert [(ref.number, [link["href"] for link in ref.backlinks]) for ref in page["sources"]] == [
        (1, ["#cite-1-1", "#cite-1-2"]),
        (2, ["#cite-2-1"]),
    ]
    html = section_html(article)
    for reference in page["sources"]:
        assert f'href="#source-{reference.number}"' in html
        assert all(f'id="{link["href"][1:]}"' in html for link in reference.backlinks)


def test_a_citation_without_a_source_is_not_shown_as_text():
    assert "[@" not in section_html(make_article(text="<p>A [@nobody]</p>"))


def test_a_marker_inside_an_address_stays_an_address():
    make_source(key="first")
    html = section_html(make_article(text='<p><a href="https://example.com/?a>[@first]">B</a> A [@first]</p>'))
    assert '<a href="https://example.com/?a&gt;[@first]">B</a> A<sup>' in html
    assert html.count("<sup>") == 1, "control: the one in the text is a link"


def test_an_anchor_of_an_old_revision_ends_no_attribute():
    html = article_rendering.anchored(mark_safe("<h3>Who helps?</h3>"), 'a"><script>')
    assert html == '<h3 id="a&quot;&gt;&lt;script&gt;-who-helps">Who helps?</h3>'


def test_smaller_headings_get_anchors_that_do_not_collide():
    html = section_html(make_article(text="<h3>Who helps?</h3><p>x</p><h3>Who helps?</h3>"))
    assert 'id="first-section-who-helps"' in html
    assert 'id="first-section-who-helps-2"' in html


def test_hostile_text_in_an_old_revision_is_cleaned_again_when_shown():
    article = make_article()
    revision = saving.save_revision(article=article)
    hostile = revision.snapshot_json.replace("Some words.", "<script>alert(1)</script>")
    type(revision)._base_manager.filter(pk=revision.pk)._update(
        [(revision._meta.get_field("snapshot_json"), None, hostile)]
    )
    revision.refresh_from_db()
    assert "<script>" in revision.snapshot_json, "control: the stored text is hostile"
    blocks = article_rendering.render(revision, today=TODAY)["blocks"]
    assert "<script>" not in str(blocks[0]["html"])


def test_consecutive_steps_are_one_group_with_one_entry_in_the_contents():
    article = make_article(kind="twelve_step", steps=12)
    CallPanel.objects.create(parent=article, region="main", ordering=90, heading="Questions?")
    Section.objects.create(
        parent=article,
        region="main",
        ordering=95,
        heading="Last",
        anchor="last",
        text="<p>x</p>",
    )
    page = page_of(article)
    assert [block["type"] for block in page["blocks"]] == [
        "section",
        "steps",
        "call_panel",
        "section",
    ]
    assert [step["number"] for step in page["blocks"][1]["parts"]] == list(range(1, 13))
    anchors = [entry["anchor"] for entry in page["contents"]]
    assert anchors == [
        "first-section",
        "the-twelve-steps",
        "questions",
        "last",
        "help-now",
        "disclaimer",
        "reviewer",
    ]


def test_related_articles_keep_the_editors_order_and_leave_out_what_is_not_published():
    article, first, second, draft = (
        make_article(),
        make_published(slug="first", title="First"),
        make_published(slug="second", title="Second"),
        make_article(slug="draft"),
    )
    for position, related in enumerate([second, draft, first]):
        RelatedArticle.objects.create(article=article, related=related, position=position, reason="why")
    assert [entry["title"] for entry in page_of(article)["related"]] == [
        "Second",
        "First",
    ]


def test_a_text_that_nobody_signed_says_that_review_is_awaited():
    review = page_of(make_published())["review"]
    assert review.state == "awaited"
    assert review.line == "Clinical review by Dr. Test Reviewer is awaited."
    assert "reviewed" not in review.line.lower()


def test_one_sign_off_turns_the_line_and_any_later_change_turns_it_back():
    article = make_published()
    sign(article.revisions.first())
    review = page_of(article)["review"]
    assert review.state == "reviewed"
    assert review.line.startswith("Clinically reviewed by Dr. Test Reviewer, certified (TEST II), on ")

    article.content_section_set.update(text="<p>Some word.</p>")
    publish(article)
    review = page_of(article)["review"]
    assert review.state == "edited"
    assert "reviewed" not in review.line.lower()
    assert "awaited" in review.line


def test_going_back_to_the_signed_text_brings_its_sign_off_back():
    article = make_published()
    sign(article.revisions.first())
    article.content_section_set.update(text="<p>Other.</p>")
    publish(article)
    article.content_section_set.update(text="<p>Some words.</p>")
    publish(article)
    assert page_of(article)["review"].state == "reviewed"


def test_a_review_whose_date_is_past_says_so():
    article = make_published()
    sign(article.revisions.first(), due_in_days=1)
    revision = article.revisions.first()
    later = article_rendering.render(revision, today=TODAY + datetime.timedelta(days=2))["review"]
    assert later.state == "overdue"
    assert "Review overdue: the next one was due on" in later.line


@pytest.mark.parametrize(("days", "state"), [(0, "reviewed"), (-1, "expired")])
def test_a_licence_that_ran_out_takes_the_review_away(days, state):
    article = make_published()
    sign(article.revisions.first())
    Reviewer.objects.update(licence_expires=TODAY + datetime.timedelta(days=days))
    review = page_of(article)["review"]
    assert review.state == state
    assert ("reviewed by" in review.line) is (state == "reviewed")


@pytest.mark.parametrize(("days", "state"), [(0, "reviewed"), (1, "overdue")])
def test_a_review_is_overdue_from_the_day_after_its_date(days, state):
    article = make_published()
    due = sign(article.revisions.first(), due_in_days=30).next_due
    page = article_rendering.render(article.revisions.first(), today=due + datetime.timedelta(days=days))
    assert page["review"].state == state
    assert ("Review overdue" in page["review"].line) is (state == "overdue")


def test_the_reading_grade_is_shown_for_english_and_not_for_spanish():
    english = make_published(text="<p>You can call us. We will help you find a place.</p>")
    spanish = make_published(slug="es", language="es")
    assert page_of(english)["grade"] <= 8
    assert page_of(spanish)["grade"] is None


def test_a_source_that_changes_after_the_review_is_shown():
    source = make_source()
    article = make_published(text="<p>A [@test-2020]</p>")
    sign(article.revisions.first())
    assert page_of(article)["review"].state == "reviewed", "control"
    source.title = "Corrected"
    source.save()
    assert page_of(article)["review"].state == "edited"


@pytest.mark.parametrize(("days", "expired"), [(1, False), (0, True)])
def test_a_source_that_is_due_again_says_so(days, expired):
    source = make_source()
    article = make_published(text="<p>A [@test-2020]</p>")
    source.expires_on = timezone.localdate() + datetime.timedelta(days=days)
    source.save()
    assert page_of(article)["sources"][0].has_expired is expired


@pytest.mark.parametrize(
    ("url", "doi", "address"),
    [
        ("https://example.org/a", "10.1000/x", "https://example.org/a"),
        ("", "10.1000/x", "https://doi.org/10.1000/x"),
        ("", "", ""),
    ],
)
def test_a_source_links_to_its_address_or_else_to_its_doi(url, doi, address):
    make_source(url=url, doi=doi)
    assert page_of(make_published(text="<p>A [@test-2020]</p>"))["sources"][0].url == address


def test_medically_reviewed_appears_only_for_a_medical_licence():
    article = make_published()
    reviewer = article.reviewer
    reviewer.licence_kind, reviewer.licence_number = "medical", "A1"
    reviewer.save()
    sign(article.revisions.first())
    assert page_of(article)["review"].line.startswith("Medically reviewed")


def test_a_text_takes_three_queries_whatever_the_articles_size(
    django_assert_num_queries,
):
    make_source()
    article = make_article(text="<p>A [@test-2020]</p>", kind="twelve_step", steps=12)
    other = make_published(slug="other")
    RelatedArticle.objects.create(article=article, related=other, reason="why")
    revision = saving.save_revision(article=article)
    with django_assert_num_queries(3):
        article_rendering.render(revision, today=TODAY)


def test_days_are_those_of_the_centre_and_not_of_greenwich():
    article = make_published()
    revision = article.published_revision
    evening_in_california = datetime.datetime(2026, 3, 3, 5, 0, tzinfo=datetime.UTC)
    Revision.objects.filter(pk=revision.pk).update(published_at=evening_in_california)
    revision.refresh_from_db()
    page = article_rendering.render(revision, today=datetime.date(2026, 3, 3))
    assert page["published_on"] == page["changed_on"] == datetime.date(2026, 3, 2)
