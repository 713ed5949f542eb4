"""A week of the desk in numbers, for the lead."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_safe

from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import NotAllowed
from admissions.services import figures, team


class FiguresAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.figures_view))
        return [path("figures/", view, name="admissions_inquiry_figures"), *super().get_urls()]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        try:
            team.role_of(request.user, (team.LEAD,))
        except NotAllowed as error:
            raise PermissionDenied from error
        today, wanted = timezone.localdate(), request.GET.get("week")
        mondays = figures.recent_mondays(today)
        monday = next((day for day in mondays if day.isoformat() == wanted), mondays[0])
        page = self.admin_site.each_context(request) | {
            "title": "Figures of a week",
            "opts": self.opts,
            "mondays": mondays,
            "week": figures.week(monday),
            "is_now": monday == mondays[0],
            "ages": figures.open_by_age(today),
        }
        return TemplateResponse(request, "admin/admissions/inquiry/figures.html", page)
