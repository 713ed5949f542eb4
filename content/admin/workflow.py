"""“Review”: where a text stands, who has it, and what people say about its parts."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from content.admin import article_pages
from content.admin.lists import PlainFilter
from content.admin.revisions import may_sign
from content.forms import Lines
from content.models import Article, Comment, Handover, Revision
from content.models.article import ArticleQuerySet
from content.models.workflow import HandoverQuerySet
from content.services import workflow
from content.services.actor import actor_of
from content.text import diff, rich_text
from content.text.block_keys import keys_of
from content.text.snapshot import BlockData

WHOLE_TEXT = "The text as a whole"


class NoteForm(forms.Form):
    note = forms.CharField(
        label="A word to the reviewer",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="What is new, and what you are not sure about. Colleagues read it; readers do not.",
    )


class ReturnForm(NoteForm):
    note = forms.CharField(
        label="What is missing",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="One sentence for the writer. What belongs to one part, say there, as a comment.",
        error_messages={"required": "Say in a sentence what is missing."},
    )


class CommentForm(forms.Form):
    text = Lines(
        label="Your comment",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"required": "Write what you want to say."},
    )


@dataclass
class Place:
    """A part of the text with what was said about it."""

    key: str
    name: str
    html: SafeString | str = ""
    threads: list[Comment] = field(default_factory=list)
    closed: list[Comment] = field(default_factory=list)
    form: forms.Form | None = None

    @property
    def anchor(self) -> str:
        return f"place-{self.key}"


def address(article: Article, anchor: str = "") -> str:
    url = reverse("admin:content_article_review", args=[article.pk])
    return f"{url}#{anchor}" if anchor else url


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the text that waits, or else the newest; does what a button says. A refused form comes back as typed."""
    article_pages.require(request, "view_article")
    article = article_pages.get_article(pk)
    step = workflow.step_of(article)
    revision = revision_of(request, article, step)
    do = request.POST.get("do", "")
    forms_by_name = {"hand_in": NoteForm, "send_back": ReturnForm, "comment": CommentForm, "answer": CommentForm}
    form = forms_by_name[do](request.POST) if do in forms_by_name else None
    if request.method == "POST":
        check_rights(request, article, do)
        if revision is not None and (form is None or form.is_valid()):
            try:
                anchor = MOVES[do](request, revision, form.cleaned_data if form else {}) if do in MOVES else ""
            except ValidationError as error:
                assert form is not None
                for message in error.messages:
                    form.add_error(None, message)
            else:
                return HttpResponseRedirect(address(article, anchor))
    parts = [] if revision is None else with_comments(revision)
    if form is not None and do in {"comment", "answer"}:
        attach_form(parts, request.POST, form)
    newest = article.revisions.first()
    may_return = may_send_back(request, article)
    return article_pages.show(
        request,
        article,
        "review",
        title=f"Review of “{article}”",
        here="review",
        step=step,
        revision=revision,
        newest=newest,
        is_newest=revision == newest,
        places=parts,
        steps=Handover.objects.filter(revision__article=article).select_related("by", "revision"),
        hand_in_form=form if do == "hand_in" else NoteForm(auto_id="hand_in_%s"),
        return_form=form if do == "send_back" else ReturnForm(auto_id="return_%s"),
        comment_form=CommentForm(auto_id=False),
        may_hand_in=may_hand_in(request, article, newest, step),
        may_return=may_return and step is not None and step.kind == Handover.Kind.HANDED_IN,
        may_sign=may_sign(request, article),
        may_publish=article_pages.may(request, "publish_article"),
        may_comment=article_pages.may(request, "add_comment"),
        may_resolve=article_pages.may(request, "change_comment"),
    )


def revision_of(request: HttpRequest, article: Article, step: Handover | None) -> Revision | None:
    """The one that a form names; else the one that waits; else the newest."""
    chosen = request.POST.get("revision", "")
    if chosen.isdecimal():
        return get_object_or_404(article.revisions, pk=chosen)
    if step is not None and step.kind == Handover.Kind.HANDED_IN:
        return step.revision
    return article.revisions.first()


def may_hand_in(request: HttpRequest, article: Article, newest: Revision | None, step: Handover | None) -> bool:
    """Whether the newest text is one that neither the reviewer nor the readers have."""
    if newest is None or newest.published_at is not None or not article.is_active:
        return False
    is_there = step is not None and step.kind == Handover.Kind.HANDED_IN and step.revision_id == newest.pk
    return article_pages.may(request, "add_handover") and not is_there


def may_send_back(request: HttpRequest, article: Article) -> bool:
    return may_sign(request, article) or article_pages.may(request, "publish_article")


def check_rights(request: HttpRequest, article: Article, do: str) -> None:
    """Nobody posts here who could only read."""
    wanted = {"hand_in": "add_handover", "resolve": "change_comment"}.get(do, "add_comment")
    article_pages.require(request, wanted)
    if do == "send_back" and not may_send_back(request, article):
        raise PermissionDenied


def with_comments(revision: Revision) -> list[Place]:
    """The parts of the text in their order, each with its threads; what was said of parts that are gone comes last."""
    blocks = revision.snapshot["blocks"]
    parts = [Place("", WHOLE_TEXT, revision.snapshot["short_answer"])]
    parts += [
        Place(key, diff.name_of(block), html_of(block)) for key, block in zip(keys_of(blocks), blocks, strict=True)
    ]
    by_key = {place.key: place for place in parts}
    answers = Prefetch("answers", Comment.objects.select_related("by"))
    threads = Comment.objects.threads().filter(revision__article=revision.article_id)
    for thread in threads.select_related("by", "resolved_by", "revision").prefetch_related(answers):
        place = by_key.get(thread.place)
        if place is None:
            place = by_key[thread.place] = Place(thread.place, "A part that is no longer in this text")
            parts.append(place)
        (place.threads if thread.resolved_at is None else place.closed).append(thread)
    return parts


def html_of(block: BlockData) -> SafeString | str:
    if "src" in block:
        picture = '<p><img src="{}" alt="" width="{}" height="{}"></p><p>{}</p>'
        return format_html(picture, block["src"], block["width"], block["height"], diff.text_of(block))
    if not block.get("text"):
        return diff.text_of(block)
    return (
        format_html("<p>{}</p>{}", block["meaning"], rich_text.safe(block["text"]))
        if "meaning" in block
        else rich_text.safe(block["text"])
    )


def attach_form(parts: list[Place], posted: QueryDict, form: forms.Form) -> None:
    """What was typed and refused stands again where it was typed."""
    for place in parts:
        if posted.get("do") == "answer":
            for thread in place.threads:
                if str(thread.pk) == posted.get("thread"):
                    thread.form = form  # type: ignore[attr-defined] # reason=read by the template of this page alone
                    return
        elif place.key == posted.get("place"):
            place.form = form
            return
    parts[0].form = form


def articles_of(articles: ArticleQuerySet, handovers: HandoverQuerySet) -> ArticleQuerySet:
    return articles.filter(pk__in=handovers.values("revision__article"))


def waiting_for(articles: ArticleQuerySet, user: User) -> ArticleQuerySet:
    mine = Handover.objects.with_reviewer().filter(revision__article__reviewer__user=user)
    return articles_of(articles, mine) | articles_of(articles, Handover.objects.returned_to(user))


class WorkFilter(PlainFilter):
    title, parameter_name = "work", "work"
    asks = {
        "mine": ("waits for me", waiting_for),
        "review": ("with the reviewer", lambda articles, user: articles_of(articles, Handover.objects.with_reviewer())),
        "returned": (
            "returned to the writer",
            lambda articles, user: articles_of(articles, Handover.objects.returned()),
        ),
        "publish": ("signed, to be published", lambda articles, user: articles_of(articles, Handover.objects.signed())),
    }


def state_words(step: Handover, *, is_signed: bool) -> str:
    """Where a text stands, in a few words."""
    if step.kind == Handover.Kind.RETURNED:
        return "returned to the writer"
    return "signed, to be published" if is_signed else "with the reviewer"


REVIEW_STATES = {
    "reviewed": "reviewed",
    "awaited": "awaited",
    "edited": "edited since, or a source has changed",
    "overdue": "overdue",
    "expired": "license has run out",
}


def reviewed(state: str, articles: Any, user: User) -> ArticleQuerySet:
    return articles.filter(review_state=state)


class ReviewFilter(PlainFilter):
    title, parameter_name = "review of what is on the site", "review"
    asks = {state: (words, partial(reviewed, state)) for state, words in REVIEW_STATES.items()}


# What the buttons do; each returns the place to come back to.


def hand_in(request: HttpRequest, revision: Revision, typed: dict[str, str]) -> str:
    try:
        workflow.hand_in(revision=revision, actor=actor_of(request), note=typed["note"])
    except workflow.AlreadyPublished:
        messages.error(request, "This text is published already. Change it, save it, then hand it in.")
        return ""
    article_pages.log(request, revision.article, f"Handed in revision {revision.number} for review.")
    if workflow.signer(revision.article):
        messages.success(request, f"Revision {revision.number} is with the reviewer.")
    else:
        sentence = "Revision {} is handed in. No account signs for its reviewer, so the publishers have it."
        messages.warning(request, sentence.format(revision.number))
    return ""


def send_back(request: HttpRequest, revision: Revision, typed: dict[str, str]) -> str:
    try:
        workflow.send_back(revision=revision, actor=actor_of(request), note=typed["note"])
    except workflow.NotWaiting:
        messages.error(request, "This text is no longer with the reviewer. Below is how it stands now.")
    else:
        article_pages.log(request, revision.article, f"Returned revision {revision.number} to its writer.")
        messages.success(request, f"Revision {revision.number} is back with its writer.")
    return ""


def comment(request: HttpRequest, revision: Revision, typed: dict[str, str]) -> str:
    key = request.POST.get("place", "")
    workflow.comment(revision=revision, place=key, text=typed["text"], actor=actor_of(request))
    return f"place-{key}"


def answer(request: HttpRequest, revision: Revision, typed: dict[str, str]) -> str:
    thread = thread_of(request, revision)
    workflow.answer(thread=thread, text=typed["text"], actor=actor_of(request))
    return f"place-{thread.place}"


def resolve(request: HttpRequest, revision: Revision, typed: dict[str, str]) -> str:
    thread = thread_of(request, revision)
    workflow.resolve(thread=thread, actor=actor_of(request))
    return f"place-{thread.place}"


def thread_of(request: HttpRequest, revision: Revision) -> Comment:
    threads = Comment.objects.threads().filter(revision__article=revision.article_id)
    key = request.POST.get("thread", "")
    return get_object_or_404(threads, pk=key if key.isdecimal() else 0)


MOVES = {
    "hand_in": hand_in,
    "send_back": send_back,
    "comment": comment,
    "answer": answer,
    "resolve": resolve,
}
