"""What the pages beside an article's form share: who may come in, and how one gets from one to the next."""

from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from content.models import Article


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_here: bool


def require(request: HttpRequest, permission: str) -> None:
    """Each page asks for its own: `admin_view` only proves that somebody is staff. Raises `PermissionDenied`."""
    if not may(request, permission):
        raise PermissionDenied


def may(request: HttpRequest, permission: str) -> bool:
    return request.user.has_perm(f"content.{permission}")


def get_article(pk: int) -> Article:
    articles = Article.objects.with_published_revision().select_related("reviewer__picture")
    return get_object_or_404(articles, pk=pk)


def tabs(request: HttpRequest, article: Article, here: str) -> list[Tab]:
    """The ways from here. The editor is for those who write, and for active articles."""
    names = ("change", "checklist", "review", "revisions", "publishing")
    pages = list(zip(("Write", "Checklist", "Review", "Revisions", "On the site"), names, strict=True))
    if not (may(request, "change_article") and article.is_active):
        del pages[0]
    return [
        Tab(label, reverse(f"admin:content_article_{name}", args=[article.pk]), name == here) for label, name in pages
    ]


def show(
    request: HttpRequest, article: Article, template: str, *, title: str, here: str, **context: object
) -> TemplateResponse:
    """One of the article's pages."""
    return show_page(
        request, template, **{"article": article, "title": title, "tabs": tabs(request, article, here), **context}
    )


def show_page(request: HttpRequest, template: str, **context: object) -> TemplateResponse:
    page = admin.site.each_context(request) | {"opts": Article._meta} | context
    return TemplateResponse(request, f"admin/content/article/{template}.html", page)


def log(request: HttpRequest, article: Article, message: str) -> None:
    """One line in the article's record at the admin. `message` never holds what somebody typed."""
    admin.site.get_model_admin(Article).log_change(request, article, message)
