"""Ways to an article without a search: by topic, reviewer or letter. A long list has pages, each at its own address."""

from itertools import groupby

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from content import languages
from content.delivery.cached_page import cached_page
from content.models import Article, Reviewer, SearchEntry, Topic
from content.rendering import article
from content.views.moved import at_former_slugs

CARDS, TITLES = 24, 100  # on a page


@cached_page
@at_former_slugs(Topic)
def topic_detail(request: HttpRequest, slug: str, number: str = "1") -> HttpResponse:
    language = languages.current()
    topic = get_object_or_404(Topic, slug=slug)
    if not languages.translated(topic, "name"):
        raise Http404
    articles = SearchEntry.objects.visible(language).about(topic).values_list("article", flat=True)
    page = page_of(articles, CARDS, number)
    in_other = Topic.objects.visible(languages.other()).filter(pk=topic.pk).exists()
    context = {
        "topic": topic,
        "articles": list(article.cards(page).values()),
        "number": page.paginator.count,
        "others": Topic.objects.visible(language).exclude(pk=topic.pk),
        "pages": links(page, "topic_detail", slug),
        "counterpart": languages.in_other(address("topic_detail", slug)) if in_other else "",
    }
    return render(request, "content/topic_detail.html", context)


@cached_page
@at_former_slugs(Reviewer)
def reviewer_detail(request: HttpRequest, slug: str, number: str = "1") -> HttpResponse:
    reviewer = get_object_or_404(Reviewer.objects.select_related("picture"), slug=slug)
    if not reviewer.url:
        raise Http404
    entries = SearchEntry.objects.visible(languages.current()).filter(article__reviewer=reviewer)
    page = page_of(entries.values_list("article", flat=True), CARDS, number)
    context = {
        "reviewer": reviewer,
        "articles": list(article.cards(page).values()),
        "pages": links(page, "reviewer_detail", slug),
        "counterpart": languages.in_other(address("reviewer_detail", slug)) if reviewer.biography_es else "",
    }
    return render(request, "content/reviewer_detail.html", context)


@cached_page
def article_a_z(request: HttpRequest, number: str = "1") -> HttpResponse:
    entries = SearchEntry.objects.visible(languages.current())
    page = page_of(entries.values_list("article", "letter"), TITLES, number)
    articles = Article.objects.published().in_bulk([key for key, _letter in page])
    groups = [
        {
            "letter": letter or _("0–9"),
            "anchor": anchor_of(letter),
            "articles": [
                {"title": article.title_of(articles[key]), "url": articles[key].get_absolute_url()}
                for key, _letter in lines
                if key in articles
            ],
        }
        for letter, lines in groupby(page, key=lambda line: line[1])
    ]
    context = {
        "groups": groups,
        "letters": letters(entries),
        "pages": links(page, "article_a_z"),
        "counterpart": languages.in_other(address("article_a_z")),
    }
    return render(request, "content/article_a_z.html", context)


def letters(entries: QuerySet) -> list[dict[str, str]]:
    """Every letter that a title begins with, and where the first such title stands."""
    index, before = [], 0
    for letter, titles in entries.order_by("letter").values_list("letter").annotate(titles=Count("*")):
        url = f"{address('article_a_z', number=before // TITLES + 1)}#{anchor_of(letter)}"
        index.append({"letter": letter or _("0–9"), "url": url})
        before += titles
    return index


def anchor_of(letter: str) -> str:
    return f"letter-{letter.lower() or '0-to-9'}"


def address(view: str, *slug: str, number: int = 1) -> str:
    """Of a page of a list. The first one has no number in it."""
    return reverse(f"content:{view}", args=[*slug, number] if number > 1 else slug)


def page_of(rows: QuerySet, size: int, number: str) -> Page:
    """Raises `Http404` for a page that there is not. The first is there even without rows."""
    try:
        return Paginator(rows, size).page(number)
    except EmptyPage as error:
        raise Http404 from error


def links(page: Page, view: str, *slug: str) -> dict[str, object]:
    """What `components/pages.html` shows: where this page stands, and the way to its neighbors."""
    return {
        "number": page.number,
        "last": page.paginator.num_pages,
        "previous": address(view, *slug, number=page.number - 1) if page.has_previous() else "",
        "next": address(view, *slug, number=page.number + 1) if page.has_next() else "",
    }
