"""Times on the pages of the desk: one format, on our own clocks."""

from datetime import datetime

from django import template
from django.utils import timezone

from admissions.scheduling import wording

register = template.Library()


@register.filter
def moment(at: datetime) -> str:
    """Like "today 9:30 a.m." or "Tue, Dec 1, 9:30 a.m."."""
    return wording.moment(at, now=timezone.now())


@register.filter
def hour(at: datetime) -> str:
    """Like "today 9 a.m.", of a time that is kept cut to the hour."""
    return wording.moment(at, now=timezone.now(), is_hour=True)
