"""One draft for somebody without an account."""

from django.http import Http404, HttpRequest, HttpResponse

from content.services import sharing
from content.services.preview import draft_page


def shared(request: HttpRequest) -> HttpResponse:
    """One revision for somebody who has its link. The secret is in the query, which no log holds.

    A link that is wrong, expired or taken back is answered like a page that does not exist.
    """
    try:
        revision = sharing.open_shared(secret=request.GET.get("key", ""))
    except sharing.NoSuchLink as error:
        raise Http404 from error
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}
    return HttpResponse(draft_page(request, revision), headers=headers)
