import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from magnified import roles

pytestmark = pytest.mark.django_db


def stored(role):
    permissions = Group.objects.get(name=role).permissions.select_related("content_type")
    return {(permission.content_type.app_label, permission.codename) for permission in permissions}


@pytest.mark.parametrize("role", roles.ROLES)
def test_each_role_may_do_what_the_table_says(role):
    assert stored(role) == roles.permissions_of(role)


@pytest.mark.parametrize("role", roles.CONTENT_ROLES)
def test_content_staff_have_no_permission_in_admissions(role):
    assert {app for app, _ in stored(role)} == {"content"}


@pytest.mark.parametrize("role", roles.ADMISSIONS_ROLES)
def test_admissions_staff_change_nothing_in_content(role):
    assert "content" not in {app for app, _ in stored(role)}


def test_a_role_that_was_bent_by_hand_is_put_right():
    group = Group.objects.get(name="writer")
    group.permissions.add(Permission.objects.get(codename="view_inquiry"))
    assert stored("writer") != roles.permissions_of("writer"), "control"
    call_command("sync_roles")
    assert stored("writer") == roles.permissions_of("writer")


def test_a_permission_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setitem(roles.CONTENT_ROLES, "writer", {"no_such_model": ("view",)})
    with pytest.raises(LookupError, match="view_no_such_model"):
        roles.sync_roles()


def test_a_release_and_a_laptop_sync_them_after_migrating():
    for file in ("compose.yaml", "bin/run"):
        text = (settings.BASE_DIR / file).read_text()
        assert 0 < text.index("migrate") < text.index("sync_roles") < text.index("load_starter"), file
