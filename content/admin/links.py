"""What `check_links` found: which links to other sites a reader would stumble over, and where they stand."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from content.admin.edit_links import usage_table
from content.checklist.link_checker import holders
from content.models import Link, Usage


class NeedsCheckFilter(admin.SimpleListFilter):
    title = "what to do"
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "to look at"), ("broken", "broken for readers")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        return {"yes": queryset.doubtful, "broken": queryset.broken}.get(self.value() or "", queryset.all)()


@admin.register(Link)
class LinkAdmin(admin.ModelAdmin):
    """Nobody writes here: a link is corrected where it stands."""

    list_display = ("address", "state", "told", "checked_at")
    list_filter = (NeedsCheckFilter, "state")
    search_fields = ("address", "leads_to")
    readonly_fields = (
        "open_it",
        "state",
        "told",
        "leads_to",
        "checked_at",
        "failing_since",
        "opened_by_hand_on",
        "in_texts",
        "in_records",
    )
    fields = readonly_fields
    actions = ("opened_by_hand",)
    show_facets = admin.ShowFacets.ALWAYS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Link | None = None) -> bool:
        return obj is None and super().has_change_permission(request)  # for the action of the list

    def has_delete_permission(self, request: HttpRequest, obj: Link | None = None) -> bool:
        return False  # the next run makes it anew for as long as something leads there

    @admin.display(description="address")
    def open_it(self, link: Link) -> SafeString:
        return format_html('<a href="{}" rel="noreferrer">{}</a>', link.address, link.address)

    @admin.display(description="in texts")
    def in_texts(self, link: Link) -> SafeString | str:
        usages = Usage.objects.current().of(Usage.Kind.ADDRESS, link.address)
        return usage_table(usages.select_related("revision__article").order_by("revision__article__title", "block"))

    @admin.display(description="in records")
    def in_records(self, link: Link) -> SafeString | str:
        rows = [
            (reverse(f"admin:content_{row._meta.model_name}_change", args=[row.pk]), row._meta.verbose_name, row)
            for row in holders(link.address)
        ]
        return format_html_join("", '<p><a href="{}">{}: {}</a></p>', rows) or "In none."

    @admin.action(description="I opened the chosen links by hand today, and they are right", permissions=["change"])
    def opened_by_hand(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        today = timezone.localdate()
        done = queryset.exclude(opened_by_hand_on=today).update(opened_by_hand_on=today)
        skipped = len(request.POST.getlist("_selected_action")) - done
        self.message_user(request, f"Marked: {done}. Already marked today: {skipped}.", messages.SUCCESS)
