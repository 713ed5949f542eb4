import datetime
import secrets
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.utils import timezone

from admissions.models import Alert
from admissions.services import team

pytestmark = pytest.mark.django_db


def test_the_process_answers_without_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize(
    ("role", "parts"),
    [("public", {"database", "key"}), ("staff", {"database", "key", "outbox"}), ("worker", {"database", "outbox"})],
)
def test_each_role_reports_the_parts_it_needs(client, settings, role, parts):
    settings.SITE_ROLE = role
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == dict.fromkeys(parts, "ok")


def test_without_the_database_it_is_not_ready(client, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("host db.example.org")

    monkeypatch.setattr("magnified.health.connection", SimpleNamespace(cursor=away))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "failing"
    assert b"db.example.org" not in response.content


def test_without_a_key_it_is_not_ready(client, settings, tmp_path):
    settings.ADMISSIONS_PUBLIC_KEY_FILE = tmp_path / "gone"
    assert client.get("/readyz").json()["key"] == "failing"


def wait_too_long():
    team.receive(kind="contact", form_token=secrets.token_bytes(32), body={"message": "x"})
    Alert.objects.update(created=timezone.now() - datetime.timedelta(minutes=11))


@pytest.mark.parametrize("role", ["public", "staff", "all"])
@pytest.mark.parametrize(
    "stranger",
    [
        {"REMOTE_ADDR": "203.0.113.5"},
        {"REMOTE_ADDR": "172.30.0.2", "headers": {"X-Forwarded-For": "203.0.113.5"}},
        {"REMOTE_ADDR": "127.0.0.1", "headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"REMOTE_ADDR": "127.0.0.1", "headers": {"X-Forwarded-Proto": "https"}},
        {"REMOTE_ADDR": "127.0.0.1", "headers": {"Forwarded": "for=127.0.0.1"}},
        {"REMOTE_ADDR": "::1", "headers": {"Via": "1.1 proxy"}},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "localhost"},
    ],
)
def test_a_stranger_is_told_nothing_of_messages_that_wait(client, settings, role, stranger):
    settings.SITE_ROLE = role
    before = client.get("/readyz", **stranger)
    wait_too_long()
    after = client.get("/readyz", **stranger)
    assert (before.status_code, before.json()) == (after.status_code, after.json()) == (200, {"ready": True})
    assert "outbox" in client.get("/readyz").json() or role == "public", "control: on the machine itself it shows"


def test_a_stranger_learns_that_it_is_not_ready_and_not_why(client, settings, tmp_path):
    settings.ADMISSIONS_PUBLIC_KEY_FILE = tmp_path / "gone"
    response = client.get("/readyz", REMOTE_ADDR="203.0.113.5")
    assert (response.status_code, response.json()) == (503, {"ready": False})


def test_an_alert_that_waits_too_long_shows(client):
    team.receive(kind="contact", form_token=secrets.token_bytes(32), body={"message": "x"})
    assert client.get("/readyz").json()["outbox"] == "ok", "control: a new alert is no fault"
    Alert.objects.update(created=timezone.now() - datetime.timedelta(minutes=11))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["outbox"]) == (503, "failing")
