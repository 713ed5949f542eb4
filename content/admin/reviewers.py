from django.contrib import admin

from content.admin.editor import RichTextAdmin
from content.admin.live import LiveAdmin
from content.models import Reviewer


@admin.register(Reviewer)
class ReviewerAdmin(LiveAdmin, RichTextAdmin):
    list_display = ("name", "credentials", "licence_kind", "licence_expires", "user")
    list_select_related = ("user",)
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("picture",)
