"""Two people's texts of one article put together part by part, seen from the text that both began with.

What only one of the two has changed is settled by that; what both have changed, somebody chooses.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from content.text.diff import Piece, compared, joined, matched, name_of, text_of
from content.text.snapshot import BlockData, Snapshot

MINE, THEIRS = "mine", "theirs"
FIELDS = (
    ("title", "Title"),
    ("short_answer", "Short answer"),
    ("meta_description", "Sentence for search engines"),
    ("kind", "Kind of article"),
    ("language", "Language"),
    ("related", "Related articles"),
    ("slug", "Address"),
    ("topics", "Topics"),
    ("reviewer", "Reviewer"),
    ("translation_of", "Original"),
)
NOTHING: dict[str, object] = {"blocks": []}
Positions = tuple[int | None, int | None]  # of a block in mine, and in theirs


@dataclass(frozen=True)
class Part:
    """A field or a block as it is in both texts. A block that is not in a text is None there."""

    field: str  # "" for a block
    name: str
    mine: Any
    theirs: Any
    choice: str  # mine, theirs, or empty when both have changed it

    @property
    def differs(self) -> bool:
        return self.mine != self.theirs


def parts(base: Snapshot, theirs: Snapshot, mine: Snapshot) -> list[Part]:
    """Everything that the article is made of, in the order of the text that comes of it."""
    fields = [
        Part(name, label, mine[name], theirs[name], settled(base.get(name), theirs[name], mine[name]))
        for name, label in FIELDS
    ]
    return fields + blocks(base["blocks"], theirs["blocks"], mine["blocks"])


def settled(base: object, theirs: object, mine: object) -> str:
    if mine == theirs or base == theirs:
        return MINE
    return THEIRS if base == mine else ""


def blocks(base: list[Any], theirs: list[Any], mine: list[Any]) -> list[Part]:
    """The order is mine when I changed it, else theirs. A block of one text alone stands after the same neighbor."""
    matches = matched(theirs, mine)  # place in mine to place in theirs
    in_mine, in_theirs = matched(base, mine), matched(base, theirs)  # to the place in the text both began with
    places: list[Positions]
    if [in_mine[place] for place in sorted(in_mine)] == sorted(in_mine.values()):  # I moved none
        own = {at: place for place, at in matches.items()}
        only_mine: list[Positions] = [(place, None) for place in range(len(mine)) if place not in matches]
        places = insert([(own.get(at), at) for at in range(len(theirs))], only_mine, side=0)
    else:
        only_theirs: list[Positions] = [(None, at) for at in range(len(theirs)) if at not in matches.values()]
        places = insert([(place, matches.get(place)) for place in range(len(mine))], only_theirs, side=1)
    parts = []
    for place, at in places:
        own_block: Any = None if place is None else mine[place]
        other: Any = None if at is None else theirs[at]
        began = next((base[pairs[key]] for pairs, key in ((in_mine, place), (in_theirs, at)) if key in pairs), None)
        parts.append(Part("", name_of(own_block or other), own_block, other, settled(began, other, own_block)))
    return parts


def insert(skeleton: list[Positions], alone: Iterable[Positions], *, side: int) -> list[Positions]:
    """Each of `alone` behind the one that is before it in its own text."""
    places = list(skeleton)
    for entry in alone:
        place = entry[side]
        assert place is not None
        at = next((i for i, other in enumerate(places) if other[side] == place - 1), None)
        places.insert(0 if at is None else at + 1, entry)
    return places


def merge(all_parts: list[Part], choices: dict[int, str]) -> Snapshot | None:
    """The text that the choices make, by the number of the part; None when one is missing where both changed it."""
    text: Snapshot = {"blocks": []}
    for number, part in enumerate(all_parts):
        choice = choices.get(number, part.choice)
        if not choice:
            return None
        chosen = part.theirs if choice == THEIRS else part.mine
        if part.field:
            text[part.field] = chosen
        elif chosen is not None:
            text["blocks"].append(chosen)
    return text


def sides(mine: str, theirs: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts whole, each with the words marked that the other does not have."""
    pieces = list(joined(compared(mine.splitlines(keepends=True), theirs.splitlines(keepends=True))))
    return (
        [piece for piece in pieces if piece.kind != "added"],
        [piece for piece in pieces if piece.kind != "removed"],
    )


def words_of(block: BlockData | None) -> str:
    return text_of(block) if block else ""
