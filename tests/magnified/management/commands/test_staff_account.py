import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from tests.content.factories import make_reviewer

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)


def test_an_account_has_one_role_and_is_no_superuser(capsys):
    call_command("staff_account", "test-kim", role="writer")
    user = get_user_model().objects.get()
    assert user.check_password(PASSWORD)
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert [group.name for group in user.groups.all()] == ["writer"]
    assert PASSWORD not in capsys.readouterr().out


def test_the_same_name_again_changes_role_and_password(monkeypatch):
    call_command("staff_account", "test-kim", role="writer")
    monkeypatch.setenv("STAFF_PASSWORD", "another long phrase")
    call_command("staff_account", "test-kim", role="publisher")
    user = get_user_model().objects.get()
    assert user.check_password("another long phrase")
    assert [group.name for group in user.groups.all()] == ["publisher"]


def test_an_account_that_exists_can_be_kept(monkeypatch):
    call_command("staff_account", "test-kim", role="writer")
    monkeypatch.setenv("STAFF_PASSWORD", "another long phrase")
    call_command("staff_account", "test-kim", role="publisher", keep=True)
    assert get_user_model().objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("weak", ["short", "test-kim-test-kim"])
def test_a_weak_password_is_refused_with_its_reason(monkeypatch, weak):
    monkeypatch.setenv("STAFF_PASSWORD", weak)
    with pytest.raises(CommandError, match=r"too (short|similar)"):
        call_command("staff_account", "test-kim-test-kim", role="writer")
    assert not get_user_model().objects.exists()


def test_the_reviewers_account_signs_for_that_reviewer():
    reviewer = make_reviewer()
    call_command("staff_account", "test-kim", role="reviewer", signs_as=reviewer.slug)
    reviewer.refresh_from_db()
    assert reviewer.user.username == "test-kim"
