"""One article, two audiences: each reader reads the parts meant for them, and those for everybody."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from content.checklist import report
from content.models import CallPanel, CareCard, FormerAddress, Section
from content.rendering.article import card, render
from content.services import saving
from content.text.diff import difference
from tests.content.factories import make_article, make_centre, make_notice, make_user, publish

pytestmark = pytest.mark.django_db

ME, LOVED_ONE = "/articles/test-article/", "/articles/test-article/for-someone-i-love/"


def section(article, text, *, voice="", anchor="part", heading="A part", ordering=20):
    return Section.objects.create(
        parent=article, region="main", ordering=ordering, heading=heading, anchor=anchor, text=text, voice=voice
    )


@pytest.fixture
def article():
    make_centre()
    article = make_article(text="<p>For everybody.</p>")
    section(article, "<p>What you can do.</p>", voice="me")
    section(article, "<p>What they can do.</p>", voice="loved_one")
    publish(article)
    return article


def read(client, path):
    return client.get(path).content.decode()


def test_each_reader_meets_the_parts_for_all_and_those_of_the_chosen_audience(client, article):
    for_me, for_someone = read(client, ME), read(client, LOVED_ONE)
    assert "For everybody." in for_me and "For everybody." in for_someone
    assert "What you can do." in for_me and "What they can do." not in for_me
    assert "What they can do." in for_someone and "What you can do." not in for_someone
    assert for_me.count('id="part"') == for_someone.count('id="part"') == 1, "anchors are the same"
    assert '<a href="#part">A part</a>' in for_me and '<a href="#part">A part</a>' in for_someone


def test_plain_links_lead_from_one_audience_to_the_other_and_nothing_is_remembered(client, article):
    assert f'<a href="{ME}" aria-current="page">For me</a>' in read(client, ME)
    assert f'<a href="{LOVED_ONE}">For someone I love</a>' in read(client, ME)
    assert f'<a href="{LOVED_ONE}" aria-current="page">For someone I love</a>' in read(client, LOVED_ONE)
    assert not client.get(LOVED_ONE).cookies
    assert f"{LOVED_ONE}?quiet" in read(client, f"{ME}?quiet")


def asked(text):
    """The answers that the page's ways to us choose for the forms to begin with."""
    return re.findall(r'href="/(?:chat|contact|request-a-call)/(.*?)"', text)


def test_the_forms_begin_with_the_audience_that_was_read(client, article):
    make_notice(kind="consent")
    CallPanel.objects.create(parent=article, region="main", ordering=30, heading="Questions?", text="<p>Ask.</p>")
    publish(article)
    assert asked(read(client, LOVED_ONE)) == ["?for=loved_one"] * 12
    assert asked(read(client, f"{LOVED_ONE}?quiet")) == ["?for=loved_one&amp;quiet"] * 9
    chosen = r'<input type="radio" name="about" value="loved_one"[^>]* checked'
    for form in ("contact", "request-a-call"):
        assert re.search(chosen, read(client, f"/{form}/?for=loved_one"))
        assert re.search(chosen, read(client, f"/{form}/?for=loved_one&quiet"))
        assert not re.search(chosen, read(client, f"/{form}/"))
    assert asked(read(client, ME)) == [""] * 12, "control: for me nothing is chosen"


def test_above_the_steps_stands_to_whom_they_speak(client):
    make_centre()
    article = make_article(steps=12, kind="twelve_step")
    section(article, "<p>What they can do.</p>", voice="loved_one")
    publish(article)
    for_someone = read(client, LOVED_ONE)
    assert for_someone.index("The steps speak to the person who takes them.") < for_someone.index('id="step-1"')
    assert "The steps speak to" not in read(client, ME)


def test_search_engines_hear_of_one_address(client, article, settings):
    text = read(client, LOVED_ONE)
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}{ME}">' in text
    assert text.count('rel="canonical"') == 1
    assert "hreflang" not in text and "ld+json" not in text
    assert "for-someone-i-love" not in read(client, "/sitemap.xml")


def test_an_article_with_one_audience_has_no_second_page_and_no_links(client):
    make_centre()
    article = make_article()
    section(article, "<p>Only for me.</p>", voice="me")
    publish(article)
    assert client.get(LOVED_ONE).status_code == 404
    assert "For someone I love" not in read(client, ME)


@pytest.mark.parametrize(
    ("voice", "leads_to"), [("loved_one", "/es/articles/es-a/for-someone-i-love/"), ("", "/es/articles/es-a/")]
)
def test_the_language_switch_keeps_the_audience_where_the_other_edition_has_it(client, article, voice, leads_to):
    translated = make_article(slug="es-a", title="Un texto", language="es", translation_of=article)
    section(translated, "<p>Palabras.</p>", voice=voice)
    publish(translated)
    assert f'<a href="{leads_to}" lang="es">' in read(client, LOVED_ONE)
    assert '<a href="/es/articles/es-a/" lang="es">' in read(client, ME)


def test_an_address_of_before_leads_to_the_same_audience(client, article):
    FormerAddress.objects.create(article=article, language="en", slug="old")
    moved = client.get("/articles/old/for-someone-i-love/")
    assert (moved.status_code, moved["Location"]) == (301, LOVED_ONE)


def test_two_sections_share_an_anchor_only_when_no_reader_meets_both(article):
    with pytest.raises(IntegrityError), transaction.atomic():
        section(article, "<p>Again.</p>", voice="me")
    with pytest.raises(ValidationError, match="for whom"):
        Section(parent=article, region="main", heading="A", anchor="part", text="<p>A.</p>", voice="me").full_clean()
    assert "anchors" not in {finding.rule.id for finding in report(saving.save_revision(article=article))}
    section(article, "<p>For all.</p>", heading="Another")
    assert "anchors" in {finding.rule.id for finding in report(saving.save_revision(article=article))}


def rules_broken(article):
    return {finding.rule.id for finding in report(saving.save_revision(article=article))}


def test_the_checklist_reads_both_audiences(article):
    assert "headings" not in rules_broken(article), "both audiences may have the same heading"
    section(article, "<p>An addict lies.</p>", voice="loved_one", anchor="more", heading="More")
    assert "blame" in rules_broken(article)


def test_each_audience_has_its_warning_before_it_speaks_of_stopping(article):
    section(article, "<p>They can stop drinking today.</p>", voice="loved_one", anchor="stop", heading="Stop")
    card = CareCard.objects.create(
        parent=article, region="main", ordering=1, kind="withdrawal", heading="Before", text="<p>Ask.</p>", voice="me"
    )
    assert "stopping-without-warning" in rules_broken(article)
    card.voice = "loved_one"
    card.save()
    assert "stopping-without-warning" not in rules_broken(article)


def test_search_finds_the_words_of_both_audiences(client, article):
    section(article, "<p>Zimtstern.</p>", voice="loved_one", anchor="more", heading="More")
    publish(article)
    assert ME in read(client, "/search/?q=zimtstern")


def test_a_difference_names_the_audience_and_a_text_without_audiences_keeps_its_hash(article):
    before = saving.save_revision(article=article)
    article.content_section_set.filter(voice="loved_one").update(text="<p>What both can do.</p>")
    after = saving.save_revision(article=article)
    [change] = difference(before.snapshot, after.snapshot).changes
    assert change.name == "A part (For someone I love)"
    assert all("voice" not in block for block in before.snapshot["blocks"] if block["anchor"] == "first-section")


def test_an_older_text_comes_back_with_its_audiences(article):
    before = saving.save_revision(article=article)
    article.content_section_set.exclude(voice="").delete()
    saving.save_revision(article=article)
    assert saving.restore(revision=before).snapshot == before.snapshot


def test_the_reading_time_counts_the_parts_of_one_audience(article):
    section(article, f"<p>{'word ' * 2000}</p>", voice="loved_one", anchor="more", heading="More")
    revision = publish(article)
    assert card(article)["minutes"] == render(revision, today=timezone.localdate())["minutes"] == 1
    assert render(revision, today=timezone.localdate(), audience="loved_one")["minutes"] > 9


def test_staff_preview_both_audiences(client, article):
    client.force_login(make_user(is_superuser=True))
    preview = reverse("admin:content_revision_preview", args=[article.published_revision.pk])
    assert "What you can do." in read(client, preview)
    assert 'href="?loved_one"' in read(client, preview)
    assert "What they can do." in read(client, f"{preview}?loved_one")
