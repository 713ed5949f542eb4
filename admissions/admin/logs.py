"""Read-only: who looked at what, and the mails that still wait to be sent."""

from django.contrib import admin

from admissions.admin.read_only import ReadOnlyAdmin
from admissions.models import Alert, Disclosure
from admissions.models.inquiry import public_id


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "actor", "role", "action", "inquiry", "detail")
    list_filter = ("action", "role", "actor")
    list_select_related = ("actor",)
    date_hierarchy = "at"
    ordering = ("-number",)

    @admin.display(description="inquiry")
    def inquiry(self, disclosure: Disclosure) -> str:
        return public_id(disclosure.record) if disclosure.record else "none"


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("created", "to", "delivered_at", "due_at", "tries", "refusals", "dead_since", "last_error")
    list_filter = ("to", ("delivered_at", admin.EmptyFieldListFilter), ("dead_since", admin.EmptyFieldListFilter))
