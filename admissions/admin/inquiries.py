"""The inquiries at the desk: who may see them, and the search."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from admissions.admin.card import CardAdmin, thread_url
from admissions.admin.queue import QueueAdmin
from admissions.errors import CannotOpen, DisclosureNotWritten
from admissions.models import Inquiry
from admissions.services import team
from admissions.services.actor import actor_of


class SearchForm(forms.Form):
    needle = forms.CharField(
        label="Find in messages and notes",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="A name, a number, a word. Every inquiry found goes on record.",
    )


@admin.register(Inquiry)
class InquiryAdmin(QueueAdmin, CardAdmin):
    """What visitors sent is never edited; the thread page has the moves."""

    def has_view_permission(self, request: HttpRequest, obj: Inquiry | None = None) -> bool:
        """Membership of the admissions team; a superuser's permissions count for nothing here."""
        return team.may_open(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Inquiry], search_term: str
    ) -> tuple[QuerySet[Inquiry], bool]:
        return queryset, False  # a term in an address would stay in histories and logs: search is a POST

    def get_urls(self) -> list[URLPattern]:
        search = require_POST(sensitive_post_parameters()(self.search_view))
        return [
            path("search/", self.admin_site.admin_view(search), name="admissions_inquiry_search"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        context = {"title": "Inquiries", "search_form": SearchForm(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @sensitive_variables()
    def search_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, result, status = SearchForm(request.POST), None, 200
        if form.is_valid():
            try:
                result = team.search(actor=actor_of(request), needle=form.cleaned_data["needle"])
            except (CannotOpen, DisclosureNotWritten):
                form.add_error("needle", "Nothing could be looked through just now. Tell whoever runs the site.")
                status = 503
        context = self.admin_site.each_context(request) | {
            "title": "Found in messages and notes",
            "opts": self.opts,
            "search_form": form,
            "has_searched": result is not None,
            "matches": [(inquiry, thread_url(inquiry)) for inquiry in (result.matches if result else ())],
            "damaged": [(inquiry, thread_url(inquiry)) for inquiry in (result.damaged if result else ())],
        }
        return TemplateResponse(request, "admin/admissions/inquiry/search.html", context, status=status)
