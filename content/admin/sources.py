from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from content.admin.live import LiveAdmin
from content.models import Article, Source


@admin.register(Source)
class SourceAdmin(LiveAdmin):
    list_display = ("key", "title", "year", "opened_on", "expires_on")
    list_filter = ("year",)
    search_fields = ("key", "title", "authors", "publisher")
    readonly_fields = ("used_in", "changed_at")

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        return False  # texts and old revisions refer to it by its key

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "key") if obj else self.readonly_fields

    @admin.display(description="cited on the site in")
    def used_in(self, source: Source) -> SafeString | str:
        citing = Article.objects.published().filter(published_revision__snapshot_json__contains=f"[@{source.key}]")
        links = [(reverse("admin:content_article_change", args=[article.pk]), article) for article in citing]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "no article"
