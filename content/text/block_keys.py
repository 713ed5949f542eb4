"""Names for the places of a text that outlive its next save: by them a comment finds its block again."""

from collections import Counter

from content.text.block_kinds import KINDS
from content.text.snapshot import BlockData


def keys_of(blocks: list[BlockData]) -> list[str]:
    """The name of each block of a snapshot: its anchor or step, else its kind and which of that kind it is."""
    seen: Counter[str] = Counter()
    names = []
    for block in blocks:
        name = KINDS[block["type"]].key.format_map(block)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}--{seen[name]}")
    return names
