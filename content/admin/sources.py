"""Sources: each stands once, is cited by key in many texts, and is opened again before it expires."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from content.admin.edit_links import usage_table
from content.admin.invalidates_pages import InvalidatesPagesAdmin
from content.models import Article, Source, Usage
from content.models.source import CITED

WARN_BEFORE = timedelta(days=60)
MAX_MATCHES = 20


class ExpiryFilter(admin.SimpleListFilter):
    title = "expiry"
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("expired", "expired: open it again"), ("soon", "within 60 days"), ("never", "never expires")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        return {
            "expired": lambda: queryset.filter(expires_on__lte=today),
            "soon": lambda: queryset.filter(expires_on__gt=today, expires_on__lte=today + WARN_BEFORE),
            "never": lambda: queryset.filter(expires_on=None),
        }.get(self.value() or "", lambda: queryset)()


class UseFilter(admin.SimpleListFilter):
    title = "use"
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("used", "cited on the site"), ("unused", "cited nowhere on the site")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        cited = Q(articles_citing__gt=0)
        return {"used": lambda: queryset.filter(cited), "unused": lambda: queryset.exclude(cited)}.get(
            self.value() or "", lambda: queryset
        )()


@admin.register(Source)
class SourceAdmin(InvalidatesPagesAdmin):
    list_display = ("key", "title", "year", "cited_in", "opened_on", "expires_on")
    list_filter = (ExpiryFilter, UseFilter)
    search_fields = ("key", "title", "authors", "publisher", "doi")
    readonly_fields = ("used_in", "changed_at")
    actions = ("opened_today",)
    fieldsets = (
        (None, {"fields": ("key", "authors", "title", "publisher", "year", "url", "doi")}),
        ("When it was opened", {"fields": ("opened_on", "expires_on", "note")}),
        ("Where it is cited", {"fields": ("used_in", "changed_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        citing = Usage.objects.live().filter(kind=Usage.Kind.SOURCE, target=OuterRef("key")).order_by()
        counted = citing.values("target").annotate(articles=Count("revision", distinct=True)).values("articles")
        return super().get_queryset(request).annotate(articles_citing=Coalesce(Subquery(counted), 0))

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        return False  # texts and old revisions refer to it by its key

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "key") if obj else self.readonly_fields

    @admin.display(description="cited on the site in", ordering="articles_citing")
    def cited_in(self, source: Any) -> str:
        return f"{source.articles_citing} article{'' if source.articles_citing == 1 else 's'}"

    @admin.display(description="cited in")
    def used_in(self, source: Source) -> SafeString | str:
        usages = Usage.objects.current().of(Usage.Kind.SOURCE, source.key)
        return usage_table(usages.select_related("revision__article").order_by("revision__article__title", "block"))

    def save_model(self, request: HttpRequest, obj: Source, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or not set(form.changed_data) & set(CITED):
            return
        doubtful = Article.objects.with_changed_source().filter(
            pk__in=Usage.objects.live().of(Usage.Kind.SOURCE, obj.key).values("revision__article")
        )
        links = [(reverse("admin:content_article_revisions", args=[article.pk]), article) for article in doubtful]
        if links:
            listed = format_html_join(", ", '<a href="{}">{}</a>', links)
            sentence = "The correction is on every page that cites it. A reviewer should look again at: {}."
            self.message_user(request, format_html(sentence, listed), messages.WARNING)

    @admin.action(description="I opened the chosen sources today and found the facts there", permissions=["change"])
    def opened_today(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Each lasts from today as long as it was meant to last the last time."""
        today, done = timezone.localdate(), 0
        for source in queryset.exclude(opened_on=today):
            source.opened_again(today)
            source.save(update_fields=["opened_on", "expires_on"])
            done += 1
        self.changed()
        skipped = len(request.POST.getlist("_selected_action")) - done
        self.message_user(request, f"Marked as opened today: {done}. Already marked: {skipped}.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        find = self.admin_site.admin_view(require_GET(self.find))
        return [path("find/", find, name="content_source_find"), *super().get_urls()]

    def find(self, request: HttpRequest) -> JsonResponse:
        """Sources for the editor's dialog: every word must be somewhere in them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        matches, _ = self.get_search_results(request, Source.objects.order_by("key"), request.GET.get("q", "")[:100])
        return JsonResponse({"matches": [entry(source) for source in matches[:MAX_MATCHES]]})


def entry(source: Source) -> dict[str, str]:
    expired = "Expired: open it again before you cite it. " if source.has_expired else ""
    return {
        "value": source.key,
        "label": source.title,
        "note": f"{expired}{source.authors or source.publisher} [@{source.key}]",
    }
