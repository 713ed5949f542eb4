"""The site must not start when it would be unsafe. Each case is a process of its own: settings are read once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from magnified.environment import is_private

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def production(tmp_path, settings):
    """An environment that starts, for each role; every test below spoils one thing in it."""
    for name, made in (
        ("public.pem", settings.ADMISSIONS_PUBLIC_KEY_FILE),
        ("private.pem", settings.ADMISSIONS_PRIVATE_KEY_FILE),
        ("disclosure.key", settings.DISCLOSURE_KEY_FILE),
    ):
        shutil.copyfile(made, tmp_path / name)
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": str(tmp_path / "no-file"),
        "VAR_DIR": str(tmp_path / "var"),
        "SHARED_MEMORY_DIR": str(tmp_path / "memory"),
        "SECRET_KEY": "k3Yq-" * 12,
        "SITE_ROLE": "public",
        "ALLOWED_HOSTS": "www.example.org",
        "PUBLIC_URL": "https://www.example.org",
        "STAFF_URL": "https://staff.example.org",
        "DATABASE_URL": "postgres://site@db.example.org/site",
        "CACHE_URL": "redis://cache:6379",
        "ADMISSIONS_PUBLIC_KEY_FILE": str(tmp_path / "public.pem"),
    }


def start(environment, folder=ROOT):
    """(exit code, last line of what the start said)."""
    done = subprocess.run(
        [sys.executable, "-c", "import magnified.settings"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture
def as_role(production, tmp_path):
    """`as_role("staff")`: a complete environment of that process."""

    def environment_of(role):
        environment = production | {"SITE_ROLE": role}
        if role != "public":
            del environment["CACHE_URL"]
        if role == "worker":
            environment["EMAIL_URL"] = "smtp+tls://user:password@mail.example.org:587"
            environment["STAFF_ALERT_EMAIL"] = "admissions@example.org"
            environment["MAIL_FROM"] = "website@example.org"
        if role == "staff":
            environment["ADMISSIONS_PRIVATE_KEY_FILE"] = str(tmp_path / "private.pem")
            environment["DISCLOSURE_KEY_FILE"] = str(tmp_path / "disclosure.key")
        return environment

    return environment_of


@pytest.mark.parametrize("role", ["public", "staff", "worker"])
def test_a_complete_production_environment_starts(as_role, role):
    assert start(as_role(role)) == (0, "")


@pytest.mark.parametrize("role", ["staff", "worker"])
def test_staff_and_worker_read_no_store_that_the_public_process_can_write(as_role, role):
    code, line = start(as_role(role) | {"CACHE_URL": "redis://cache:6379"})
    assert code != 0 and "CACHE_URL is set" in line


@pytest.mark.parametrize(
    ("role", "change", "limit"),
    [
        ("public", {}, "30s"),
        ("staff", {}, "120s"),
        ("worker", {}, "120s"),
        ("worker", {"STATEMENT_TIMEOUT": "0"}, "0s"),  # the release
    ],
)
def test_one_statement_may_hold_a_process_for_so_long(as_role, role, change, limit):
    show = "from magnified.settings import DATABASES; print(DATABASES['default']['OPTIONS']['options'])"
    environment = as_role(role) | change
    said = subprocess.run([sys.executable, "-c", show], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert said.stdout.strip() == f"-c statement_timeout={limit}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"STATEMENT_TIMEOUT": "long"}, "STATEMENT_TIMEOUT is no number of seconds"),
        ({"RETENTION_DAYS_HANDLED_MESSAGES": "0"}, "RETENTION_DAYS_HANDLED_MESSAGES is no number of days"),
        ({"RETENTION_DAYS_OPENED_JUNK": "-7"}, "RETENTION_DAYS_OPENED_JUNK is no number of days"),
        ({"RETENTION_DAYS_TRASHED_ARTICLES": "30 days"}, "RETENTION_DAYS_TRASHED_ARTICLES is no number of days"),
        ({"RETENTION_DAYS_UNSENT_TEXTS": "3651"}, "RETENTION_DAYS_UNSENT_TEXTS is no number of days"),
        ({"DEBUG": "yes"}, "DEBUG is on"),
        ({"DEBUG": "yess"}, "neither yes nor no"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or weak"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or weak"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is missing or weak"),
        (
            {"SECRET_KEY": "django-insecure-" + "k3Yq-" * 12},
            "SECRET_KEY is missing or weak",
        ),
        ({"SECRET_KEY_FILE": "/nowhere/secret"}, "SECRET_KEY_FILE"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "www.example.org,*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": ""}, "needs PostgreSQL"),
        ({"DATABASE_URL": "sqlite:////tmp/x.sqlite3"}, "needs PostgreSQL"),
        ({"ALERT_WEBHOOK_URL": "http://hooks.example.org/x"}, "ALERT_WEBHOOK_URL"),
        ({"SITE_ROLE": "all"}, "SITE_ROLE=all"),
        ({"SITE_ROLE": "everything"}, "SITE_ROLE must be one of"),
        ({"DEPLOYMENT": "prod"}, "DEPLOYMENT must be one of"),
        ({"ADMISSIONS_PUBLIC_KEY_FILE": ""}, "ADMISSIONS_PUBLIC_KEY_FILE is missing"),
        ({"ADMISSIONS_PUBLIC_KEY_FILE": "/nowhere/key"}, "ADMISSIONS_PUBLIC_KEY_FILE is missing"),
        (
            {"ADMISSIONS_PRIVATE_KEY_FILE": "/any/key"},
            "must never be able to open a message",
        ),
        (
            {"ADMISSIONS_PRIVATE_KEY_FILE": "/any/key", "SITE_ROLE": "worker"},
            "must never be able to open a message",
        ),
        ({"SITE_ROLE": "staff", "CACHE_URL": ""}, "ADMISSIONS_PRIVATE_KEY_FILE is missing"),
        ({"PUBLIC_URL": "http://www.example.org"}, "must be https"),
        ({"TRUSTED_PROXIES": "172.30.0.2,*"}, "TRUSTED_PROXIES"),
        ({"CACHE_URL": ""}, "CACHE_URL is missing"),
    ],
)
def test_an_unsafe_environment_does_not_start_and_says_why(production, change, says):
    code, line = start(production | change)
    assert code != 0
    assert line.startswith("magnified.environment.UnsafeSettings: ")
    assert says in line


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL"),
        ({"EMAIL_URL": ""}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://user:password@mail.example.org:25"}, "in encryption"),
        ({"EMAIL_URL": "smtp://localhost.example.org"}, "in encryption"),
        ({"EMAIL_URL": "smtp://127.0.0.1@mail.example.org"}, "in encryption"),
        ({"EMAIL_URL": "smtp://"}, "in encryption"),
        ({"STAFF_ALERT_EMAIL": ""}, "STAFF_ALERT_EMAIL"),
        ({"MAIL_FROM": ""}, "MAIL_FROM"),
        ({"ALARM_PING_URL": "http://alarm.example.org/x"}, "ALARM_PING_URL"),
    ],
)
def test_a_worker_that_could_tell_nobody_or_everybody_does_not_start(as_role, change, says):
    code, line = start(as_role("worker") | change)
    assert code != 0 and says in line


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:25", "smtp://localhost", "smtp+ssl://mail.example.org"])
def test_a_mail_server_on_this_machine_is_spoken_to_plainly(as_role, url):
    assert start(as_role("worker") | {"EMAIL_URL": url}) == (0, "")


@pytest.mark.parametrize("role", ["public", "staff"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_URL", "smtp+tls://user:password@mail.example.org:587"),
        ("ALERT_WEBHOOK_URL", "https://hooks.example.org/x"),
        ("ALARM_PING_URL", "https://alarm.example.org/x"),
    ],
)
def test_the_worker_alone_knows_whom_to_tell(as_role, role, name, value):
    code, line = start(as_role(role) | {name: value})
    assert code != 0 and f"{name} is set" in line
    assert start(as_role("worker") | {name: value}) == (0, ""), "control"


def test_shared_memory_that_somebody_else_made_is_not_used(as_role, tmp_path):
    """Whoever can write into it could count as they like, and end anybody's visit."""
    staff = as_role("staff")
    assert "open to others" in start(staff | {"SHARED_MEMORY_DIR": "/dev"})[1]
    (tmp_path / "memory").mkdir(mode=0o755)
    assert "SHARED_MEMORY_DIR" in start(staff)[1]
    (tmp_path / "memory").chmod(0o700)
    assert start(staff) == (0, ""), "control"
    (tmp_path / "link").symlink_to(tmp_path / "memory")
    assert is_private(tmp_path / "memory") and not is_private(tmp_path / "link")


def test_nothing_set_is_production_and_does_not_start(tmp_path):
    code, line = start(
        {
            "PATH": os.environ["PATH"],
            "ENV_FILE": str(tmp_path / "no"),
            "VAR_DIR": str(tmp_path),
        }
    )
    assert code != 0
    assert "SECRET_KEY" in line


def test_a_secret_may_come_from_a_file(production, tmp_path):
    (tmp_path / "secret").write_text(production.pop("SECRET_KEY"))
    production["SECRET_KEY_FILE"] = str(tmp_path / "secret")
    assert start(production) == (0, "")


def test_a_laptop_starts_with_a_secret_key_alone(production, tmp_path):
    keep = ("PATH", "ENV_FILE", "VAR_DIR", "SHARED_MEMORY_DIR", "SECRET_KEY")
    assert start({name: production[name] for name in keep} | {"DEPLOYMENT": "laptop", "SITE_ROLE": "all"}) == (0, "")


@pytest.mark.parametrize("role", ["public", "worker"])
def test_only_the_staff_process_has_an_admin(as_role, role):
    code = "import django; django.setup(); from django.urls import resolve; resolve('/admin/')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=as_role(role) | {"DJANGO_SETTINGS_MODULE": "magnified.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Resolver404" in done.stderr


def test_on_a_laptop_mails_are_files_among_its_data(production):
    keep = ("PATH", "ENV_FILE", "VAR_DIR", "SHARED_MEMORY_DIR", "SECRET_KEY")
    code = "from magnified import settings; print(settings.EMAIL_FILE_PATH)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={name: production[name] for name in keep} | {"DEPLOYMENT": "laptop"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == f"{production['VAR_DIR']}/mail"


def test_without_compiled_translations_nothing_starts(as_role, tmp_path):
    """Readers of Spanish would be given English."""
    for name in ("magnified", "locale"):
        shutil.copytree(ROOT / name, tmp_path / "copy" / name)
    for name in ("content", "static", "templates"):
        (tmp_path / "copy" / name).symlink_to(ROOT / name)
    assert start(as_role("public"), tmp_path / "copy") == (0, ""), "control: with them"
    (tmp_path / "copy/locale/es/LC_MESSAGES/django.mo").unlink()
    code, said = start(as_role("public"), tmp_path / "copy")
    assert code == 1
    assert said.endswith("locale/es/LC_MESSAGES/django.po is not compiled. Run bin/compile-messages.")
