"""Facts: every figure has its source and its year, every source is there and was opened not too long ago."""

import re
from collections.abc import Iterator

from content.checklist.text import Hit, Passage, Text
from content.text import rich_text

NUMBER = r"\d+(?:[.,]\d+)*"
SPELLED = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|uno|una|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez)"
)
MEASURED = r"(?:studies|trials|deaths|reviews|estudios|ensayos|muertes|revisiones)"
COUNTED = (
    r"(?:people|persons|adults|members|men|women|participants|patients|groups|meetings|practices|centers|programs"
    r"|personas|adultos|miembros|hombres|mujeres|participantes|pacientes|grupos|reuniones|centros|programas)"
)
# A share, a large count, a count of people or studies: what was measured, not what the clock or a list says.
FIGURE = re.compile(
    rf"{NUMBER}\s?(?:%|percent\b|per cent\b|por ciento\b)"
    rf"|\b(?:{SPELLED}|{NUMBER}) (?:in|out of|of every|in every|de cada) (?:{SPELLED}|{NUMBER})\b"
    rf"|\b{NUMBER} (?:million|billion|millones|mil millones)\b"
    rf"|\b\d{{1,3}}(?:[.,]\d{{3}})+\b"
    rf"|\b\d+ (?:\w+ )?{MEASURED}\b"
    rf"|\b(?:[2-9]\d|\d{{3,}}) (?:\w+ )?{COUNTED}\b",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


def figures(passage: Passage) -> list[str]:
    return [match[0] for match in FIGURE.finditer(passage.text)]


def without_source(text: Text) -> Iterator[Hit]:
    for passage in text.body:
        if (numbers := figures(passage)) and not passage.keys:
            yield passage.hit(
                f"“{numbers[0]}” has no source.", "Cite the source in the same paragraph, or leave the figure out."
            )
    if numbers := figures(Passage(None, "", text.snapshot["short_answer"])):
        reason = f"“{numbers[0]}” stands in the short answer, which has no sources."
        yield Hit("Short answer", reason, "Move it into the text.", text.snapshot["short_answer"])


def without_year(text: Text) -> Iterator[Hit]:
    for passage in text.body:
        if (numbers := figures(passage)) and not YEAR.search(passage.text):
            yield passage.hit(
                f"“{numbers[0]}” does not say of which year it is.", "Name the year in the same paragraph."
            )


def unknown_sources(text: Text) -> Iterator[Hit]:
    for at, key in cited(text):
        if key not in text.sources:
            cure = "Add the source, or correct the key in the text."
            yield Hit(f"[@{key}]", "There is no source with this key.", cure, key, at)


def expired_sources(text: Text) -> Iterator[Hit]:
    for at, key in cited(text):
        if (source := text.sources.get(key)) and source.has_expired:
            cure = "Open it again, then set a new date in the source."
            yield Hit(f"[@{key}]", f"“{source.title}” has expired.", cure, f"{key} {source.expires_on}", at)


def cited(text: Text) -> Iterator[tuple[int, str]]:
    """(block, key), each key where it first appears."""
    seen: set[str] = set()
    for at, block in enumerate(text.blocks):
        for key in rich_text.cited_keys(block.get("text", "")):
            if key not in seen:
                seen.add(key)
                yield at, key
