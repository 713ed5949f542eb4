"""Characters that nobody sees and that break what reads a text."""

import xml.etree.ElementTree as ET

import pytest
from django.apps import apps
from django.db import connection, models
from django.urls import reverse

from content.delivery import organisation
from content.models import Article, Centre, Revision, Section, SignOff, Topic
from content.models.fields import RichTextField, WithoutControls
from content.services import publishing
from content.text.characters import shortened, without_controls
from tests.content.factories import (
    make_article,
    make_centre,
    make_published,
    make_reviewer,
    make_source,
    make_user,
    publish,
    sign,
)
from tests.content.test_admin import article_form

# One of each kind: NUL, C0, the vertical tab of Word, DEL, C1, half a pair of UTF-16, noncharacters of two planes.
BAD = ["\0", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\x80", "\x9f", "\ud800", "\udfff", "\ufdd0", "\ufffe"]
BAD += ["\uffff", "\U0001ffff", "\U0010fffe"]
GOOD = "é ñ — “x” \t\n\r 😀 👩\u200d⚕️ \u00a0 \u00ad \u2028 مرحبا \ufffd"
NAMES_OF_BAD = [f"U+{ord(bad):04X}" for bad in BAD]
# Written by the site itself, of what was cleaned before or of no text at all.
OWN = {
    "ChangeRecord.name",
    "Link.address",
    "Link.told",
    "Link.leads_to",
    "OpenForm.kept_text",
    "SearchEntry.language",
    "SearchEntry.letter",
    "SearchEntry.title",
    "SearchEntry.lead",
    "SearchEntry.words",
    "SearchWord.language",
    "SearchWord.word",
    "Usage.target",
    "Usage.place",
}


@pytest.mark.parametrize("bad", BAD, ids=NAMES_OF_BAD)
def test_what_no_program_can_show_is_gone(bad):
    assert without_controls(f"a{bad}b").replace(" ", "") == "ab"


def test_a_line_break_of_word_keeps_the_words_apart():
    assert without_controls("Two typing errors\x0bmended") == "Two typing errors mended"


def test_every_other_character_stays():
    assert without_controls(GOOD) == GOOD


def test_a_text_is_shortened_to_the_very_length():
    assert shortened("abcde", 5) == "abcde"
    assert shortened("abcdef", 5) == "abcd…"


def test_every_text_that_people_write_loses_control_characters():
    """A new column has to be of a field in `content.models.fields`, or be named above."""
    open_ones = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("content").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, WithoutControls | RichTextField | models.SlugField | models.EmailField)
        and not field.choices
        and field.name != "region"
        and type(field).__name__ != "PhoneNumberField"
    }
    assert open_ones <= OWN


@pytest.mark.django_db
@pytest.mark.parametrize("bad", BAD, ids=NAMES_OF_BAD)
def test_a_control_character_is_stored_by_no_way(bad):
    made = Topic.objects.create(slug="a", name=f"A{bad}a", intro="x")
    assert bad not in made.name
    Topic.objects.bulk_create([Topic(slug="b", name=f"B{bad}b", intro="x")])
    Topic.objects.filter(slug="a").update(intro=f"I{bad}i")
    section = Section.objects.create(
        parent=make_article(), region="main", heading=f"H{bad}", anchor="h", text=f"<p>T{bad}t</p>"
    )
    assert bad not in section.text
    stored = [*Topic.objects.values_list("name", "intro"), *Section.objects.values_list("heading", "text")]
    assert not any(bad in text for row in stored for text in row)
    assert Topic.objects.filter(name=f"A{bad}a").exists(), "what is asked for goes the same way"


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [bad for bad in BAD if bad not in "\0\ud800\udfff"])
def test_no_field_of_the_article_form_takes_the_feed_down(client, bad):
    """NUL is refused by the form, and half a pair cannot be sent."""
    make_centre(name=f"A{bad}center")
    article = make_published(reviewer=make_reviewer(name=f"Dr.{bad} Test", licence_line=f"certified{bad}"))
    client.force_login(make_user(username="boss", is_superuser=True))
    url, data = article_form(client, article)
    fields = [name for name, value in data.items() if isinstance(value, str) and value and "slug" not in name]
    texts = [name for name in fields if any(part in name for part in ("title", "answer", "heading", "-text"))]
    assert len(texts) == 4
    data |= {name: f"{data[name]} a{bad}b" for name in texts} | {"note": f"Two typing errors{bad}mended"}
    assert client.post(url, data | {"_continue": "on"}).status_code == 302
    revision = Revision.objects.latest()
    assert bad not in revision.note
    assert bad not in revision.snapshot["title"]
    publishing.publish(revision=revision)
    sign(revision)
    organisation.write_fallback_snapshot()
    assert_every_page_answers(client, article)


@pytest.mark.django_db
def test_what_was_stored_before_takes_nothing_down(client):
    """Written past the fields, as rows of older releases were. NUL and halves of pairs no database took."""
    bad = "".join(bad for bad in BAD if bad not in "\0\ud800\udfff")
    make_centre()
    make_source()
    article = make_published(text="<p>A [@test-2020]</p>")
    article.topics.add(Topic.objects.create(slug="t", name="T", intro="x"))
    article.title = "New"
    article.save()
    sign(publish(article, note="Note"))
    for model in (Article, Centre, Revision, Section, SignOff, Topic):
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, WithoutControls) and not field.choices
            if is_text and field.name not in {"snapshot_json", "sha256", "url"}:
                put_past_the_fields(model, field, bad)
    for revision in Revision.objects.all():
        text = revision.snapshot_json.replace("short answer", f"short {''.join(map(escaped, bad))} answer")
        put_past_the_fields(Revision, Revision._meta.get_field("snapshot_json"), text, key=revision.pk)
    article.refresh_from_db()
    assert "\x0b" in article.title
    assert "\x0b" in article.published_revision.snapshot["short_answer"]
    organisation.write_fallback_snapshot()
    assert_every_page_answers(client, article)


def escaped(char):
    return f"\\u{ord(char):04x}" if ord(char) < 32 else char


def put_past_the_fields(model, field, value, *, key=None):
    table, column = model._meta.db_table, field.column
    where = f" WHERE {column} <> ''" if key is None else f" WHERE id = {key}"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s{where}", [value])  # noqa: S608 reason=names of our own


def assert_every_page_answers(client, article):
    feed = client.get(reverse("content:article_feed"))
    assert feed.status_code == 200
    assert len(ET.fromstring(feed.content)) >= 8  # noqa: S314 reason=our own
    sitemap = client.get(reverse("machines:sitemap"))
    ET.fromstring(sitemap.content)  # noqa: S314 reason=our own
    pages = [reverse("content:home"), reverse("content:article_list"), article.get_absolute_url()]
    pages += [reverse("content:article_history", args=[article.slug]), reverse("content:search") + "?q=test"]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
