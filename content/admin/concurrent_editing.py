"""Two people in one article: who is here, and two texts put together."""

import datetime
import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from content.admin import article_pages, form_snapshot
from content.admin.checklist import report_findings
from content.admin.form_snapshot import UnsavedText
from content.models import Article, OpenForm, Reviewer, Revision, Topic
from content.models.slugged import AddressTaken
from content.services import editing, saving
from content.services.actor import actor_of
from content.text import merging, retention
from content.text.snapshot import Snapshot

NEVER_KEPT = {"csrfmiddlewaretoken", "seen", "_save", "_continue", "_addanother", "_publish", "_preview"}

ROWS: dict[str, type[Model]] = {"reviewer": Reviewer, "translation_of": Article, "topics": Topic, "related": Article}


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


def context(request: HttpRequest, article: Article | None) -> dict[str, object]:
    """What the form of somebody who may write shows of colleagues, and which kept text it is filled with."""
    pk = article.pk if article else None
    others = editing.others(article=article, user=actor_of(request)) if article and request.method == "GET" else []
    return {
        "beat_url": address("beat", pk),
        "preview_url": address("preview", pk),
        "others": sentences(others),
        "kept_form": request.GET["kept"] if unsaved_text(request) else "",
    }


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


@require_POST
def beat(request: HttpRequest, pk: int | None = None) -> JsonResponse:
    """The form's script, every 20 seconds: somebody is here. Says who else is, and who saved meanwhile."""
    article = writable(request, pk)
    if article is None:
        return JsonResponse({"others": []})
    editing.record_open_form(article=article, user=actor_of(request))
    lines = sentences(editing.others(article=article, user=actor_of(request)))
    if "began_from" in request.POST and is_behind(article, request.POST):
        lines.append("This article was saved by somebody since you opened it. When you save, you see both texts.")
    return JsonResponse({"others": lines})


def open_kept_text(model_admin: Any, request: HttpRequest, article: Article | None) -> HttpResponse | None:
    """Fill the form that the request shows with the text that `?kept=` names. Opening saves nothing.

    The answer, when it is not the form: the page of two texts, where somebody saved meanwhile and nothing is chosen.
    """
    if "kept" not in request.GET or request.method == "POST":
        return None
    data: QueryDict | None = model_admin.admin_site.kept_fields(request)
    if data is None:
        age = retention.period("unsent_texts")
        messages.warning(request, f"That text isn't kept any more: it was saved, thrown away, or is {age} old.")
        return HttpResponseRedirect(request.path)
    text, began = form_snapshot.full_snapshot(data), version_in(data, "began_from")
    if article and is_behind(article, data):
        merged = merging.merge(parts_of(article, data), choices_of(data)) if has_seen(article, data) else None
        if merged is None:
            return ask_which(request, article, data)
        text, began = merged, version_in(data, "seen")
    extra: dict[str, object] = {"began_from": began, "note": data.get("note", "")}
    request.unsaved_text = UnsavedText(text, article, extra)  # type: ignore[attr-defined] # reason=hooks read it
    return None


def unsaved_text(request: HttpRequest) -> UnsavedText | None:
    """What the form shows in place of what is stored."""
    return getattr(request, "unsaved_text", None)


def version_in(data: QueryDict, name: str) -> Snapshot:
    """The `stored_version` that a field holds: what a form began from, or was chosen against. Else nothing."""
    try:
        version = json.loads(data.get(name) or "")
    except ValueError:
        return {}
    return version if isinstance(version, dict) else {}


def is_behind(article: Article, data: QueryDict) -> bool:
    """Whether the form in `data` began from something else than what is stored now."""
    return editing.stored_version(article) != version_in(data, "began_from")


def has_seen(article: Article, data: QueryDict) -> bool:
    """Whether the choices in `data` were made between its text and what is stored now."""
    return editing.stored_version(article) == version_in(data, "seen")


def parts_of(article: Article, data: QueryDict) -> list[merging.Part]:
    """The text in `data` and the stored one, seen from the text that the form in `data` began from."""
    began = version_in(data, "began_from")
    number = began.get("revision")
    revision = article.revisions.filter(number=number).first() if isinstance(number, int) else None
    base = began | (form_snapshot.normalized(revision.snapshot) if revision else merging.NOTHING)
    return merging.parts(base, form_snapshot.stored_snapshot(article), form_snapshot.full_snapshot(data))


def choices_of(data: QueryDict) -> dict[int, str]:
    """The side that was chosen, by the number of the part."""
    return {
        at: side
        for name, side in data.items()
        if name.startswith("part-") and side in {merging.MINE, merging.THEIRS}
        if (at := form_snapshot.number(name.removeprefix("part-"))) is not None
    }


def ask_which(request: HttpRequest, article: Article, data: QueryDict, *, is_incomplete: bool = False) -> HttpResponse:
    """Both texts side by side, after somebody else saved first. What was typed stays kept until it is saved."""
    article = article_pages.get_article(article.pk)
    parts, choices = parts_of(article, data), choices_of(data)
    newest: Revision = article.revisions.select_related("author").latest()
    return article_pages.show(
        request,
        article,
        "merge",
        title=f"Two texts of “{article}”",
        here="change",
        newest=newest,
        who=newest.author.get_username() if newest.author else "Somebody",
        parts=[part_context(at, part, choices.get(at, "")) for at, part in enumerate(parts) if part.differs],
        same=sum(not part.differs and not part.field for part in parts),
        fields=[(name, value) for name, values in without_buttons(data).lists() for value in values],
        seen=json.dumps(editing.stored_version(article)),
        is_incomplete=is_incomplete,
    )


@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the text that was chosen part by part. One that cannot be stored is opened in the form, to be mended."""
    writable(request, pk)
    form = reverse("admin:content_article_change", args=[pk])
    if "title" not in request.POST:
        return HttpResponseRedirect(form)
    with transaction.atomic():
        article = Article.objects.select_for_update(of=("self",)).get(pk=pk)
        if not has_seen(article, request.POST):
            messages.warning(request, "Somebody saved the article again while you were choosing. Look once more.")
            return ask_which(request, article, request.POST)
        text = merging.merge(parts_of(article, request.POST), choices_of(request.POST))
        if text is None:
            return ask_which(request, article, request.POST, is_incomplete=True)
        try:
            revision = saving.save_text(
                article=article, text=text, author=actor_of(request), note=request.POST.get("note", "")
            )
        except (ValidationError, AddressTaken, IntegrityError) as error:
            messages.error(request, f"The text put together cannot be stored: {reasons(error)}")
            return HttpResponseRedirect(f"{form}?{urlencode({'kept': request.POST.get('staff_form', '')})}")
    article_pages.log(request, article, "Two texts put together.")
    messages.success(request, f"Both texts were put together and saved as revision {revision.number}.")
    report_findings(request, revision)
    return HttpResponseRedirect(form)


def reasons(error: Exception) -> str:
    """Why a text cannot be stored, in words."""
    if not isinstance(error, ValidationError):
        return "The address is taken."
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    fields = {name: capfirst(name).replace("_", " ") + ": " for name in error.message_dict} | {NON_FIELD_ERRORS: ""}
    return " ".join(f"{fields[name]}{line}" for name, lines in error.message_dict.items() for line in lines)


def in_words(field: str, value: Any) -> str:
    """What a field holds, with the names of rows for their keys."""
    if field not in ROWS:
        return str(value)
    entries = value if isinstance(value, list) else [value] if value else []
    keys = [entry["article"] if field == "related" else entry for entry in entries]
    rows = ROWS[field]._default_manager.in_bulk(keys)
    names = [str(rows.get(key, "gone")) for key in keys]
    if field == "related":
        names = [f"{name}: {entry['reason']}" for name, entry in zip(names, entries, strict=True)]
    return "\n".join(names)


def part_context(at: int, part: merging.Part, chosen: str) -> dict[str, object]:
    if part.field:
        mine, theirs = in_words(part.field, part.mine), in_words(part.field, part.theirs)
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
