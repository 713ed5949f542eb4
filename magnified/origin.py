"""Where a request comes from, as the browser that sends it says. No page of another site can change these headers."""

from urllib.parse import urlsplit

from django.http import HttpRequest


def is_from_our_own_pages(request: HttpRequest) -> bool:
    """Was it sent by a page of this very scheme, host and port?

    `Origin` decides, else `Referer`, which our own pages send to themselves alone (Referrer-Policy: same-origin).
    A request that names neither counts as foreign, and so does one that Fetch Metadata calls foreign.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    return (request.headers.get("Origin") or _origin_of(request.headers.get("Referer", ""))) == (
        f"{request.scheme}://{request.get_host()}"
    )


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
