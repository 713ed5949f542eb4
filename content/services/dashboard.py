"""What waits for the people who keep the content true, what is due and what broke: for the staff's start page.

Each of the three costs a number of queries that depends on the account's rights alone.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone

from content.models import (
    Article,
    Centre,
    Comment,
    Handover,
    HelpLine,
    Link,
    LiveFinding,
    ReaderAnswer,
    Reviewer,
    Source,
)
from content.models.centre import FICTION

WARN_BEFORE = datetime.timedelta(days=60)  # a licence takes weeks to renew
NAMED = 10  # texts named on the start page; the list behind has them all
REVIEWS = {  # states of `Article.objects.with_review_state` that somebody should end
    "awaited": "article{s} on the site that no reviewer has signed yet",
    "edited": "article{s} edited since the review, or with a source that was corrected since",
    "overdue": "article{s} whose review is overdue",
    "expired": "article{s} whose review no longer counts: the license of who signed has run out",
}


@dataclass(frozen=True)
class Task:
    count: int
    words: str
    url: str


@dataclass(frozen=True)
class Waiting:
    """Texts that wait for this account, each with the way to it."""

    count: int
    words: str
    texts: list[tuple[str, str]]
    url: str = ""


def waiting_texts(user: User) -> list[Waiting]:
    """What others wait for. Whoever has no part in it costs no query."""
    tasks_open: list[Waiting] = []

    def add(permission: str, waiting: Callable[[], QuerySet], words: str, query: str = "") -> None:
        if user.has_perm(f"content.{permission}") and (count := (rows := waiting()).count()):
            named = rows.select_related("revision__article").order_by("pk")[:NAMED]
            url = reverse("admin:content_article_changelist") + query if query else ""
            tasks_open.append(Waiting(count, words, texts(named), url))

    nobody_signs = Q(revision__article__reviewer__user=None) | Q(revision__article__reviewer__user__is_active=False)
    add(
        "add_signoff",
        lambda: Handover.objects.with_reviewer().filter(revision__article__reviewer__user=user),
        "handed in for you to review",
        "?work=mine",
    )
    add("add_handover", lambda: Handover.objects.returned_to(user), "returned to you", "?work=mine")
    add("publish_article", Handover.objects.signed, "signed, to be published", "?work=publish")
    add(
        "publish_article",
        lambda: Handover.objects.with_reviewer().filter(nobody_signs),
        "handed in, and no account signs for the reviewer: name another one, or publish",
        "?work=review",
    )
    add("add_comment", lambda: Comment.objects.waiting_for(user), "with a comment for you to answer")
    return tasks_open


def texts(rows: Iterable[Handover | Comment]) -> list[tuple[str, str]]:
    """(title, address) of the articles that these are about, each once."""
    return list(
        dict.fromkeys(
            (row.revision.article.title, reverse("admin:content_article_review", args=[row.revision.article_id]))
            for row in rows
        )
    )


class Counted:
    """Tasks of one account: counted only where it may do something about them."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.tasks: list[Task] = []

    def add(self, permission: str, model: str, waiting: Callable[[], QuerySet], words: str, query: str = "") -> None:
        if self.user.has_perm(f"content.{permission}") and (count := waiting().count()):
            self.tasks.append(
                Task(count, words.format(s=pluralize(count)), reverse(f"admin:content_{model}_changelist") + query)
            )


def broken(user: User) -> list[Task]:
    """What the nightly checks found on pages that visitors read."""
    counted = Counted(user)
    counted.add(
        "view_livefinding",
        "livefinding",
        LiveFinding.objects.urgent,
        "dangerous finding{s} of the nightly check on pages that visitors read",
        "?blocks__exact=1",
    )
    counted.add(
        "view_livefinding",
        "livefinding",
        lambda: LiveFinding.objects.filter(blocks=False),
        "other finding{s} of the nightly check: worth a look",
        "?blocks__exact=0",
    )
    counted.add("view_link", "link", Link.objects.doubtful, "link{s} to other sites to look at", "?look=yes")
    return counted.tasks


def tasks(user: User) -> list[Task]:
    """Everything that is due today and that this account may do. Whoever may do nothing of it costs no query."""
    counted = Counted(user)
    add = counted.add

    soon = timezone.localdate() + WARN_BEFORE
    add(
        "change_helpline",
        "helpline",
        HelpLine.objects.taken_down,
        "help line{s} that visitors no longer see: please dial",
    )
    add("change_helpline", "helpline", HelpLine.objects.due, "help line{s} to dial: never dialed, or over 30 days ago")
    add(
        "change_helpline",
        "helpline",
        HelpLine.objects.without_spanish,
        "help line{s} without Spanish words: Spanish pages show the number alone",
    )
    add("change_source", "source", Source.objects.expired, "source{s} to open again", "?expiry=expired")
    for state, words in REVIEWS.items():
        add("view_signoff", "article", partial(Article.objects.in_review, state), words, f"?review={state}")
    add(
        "change_reviewer",
        "reviewer",
        lambda: Reviewer.objects.filter(licence_expires__lt=soon),
        "reviewer{s} whose license runs out soon, or has",
    )
    add(
        "change_centre",
        "centre",
        lambda: Centre.objects.exclude(licence_number="").exclude(licence_expires__gte=soon),
        "license of the center: it runs out soon, has run out, or has no date",
    )
    add(
        "change_centre",
        "centre",
        lambda: Centre.objects.filter(phone__regex=FICTION),
        "phone number of the center to enter: pages show one that nobody has",
    )
    add("change_readeranswer", "readeranswer", ReaderAnswer.objects.open, "answer{s} of readers to look at")
    return counted.tasks
