"""No address leads to a file that nobody meant to serve."""

import itertools

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db

SECRET = [
    ".env",
    ".env.example",
    ".git/config",
    ".git/HEAD",
    ".gitignore",
    ".htaccess",
    ".ssh/id_rsa",
    "db.sqlite3",
    "var/db.sqlite3",
    "var/pages/fallback-snapshot.json",
    "var/keys/admissions-private.pem",
    "keys/admissions-private.pem",
    "var/staff-passwords.txt",
    "manage.py",
    "magnified/settings.py",
    "pyproject.toml",
    "requirements.txt",
    "Dockerfile",
    "compose.yaml",
    "Makefile",
    "gunicorn.conf.py",
    "backup.sql",
    "dump.sql.gz",
    "etc/passwd",
    "proc/self/environ",
    "wp-config.php",
    "server-status",
    "debug/",
    "__debug__/",
    "media/",
    "static/",
    "static/admin/",
    "static/staticfiles.json",
    "static/js/page.js.map",
    "locale/es/LC_MESSAGES/django.po",
    "content/starter/centre.toml",
]
WAYS = (
    "/{}",
    "/static/../{}",
    "/static/%2e%2e/{}",
    "/static/..%2f{}",
    "/static/%252e%252e/{}",
    "/static/..%5c{}",
    "/{}~",
)
MARKS = (
    b"PRIVATE KEY",
    b"SECRET_KEY",
    b"[core]",
    b"SQLite format",
    b"root:x:",
    b"DJANGO_SETTINGS",
    b"import os",
    b"[project]",
)


def test_a_wordlist_of_files_finds_none(client):
    tried, found = 0, []
    for name, way in itertools.product(SECRET, WAYS):
        answer = client.get(way.format(name), follow=True)
        tried += 1
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code == 200 or any(mark in body for mark in MARKS):
            found.append((way.format(name), answer.status_code))
    assert tried == len(SECRET) * len(WAYS) > 250
    assert found == []


def test_control_what_is_meant_to_be_served_is_found_and_our_own_files_would_be_known(client):
    assert client.get("/healthz").status_code == 200
    for name in ("magnified/settings.py", "pyproject.toml"):
        assert any(mark in (settings.BASE_DIR / name).read_bytes() for mark in MARKS), name
