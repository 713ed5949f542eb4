"""Pages of articles at addresses that these articles once had."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import translation

from content import languages
from content.models import Article


def at_former_addresses(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a page of an article: at an address that the article once had it leads to the same page of today.

    In one step, whatever the number of changes. What somebody sent there is sent again, and nothing typed is lost.
    """

    @functools.wraps(view)
    def marked(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except Http404:
            articles = Article.objects.published()
            article = articles.filter(
                former_addresses__language=languages.current(), former_addresses__slug=slug
            ).first()
            if article is None:
                raise
            return moved(request, article, **kwargs)

    return marked


def moved(request: HttpRequest, article: Article, **kwargs: Any) -> HttpResponsePermanentRedirect:
    assert request.resolver_match
    with translation.override(article.language):
        page = reverse(request.resolver_match.view_name, kwargs=kwargs | {"slug": article.slug})
    query = request.META["QUERY_STRING"]
    return HttpResponsePermanentRedirect(
        f"{page}?{query}" if query else page, preserve_request=request.method == "POST"
    )
