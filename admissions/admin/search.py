"""Finding an inquiry by what was written. What is looked for is posted: an address would stay in histories and logs.

The session keeps the ids that were found, never the words, so that going back to the list works.
"""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from admissions.admin.read_only import ReadOnlyAdmin
from admissions.errors import CannotOpen, DisclosureNotWritten
from admissions.models import Inquiry
from admissions.services import team
from admissions.services.actor import actor_of

IN_SESSION = "found"
OUT_OF_ORDER = "Nothing could be looked through just now. Tell whoever runs the site."


class SearchForm(forms.Form):
    needle = forms.CharField(
        label="Find in messages and notes",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="A name, a number, a word, or an inquiry\u2019s own number. Every inquiry found goes on record.",
    )
    finished = forms.BooleanField(label="Finished ones and junk too", required=False)


class SearchAdmin(ReadOnlyAdmin):
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Inquiry], search_term: str
    ) -> tuple[QuerySet[Inquiry], bool]:
        return queryset, False  # a term in an address is read by nobody

    def get_urls(self) -> list[URLPattern]:
        search = require_http_methods(["GET", "HEAD", "POST"])(sensitive_post_parameters()(self.search_view))
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
        if request.method != "POST":
            return self.found_page(request)
        form, status = SearchForm(request.POST), 200
        if form.is_valid():
            try:
                result = team.search(actor=actor_of(request), **form.cleaned_data)
            except (CannotOpen, DisclosureNotWritten):
                form.add_error("needle", OUT_OF_ORDER)
                status = 503
            else:
                request.session[IN_SESSION] = summary(result)
                return HttpResponseRedirect(reverse("admin:admissions_inquiry_search"))
        return self.search_page(request, form, status=status)

    @sensitive_variables()
    def found_page(self, request: HttpRequest) -> HttpResponse:
        """What the last search of this session found, as long as that look counts."""
        found = request.session.get(IN_SESSION)
        if found is None:
            return self.search_page(request, SearchForm())
        try:
            hits = team.hits(actor=actor_of(request), found=found["ids"])
        except CannotOpen:
            messages.error(request, OUT_OF_ORDER)
            return self.search_page(request, SearchForm(), status=503)
        damaged = Inquiry.objects.filter(pk__in=found["damaged"]).exclude(status=Inquiry.Status.DESTROYED)
        return self.search_page(
            request, SearchForm(), found=found, hits=hits, gone=len(found["ids"]) - len(hits), damaged=damaged
        )

    def search_page(
        self, request: HttpRequest, form: SearchForm, *, status: int = 200, **context: object
    ) -> TemplateResponse:
        page = self.admin_site.each_context(request) | {
            "title": "Find an inquiry",
            "opts": self.opts,
            "search_form": form,
            "most_hits": team.MOST_HITS,
        }
        return TemplateResponse(request, "admin/admissions/inquiry/search.html", page | context, status=status)


def summary(result: team.SearchResult) -> dict[str, object]:
    """What the session keeps of a search."""
    return {
        "ids": [str(inquiry.pk) for inquiry in result.matches],
        "damaged": [str(inquiry.pk) for inquiry in result.damaged],
        "is_too_broad": result.is_too_broad,
        "looked_through": result.looked_through,
        "left_out": result.left_out,
    }
