"""Quiet mode: the same words without name, colors and title, for a shared room.

It is asked for by the address alone, so that nothing has to be remembered: `?quiet`.
"""

import re

from django.http import HttpRequest

QUIET = "quiet"  # the only query that a cached page knows; all others change nothing on it
_ASKS_FOR_QUIET = re.compile(rf"(?:^|[&;]){QUIET}(?:[=&;]|$)", re.IGNORECASE)


def asks_for_quiet(query: str) -> bool:
    """Whether the name stands in it, with or without a value: apps add words of their own to an address they copy."""
    return _ASKS_FOR_QUIET.search(query) is not None


def is_quiet(request: HttpRequest) -> bool:
    """The same answer as the page cache gives, also for pages that are never cached."""
    return asks_for_quiet(request.META.get("QUERY_STRING", ""))


def quiet(request: HttpRequest) -> dict[str, object]:
    """Context processor."""
    return {"quiet": is_quiet(request)}
