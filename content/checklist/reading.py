"""How hard it is to read."""

from collections.abc import Iterator

from content.checklist.text import Hit, Text
from content.text import readability, rich_text

TARGET = 8
ENOUGH_WORDS = 60  # fewer say nothing about a grade
LONG = 30


def grade(text: Text) -> Iterator[Hit]:
    for at, block in enumerate(text.blocks):
        words = rich_text.plain_text(block.get("text", ""))
        if len(words.split()) < ENOUGH_WORDS:
            continue
        measured = readability.grade(words, language=text.language)
        if measured is not None and measured > TARGET:
            yield text.hit(
                at,
                f"It reads at grade {measured}; we aim for {TARGET} or below.",
                "Use shorter sentences and the words of every day. Say one thing in a sentence.",
                words,
            )


def long_sentences(text: Text) -> Iterator[Hit]:
    for passage in text.passages:
        for sentence in passage.sentences:
            if (count := len(sentence.split())) > LONG:
                beginning = " ".join(sentence.split()[:8])
                yield passage.hit(
                    f"The sentence “{beginning} …” has {count} words.", "Make two or three of it.", sentence
                )
