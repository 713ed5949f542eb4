"""The sitemap: every page that may be indexed, in each of its languages, and beside each the editions in the others."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from content.delivery.cached_page import cached_page
from content.languages import ENGLISH, LANGUAGES, SPANISH
from content.models import Article, Notice, Reviewer, Topic
from content.rendering.structured_data import absolute

BOTH = [code for code, _name in LANGUAGES]
PAGES = (
    "content:home",
    "content:article_list",
    "content:article_a_z",
    "content:help_now",
    "content:what_to_say",
    "content:glossary",
    "content:stored",
    "content:leaving",
)


@dataclass(frozen=True)
class Edition:
    """One page in one language. `all` are the paths of its editions by language, this one among them."""

    language: str
    all: dict[str, str]
    changed: datetime.datetime | None = None

    @property
    def entry(self) -> dict[str, object]:
        """As the template of Django's sitemaps takes it. Under PUBLIC_URL, whatever host the request claims."""
        editions = [*self.all.items(), ("x-default", self.all[ENGLISH])] if len(self.all) > 1 else []
        return {
            "location": absolute(self.all[self.language]),
            "lastmod": self.changed,
            "alternates": [{"lang_code": code, "location": absolute(path)} for code, path in editions],
        }


def articles() -> list[Edition]:
    """When what readers see was published, or last confirmed by a reviewer: saving a draft changes nothing."""
    readable: Any = Article.objects.published().with_review_time().order_by("slug")
    # Not rows: each would carry a whole text along.
    entries = list(
        readable.values_list(
            "pk", "translation_of", "language", "slug", "published_revision__published_at", "reviewed_at"
        )
    )
    paths: dict[int, dict[str, str]] = {}
    for key, original, language, slug, *_dates in sorted(entries, key=lambda row: row[2]):
        paths.setdefault(original or key, {})[language] = Article(slug=slug, language=language).get_absolute_url()
    return [
        Edition(language, paths[original or key], max(filter(None, dates), default=None))
        for key, original, language, _slug, *dates in entries
    ]


def pages() -> list[Edition]:
    notices = set(Notice.objects.values_list("kind", "language"))
    topics = {code: set(Topic.objects.visible(code).values_list("slug", flat=True)) for code in BOTH}
    entries = [in_languages(BOTH, name) for name in PAGES]
    entries += [
        in_languages([code for code in BOTH if (kind, code) in notices], f"content:{kind}")
        for kind in Notice.Kind.values
    ]
    entries += [
        in_languages([code for code in BOTH if slug in topics[code]], "content:topic_detail", slug)
        for slug in Topic.objects.values_list("slug", flat=True)
    ]
    entries += [
        in_languages([ENGLISH, SPANISH] if biography_es else [ENGLISH], "content:reviewer_detail", slug)
        for slug, biography_es in Reviewer.objects.order_by("slug").values_list("slug", "biography_es")
    ]
    return [Edition(code, paths) for paths in entries for code in paths]


def in_languages(codes: list[str], name: str, *args: str) -> dict[str, str]:
    """The path of a page in each of these languages."""
    paths = {}
    for code in codes:
        with translation.override(code):
            paths[code] = reverse(name, args=args)
    return paths


@cached_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """All of it at one address."""
    entries = [edition.entry for edition in (*pages(), *articles())]
    response = render(request, "sitemap.xml", {"urlset": entries}, content_type="application/xml")
    response.headers["X-Robots-Tag"] = "noindex"  # the list itself is no answer to a search
    return response
