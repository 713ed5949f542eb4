"""Quiet mode: the same words without name, colors and title, for a shared room.

It is asked for by the address alone, so that nothing has to be remembered: `?quiet`.
"""

from typing import Any

from django.http import HttpRequest

from content.delivery.page_cache import asks_for_quiet


def is_quiet(request: HttpRequest) -> bool:
    """The same answer as finished pages give, also for pages that are never kept."""
    return asks_for_quiet(request.META.get("QUERY_STRING", ""))


def quiet(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"quiet": is_quiet(request)}
