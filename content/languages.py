"""The two languages of the site. Which of them a page speaks follows from its address alone."""

import datetime

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import get_language

ENGLISH, SPANISH = "en", "es"
LANGUAGES = [(ENGLISH, "English"), (SPANISH, "Spanish")]
OWN_NAMES = {ENGLISH: "English", SPANISH: "Español"}
# What the switch says on a page that is not in the other language.
HOME_ONLY = {ENGLISH: "English (home page only)", SPANISH: "Español (solo el inicio)"}
LONG_DATE = {ENGLISH: "F j, Y", SPANISH: r"j \d\e F \d\e Y"}


def of_path(path: str) -> str:
    """The language of the page at this path."""
    return SPANISH if f"{path}/".startswith(f"/{SPANISH}/") else ENGLISH


def current() -> str:
    """The language of the page that is being made."""
    return SPANISH if get_language() == SPANISH else ENGLISH


def other() -> str:
    """The one that the page is not in."""
    return ENGLISH if current() == SPANISH else SPANISH


def root(code: str = "") -> str:
    """The address of the home page. Nothing is looked up, so that error pages can use it."""
    return f"/{SPANISH}/" if (code or current()) == SPANISH else "/"


def in_other(path: str) -> str:
    """The same path in the other language."""
    return root(other()) + path.removeprefix(root())


def translated(row: object, name: str) -> str:
    """A field in the language of the page. In Spanish it is empty where nobody has entered Spanish words."""
    return getattr(row, f"{name}_es" if current() == SPANISH else name)


def long_date(day: datetime.date) -> str:
    """Like “March 3, 2026”, in the language of the page."""
    return date_format(day, LONG_DATE[current()])


def language(request: HttpRequest) -> dict[str, str]:
    """Context processor."""
    return {"language": current()}
