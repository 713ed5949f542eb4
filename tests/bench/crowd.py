"""Many published articles, quickly: copies of the starter ones under other titles. For measuring lists and searches."""

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from content.models import Article, Revision, SearchEntry, SearchWord
from content.models.revision import canonical
from content.search import engine

BATCH = 500
SEED = 12  # the same crowd each time
MODELS = 10  # texts that are copied by turns
EARLIER = 19  # revisions of each article before the published one


@dataclass
class Model:
    """What the copies of one article have in common; it is worked out once."""

    article: Article
    snapshot: dict[str, Any]
    texts: dict[str, str]
    vocabulary: set[str]
    topics: list[Any]

    @classmethod
    def of(cls, article: Article) -> "Model":
        assert article.published_revision
        snapshot = article.published_revision.snapshot
        texts = engine.entry_texts(snapshot | {"title": ""})
        return cls(article, snapshot, texts, SearchEntry(**texts).vocabulary(), list(article.topics.all()))


def crowd(number: int, *, say: Callable[[str], None] = lambda line: None) -> None:
    """Publish English articles until there are `number`. Texts are those of the articles that are there, by turns."""
    chance = random.Random(SEED)
    there = Article.objects.published().filter(language="en")
    models = [Model.of(article) for article in there.select_related("reviewer").prefetch_related("topics")[:MODELS]]
    vocabulary = list(SearchWord.objects.filter(language="en").order_by("word").values_list("word", flat=True))
    counts: Counter[str] = Counter()
    for begin in range(there.count(), number, BATCH):
        with transaction.atomic():
            counts.update(
                add(
                    [models[at % len(models)] for at in range(begin, min(begin + BATCH, number))],
                    begin,
                    chance,
                    vocabulary,
                )
            )
        say(f"{min(begin + BATCH, number)} of {number} articles")
    known = {row.word: row for row in SearchWord.objects.filter(language="en")}
    for word, row in known.items():
        row.articles += counts[word]
    SearchWord.objects.bulk_update(known.values(), ["articles"], batch_size=BATCH)


def add(models: list[Model], begin: int, chance: random.Random, vocabulary: list[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    articles, revisions, entries, links = [], [], [], []
    for at, model in enumerate(models, start=begin):
        title = " ".join(chance.sample(vocabulary, 4)).capitalize()
        snapshot = model.snapshot | {"title": title}
        articles.append(Article(slug=f"crowd-{at}", title=title, reviewer=model.article.reviewer))
        text = canonical(snapshot)
        revisions.append(
            Revision(
                number=EARLIER + 1,
                snapshot_json=text,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                published_at=timezone.now(),
            )
        )
        folded = engine.fold(title)
        entries.append(
            SearchEntry(language="en", **model.texts | {"title": folded, "letter": SearchEntry.letter_of(folded)})
        )
        links.append(model.topics)
        counts.update(model.vocabulary.union(folded.split()))
    Article.objects.bulk_create(articles)
    for article, revision, entry in zip(articles, revisions, entries, strict=True):
        revision.article = entry.article = article
    Revision.objects.bulk_create(
        Revision(article=article, number=number, snapshot_json="{}", sha256=f"{number:064}")
        for article in articles
        for number in range(1, EARLIER + 1)
    )
    Revision.objects.bulk_create(revisions)
    for entry, revision in zip(entries, revisions, strict=True):
        entry.revision, entry.shown_from = revision, revision.published_at
    SearchEntry.objects.bulk_create(entries)
    through = Article.topics.through
    through.objects.bulk_create(
        through(article=article, topic=topic)
        for article, topics in zip(articles, links, strict=True)
        for topic in topics
    )
    return counts
