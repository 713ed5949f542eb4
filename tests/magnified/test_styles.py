"""One style element a page, of its kind's components alone, in few bytes."""

import pytest

from magnified.styles import COMPONENTS, KINDS, minified, page_style
from magnified.templatetags.page import with_quiet_links, without_blanks

pytestmark = pytest.mark.once


def test_every_component_file_belongs_to_a_kind_of_page():
    named = {name for kind, names in KINDS.items() if kind != "quiet" for name in names}
    assert named | {"quiet_header"} == COMPONENTS


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_balanced_braces_and_no_comment(kind):
    css = page_style(kind).text
    assert css.count("{") == css.count("}") > 20
    assert "/*" not in css and "\n" not in css


def test_reading_does_not_carry_the_forms():
    assert ".field" in page_style("write").text
    assert ".field" not in page_style("article").text


def test_quiet_reading_carries_neither_the_forms_nor_what_it_never_shows():
    css = page_style("quiet_article").text
    assert ".quiet-header" in css and ".path" in css
    assert not any(part in css for part in (".field", ".thread", ".site-footer", ".phone-bar"))


def test_a_kind_carries_no_color_that_it_never_asks_for():
    assert "--edge:" in page_style("write").text, "control: the borders of its fields"
    assert "--edge:" not in page_style("article").text


def test_small_rules_keep_what_strings_and_sums_need():
    css = 'a { content: " / { ; "; inline-size: calc(1rem + 0.2px) ; }\n\nb:hover , i > b , i + b { color : red; }'
    assert minified(css) == 'a{content:" / { ; ";inline-size:calc(1rem + .2px)}b:hover,i>b,i+b{color :red}'
    css = "a { font: 1rem / 1.2 x; inline-size: clamp(1rem, 1rem + 2vw, 3rem); p + i { order: calc(1 + var(--n)) } }"
    assert minified(css) == "a{font:1rem/1.2 x;inline-size:clamp(1rem,1rem + 2vw,3rem);p+i{order:calc(1 + var(--n))}}"


def test_a_page_without_blanks_keeps_what_was_typed():
    page = "<p>\n\n  One\n  two</p>\n  <p>three</p>\n<textarea>\n  typed\n\n  here</textarea>\n  <b>four</b>\n"
    assert without_blanks(page) == "<p>One\ntwo</p><p>three</p><textarea>\n  typed\n\n  here</textarea>\n<b>four</b>\n"


@pytest.mark.parametrize(
    ("address", "quiet"),
    [
        ("/articles/", "/articles/?quiet"),
        ("/articles/#sources", "/articles/?quiet#sources"),
        ("/search/?q=sponsor", "/search/?q=sponsor&amp;quiet"),
        ("/search/?q=quiet", "/search/?q=quiet&amp;quiet"),
        ("?autofill=1", "?autofill=1&amp;quiet"),
        ("/articles/?quiet", "/articles/?quiet"),
        ("/search/?q=sponsor&amp;quiet#q", "/search/?q=sponsor&amp;quiet#q"),
        ("?", "?"),
        ("/leave/", "/leave/"),
        ("https://example.org/", "https://example.org/"),
    ],
)
def test_a_link_of_ours_asks_for_quiet_mode_once(address, quiet):
    assert with_quiet_links(f'<a href="{address}">') == f'<a href="{quiet}">'
