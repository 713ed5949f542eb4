"""What changed between two texts of an article, word by word: parts added, removed, changed and moved.

The cost is bounded: two passages too long to be compared word by word are shown as the old one and the new one.
"""

import bisect
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.text import rich_text
from content.text.block_kinds import HEADINGS, KINDS, WORDS, title_of
from content.text.snapshot import BlockData, Snapshot

LIMIT = 4_000_000  # words and blanks of the one times those of the other: at most a few tenths of a second
CONTEXT = 24  # unchanged words and blanks shown on either side of a change
WORD = re.compile(r"\S+|\s+")  # a word that took its blank with it would change where its line goes on
AUDIENCES = {"me": gettext_lazy("For me"), "loved_one": gettext_lazy("For someone I love")}


@dataclass(frozen=True)
class Piece:
    kind: str  # same | added | removed | gap
    text: str = ""


@dataclass
class Change:
    """One part of the article. A part may have moved and changed as well."""

    state: str  # added | removed | changed | moved
    name: str
    pieces: list[Piece] = field(default_factory=list)
    moved: bool = False


@dataclass
class Difference:
    changes: list[Change]
    sources_added: list[str]
    sources_removed: list[str]

    def __bool__(self) -> bool:
        return bool(self.changes or self.sources_added or self.sources_removed)


def difference(old: Snapshot, new: Snapshot) -> Difference:
    """From one snapshot to the next, in the order of the new text; what is gone stands last.

    Sources are named by key.
    """
    changes = [
        Change("changed", name, words(old[key], new[key]))
        for key, name in (("title", _("Title")), ("short_answer", _("Short answer")))
        if old[key] != new[key]
    ]
    pairs = matched(old["blocks"], new["blocks"])
    in_place = in_order([pairs[at] for at in sorted(pairs)])
    for at, block in enumerate(new["blocks"]):
        if at not in pairs:
            changes.append(Change("added", name_of(block), [Piece("added", text_of(block))]))
            continue
        before, moved = old["blocks"][pairs[at]], pairs[at] not in in_place
        if before != block:
            changes.append(Change("changed", name_of(block), words(*texts_of(before, block)), moved))
        elif moved:
            changes.append(Change("moved", name_of(block), moved=True))
    gone = set(range(len(old["blocks"]))) - set(pairs.values())
    for at in sorted(gone):
        block = old["blocks"][at]
        changes.append(Change("removed", name_of(block), [Piece("removed", text_of(block))]))
    return Difference(
        changes,
        [key for key in new["citations"] if key not in old["citations"]],
        [key for key in old["citations"] if key not in new["citations"]],
    )


def staff_only_changes(old: Snapshot, new: Snapshot, *, titles: dict[int, str]) -> list[Change]:
    """What differs beside the text that readers see. `titles` are those of the related articles, by key."""

    def lines(snapshot: Snapshot) -> dict[str, str]:
        related = (f"{titles.get(entry['article'], 'gone')}: {entry['reason']}" for entry in snapshot["related"])
        return {
            "Kind of article": snapshot["kind"],
            "Sentence for search engines": snapshot["meta_description"],
            "Related articles": "\n".join(related),
        }

    before, after = lines(old), lines(new)
    return [Change("changed", name, words(before[name], after[name])) for name in after if before[name] != after[name]]


def matched(old: list[BlockData], new: list[BlockData]) -> dict[int, int]:
    """Place in the new text to place in the old one: equal blocks first, then those of the same anchor or number."""
    pairs: dict[int, int] = {}
    for key in (str, same_part):
        free: dict[Hashable, list[int]] = {}
        for at, block in enumerate(old):
            if at not in pairs.values():
                free.setdefault(key(block), []).append(at)
        for at, block in enumerate(new):
            if at not in pairs and free.get(key(block)):
                pairs[at] = free[key(block)].pop(0)
    return pairs


def same_part(block: BlockData) -> Hashable:
    return block["type"], block.get(KINDS[block["type"]].part), block.get("voice")


def in_order(places: list[int]) -> set[int]:
    """The longest run of `places` that keeps its order: all others have moved."""
    ends: list[int] = []
    best: list[list[int]] = []
    for place in places:
        at = bisect.bisect_left(ends, place)
        run = [*(best[at - 1] if at else []), place]
        ends[at : at + 1], best[at : at + 1] = [place], [run]
    return set(best[-1]) if best else set()


def name_of(block: BlockData) -> str:
    name = title_of(block, otherwise=_("Part"))
    return f"{name} ({AUDIENCES[block['voice']]})" if "voice" in block else name


def text_of(block: BlockData) -> str:
    """What readers see of a block, without markup; each paragraph in its line."""
    parts = [block.get(name, "") for name in HEADINGS + WORDS] + [rich_text.plain_text(block.get("text", ""))]
    return "\n".join(part for part in parts if part)


def texts_of(old: Snapshot, new: Snapshot) -> tuple[str, str]:
    """Two versions of one block, without the heading when it stayed: it stands over the difference already."""
    if old.get("heading") == new.get("heading"):
        old, new = old | {"heading": ""}, new | {"heading": ""}
    return text_of(old), text_of(new)


def words(old: str, new: str) -> list[Piece]:
    """The new text with what was taken out and put in; empty when the words are the same."""
    if old.split() == new.split():
        return []
    return list(shortened(list(joined(compared(old.splitlines(keepends=True), new.splitlines(keepends=True))))))


def compared(old: Sequence[str], new: Sequence[str], *, by_sentence: bool = True) -> Iterator[Piece]:
    """Lines first, then the words of lines that differ: a word that stayed in its line is never shown as changed."""
    if len(old) * len(new) > LIMIT:
        yield Piece("removed", "".join(old))
        yield Piece("added", "".join(new))
        return
    runs = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (kind, a, b, c, d) in enumerate(runs):
        before, after = "".join(old[a:b]), "".join(new[c:d])
        is_blank_between = not by_sentence and after.isspace() and 0 < at < len(runs) - 1
        if kind == "equal" and not is_blank_between:  # changed words in a row are read as one change
            yield Piece("same", after)
        elif kind == "replace" and by_sentence:
            yield from compared(WORD.findall(before), WORD.findall(after), by_sentence=False)
        else:
            yield Piece("removed", before)
            yield Piece("added", after)


def joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbors of one kind as one piece, without empty ones; what was taken out stands before what was put in."""
    for _same, run in groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.kind == "same"):
        parts = list(run)
        for kind in ("same", "removed", "added"):
            if text := "".join(part.text for part in parts if part.kind == kind):
                yield Piece(kind, text)


def shortened(pieces: list[Piece]) -> Iterator[Piece]:
    """Long unchanged passages cut down to some words beside the changes."""
    for at, piece in enumerate(pieces):
        tokens = WORD.findall(piece.text)
        head = CONTEXT if at else 0
        tail = CONTEXT if at < len(pieces) - 1 else 0
        if piece.kind != "same" or len(tokens) <= head + tail:
            yield piece
            continue
        if head:
            yield Piece("same", "".join(tokens[:head]))
        yield Piece("gap")
        if tail:
            yield Piece("same", "".join(tokens[-tail:]))
