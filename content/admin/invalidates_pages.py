from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from content.admin.retry_on_conflict import RetryOnConflictAdmin
from content.delivery import content_version
from content.models.slugged import Slugged


class InvalidatesPagesAdmin(RetryOnConflictAdmin):
    """For what visitors see as soon as it is saved: the cached pages are rendered again."""

    def changed(self) -> None:
        """Called in the transaction of the change."""
        content_version.invalidate_pages()

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.changed()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.changed()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        super().delete_queryset(request, queryset)
        self.changed()


class PrepopulatedOnceAdmin(admin.ModelAdmin):
    """A slug follows the name until the page exists, and not after that."""

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else super().get_prepopulated_fields(request, obj)


class FormerAddressesAdmin(PrepopulatedOnceAdmin):
    """For what has one page at its address, which an editor may change."""

    readonly_fields = ("former",)

    @admin.display(description="addresses it had")
    def former(self, row: Slugged) -> str:
        """They lead here, and stay this row's own."""
        slugs = [former.slug for former in getattr(row, row.FORMER).all()] if row.pk else []
        return ", ".join(slugs) or "none"


class SluggedAdmin(FormerAddressesAdmin, InvalidatesPagesAdmin):
    """For what has one page at its slug, and is on other pages as soon as it is saved."""


class FixedAddressAdmin(PrepopulatedOnceAdmin, InvalidatesPagesAdmin):
    """For what is found by its slug: chosen once, with the first save, because others link to it."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(("slug",) if obj else ()))
