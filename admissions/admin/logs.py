"""Read-only: who looked at what, and the mails that still wait to be sent."""

import uuid
from contextlib import suppress

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import ChainBroken, DisclosureNotWritten
from admissions.models import Alert, Disclosure, Inquiry
from admissions.models.inquiry import inquiry_ids, public_id
from admissions.services import audit_log, privacy
from admissions.services.actor import actor_of


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    list_display = ("number", "at", "who", "role", "action", "inquiry", "detail")
    list_filter = ("action", "role", "actor")
    list_select_related = ("actor",)
    date_hierarchy = "at"
    ordering = ("-number",)

    def get_urls(self) -> list[URLPattern]:
        check = self.admin_site.admin_view(require_POST(self.check_view))
        find = self.admin_site.admin_view(require_POST(self.find_view))
        return [
            path("check/", check, name="admissions_disclosure_check"),
            path("find/", find, name="admissions_disclosure_find"),
            *super().get_urls(),
        ]

    def find_view(self, request: HttpRequest) -> HttpResponseRedirect:
        """To the lines about the inquiry that has this number. What is no number comes into no address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        log = reverse("admin:admissions_disclosure_changelist")
        ids = inquiry_ids(request.POST.get("number", ""))
        looks = Disclosure.objects.filter(record__range=ids) if ids else Disclosure.objects.none()
        there = Inquiry.objects.from_people().with_public_id(request.POST.get("number", ""))
        record = looks.values_list("record", flat=True).first() or there.values_list("pk", flat=True).first()
        if record is None:
            messages.error(request, "No inquiry has that number. It looks like 7F3K-92QD.")
            return HttpResponseRedirect(log)
        return HttpResponseRedirect(f"{log}?record={record}")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Of one inquiry, the account of who looked at it."""
        with suppress(ValueError):
            record = uuid.UUID(request.GET.get("record", ""))
            is_there = privacy.may_see(actor_of(request)) and Inquiry.objects.filter(pk=record).exists()
            extra_context = {
                "title": f"Looks at inquiry {public_id(record)}",
                "inquiry_id": record if is_there else None,
                **(extra_context or {}),
            }
        return super().changelist_view(request, extra_context)

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
    def inquiry(self, disclosure: Disclosure) -> str | SafeString:
        if disclosure.record is None:
            return "none"
        return format_html('<a href="?record={}">{}</a>', disclosure.record, public_id(disclosure.record))


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("created", "to", "delivered_at", "due_at", "tries", "refusals", "dead_since", "last_error")
    list_filter = ("to", ("delivered_at", admin.EmptyFieldListFilter), ("dead_since", admin.EmptyFieldListFilter))
