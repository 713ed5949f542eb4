"""Signing in, and staff accounts: made and deactivated by the privacy officer. Nobody here can make a superuser.

Whoever makes accounts could make one that reads messages. It would stand in the list of accounts, in the admin's record
and, with each look, in the disclosure log. What must not be possible is to read in the name of a colleague.
"""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from admissions import rate_limits
from magnified.roles import ADMISSIONS_ROLES

MOST_TRIES, WITHIN = 30, timedelta(minutes=10)

admin.site.unregister(Group)
admin.site.unregister(User)


class SignInForm(AdminAuthenticationForm):
    """Thirty tries in ten minutes from one place, whatever the names. Nobody can lock out a colleague elsewhere."""

    def clean(self) -> dict[str, object]:
        assert self.request is not None
        if rate_limits.count("sign in", rate_limits.place_of(self.request), within=WITHIN) > MOST_TRIES:
            raise ValidationError("There were too many tries from here. Wait ten minutes, then try again.")
        return super().clean()


admin.site.login_form = SignInForm

MAIL: Any = (
    None,
    {
        "fields": ("email",),
        "description": "Writers, reviewers and publishers get a mail when a text waits for them. It never says which.",
    },
)


class NewAccountForm(AdminUserCreationForm):
    def clean_username(self) -> str:
        """Plain letters: a name that looks like a colleague's would pass for theirs in the log."""
        name = super().clean_username()
        if not str(name).isascii():
            raise ValidationError("Use plain letters from a to z without accents, digits, and @ . + - _ only.")
        return name


@admin.register(User)
class StaffAccountAdmin(UserAdmin):
    """Roles are the groups of `magnified/roles.py`; what a role may do is changed there, in code."""

    add_form = NewAccountForm
    fieldsets = ((None, {"fields": ("username", "password", "is_active", "groups")}), MAIL)
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2", "groups")}), MAIL)
    list_display = ("username", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username",)
    filter_horizontal = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(is_superuser=False).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Roles come with a new account: given later, they would open messages in a name that stands for somebody.

        The name stays as well: with another one somebody could read as if a colleague did.
        """
        own = ("is_active",) if obj == request.user else ()
        return ("username", "groups", *own) if obj else ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Not of somebody whose looks go on record: only they may be able to sign in as themselves."""
        user = self.get_object(request, unquote(id))
        if user and user != request.user and user.groups.filter(name__in=ADMISSIONS_ROLES).exists():
            messages.error(
                request,
                "The log names this person, so nobody else may choose the password. Is it forgotten? "
                "Deactivate this account, and make a new one with another name.",
            )
            return HttpResponseRedirect(reverse("admin:auth_user_change", args=[user.pk]))
        return super().user_change_password(request, id, form_url)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # the disclosure log names accounts: they are deactivated

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: object
    ) -> ModelMultipleChoiceField | None:
        if db_field.name == "groups":
            kwargs |= {"widget": CheckboxSelectMultiple, "label": "Roles", "help_text": "Usually one."}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "none"
