"""The inquiries at the desk: the queue and the search. Lists show clear columns only."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from admissions.admin.card import CardAdmin, held_by, thread_url
from admissions.errors import CannotOpen, DisclosureNotWritten
from admissions.models import Inquiry
from admissions.scheduling import wording
from admissions.services import team
from admissions.services.actor import actor_of


class StatusFilter(admin.SimpleListFilter):
    """Without a choice the list shows what still waits for somebody."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [*Inquiry.Status.choices, ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        if self.value() == "all":
            return queryset
        if self.value() in Inquiry.Status.values:
            return queryset.filter(status=self.value())
        return queryset.exclude(status__in=Inquiry.DONE)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield first | {"display": "To do"}
        yield from others


class KindFilter(admin.ChoicesFieldListFilter):
    """What people send; the website's tests of itself are in no list."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        return (choice for choice in super().choices(changelist) if "exact=probe" not in choice["query_string"])


class PromiseFilter(admin.SimpleListFilter):
    title = "promise"
    parameter_name = "promise"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("late", "Overdue"),
            ("taken", "Taken back"),
            ("broken", "Broken this month"),
            ("outside", "Outside the calendar"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
        match self.value():
            case "late":
                return queryset.filter(promised_by__lte=timezone.now(), promise_withdrawn_on=None)
            case "taken":
                return queryset.filter(promise_withdrawn_on__isnull=False)
            case "outside":
                return queryset.filter(outside_calendar=True)
            case "broken":
                return queryset.filter(promise_broken_on__gte=timezone.localdate().replace(day=1))
        return queryset


class SearchForm(forms.Form):
    needle = forms.CharField(
        label="Find in messages and notes",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="A name, a number, a word. Every inquiry found goes on record.",
    )


@admin.register(Inquiry)
class InquiryAdmin(CardAdmin):
    """What visitors sent is never edited; the thread page has the moves."""

    list_display = ("reference", "kind", "hour", "status", "promised", "held_by")
    list_filter = (StatusFilter, PromiseFilter, ("kind", KindFilter))
    list_per_page = 50
    show_facets = admin.ShowFacets.ALWAYS
    sortable_by = ()  # the order is the promise that breaks first

    def has_view_permission(self, request: HttpRequest, obj: Inquiry | None = None) -> bool:
        """Membership of the admissions team; a superuser's permissions count for nothing here."""
        return team.may_open(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inquiry]:
        people = super().get_queryset(request).exclude(kind=Inquiry.Kind.SYNTHETIC_CHECK)
        return people.select_related("claimed_by")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Inquiry], search_term: str
    ) -> tuple[QuerySet[Inquiry], bool]:
        return queryset, False  # a term in an address would stay in histories and logs: search is a POST

    def get_urls(self) -> list[URLPattern]:
        search = require_POST(sensitive_post_parameters()(self.search_view))
        return [
            path("search/", self.admin_site.admin_view(search), name="admissions_inquiry_search"),
            *super().get_urls(),
        ]

    @admin.display(description="inquiry")
    def reference(self, inquiry: Inquiry) -> SafeString:
        return format_html('<a href="{}">{}</a>', thread_url(inquiry), inquiry.public_id)

    @admin.display(description="came in", ordering="created")
    def hour(self, inquiry: Inquiry) -> str:
        return f"{timezone.localtime(inquiry.created):%a %d %b, %H} h"

    @admin.display(description="promise")
    def promised(self, inquiry: Inquiry) -> str:
        return wording.for_staff(inquiry, now=timezone.now())

    @admin.display(description="who has it")
    def held_by(self, inquiry: Inquiry) -> str:
        return held_by(inquiry)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        context = {"title": "Inquiries", "search_form": SearchForm(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @sensitive_variables()
    def search_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, result, status = SearchForm(request.POST), None, 200
        if form.is_valid():
            try:
                result = team.search(actor=actor_of(request), needle=form.cleaned_data["needle"])
            except (CannotOpen, DisclosureNotWritten):
                form.add_error("needle", "Nothing could be looked through just now. Tell whoever runs the site.")
                status = 503
        context = self.admin_site.each_context(request) | {
            "title": "Found in messages and notes",
            "opts": self.opts,
            "search_form": form,
            "has_searched": result is not None,
            "matches": [(inquiry, thread_url(inquiry)) for inquiry in (result.matches if result else ())],
            "damaged": [(inquiry, thread_url(inquiry)) for inquiry in (result.damaged if result else ())],
        }
        return TemplateResponse(request, "admin/admissions/inquiry/search.html", context, status=status)
