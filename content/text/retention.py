"""How long something is kept, in words: for pages, and for notices, which name it as `{retention.handled_messages}`.

A notice is stored with the words of its day, `{retention.handled_messages: 90 days}`, and says them for good: what
somebody agreed to must stay readable. Other words make a new version.
"""

import re

from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

NAMED = re.compile(r"\{retention\.(?P<name>\w+)(?:: (?P<words>[^{}<>]+))?\}")
LITERAL = re.compile(r"(\d+)\s(?:days?|días?)\b")


def period(name: str) -> str:
    """Like “90 days”, in the language of the moment. Raises `KeyError` for what `RETENTION_DAYS` does not name."""
    number = settings.RETENTION_DAYS[name]
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


def stated(html: str, language: str) -> str:
    """The text of a notice with the words of today for all that it names. Raises `KeyError`, as `period`."""
    with translation.override(language):
        return NAMED.sub(lambda match: f"{{retention.{match['name']}: {period(match['name'])}}}", html)


def as_read(html: str) -> str:
    """The text of a notice as readers see it."""
    return NAMED.sub(lambda match: match["words"] or period(match["name"]), html)


def unknown(html: str) -> list[str]:
    """What stands in braces and names nothing that is kept for a time."""
    rest = NAMED.sub(lambda match: "" if match["name"] in settings.RETENTION_DAYS else match[0], html)
    return re.findall(r"\{[^{}<]*\}?|\}", rest)


def other_figures(html: str) -> list[str]:
    """Days that a text names by itself, and that nothing is kept for."""
    days = {str(number) for number in settings.RETENTION_DAYS.values()}
    return [match[0] for match in LITERAL.finditer(NAMED.sub("", html)) if match[1] not in days]
