"""The first view of each public page, as a browser with an empty cache takes it from gunicorn, to the last byte."""

import subprocess
import sys
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests import public
from tests.canary.house import free_port
from tests.infra.test_run import ROOT, environment, start, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.once]

ONE_ROUND_TRIP = 14_600  # bytes: what a server may send before the first answer comes back (TCP's initial window)
REQUESTS = 3
ARTICLES = ("/articles/12-step-program/", "/es/articles/programa-de-12-pasos/")
RETURNS = {"/return/", "/es/return/"}


# What a centre says of itself, and what its reviewer says of the texts, stands on every page beside what is shipped.
FILLED = """
import datetime
from admissions.models import OpeningHours, Shift
from content.services import organisation, reviewing
from content.models import Article, Centre, Reviewer
centre = Centre.objects.get()
centre.address, centre.licence_number = "100 Example Avenue, Suite 1000\\nIrvine, CA 92612", "300123AP"
centre.licence_expires = datetime.date.today() + datetime.timedelta(days=400)
centre.hours = "Monday to Friday, 8 a.m. to 6 p.m. (Pacific)"
centre.hours_es = "De lunes a viernes, de 8 a. m. a 6 p. m. (hora del Pacífico)"
organisation.change(row=centre, actor=None)
Reviewer.objects.update(licence_number="C-1234567", licence_expires=centre.licence_expires)
for weekday in range(7):  # so that the forms name a time
    OpeningHours.objects.create(weekday=weekday, starts="00:00", ends="00:00")
    Shift.objects.create(weekday=weekday, starts="00:00", ends="00:00", first_day=datetime.date(2026, 1, 1))
due = datetime.date.today() + datetime.timedelta(days=365)
for article in Article.objects.published():
    reviewing.sign_off(revision=article.published_revision, actor=article.reviewer.user, next_due=due)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as `make run` serves it, with cached pages, of a centre that has filled in its record."""
    port, folder = free_port(), tmp_path_factory.mktemp("site")
    run = start(folder, port)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", run)
        fill = [sys.executable, ROOT / "manage.py", "shell", "-c", FILLED]
        subprocess.run(fill, env=environment(folder, port), check=True, timeout=120)
        yield f"http://127.0.0.1:{port}"
    finally:
        run.terminate()
        run.communicate(timeout=60)


def size_of(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return len(f"HTTP/1.1 200 OK\r\n{answer.headers}") + len(answer.read())


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
            [icon] = page.eval_on_selector_all("link[rel=icon]", "links => links.map(link => link.href)")
        asked = {request for request, address in addresses.items() if urlsplit(address).scheme != "data"}
        assert asked <= sizes.keys(), "every answer came to its end"
        hidden = 0 if icon.startswith("data:") else size_of(icon)  # the protocol says nothing of the icon's request
        return len(asked) + (hidden > 0), int(sum(sizes[request] for request in asked)) + hidden

    return opened


def test_the_first_view_of_every_public_page_fits_into_one_round_trip(first_view, site):
    with urllib.request.urlopen(f"{site}/sitemap.xml", timeout=30) as answer:
        walked = public.paths(answer.read().decode())
    voices = {f"{path}for-someone-i-love/" for path in ARTICLES}
    loud = {*walked, *ARTICLES} | voices | RETURNS
    paths = loud | {f"{path}?quiet" for path in loud}
    assert len(paths) > 90
    views = {path: first_view(path) for path in sorted(paths)}
    assert {path: size for path, (_, size) in views.items() if size > ONE_ROUND_TRIP} == {}
    assert {path: number for path, (number, _) in views.items() if number > REQUESTS} == {}
    for path in ARTICLES:
        assert views[path][1] > ONE_ROUND_TRIP / 2, "control: the whole text was measured"
    with urllib.request.urlopen(site + ARTICLES[0], timeout=30) as answer:
        text = answer.read().decode()
    for words in ("Example Avenue", "300123AP", "8 a.m. to 6 p.m.", "C-1234567", "Clinically reviewed by"):
        assert words in text, "control: what the centre and the reviewer say was measured with it"


def test_control_a_page_that_asks_for_more_is_larger_by_that(first_view):
    number, size = first_view("/help-now/")
    more, larger = first_view("/help-now/", script="new Image().src = '/static/img/nothing.png'")
    assert more == number + 1
    assert larger > size + 500
