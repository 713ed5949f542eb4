"""Staff accounts: made and deactivated by the privacy officer. Nobody here can make a superuser or hand out rights."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

admin.site.unregister(Group)
admin.site.unregister(User)

MAIL: Any = (
    None,
    {
        "fields": ("email",),
        "description": "Writers, reviewers and publishers get a mail when a text waits for them. It never says which.",
    },
)


@admin.register(User)
class StaffAccountAdmin(UserAdmin):
    """Roles are the groups of `magnified/roles.py`; what a role may do is changed there, in code."""

    fieldsets = ((None, {"fields": ("username", "password", "is_active", "groups")}), MAIL)
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2", "groups")}), MAIL)
    list_display = ("username", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username",)
    filter_horizontal = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(is_superuser=False).prefetch_related("groups")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # the disclosure log names accounts: they are deactivated

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs |= {"widget": CheckboxSelectMultiple, "label": "Roles", "help_text": "Usually one."}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "none"
