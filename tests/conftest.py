"""What every test has: no network, keys, and for tests marked `browser` a real one."""

import ipaddress
import os
import shutil
import socket

import pytest
from django.core.cache import caches
from django.core.management import call_command
from playwright.sync_api import sync_playwright

from content.house import lifeboat_path

CHROMIUM_SWITCHES = [
    "--no-sandbox",  # CI and containers run as root, where Chromium's sandbox refuses to
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # its network is closed too
]


class NetworkClosed(RuntimeError):
    """A test tried to reach another machine."""


def is_on_this_machine(host):
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(method):
    """A method of `socket.socket` whose last argument is an address, closed except for this machine."""

    def call(self, *arguments):
        if self.family != socket.AF_UNIX and not is_on_this_machine(arguments[-1][0]):
            raise NetworkClosed(arguments[-1])
        return method(self, *arguments)

    return call


def guarded_look_up(host, *arguments, look_up=socket.getaddrinfo, **options):
    if not is_on_this_machine(host):
        raise NetworkClosed(host)
    return look_up(host, *arguments, **options)


def pytest_configure():
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    socket.getaddrinfo = guarded_look_up


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """On SQLite without what only PostgreSQL has; browser tests last.

    Playwright leaves an event loop behind, in which Django refuses to use the database.
    """
    if not os.environ.get("TEST_DATABASE_URL", "").startswith("postgres"):
        for_postgres = [item for item in items if item.get_closest_marker("postgres")]
        config.hook.pytest_deselected(items=for_postgres)
        items[:] = [item for item in items if item not in for_postgres]
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session", autouse=True)
def keys():
    """The admissions team's keys, where the settings say."""
    call_command("make_keys", verbosity=0)


@pytest.fixture(autouse=True)
def _nothing_counted():
    """Every request of the tests comes from one address: what one test tried is not held against the next."""
    yield
    caches["counters"].clear()


@pytest.fixture(autouse=True)
def _lifeboat_goes_with_its_test():
    """Error pages show what it holds, and a test that commits may leave one behind."""
    yield
    lifeboat_path().unlink(missing_ok=True)


@pytest.fixture(scope="session")
def browser():
    """Chromium: $CHROMIUM, the system's, or else Playwright's own. Without any, the test fails."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, live_server):
    """A page in a browser that has stored nothing; paths are those of the live server."""
    with browser.new_context(base_url=live_server.url) as context:
        yield context.new_page()
