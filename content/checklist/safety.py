"""What could hurt a frightened reader: advice to stop without the warning, blame, promises, one way as the only way."""

from collections.abc import Iterator

from content.checklist.text import Hit, Text
from content.checklist.words import ABOUT_STEPS, AFFILIATION, ALTERNATIVES, STOPPING, is_denied, words
from content.text import rich_text
from content.text.snapshot import BlockData

LEAST_ALTERNATIVES = 2


def stopping(text: Text) -> Iterator[Hit]:
    """Whoever reads about stopping has read before that stopping suddenly can kill. That holds for each audience."""
    for reading in text.readings:
        if hit := stopping_without_warning(text, reading):
            yield hit
            return


def stopping_without_warning(text: Text, reading: list[tuple[int, BlockData]]) -> Hit | None:
    for at, block in reading:
        if block["type"] == "care_card" and block["kind"] == "withdrawal":
            return None
        for passage in text.of_block(at, block):
            for sentence in passage.sentences:
                if match := STOPPING.search(sentence):
                    return passage.hit(
                        f"It says “{match[0]}”, and no withdrawal card stands before it.",
                        "Put a care card of the kind “Withdrawal” before this part, for each kind of reader.",
                        sentence,
                    )
    return None


def blaming(text: Text) -> Iterator[Hit]:
    yield from worded(text, "blaming", "It says “{}”, which blames or labels a person.", "Better: {}.")


def promises(text: Text) -> Iterator[Hit]:
    yield from worded(text, "promises", "It says “{}”, which sounds like a promise.", "Better: {}.")


def worded(text: Text, kind: str, reason: str, cure: str) -> Iterator[Hit]:
    """Each sentence once for each word, unless the sentence denies it."""
    for passage in text.passages:
        for sentence in passage.sentences:
            for word in words(kind, text.language):
                match = word.pattern.search(sentence)
                if match and not is_denied(sentence, match.start()):
                    yield passage.hit(reason.format(match[0]), cure.format(word.better), sentence)


def alternatives(text: Text) -> Iterator[Hit]:
    """An article about the steps names other ways as well."""
    opening = f"{text.snapshot['title']} {text.snapshot['short_answer']}"
    if text.snapshot["kind"] != "twelve_step" and not ABOUT_STEPS.search(opening):
        return
    readings = [
        " ".join(passage.text for at, block in reading for passage in text.of_block(at, block))
        for reading in text.readings
    ]
    named = min(sum(bool(option.search(f"{opening} {reading}")) for option in ALTERNATIVES) for reading in readings)
    if named < LEAST_ALTERNATIVES:
        yield Hit(
            "Text",
            f"It is about the 12 steps and names {named or 'no'} other way{'' if named == 1 else 's'}.",
            f"Name at least {LEAST_ALTERNATIVES} that are no 12-step program, such as SMART Recovery, LifeRing, "
            "therapy or medicine, and say that each is respectable.",
            rich_text.plain_text(opening),
        )


def affiliation(text: Text) -> Iterator[Hit]:
    """Whoever describes the steps says that the fellowship has nothing to do with it."""
    if text.snapshot["kind"] != "twelve_step":
        return
    if not any(AFFILIATION.search(passage.text) for passage in text.body):
        yield Hit("Text", "It does not say that we are not affiliated with AA.", "Add that sentence.", "affiliation")
