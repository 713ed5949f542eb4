"""What readers answered to “Was this page helpful?”, and the words that are explained to them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from content.admin.invalidates_pages import FixedAddressAdmin
from content.admin.lists import NeverAddedAdmin, report_marked
from content.models import ReaderAnswer, Term


@admin.register(ReaderAnswer)
class ReaderAnswerAdmin(NeverAddedAdmin):
    """Tasks for editors: read, act, mark as dealt with. Nobody writes or changes an answer."""

    list_display = ("article", "was_helpful", "text", "answered_on", "handled_on")
    list_filter = (("handled_on", admin.EmptyFieldListFilter), "was_helpful", "article")
    list_select_related = ("article",)
    date_hierarchy = "answered_on"
    readonly_fields = ("article", "was_helpful", "text", "answered_on", "handled_on")
    actions = ("dealt_with",)

    @admin.action(description="Mark as dealt with", permissions=["change"])
    def dealt_with(self, request: HttpRequest, queryset: QuerySet) -> None:
        marked = queryset.filter(handled_on=None).update(handled_on=timezone.localdate())
        report_marked(self, request, marked, "Marked as dealt with", "Already dealt with")


@admin.register(Term)
class TermAdmin(FixedAddressAdmin):
    list_display = ("term", "meaning", "language")
    list_filter = ("language",)
    search_fields = ("term", "meaning")
    prepopulated_fields = {"slug": ("term",)}
