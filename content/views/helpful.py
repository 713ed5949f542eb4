"""“Was this page helpful?”: a page of its own, so that the article stays without a form and without a cookie."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from content import languages
from content.delivery.cached_page import cached_page
from content.delivery.quiet_mode import QUIET, is_quiet
from content.forms import HelpfulForm
from content.models import Article
from content.rendering.article import title_of
from content.services import organisation
from content.views.moved import at_former_addresses


class SeeOther(HttpResponseRedirect):
    status_code = 303  # the browser asks for the next page with GET, and going back does not send the form again


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@at_former_addresses
def article_helpful(request: HttpRequest, slug: str) -> HttpResponse:
    article = published(slug)
    form = HelpfulForm(request.POST if request.method == "POST" else None)
    status, is_full = 200, False
    if form.is_bound and form.is_valid():
        if organisation.store_answer(article=article, place=str(getattr(request, "place", "")), **form.cleaned_data):
            thanks = reverse("content:article_helpful_thanks", args=[slug])
            return SeeOther(f"{thanks}?{QUIET}" if is_quiet(request) else thanks)
        status, is_full = 429, True
    page = {"title": title_of(article), "url": article.get_absolute_url()}
    counterpart = article.counterpart_url("content:article_helpful")
    context = {"page": page, "slug": slug, "form": form, "is_full": is_full, "counterpart": counterpart}
    # With typed words it is never compressed, since its length would tell of them (BREACH).
    show = render if form.is_bound else gzip_page(render)
    return show(request, "content/article_helpful.html", context, status=status)


@cached_page
@at_former_addresses
def article_helpful_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    article = published(slug)
    page = {"title": title_of(article), "url": article.get_absolute_url()}
    counterpart = article.counterpart_url("content:article_helpful_thanks")
    return render(request, "content/article_helpful_thanks.html", {"page": page, "counterpart": counterpart})


def published(slug: str) -> Article:
    """Raises `Http404`."""
    return get_object_or_404(Article.objects.published().with_counterpart(), slug=slug, language=languages.current())
