"""The queue: what waits for the admissions team. Lists show clear columns only."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from admissions.admin.card import held_by, thread_url
from admissions.admin.read_only import ReadOnlyAdmin
from admissions.models import Inquiry
from admissions.scheduling import wording


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


class QueueAdmin(ReadOnlyAdmin):
    """The list of inquiries, the next step that is due first on top."""

    list_display = ("reference", "kind", "hour", "status", "promised", "held_by")
    list_filter = (StatusFilter, PromiseFilter, ("kind", KindFilter))
    list_per_page = 50
    show_facets = admin.ShowFacets.ALWAYS
    sortable_by = ()  # the order is the next step

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inquiry]:
        people = super().get_queryset(request).exclude(kind=Inquiry.Kind.SYNTHETIC_CHECK)
        return people.select_related("claimed_by")

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
