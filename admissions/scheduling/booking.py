"""Promises made against the database, and taken back: the calendar and the queue are read here, and nowhere else.

The public process needs the duty tables and two views for it, and no row of an inquiry. Calls and written answers
each have places of their own: whoever is on duty makes one call in half an hour, and writes one answer.
"""

import datetime
import logging
import random
import uuid
from typing import NamedTuple

from django.core.cache import caches
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from admissions.models import Inquiry
from admissions.models.duty import DutyCalendar
from admissions.scheduling import slots
from admissions.scheduling.hours import is_by_phone
from admissions.scheduling.slots import PARTS, Load, Window
from admissions.scheduling.wording import name_times, span, where, zone_of

Promise = tuple[uuid.UUID, datetime.datetime]  # the key of an inquiry, and by when

log = logging.getLogger(__name__)

TURN = 5_320_771  # any number, so long as no other advisory lock has it
LONGEST_WAIT = "1s"
SNAPSHOT = "load-of-promises"
LASTS = (20 * 60, 30 * 60)  # seconds
LOAD = {  # by whether a call or a text is wanted
    True: "SELECT promised_by, inquiries FROM admissions_load",
    False: "SELECT promised_by, inquiries FROM admissions_written_load",
}


def read_load(*, by_phone: bool = True) -> Load:
    """How many calls, or written answers, are promised in each window."""
    if connection.vendor != "postgresql":
        return Inquiry.objects.load(by_phone=by_phone)
    with connection.cursor() as cursor:
        cursor.execute(LOAD[by_phone])
        return dict(cursor.fetchall())


def load_snapshot(*, by_phone: bool = True) -> Load | None:
    """How many were promised at some moment of the last half hour: all that may show before anything is sent.

    Who looks at a form again and again would else learn in which minute somebody else wrote, or destroyed what they
    had written. All processes have the same snapshot. None while the store is away; raises `DatabaseError`.
    """
    key = SNAPSHOT if by_phone else f"{SNAPSHOT}-in-writing"
    try:
        store = caches["counters"]
        if store.get(key) is None:
            load = read_load(by_phone=by_phone)
            counts = [[end and end.isoformat(), inquiries] for end, inquiries in load.items()]
            store.add(key, counts, timeout=random.randint(*LASTS))  # noqa: S311 reason=no secret
        stored = store.get(key)
    except DatabaseError:
        raise
    except Exception:  # whatever the store raises, the form is shown
        log.warning("no snapshot of the queue", exc_info=True)
        return None
    if stored is None:
        return None
    return {end and datetime.datetime.fromisoformat(end): inquiries for end, inquiries in stored}


def load_without(inquiry: Inquiry, *, by_phone: bool) -> Load:
    """As `read_load`, if this inquiry did not wait."""
    taken = dict(read_load(by_phone=by_phone))
    place = None if inquiry.promise_withdrawn_on else inquiry.promised_by
    if inquiry.status not in Inquiry.DONE and inquiry.by_phone == by_phone and taken.get(place):
        taken[place] -= 1
    return taken


def promise_suits(inquiry: Inquiry, preferences: dict[str, str]) -> bool:
    """The time that it was named still stands, lies ahead, and is a good one by these preferences."""
    if inquiry.promised_by is None or is_overdue(inquiry):
        return False
    if not is_by_phone(preferences):
        return True
    if not inquiry.by_phone:
        return False  # that place is none of a call
    part, zone = preferences.get("call_window", "any"), zone_of(preferences.get("time_zone"))
    return Window.ending(inquiry.promised_by).is_in(part, zone)


def is_overdue(inquiry: Inquiry) -> bool:
    """It was named a time that is over or was taken back, and so comes first."""
    end = inquiry.promised_by
    return end is not None and (inquiry.promise_withdrawn_on is not None or end <= timezone.now())


def current_offers(*, zone_key: str | None = None, by_phone: bool = True) -> dict[str, Window | None]:
    """What the form can say to whoever sends it now, for each part of the day. Raises `DatabaseError`.

    The calendar is that of this moment, so that nobody is shown a time at which we are closed. The queue is not.
    """
    snapshot = load_snapshot(by_phone=by_phone)
    if snapshot is None:
        return dict.fromkeys(PARTS)
    return slots.first_free_windows(DutyCalendar.read(), snapshot, now=timezone.now(), zone=zone_of(zone_key))


class Outlook(NamedTuple):
    """What follows from the calendar at this moment, in words, on the centre's own clocks."""

    promise: str
    parts: list[tuple[str, str]]
    obstacle: str
    gaps: list[str]


def outlook() -> Outlook:
    """For whoever keeps the calendar: what the forms say now, or why they name no time, and where nobody is on duty."""
    calendar, now = DutyCalendar.read(), timezone.now()
    windows = slots.first_free_windows(calendar, read_load(), now=now)
    in_words = name_times(windows, calendar.zone, now=now)
    missing = slots.gaps(calendar, now=now) if calendar.hours else []
    return Outlook(
        promise=f"{in_words['any']} {where(calendar.zone, is_theirs=False)}" if in_words["any"] else "",
        parts=[(part.replace("_", " "), in_words[part] or "nobody is on duty then") for part in PARTS if part != "any"],
        obstacle=why_no_time(calendar) if not in_words["any"] else "",
        gaps=[span(window, calendar.zone, now=now) for window in missing],
    )


def why_no_time(calendar: DutyCalendar) -> str:
    if not calendar.hours:
        return "There are no opening hours yet. Enter the hours in which you call people."
    if not calendar.shifts:
        return "Nobody is on duty. Enter at least one shift."
    return "In the next two weeks every half hour within the opening hours is closed, paused, unstaffed or taken."


def choose_promise(body: dict[str, str], *, moves: Inquiry | None = None) -> datetime.datetime | None:
    """By when to call whoever typed `body`; None when no time can be named. Call it in the transaction that stores it.

    Who wants no call is answered in writing, at any hour in which one of us is there.
    `moves`: the stored inquiry whose place in the queue becomes free. Whatever fails costs the promise alone.
    """
    by_phone = is_by_phone(body)
    try:
        with transaction.atomic():
            calendar = DutyCalendar.read()
            take_turn()
            window = slots.first_free_window(
                calendar,
                read_load(by_phone=by_phone) if moves is None else load_without(moves, by_phone=by_phone),
                now=timezone.now(),
                part=body.get("call_window", "any") if by_phone else "any_hour",
                zone=zone_of(body.get("time_zone")),
            )
    except Exception:  # whatever fails here, what was written has to be stored
        log.error("no promise could be made", exc_info=True)
        return None
    return window.end if window else None


def take_turn() -> None:
    """Keep two who send at once from both getting the last place. Raises `DatabaseError` after `LONGEST_WAIT`.

    Whoever came first has the first turn. SQLite has one writer at a time anyway.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


class Updated(NamedTuple):
    """How many promises were counted as broken, taken back, and given back."""

    broken: int
    withdrawn: int
    restored: int


def update_promises() -> Updated:
    """Count the promises whose time is over, take back those that nobody will be there to keep, and give back what was
    taken back and can be kept again.

    Cheap when nothing is promised: the worker does it in every round.
    """
    now = timezone.now()
    broken = Inquiry.objects.break_promises(now)
    unkeepable, keepable = review_promises(now)
    withdrawn = Inquiry.objects.withdraw_promises(unkeepable, now)
    restored = Inquiry.objects.restore_promises(keepable, now)
    updated = Updated(broken, withdrawn, restored)
    if any(updated):
        log.warning("promises broken: %s, taken back: %s, given back: %s", *updated)
    return updated


def review_promises(now: datetime.datetime) -> tuple[list[Promise], list[Promise]]:
    """Of the promises ahead: those that stand and cannot be kept, and those taken back that can be kept after all.

    What stands has the first right to a place.
    """
    columns = ("by_phone", "promise_withdrawn_on", "pk", "promised_by")
    ahead = sorted(Inquiry.objects.named_ahead(now).values_list(*columns), key=lambda row: row[1] is not None)
    if not ahead:
        return [], []
    calendar = DutyCalendar.read()
    unkeepable: list[Promise] = []
    keepable: list[Promise] = []
    for way in (True, False):
        promises = {(key, end): withdrawn for by_phone, withdrawn, key, end in ahead if end and by_phone == way}
        left = set(slots.unstaffed(calendar, [(promise, promise[1]) for promise in promises], now=now))
        unkeepable += [promise for promise, withdrawn in promises.items() if promise in left and not withdrawn]
        keepable += [promise for promise, withdrawn in promises.items() if promise not in left and withdrawn]
    return unkeepable, [(key, end) for key, end in keepable if end - slots.HALF_HOUR >= now]
