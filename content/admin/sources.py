"""Sources: each stands once, is cited by key in many texts, and is opened again before it expires."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from content.admin.autocomplete import FinderAdmin
from content.admin.edit_links import usage_table
from content.admin.invalidates_pages import InvalidatesPagesAdmin
from content.admin.lists import ChoiceFilter, NeverDeletedAdmin, report_marked
from content.models import Article, Source, Usage
from content.models.source import CITED

WARN_BEFORE = timedelta(days=60)


class ExpiryFilter(ChoiceFilter):
    title = parameter_name = "expiry"
    asks = {
        "expired": (
            "expired: open it again",
            lambda sources, user: sources.filter(expires_on__lte=timezone.localdate()),
        ),
        "soon": ("within 60 days", lambda sources, user: expiring_soon(sources)),
        "never": ("never expires", lambda sources, user: sources.filter(expires_on=None)),
    }


def expiring_soon(sources: QuerySet) -> QuerySet:
    today = timezone.localdate()
    return sources.filter(expires_on__gt=today, expires_on__lte=today + WARN_BEFORE)


class UseFilter(ChoiceFilter):
    title = parameter_name = "use"
    asks = {
        "used": ("cited on the site", lambda sources, user: sources.filter(articles_citing__gt=0)),
        "unused": ("cited nowhere on the site", lambda sources, user: sources.exclude(articles_citing__gt=0)),
    }


@admin.register(Source)  # texts and old revisions refer to it by its key
class SourceAdmin(FinderAdmin, NeverDeletedAdmin, InvalidatesPagesAdmin):
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

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "key") if obj else self.readonly_fields

    @admin.display(description="cited on the site in", ordering="articles_citing")
    def cited_in(self, source: Any) -> str:
        return f"{source.articles_citing} article{'' if source.articles_citing == 1 else 's'}"

    @admin.display(description="cited in")
    def used_in(self, source: Source) -> SafeString | str:
        return usage_table(Usage.Kind.SOURCE, source.key)

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
        report_marked(self, request, done, "Marked as opened today", "Already marked")

    def findable(self) -> QuerySet[Source]:
        return Source.objects.order_by("key")

    def entry(self, source: Source) -> dict[str, str]:
        return entry(source)


def entry(source: Source) -> dict[str, str]:
    expired = "Expired: open it again before you cite it. " if source.has_expired else ""
    return {
        "value": source.key,
        "label": source.title,
        "note": f"{expired}{source.authors or source.publisher} [@{source.key}]",
    }
