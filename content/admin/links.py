"""What `check_links` found: which links to other sites a reader would stumble over, and where they stand."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from content.admin.edit_links import usage_table
from content.admin.lists import ChoiceFilter, NeverAddedAdmin, NeverDeletedAdmin, report_marked
from content.checklist.link_checker import holders
from content.models import Link, Usage


class NeedsCheckFilter(ChoiceFilter):
    title, parameter_name = "what to do", "look"
    asks = {
        "yes": ("to look at", lambda links, user: links.doubtful()),
        "broken": ("broken for readers", lambda links, user: links.broken()),
    }


@admin.register(Link)
class LinkAdmin(NeverAddedAdmin, NeverDeletedAdmin):
    """Nobody writes here: a link is corrected where it stands, and found anew for as long as something leads there."""

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

    def has_change_permission(self, request: HttpRequest, obj: Link | None = None) -> bool:
        return obj is None and super().has_change_permission(request)  # for the action of the list

    @admin.display(description="address")
    def open_it(self, link: Link) -> SafeString:
        return format_html('<a href="{}" rel="noreferrer">{}</a>', link.address, link.address)

    @admin.display(description="in texts")
    def in_texts(self, link: Link) -> SafeString | str:
        return usage_table(Usage.Kind.ADDRESS, link.address)

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
        report_marked(self, request, done, "Marked", "Already marked today")
