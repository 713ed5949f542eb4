"""Read-only: who looked at what, and the mails that still wait to be sent."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import ChainBroken, DisclosureNotWritten
from admissions.models import Alert, Disclosure
from admissions.models.inquiry import public_id
from admissions.services import audit_log


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "who", "role", "action", "inquiry", "detail")
    list_filter = ("action", "role", "actor")
    list_select_related = ("actor",)
    date_hierarchy = "at"
    ordering = ("-number",)

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(require_POST(self.check_view))
        return [path("check/", check, name="admissions_disclosure_check"), *super().get_urls()]

    def check_view(self, request: HttpRequest) -> HttpResponseRedirect:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            head = audit_log.verify()
        except ChainBroken as error:
            messages.error(request, f"The log was changed. {error}. Tell whoever runs the site, and touch nothing.")
        except DisclosureNotWritten:
            messages.error(request, "The key of the log cannot be read. Tell whoever runs the site.")
        else:
            messages.success(
                request,
                f"The log holds {head.number} line{pluralize(head.number)}, each as it was written, with none missing "
                f"between them. Write down {head.number}: if the log is ever shorter, its end was cut off.",
            )
        return HttpResponseRedirect(reverse("admin:admissions_disclosure_changelist"))

    @admin.display(description="who")
    def who(self, disclosure: Disclosure) -> str:
        """By the name of then. Whether the account has another one by now stands beside it."""
        name, today = disclosure.actor_name, disclosure.actor.get_username()
        return name if name == today else f"{name} (the account is called {today} now)" if name else today

    @admin.display(description="inquiry")
    def inquiry(self, disclosure: Disclosure) -> str:
        return public_id(disclosure.record) if disclosure.record else "none"


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("created", "to", "delivered_at", "due_at", "tries", "refusals", "dead_since", "last_error")
    list_filter = ("to", ("delivered_at", admin.EmptyFieldListFilter), ("dead_since", admin.EmptyFieldListFilter))
