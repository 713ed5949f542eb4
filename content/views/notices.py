"""Pages without an article: help now, the notices, what is stored."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from content.models import Notice, Term
from content.pages import finished


@finished
def help_now(request: HttpRequest) -> HttpResponse:
    return render(request, "content/help_now.html")


@finished
def stored(request: HttpRequest) -> HttpResponse:
    return render(request, "content/stored.html")


@finished
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "content/glossary.html", {"terms": Term.objects.filter(language="en")})


@finished
def notice_detail(request: HttpRequest, kind: str) -> HttpResponse:
    notice = Notice.objects.filter(kind=kind, language="en").first()
    if notice is None:
        raise Http404
    return render(request, "content/notice_detail.html", {"notice": notice})
