"""The database really gone: its file or its socket cannot be reached while visitors read and write."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from admissions.models import Inquiry
from content.delivery import organisation
from tests.content.factories import make_centre, make_help_line, make_notice

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = {"name": "Robin", "phone": "212-555-0147", "message": "Words that nobody else may read", "consent": "on"}


@pytest.fixture
def site():
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")
    organisation.write_fallback_snapshot()


@pytest.fixture
def without_database(tmp_path):
    """Leads every new connection to a place where no database is, as after a crash or a wrong move of its files."""
    known = dict(connection.settings_dict)

    def away():
        connection.close()
        if connection.vendor == "sqlite":
            connection.settings_dict["NAME"] = tmp_path / "gone" / "database.sqlite3"
        else:
            connection.settings_dict["HOST"] = str(tmp_path / "gone")

    def back():
        connection.close()
        connection.settings_dict.update(known)

    yield away, back
    back()


def client():
    return Client(raise_request_exception=False)


def token_of(response):
    return re.search(r'name="form_token" value="([^"]+)"', response.content.decode())[1]


@pytest.mark.parametrize("path", ["/contact/", "/request-a-call/"])
def test_a_form_sent_while_the_database_is_gone_says_not_sent_and_keeps_the_text(site, without_database, path):
    away, back = without_database
    visitor = client()
    data = TYPED | {"form_token": token_of(visitor.get(path))}
    away()
    answer = visitor.post(path, data)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "NOT sent" in page and "tel:+17145550142" in page
    assert "Words that nobody else may read" in page and "Robin" in page
    back()
    assert not Inquiry.objects.exists()
    again = data | {"form_token": token_of(answer)}
    assert visitor.post(path, again).status_code == 303, "control: with the database back the same form is stored"
    assert Inquiry.objects.count() == 1


@pytest.mark.parametrize("path", ["/contact/", "/request-a-call/"])
def test_other_questions_are_shown_and_nothing_typed_is_lost_while_the_database_is_gone(site, without_database, path):
    visitor = client()
    data = TYPED | {"change": "about", "about": "loved_one", "form_token": token_of(visitor.get(path))}
    without_database[0]()
    answer = visitor.post(path, data)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "What is going on?" in page and "Words that nobody else may read" in page and "Robin" in page
    assert "We cannot name a time yet" in page and "tel:+17145550142" in page


@pytest.mark.parametrize("path", ["/contact/", "/request-a-call/"])
def test_no_form_is_offered_while_the_database_is_gone(site, without_database, path):
    without_database[0]()
    answer = client().get(path)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "<form" not in page[page.index("<main") :]
    assert "tel:+17145550142" in page


def test_the_way_back_says_that_we_cannot_look_and_not_that_the_code_is_wrong(site, without_database):
    without_database[0]()
    answer = client().post("/return/", {"code": "0000-0000-0000-0000-0000"})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "We cannot look right now" in page and "opens nothing" not in page
    assert "tel:+17145550142" in page


@pytest.mark.parametrize(("path", "status"), [("/help-now/", 200), ("/nowhere/", 404), ("/articles/", 503)])
def test_the_ladder_stays_while_the_database_is_gone(site, without_database, path, status):
    away, _ = without_database
    assert client().get(path).status_code == (status if status < 500 else 200), "control: with the database"
    away()
    answer = client().get(path)
    page = answer.content.decode()
    assert answer.status_code == status
    for number in ("tel:911", "tel:+17145550142", "1-800-662-4357"):
        assert number in page, number
    assert str(settings.VAR_DIR) not in page
