"""One revision as the rules see it. What they look up is read once, whatever the number of rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from content.models import Article, Centre, HelpLine, Link, Revision, Source
from content.models.blocks import Audience
from content.models.centre import NEVER_TAKEN_DOWN
from content.rendering.article import has_two_audiences, own_addresses
from content.rendering.references import place_of
from content.text import rich_text
from content.text.block_kinds import HEADINGS, WORDS
from content.text.internal_links import OwnAddress
from content.text.snapshot import BlockData, Snapshot

# A full stop ends a sentence unless it belongs to a short form, a name's letter or a time of day.
SENTENCE = re.compile(
    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\b[A-Z])(?<!\b[ap]\.m)(?<!\bU\.S)"
    r"[.!?…][\"”’»)]*\s+(?=[\"“‘«(¿¡]?[A-ZÁÉÍÓÚÑ0-9])"
)
PARAGRAPH = re.compile(r"<(?P<tag>p|li|h3|td|th)\b[^>]*>(?P<inside>.*?)(?=</?(?:p|li|h3|td|th|ul|ol)\b)", re.DOTALL)
DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class Hit:
    """What a rule noticed. `words` are those it was found in; without words, what names the fault for good."""

    place: str
    reason: str
    cure: str
    words: str
    block: int | None = None


@dataclass(frozen=True)
class Passage:
    """One paragraph, heading or list item with the block it stands in."""

    block: int | None
    place: str
    text: str
    keys: tuple[str, ...] = ()
    is_heading: bool = False

    def hit(self, reason: str, cure: str, words: str = "") -> Hit:
        """What a rule noticed in it, bound to `words`, or to all of it."""
        return Hit(self.place, reason, cure, words or self.text, self.block)

    @property
    def sentences(self) -> list[str]:
        ends = [match.end() for match in SENTENCE.finditer(self.text)]
        starts = [0, *ends]
        return [self.text[start:end].strip() for start, end in zip(starts, [*ends, None], strict=True)]


class Text:
    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self.article: Article = revision.article
        self.snapshot: Snapshot = revision.snapshot
        self.blocks: list[BlockData] = self.snapshot["blocks"]
        self.language: str = self.snapshot["language"]

    def place(self, at: int) -> str:
        return place_of(self.blocks[at])

    def hit(self, at: int, reason: str, cure: str, words: str) -> Hit:
        """What a rule noticed in the block at this position."""
        return Hit(self.place(at), reason, cure, words, at)

    @cached_property
    def passages(self) -> list[Passage]:
        """Everything a reader reads, in order."""
        passages = [
            Passage(None, "Title", self.snapshot["title"], is_heading=True),
            Passage(None, "Short answer", self.snapshot["short_answer"]),
            Passage(None, "Description for search engines", self.snapshot["meta_description"]),
        ]
        for at, block in enumerate(self.blocks):
            passages += self.of_block(at, block)
        return [passage for passage in passages if passage.text.strip()]

    @property
    def readings(self) -> list[list[tuple[int, BlockData]]]:
        """The blocks with their places as each reader meets them: once, or once for each of the two audiences."""
        audiences = (Audience.ME, Audience.LOVED_ONE) if has_two_audiences(self.snapshot) else (Audience.ME,)
        return [
            [(at, block) for at, block in enumerate(self.blocks) if block.get("voice", audience) == audience]
            for audience in audiences
        ]

    def of_block(self, at: int, block: BlockData) -> Iterator[Passage]:
        place = self.place(at)
        for name in HEADINGS + WORDS:
            if block.get(name):
                yield Passage(at, place, str(block[name]), is_heading=name in HEADINGS)
        for tag, inside in paragraphs(block.get("text", "")):
            keys = tuple(rich_text.cited_keys(inside))
            yield Passage(at, place, " ".join(rich_text.plain_text(inside).split()), keys, is_heading=tag == "h3")

    @cached_property
    def body(self) -> list[Passage]:
        """The passages of the blocks alone."""
        return [passage for passage in self.passages if passage.block is not None]

    @cached_property
    def links(self) -> list[tuple[int, str, str]]:
        """(block, address, words) of every link."""
        return [
            (at, address, words)
            for at, block in enumerate(self.blocks)
            for address, words in rich_text.links(block.get("text", ""))
        ]

    @cached_property
    def sources(self) -> dict[str, Source]:
        return Source.objects.by_key(self.snapshot["citations"]) if self.snapshot["citations"] else {}

    @cached_property
    def own_addresses(self) -> dict[str, OwnAddress]:
        """The links to articles of ours, taken apart."""
        return own_addresses(self.blocks)

    @cached_property
    def linked_articles(self) -> dict[tuple[str, str], Article]:
        """Articles of ours by language and slug, of today or of before, with what visitors read of them."""
        owns = {(own.language, own.slug) for own in self.own_addresses.values()}
        return Article.objects.with_published_revision().by_address(owns)

    @cached_property
    def outside(self) -> dict[str, Link]:
        """What the last check found at addresses of others."""
        addresses = {address for _, address, _ in self.links if address.startswith("https://")}
        return {link.address: link for link in Link.objects.filter(address__in=addresses)} if addresses else {}

    @cached_property
    def our_numbers(self) -> dict[str, HelpLine | None]:
        """Digits of every number that stands in a record: help lines; ours, and those that always work (None)."""
        numbers: dict[str, HelpLine | None] = dict.fromkeys(NEVER_TAKEN_DOWN)
        if centre := Centre.objects.filter(id=Centre.THE_ONE).first():
            numbers[digits(str(centre.phone))] = None
        for line in HelpLine.objects.all():
            numbers |= dict.fromkeys([digits(line.number), *line.texted_numbers], line)
        return numbers


def paragraphs(html: str) -> Iterator[tuple[str, str]]:
    """(tag, inside) of each piece of text that stands by itself, in order."""
    for match in PARAGRAPH.finditer(html):
        if rich_text.plain_text(match["inside"]).strip():
            yield match["tag"], match["inside"]


def digits(number: str) -> str:
    """A number as it is dialed inside the country."""
    bare = DIGITS.sub("", number)
    return bare[1:] if len(bare) == 11 and bare.startswith("1") else bare
