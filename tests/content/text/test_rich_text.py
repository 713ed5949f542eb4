import re

import pytest
from django_prose_editor.config import allowlist_from_extensions, expand_extensions

from content.text import rich_text
from tests.hostile import HOSTILE as HOSTILE_PASTES
from tests.hostile import Faults
from tests.pasted import ELEMENTS

pytestmark = pytest.mark.once

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
    cleaned = rich_text.clean(html).lower()
    assert not [mark for mark in FORBIDDEN if mark in cleaned]
    assert any(mark in html.lower() for mark in FORBIDDEN), "control: the list of marks must recognise the input"


def test_cleaning_keeps_what_editors_may_write_and_is_stable():
    html = (
        '<p>One <strong>two</strong> <em>three</em> <a href="/help-now/">four</a> [@key-2020]</p>'
        "<h3>Five</h3><ul><li><p>six</p></li></ul><ol><li>seven</li></ol><blockquote><p>eight</p></blockquote>"
        '<p><a href="tel:988">988</a> <a href="sms:988?&amp;body=AYUDA">texto</a></p>'
    )
    assert rich_text.clean(html) == html
    assert rich_text.clean(rich_text.clean(html)) == html


def test_an_editor_that_was_left_empty_stores_nothing():
    assert rich_text.clean("<p></p>") == ""


def test_the_editor_offers_exactly_the_tags_that_are_stored():
    offered = allowlist_from_extensions(expand_extensions(rich_text.EXTENSIONS))["tags"]
    assert offered == rich_text.TAGS


def test_citations_are_listed_once_in_order_of_appearance():
    assert rich_text.cited_keys("a [@two] b [@one][@two] [@Not-A-Key]") == ["two", "one"]


def test_plain_text_has_neither_tags_nor_markers():
    assert rich_text.plain_text("<p>One [@key] &amp; two</p><ul><li>three</li></ul>") == "One & two\nthree"


def test_of_500_hostile_pastes_nothing_is_left_and_cleaning_again_changes_nothing():
    assert len(set(HOSTILE_PASTES)) == 500
    left = {html: faults for html in HOSTILE_PASTES if (faults := Faults(rich_text.clean(html)).found)}
    assert left == {}
    assert [html for html in HOSTILE_PASTES if rich_text.clean(rich_text.clean(html)) != rich_text.clean(html)] == []
    assert [
        html
        for html in HOSTILE_PASTES
        if Faults(rich_text.for_page(html).replace(rich_text._FRAME, "").replace("</div>", "")).found
    ] == []


def test_the_search_for_faults_finds_one_in_each_of_the_500():
    """The control: every one of them is dangerous before it is cleaned."""
    assert [html for html in HOSTILE_PASTES if not Faults(html).found] == []


@pytest.mark.parametrize(("html", "words"), ELEMENTS)
def test_what_foreign_markup_says_is_kept_in_letters(html, words):
    cleaned = rich_text.clean(html)
    assert " ".join(rich_text.plain_text(cleaned).split()) == words
    assert rich_text.clean(cleaned) == cleaned


def test_a_list_keeps_its_first_number_and_its_kind_when_they_are_plain():
    html = '<ol start="4" type="a"><li>x</li></ol><ol start="0"><li>y</li></ol>'
    assert rich_text.clean(html) == html
    for odd in ('start="-1"', 'start="99999"', 'start="4x"', 'start=""', 'type="disc"', 'type="1&quot;"', 'class="x"'):
        assert rich_text.clean(f"<ol {odd}><li>x</li></ol>") == "<ol><li>x</li></ol>"
    assert rich_text.clean('<ul start="4" type="a"><li>x</li></ul>') == "<ul><li>x</li></ul>"


@pytest.mark.parametrize(
    "html", ["<p>1 &lt;sup&gt;2</p>", "<p>a</p><p></p><p>b</p>", "<td>", "a &amp;shy; b", "<p>\u200d</p>"]
)
def test_what_is_no_foreign_markup_is_left_as_it_is(html):
    assert rich_text.clean(html) == html.replace("<td>", "")


def test_odd_nesting_leaves_no_mark_behind_and_cleaning_again_changes_nothing():
    for html in ("<sup><sup>2", "<sub>1<h2>2</sub>", "<q><div>1</q><q>", "a\ue000b\ue001", "<p><sup>1<div>2</sup></p>"):
        cleaned = rich_text.clean(html)
        assert not re.search("[\ue000-\ue003]", cleaned)
        assert rich_text.clean(cleaned) == cleaned
