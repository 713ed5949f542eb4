"""What a browser keeps, asks for and refuses while somebody reads: nothing, no one else, nothing."""

import re
from urllib.parse import urlsplit

import brotli
import pytest

from admissions.models import Inquiry
from tests.browser import pages

pytestmark = pytest.mark.browser

ONE_ROUND_TRIP = 14_600  # bytes: what a server may send before the first answer comes back (TCP's initial window)
LONGEST_ARTICLE = 13_050  # of them, for text and style; headers and the icon come on top
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
OTHER_READING = ("/search/", "/search/?q=sponsor", "/search/?q=suicide", f"{pages.ARTICLE}history/", "/no-such-page/")
OTHER_SPANISH_READING = ("/es/search/?q=padrino", f"{pages.SPANISH_ARTICLE}history/", "/es/no-such-page/")


def read(page, path):
    """Open `path`, scroll to its end, and say what a reader would not want to hear."""
    asked = []

    def note(request):
        asked.append(request.url)

    page.on("request", note)
    response = page.goto(path)
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    page.remove_listener("request", note)
    here = urlsplit(page.url).netloc
    faults = [f"asked {url}" for url in asked if urlsplit(url).netloc != here]
    if len(asked) > 3:
        faults.append(f"made {len(asked)} requests")
    if response.header_value("set-cookie"):
        faults.append("sent a cookie")
    kept = page.context.storage_state(indexed_db=True)
    faults += [f"kept the cookie {cookie['name']}" for cookie in kept["cookies"]]
    faults += [f"stored {origin}" for origin in kept["origins"]]
    return faults


def reading_pages(page, language):
    forms = set(pages.FORMS)
    others = OTHER_READING if language == "en" else OTHER_SPANISH_READING
    return [path for path in pages.all_public(page, language=language) if path not in forms] + list(others)


@SCRIPT
@pytest.mark.parametrize("language", ["en", "es"])
def test_reading_stores_nothing_and_asks_nobody_else(new_page, script, language):
    page = new_page(java_script_enabled=script)
    paths = reading_pages(page, language)
    assert len(paths) > 15
    found = {}
    for path in paths:
        if faults := read(page, path):
            found[path] = faults
    assert found == {}


def test_control_a_page_that_stores_and_asks_elsewhere_is_found(page):
    planted = '<img src="http://tracker.invalid/x.gif"><script>localStorage.seen = 1; document.cookie = "a=1"</script>'
    page.route("**/planted", lambda route: route.fulfill(body=planted, content_type="text/html"))
    found = " ".join(read(page, "/planted"))
    assert "tracker.invalid" in found and "cookie a" in found and "localStorage" in found


def test_an_article_with_its_style_fits_into_one_round_trip(page):
    sizes = {}
    for path in pages.all_public(page):
        if path.startswith("/articles/"):
            sizes[path] = len(brotli.compress(page.request.get(path).body()))
    assert {path: size for path, size in sizes.items() if size > LONGEST_ARTICLE} == {}
    assert sizes[pages.ARTICLE] > ONE_ROUND_TRIP / 4, "the whole text was measured"


def test_every_spanish_page_with_its_style_fits_into_one_round_trip(page):
    """Spanish takes an eighth more letters than English, and some of them two bytes."""
    paths = pages.all_public(page, language="es")
    sizes = {path: len(brotli.compress(page.request.get(path).body())) for path in paths}
    assert {path: size for path, size in sizes.items() if size > ONE_ROUND_TRIP} == {}
    assert sizes[pages.SPANISH_ARTICLE] > ONE_ROUND_TRIP / 4, "the whole text was measured"


def test_an_article_makes_three_requests_and_one_before_it_is_drawn(page):
    """With an empty cache. The script waits until the page is drawn."""
    asked = []
    page.on("request", lambda request: asked.append((request.resource_type, urlsplit(request.url).path)))
    page.goto(pages.ARTICLE)
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 3
    waits = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.renderBlockingStatus === 'blocking').map(e => e.name)"
    )
    assert waits == []


def test_an_article_needs_no_font_and_no_style_sheet_and_one_small_script(page):
    html = page.request.get(pages.ARTICLE).text()
    assert re.findall(r'@import|@font-face|rel="stylesheet"', html) == []
    [script] = re.findall(r"<script type=.module.>(.+?)</script>", html, re.DOTALL)
    assert "src=" not in script and len(brotli.compress(script.encode())) < 1_000


@SCRIPT
def test_every_form_is_accepted_under_the_referrer_policy(new_page, script):
    page = new_page(java_script_enabled=script)
    pages.ask_for_an_answer_by_code(page)
    page.goto("/request-a-call/")
    page.fill("[name=phone]", "714-555-0143")
    page.check("[name=consent]")
    pages.send(page, "/request-a-call/")
    page.wait_for_url("**/received/")
    pages.come_back(page, pages.furnished.code())
    assert page.get_by_text(pages.furnished.ANSWER).is_visible()
    assert Inquiry.objects.count() == 3


def test_control_a_stricter_referrer_policy_breaks_every_form(page):
    """`no-referrer` makes the browser send `Origin: null`, which the CSRF check refuses: so the test above can fail."""

    def stricter(route):
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"referrer-policy": "no-referrer"})

    page.route("**/contact/", lambda route: stricter(route) if route.request.method == "GET" else route.continue_())
    page.goto("/contact/")
    with page.expect_response("**/contact/") as answer:
        pages.send(page, "/contact/")
    assert answer.value.status == 403


def test_nothing_typed_reaches_an_address_a_title_or_a_later_page(page):
    page.goto("/contact/")
    page.check("[name=reach_by][value=phone]")
    page.fill("[name=phone]", "714-555-0143")
    page.fill("[name=message]", "Zimtstern and wintergreen")
    page.check("[name=consent]")
    pages.send(page, "/contact/")
    page.wait_for_url("**/received/")
    assert page.title() == "Your message"
    for path in ("/received/", "/", "/contact/", "/return/"):
        page.goto(path)
        assert not re.search("Zimtstern|555-?0143", page.content() + page.url + page.title())


def test_control_a_style_that_the_policy_forbids_is_reported(page):
    def planted(route):
        response = route.fetch()
        body = response.text().replace("<h1>", '<h1 style="color: red">')
        route.fulfill(response=response, body=body)

    page.route("**/articles/", planted)
    page.goto("/articles/")
    assert any("style-src" in report for report in page.reports)
    page.reports.clear()
