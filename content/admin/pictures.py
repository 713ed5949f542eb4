"""Pictures: described, cut around their focus, and where each is used."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from content.admin.edit_links import usage_table
from content.admin.invalidates_pages import InvalidatesPagesAdmin
from content.models import Picture, Usage

SHAPES = {"whole": "Whole", "wide": "As a wide band", "square": "As a portrait"}


@admin.register(Picture)
class PictureAdmin(InvalidatesPagesAdmin):
    list_display = ("small", "description", "decorative", "width", "height")
    list_display_links = ("description",)
    search_fields = ("alt",)
    fields = ("file", "alt", "decorative", "focus", "renditions", "in_texts", "of_reviewers")
    readonly_fields = ("renditions", "in_texts", "of_reviewers")
    radio_fields = {"focus": admin.HORIZONTAL}

    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> tuple[str, ...]:
        return self.fields if obj else tuple([name for name in self.fields if name not in self.readonly_fields])

    @admin.display(description="description", ordering="alt")
    def description(self, picture: Picture) -> str:
        return str(picture)

    @admin.display(description="picture")
    def small(self, picture: Picture) -> SafeString:
        return format_html('<img src="{}" alt="" width="48" height="48">', picture.rendition("square")["src"])

    @admin.display(description="as the site shows it")
    def renditions(self, picture: Picture) -> SafeString:
        rows = [(picture.rendition(shape)["src"], name) for shape, name in SHAPES.items()]
        figures = format_html_join("", '<figure><img src="{}" alt=""><figcaption>{}</figcaption></figure>', rows)
        return format_html('<div class="shapes">{}</div>', figures)

    @admin.display(description="in texts")
    def in_texts(self, picture: Picture) -> SafeString | str:
        return usage_table(Usage.Kind.PICTURE, picture.pk)

    @admin.display(description="of reviewers")
    def of_reviewers(self, picture: Picture) -> SafeString | str:
        rows = [(reverse("admin:content_reviewer_change", args=[row.pk]), row) for row in picture.reviewer_set.all()]
        return format_html_join("", '<p><a href="{}">{}</a></p>', rows) or "Of none."
