"""Pages at addresses that what they show once had: they lead to the same page of today.

In one step, whatever the number of changes. What somebody sent there is sent again, and nothing typed is lost.
"""

import functools
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import translation

from content import languages
from content.models import Article

View = Callable[..., HttpResponse]


def at_former_addresses(view: View) -> View:
    """Marks a page of an article."""

    def today(slug: str) -> tuple[str, str] | None:
        former = {"former_addresses__language": languages.current(), "former_addresses__slug": slug}
        article = Article.objects.published().filter(**former).first()
        return (article.slug, article.language) if article else None

    return leading_on(view, today)


def at_former_slugs(kind: Any) -> Callable[[View], View]:
    """Marks a page of a kind (topics, reviewers) that is found by its slug alone."""

    def today(slug: str) -> tuple[str, str] | None:
        row = kind.objects.filter(former_slugs__slug=slug).first()
        return (row.slug, languages.current()) if row else None

    return functools.partial(leading_on, today=today)


def leading_on(view: View, today: Callable[[str], tuple[str, str] | None]) -> View:
    """`today` knows slug and language for an address of former days; None for one that never was."""

    @functools.wraps(view)
    def marked(request: HttpRequest, slug: str, **kwargs: str) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except Http404:
            target = today(slug)
            if target is None:
                raise
            return moved(request, *target, **kwargs)

    return marked


def moved(request: HttpRequest, slug: str, language: str, **kwargs: object) -> HttpResponsePermanentRedirect:
    assert request.resolver_match
    with translation.override(language):
        page = reverse(request.resolver_match.view_name, kwargs=kwargs | {"slug": slug})
    query = request.META["QUERY_STRING"]
    return HttpResponsePermanentRedirect(
        f"{page}?{query}" if query else page, preserve_request=request.method == "POST"
    )
