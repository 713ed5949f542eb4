from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from content.admin.live import LiveAdmin
from content.models import Picture


@admin.register(Picture)
class PictureAdmin(LiveAdmin):
    list_display = ("__str__", "width", "height")
    search_fields = ("alt",)
    fields = ("file", "alt", "shown")
    readonly_fields = ("shown",)

    @admin.display(description="as the site shows it")
    def shown(self, picture: Picture) -> SafeString | str:
        if not picture.pk:
            return "after saving"
        return format_html(
            '<img src="{}" alt="{}" width="320">',
            picture.get_absolute_url(),
            picture.alt,
        )
