import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from content.models import (
    Article,
    Centre,
    HelpLine,
    Reviewer,
    Revision,
    RowIsFinal,
    Section,
)
from content.services import saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_notice,
    make_published,
    make_reviewer,
    make_source,
    publish,
)

pytestmark = pytest.mark.django_db


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_there_is_only_one_centre_and_it_has_a_phone():
    make_centre()
    refused(lambda: Centre.objects.create(id=2, name="Another", phone="+17145550143"))
    refused(lambda: Centre.objects.filter(id=1).update(phone=""))


@pytest.mark.parametrize(
    ("phone", "is_placeholder"),
    [
        ("+17145550142", True),
        ("+17145550199", True),
        ("+18005550199", True),
        ("+17145551234", False),
        ("+17147724342", False),
    ],
)
def test_numbers_reserved_for_fiction_count_as_placeholders(phone, is_placeholder):
    assert make_centre(phone=phone).has_placeholder_phone is is_placeholder


def test_a_help_line_is_taken_down_sixty_days_after_its_last_check(time_machine):
    time_machine.move_to("2026-11-23T20:00:00Z")
    today = datetime.date(2026, 11, 23)
    make_help_line(key="fresh", last_checked=today - datetime.timedelta(days=60))
    make_help_line(key="stale", last_checked=today - datetime.timedelta(days=61))
    make_help_line(key="never")
    make_help_line(key="ageless", ages=False, last_checked=today - datetime.timedelta(days=900))
    assert {line.key for line in HelpLine.objects.visible()} == {
        "fresh",
        "never",
        "ageless",
    }
    assert {line.key for line in HelpLine.objects.taken_down()} == {"stale"}


@pytest.mark.parametrize(
    ("days", "due", "is_visible", "state"),
    [
        (None, True, True, "shown; dial it"),
        (0, False, True, "shown"),
        (30, False, True, "shown"),
        (31, True, True, "shown; dial it again"),
        (60, True, True, "shown; dial it again"),
        (61, True, False, "taken down; dial it"),
    ],
)
def test_a_number_is_due_after_thirty_days_and_gone_after_sixty(time_machine, days, due, is_visible, state):
    time_machine.move_to("2026-11-23T20:00:00Z")
    checked = None if days is None else datetime.date(2026, 11, 23) - datetime.timedelta(days=days)
    line = make_help_line(last_checked=checked)
    assert HelpLine.objects.due().exists() is due
    assert HelpLine.objects.visible().exists() is is_visible
    assert line.state == state


@pytest.mark.parametrize("number", ["911", "988"])
def test_the_two_numbers_that_work_everywhere_never_go_by_age(number):
    make_help_line(number=number, ages=False, last_checked=datetime.date(2020, 1, 1))
    assert HelpLine.objects.visible().exists() and not HelpLine.objects.due().exists()
    refused(lambda: make_help_line(key="ageing", number=number, ages=True))


def test_danger_to_life_stands_first_wherever_an_editor_puts_it():
    make_help_line(key="b", position=1)
    make_help_line(key="a", number="911", danger=True, ages=False, position=9)
    assert [line.key for line in HelpLine.objects.visible()] == ["a", "b"]


@pytest.mark.parametrize(
    ("number", "days", "licensed"),
    [("190123AP", 0, True), ("190123AP", -1, False), ("190123AP", None, False), ("", 30, False)],
)
def test_licensed_is_said_only_with_a_number_until_its_last_day(number, days, licensed):
    expires = None if days is None else timezone.localdate() + datetime.timedelta(days=days)
    assert make_centre(licence_number=number, licence_expires=expires).is_licensed is licensed


@pytest.mark.parametrize("slug", ["feed", "history"])
def test_addresses_that_the_site_uses_are_refused(slug):
    refused(lambda: make_article(slug=slug))
    with pytest.raises(ValidationError):
        Article(slug=slug, title="x").full_clean()


def test_two_articles_cannot_share_an_address_but_languages_can():
    make_article()
    refused(lambda: make_article())
    assert make_article(language="es").pk


def test_steps_are_numbered_one_to_twelve_once_each():
    article = make_article(steps=2)
    step = article.content_step_set.first()
    refused(lambda: article.content_step_set.filter(pk=step.pk).update(number=13))
    refused(lambda: article.content_step_set.filter(pk=step.pk).update(number=2))


def test_an_article_is_not_related_to_itself():
    article = make_article()
    refused(lambda: article.related_articles.create(related=article, reason="x"))


def test_a_medical_licence_needs_its_number():
    refused(lambda: make_reviewer(licence_kind="medical"))
    assert make_reviewer(licence_kind="medical", licence_number="A1").pk


@pytest.mark.parametrize(
    ("number", "days", "shows_licence"),
    [("T-12", 0, True), ("T-12", -1, False), ("T-12", None, True), ("", 30, False)],
)
def test_a_reviewers_licence_is_shown_only_with_a_number_until_its_last_day(number, days, shows_licence):
    expires = None if days is None else timezone.localdate() + datetime.timedelta(days=days)
    assert make_reviewer(licence_number=number, licence_expires=expires).shows_licence is shows_licence


def test_rich_text_is_cleaned_whoever_stores_it():
    article = make_article(text='<p onclick="x()">Hello<script>alert(1)</script></p>')
    assert Section.objects.get(parent=article).text == "<p>Hello</p>"


def test_a_snapshot_holds_the_text_and_the_keys_but_no_source():
    make_source()
    article = make_article(text="<p>A fact [@test-2020].</p>", steps=1)
    snapshot = article.snapshot()
    assert snapshot["citations"] == ["test-2020"]
    assert [block["type"] for block in snapshot["blocks"]] == ["section", "step"]
    assert "A test source" not in str(snapshot)


def test_a_revision_never_changes_and_is_never_deleted():
    revision = saving.save_revision(article=make_article())
    revision.snapshot_json = "{}"
    for attempt in (
        revision.save,
        revision.delete,
        Revision.objects.all().delete,
        lambda: Revision.objects.update(snapshot_json="{}"),
    ):
        with pytest.raises(RowIsFinal):
            attempt()
    assert Revision.objects.get().snapshot["title"] == "A test article"


def test_equal_texts_have_equal_hashes_and_another_text_another():
    article = make_article()
    first = article.new_revision().sha256
    assert article.new_revision().sha256 == first
    article.title = "Another title"
    assert article.new_revision().sha256 != first


def test_only_published_articles_are_visible():
    article = make_article()
    saving.save_revision(article=article)
    assert not Article.objects.published().exists()
    publish(article)
    assert Article.objects.published().get() == article
    assert article.is_published


def test_no_name_of_a_row_holds_more_than_its_public_words():
    assert str(make_published()) == "A test article"
    assert str(make_notice()) == "Medical disclaimer, version 1 (en)"
    assert str(Reviewer.objects.get()) == "Dr. Test Reviewer"


def test_an_expired_source_says_so():
    today = datetime.date.today()
    assert make_source(key="a-1", expires_on=today).has_expired
    assert not make_source(key="a-2", expires_on=today + datetime.timedelta(days=2)).has_expired
    assert not make_source(key="a-3").has_expired


def test_the_monogram_leaves_titles_out():
    assert make_reviewer(name="Dr. Brendan Bickley").monogram == "BB"
