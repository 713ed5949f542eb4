"""The way into quiet mode stands on every page, and leads to the same page."""

import re

import pytest

from content.delivery.quiet_mode import asks_for_quiet
from tests.content.factories import make_centre, make_notice, make_published

pytestmark = pytest.mark.django_db

WORDS = {"en": "Read this page in quiet mode", "es": "Lea esta página en modo discreto"}
PAGES = [
    "/",
    "/articles/",
    "/articles/a-z/",
    "/articles/test-article/",
    "/articles/test-article/history/",
    "/help-now/",
    "/leaving/",
    "/what-we-store/",
    "/privacy/",
    "/contact/",
    "/request-a-call/",
    "/return/",
    "/search/",
    "/es/",
    "/es/help-now/",
    "/es/contact/",
]


@pytest.fixture(autouse=True)
def _centre():
    make_centre()
    make_published()
    for kind in ("privacy", "consent"):
        make_notice(kind=kind)
        make_notice(kind=kind, language="es")


def links(client, address):
    response = client.get(address)
    assert response.status_code == 200
    language = "es" if address.startswith("/es/") else "en"
    return re.findall(rf'<a href="([^"]*)"[^>]*>{WORDS[language]}', response.content.decode())


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_a_link_to_itself_in_quiet_mode(client, path):
    assert set(links(client, path)) == {"?quiet"}
    quiet = client.get(f"{path}?quiet").content.decode()
    assert re.search("<title>(Page|Página)</title>", quiet)
    assert not links(client, f"{path}?quiet"), "whoever reads in quiet mode already is not asked to"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("/contact/?for=loved_one", "?for=loved_one&amp;quiet"),
        ("/request-a-call/?autofill=1&for=me&name=Robin", "?for=me&amp;autofill=1&amp;quiet"),
        ("/contact/?for=Robin", "?quiet"),
        ("/help-now/?for=loved_one", "?quiet"),
        ("/search/?q=a+%26+b", "?q=a+%26+b&amp;quiet"),
        ("/search/?q=sponser&exact=1&page=2", "?q=sponser&amp;exact=1&amp;quiet"),
    ],
)
def test_what_a_page_understands_in_its_address_goes_along_and_nothing_else(client, address, link):
    assert links(client, address) == [link]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", ["quiet=", "quiet=1", "quiet&fbclid=x", "fbclid=x&quiet", "QUIET", "a=1;quiet"])
def test_whatever_an_app_adds_to_the_address_the_page_stays_quiet(client, path, query):
    assert re.search("<title>(Page|Página)</title>", client.get(f"{path}?{query}").content.decode())


@pytest.mark.parametrize("query", ["q=quiet", "unquiet", "quieter=1", "fbclid=quiet"])
def test_control_another_name_is_not_taken_for_it(client, query):
    assert not re.search("<title>Page</title>", client.get(f"/help-now/?{query}").content.decode())


@pytest.mark.parametrize("query", ["quiet=", "quiet&fbclid=x", "QUIET"])
def test_a_cached_page_is_quiet_by_the_same_rule(query):
    assert asks_for_quiet(query) and not asks_for_quiet(f"q={query}".replace("&", "%26"))
