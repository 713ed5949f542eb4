"""How a text will look: on a phone, a tablet and a desktop side by side, in quiet mode, on paper. And who may see it.

The pages stand in frames without an address (`srcdoc`): nothing has to be stored to be looked at, no page of ours may
be framed by an address, and no script runs in them.
"""

import base64
import hashlib
import re

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.admin import article_pages, concurrent_editing, form_snapshot
from content.languages import LANGUAGES
from content.models import Article, Reviewer, Revision, ShareLink, Topic
from content.models.blocks import Audience
from content.models.revision import canonical
from content.services import sharing
from content.services.actor import actor_of
from content.services.preview import draft_page
from content.text.snapshot import Snapshot

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
WIDTHS = (("Phone", "phone"), ("Tablet", "tablet"), ("Desktop", "desktop"))
WAYS = {
    "site": ("On the site", WIDTHS),
    "loved_one": ("For someone they love", WIDTHS),
    "quiet": ("In quiet mode", WIDTHS),
    "paper": ("On paper", (("Paper", "sheet"),)),
}


@require_GET
def preview_revision(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved revision; `?as=` is one of `WAYS`."""
    article_pages.require(request, "view_article")
    revision = get_object_or_404(Revision.objects.select_related("article__reviewer__picture"), pk=pk)
    way = request.GET.get("as", "")
    return preview_page(request, revision, way, title=f"Revision {revision.number} of “{revision.article}”", fields=[])


@require_POST
def preview_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What is in the form and not saved. Nothing of it is stored."""
    article = concurrent_editing.writable(request, pk)
    data = concurrent_editing.without_buttons(request.POST)
    revision = unsaved(article, form_snapshot.full_snapshot(data))
    fields = [(name, value) for name, values in data.lists() for value in values if name != "as"]
    return preview_page(
        request, revision, request.POST.get("as", ""), title="What is in the form, not saved", fields=fields
    )


def unsaved(article: Article | None, text: Snapshot) -> Revision:
    """A revision that only this request knows. What a page cannot do without is put in."""
    if text["language"] not in dict(LANGUAGES):
        text["language"] = article.language if article else LANGUAGES[0][0]
    text["blocks"] = [block for block in text["blocks"] if block["type"] != "picture" or "src" in block]
    article = article or Article(pk=0)
    article.title, article.language = text["title"], text["language"]
    article.slug = slugify(text["slug"]) or "draft"
    article.reviewer = Reviewer.objects.select_related("picture").filter(pk=text["reviewer"]).first()
    topics = Topic.objects.filter(pk__in=text["topics"])
    article._prefetched_objects_cache = {"topics": topics}  # type: ignore[attr-defined] # reason=what prefetching sets
    snapshot = canonical({name: value for name, value in text.items() if name not in {"slug", "reviewer", "topics"}})
    return Revision(
        article=article, number=0, snapshot_json=snapshot, sha256=hashlib.sha256(snapshot.encode()).hexdigest()
    )


def preview_page(
    request: HttpRequest, revision: Revision, way: str, *, title: str, fields: list[tuple[str, str]]
) -> HttpResponse:
    has_two_audiences = any(block.get("voice") for block in revision.snapshot["blocks"])
    ways = {name: label for name, (label, _) in WAYS.items() if has_two_audiences or name != "loved_one"}
    way = way if way in ways else "site"
    audience = Audience.LOVED_ONE if way == "loved_one" else Audience.ME
    page = draft_page(request, revision, audience=audience, quiet=way == "quiet")
    if way == "paper":
        page = page.replace("@media print", "@media all")
    article, is_saved = revision.article, revision.pk is not None
    other = counterpart(article) if article.pk else None
    response = article_pages.show(
        request,
        article,
        "preview",
        title=title,
        here="revisions" if is_saved else "change",
        **({} if article.pk else {"tabs": []}),
        revision=revision,
        is_saved=is_saved,
        fields=fields,
        frame=page,
        way=way,
        ways=ways.items(),
        widths=WAYS[way][1],
        other=other,
    )
    # The frames have the policy of this page, and their one style is allowed as on the site: by its hash.
    response._csp_update = {"style-src": [allowed(style) for style in STYLE.findall(page)]}  # type: ignore[attr-defined] # reason=django-csp reads it
    return response


def allowed(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def counterpart(article: Article) -> Revision | None:
    """The newest text of the article in the other language."""
    original = article.translation_of_id
    others = Article.objects.filter(pk=original) if original else Article.objects.filter(translation_of=article)
    return Revision.objects.filter(article__in=others).select_related("article").order_by("-number").first()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """The article's links for people without an account: make one for `?revision=`, take one back."""
    article_pages.require(request, "change_article")
    article = article_pages.get_article(pk)
    links = ShareLink.objects.filter(revision__article=article)
    chosen = request.POST.get("revision") or request.GET.get("revision") or ""
    revisions = article.revisions.defer("snapshot_json")
    revision = get_object_or_404(revisions, number=chosen) if chosen.isdecimal() else revisions.first()
    do = request.POST.get("do", "")
    if do == "share" and revision and article.is_active:
        sharing.share(revision=revision, actor=actor_of(request))
        article_pages.log(
            request, article, f"Made a link to revision {revision.number} for somebody without an account."
        )
        messages.success(request, f"The link to revision {revision.number} works for {sharing.DAYS} days.")
    elif do == "revoke":
        sharing.revoke(link=get_object_or_404(links, pk=request.POST.get("link", "0")))
        article_pages.log(request, article, "Took back a link for somebody without an account.")
        messages.success(request, "The link is taken back. Whoever opens it finds nothing.")
    if request.method == "POST":
        return HttpResponseRedirect(reverse("admin:content_article_share", args=[pk]))
    every = links.select_related("revision__article", "made_by").defer("revision__snapshot_json")
    return article_pages.show(
        request,
        article,
        "share",
        title=f"Links to drafts of “{article}”",
        here="revisions",
        revision=revision,
        days=sharing.DAYS,
        links=[(link, link_address(link) if link.is_valid else "") for link in every.prefetch_related("openings")],
    )


def link_address(link: ShareLink) -> str:
    return f"{settings.STAFF_URL}{reverse('shared')}?key={sharing.token(link)}"
