"""Two editions: what the Spanish one shows, what it leaves out, and how the two lead to each other."""

import datetime
import re
import xml.etree.ElementTree as ET

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import override

from content import languages
from content.delivery import organisation
from content.models import Article, Centre, HelpLine, RelatedArticle, Reviewer, Term, Topic
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_notice,
    make_published,
    make_reviewer,
    make_user,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db

XHTML = "{http://www.w3.org/1999/xhtml}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
OTHER_PAGES = [
    "/",
    "/articles/",
    "/articles/a-z/",
    "/topics/t/",
    "/reviewers/test-reviewer/",
    "/help-now/",
    "/privacy/",
    "/glossary/",
    "/what-we-store/",
    "/leaving/",
    "/search/",
    "/contact/",
    "/request-a-call/",
    "/return/",
    "/received/",
]
SPANISH_REVIEWER = {
    "credentials_es": "un título inventado",
    "licence_line_es": "certificado (PRUEBA II)",
    "biography_es": "<p>Inventado.</p>",
}


@pytest.fixture
def both():
    """An article in both languages, with a topic, a reviewer and notices that have Spanish words."""
    make_centre(hours="Weekdays", hours_es="Días laborables")
    make_help_line()
    for kind in ("medical_disclaimer", "privacy", "consent"):
        make_notice(kind=kind, title=f"English {kind}")
        make_notice(kind=kind, title=f"Español {kind}", language="es", text="<p>Pregunte a un médico.</p>")
    topic = Topic.objects.create(slug="t", name="Steps", intro="In English.", name_es="Pasos", intro_es="En español.")
    reviewer = make_reviewer(**SPANISH_REVIEWER)
    english = make_published(slug="steps", title="Twelve steps", kind="twelve_step", steps=12, reviewer=reviewer)
    spanish = make_published(
        slug="pasos",
        title="Doce pasos",
        short_answer="Una respuesta.",
        kind="twelve_step",
        steps=12,
        language="es",
        translation_of=english,
        reviewer=reviewer,
    )
    for article in (english, spanish):
        article.topics.add(topic)
    return english, spanish


def text_of(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def switch(text):
    """Where the switch leads, and what it says."""
    match = re.search(r'<header>.*?<a href="([^"]*)" lang="(..)">([^<]*)</a>', text, re.DOTALL)
    return match[1], match[2], match[3]


def alternates(text):
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', text))


# The two lead to each other


@pytest.mark.parametrize("page", ["", "history/", "helpful/", "helpful/thanks/"], ids=lambda page: page or "article")
def test_the_switch_of_an_article_and_of_its_pages_leads_to_the_same_page_of_the_other_edition(client, both, page):
    assert switch(text_of(client, f"/articles/steps/{page}")) == (f"/es/articles/pasos/{page}", "es", "Español")
    assert switch(text_of(client, f"/es/articles/pasos/{page}")) == (f"/articles/steps/{page}", "en", "English")


@pytest.mark.parametrize("path", OTHER_PAGES)
def test_the_switch_of_every_other_page_leads_to_the_same_path(client, both, path):
    assert switch(text_of(client, path)) == (f"/es{path}", "es", "Español")
    assert switch(text_of(client, f"/es{path}")) == (path, "en", "English")


def test_the_switch_keeps_quiet_mode(client, both):
    text = text_of(client, "/articles/steps/?quiet")
    assert switch(text)[0] == "/es/articles/pasos/?quiet"
    assert "<title>Página</title>" in text_of(client, "/es/articles/pasos/?quiet")
    assert 'href="/es/leave/"' in text_of(client, "/es/articles/pasos/?quiet"), "the way out keeps no query"


def test_a_page_without_an_edition_in_the_other_language_says_so_and_leads_to_its_home(client, both):
    make_published(slug="alone", title="Alone")
    make_published(slug="solo", title="Solo", language="es")
    empty = Topic.objects.create(slug="e", name="Empty", intro="One.", name_es="Vacío", intro_es="Uno.")
    Article.objects.get(slug="alone").topics.add(empty)
    make_notice(kind="your_rights")
    for path in ("/articles/alone/", "/topics/e/", "/your-rights/", "/articles/alone/history/"):
        assert switch(text_of(client, path)) == ("/es/", "es", "Español (solo el inicio)"), path
        assert alternates(text_of(client, path)) == {}
    assert switch(text_of(client, "/es/articles/solo/")) == ("/", "en", "English (home page only)")


def test_an_edition_that_is_not_published_is_none(client, both):
    draft = make_article(slug="borrador", language="es", translation_of=make_published(slug="alone", title="Alone"))
    assert client.get("/es/articles/borrador/").status_code == 404
    assert switch(text_of(client, "/articles/alone/"))[0] == "/es/"
    publish(draft)
    assert switch(text_of(client, "/articles/alone/"))[0] == "/es/articles/borrador/", "control"


def test_hreflang_is_mutual_names_every_edition_and_canonical_is_its_own(client, both, settings):
    paths = {"en": "/articles/steps/", "es": "/es/articles/pasos/"}
    for pair in (paths, {"en": "/help-now/", "es": "/es/help-now/"}, {"en": "/topics/t/", "es": "/es/topics/t/"}):
        wanted = {code: settings.PUBLIC_URL + path for code, path in pair.items()}
        for code, path in pair.items():
            text = text_of(client, path)
            assert alternates(text) == wanted | {"x-default": wanted["en"]}
            assert f'<link rel="canonical" href="{wanted[code]}">' in text
            assert f'<html lang="{code}">' in text


def test_the_sitemap_has_both_editions_each_beside_the_other(client, both, settings):
    make_published(slug="alone", title="Alone")
    tree = ET.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 reason=our own
    editions = {
        url.findtext(f"{SITEMAP}loc").removeprefix(settings.PUBLIC_URL): {
            link.get("hreflang"): link.get("href").removeprefix(settings.PUBLIC_URL)
            for link in url.findall(f"{XHTML}link")
        }
        for url in tree
    }
    for english, spanish in (
        ("/articles/steps/", "/es/articles/pasos/"),
        ("/help-now/", "/es/help-now/"),
        ("/privacy/", "/es/privacy/"),
        ("/topics/t/", "/es/topics/t/"),
        ("/reviewers/test-reviewer/", "/es/reviewers/test-reviewer/"),
    ):
        assert editions[english] == editions[spanish] == {"en": english, "es": spanish, "x-default": english}
    assert editions["/articles/alone/"] == {}
    assert all(client.get(path).status_code == 200 for path in editions)


# What a Spanish page shows


def test_an_article_is_listed_and_found_in_its_own_language_alone(client, both):
    for path in ("/", "/articles/", "/articles/a-z/", "/topics/t/", "/search/?q=pasos", "/articles/feed/"):
        english, spanish = text_of(client, path), text_of(client, f"/es{path}")
        assert "Doce pasos" in spanish and "Twelve steps" not in spanish, path
        assert "Doce pasos" not in english, path
    assert "Twelve steps" in text_of(client, "/search/?q=steps")
    for path in ("/articles/pasos/", "/es/articles/steps/"):
        assert client.get(path).status_code == 404


def test_an_article_has_an_address_in_its_language_wherever_it_is_named(both):
    english, spanish = both
    for active in ("en", "es"):
        with override(active):
            assert (english.get_absolute_url(), spanish.get_absolute_url()) == (
                "/articles/steps/",
                "/es/articles/pasos/",
            )


def test_a_spanish_article_speaks_spanish_throughout(client, both):
    text = text_of(client, "/es/articles/pasos/")
    for words in (
        "Revisión clínica pendiente: Dr. Test Reviewer.",
        "Publicado el <time",
        "Línea de prueba",
        "Días laborables",
        "Español medical_disclaimer",
        "un título inventado",
        "Inventado.",
        "Los doce pasos",
        "Reciba ayuda ahora",
    ):
        assert words in text, words
    for number in range(1, 13):
        assert f'id="step-{number}"' in text
    assert re.search(
        r"\d+ de (enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
        r" de 20\d\d",
        text,
    )
    assert '"inLanguage":"es"' in text and '"name":"Inicio"' in text and '"name":"Pasos"' in text


def test_a_sign_off_is_told_in_both_languages_with_the_licence_of_that_day(client, both):
    english, spanish = both
    sign(spanish.published_revision)
    english.reviewer.licence_line_es = "otra cosa"
    english.reviewer.save()
    text = text_of(client, "/es/articles/pasos/")
    assert "Revisión clínica: Dr. Test Reviewer, certificado (PRUEBA II), el " in text
    assert "Revisado por Dr. Test Reviewer, certificado (PRUEBA II), el " in text_of(
        client, "/es/articles/pasos/history/"
    )
    assert "certified" not in text


def test_the_number_of_a_licence_is_told_in_spanish_with_its_kind_and_last_day(client, both):
    day = datetime.date(2999, 3, 1)
    Reviewer.objects.update(licence_number="T-12", licence_expires=day)
    line = "certificado (PRUEBA II), número T-12, vigente hasta el 1 de marzo de 2999."
    assert line in text_of(client, "/es/articles/pasos/")
    page = text_of(client, "/es/reviewers/test-reviewer/")
    assert f"{line} Puede comprobarlo: dé el número al organismo que lo emitió" in page


def test_related_articles_are_of_the_same_language(client, both):
    english, spanish = both
    other = make_published(slug="otro", title="Otro artículo", language="es")
    RelatedArticle.objects.create(article=spanish, related=english, reason="No.")
    RelatedArticle.objects.create(article=spanish, related=other, reason="Porque ayuda.")
    publish(spanish)
    text = text_of(client, "/es/articles/pasos/")
    assert "Porque ayuda." in text and "Twelve steps" not in text


def test_a_notice_is_that_of_the_language_and_one_without_a_translation_is_not_found(client, both):
    assert "Español privacy" in text_of(client, "/es/privacy/")
    make_notice(kind="privacy", title="Changed in English alone")
    assert "Español privacy" in text_of(client, "/es/privacy/")
    make_notice(kind="your_rights")
    assert client.get("/es/your-rights/").status_code == 404


def test_the_glossary_has_the_words_of_the_language(client, both):
    Term.objects.create(slug="sponsor", term="Sponsor", meaning="A member.")
    Term.objects.create(slug="sponsor", term="Padrino o madrina", meaning="Un miembro.", language="es")
    text = text_of(client, "/es/glossary/")
    assert '<dt id="sponsor"><strong><dfn>Padrino o madrina' in text and "A member" not in text


def test_an_edition_that_is_in_the_same_language_by_now_is_not_the_other_edition(client, both):
    english, _ = both
    assert switch(text_of(client, "/es/articles/pasos/"))[0] == "/articles/steps/", "control"
    Article.objects.filter(pk=english.pk).update(language="es")
    for path in ("pasos/", "steps/", "pasos/history/", "steps/history/"):
        assert switch(text_of(client, f"/es/articles/{path}"))[0] == "/", path


# What has no Spanish words


def test_a_page_names_the_first_of_its_topics_that_has_a_name_in_its_language(client, both):
    nameless = Topic.objects.create(slug="n", name="A nameless one", intro="In English.")
    for article in both:
        article.topics.add(nameless)
    assert 'href="/topics/n/"' in text_of(client, "/articles/steps/"), "control: it stands first"
    text = text_of(client, "/es/articles/pasos/")
    assert 'href="/es/topics/t/"' in text and "/topics/n/" not in text


def test_a_topic_without_a_spanish_name_or_article_is_on_no_spanish_page(client, both):
    _, spanish = both
    nameless = Topic.objects.create(slug="n", name="Nameless", intro="In English.")
    Topic.objects.create(slug="e", name="Empty", intro="In English.", name_es="Vacío", intro_es="Sin artículos.")
    spanish.topics.add(nameless)
    for path in ("/es/", "/es/articles/", "/es/search/?q=nada", "/es/topics/t/", "/es/articles/pasos/"):
        text = text_of(client, path)
        assert "Nameless" not in text and "Vacío" not in text, path
    assert client.get("/es/topics/n/").status_code == 404


def test_a_reviewer_without_spanish_words_has_a_name_and_no_page(client, both):
    Reviewer.objects.update(**dict.fromkeys(SPANISH_REVIEWER, ""), licence_number="T-12")
    assert client.get("/es/reviewers/test-reviewer/").status_code == 404
    text = text_of(client, "/es/articles/pasos/")
    assert '<p class="who">Dr. Test Reviewer</p>' in text
    assert "an invented degree" not in text and "/es/reviewers/" not in text and "T-12" not in text
    assert switch(text_of(client, "/reviewers/test-reviewer/"))[0] == "/es/"


def test_a_help_line_without_spanish_words_keeps_its_number_and_staff_are_told(client, both):
    make_help_line(
        key="new",
        number="1-800-222-1222",
        name="New line",
        **dict.fromkeys(("name_es", "who_answers_es", "hours_es", "cost_es", "languages_es"), ""),
    )
    text = text_of(client, "/es/help-now/")
    assert '<h3 lang="en">New line</h3>' in text and "tel:+18002221222" in text
    rung = text.partition('<h3 lang="en">New line')[2].partition("</li>")[0]
    assert "Trained listeners" not in rung and "<dt>" not in rung
    assert HelpLine.objects.without_spanish().get().key == "new"


def test_telephone_hours_without_spanish_words_are_not_named(client, both):
    Centre.objects.update(hours_es="")
    assert "Weekdays" not in text_of(client, "/es/help-now/")
    assert "Weekdays" in text_of(client, "/help-now/"), "control"


@pytest.mark.parametrize(
    ("model", "field"),
    [(HelpLine, "who_answers_es"), (HelpLine, "name_es"), (Topic, "intro_es")],
)
def test_half_a_translation_cannot_be_stored(both, model, field):
    row = model.objects.first()
    setattr(row, field, "")
    with pytest.raises(ValidationError, match="Spanish"):
        row.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**{field: ""})


def test_how_to_send_a_text_is_said_in_both_languages_or_in_none(both):
    with pytest.raises(IntegrityError), transaction.atomic():
        HelpLine.objects.update(text_to="text 988")
    HelpLine.objects.update(text_to="text 988", text_to_es="envíe AYUDA al 988")


def test_an_english_article_translates_nothing_and_each_has_one_translation(both):
    english, spanish = both
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(slug="two", language="es", translation_of=english)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_article(slug="three", translation_of=english)
    spanish.translation_of = make_article(slug="otro", language="es")
    with pytest.raises(ValidationError):
        spanish.full_clean()


# Beside the pages


def test_the_fallback_snapshot_holds_each_language_and_the_same_numbers(both, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    organisation.write_fallback_snapshot()
    snapshots = {}
    for language in ("en", "es"):
        with override(language):
            snapshots[language] = organisation.read_fallback_snapshot()
            assert snapshots[language].help_lines == organisation.from_database().help_lines
    assert snapshots["en"].centre.hours == "Weekdays" and snapshots["es"].centre.hours == "Días laborables"
    for name in ("number", "tty", "url", "danger"):
        assert [getattr(line, name) for line in snapshots["en"].help_lines] == [
            getattr(line, name) for line in snapshots["es"].help_lines
        ]


def test_a_spanish_draft_is_previewed_as_the_spanish_page_and_the_desk_stays_english(client, both):
    _, spanish = both
    client.force_login(make_user("publisher"))
    pk = spanish.published_revision.pk
    text = client.get(reverse("admin:content_revision_preview", args=[pk])).content.decode()
    assert '<html lang="es">' in text and "Vista previa." in text and 'href="/es/contact/"' in text
    desk = client.get(reverse("admin:content_article_change", args=[spanish.pk])).content.decode()
    assert "Home" in desk and "Inicio" not in desk


@pytest.mark.parametrize(
    ("path", "language"),
    [("/", "en"), ("/es", "es"), ("/es/", "es"), ("/es/x", "es"), ("/essay/", "en"), ("//es/", "en")],
)
def test_the_language_of_a_path(path, language):
    assert languages.of_path(path) == language


def test_the_article_page_takes_no_query_more_for_having_two_editions(client, both, django_assert_num_queries):
    with django_assert_num_queries(8):
        client.get("/articles/steps/")
    with django_assert_num_queries(8):
        client.get("/es/articles/pasos/")
