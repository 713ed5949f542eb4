"""A furnished house and a browser that reports whatever the page's policy refused."""

import sqlite3
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest
from django.db import connection

from content.delivery import organisation
from tests.browser.furnished import furnish
from tests.browser.pages import sign_in

# The console says it too, but some refusals only as an event, and some only in the console.
REPORT_REFUSALS = """
document.addEventListener("securitypolicyviolation", event => console.error(
    `Content Security Policy: ${event.effectiveDirective} refused ${event.blockedURI} ${event.sample}`))
"""


@pytest.fixture(scope="session")
def furnished():
    """A copy in memory of the furnished database: made once, put back for every test."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as copy:
        yield SimpleNamespace(database=copy, is_made=False)


@pytest.fixture(autouse=True)
def _house(transactional_db, furnished):
    connection.ensure_connection()
    if furnished.is_made:
        furnished.database.backup(connection.connection)
    else:
        furnish()
        connection.connection.backup(furnished.database)
        furnished.is_made = True
    organisation.write_fallback_snapshot()


@pytest.fixture
def new_page(browser, live_server):
    """Makes pages of people who know nothing of each other: `new_page(role)` is signed in; options are the browser's.

    The test fails when a page's script broke, or when a page's policy refused something: `page.reports` says what.
    """
    with ExitStack() as stack:
        pages = []

        def make(role="", **options):
            options = {"base_url": live_server.url, "reduced_motion": "reduce"} | options
            context = stack.enter_context(browser.new_context(**options))
            context.add_init_script(REPORT_REFUSALS)
            if role:
                sign_in(context, role, live_server.url)
            page = context.new_page()
            page.reports = []
            page.on(
                "console",
                lambda message: "Content Security Policy" in message.text and page.reports.append(message.text),
            )
            page.on("pageerror", lambda error: page.reports.append(str(error)))
            pages.append(page)
            return page

        yield make
        reports = [report for page in pages for report in page.reports]
    assert reports == []


@pytest.fixture
def page(new_page):
    return new_page()
