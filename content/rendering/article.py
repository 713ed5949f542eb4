"""A revision's snapshot to the page that readers see: anchors, numbered citations, contents, review line."""

import datetime
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.languages import long_date, translated
from content.models import Article, LicenceKind, Reviewer, Revision, SignOff, Source, Topic
from content.models.article import FIRST_ABOUT
from content.models.blocks import Audience
from content.rendering.glossary import Glossary
from content.text import readability, rich_text
from content.text.block_kinds import HEADINGS, KINDS, WORDS
from content.text.internal_links import OwnAddress, own_address
from content.text.snapshot import BlockData, Snapshot

WORDS_A_MINUTE = 200
ANCHOR = re.compile(r'<h3 id="([^"]+)">')
SUBHEADING = re.compile(r"<h3>(.*?)</h3>", re.DOTALL)
# Headings that every article page has after its text, in the order of the page.
FIXED_HEADINGS = (
    ("related", gettext_lazy("Related articles")),
    ("help-now", gettext_lazy("Get help now")),
    ("sources", gettext_lazy("Sources")),
    ("disclaimer", gettext_lazy("Medical disclaimer")),
    ("reviewer", gettext_lazy("Who checks this page")),
)


@dataclass
class Reference:
    """A source as this page numbers it, with a link back to every place that cites it."""

    number: int
    citation: str
    url: str
    opened_on: datetime.date
    has_expired: bool = False
    backlinks: list[dict[str, str]] = field(default_factory=list)


class Citations:
    """Numbers sources in the order in which they first appear on one page."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self.sources = sources
        self.references: dict[str, Reference] = {}

    def link(self, html: str) -> SafeString:
        """`html`, cleaned, with markers turned into links; a marker without a source is left out."""
        parts = rich_text.TAG.split(rich_text.for_page(html))
        parts[::2] = (rich_text.CITATION.sub(self._anchor, words) for words in parts[::2])  # never inside a tag
        return mark_safe("".join(parts))  # noqa: S308 reason=cleaned; what goes between its tags is made by format_html

    def _anchor(self, match: re.Match[str]) -> str:
        source = self.sources.get(match[1])
        if source is None:
            return ""
        reference = self.references.setdefault(
            source.key,
            Reference(len(self.references) + 1, source.citation, source.address, source.opened_on, source.has_expired),
        )
        place = f"cite-{reference.number}-{len(reference.backlinks) + 1}"
        reference.backlinks.append({"href": f"#{place}", "label": str(len(reference.backlinks) + 1)})
        return format_html(
            '<sup><a id="{}" href="#source-{}" aria-label="{} {}">[{}]</a></sup>',
            place,
            reference.number,
            _("Source"),
            reference.number,
            reference.number,
        )


@dataclass(frozen=True)
class Review:
    """What the page may say about its clinical review today."""

    state: str  # reviewed | awaited | edited | overdue | expired
    line: str
    reviewer: Reviewer | None
    signed_on: datetime.date | None = None
    due_on: datetime.date | None = None
    signed_by: str = ""


def render(
    revision: Revision,
    *,
    today: datetime.date,
    begun_at: datetime.datetime | None = None,
    is_preview: bool = False,
    audience: str = Audience.ME,
    topic: Topic | None = None,
    words: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything that `content/article_detail.html` shows of one revision.

    Three queries, however long the text: sources, the articles that it leads to, sign-offs. The revision's article and
    reviewer should be joined by the caller; `words` are those that lead to the glossary; `begun_at` is when the article
    was first published, if that was not with this text.
    """
    article, full = revision.article, revision.snapshot
    snapshot = snapshot_for(full, audience)
    citations = Citations(Source.objects.by_key(snapshot["citations"]))
    linked = LinkedArticles.of(article, snapshot, topic)
    blocks, contents = page_blocks(follow_links(snapshot["blocks"], article, linked), citations, Glossary(words or {}))
    related = related_articles(snapshot["related"], article, linked, topic)
    text = snapshot_text(snapshot)
    review = review_of(revision, sources=list(citations.sources.values()), today=today)
    present = {
        "related": bool(related),
        "sources": bool(citations.references),
        "reviewer": review.reviewer is not None,
    }
    contents += [
        {"anchor": anchor, "heading": str(heading)} for anchor, heading in FIXED_HEADINGS if present.get(anchor, True)
    ]
    changed_on = timezone.localdate(revision.published_at or revision.created_at)
    begun_at = begun_at or revision.published_at
    return {
        **{name: snapshot[name] for name in ("title", "short_answer", "meta_description", "kind", "language")},
        "byline": _("By the editorial team"),
        "url": article.get_absolute_url(),
        "slug": article.slug,
        "audience": audience,
        "audiences": audiences_of(article, full, is_preview=is_preview),
        "topic": topic,
        "is_preview": is_preview,
        "is_indexed": not is_preview and audience == Audience.ME,
        "revision_number": revision.number,
        "minutes": minutes(text),
        "grade": readability.grade(text, language=snapshot["language"]),
        "published_on": timezone.localdate(begun_at) if begun_at else None,
        "changed_on": changed_on,
        "review": review,
        "contents": contents,
        "blocks": blocks,
        "has_table": any("<table" in block.get("html", "") for block in blocks),
        "related": related,
        "sources": list(citations.references.values()),
        "counterpart": page_of(linked.edition, audience) if linked.edition else "",
    }


@dataclass(frozen=True)
class LinkedArticles:
    """The other articles that a page may lead to, as they are now."""

    by_key: dict[int, Article]
    by_address: dict[tuple[str, str], Article]
    about: list[Article]
    edition: Article | None  # in the other language

    @classmethod
    def of(cls, article: Article, snapshot: Snapshot, topic: Topic | None) -> "LinkedArticles":
        """One query."""
        keys = [entry["article"] for entry in snapshot["related"]]
        addresses = {(own.language, own.slug) for own in own_addresses(snapshot["blocks"]).values()}
        rows: list[Any] = list(Article.objects.linked_from(article, keys=keys, addresses=addresses, topic=topic))
        by_key = {row.pk: row for row in rows}
        readable = [row for row in by_key.values() if row.is_published and row.pk != article.pk]
        editions = (
            row
            for row in readable
            if row.language != article.language
            and (row.translation_of_id == article.pk or row.pk == article.translation_of_id)
        )
        return cls(
            by_key=by_key,
            by_address={(row.former_language, row.former_slug): row for row in rows if row.former_slug}
            | {(row.language, row.slug): row for row in rows},
            about=[row for row in readable if row.is_about and row.language == article.language],
            edition=next(editions, None),
        )


def page_of(article: Article, audience: str) -> str:
    """The address of a published article for this audience, or its one address."""
    assert article.published_revision
    has_this_audience = audience == Audience.LOVED_ONE and has_two_audiences(article.published_revision.snapshot)
    return article.loved_one_url() if has_this_audience else article.get_absolute_url()


def snapshot_for(snapshot: Snapshot, audience: str = Audience.ME) -> Snapshot:
    """The snapshot with the blocks that a reader of this audience meets."""
    blocks = [block for block in snapshot["blocks"] if block.get("voice", audience) == audience]
    return snapshot | {"blocks": blocks}


def has_two_audiences(snapshot: Snapshot) -> bool:
    """Whether the article speaks to two audiences."""
    return any(block.get("voice") == Audience.LOVED_ONE for block in snapshot["blocks"])


def audiences_of(article: Article, snapshot: Snapshot, *, is_preview: bool) -> list[dict[str, str]]:
    """The page's two addresses; none for an article with one audience. The preview has one address and a query."""
    if not has_two_audiences(snapshot):
        return []
    for_me, for_someone = ("?", f"?{Audience.LOVED_ONE}")
    if not is_preview:
        for_me, for_someone = (article.get_absolute_url(), article.loved_one_url())
    return [
        {"audience": Audience.ME, "name": _("For me"), "url": for_me},
        {"audience": Audience.LOVED_ONE, "name": _("For someone I love"), "url": for_someone},
    ]


def own_addresses(blocks: list[BlockData]) -> dict[str, OwnAddress]:
    """The links of the text that lead to articles of ours."""
    addresses = {address for block in blocks for address in rich_text.addresses(block.get("text", ""))}
    return {address: own for address in addresses if (own := own_address(address))}


def follow_links(blocks: list[BlockData], article: Article, linked: LinkedArticles) -> list[BlockData]:
    """The blocks with links to articles of ours leading to where these are today.

    Of a link to an article that visitors cannot open only the words stay. `article` is the one they stand in.
    """
    owns = own_addresses(blocks)
    if not owns:
        return blocks

    def leads_to(address: str) -> str:
        if (own := owns.get(address)) is None:
            return address
        target = linked.by_address.get((own.language, own.slug))
        is_readable = target is not None and (target == article or target.is_published)
        return own.below(target.get_absolute_url()) if target and is_readable else ""

    return [
        block | {"text": rich_text.relinked(block["text"], leads_to)} if block.get("text") else block
        for block in blocks
    ]


def page_blocks(
    blocks: list[BlockData], citations: Citations, glossary: Glossary
) -> tuple[list[BlockData], list[dict[str, str]]]:
    """The blocks, each with its template, those of a kind that is grouped as one; and the page's headings so far."""
    page: list[BlockData] = []
    contents: list[dict[str, str]] = []

    def html_of(block: BlockData, prefix: str) -> SafeString:
        return anchored(glossary.link(citations.link(block.get("text", ""))), prefix)

    for name, run in groupby(blocks, key=lambda block: block["type"]):
        kind = KINDS[name]
        style = {"template": f"components/{kind.template}.html", "is_warning": kind.is_warning}
        prefix = kind.key.partition("--")[0]  # of the anchors inside a block
        parts = [block | style | {"html": html_of(block, prefix.format_map(block) or name)} for block in run]
        if kind.group:
            anchor, heading = kind.group[0], str(kind.group[1])
            page.append(style | {"type": kind.template, "anchor": anchor, "heading": heading, "parts": parts})
            contents.append({"anchor": anchor, "heading": heading})
        else:
            page += parts
            contents += [
                {"anchor": kind.contents.format_map(block), "heading": block["heading"]}
                for block in parts
                if kind.contents
            ]
    return page, contents


def anchored(html: SafeString, prefix: str) -> SafeString:
    """`html` with an id on every smaller heading, made from the section's anchor and the heading's words."""
    taken: dict[str, int] = {}

    def with_id(match: re.Match[str]) -> str:
        words = slugify(rich_text.plain_text(match[1])) or "part"
        taken[words] = taken.get(words, 0) + 1
        suffix = f"-{taken[words]}" if taken[words] > 1 else ""
        return f'<h3 id="{escape(prefix)}-{words}{suffix}">{match[1]}</h3>'

    return mark_safe(SUBHEADING.sub(with_id, html))  # noqa: S308 reason=clean text, and an escaped prefix with a slug


def anchors(snapshot: Snapshot) -> set[str]:
    """Every place of the text that a link can lead to."""
    page, contents = page_blocks(snapshot["blocks"], Citations({}), Glossary({}))
    parts = [*page, *(part for block in page for part in block.get("parts", []))]
    inner = [anchor for part in parts for anchor in ANCHOR.findall(part.get("html", ""))]
    steps = [f"step-{block['number']}" for block in snapshot["blocks"] if block["type"] == "step"]
    fixed = [anchor for anchor, _heading in FIXED_HEADINGS]
    return {entry["anchor"] for entry in contents} | {*inner, *steps, *fixed}


def related_articles(
    related: list[dict[str, Any]], article: Article, linked: LinkedArticles, topic: Topic | None
) -> list[dict[str, str]]:
    """Those of the editor's choice that are published now and in this language, in the editor's order; without one the
    first others about the topic."""
    chosen = [(linked.by_key.get(entry["article"]), entry["reason"]) for entry in related]
    rows = [
        (other, why) for other, why in chosen if other and other.is_published and other.language == article.language
    ]
    if topic and not rows:
        why = _("Also about: %(topic)s.") % {"topic": translated(topic, "name")}
        rows = [(other, why) for other in linked.about[:FIRST_ABOUT]]
    return [{"title": title_of(other), "url": other.get_absolute_url(), "reason": why} for other, why in rows]


def review_of(revision: Revision, *, sources: list[Source], today: datetime.date) -> Review:
    """The review of exactly this text. It is one query: all sign-offs of the article.

    "Reviewed" appears only for a sign-off whose hash is this revision's hash, while the signer's licence is valid and
    since no cited source has changed. A review whose next date is past says that it is overdue.
    """
    reviewer = revision.article.reviewer
    sign_offs = list(
        SignOff.objects.filter(revision__article_id=revision.article_id).select_related("reviewer", "full")
    )
    ours = next((signed for signed in sign_offs if signed.sha256 == revision.sha256), None)
    name = reviewer.name if reviewer else _("a reviewer")
    if ours is None:
        if not sign_offs:
            return Review("awaited", _("Clinical review by %(name)s is awaited.") % {"name": name}, reviewer)
        line = _("Edited since review. Clinical review of this text by %(name)s is awaited.") % {"name": name}
        return Review("edited", line, reviewer)
    signed: dict[str, Any] = {
        "signed_on": ours.reviewed_on,
        "due_on": ours.next_due,
        "signed_by": ours.reviewer_name,
    }
    if ours.reviewer.licence_has_expired(today):
        assert ours.reviewer.licence_expires
        line = _(
            "The license of the person who checked this text ran out on %(day)s. A new clinical review is awaited."
        ) % {"day": long_date(ours.reviewer.licence_expires)}
        return Review("expired", line, reviewer, **signed)
    line = signed_line(ours)
    if ours.next_due < today:
        overdue = _("Review overdue: the next one was due on %(day)s.") % {"day": long_date(ours.next_due)}
        return Review("overdue", f"{line} {overdue}", reviewer, **signed)
    if any(source.changed_at > ours.reviewed_at for source in sources):
        line = _("A source has changed since review. A new clinical review by %(name)s is awaited.") % {"name": name}
        return Review("edited", line, reviewer, **signed)
    next_review = _("Next review by %(day)s.") % {"day": long_date(ours.next_due)}
    return Review("reviewed", f"{line} {next_review}", reviewer, **signed)


def signed_line(signed: SignOff) -> str:
    """Who checked the text, with which licence and when."""
    if signed.licence_kind == LicenceKind.MEDICAL:
        line = _("Medically reviewed by %(who)s, on %(day)s.")
    else:
        line = _("Clinically reviewed by %(who)s, on %(day)s.")
    return line % {"who": signed.who, "day": long_date(signed.reviewed_on)}


def card(article: Article) -> dict[str, object]:
    """A published article as lists show it. The caller prefetches `topics`."""
    assert article.published_revision
    snapshot = article.published_revision.snapshot
    return {
        "title": snapshot["title"],
        "url": article.get_absolute_url(),
        "short_answer": snapshot["short_answer"],
        "summary": snapshot["meta_description"] or snapshot["short_answer"],
        "topic_names": [name for topic in article.topics.all() if (name := translated(topic, "name"))],
        "minutes": minutes(snapshot_text(snapshot_for(snapshot))),
    }


def cards(keys: Iterable[int]) -> dict[int, dict[str, object]]:
    """Published articles as lists show them, in this order, by key. Whoever sorts and cuts does it with keys: whole
    rows would carry every article's text along. One that has left the site since is not there."""
    wanted = list(keys)
    articles = Article.objects.published().prefetch_related("topics").in_bulk(wanted)
    return {key: card(articles[key]) for key in wanted if key in articles}


def title_of(article: Article) -> str:
    """The title that visitors see of a published article."""
    assert article.published_revision
    return article.published_revision.snapshot["title"]


def steps_of(article: Article) -> list[BlockData]:
    """The steps that visitors see of a published article, in order; most articles have none."""
    assert article.published_revision
    return [block for block in article.published_revision.snapshot["blocks"] if block["type"] == "step"]


def minutes(text: str) -> int:
    """How long it takes to read."""
    return max(1, math.ceil(len(text.split()) / WORDS_A_MINUTE))


def snapshot_text(snapshot: Snapshot) -> str:
    """All words of an article, for search and for the reading time."""
    parts = [snapshot["title"], snapshot["short_answer"]]
    for block in snapshot["blocks"]:
        parts += [block.get(name, "") for name in HEADINGS + WORDS]
        parts.append(rich_text.plain_text(block.get("text", "")))
    return "\n".join(part for part in parts if part)
