"""Pages are valid: html5lib reports nothing, every tag is closed in its place, every id stands once, and every pointer
leads to one.
"""

import re
from collections import Counter

import html5lib
import pytest
from django.test.html import HTMLParseError, parse_html

from tests.browser import pages

pytestmark = pytest.mark.browser

ID = re.compile(r'\sid="([^"]*)"')
TO_AN_ID = re.compile(r'\s(?:for="|aria-labelledby="|aria-describedby="|aria-controls="|href="#)([^"]+)"')


def faults(html):
    try:
        parse_html(html)
    except HTMLParseError as error:
        return [str(error)]
    parser = html5lib.HTMLParser()
    parser.parse(html)
    found = [f"{code} at {line}:{column} {about or ''}".strip() for (line, column), code, about in parser.errors]
    marked = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    ids = Counter(ID.findall(marked))
    found += [f"the id {name} stands {count} times" for name, count in ids.items() if count > 1]
    wanted = {name for value in TO_AN_ID.findall(marked) for name in value.split()}
    return found + [f"nothing has the id {name}" for name in sorted(wanted - ids.keys())]


def test_all_public_pages_are_well_formed(page):
    found = {}
    for path in pages.all_public(page):
        if wrong := faults(page.request.get(path).text()):
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize(
    "path",
    [
        f"{pages.ARTICLE}?quiet",
        f"{pages.ARTICLE}card/",
        f"{pages.ARTICLE}history/",
        f"{pages.ARTICLE}for-someone-i-love/",
    ],
)
def test_other_pages_are_well_formed(page, path):
    assert faults(page.request.get(path).text()) == []


@pytest.mark.parametrize("path", ["/search/?q=sponsor", "/search/?q=suicide", "/no-such-page/", "/styleguide/"])
def test_pages_without_a_fixed_text_are_well_formed(page, path):
    assert faults(page.request.get(path).text()) == []


def test_control_a_page_that_is_not_well_formed_is_found():
    assert faults("<p><b>One</p></b>") != []
    assert faults('<!doctype html><title>A</title><p id="a">One</p><p id="a">Two</p>') == ["the id a stands 2 times"]
    assert faults('<!doctype html><title>A</title><label for="b">One</label>') == ["nothing has the id b"]
    assert faults("<!doctype html><title>A</title><ul></ul><table><p>One</p></table>") != [], "closed, and not valid"
