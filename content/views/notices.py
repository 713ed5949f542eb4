"""Pages without an article: help now, what to say, the notices, what is stored."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from content import languages
from content.models import Notice, Term
from content.pages import finished


@finished
def help_now(request: HttpRequest) -> HttpResponse:
    return render(request, "content/help_now.html")


@finished
def what_to_say(request: HttpRequest) -> HttpResponse:
    return render(request, "content/what_to_say.html")


@finished
def stored(request: HttpRequest) -> HttpResponse:
    return render(request, "content/stored.html")


@finished
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "content/glossary.html", {"terms": Term.objects.filter(language=languages.current())})


@finished
def notice_detail(request: HttpRequest, kind: str) -> HttpResponse:
    newest = {notice.language: notice for notice in Notice.objects.filter(kind=kind).order_by("version")}
    notice = newest.get(languages.current())
    if notice is None:
        raise Http404
    context = {"notice": notice, "counterpart": None if languages.other() in newest else ""}
    return render(request, "content/notice_detail.html", context)
