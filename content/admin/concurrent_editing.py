"""Two people in one article: who is here, and two texts put together."""

import datetime
import functools
import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from content.admin import article_pages, form_snapshot
from content.admin.checklist import report_findings
from content.models import Article, OpenForm, Reviewer, Revision, Topic
from content.models.slugged import AddressTaken
from content.services import editing, saving
from content.services.actor import actor_of
from content.text import merging
from content.text.snapshot import Snapshot

SHOW_AGAIN = "_show_again"
NEVER_KEPT = {"csrfmiddlewaretoken", "seen", "_save", "_continue", "_addanother", "_publish", "_preview", SHOW_AGAIN}


def urls(model_admin: admin.ModelAdmin) -> list[URLPattern]:
    wrap = model_admin.admin_site.admin_view
    open_again = require_POST(functools.partial(open_kept_form, model_admin))
    return [
        path("beat/", wrap(require_POST(beat)), name="content_article_beat_new"),
        path("kept/", wrap(open_again), name="content_article_kept_new"),
        path("<int:pk>/beat/", wrap(require_POST(beat)), name="content_article_beat"),
        path("<int:pk>/kept/", wrap(open_again), name="content_article_kept"),
        path(
            "<int:pk>/merge/",
            wrap(require_POST(functools.partial(merge, model_admin))),
            name="content_article_merge",
        ),
    ]


def clock(moment: datetime.datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i")


def writable(request: HttpRequest, pk: int | None) -> Article | None:
    """The article that this account may write in; None for one that was never saved. Raises `PermissionDenied`."""
    if pk is None:
        article_pages.require(request, "add_article")
        return None
    article_pages.require(request, "change_article")
    return get_object_or_404(Article.objects.active(), pk=pk)


def address(name: str, pk: int | None) -> str:
    return reverse(f"admin:content_article_{name}", args=[pk]) if pk else reverse(f"admin:content_article_{name}_new")


def form_address(pk: int | None) -> str:
    return reverse("admin:content_article_change", args=[pk]) if pk else reverse("admin:content_article_add")


def is_only_shown(data: Mapping[str, Any]) -> bool:
    """Whether the form is handed in to be looked at: nothing is saved then."""
    return SHOW_AGAIN in data


def context(request: HttpRequest, article: Article | None) -> dict[str, object]:
    """What the form shows of colleagues, and of what was kept."""
    may = article_pages.may(request, "change_article" if article else "add_article")
    if not may or (article and not article.is_active):
        return {}
    pk = article.pk if article else None
    values: dict[str, object] = {
        "beat_url": address("beat", pk),
        "kept_url": address("kept", pk),
        "preview_url": address("preview", pk),
        "others": [],
    }
    if article and request.method == "GET":
        values["others"] = sentences(editing.others(article=article, user=actor_of(request)))
    return values


def sentences(forms: list[OpenForm]) -> list[str]:
    return [
        f"{form.user.get_username()} has this article open too, since {clock(form.opened_at)}. "
        "You can both write: whoever saves second sees both texts."
        for form in forms
    ]


def without_buttons(data: QueryDict) -> QueryDict:
    fields = data.copy()
    for name in [name for name in fields if name in NEVER_KEPT or name.startswith("part-")]:
        del fields[name]
    return fields


def beat(request: HttpRequest, pk: int | None = None) -> JsonResponse:
    """The form's script, every 20 seconds: somebody is here. Says who else is, and who saved meanwhile."""
    article = writable(request, pk)
    if article is None:
        return JsonResponse({"others": []})
    editing.record_open_form(article=article, user=actor_of(request))
    lines = sentences(editing.others(article=article, user=actor_of(request)))
    if "began_from" in request.POST and editing.stored_version(article) != began_from(request.POST):
        lines.append("This article was saved by somebody since you opened it. When you save, you see both texts.")
    return JsonResponse({"others": lines})


def open_kept_form(model_admin: Any, request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The form with a text that was kept and never saved. Opening saves nothing."""
    article = writable(request, pk)
    data: Any = model_admin.admin_site.kept_fields(request, form_address(pk))
    if data is None:
        messages.warning(request, "That text isn't kept any more: it was saved, thrown away, or is a week old.")
        return HttpResponseRedirect(form_address(pk))
    if article and editing.stored_version(article) != began_from(data):
        return ask_which(request, article.pk, data)
    messages.info(request, "This is your text as it was kept. It is not saved yet.")
    return show(model_admin, request, pk, data)


def show(model_admin: Any, request: HttpRequest, pk: int | None, data: QueryDict) -> HttpResponse:
    """The form with `data` in it, as after a save that was refused."""
    data = data.copy()
    data[SHOW_AGAIN] = "1"
    return hand_in(model_admin, request, pk, data)


def hand_in(model_admin: Any, request: HttpRequest, pk: int | None, data: QueryDict) -> HttpResponse:
    request.POST = data  # type: ignore[assignment] # reason=Django means it to be set; its stub has the type of a read
    request.path = request.path_info = form_address(pk)  # the answer leads back there
    if pk is None:
        return model_admin.add_view(request, form_address(pk))
    return model_admin.change_view(request, str(pk), form_address(pk))


def began_from(data: QueryDict) -> Snapshot:
    """What the form in `data` began from; nothing when that cannot be read."""
    try:
        base = json.loads(data.get("began_from") or "")
    except ValueError:
        return {}
    return base if isinstance(base, dict) else {}


def is_behind(request: HttpRequest, article: Article) -> bool:
    """Whether the form that is handed in began from something else than what is stored now."""
    return request.method == "POST" and editing.stored_version(article) != began_from(request.POST)


def base_of(article: Article, data: QueryDict) -> Snapshot:
    """The text that the form in `data` began from."""
    began = began_from(data)
    number = began.get("revision")
    revision = article.revisions.filter(number=number).first() if isinstance(number, int) else None
    return (form_snapshot.normalized(revision.snapshot) if revision else merging.NOTHING) | began


def ask_which(request: HttpRequest, pk: int, data: QueryDict, *, is_incomplete: bool = False) -> HttpResponse:
    """Both texts side by side, after somebody else saved first. What was typed stays kept until it is saved."""
    article = article_pages.get_article(pk)
    data = without_buttons(data)
    parts = merging.parts(
        base_of(article, data), form_snapshot.stored_snapshot(article), form_snapshot.full_snapshot(data)
    )
    names = Names(parts)
    differing = [
        names.part_context(at, part, request.POST.get(f"part-{at}", ""))
        for at, part in enumerate(parts)
        if part.differs
    ]
    newest: Revision = article.revisions.select_related("author").latest()
    return article_pages.show(
        request,
        article,
        "merge",
        title=f"Two texts of “{article}”",
        here="change",
        newest=newest,
        who=newest.author.get_username() if newest.author else "Somebody",
        parts=differing,
        same=sum(not part.differs and not part.field for part in parts),
        fields=[(name, value) for name, values in data.lists() for value in values],
        seen=json.dumps(editing.stored_version(article)),
        is_incomplete=is_incomplete,
    )


def merge(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Save the text that was chosen part by part. If it cannot be stored, the writer's own comes back in the form."""
    writable(request, pk)
    if "title" not in request.POST:
        return HttpResponseRedirect(form_address(pk))
    with transaction.atomic():
        article = Article.objects.select_for_update(of=("self",)).get(pk=pk)
        if json.dumps(editing.stored_version(article)) != request.POST.get("seen"):
            messages.warning(request, "Somebody saved the article again while you were choosing. Look once more.")
            return ask_which(request, pk, request.POST)
        parts = merging.parts(
            base_of(article, request.POST),
            form_snapshot.stored_snapshot(article),
            form_snapshot.full_snapshot(request.POST),
        )
        choices = {at: request.POST.get(f"part-{at}", "") for at in range(len(parts))}
        choices = {at: choice for at, choice in choices.items() if choice in {merging.MINE, merging.THEIRS}}
        if any(part.differs and not (part.choice or choices.get(at)) for at, part in enumerate(parts)):
            return ask_which(request, pk, request.POST, is_incomplete=True)
        text = merging.merge(parts, choices)
        try:
            revision = saving.save_text(
                article=article, text=text, author=actor_of(request), note=request.POST.get("note", "")
            )
        except (ValidationError, AddressTaken, IntegrityError) as error:
            reasons = error.messages if isinstance(error, ValidationError) else ["The address is taken."]
            messages.error(request, f"The text put together cannot be stored: {' '.join(reasons)}")
            return model_admin.show_again(request, pk)
    model_admin.log_change(request, article, "Two texts put together.")
    messages.success(request, f"Both texts were put together and saved as revision {revision.number}.")
    report_findings(request, revision)
    return HttpResponseRedirect(form_address(pk))


class Names:
    """Words for what a text holds as keys."""

    def __init__(self, parts: list[merging.Part]) -> None:
        values: dict[str, set[int]] = {}
        for part in parts:
            for value in (part.mine, part.theirs):
                if part.field in {"reviewer", "translation_of"} and value:
                    values.setdefault(part.field, set()).add(value)
                elif part.field == "topics":
                    values.setdefault("topics", set()).update(value)
                elif part.field == "related":
                    values.setdefault("related", set()).update(entry["article"] for entry in value)
        models = {"reviewer": Reviewer, "translation_of": Article, "topics": Topic, "related": Article}
        self.rows = {field: models[field]._default_manager.in_bulk(keys) for field, keys in values.items() if keys}

    def words_for(self, field: str, value: Any) -> str:
        if field == "related":
            return "\n".join(f"{self.one(field, entry['article'])}: {entry['reason']}" for entry in value)
        if field == "topics":
            return "\n".join(self.one(field, key) for key in value)
        if field in {"reviewer", "translation_of"}:
            return self.one(field, value) if value else ""
        return str(value)

    def one(self, field: str, key: int) -> str:
        return str(self.rows[field].get(key, "gone"))

    def part_context(self, at: int, part: merging.Part, chosen: str) -> dict[str, object]:
        if part.field:
            mine, theirs = self.words_for(part.field, part.mine), self.words_for(part.field, part.theirs)
        else:
            mine, theirs = merging.words_of(part.mine), merging.words_of(part.theirs)
        own, other = merging.sides(mine, theirs)
        return {
            "number": at,
            "name": part.name,
            "choice": chosen or part.choice,
            "must_choose": not part.choice,
            "versions": [
                (merging.MINE, "Yours", own, part.mine is None),
                (merging.THEIRS, "Saved", other, part.theirs is None),
            ],
            "same_words": mine == theirs,
        }
