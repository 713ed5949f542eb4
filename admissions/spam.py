"""Is this probably junk? A few plain rules that add up, each with its reason; a frightened person trips over none.

Whatever is suspected is stored like everything else and gets the same page and code. It goes to a tray of its own,
wakes nobody and is named no time, so a mistake here is a person who waits longer. It stays until one of us has opened
it, and the team is told of it until then: nothing that a person may have written is destroyed unread.

Haste and a crowded address never decide, alone or together: both are worth one point. People are quick, browsers fill
in forms at once, and a shelter, a clinic and a mobile network share one address among many. They only tip the scale of
a text that looks like an offer. A web address in the place of a name is not yet one: password managers err.
"""

import re
import time
from datetime import timedelta
from typing import NamedTuple

from django.http import HttpRequest

from admissions import rate_limits
from admissions.forms.ask import AskForm

ENOUGH = 3  # points
HASTE = 2  # seconds from page to page: less than it takes to tick the box and to press Send
CROWD, WITHIN = 60, timedelta(hours=1)  # messages from one place
# So many of one place are named a time within the hour; else one visitor could take the calendar of two weeks. How many
# exactly is drawn anew for each place and hour: who counts how many are left must not learn whether somebody else at
# home has written.
NAMED_A_TIME = range(5, 11)

_ADDRESS = re.compile(r"https?://(?:www\.)?|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"\[/?(?:url|link)\b", re.IGNORECASE)
_OFFER = re.compile(
    r"\b(?:back-?links?|seo (?:service|expert|agency|package)s?|guest posts?|link building|website traffic"
    r"|(?:first|top) page of google|domain authority)\b",
    re.IGNORECASE,
)


class Judgement(NamedTuple):
    """What staff read of it. Both are empty for almost everybody."""

    junk_reasons: list[str]  # why it is probably junk
    crowd_reasons: list[str]  # why no time is named, though it is not


def judge(request: HttpRequest, form: AskForm) -> Judgement:
    """Judge a message that is about to be stored, and count it, once however often its form is sent."""
    place = rate_limits.place_of(request)
    is_again = rate_limits.count("form", form.token.secret.hex(), within=WITHIN) > 1
    crowd = rate_limits.count("message", place, within=WITHIN, more=0 if is_again else 1)
    is_many = crowd > rate_limits.draw("named a time", place, NAMED_A_TIME, within=WITHIN)
    return Judgement(
        _junk_reasons(form, crowd), ["Many messages came from the same place within an hour."] if is_many else []
    )


def _junk_reasons(form: AskForm, crowd: int) -> list[str]:
    timing, reasons = _timing_reasons(form, crowd), _text_reasons(form)
    if form.is_machine:
        reasons.insert(0, (ENOUGH, "A field was filled in that no person sees."))
    points = sum(points for points, _ in reasons) + bool(timing)
    return [*(reason for _, reason in reasons), *timing] if points >= ENOUGH else []


def _timing_reasons(form: AskForm, crowd: int) -> list[str]:
    reasons = []
    if form.token.shown_at and time.time() - form.token.shown_at < HASTE:
        reasons.append(f"It was sent less than {HASTE} seconds after the form was shown.")
    if crowd > CROWD:
        reasons.append(f"More than {CROWD} messages came from the same place within an hour.")
    return reasons


def _text_reasons(form: AskForm) -> list[tuple[int, str]]:
    body = form.body()
    message, asides = body.get("message", ""), " ".join(value for name, value in body.items() if name != "message")
    reasons = []
    if (addresses := len(_ADDRESS.findall(message))) > 1:
        reasons.append((min(addresses - 1, ENOUGH), f"It holds {addresses} web addresses."))
    if _ADDRESS.search(asides):
        reasons.append((1, "A web address stands where a name or a few words belong."))
    if _MARKUP.search(message):
        reasons.append((2, "It holds links as forums write them."))
    if len({offer.casefold() for offer in _OFFER.findall(message)}) > 1:
        reasons.append((2, "It offers to bring visitors to websites."))
    return reasons
