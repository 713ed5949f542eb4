"""Pages without an article: help now, what to say, the notices, what is stored."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from content import languages
from content.delivery.cached_page import cached_page
from content.models import Notice, Term


@cached_page
def template_page(request: HttpRequest, template: str) -> HttpResponse:
    """A page that holds nothing but what its template says."""
    return render(request, template)


@cached_page
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "content/glossary.html", {"terms": Term.objects.filter(language=languages.current())})


@cached_page
def notice_detail(request: HttpRequest, kind: str) -> HttpResponse:
    """The version that holds today, with the way to all others."""
    versions, others = versions_of(kind)
    if not versions:
        raise Http404
    context = {"notice": versions[0], "versions": versions, "counterpart": None if others else ""}
    return render(request, "content/notice_detail.html", context)


@cached_page
def notice_version(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """One version as it stood, for whoever agreed to it. Each language counts its own."""
    versions, _others = versions_of(kind)
    at = next((at for at, notice in enumerate(versions) if str(notice.version) == number), None)
    if at is None:
        raise Http404
    context = {
        "notice": versions[at],
        "versions": versions,
        "newest": versions[0],
        "next": versions[at - 1] if at else None,
        "current_url": reverse(f"content:{kind}"),
        "counterpart": "",
    }
    return render(request, "content/notice_version.html", context)


def versions_of(kind: str) -> tuple[list[Notice], list[Notice]]:
    """The newest first: those in the language of the page, and those in the other."""
    notices = list(Notice.objects.filter(kind=kind).order_by("-version"))
    here = languages.current()
    return [row for row in notices if row.language == here], [row for row in notices if row.language != here]
