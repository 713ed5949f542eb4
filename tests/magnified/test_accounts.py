"""Who signs in, and who gives out accounts: nobody reads messages in a colleague's name."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from admissions import services
from magnified.admin import MOST_TRIES
from tests.admissions.factories import make_staff

pytestmark = pytest.mark.django_db

LOGIN, PASSWORD = "/admin/login/", "a long enough phrase"


@pytest.fixture
def officer(client):
    user = make_staff("privacy_officer", username="test-pat", is_staff=True)
    client.force_login(user)
    return user


def page_of(user, what="change"):
    return reverse(f"admin:auth_user_{what}", args=[user.pk])


def group(name):
    return Group.objects.get(name=name).pk


def sign_in(client, name, password):
    return client.post(LOGIN, {"username": name, "password": password})


@pytest.mark.parametrize("whose", ["own", "colleague"])
def test_nobody_is_given_a_role_that_reads_messages_after_the_account_was_made(client, officer, whose):
    user = officer if whose == "own" else make_staff("writer", username="test-kim", is_staff=True)
    data = {"username": user.username, "is_active": "on", "groups": [group("admissions")], "email": "a@example.com"}
    assert client.post(page_of(user), data).status_code == 302
    user.refresh_from_db()
    assert user.email == "a@example.com", "control: what may be changed is"
    assert not services.may_open(user)


def test_a_new_account_gets_its_role(client, officer):
    data = {
        "username": "test-new",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": [group("admissions")],
    }
    assert client.post(reverse("admin:auth_user_add"), data).status_code == 302
    assert services.may_open(get_user_model().objects.get(username="test-new"))


@pytest.mark.parametrize(
    ("role", "may"), [("admissions", False), ("admissions_lead", False), ("privacy_officer", False), ("writer", True)]
)
def test_the_password_of_whoever_the_log_names_is_nobody_elses_to_choose(client, officer, role, may):
    colleague = make_staff(role, username="test-kim", is_staff=True)
    data = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    text = client.post(page_of(colleague, "password_change"), data, follow=True).content.decode()
    colleague.refresh_from_db()
    assert colleague.check_password(PASSWORD) == may
    assert ("nobody else may choose the password" in text) != may


def test_the_officer_closes_an_account_and_never_their_own(client, officer):
    colleague = make_staff("admissions", username="test-kim", is_staff=True)
    for user in (colleague, officer):
        client.post(page_of(user), {"username": user.username, "email": ""})
        user.refresh_from_db()
    assert (colleague.is_active, officer.is_active) == (False, True)


def test_after_thirty_tries_from_one_place_even_the_right_password_waits_and_others_do_not(client):
    caches["counters"].clear()
    user = make_staff("writer", username="test-kim", is_staff=True)
    user.set_password(PASSWORD)
    user.save()
    for _ in range(MOST_TRIES):
        assert "correct username and password" in sign_in(client, "test-kim", "guess").text
    assert "too many tries from here" in sign_in(client, "test-kim", PASSWORD).text
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere, "test-kim", PASSWORD).status_code == 302
