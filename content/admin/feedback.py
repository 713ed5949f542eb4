"""What readers answered to “Was this page helpful?”, and the words that are explained to them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from content.admin.invalidates_pages import FixedAddressAdmin
from content.models import ReaderAnswer, Term


@admin.register(ReaderAnswer)
class ReaderAnswerAdmin(admin.ModelAdmin):
    """Tasks for editors: read, act, mark as dealt with. Nobody writes or changes an answer."""

    list_display = ("article", "was_helpful", "text", "answered_on", "handled_on")
    list_filter = (("handled_on", admin.EmptyFieldListFilter), "was_helpful", "article")
    list_select_related = ("article",)
    date_hierarchy = "answered_on"
    readonly_fields = ("article", "was_helpful", "text", "answered_on", "handled_on")
    actions = ("dealt_with",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Mark as dealt with", permissions=["change"])
    def dealt_with(self, request: HttpRequest, queryset: QuerySet) -> None:
        marked = queryset.filter(handled_on=None).update(handled_on=timezone.localdate())
        skipped = len(request.POST.getlist("_selected_action")) - marked
        self.message_user(request, f"Marked as dealt with: {marked}. Already dealt with: {skipped}.", messages.SUCCESS)


@admin.register(Term)
class TermAdmin(FixedAddressAdmin):
    list_display = ("term", "meaning", "language")
    list_filter = ("language",)
    search_fields = ("term", "meaning")
    prepopulated_fields = {"slug": ("term",)}
