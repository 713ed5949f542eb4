"""What waits for the people who keep the content true: counted for the staff's start page."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from content.models import Article, Centre, HelpLine, Link, LiveFinding, ReaderAnswer, Reviewer, Source

WARN_BEFORE = datetime.timedelta(days=60)  # a licence takes weeks to renew


@dataclass(frozen=True)
class Task:
    count: int
    words: str
    url: str


def tasks(user: Any) -> list[Task]:
    """Everything that is due today and that this account may do. Whoever may do nothing of it costs no query."""
    found: list[Task] = []

    def add(permission: str, model: str, waiting: Any, words: str, query: str = "") -> None:
        if user.has_perm(f"content.{permission}") and (count := waiting().count()):
            found.append(Task(count, words, reverse(f"admin:content_{model}_changelist") + query))

    soon = timezone.localdate() + WARN_BEFORE
    add(
        "change_helpline",
        "helpline",
        HelpLine.objects.taken_down,
        "help lines that visitors no longer see: dial them",
    )
    add("change_helpline", "helpline", HelpLine.objects.due, "help lines to dial: never dialed, or over 30 days ago")
    add(
        "change_helpline",
        "helpline",
        HelpLine.objects.without_spanish,
        "help lines without Spanish words: Spanish pages show their number alone",
    )
    add("change_source", "source", Source.objects.expired, "sources to open again", "?expiry=expired")
    add(
        "view_signoff",
        "article",
        Article.objects.with_changed_source,
        "articles that cite a source which was corrected since their review",
    )
    add(
        "view_signoff",
        "article",
        Article.objects.unsigned,
        "articles on the site whose text no reviewer has signed",
    )
    add(
        "view_signoff",
        "article",
        Article.objects.overdue,
        "articles whose review is overdue",
    )
    add(
        "change_article",
        "livefinding",
        LiveFinding.objects.urgent,
        "dangerous findings of the nightly check on pages that visitors read",
        "?blocks__exact=1",
    )
    add("view_link", "link", Link.objects.doubtful, "links to other sites to look at", "?look=yes")
    add(
        "change_reviewer",
        "reviewer",
        lambda: Reviewer.objects.filter(licence_expires__lt=soon),
        "reviewers whose license runs out soon, or has",
    )
    add(
        "change_centre",
        "centre",
        lambda: Centre.objects.exclude(licence_number="").exclude(licence_expires__gte=soon),
        "license of the center: it runs out soon, has run out, or has no date",
    )
    add("change_readeranswer", "readeranswer", ReaderAnswer.objects.open, "answers of readers to look at")
    return found
