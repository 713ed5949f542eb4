"""The two languages of the site. Which of them a page speaks follows from its address alone."""

import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import get_language

ENGLISH, SPANISH = "en", "es"
LANGUAGES = [(ENGLISH, "English"), (SPANISH, "Spanish")]
LONG_DATE = {ENGLISH: "j F Y", SPANISH: r"j \d\e F \d\e Y"}


def current() -> str:
    """The language of the page that is being made."""
    return SPANISH if get_language() == SPANISH else ENGLISH


def long_date(day: datetime.date) -> str:
    """Like “3 March 2026”, in the language of the page."""
    return date_format(day, LONG_DATE[current()])


def root() -> str:
    """The address of the home page. Error pages look no address up."""
    return f"/{SPANISH}/" if current() == SPANISH else "/"


def language(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"language": current()}
