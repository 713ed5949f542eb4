from django.contrib import admin

from content.admin.autocomplete import Choices
from content.admin.editor import RichTextAdmin
from content.admin.invalidates_pages import SluggedAdmin
from content.models import Reviewer


@admin.register(Reviewer)
class ReviewerAdmin(Choices, SluggedAdmin, RichTextAdmin):
    list_display = ("name", "credentials", "licence_kind", "licence_expires", "user")
    list_select_related = ("user",)
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("picture",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "former", "credentials", "biography", "picture")}),
        ("Licence", {"fields": ("licence_kind", "licence_line", "licence_number", "licence_expires", "user")}),
        ("In Spanish", {"fields": ("credentials_es", "licence_line_es", "biography_es")}),
    )
