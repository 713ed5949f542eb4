"""What every page shows of the organisation, in its language: the centre and the help ladder.

Each change of either is written to the fallback snapshot, a small file, in the same step. Pages read the database, or
the file while the database is away; error pages read the file alone. No change tells when a help line or the licence
goes out of date: the file says until when each may be shown.
"""

import contextlib
import datetime
import functools
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import phonenumbers
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from content import languages
from content.delivery import cached_page, content_version
from content.languages import ENGLISH, LANGUAGES, long_date, translated
from content.models import Centre, HelpLine
from content.models.centre import TEXTED

FOREVER = datetime.date.max.isoformat()
# 911, 988 and Poison Help: the national lines whose people help in danger at any hour. Not for editors to choose: who
# is in danger reads them first.
ANSWER_DANGER = frozenset({"tel:911", "tel:988", "tel:+18002221222"})
KEYWORD = re.compile(r"\b[A-Z]{4,}\b")  # the word that is to be sent, like AYUDA; not ZIP


@dataclass(frozen=True)
class CentreCard:
    name: str = "Magnified Health Systems"
    phone: str = ""
    phone_display: str = ""
    address: str = ""
    licence_number: str = ""
    licence_expires: str = ""
    licensed_until: str = FOREVER
    open_all_hours: bool = False
    hours: str = ""
    email: str = ""
    shows_figures: bool = False

    @property
    def phone_href(self) -> str:
        return f"tel:{self.phone}" if self.phone else ""


@dataclass(frozen=True)
class Rung:
    """One help line as a page shows it."""

    name: str
    number: str
    who_answers: str
    hours: str = ""
    cost: str = ""
    languages: str = ""
    text_to: str = ""
    tty: str = ""
    url: str = ""
    danger: bool = False
    checked_line: str = ""
    name_language: str = ""  # when it is not the page's
    shown_until: str = FOREVER

    @property
    def number_href(self) -> str:
        digits = self.number.replace("-", "")
        return f"tel:+{digits}" if len(digits) == 11 else f"tel:{digits}"

    @property
    def texting(self) -> SafeString:
        """How to write to them: what stands in the record, and each number in it opens a message to that number."""
        return format_html_join("", "{}{}", texting_parts(self.text_to))

    @property
    def answers_danger(self) -> bool:
        """Whether somebody there helps in danger, at any hour; others look up places of treatment."""
        return self.number_href in ANSWER_DANGER


def texting_parts(text_to: str) -> Iterator[tuple[str, str]]:
    """(words before a link, the link) of each number, then what follows the last one."""
    end = 0
    for match in TEXTED.finditer(text_to):
        keyword = KEYWORD.search(match["words"])
        # "?&" and not "?" alone: some telephones read the one, some the other
        body = f"?&body={keyword[0]}" if keyword else ""
        link = format_html('<a href="sms:{}{}">{}</a>', match["number"], body, match["words"])
        yield text_to[end : match.start("words")], link
        end = match.end()
    yield text_to[end:], ""


def last_resort() -> tuple[Rung, ...]:
    """When neither the database nor the file can be read, these two numbers still work everywhere in the country."""
    return (
        Rung(_("Danger to life"), "911", _("Emergency dispatchers"), danger=True),
        Rung(_("Suicide and crisis"), "988", _("Trained crisis counselors"), text_to=_("text 988")),
    )


@dataclass(frozen=True)
class Organisation:
    centre: CentreCard = field(default_factory=CentreCard)
    help_lines: tuple[Rung, ...] = field(default_factory=last_resort)

    def on(self, day: datetime.date) -> "Organisation":
        """Without what went out of date before that day."""
        today, centre = day.isoformat(), self.centre
        if centre.licensed_until < today:
            centre = replace(centre, licence_number="", licence_expires="", licensed_until=FOREVER)
        return Organisation(centre, tuple(line for line in self.help_lines if line.shown_until >= today))


def template_context(request: HttpRequest) -> dict[str, object]:
    """Context processor: `centre`, `help_lines` and those of them that answer danger for every template, read when
    first used."""
    read_once = functools.cache(lambda: organisation_for(request))
    return {
        "centre": SimpleLazyObject(lambda: read_once().centre),
        "help_lines": SimpleLazyObject(lambda: read_once().help_lines),
        "danger_lines": SimpleLazyObject(lambda: [line for line in read_once().help_lines if line.answers_danger]),
    }


def organisation_for(request: HttpRequest) -> Organisation:
    """The organisation for one request. Behind the page cache it is read once per content version and day."""
    try:
        version = request.META.get(content_version.VERSION)
        return organisation_at(version, languages.current())
    except DatabaseError:
        cached_page.do_not_cache(request)
        return read_fallback_snapshot()


@content_version.read_once
def organisation_at(version: content_version.ContentVersion | None, language: str) -> Organisation:
    return from_database()


def from_database() -> Organisation:
    centre = Centre.objects.filter(id=Centre.THE_ONE).first()
    return Organisation(
        centre=centre_card(centre) if centre else CentreCard(),
        help_lines=with_last_resort([rung(line) for line in HelpLine.objects.visible()]),
    )


def with_last_resort(lines: list[Rung]) -> tuple[Rung, ...]:
    """The lines with 911 and 988, whatever somebody deleted."""
    there = {line.number for line in lines}
    return (*(line for line in last_resort() if line.number not in there), *lines)


def write_fallback_snapshot() -> None:
    """Write the fallback snapshot anew. Called after every change of the organisation has been committed."""
    saved = {language: serialized(language) for language, _name in LANGUAGES}
    target = fallback_snapshot_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False) as file:
        json.dump(saved, file)
    os.replace(file.name, target)  # a reader sees the old file or the new one, never half of one


def serialized(language: str) -> dict[str, object]:
    with translation.override(language):
        current = from_database()
    return {
        "centre": asdict(current.centre),
        "help_lines": [asdict(line) for line in current.help_lines],
    }


def read_fallback_snapshot() -> Organisation:
    """The organisation as last written, as far as it is true today; 911 and 988 alone if the file cannot be read."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        saved = json.loads(fallback_snapshot_path().read_text())[languages.current()]
        return Organisation(
            centre=CentreCard(**saved["centre"]),
            help_lines=tuple(Rung(**line) for line in saved["help_lines"]),
        ).on(timezone.localdate())
    return Organisation()


def fallback_snapshot_path() -> Path:
    return settings.VAR_DIR / "pages" / "fallback-snapshot.json"


def centre_card(centre: Centre) -> CentreCard:
    number = phonenumbers.parse(str(centre.phone), "US")
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    licensed: dict[str, str] = {}
    if centre.is_licensed and centre.licence_expires:
        licensed = {
            "licence_number": centre.licence_number,
            "licence_expires": long_date(centre.licence_expires),
            "licensed_until": centre.licence_expires.isoformat(),
        }
    return CentreCard(
        name=centre.name,
        phone=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        phone_display=national.replace("(", "").replace(") ", "-"),
        address=centre.address,
        open_all_hours=centre.open_all_hours,
        hours=translated(centre, "hours"),
        email=centre.email,
        shows_figures=centre.shows_figures,
        **licensed,
    )


def rung(line: HelpLine) -> Rung:
    if line.last_checked and line.last_checked <= timezone.localdate():
        checked = _("last checked %(day)s") % {"day": long_date(line.last_checked)}
    else:
        checked = _("not yet dialled by our staff")
    name = translated(line, "name")
    words: dict[str, Any] = {
        field: translated(line, field) for field in ("who_answers", "hours", "cost", "languages", "text_to")
    }
    facts: dict[str, Any] = {field: getattr(line, field) for field in ("number", "tty", "url", "danger")}
    return Rung(
        name=name or line.name,
        name_language="" if name else ENGLISH,
        checked_line=checked,
        shown_until=line.shown_until.isoformat() if line.shown_until else FOREVER,
        **words,
        **facts,
    )
