"""Two revisions of an article side by side in the reader's type, and the way back to an older text."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from content.admin import article_pages
from content.models import Article, Revision, Source
from content.services import saving
from content.services.actor import actor_of
from content.text.diff import difference, staff_only_changes


@require_GET
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """From the older one of `?one=` and `?other=` to the newer one. Both are numbers of revisions of this article."""
    article_pages.require(request, "view_article")
    article = article_pages.get_article(pk)
    chosen = {request.GET.get(name, "") for name in ("one", "other")} - {""}
    if len(chosen) < 2:
        messages.warning(request, "Choose two different revisions to compare.")
        return HttpResponseRedirect(reverse("admin:content_article_revisions", args=[pk]))
    numbers = [int(number) for number in chosen if number.isdecimal() and len(number) < 9]
    revisions = article.revisions.select_related("author").filter(number__in=numbers)
    pair = sorted(revisions, key=lambda revision: revision.number)
    if len(pair) < 2:
        raise Http404
    old, new = pair
    return article_pages.show(
        request,
        article,
        "compare",
        title=f"Revisions {old.number} and {new.number} of “{article}”",
        here="revisions",
        old=old,
        new=new,
        publication=compared(old, new),
        newest=article.revisions.latest(),
        may_restore=article_pages.may(request, "change_article") and article.is_active,
    )


def compared(old: Revision, new: Revision) -> dict[str, object]:
    """What `components/difference.html` shows, and what only staff see of a text."""
    before, after = old.snapshot, new.snapshot
    changed = difference(before, after)
    sources = Source.objects.by_key(changed.sources_added + changed.sources_removed)
    related = {entry["article"] for snapshot in (before, after) for entry in snapshot["related"]}
    titles = dict(Article.objects.filter(pk__in=related).values_list("pk", "title"))
    return {
        "before": old.number,
        "changes": changed.changes + staff_only_changes(before, after, titles=titles),
        "sources_added": [sources[key].citation for key in changed.sources_added if key in sources],
        "sources_removed": [sources[key].citation for key in changed.sources_removed if key in sources],
    }


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """The text of this revision becomes the newest draft. What visitors read stays as it is."""
    article_pages.require(request, "change_article")
    revision = get_object_or_404(Revision.objects.select_related("article"), pk=pk)
    back = HttpResponseRedirect(reverse("admin:content_article_revisions", args=[revision.article_id]))
    if not revision.article.is_active:
        messages.error(request, "The article is in the archive or in the trash. Restore it first.")
        return back
    newest = revision.article.revisions.latest()
    note = request.POST.get("note", "").strip()[:200]
    restored = saving.restore(revision=revision, author=actor_of(request), note=note)
    if restored.number <= newest.number:
        messages.info(request, f"The newest text is the same as revision {revision.number}: nothing was changed.")
        return back
    article_pages.log(request, revision.article, f"Restored the text of revision {revision.number}.")
    messages.success(
        request,
        f"Revision {restored.number} is a new draft with the text of revision {revision.number}. "
        "Nothing else was changed, and everything that was saved since is kept here.",
    )
    return back
