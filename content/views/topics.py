"""Ways to an article without a search: by topic, and by letter."""

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from content import languages, rendering
from content.models import Article, Topic
from content.pages import finished
from content.search import fold


@finished
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    language = languages.current()
    topic = get_object_or_404(Topic, slug=slug)
    if not languages.said(topic, "name"):
        raise Http404
    articles = Article.objects.published().filter(language=language).about(topic).prefetch_related("topics")
    in_other = Topic.objects.shown(languages.other()).filter(pk=topic.pk).exists()
    context = {
        "topic": topic,
        "articles": [rendering.card(article) for article in articles],
        "others": Topic.objects.shown(language).exclude(pk=topic.pk),
        "counterpart": None if in_other else "",
    }
    return render(request, "content/topic_detail.html", context)


@finished
def article_a_z(request: HttpRequest) -> HttpResponse:
    titles = [
        {"title": rendering.title_of(article), "url": article.get_absolute_url()}
        for article in Article.objects.published().filter(language=languages.current()).iterator()
    ]
    titles.sort(key=lambda line: fold(line["title"]))
    letters = [
        {"letter": letter, "anchor": f"letter-{slugify(letter)}", "articles": list(lines)}
        for letter, lines in groupby(titles, key=lambda line: letter_of(line["title"]))
    ]
    return render(request, "content/article_a_z.html", {"letters": letters})


def letter_of(title: str) -> str:
    """Under which heading of the A to Z a title stands."""
    first = fold(title)[:1].upper()
    return first if "A" <= first <= "Z" else _("0 to 9")
