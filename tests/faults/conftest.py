"""A site to break, and a PostgreSQL to kill. What is slow to make is made once."""

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults.rig import FULL, OnOwnPostgres, Template
from tests.postgres import Postgres

numbers = itertools.count(1)


def workshop():
    """Where sites are broken: in the short form in memory, if there is room. What a killed process wrote stays there.

    The names are short, since a socket's path may have 107 bytes.
    """
    memory, disk = Path("/dev/shm"), Path("/tmp")
    return memory if not FULL and memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3 else disk


@pytest.fixture(scope="session")
def faults_folder():
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=workshop()))
    folder.chmod(0o711)  # PostgreSQL, as nobody, may pass
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(faults_folder):
    return Template(faults_folder / "template")


@pytest.fixture
def site_folder(faults_folder):
    folder = faults_folder / f"site-{next(numbers)}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(template, site_folder):
    """On SQLite; nothing of it runs yet."""
    with template.copied(site_folder) as site:
        yield site


@pytest.fixture(scope="session")
def postgres():
    """As durable as in production: nothing is waited for less."""
    server = Postgres(options="-c max_connections=60", below=workshop())
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres, template):
    database = OnOwnPostgres(postgres, "template_site")
    OnOwnPostgres(postgres, "postgres").run("CREATE DATABASE template_site")
    template.set_up(template.environment | {"DATABASE_URL": database.url})


@pytest.fixture
def site_on_postgres(postgres, postgres_template, template, site_folder):
    """On a database of its own; nothing of the site runs yet."""
    name = f"site_{next(numbers)}"
    OnOwnPostgres(postgres, "postgres").run(f"CREATE DATABASE {name} TEMPLATE template_site")
    with template.copied(site_folder, OnOwnPostgres(postgres, name)) as site:
        yield site
