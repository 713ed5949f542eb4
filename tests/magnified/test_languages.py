"""The address alone decides the language of an answer, errors and redirects included."""

import re

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.translation import get_language, override

from admissions.crypto.form_token import FormToken
from content.delivery import organisation
from content.views.leave import ELSEWHERE
from magnified.views import error_page
from tests.content.factories import make_centre, make_help_line, make_notice, make_published

pytestmark = pytest.mark.django_db

ASKING_FOR_SPANISH = {"Accept-Language": "es", "Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=es; language=es"}
ASKING_FOR_ENGLISH = {"Accept-Language": "en", "Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=en; language=en"}
PATHS = ("/", "/articles/", "/help-now/", "/contact/", "/return/", "/received/", "/search/", "/nowhere/")


@pytest.fixture(autouse=True)
def site(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    make_centre()
    make_help_line()
    for kind in ("consent", "privacy"):
        make_notice(kind=kind)
        make_notice(kind=kind, language="es", title="Aviso", text="<p>En español.</p>")
    organisation.write_fallback_snapshot()


def language_of(response):
    return response.content.decode().partition('<html lang="')[2][:2]


@pytest.mark.parametrize("path", PATHS)
def test_no_header_and_no_cookie_changes_the_language(client, path):
    for headers in ({}, ASKING_FOR_SPANISH, ASKING_FOR_ENGLISH):
        assert language_of(client.get(path, headers=headers)) == "en"
        assert language_of(client.get(f"/es{path}", headers=headers)) == "es"


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_says_that_it_depends_on_the_browsers_language(client, path):
    for prefix in ("", "/es"):
        response = client.get(prefix + path)
        assert "Accept-Language" not in response.get("Vary", "")
        assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_a_request_leaves_no_language_behind(client):
    before = get_language()
    client.get("/es/help-now/")
    client.get("/es/nowhere/")
    assert get_language() == before == "en"
    assert language_of(client.get("/help-now/")) == "en"


@pytest.mark.parametrize("path", ["/en/", "/en/help-now/", "/es-mx/help-now/", "/fr/", "/español/", "/es/es/help-now/"])
def test_there_is_one_address_a_page_and_language(client, path):
    assert client.get(path).status_code == 404


def test_programs_find_their_files_at_one_address_without_a_language(client):
    for path in ("/healthz", "/robots.txt", "/sitemap.xml", "/.well-known/security.txt"):
        assert client.get(path).status_code == 200
        assert client.get(f"/es{path}").status_code == 404
    assert client.get("/es/admin/").status_code == 404, "the desk is English"
    assert language_of(client.get("/admin/login/", headers=ASKING_FOR_SPANISH)) == "en"


def test_every_page_of_both_apps_has_an_address_in_each_language():
    names = {
        (namespace, name)
        for namespace in ("content", "admissions")
        for name in get_resolver().namespace_dict[namespace][1].reverse_dict
        if isinstance(name, str)
    }
    assert len(names) > 20
    for namespace, name in names:
        arguments = {"slug": ["a"], "slug number": ["a", "1"]}
        wanted = "slug number" if name == "article_version" else "slug"
        has_slug = name.startswith(("article_", "topic_", "reviewer_")) and name not in {
            "article_list",
            "article_a_z",
            "article_feed",
        }
        args = arguments[wanted] if has_slug else ["1"] if name.endswith("_version") else []
        english = reverse(f"{namespace}:{name}", args=args)
        with override("es"):
            assert reverse(f"{namespace}:{name}", args=args) == f"/es{english}"


# Errors


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "No pudimos leer eso"),
        (403, "No se pudo completar"),
        (404, "No encontramos esa página"),
        (413, "Es más largo de lo que podemos recibir"),
        (500, "Algo salió mal de nuestro lado"),
        (503, "Este sitio descansa un momento"),
    ],
)
def test_an_error_page_is_spanish_with_phone_and_ladder_and_asks_no_database(status, words, django_assert_num_queries):
    with override("es"), django_assert_num_queries(0):
        text = error_page(status).content.decode()
    assert words in text and '<html lang="es">' in text
    assert "Línea de prueba" in text and "Quién contesta" in text
    assert "Llame al 714-555-0142" in text
    assert 'href="/es/"' in text and 'href="/"' not in text


@pytest.mark.parametrize("path", ["/nowhere/", "/es/nowhere/"])
def test_an_error_page_has_the_way_out(client, path):
    page = client.get(path)
    assert page.status_code == 404
    way_out = re.search(r'<a class="out" href="([^"]+)" rel="nofollow">(Leave this page|Salida rápida)</a>', page.text)
    assert client.get(way_out[1])["Location"] == ELSEWHERE


def test_an_error_of_ours_under_es_is_told_in_spanish(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("content.views.notices.render", broken)
    client = Client(raise_request_exception=False)
    assert "Algo salió mal" in client.get("/es/help-now/").content.decode()
    assert "Something went wrong" in client.get("/help-now/").content.decode(), "control"


def test_a_forged_host_and_a_missing_page_under_es_are_told_in_spanish(client):
    assert "No pudimos leer eso" in client.get("/es/", headers={"host": "evil.example"}).content.decode()
    text = client.get("/es/nowhere/").content.decode()
    assert 'href="/es/articles/"' in text and 'href="/es/contact/"' in text


def test_a_spanish_page_falls_back_to_the_spanish_fallback_snapshot(client, monkeypatch):
    def away():
        raise DatabaseError

    monkeypatch.setattr(organisation, "from_database", away)
    text = client.get("/es/help-now/").content.decode()
    assert "Línea de prueba" in text and "Personas que escuchan" in text
    assert "Test line" in client.get("/help-now/").content.decode(), "control"


@pytest.mark.parametrize("content", ["", '{"centre": {}, "help_lines": []}'])
def test_without_a_readable_fallback_snapshot_the_last_two_numbers_are_named_in_spanish(content):
    organisation.fallback_snapshot_path().write_text(content)
    with override("es"):
        assert [(line.name, line.number) for line in organisation.read_fallback_snapshot().help_lines] == [
            ("Vida en peligro", "911"),
            ("Suicidio y crisis", "988"),
        ]


# Redirects, and forms that come back


def sent(client, path, **data):
    """Post a form that was asked for before."""
    token = client.get(path).context["form"]["form_token"].value()
    return client.post(path, {"form_token": token, "consent": "on"} | data)


def test_every_redirect_stays_in_the_language(client):
    assert client.get("/es")["Location"] == "/es/"
    assert client.get("/es/help-now")["Location"] == "/es/help-now/"
    assert client.get("/es/chat/")["Location"] == "/es/contact/"
    assert sent(client, "/es/contact/", reach_by="return_code")["Location"] == "/es/received/"
    assert sent(client, "/es/request-a-call/", phone="714-555-0143")["Location"] == "/es/received/"
    slug = make_published(slug="corto", language="es").slug
    assert client.post(f"/es/articles/{slug}/helpful/", {"was_helpful": "yes"})["Location"].startswith("/es/articles/")


@pytest.mark.parametrize("path", ["/Contact/", "/ES/Contact/", "/Articles/12-Step-Program/", "/HELP-NOW/"])
def test_an_address_in_capitals_leads_to_the_page_that_it_means(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (301, path.lower())


@pytest.mark.parametrize("path", ["/Nowhere/", "/Contact/x/", "/\\Evil.example/"])
def test_capitals_lead_to_no_page_that_is_not_there(client, path):
    assert client.get(path).status_code == 404
    assert client.post("/Contact/").status_code == 404, "nothing is sent on"


def test_a_form_with_an_error_comes_back_in_spanish_with_the_text(client):
    text = sent(client, "/es/contact/", message="Hola").content.decode()
    assert '<html lang="es">' in text and "Hola" in text
    assert "Hay un problema" in text and "Elija una manera" in text
    assert "En español." in text, "the notice that the box agrees to"


def test_a_form_whose_cookie_ran_out_comes_back_in_spanish_with_the_text():
    client = Client(enforce_csrf_checks=True, headers={"origin": "http://testserver"})
    for path in ("/es/contact/", "/es/request-a-call/"):
        response = client.post(path, {"message": "Hola", "form_token": str(FormToken.new(1, language="es"))})
        text = response.content.decode()
        assert response.status_code == 403
        assert "Su mensaje todavía NO se envió" in text and "Hola" in text and 'action="/es/' in text
    assert "La página se había cerrado" in client.post("/es/return/", {"code": "x"}).content.decode()
    slug = make_published(slug="corto", language="es").slug
    assert "No se pudo completar" in client.post(f"/es/articles/{slug}/helpful/", {}).content.decode()
