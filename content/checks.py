from collections.abc import Sequence

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from content.models import Centre, Notice
from content.text import retention


@register(Tags.database)
def centre_is_the_real_one(*, databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Red until the centre has entered its own data. Runs with `check --database default` only."""
    if not databases or "default" not in databases:
        return []
    try:
        centre = Centre.objects.filter(id=Centre.THE_ONE).first()
    except DatabaseError:
        return []  # not migrated yet: migrate runs the database checks first
    if centre is not None and not centre.has_placeholder_phone:
        return []
    return [
        Warning(
            "The telephone number on every page is a placeholder that nobody answers.",
            hint="Sign in as publisher and enter the centre's own number, address and licence under Centre.",
            id="content.W001",
        )
    ]


@register(Tags.database)
def notices_state_the_days_of_the_settings(
    *, databases: Sequence[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Names each notice in force about what visitors send that speaks of days for which nothing is kept."""
    if not databases or "default" not in databases:
        return []
    try:
        notices = [row for row in Notice.objects.in_force() if row.kind in (Notice.Kind.PRIVACY, Notice.Kind.CONSENT)]
    except DatabaseError:
        return []  # as above
    return [
        Warning(
            f"“{notice}” speaks of {', '.join(others)}, and RETENTION_DAYS has no such number.",
            hint="Sign in as publisher and add a version that names the setting, as the hint below its text says.",
            id="content.W002",
        )
        for notice in notices
        if (others := retention.other_figures(notice.text))
    ]
