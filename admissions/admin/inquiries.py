"""The inquiries at the desk: who may see them. Each page has a module of its own."""

from django.contrib import admin
from django.http import HttpRequest

from admissions.admin.card import CardAdmin
from admissions.admin.privacy import PrivacyAdmin
from admissions.admin.queue import QueueAdmin
from admissions.admin.search import SearchAdmin
from admissions.models import Inquiry
from admissions.services import team


@admin.register(Inquiry)
class InquiryAdmin(QueueAdmin, SearchAdmin, PrivacyAdmin, CardAdmin):
    """What visitors sent is never edited; the thread page has the moves."""

    def has_view_permission(self, request: HttpRequest, obj: Inquiry | None = None) -> bool:
        """Membership of the admissions team; a superuser's permissions count for nothing here."""
        return team.may_open(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
