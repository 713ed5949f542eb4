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
        from content.due import tasks  # reason=this module is read before there are models

        return super().index(request, (extra_context or {}) | {"tasks": tasks(request.user)})


class StaffAdminConfig(AdminConfig):
    default_site = "magnified.staff_site.StaffSite"
