from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from content import languages
from content.models import Topic
from content.search.engine import find


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results for `q`; with `exact=1` its words as they were typed. Neither is stored or logged."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    language = languages.current()
    as_typed = request.GET.get("exact") == "1"
    answer = find(query, language=language, as_typed=as_typed)
    context = {
        "query": query,
        "answer": answer,
        "into_quiet": f"?{urlencode({'q': query} | ({'exact': 1} if as_typed else {}))}&quiet" if query else "",
        "topics": [] if answer.results else Topic.objects.visible(language),
    }
    # With typed words it is never compressed, since its length would tell of them (BREACH).
    show = render if query else gzip_page(render)
    return show(request, "content/search.html", context)
