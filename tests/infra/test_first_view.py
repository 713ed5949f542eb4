"""The first view of each public page, as a browser with an empty cache takes it from gunicorn, to the last byte."""

import re
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.canary.house import free_port
from tests.infra.test_run import start, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.once]

ONE_ROUND_TRIP = 14_600  # bytes: what a server may send before the first answer comes back (TCP's initial window)
REQUESTS = 3
ARTICLES = ("/articles/12-step-program/", "/es/articles/programa-de-12-pasos/")
FORMS = ("/contact/", "/request-a-call/", "/es/contact/", "/es/request-a-call/")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as `make run` serves it, with finished pages."""
    port = free_port()
    run = start(tmp_path_factory.mktemp("site"), port)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", run)
        yield f"http://127.0.0.1:{port}"
    finally:
        run.terminate()
        run.communicate(timeout=60)


@pytest.fixture
def first_view(browser, site):
    """Opens a path with an empty cache: how many requests that made, and how many bytes came, headers included."""

    def opened(path, script=""):
        addresses, sizes = {}, {}
        with browser.new_context() as context:
            page = context.new_page()
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            network.on(
                "Network.requestWillBeSent", lambda said: addresses.update({said["requestId"]: said["request"]["url"]})
            )
            network.on(
                "Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]})
            )
            page.goto(site + path, wait_until="networkidle")
            if script:
                with page.expect_event("requestfinished"):
                    page.evaluate(script)
                page.wait_for_timeout(500)  # the protocol tells the bytes a moment later
            icons = page.eval_on_selector_all("link[rel~=icon]", "links => links.map(link => link.href)")
        asked = {request for request, address in addresses.items() if urlsplit(address).scheme != "data"}
        assert asked <= sizes.keys(), "every answer came to its end"
        assert all(icon.startswith("data:") for icon in icons), (
            "the icon is in the page: the protocol hides its request"
        )
        return len(asked), int(sum(sizes[request] for request in asked))

    return opened


def test_the_first_view_of_every_public_page_fits_into_one_round_trip(first_view, site):
    with urllib.request.urlopen(f"{site}/sitemap.xml", timeout=30) as answer:
        addresses = re.findall("<loc>(.+?)</loc>", answer.read().decode())
    voices = {f"{path}for-someone-i-love/" for path in ARTICLES}
    paths = {urlsplit(address).path for address in addresses} | {*ARTICLES, *FORMS} | voices
    assert len(paths) > 40
    views = {path: first_view(path) for path in sorted(paths)}
    assert {path: size for path, (_, size) in views.items() if size > ONE_ROUND_TRIP} == {}
    assert {path: number for path, (number, _) in views.items() if number > REQUESTS} == {}
    for path in ARTICLES:
        assert views[path][1] > ONE_ROUND_TRIP / 2, "control: the whole text was measured"


def test_control_a_page_that_asks_for_more_is_larger_by_that(first_view):
    number, size = first_view("/help-now/")
    more, larger = first_view("/help-now/", script="new Image().src = '/static/img/nothing.png'")
    assert more == number + 1
    assert larger > size + 500
