"""What every test has: no network, keys, and for tests marked `browser` a real one. And what several ask for."""

import gc
import ipaddress
import os
import socket
import threading

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, TransactionTestCase

from content.delivery.organisation import fallback_snapshot_path
from magnified import database_roles
from magnified.logs import SafeFormatter
from tests import programs


@pytest.fixture(autouse=True)
def _lines_as_the_site_logs_them(caplog):
    caplog.handler.setFormatter(SafeFormatter())


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
    TransactionTestCase._fixture_teardown = empty_all_tables


def empty_all_tables(test):
    """After a test with real commits. The rows that a migration makes for each model stay.

    Django's own `flush` makes those hundreds anew each time, and on PostgreSQL truncates, which gives each table and
    each index a new file: together ten times the work.
    """
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger refuses, no key is looked up
        for table in set(tables) - {"django_content_type", "auth_permission"}:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 reason=a table's own name


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


def pytest_collection_finish():
    """What is here now stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The database of the tests has the roles of the staff, as after a release."""
    with django_db_blocker.unblock():
        call_command("sync_roles")


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    """All tests write from one place, and it is not theirs what those before counted."""
    caches["counters"].clear()


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
def _fallback_snapshot_goes_with_its_test():
    """Error pages show what it holds, and a test that commits may leave one behind."""
    yield
    fallback_snapshot_path().unlink(missing_ok=True)


@pytest.fixture(scope="session")
def roles(django_db_setup, django_db_blocker):
    """On PostgreSQL: by process, the name of its database role. Roles are the server's: each database has its own."""
    with django_db_blocker.unblock():
        if connection.vendor != "postgresql":
            return {}
        names = {process: f"{process} of {connection.settings_dict['NAME']}" for process in database_roles.PROCESSES}
        database_roles.grant(names)
        return names


@pytest.fixture
def as_process(db, roles):
    """`as_process("staff")`: from here on the connection has the rights of that role; `None`: the owner's.

    No thread is presented any more: a test's transaction goes on, where the site's would have ended. SQLite has no
    roles: there nothing changes.
    """

    def switch(process):
        if roles:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('admissions.presented', '', true)")
                cursor.execute(f"SET ROLE {connection.ops.quote_name(roles[process])}" if process else "RESET ROLE")

    yield switch
    if roles:
        connection.cursor().execute("RESET ROLE")


@pytest.fixture
def as_staff(as_process):
    """All of the test with the rights that the staff process has in the database."""
    as_process("staff")


@pytest.fixture
def people(transactional_db):
    """Two clients of two colleagues. Superusers, because a test with real commits has no roles."""
    clients = []
    for name in ("ann", "kim"):
        clients.append(Client())
        clients[-1].force_login(get_user_model().objects.create_superuser(name))
    return clients


@pytest.fixture
def race(monkeypatch):
    """`race(owner, name, first, second)` begins `second` when `first` has come to that method; both answers.

    The race is real: two requests on two connections, the second begun between the first one's check and its save.
    PostgreSQL lets the second one win. SQLite makes it wait for the first, so that there the first one wins.
    """

    def run(owner, name, first, second):
        answers, method = {}, getattr(owner, name)
        may_wait = connection.vendor == "postgresql"  # where a writer shuts out the others it would wait for ever

        def other():
            try:
                answers["second"] = second()
            finally:
                connection.close()

        thread = threading.Thread(target=other)

        def meanwhile(*args, **kwargs):
            monkeypatch.setattr(owner, name, method)
            if name == "clean":
                method(*args, **kwargs)
            thread.start()
            if may_wait:
                thread.join()
            return None if name == "clean" else method(*args, **kwargs)

        monkeypatch.setattr(owner, name, meanwhile)
        answers["first"] = first()
        thread.join()
        return answers["first"], answers["second"]

    return run


@pytest.fixture(scope="session")
def browser():
    """Chromium: $CHROMIUM, the system's, or else Playwright's own. Without any, the test fails."""
    with pytest.MonkeyPatch.context() as patch, programs.chromium() as chromium:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        yield chromium


@pytest.fixture
def page(browser, live_server):
    """A page in a browser that has stored nothing; paths are those of the live server."""
    with browser.new_context(base_url=live_server.url) as context:
        yield context.new_page()
