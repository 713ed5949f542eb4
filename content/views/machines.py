"""For readers that are programs: feed, robots.txt, security.txt, and the bytes of pictures."""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control

from content.delivery.cached_page import cached_page
from content.delivery.organisation import organisation_for, read_fallback_snapshot
from content.languages import LANGUAGES, current, long_date, root
from content.models import Article, Revision, SignOff
from content.rendering.article import title_of
from content.text.characters import without_controls

KINDS = {
    "new": gettext_lazy("New"),
    "corrected": gettext_lazy("Corrected"),
    "reviewed": gettext_lazy("Reviewed"),
}
PICTURES = {"webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Entry:
    """One event in the life of an article that is published now. Its id never changes and names nothing else."""

    kind: str  # of KINDS
    article: Article
    number: int
    at: datetime.datetime
    summary: str


class Atom(Atom1Feed):
    """Atom of whatever is stored: one control character would take the whole feed down."""

    def __init__(self, **texts: Any) -> None:
        super().__init__(**cleaned(texts))

    def add_item(self, *args: Any, **texts: Any) -> None:
        super().add_item(*args, **cleaned(texts))


def cleaned(texts: dict[str, Any]) -> dict[str, Any]:
    return {name: without_controls(text) if isinstance(text, str) else text for name, text in texts.items()}


class ArticleFeed(Feed):
    """New, corrected and reviewed articles, newest first. Each entry says which."""

    feed_type = Atom
    subtitle = gettext_lazy("New, corrected and reviewed articles about treatment and recovery")
    LENGTH = 30

    def title(self) -> str:
        return _("Articles of %(name)s") % {"name": self.author_name()}

    def author_name(self) -> str:
        return read_fallback_snapshot().centre.name  # without a query

    def link(self) -> str:
        return settings.PUBLIC_URL + reverse("content:article_list")

    def feed_url(self) -> str:
        return settings.PUBLIC_URL + reverse("content:article_feed")

    feed_guid = feed_url

    def items(self) -> list[Entry]:
        readable: Any = Article.objects.published().filter(language=current())
        published = Revision.objects.public().filter(article__in=readable.values("pk"))
        earlier = published.filter(article=OuterRef("article"), published_at__lt=OuterRef("published_at"))
        sign_offs = SignOff.objects.filter(
            Exists(readable.filter(pk=OuterRef("revision__article"), published_revision__sha256=OuterRef("sha256"))),
            full=None,  # who follows us need not hear of a comma
        ).order_by("-signed_at")
        publications = list(published.annotate(is_correction=Exists(earlier))[: self.LENGTH])
        signed = list(sign_offs.select_related("revision")[: self.LENGTH])
        articles = readable.in_bulk({row.article_id for row in [*publications, *(row.revision for row in signed)]})
        entries = [of_publication(row, articles[row.article_id]) for row in publications]
        entries += [of_sign_off(row, articles[row.revision.article_id]) for row in signed]
        return sorted(entries, key=lambda entry: entry.at, reverse=True)[: self.LENGTH]

    def item_title(self, entry: Entry) -> str:
        return f"{KINDS[entry.kind]}: {title_of(entry.article)}"

    def item_description(self, entry: Entry) -> str:
        return escape(entry.summary)  # the feed says that it is HTML

    def item_link(self, entry: Entry) -> str:
        return settings.PUBLIC_URL + entry.article.get_absolute_url()

    def item_guid(self, entry: Entry) -> str:
        host = urlsplit(settings.PUBLIC_URL).hostname
        return f"tag:{host},2026:article-{entry.article.pk}/{entry.kind}-{entry.number}"

    def item_categories(self, entry: Entry) -> tuple[str]:
        return (str(KINDS[entry.kind]),)

    def item_pubdate(self, entry: Entry) -> datetime.datetime:
        return entry.at

    item_updateddate = item_pubdate


@cached_page
def article_feed(request: HttpRequest) -> HttpResponse:
    response = ArticleFeed()(request)
    response.headers["Content-Type"] = "application/atom+xml; charset=utf-8"
    return response


def of_publication(revision: Revision, article: Article) -> Entry:
    """`revision` is annotated with `is_correction`."""
    assert revision.published_at
    is_correction = revision.is_correction  # type: ignore[attr-defined] # reason=annotated
    return Entry(
        kind="corrected" if is_correction else "new",
        article=article,
        number=revision.number,
        at=revision.published_at,
        summary=(revision.note or _("The text has changed.")) if is_correction else revision.snapshot["short_answer"],
    )


def of_sign_off(signed: SignOff, article: Article) -> Entry:
    return Entry(
        kind="reviewed",
        article=article,
        number=signed.pk,
        at=signed.signed_at,
        summary=_("Reviewed by %(who)s, on %(day)s.") % {"who": signed.who, "day": long_date(signed.signed_on)},
    )


def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {root(code)}{page}/" for code, _name in LANGUAGES for page in ("received", "return", "search")),
        f"Sitemap: {settings.PUBLIC_URL}{reverse('machines:sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def security_txt(request: HttpRequest) -> HttpResponse:
    """How to report a hole (RFC 9116). The address is the centre's; without one the message form stands in."""
    email = organisation_for(request).centre.email
    expires = timezone.now().replace(microsecond=0) + datetime.timedelta(days=180)
    lines = [
        f"Contact: mailto:{email}" if email else f"Contact: {settings.PUBLIC_URL}{reverse('admissions:contact')}",
        f"Expires: {expires.isoformat()}",
        f"Canonical: {settings.PUBLIC_URL}{reverse('machines:security_txt')}",
        "Preferred-Languages: en",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@cache_control(public=True, max_age=31_536_000, immutable=True)
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture by the hash of its bytes. Its own policy lets nothing in it run."""
    try:
        file = default_storage.open(name)
    except OSError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=PICTURES[name.rpartition(".")[2]])
    response._csp_replace = {"default-src": ["'none'"], "sandbox": True}  # type: ignore[attr-defined] # reason=how django-csp names it
    return response
