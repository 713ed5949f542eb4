"""The inquiries at the desk: who may see them. Each page has a module of its own."""

from django.contrib import admin
from django.http import HttpRequest

from admissions.admin.card import CardAdmin
from admissions.admin.figures import FiguresAdmin
from admissions.admin.privacy import PrivacyAdmin
from admissions.admin.queue import QueueAdmin
from admissions.admin.search import SearchAdmin
from admissions.models import Inquiry
from admissions.services import team

_IS_OF_TEAM = "_is_of_admissions_team"


@admin.register(Inquiry)
class InquiryAdmin(QueueAdmin, SearchAdmin, FiguresAdmin, PrivacyAdmin, CardAdmin):
    """What visitors sent is never edited; the thread page has the moves."""

    def has_view_permission(self, request: HttpRequest, obj: Inquiry | None = None) -> bool:
        """Membership of the admissions team; a superuser's permissions count for nothing here."""
        if not hasattr(request, _IS_OF_TEAM):  # the page asks several times, and the database answers once
            setattr(request, _IS_OF_TEAM, team.may_open(request.user))
        return bool(getattr(request, _IS_OF_TEAM))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
