"""The school grade a text asks of its readers: Flesch-Kincaid, the measure that American health writers use.

Own code, because it is one formula, and the library that has it brings a dictionary of several megabytes. Syllables
are counted by letters; over a whole article its misses even out. The formula holds for English alone.
"""

import functools
import re

WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n+")
VOWELS = re.compile(r"[aeiouy]+")
SILENT = re.compile(r"(?:[^aeiouylr]e|[aeiouy]re|[^aeiouytd]ed|[^aeiouyszxcgh]es)$")
SPLIT_VOWELS = re.compile(r"ia(?!l\b|n\b)|io(?!n|us)|[rv]ious|ea$|iet|scien|eo(?!p)|iu|[^qg]ua(?!r)|[aeo]ing")


@functools.lru_cache(maxsize=64)  # a long text takes milliseconds, and its page is made anew whenever another changes
def grade(text: str, *, language: str = "en") -> int | None:
    """The reading grade of `text`, rounded; None where the formula says nothing."""
    words = WORD.findall(text)
    if language != "en" or not words:
        return None
    sentences = sum(1 for part in SENTENCE_END.split(text) if WORD.search(part))
    score = 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return max(1, round(score))


def syllables(word: str) -> int:
    word = word.lower().replace("’", "'").split("'")[0] or word
    count = len(VOWELS.findall(word)) + len(SPLIT_VOWELS.findall(word))
    if SILENT.search(word):
        count -= 1
    return max(1, count)
