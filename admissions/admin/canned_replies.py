"""Texts that staff send again and again. The lead writes them; whoever answers reads them."""

from django.contrib import admin

from admissions.admin.retry_on_conflict import RetryOnConflictAdmin
from admissions.models import CannedReply


@admin.register(CannedReply)
class CannedReplyAdmin(RetryOnConflictAdmin):
    list_display = ("title", "language", "key")
    list_filter = ("language",)
    search_fields = ("title", "text")
    list_per_page = 50
