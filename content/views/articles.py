"""Articles: the front page, the list, one article."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from content import languages
from content.delivery.cached_page import cached_page
from content.delivery.content_version import VERSION, ContentVersion, read_once
from content.models import Article, Notice, Revision, SearchEntry, Topic
from content.models.blocks import Audience
from content.rendering import article as article_rendering
from content.rendering import glossary
from content.views.moved import at_former_addresses

ON_THE_FRONT_PAGE, OF_A_TOPIC = 9, 4  # articles
LEAD_ARTICLES = {languages.ENGLISH: "12-step-program", languages.SPANISH: "programa-de-12-pasos"}


@cached_page
def home(request: HttpRequest) -> HttpResponse:
    language = languages.current()
    articles = Article.objects.published().filter(language=language)
    address = (language, LEAD_ARTICLES[language])
    lead = articles.prefetch_related("topics").by_address([address]).get(address)
    others = (articles.exclude(pk=lead.pk) if lead else articles).values_list("pk", flat=True)
    context = {
        "lead_article": lead and article_rendering.card(lead) | {"steps": article_rendering.steps_of(lead)},
        "articles": list(article_rendering.cards(others[:ON_THE_FRONT_PAGE]).values()),
        "topics": Topic.objects.visible(language),
    }
    return render(request, "content/home.html", context)


@cached_page
def article_list(request: HttpRequest) -> HttpResponse:
    """The first articles of every topic; the topic's own page has them all."""
    language = languages.current()
    with_articles = Topic.objects.visible(language)
    # One more than is shown tells whether there are more.
    firsts = SearchEntry.objects.visible(language).firsts(with_articles, OF_A_TOPIC + 1)
    cards = article_rendering.cards({key for first in firsts.values() for key in first[:OF_A_TOPIC]})
    topics = [
        {
            "name": languages.translated(topic, "name"),
            "slug": topic.slug,
            "intro": languages.translated(topic, "intro"),
            "articles": [cards[key] for key in firsts[topic.pk][:OF_A_TOPIC] if key in cards],
            "has_more": len(firsts[topic.pk]) > OF_A_TOPIC,
        }
        for topic in with_articles
        if topic.pk in firsts
    ]
    return render(request, "content/article_list.html", {"topics": topics})


@cached_page
@at_former_addresses
def article_detail(request: HttpRequest, slug: str, audience: str = Audience.ME) -> HttpResponse:
    """An article, for one of its audiences. Of the two addresses that the page cache knows, search engines hear one."""
    version, language = request.META.get(VERSION), languages.current()
    texts = Revision.objects.on_the_site().with_first_publication()
    named = Topic.objects.named(language).filter(articles=OuterRef("article"))
    texts = texts.annotate(topic_key=Subquery(named.values("pk")[:1])).select_related("article__reviewer__picture")
    text: Any = get_object_or_404(texts, article__slug=slug, article__language=language)
    if audience != Audience.ME and not article_rendering.has_two_audiences(text.snapshot):
        raise Http404
    page = article_rendering.render(
        text,
        today=timezone.localdate(),
        begun_at=text.begun_at,
        audience=audience,
        topic=topics(version).get(text.topic_key),
        words=glossary.words_of(version, language),
    )
    context = {"page": page, "disclaimer": disclaimer(version, language), "counterpart": page["counterpart"]}
    return render(request, "content/article_detail.html", context)


@read_once
def topics(version: ContentVersion | None) -> dict[int, Topic]:
    return Topic.objects.in_bulk()


@read_once
def disclaimer(version: ContentVersion | None, language: str) -> Notice | None:
    return Notice.objects.filter(kind=Notice.Kind.MEDICAL_DISCLAIMER, language=language).first()


@cached_page
@at_former_addresses
def article_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The steps of a published article on one sheet without our name, to print and keep in a pocket."""
    published = Article.objects.published().with_counterpart()
    article = get_object_or_404(published, slug=slug, language=languages.current())
    steps = article_rendering.steps_of(article)
    if not steps:
        raise Http404
    counterpart = article.counterpart_url("content:article_card")
    return render(request, "content/article_card.html", {"steps": steps, "slug": slug, "counterpart": counterpart})
