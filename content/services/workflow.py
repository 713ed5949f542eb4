"""A text goes from hand to hand, and people talk about it. Who is concerned is told that something waits, no more."""

from collections.abc import Iterable
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from content.models import Article, Comment, Handover, Revision, StaffMail
from content.text.block_keys import keys_of

Row = TypeVar("Row", Handover, Comment)


class NotWaiting(Exception):
    """The text is not with its reviewer (any more), so that it cannot be returned."""


class AlreadyPublished(Exception):
    """Visitors have read this text or will on its date. What is handed in is a text that they have not."""


def step_of(article: Article) -> Handover | None:
    """Where the article's text stands: its open handover, with `is_signed`. None: nobody waits for anything."""
    open_ones = Handover.objects.open().select_related("revision", "by")
    return open_ones.filter(revision__article=article).first()


@transaction.atomic
def hand_in(*, revision: Revision, actor: User, note: str = "") -> Handover:
    """Give this text to the article's reviewer. Handing in what is there already changes nothing.

    Told is whoever acts next: the account that signs, or the publishers when there is none or nothing left to sign.

    Raises `AlreadyPublished`.
    """
    article = (
        Article.objects.select_for_update(of=("self",)).select_related("reviewer__user").get(pk=revision.article_id)
    )
    revision.refresh_from_db(fields=["published_at"])
    if revision.published_at is not None:
        raise AlreadyPublished
    step = step_of(article)
    if step is not None and step.kind == Handover.Kind.HANDED_IN and step.revision_id == revision.pk:
        return step
    handed_in = save_valid(Handover(revision=revision, kind=Handover.Kind.HANDED_IN, note=note.strip(), by=actor))
    is_signed = Handover.objects.signed().filter(revision__article=article).exists()
    reads_it = None if is_signed else signer(article)
    notify([reads_it] if reads_it and reads_it != actor else publishers(), besides=actor)
    return handed_in


def signer(article: Article) -> User | None:
    """The account that signs for the article's reviewer; None when nobody can, and a publisher has to see to it."""
    account = article.reviewer.user if article.reviewer else None
    return account if account and account.is_active else None


@transaction.atomic
def send_back(*, revision: Revision, actor: User, note: str) -> Handover:
    """Return a text to whoever handed it in. Raises `NotWaiting`, and `ValidationError` without a word why."""
    article = Article.objects.select_for_update().get(pk=revision.article_id)
    step = step_of(article)
    if step is None or step.kind != Handover.Kind.HANDED_IN or step.revision_id != revision.pk:
        raise NotWaiting
    returned = save_valid(Handover(revision=revision, kind=Handover.Kind.RETURNED, note=note.strip(), by=actor))
    notify([step.by], besides=actor)
    return returned


@transaction.atomic
def comment(*, revision: Revision, place: str, text: str, actor: User) -> Comment:
    """Begin a thread at a block of this text, or about all of it when `place` is empty. Raises `ValidationError`."""
    if place and place not in keys_of(revision.snapshot["blocks"]):
        raise ValidationError({"text": "That part is no longer in this text. Comment on the text as a whole."})
    thread = save_valid(Comment(revision=revision, place=place, text=text.strip(), by=actor))
    notify(participants(thread), besides=actor)
    return thread


@transaction.atomic
def answer(*, thread: Comment, text: str, actor: User) -> Comment:
    """Say something in a thread that is open. Raises `ValidationError`."""
    thread = locked(thread)
    if thread.resolved_at is not None:
        raise ValidationError({"text": "Somebody closed this thread in the meantime. Begin a new one."})
    reply = save_valid(
        Comment(revision=thread.revision, place=thread.place, thread=thread, text=text.strip(), by=actor)
    )
    notify(participants(thread), besides=actor)
    return reply


@transaction.atomic
def resolve(*, thread: Comment, actor: User) -> None:
    """Close a thread. Who did it first, and when, stays."""
    thread = locked(thread)
    if thread.resolved_at is None:
        thread.resolved_at, thread.resolved_by = timezone.now(), actor
        thread.save(update_fields=["resolved_at", "resolved_by"])


def locked(thread: Comment) -> Comment:
    threads = Comment.objects.threads().select_for_update(of=("self",))
    return threads.select_related("revision__author", "by").get(pk=thread.pk)


def save_valid(row: Row) -> Row:
    row.full_clean()
    row.save()
    return row


def participants(thread: Comment) -> list[User]:
    """Who wrote or handed in the text, and who spoke in the thread."""
    handed_in = Handover.objects.filter(revision=thread.revision, kind=Handover.Kind.HANDED_IN).select_related("by")
    answers = thread.answers.select_related("by")
    people = [thread.revision.author, thread.by, *(each.by for each in handed_in), *(each.by for each in answers)]
    return [person for person in people if person]


def publishers() -> Iterable[User]:
    return get_user_model().objects.with_perm("content.publish_article", include_superusers=False)


def notify(people: Iterable[User], *, besides: User | None = None) -> None:
    """Each of them gets a mail that something waits. Whoever has no address sees it on the start page."""
    now = timezone.now()
    for person in {person.pk: person for person in people}.values():
        if person != besides and person.is_active and person.email:
            StaffMail.objects.update_or_create(to=person, defaults={"since": now}, create_defaults={"to": person})
