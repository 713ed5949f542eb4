"""The handbook of the staff site: one chapter a role, and everybody sees the chapters of their own roles alone."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.templatetags.static import static

from admissions.services.actor import actor_of

TITLES = {
    "writer": "Writing",
    "reviewer": "Reviewing",
    "publisher": "Publishing",
    "admissions": "Answering messages",
    "admissions_lead": "Leading the admissions team",
    "privacy_officer": "Watching over privacy",
}
PICTURES = ("write", "review", "publish", "queue")  # made by `make pictures`, each 1000 by 640


def chapters(user: User) -> dict[str, str]:
    """Of each role of this person, the title; `templates/admin/handbook/` has the text under the role's name."""
    names = set(user.groups.values_list("name", flat=True))
    return {role: title for role, title in TITLES.items() if role in names}


def pictures() -> dict[str, str]:
    """Their addresses. One that was not made, or not collected, is left out, and the chapter stands without it."""
    addresses = {}
    for name in PICTURES:
        try:
            addresses[name] = static(f"admin/staff/handbook/{name}.webp")
        except ValueError:
            continue
    return addresses


def handbook(request: HttpRequest) -> HttpResponse:
    context = {"title": "Handbook", "chapters": chapters(actor_of(request)), "pictures": pictures()}
    return TemplateResponse(request, "admin/handbook.html", admin.site.each_context(request) | context)
