"""The public history of an article: what visitors could read, when, why it changed and who had checked it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from content import languages
from content.delivery.cached_page import cached_page
from content.languages import long_date
from content.models import Article, Revision, SignOff, Source
from content.text.diff import difference
from content.views.moved import at_former_addresses


@cached_page
@at_former_addresses
def article_history(request: HttpRequest, slug: str, number: str | None = None) -> HttpResponse:
    """Every publication as one line; below the chosen one, or the newest, what changed in it word by word.

    One difference a page, so that a long history costs no more than a short one.
    """
    articles = Article.objects.published().with_counterpart()
    article = get_object_or_404(articles, slug=slug, language=languages.current())
    assert article.published_revision
    public = list(article.revisions.public().defer("snapshot_json"))
    chosen = next((at for at, revision in enumerate(public) if number in (None, str(revision.number))), None)
    if chosen is None:
        raise Http404
    sign_offs = SignOff.objects.filter(revision__article=article).select_related("full")
    checked = {signed.sha256: signed for signed in sign_offs.order_by("signed_at")}
    publications = [publication(revision, article=article, checked=checked) for revision in public]
    if chosen + 1 < len(public):
        publications[chosen] |= compared(public[chosen + 1], public[chosen])
    publications[chosen]["is_chosen"] = True
    publications[-1]["is_first"] = True
    context = {
        "page": {"title": article.published_revision.snapshot["title"], "url": article.get_absolute_url()},
        "slug": slug,
        "publications": publications,
        "counterpart": article.counterpart_url("content:article_history"),
    }
    return render(request, "content/article_history.html", context)


def publication(revision: Revision, *, article: Article, checked: dict[str, SignOff]) -> dict[str, object]:
    signed = checked.get(revision.sha256)
    return {
        "number": revision.number,
        "published_at": revision.published_at,
        "note": revision.note,
        "is_on_the_site": revision == article.published_revision,
        "review_line": (
            _("Checked by %(who)s, on %(day)s.") % {"who": signed.who, "day": long_date(signed.reviewed_on)}
            if signed
            else _("No reviewer has signed this text.")
        ),
    }


def compared(before: Revision, after: Revision) -> dict[str, object]:
    changed = difference(before.snapshot, after.snapshot)
    sources = Source.objects.by_key(changed.sources_added + changed.sources_removed)
    return {
        "before": before.number,
        "changes": changed.changes,
        "sources_added": [sources[key].citation for key in changed.sources_added if key in sources],
        "sources_removed": [sources[key].citation for key in changed.sources_removed if key in sources],
    }
