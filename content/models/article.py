"""The working copy that editors change. Visitors never read it: they read the published revision (`revision.py`)."""

import datetime
import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from content_editor.models import Region
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation

from content.languages import ENGLISH, LANGUAGES, SPANISH, other, translated
from content.models.blocks import BLOCKS, Block
from content.models.fields import CharField, TextField
from content.models.former_address import FormerAddress
from content.models.reviewer import Reviewer
from content.models.revision import Revision, SignOff, canonical
from content.models.slugged import Slugged
from content.models.source import Source
from content.models.topic import Topic, published_links
from content.models.usage import Usage
from content.text import rich_text
from content.text.snapshot import Snapshot

RESERVED_SLUGS = {"a-z", "feed", "history"}
FIRST_ABOUT = 3  # related articles of a page without an editor's choice


class ArticleQuerySet(models.QuerySet["Article"]):
    def with_changed_source(self) -> "ArticleQuerySet":
        """Articles on the site that cite a source which was corrected since a reviewer signed their text."""
        return self.published().with_review_time().filter(cites_corrected_source())

    def in_review(self, state: str) -> "ArticleQuerySet":
        """Articles on the site whose review stands so: one of the states of `with_review_state`."""
        return self.published().with_review_state().filter(review_state=state)

    def with_review_state(self) -> Any:
        """Adds `review_state`: what `rendering.review_of` says of the published text; empty without one.

        Needs `with_published_revision`.
        """
        today = timezone.localdate()
        of_text = SignOff.objects.filter(
            revision__article=OuterRef("pk"), sha256=OuterRef("published_revision__sha256")
        ).order_by("-signed_at")
        return (
            self.with_review_time()
            .annotate(
                review_due=Subquery(of_text.values("next_due")[:1]),
                licence_ends=Subquery(of_text.values("reviewer__licence_expires")[:1]),
            )
            .annotate(
                review_state=Case(
                    When(published_revision=None, then=Value("")),
                    When(
                        Q(review_due=None) & Exists(SignOff.objects.filter(revision__article=OuterRef("pk"))),
                        then=Value("edited"),
                    ),
                    When(review_due=None, then=Value("awaited")),
                    When(licence_ends__lt=today, then=Value("expired")),
                    When(review_due__lt=today, then=Value("overdue")),
                    When(cites_corrected_source(), then=Value("edited")),
                    default=Value("reviewed"),
                )
            )
        )

    def with_published_revision(self) -> "ArticleQuerySet":
        """Joins what visitors read now: `published_revision` of each article, or None."""
        now = timezone.now()
        articles: Any = self  # mypy knows no relation that is filtered
        return articles.annotate(
            published_revision=FilteredRelation(
                "revisions",
                condition=Q(revisions__published_at__lte=now)
                & (Q(revisions__published_until=None) | Q(revisions__published_until__gt=now)),
            ),
            published_key=F("published_revision__pk"),
        ).select_related("published_revision")

    def published(self) -> "ArticleQuerySet":
        """The one verb for visibility: views, sitemap, feed, search and related articles all use it."""
        # Not the joined table: asked of each article in turn, the first ones of a list are found without all others.
        return self.with_published_revision().filter(
            Exists(Revision.objects.on_the_site().filter(article=OuterRef("pk")))
        )

    def active(self) -> "ArticleQuerySet":
        """What staff work with: neither in the archive nor in the trash."""
        return self.filter(archived_at=None, deleted_at=None)

    def in_trash(self) -> "ArticleQuerySet":
        return self.filter(deleted_at__isnull=False)

    def trash_is_over(self) -> "ArticleQuerySet":
        """Articles that have lain in the trash for their time."""
        return self.filter(
            deleted_at__lte=timezone.now() - datetime.timedelta(days=settings.RETENTION_DAYS["trashed_articles"])
        )

    def with_review_time(self) -> "ArticleQuerySet":
        """Adds `reviewed_at`: when the published text, exactly as it is, was last signed; None without a sign-off."""
        sign_offs = SignOff.objects.filter(
            revision__article=OuterRef("pk"), sha256=OuterRef("published_revision__sha256")
        )
        read_at = sign_offs.order_by("-signed_at").values(read_at=Coalesce("full__signed_at", "signed_at"))
        return self.annotate(reviewed_at=Subquery(read_at[:1]))

    def with_counterpart(self) -> "ArticleQuerySet":
        """Adds `counterpart_slug`: the published edition in the other language; None without one."""
        editions: Any = Article.objects.published().exclude(language=OuterRef("language"))
        editions = editions.filter(Q(translation_of=OuterRef("pk")) | Q(pk=OuterRef("translation_of")))
        return self.annotate(counterpart_slug=Subquery(editions.values("slug")[:1]))

    def by_address(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], "Article"]:
        """Those that have, or once had, one of these addresses: each a language and a slug."""
        asked = set(wanted)
        here = self.filter(slug__in={slug for _, slug in asked}) if asked else self.none()
        articles = {(article.language, article.slug): article for article in here}
        if missing := asked - articles.keys():
            slugs = {slug for _, slug in missing}
            former = FormerAddress.objects.filter(slug__in=slugs)
            addresses = {(row.language, row.slug): row.article_id for row in former}
            moved = self.in_bulk(addresses.values()) if addresses else {}
            articles |= {address: moved[key] for address, key in addresses.items() if key in moved}
        return {address: article for address, article in articles.items() if address in asked}

    def linked_from(
        self, article: "Article", *, keys: Iterable[int], addresses: Iterable[tuple[str, str]], topic: Topic | None
    ) -> "ArticleQuerySet":
        """All that the page of a stored `article` may lead to, in one query, each with what visitors read of it now.

        These are the articles with one of `keys`, those that have or once had one of `addresses`, each a language and
        a slug, the edition in the other language, and the first `FIRST_ABOUT` that can be read about `topic`. Whichever
        is about it has `is_about`, drafts and other languages included. `former_language` and `former_slug` are the
        address of before; there is a row for each.
        """
        slugs = {slug for _, slug in addresses} or {""}  # which no article has
        about = Article.topics.through.objects.filter(topic=topic)
        first = published_links(article.language).filter(topic=topic).exclude(article=article)
        wanted = [
            Q(pk__in={*keys, article.translation_of_id} - {None}),
            Q(slug__in=slugs),
            Q(former_addresses__slug__in=slugs),
            Q(translation_of=article),
            Q(pk__in=first.order_by("article__title").values("article")[:FIRST_ABOUT]),
        ]
        parts = [Article.objects.order_by().filter(part).values("pk") for part in wanted]
        former = FilteredRelation("former_addresses", condition=Q(former_addresses__slug__in=slugs))
        articles: Any = self.with_published_revision().filter(pk__in=parts[0].union(*parts[1:])).order_by("title")
        return articles.annotate(
            former=former,
            former_language=F("former__language"),
            former_slug=F("former__slug"),
            is_about=Exists(about.filter(article=OuterRef("pk"))),
        )


def cites_corrected_source() -> Exists:
    """Asks it of articles with `published_key` and `reviewed_at`: was a source corrected since the text was read?"""
    corrected = Source.objects.filter(key=OuterRef("target"), changed_at__gt=OuterRef(OuterRef("reviewed_at")))
    citing = Usage.objects.filter(kind="source", revision=OuterRef("published_key"))
    return Exists(citing.filter(Exists(corrected)))


class Article(Slugged):
    ADDRESS, FORMER = ("language", "slug"), "former_addresses"

    class Kind(models.TextChoices):
        STANDARD = "standard", "Article"
        TWELVE_STEP = "twelve_step", "Article with the twelve steps"

    regions = [Region(key="main", title="Text")]

    slug = models.SlugField(
        max_length=80,
        help_text="The address of the page, like “sponsors-and-meetings”. If you change it, the old one leads here.",
        validators=[
            RegexValidator(
                r"^(?!(a-z|feed|history)$)",
                "This word is used by the site. Choose another address.",
            )
        ],
    )
    kind = CharField(max_length=12, choices=Kind, default=Kind.STANDARD)
    language = CharField(max_length=2, choices=LANGUAGES, default=ENGLISH)
    title = CharField(
        max_length=70,
        help_text="What the reader asks or looks for. At most 70 characters.",
    )
    short_answer = TextField(
        blank=True,
        help_text="The answer in 30 to 60 words, without a citation. Shown under the title.",
    )
    meta_description = CharField(max_length=155, blank=True, help_text="For search engines: one sentence.")
    topics = models.ManyToManyField(Topic, blank=True, related_name="articles")
    reviewer = models.ForeignKey(
        Reviewer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text="Who checks this text. Needed to publish.",
    )
    translation_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="translations",
        limit_choices_to={"language": ENGLISH},
        help_text="For a Spanish article: the English one that it translates. Readers can switch between the two.",
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        indexes = [
            models.Index(fields=["title", "-id"], name="content_article_staff"),  # the list of staff is in this order
            models.Index(fields=["language", "title"], name="content_article_by_title"),  # and those of readers in this
        ]
        permissions = [
            ("publish_article", "Can publish and withdraw articles"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="content_article_one_address",
                violation_error_message=(
                    "Another article has this address, maybe one in the archive or the trash. Choose another one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(archived_at=None) | Q(deleted_at=None),
                name="content_article_in_one_place",
                violation_error_message="An article lies in the archive or in the trash, not in both.",
            ),
            models.CheckConstraint(
                condition=~Q(slug__in=sorted(RESERVED_SLUGS)),
                name="content_article_slug_not_reserved",
                violation_error_message="This word is used by the site. Choose another address.",
            ),
            models.CheckConstraint(
                condition=Q(translation_of=None) | Q(language=SPANISH),
                name="content_article_translations_are_spanish",
                violation_error_message="Only a Spanish article is a translation. Choose Spanish, or no original.",
            ),
            models.UniqueConstraint(
                fields=["translation_of"],
                name="content_article_translated_once",
                violation_error_message="This article has a translation already. Change that one.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        with translation.override(self.language):
            return reverse("content:article_detail", kwargs={"slug": self.slug})

    def loved_one_url(self) -> str:
        """The page for the other audience. It is there for an article with two audiences alone."""
        with translation.override(self.language):
            return reverse("content:article_for_someone", kwargs={"slug": self.slug})

    def counterpart_url(self, page: str) -> str:
        """The same page of the other edition; empty without one. The row comes from `with_counterpart`."""
        slug = self.counterpart_slug  # type: ignore[attr-defined] # reason=annotated
        with translation.override(other()):
            return reverse(page, args=[slug]) if slug else ""

    @property
    def first_topic(self) -> Topic | None:
        """The first one that has a name in the language of the page."""
        return next((topic for topic in self.topics.all() if translated(topic, "name")), None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.forget_publication()
        super().refresh_from_db(*args, **kwargs)

    def forget_publication(self) -> None:
        """The next question what visitors read is asked of the database again."""
        for name in ("published_revision", "published_key"):
            self.__dict__.pop(name, None)

    @cached_property
    def published_revision(self) -> Revision | None:
        """What visitors read now. `ArticleQuerySet.published` and `with_published_revision` have it joined."""
        if self.__dict__.get("published_key", "not joined") is None:
            return None
        return Revision.objects.on_the_site().filter(article=self).first()

    @property
    def is_published(self) -> bool:
        """The rule of `ArticleQuerySet.published`, for one row."""
        return self.published_revision is not None

    @property
    def was_public(self) -> bool:
        """Whether visitors could read it at any time, or will: one of its texts has a date."""
        return self.revisions.filter(published_at__isnull=False).exists()

    @property
    def is_active(self) -> bool:
        """The rule of `ArticleQuerySet.active`, for one row."""
        return self.archived_at is None and self.deleted_at is None

    @property
    def trash_ends_at(self) -> datetime.datetime | None:
        return (
            self.deleted_at + datetime.timedelta(days=settings.RETENTION_DAYS["trashed_articles"])
            if self.deleted_at
            else None
        )

    def blocks(self) -> list[Block]:
        """The blocks of the working copy, in order; one query for each kind of block."""
        blocks: list[Block] = []
        for model in BLOCKS:
            blocks += model._default_manager.filter(parent=self)
        return sorted(blocks, key=lambda block: (block.ordering, block.type, block.pk))

    def snapshot(self) -> Snapshot:
        """Everything that a revision keeps, as plain data (decisions: sources, centre and reviewer are live)."""
        blocks = [block.data() for block in self.blocks()]
        return {
            "format": 1,
            "kind": self.kind,
            "language": self.language,
            "title": self.title,
            "short_answer": self.short_answer,
            "meta_description": self.meta_description,
            "blocks": blocks,
            "related": [
                {"article": related.related_id, "reason": related.reason} for related in self.related_articles.all()
            ],
            "citations": rich_text.cited_keys("".join(block.get("text", "") for block in blocks)),
        }

    def new_revision(self) -> Revision:
        """The working copy as a revision, not yet stored and without a number."""
        text = canonical(self.snapshot())
        return Revision(article=self, snapshot_json=text, sha256=hashlib.sha256(text.encode()).hexdigest())


class RelatedArticle(models.Model):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_articles")
    related = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_from")
    position = models.PositiveSmallIntegerField(default=0)
    reason = CharField(max_length=160, help_text="One sentence to the reader: why read this next?")

    class Meta:
        verbose_name = "related article"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "related"],
                name="content_relatedarticle_once",
                violation_error_message="This article is already in the list.",
            ),
            models.CheckConstraint(
                condition=~Q(article=F("related")),
                name="content_relatedarticle_is_another",
                violation_error_message="An article cannot be related to itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} → {self.related_id}"
