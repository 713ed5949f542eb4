"""The session of somebody on the staff: new at signing in, dead at signing out, closed to scripts and other sites."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from magnified import settings as site_settings
from tests.admissions.factories import make_staff

pytestmark = pytest.mark.django_db

LOGIN, INSIDE, PASSWORD = "/admin/login/", "/admin/", "a long enough phrase"


@pytest.fixture
def somebody():
    return make_staff("admissions", username="test-sam", password=PASSWORD, is_staff=True)


def sign_in(client):
    assert client.post(LOGIN, {"username": "test-sam", "password": PASSWORD}).status_code == 302, "control: it signs in"
    return client.cookies[settings.SESSION_COOKIE_NAME]


def with_cookie(value):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    return client


def is_inside(client):
    return client.get(INSIDE).status_code == 200


@pytest.mark.parametrize("planted", ["x" * 32, "", "../../etc/passwd", "é", "0" * 4000])
def test_a_session_that_somebody_planted_is_not_signed_in(somebody, planted):
    victim = with_cookie(planted)
    cookie = sign_in(victim)
    assert cookie.value != planted
    assert is_inside(victim), "control"
    assert not is_inside(with_cookie(planted))


def test_a_session_begun_before_signing_in_is_not_the_one_after(somebody):
    thief = Client()
    thief.session.save()
    before = thief.session.session_key
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    victim = with_cookie(before)
    assert sign_in(victim).value != before
    assert is_inside(victim), "control"
    assert not is_inside(with_cookie(before))


def test_a_cookie_that_was_stolen_ends_when_its_owner_signs_out_or_changes_the_password(somebody):
    for end in ("sign out", "password"):
        victim = Client()
        stolen = sign_in(victim).value
        assert is_inside(with_cookie(stolen)), "control: it was worth stealing"
        if end == "sign out":
            victim.post("/admin/logout/")
        else:
            somebody.set_password("another long phrase")
            somebody.save()
        assert not is_inside(with_cookie(stolen)), end


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_goes_with_the_browser(somebody):
    cookie = sign_in(Client())
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    assert not cookie["max-age"] and not cookie["expires"] and not cookie["domain"]
    assert bool(cookie["secure"]) == settings.COOKIES_SECURE


def test_nobody_promotes_themselves_and_no_list_answers_for_passwords(client):
    """What the form of an account does not show is taken from nobody, whoever sends it."""
    officer = make_staff("privacy_officer", username="test-pat", is_staff=True)
    client.force_login(officer)
    own = f"/admin/auth/user/{officer.pk}/change/"
    more = {"is_superuser": "on", "is_staff": "on", "user_permissions": ["1"], "email": "a@example.com"}
    assert client.post(own, {"username": "test-pat", "is_active": "on"} | more).status_code == 302
    officer.refresh_from_db()
    assert officer.email == "a@example.com", "control: what may be changed is"
    assert not officer.is_superuser and not officer.user_permissions.exists()
    for ask in ("password__startswith", "password", "is_superuser__exact", "groups__user__password__contains"):
        listed = client.get("/admin/auth/user/", {ask: "pbkdf2"})
        assert listed.status_code in (302, 400, 403), ask
    assert client.get("/admin/auth/user/", {"q": "test-pat"}).status_code == 200, "control: the list is open"
    assert get_user_model().objects.filter(is_superuser=True).count() == 0


def test_of_a_session_that_is_over_nothing_is_left_after_a_night():
    over, open_one = SessionStore(), SessionStore()
    over.set_expiry(-1)
    over.create()
    open_one.create()
    for command in site_settings.NIGHTLY_COMMANDS:
        call_command(command)
    assert [row.session_key for row in Session.objects.all()] == [open_one.session_key]
