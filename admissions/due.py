"""What waits for the admissions team beside the queue: shown on the staff's start page."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from admissions.models import Alert


@dataclass(frozen=True)
class Task:
    count: int
    words: str
    url: str


def tasks(user: Any) -> list[Task]:
    """Everything that this account should know of. Whoever may see none of it costs no query."""
    if not user.has_perm("admissions.view_inquiry"):
        return []
    undelivered = Alert.objects.late().count()
    if not undelivered:
        return []
    words = "alerts that could not be delivered: look at the queue yourself, and tell whoever runs the site"
    shown = "alert" if user.has_perm("admissions.view_alert") else "inquiry"
    return [Task(undelivered, words, reverse(f"admin:admissions_{shown}_changelist"))]
