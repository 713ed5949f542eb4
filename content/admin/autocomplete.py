"""Fields with a search for the row that is meant. In inlines the chosen rows come with the inline's own query."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

MAX_MATCHES = 20


def can_be_key(field: Field, key: str) -> bool:
    """Whether a database can be asked for it: a key of this field's kind, and no longer than it can count."""
    try:
        value = field.to_python(key)
    except ValidationError:
        return False
    return abs(value) < 2**63 if isinstance(value, int) else "\x00" not in key


class KnownChoice(AutocompleteSelect):
    """Django's own asks the database for the chosen row, once for each form of an inline, whatever was sent for it."""

    known: Model | None = None

    def optgroups(self, name: str, value: Any, attr: dict[str, Any] | None = None) -> Any:
        if self.known is None or value != [str(self.known.pk)]:
            return super().optgroups(name, [each for each in value if can_be_key(self.field.target_field, each)], attr)
        blank = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        chosen = self.create_option(name, self.known.pk, self.choices.field.label_from_instance(self.known), True, 0)
        return [(None, [*blank, chosen], 0)]


class Choices(admin.options.BaseModelAdmin):
    """For `autocomplete_fields`."""

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = KnownChoice(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class FinderAdmin(admin.ModelAdmin):
    """Rows for the editor's dialog: every word must be somewhere in them. Each kind says `findable` and `entry`."""

    def get_urls(self) -> list[URLPattern]:
        find = self.admin_site.admin_view(require_GET(self.find))
        return [path("find/", find, name=f"content_{self.opts.model_name}_find"), *super().get_urls()]

    def find(self, request: HttpRequest) -> JsonResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        matches, _ = self.get_search_results(request, self.findable(), request.GET.get("q", "")[:100])
        return JsonResponse({"matches": [self.entry(row) for row in matches[:MAX_MATCHES]]})

    def findable(self) -> QuerySet:
        raise NotImplementedError

    def entry(self, row: Any) -> dict[str, str]:
        """What is put into the text, its name, and a note."""
        raise NotImplementedError


class KnownChoices(Choices, admin.options.InlineModelAdmin):
    """For `autocomplete_fields` of inlines."""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.autocomplete_fields)

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        names = self.autocomplete_fields

        class Form(formset.form):  # type: ignore[name-defined] # reason=Django makes it at run time
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                for name in names:
                    self.fields[name].widget.widget.known = getattr(self.instance, name, None)

        formset.form = Form
        return formset
