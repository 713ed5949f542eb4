from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_safe


class StaffSite(admin.AdminSite):
    """The staff's site: Django's admin with the centre's words."""

    site_header = "Magnified Health Systems"
    site_title = "Staff"
    index_title = "What needs you"
    site_url = "/"
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> TemplateResponse:
        """The start page: what waits for this account, what is due, what broke."""
        from admissions.services import (
            dashboard as admissions_due,  # reason=this module is read before there are models
        )
        from admissions.services.actor import actor_of
        from content.services import dashboard as content_due

        user = actor_of(request)
        needed = {
            "waits": content_due.waiting_texts(user),
            "groups": [
                ("due", "What is due", [*admissions_due.tasks(user), *content_due.tasks(user)]),
                ("broke", "What broke", content_due.broken(user)),
            ],
            "is_of_content": user.has_perm("content.view_article"),
        }
        return super().index(request, (extra_context or {}) | needed)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from magnified import keeping  # reason=this module is read before there are models
        from magnified.handbook import handbook

        page = self.admin_view(require_safe(handbook))
        return [path("handbook/", page, name="handbook"), *keeping.urls(self), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, object]:
        from magnified import keeping  # reason=this module is read before there are models

        return super().each_context(request) | keeping.context(request)

    def kept_fields(self, request: HttpRequest) -> QueryDict | None:
        """What this person chose of the texts that were kept on this page, as the form sent it."""
        from magnified import keeping  # reason=this module is read before there are models

        return keeping.chosen_fields(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """No form of any page loses a typed word, or is done twice."""
        from magnified import keeping  # reason=this module is read before there are models

        return keeping.answered_with_words(self, super().admin_view(keeping.guarded(view), cacheable))


class StaffAdminConfig(AdminConfig):
    default_site = "magnified.staff_site.StaffSite"
