"""Whether one text differs from another by typos alone: what a reviewer may confirm at a glance.

Strict on purpose. Where this says no, the reviewer reads and signs the text as usual.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import zip_longest

from content.text.block_kinds import HEADINGS, WORDS
from content.text.snapshot import Snapshot
from content.text.spelling import distance

MOST_CHANGES = 5
RULE = (
    "A change counts as a typo when at most five words or marks differ. Each word may have one letter too "
    "many, too few, wrong or swapped, and begins with the same letter. Figures, doses, words like “not”, “may” or "
    "“stop”, links, sources, pictures, and the order of parts must be the same."
)
PROSE = {"title", "short_answer", "meta_description", "reason", "text", *HEADINGS, *WORDS} - {"alt"}
MARKS = set(",;:.'’\"“”–—-")
# A letter more or less must not turn these into something else, nor something else into these.
WEIGHTY = re.compile(
    r"not|no|nor|never|none|neither|without|cannot|can|may|must|should|shall|will|would|could|stop|start|more|less|"
    r"mg|mcg|g|kg|ml|l|oz|nunca|ni|sin|jamás|puede|pueda|debe|deba|deje|dejar|más|menos"
)
TOKEN = re.compile(r"<[^>]+>|\[@[^\]]*\]|[\w.,–%-]*\d[\w.,–%-]*|\w+|[^\w\s]")


def is_typo_only(old: Snapshot, new: Snapshot) -> bool:
    """Whether `new` is `old` with typos corrected, or made. The same text is no change at all."""
    changes = count(old, new)
    return changes is not None and 0 < changes <= MOST_CHANGES


def count(old: object, new: object, *, name: str = "") -> int | None:
    """How many words or marks differ; None when anything else does."""
    if old == new:
        return 0
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return added(count(old[key], new[key], name=key) for key in old)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return added(count(before, after) for before, after in zip(old, new, strict=True))
    if name in PROSE and isinstance(old, str) and isinstance(new, str):
        return typos(TOKEN.findall(old), TOKEN.findall(new))
    return None


def added(counts: Iterable[int | None]) -> int | None:
    total = 0
    for changes in counts:
        if changes is None:
            return None
        total += changes
    return total


def typos(old: list[str], new: list[str]) -> int | None:
    changes = 0
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for before, after in zip_longest(old[a:b], new[c:d], fillvalue=""):
            if not is_typo(before, after):
                return None
            changes += 1
    return changes


def is_typo(old: str, new: str) -> bool:
    if all(token == "" or token in MARKS for token in (old, new)):
        return True
    if not (old.isalpha() and new.isalpha()):
        return False
    before, after = old.casefold(), new.casefold()
    if before == after:
        return True
    is_weighty = WEIGHTY.fullmatch(before) or WEIGHTY.fullmatch(after)
    return before[0] == after[0] and not is_weighty and distance(before, after, 1) == 1
