import pytest
from django_prose_editor.config import allowlist_from_extensions, expand_extensions

from content import markup
from tests.hostile import HOSTILE as HOSTILE_PASTES
from tests.hostile import Faults

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<a href="https://example.org" onclick="alert(1)">x</a>',
    '<p style="position:fixed">x</p>',
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<iframe src="https://example.org"></iframe>',
    '<form action="/x"><input name="y"></form>',
    '<p id="step-1" class="x">x</p>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
]
FORBIDDEN = (
    "script",
    "onerror",
    "onclick",
    "javascript:",
    "data:",
    "style",
    "<svg",
    "<iframe",
    "<form",
    "id=",
    "<img",
)


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_runs_survives_cleaning(html):
    cleaned = markup.clean(html).lower()
    assert not [mark for mark in FORBIDDEN if mark in cleaned]
    assert any(mark in html.lower() for mark in FORBIDDEN), "control: the list of marks must recognise the input"


def test_cleaning_keeps_what_editors_may_write_and_is_stable():
    html = (
        '<p>One <strong>two</strong> <em>three</em> <a href="/help-now/">four</a> [@key-2020]</p>'
        "<h3>Five</h3><ul><li><p>six</p></li></ul><ol><li>seven</li></ol><blockquote><p>eight</p></blockquote>"
        '<p><a href="tel:988">988</a></p>'
    )
    assert markup.clean(html) == html
    assert markup.clean(markup.clean(html)) == html


def test_an_editor_that_was_left_empty_stores_nothing():
    assert markup.clean("<p></p>") == ""


def test_the_editor_offers_exactly_the_tags_that_are_stored():
    offered = allowlist_from_extensions(expand_extensions(markup.EXTENSIONS))["tags"]
    assert offered == markup.TAGS


def test_citations_are_listed_once_in_order_of_appearance():
    assert markup.cited_keys("a [@two] b [@one][@two] [@Not-A-Key]") == ["two", "one"]


def test_plain_text_has_neither_tags_nor_markers():
    assert markup.plain_text("<p>One [@key] &amp; two</p><ul><li>three</li></ul>") == "One & two\nthree"


def test_of_500_hostile_pastes_nothing_is_left_and_cleaning_again_changes_nothing():
    assert len(set(HOSTILE_PASTES)) == 500
    left = {html: found for html in HOSTILE_PASTES if (found := Faults(markup.clean(html)).found)}
    assert left == {}
    assert [html for html in HOSTILE_PASTES if markup.clean(markup.clean(html)) != markup.clean(html)] == []
    assert [
        html
        for html in HOSTILE_PASTES
        if Faults(markup.shown(html).replace(markup._FRAME, "").replace("</div>", "")).found
    ] == []


def test_the_search_for_faults_finds_one_in_each_of_the_500():
    """The control: every one of them is dangerous before it is cleaned."""
    assert [html for html in HOSTILE_PASTES if not Faults(html).found] == []
