"""The page of all components: nothing is missing from it, its colours can be read, and production has no such page."""

import pytest
from django.conf import settings

from magnified import styleguide
from tests.content.factories import make_centre

COMPONENTS = {file.stem for file in (settings.BASE_DIR / "templates/components").glob("*.html")}


@pytest.fixture
def shown(client, db):
    """The names of the components that both modes of the page are made of."""
    make_centre()
    answers = [client.get(path) for path in ("/styleguide/", "/styleguide/?quiet")]
    return {
        used.name.rpartition("/")[2].removesuffix(".html")
        for answer in answers
        for used in answer.templates
        if used.name
    }


def test_every_component_is_on_the_page(shown):
    """A new component: add it to templates/styleguide.html, with a sample in magnified/styleguide.py."""
    assert COMPONENTS - shown == set()


def test_control_a_component_that_is_not_there_would_be_missed(shown):
    assert "no_such_component" not in shown


@pytest.mark.parametrize("banner", styleguide.BANNERS)
def test_every_banner_can_be_looked_at(client, db, banner):
    html = client.get("/styleguide/", {"banner": banner}).content.decode()
    assert html.count('id="banner"') == 1
    assert ("NOT sent" in html) == (banner in {"not_sent", "expired"})


@pytest.mark.parametrize("row", styleguide.contrasts(), ids=lambda row: f"{row.front} on {row.behind}")
def test_colours_can_be_read_in_both_schemes(row):
    assert row.light >= row.least and row.dark >= row.least


def test_control_contrast_is_the_ratio_of_the_guidelines():
    assert styleguide.contrast("#000", "#ffffff") == pytest.approx(21)
    assert styleguide.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert styleguide.contrast("#fff", "#fff") == 1


def test_every_colour_of_the_page_is_in_the_palette():
    assert set(styleguide.palette()) >= {
        "paper",
        "card",
        "tint",
        "ink",
        "soft",
        "teal",
        "clay",
        "line",
        "edge",
        "danger",
    }


def test_production_has_no_such_page(client, db, settings):
    assert client.get("/styleguide/").status_code == 200
    settings.PRODUCTION = True
    assert client.get("/styleguide/").status_code == 404
