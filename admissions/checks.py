from collections.abc import Sequence

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from admissions.models.duty import DutyCalendar


@register(Tags.database)
def somebody_is_on_duty(*, databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Red until the centre has entered its duty hours. Runs with `check --database default` only."""
    if not databases or "default" not in databases:
        return []
    try:
        is_empty = DutyCalendar.read().is_empty
    except DatabaseError:
        return []  # not migrated yet: migrate runs the database checks first
    if not is_empty:
        return []
    return [
        Warning(
            "The duty calendar is empty, so the forms cannot say by when somebody will call.",
            hint="Sign in as admissions_lead and enter opening hours and shifts.",
            id="admissions.W001",
        )
    ]
