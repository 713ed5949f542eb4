"""Quiet mode: the same words without name, colors and title, for a shared room.

It is asked for by the address alone, so that nothing has to be remembered: `?quiet`.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from content.pages import QUIET

NEVER_KEPT = ("content:search", "admissions:contact", "admissions:request_a_call")


def is_quiet(request: HttpRequest) -> bool:
    """Exactly the query that finished pages are kept under. Pages that are never kept may have more in theirs."""
    if request.META.get("QUERY_STRING") == QUIET:
        return True
    return QUIET in request.GET and request.path_info in {reverse(name) for name in NEVER_KEPT}


def quiet(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"quiet": is_quiet(request)}
