from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse


class StaffSite(admin.AdminSite):
    """The staff's site: Django's admin with the centre's words."""

    site_header = "Magnified Health Systems"
    site_title = "Staff"
    index_title = "What needs you"
    site_url = "/"
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The start page, with what is due for this account."""
        from admissions import due as admissions_due  # reason=this module is read before there are models
        from content import due as content_due

        tasks = [*admissions_due.tasks(request.user), *content_due.tasks(request.user)]
        return super().index(request, (extra_context or {}) | {"tasks": tasks})


class StaffAdminConfig(AdminConfig):
    default_site = "magnified.staff_site.StaffSite"
