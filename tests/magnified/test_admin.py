"""Who signs in, and who gives out accounts: nobody reads messages in a colleague's name."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from admissions.services import audit_log, team
from magnified.admin import MOST_TRIES
from tests.admissions.factories import make_inquiry, make_staff

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
    assert not team.may_open(user)


def test_a_new_account_gets_its_role(client, officer):
    data = {
        "username": "test-new",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": [group("admissions")],
    }
    assert client.post(reverse("admin:auth_user_add"), data).status_code == 302
    assert team.may_open(get_user_model().objects.get(username="test-new"))


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


def test_a_name_stays_so_that_nobody_reads_in_a_colleagues(client, officer):
    """A second account reads, then takes the name of a colleague whose own is changed first."""
    colleague, second = make_staff("admissions", username="test-kim"), make_staff("admissions", username="test-temp")
    inquiry = make_inquiry()
    team.open_thread(inquiry=inquiry, actor=second)
    for user, name in ((colleague, "test-kim.old"), (second, "test-kim")):
        client.post(page_of(user), {"username": name, "is_active": "on", "email": "changed@example.com"})
        user.refresh_from_db()
        assert user.email == "changed@example.com", "control: what may be changed is"
    assert (colleague.username, second.username) == ("test-kim", "test-temp")
    # Whoever can write rows changes it all the same: the log goes on saying how the account was called.
    get_user_model().objects.filter(pk=colleague.pk).update(username="test-kim.old")
    get_user_model().objects.filter(pk=second.pk).update(username="test-kim")
    page = client.get("/admin/admissions/disclosure/").text
    assert "test-temp (the account is called test-kim now)" in page
    assert audit_log.verify().number == 1


@pytest.mark.parametrize("name", ["test-k\u0456m", "t\u0435st-kim", "TEST-KIM", "test-k\u00edm", "\uff54est-kim"])
def test_no_new_account_has_a_name_that_looks_like_a_colleagues(client, officer, name):
    make_staff("admissions", username="test-kim")
    data = {"username": name, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post(reverse("admin:auth_user_add"), data | {"groups": [group("admissions")]})
    assert page.status_code == 200 and "errorlist" in page.text
    assert get_user_model().objects.count() == 2


def test_an_account_that_the_log_names_is_not_deleted(client, officer):
    colleague = make_staff("admissions", username="test-kim")
    team.open_thread(inquiry=make_inquiry(), actor=colleague)
    assert client.post(page_of(colleague, "delete"), {"post": "yes"}).status_code == 403
    with pytest.raises(ProtectedError):
        colleague.delete()
    assert "test-kim" in client.get("/admin/admissions/disclosure/").text


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
