"""axe finds nothing on any page, in light and dark. Rules are those that axe has on, and the size of targets."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from magnified.views import error_page
from tests.browser import pages

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
# Without preload: axe would copy style sheets into the page, which the page's policy rightly refuses.
OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}


def violations(page):
    """What axe found, one line for each place."""
    page.wait_for_load_state()
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{rule['id']}: {node['target'][0]} {node['html'][:300]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_the_pages_of_the_sitemap(new_page, scheme):
    page = new_page(color_scheme=scheme)
    found = {}
    paths = pages.sitemap(page)
    assert len(paths) > 15
    for path in paths:
        assert page.goto(path).ok
        if wrong := violations(page):
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", pages.PUBLIC)
def test_axe_finds_nothing_on_a_public_page(new_page, name, scheme):
    page = new_page(color_scheme=scheme)
    pages.PUBLIC[name](page)
    assert violations(page) == []


def test_axe_finds_nothing_on_the_spanish_pages(new_page):
    """In one scheme: colors do not know the language."""
    page = new_page(color_scheme="dark")
    found = {}
    paths = pages.sitemap(page, language="es")
    assert len(paths) > 18
    for path in paths:
        assert page.goto(path).ok
        if wrong := violations(page):
            found[path] = wrong
    for name, opener in pages.SPANISH.items():
        opener(page)
        if wrong := violations(page):
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("status", [400, 403, 404, 413, 500, 503])
def test_axe_finds_nothing_on_an_error_page(new_page, status, scheme):
    page = new_page(color_scheme=scheme)
    page.set_content(error_page(status).content.decode())
    assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", pages.staff_pages())
def test_axe_finds_nothing_on_a_page_of_the_desk(new_page, name, scheme):
    role, opened = pages.staff_pages()[name]
    page = new_page(role, color_scheme=scheme)
    opened(page)
    assert violations(page) == []


def test_control_axe_finds_a_planted_fault(page):
    page.goto("/articles/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input><img src=\"/x\">')")
    assert {line.split(":")[0] for line in violations(page)} == {"image-alt", "label"}
