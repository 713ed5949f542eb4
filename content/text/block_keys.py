"""Names for the places of a text that outlive its next save: by them a comment finds its block again."""

from collections import Counter
from typing import Any


def places(blocks: list[dict[str, Any]]) -> list[str]:
    """The name of each block of a snapshot: its anchor or step, else its kind and which of that kind it is."""
    seen: Counter[str] = Counter()
    names = []
    for block in blocks:
        name = name_of(block)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}--{seen[name]}")
    return names


def name_of(block: dict[str, Any]) -> str:
    match block["type"]:
        case "section":
            return str(block["anchor"])
        case "step":
            return f"step-{block['number']}"
        case "care_card":
            return f"care-card--{block['kind']}"
        case "picture":
            return f"picture--{block['picture']}"
    return str(block["type"]).replace("_", "-")
