from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_safe


class StaffSite(admin.AdminSite):
    """The staff's site: Django's admin with the centre's words."""

    site_header = "Magnified Health Systems"
    site_title = "Staff"
    index_title = "What needs you"
    site_url = "/"
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The start page: what waits for this account, what is due, what broke."""
        from admissions import due as admissions_due  # reason=this module is read before there are models
        from content import due as content_due

        user = request.user
        needed = {
            "waits": content_due.waits(user),
            "groups": [
                ("due", "What is due", [*admissions_due.tasks(user), *content_due.tasks(user)]),
                ("broke", "What broke", content_due.broken(user)),
            ],
            "is_of_content": user.has_perm("content.view_article"),
        }
        return super().index(request, (extra_context or {}) | needed)

    def get_urls(self) -> list[Any]:
        from magnified.handbook import handbook  # reason=this module is read before there are models

        page = self.admin_view(require_safe(handbook))
        return [path("handbook/", page, name="handbook"), *super().get_urls()]


class StaffAdminConfig(AdminConfig):
    default_site = "magnified.staff_site.StaffSite"
