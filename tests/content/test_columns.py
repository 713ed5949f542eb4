"""Every text as wide as its form lets it be, through everything that copies it into another column.

PostgreSQL refuses what is wider than its column. SQLite stores it, so that the widths are compared here as well.
"""

import datetime

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from content import checklist
from content.checklist import link_checker
from content.models import (
    Article,
    Centre,
    HelpLine,
    Link,
    LiveFinding,
    Notice,
    Picture,
    RelatedArticle,
    Reviewer,
    Revision,
    Source,
    Term,
    Topic,
    Usage,
)
from content.models.blocks import BLOCKS, PictureBlock, Section
from content.models.reviewer import LicenceKind
from content.rendering import references
from content.search import engine
from content.services import organisation, saving, workflow
from tests.content.factories import make_user, sign
from tests.content.test_admin import article_form

pytestmark = pytest.mark.django_db

# Precomposed and outside the basic plane, and with a mark of its own: the units in which lengths differ.
LETTERS = "wé😀e\u0301"
OURS = ("content", "admissions")


def wide(length, letters=LETTERS):
    return (letters * length)[:length]


def widest(model, **fixed):
    """A row, not stored, with all that a form could hold in each text; what is a choice or a key is `fixed`."""
    row = model(**fixed)
    for field in model._meta.concrete_fields:
        if field.name in fixed or not isinstance(field, models.CharField | models.TextField):
            continue
        if not field.editable or field.choices or isinstance(field, models.SlugField | models.FileField):
            continue
        if isinstance(field, models.URLField):
            setattr(row, field.name, "https://example.org/".ljust(field.max_length, "a"))
        elif isinstance(field, models.EmailField):
            setattr(row, field.name, "a@example.org")
        elif field.max_length:
            setattr(row, field.name, wide(field.max_length))
        else:
            setattr(row, field.name, wide(3000))
    return row


def stored(row):
    row.full_clean()
    row.save()
    return row


def too_wide():
    """(table, column, width, what lies in it) of all values that PostgreSQL would not take."""
    values = []
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            columns = [
                field
                for field in model._meta.concrete_fields
                if isinstance(field, models.CharField | models.FileField) and field.max_length
            ]
            for row in model._base_manager.all():
                for field in columns:
                    value = str(field.value_from_object(row) or "")
                    if len(value) > field.max_length:
                        values.append((model.__name__, field.name, field.max_length, len(value)))
    return values


def slug(model):
    return wide(model._meta.get_field("slug").max_length, "a")


@pytest.fixture
def full_site():
    """One row of everything that people type, each text as wide as it may be."""
    stored(widest(Centre, phone="+17145550142"))
    stored(widest(HelpLine, key=slug(Topic), number="1-800-662-4357", position=4))
    stored(widest(Notice, kind="medical_disclaimer", language="en", version=1, text=linked_to("n")))
    topic = stored(widest(Topic, slug=slug(Topic)))
    stored(widest(Term, slug=slug(Term), language="en"))
    source = stored(
        widest(
            Source,
            key=wide(50, "a"),
            doi="10.1000/".ljust(120, "a"),
            year=2020,
            opened_on=datetime.date(2026, 11, 23),
        )
    )
    reviewer = stored(
        widest(
            Reviewer,
            slug=slug(Reviewer),
            licence_kind=LicenceKind.values[0],
            licence_expires=datetime.date(2050, 1, 1),
            user=make_user("reviewer"),
            biography=linked_to("r"),
        )
    )
    picture = Picture(file="a" * 32 + ".webp", alt=wide(200), width=800, height=600)
    picture.save()
    other = Article.objects.create(slug="other", title="Other")
    article = stored(widest(Article, slug=slug(Article), reviewer=reviewer, short_answer="An answer. " * 4))
    article.topics.add(topic)
    for at, model in enumerate(BLOCKS):
        fixed = {"parent": article, "region": "main", "ordering": at}
        if model is Section:
            fixed |= {"anchor": wide(80, "a"), "text": f"<p>Words [@{source.key}].</p>" + linked_to("s")}
        elif model is PictureBlock:
            fixed |= {"picture": picture}
        elif model.type == "step":
            fixed |= {"number": 12}
        elif model.type == "care_card":
            fixed |= {"kind": "crisis"}
        stored(widest(model, **fixed))
    RelatedArticle.objects.create(article=article, related=other, reason=wide(160))
    return article


def linked_to(path):
    """A link of 700 signs, as mail programs make them, and one that is longer than anybody can use."""
    return f'<p><a href="https://example.org/{path.ljust(680, "a")}">A page</a></p>' + (
        f'<p><a href="https://example.org/{path.ljust(4000, "é")}">Another</a></p>'
    )


def published(article, *, note):
    revision = saving.save_revision(article=article, author=make_user("writer"), note=note)
    Revision.objects.filter(pk=revision.pk).update(published_at=timezone.now())
    engine.index(article)
    references.record(article)
    return revision


def test_every_text_may_be_as_wide_as_its_form_lets_it_be(full_site, settings):
    settings.SMALL_TEAM = True
    article, editor = full_site, make_user("publisher")
    revision = saving.save_revision(article=article, author=make_user("writer"), note=wide(200))
    workflow.hand_in(revision=revision, actor=editor, note=wide(300))
    workflow.comment(revision=revision, place=wide(80, "a"), text=wide(2000), actor=editor)
    sign(revision)
    finding = max(
        (each for each in checklist.report(revision) if each.rule.can_be_waived), key=lambda each: len(each.words)
    )
    waived = {"rule": finding.rule.id, "fingerprint": finding.fingerprint, "reason": wide(300)}
    checklist.waive(revision=revision, actor=editor, **waived)
    Revision.objects.filter(pk=revision.pk).update(published_at=timezone.now())
    engine.index(article)
    references.record_all()
    call_command("check_content", verbosity=0)
    link_checker.record_links()
    for model in (Centre, HelpLine):
        row = model.objects.get()
        row.hours = row.hours[::-1]
        organisation.change(row=row, actor=editor)
    saving.copy(article=article, author=editor)
    article.slug = "b" * 80
    article.save()
    saving.restore(revision=revision, author=editor, note=wide(200))
    assert Usage.objects.filter(kind="picture").exists()
    assert LiveFinding.objects.exists()
    assert too_wide() == []


@pytest.mark.parametrize("length", [139, 140, 141, 190, 200])
def test_a_caption_may_be_as_long_as_its_field(client, full_site, length):
    client.force_login(make_user(username="boss", is_superuser=True))
    url, data = article_form(client, full_site)
    data["content_pictureblock_set-0-caption"] = wide(length, "w")
    data["_continue"] = "on"
    assert client.post(url, data).status_code == 302
    assert PictureBlock.objects.get().caption == wide(length, "w")
    assert too_wide() == []


def test_a_long_address_is_asked_whole_or_not_at_all(full_site):
    published(full_site, note="")
    link_checker.record_links()
    lengths = {len(address) for address in Link.objects.values_list("address", flat=True)}
    assert 700 in lengths
    assert max(lengths) == 700, "a part of an address leads somewhere else"


def test_a_place_that_does_not_fit_ends_with_an_ellipsis():
    place = references.place_of({"type": "section", "heading": wide(300, "w")})
    assert len(place) == Usage._meta.get_field("place").max_length
    assert place.endswith("w…")


def test_values_that_are_too_wide_would_be_seen(full_site):
    """The control: the comparison of widths finds what does not fit."""
    field = Topic._meta.get_field("name")
    width, field.max_length = field.max_length, 59
    try:
        assert too_wide() == [("Topic", "name", 59, 60)]
    finally:
        field.max_length = width
