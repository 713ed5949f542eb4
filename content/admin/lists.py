"""What lists of the staff site share: filters with named choices, and actions that mark rows."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from content.services.actor import actor_of


class ChoiceFilter(admin.SimpleListFilter):
    """Each choice has its words and the rows that it leaves."""

    asks: dict[str, tuple[str, Callable[[Any, User], QuerySet]]]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in self.asks.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.asks.get(self.value() or "")
        return asked[1](queryset, actor_of(request)) if asked else queryset


class PlainFilter(ChoiceFilter):
    """A filter without numbers beside its choices: counting would look at every article for each of them."""

    def get_facet_counts(self, pk_attname: str, filtered_qs: QuerySet) -> dict[str, Any]:
        return {}

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        changelist.add_facets, add_facets = False, changelist.add_facets
        yield from list(super().choices(changelist))
        changelist.add_facets = add_facets


class NeverAddedAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NeverDeletedAdmin(admin.ModelAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def report_marked(desk: ModelAdmin, request: HttpRequest, marked: int, words: str, already: str) -> None:
    """How many of the chosen rows an action has marked, and how many were marked before."""
    skipped = len(request.POST.getlist("_selected_action")) - marked
    desk.message_user(request, f"{words}: {marked}. {already}: {skipped}.", messages.SUCCESS)
