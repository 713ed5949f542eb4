"""Articles: the list, one article, its reviewer."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from content import rendering
from content.models import Article, Notice, Reviewer, Topic
from content.pages import finished

LEAD_ARTICLE = "12-step-program"


@finished
def home(request: HttpRequest) -> HttpResponse:
    articles = {
        article.slug: rendering.card(article)
        for article in Article.objects.published().filter(language="en").prefetch_related("topics")
    }
    lead = articles.pop(LEAD_ARTICLE, None)
    return render(
        request,
        "content/home.html",
        {
            "lead_article": lead,
            "articles": list(articles.values()),
            "topics": Topic.objects.all(),
        },
    )


@finished
def article_list(request: HttpRequest) -> HttpResponse:
    cards: dict[int, list[dict]] = {}
    for article in Article.objects.published().filter(language="en").prefetch_related("topics"):
        for topic in article.topics.all():
            cards.setdefault(topic.pk, []).append(rendering.card(article))
    topics = [
        {
            "name": topic.name,
            "slug": topic.slug,
            "intro": topic.intro,
            "articles": cards[topic.pk],
        }
        for topic in Topic.objects.all()
        if topic.pk in cards
    ]
    return render(request, "content/article_list.html", {"topics": topics})


@finished
def article_detail(request: HttpRequest, slug: str) -> HttpResponse:
    articles = Article.objects.published().select_related("published_revision__article__reviewer__picture")
    article = get_object_or_404(articles, slug=slug, language="en")
    assert article.published_revision
    context = {
        "page": rendering.render(article.published_revision, today=timezone.localdate()),
        "disclaimer": Notice.objects.filter(kind=Notice.Kind.MEDICAL_DISCLAIMER, language="en").first(),
    }
    return render(request, "content/article_detail.html", context)


@finished
def article_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The steps of a published article on one sheet without our name, to print and keep in a pocket."""
    article = get_object_or_404(Article.objects.published(), slug=slug, language="en")
    assert article.published_revision
    steps = [block for block in article.published_revision.snapshot["blocks"] if block["type"] == "step"]
    if not steps:
        raise Http404
    return render(request, "content/article_card.html", {"steps": steps, "slug": slug})


@finished
def reviewer_detail(request: HttpRequest, slug: str) -> HttpResponse:
    reviewer = get_object_or_404(Reviewer.objects.select_related("picture"), slug=slug)
    articles = Article.objects.published().filter(reviewer=reviewer, language="en").prefetch_related("topics")
    return render(
        request,
        "content/reviewer_detail.html",
        {
            "reviewer": reviewer,
            "articles": [rendering.card(article) for article in articles],
        },
    )
