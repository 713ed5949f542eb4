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
    """A new component: add it to templates/styleguide.html, with a sample in templates/styleguide.toml."""
    assert COMPONENTS - shown == set()


def test_control_a_component_that_is_not_there_would_be_missed(shown):
    assert "no_such_component" not in shown


@pytest.mark.parametrize("banner", styleguide.BANNERS)
def test_every_banner_can_be_looked_at(client, db, banner):
    html = client.get("/styleguide/", {"banner": banner}).content.decode()
    assert html.count('id="banner"') == 1
    assert ("NOT sent" in html) == (banner in {"not_sent", "expired"})


SURFACES = ("paper", "card", "tint")
# In front, behind, at least: decisions for text and links 7:1, for other text 4.5:1, for what borders a control 3:1.
CONTRASTS = [
    *((front, behind, 7.0) for front in ("ink", "teal") for behind in SURFACES),
    *((front, behind, 4.5) for front in ("soft", "clay", "danger") for behind in SURFACES),
    *((front, behind, 3.0) for front in ("edge", "teal", "clay") for behind in SURFACES),
    ("paper", "teal", 7.0),
    ("paper", "ink", 7.0),
]


def contrast(one, other):
    """The ratio of WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("front", "behind", "least"), CONTRASTS)
def test_colours_can_be_read_in_both_schemes(front, behind, least):
    colours = styleguide.palette()
    for in_front, ground in zip(colours[front], colours[behind], strict=True):
        assert contrast(in_front, ground) >= least


def test_control_contrast_is_the_ratio_of_the_guidelines():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#fff", "#fff") == 1


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
