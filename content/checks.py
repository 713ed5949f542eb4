from collections.abc import Sequence

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from content.models import Centre


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
