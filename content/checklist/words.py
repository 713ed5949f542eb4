"""Words that hurt, words that promise and what to say instead (`words-….toml`); phrases of either language."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Word:
    pattern: re.Pattern[str]
    better: str


@cache
def words(kind: str, language: str) -> tuple[Word, ...]:
    """The list `blaming` or `promises` of one language."""
    lists = tomllib.loads((HERE / f"words-{language}.toml").read_text())
    return tuple(Word(re.compile(entry["pattern"], re.IGNORECASE), entry["better"]) for entry in lists[kind])


def any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(patterns)})\b", re.IGNORECASE)


PHRASES = tomllib.loads((HERE / "phrases.toml").read_text())
STOPPING = any_of(PHRASES["stopping"])
ABOUT_STEPS = any_of(PHRASES["about_steps"])
ALTERNATIVES = [any_of(names) for names in PHRASES["alternatives"]]
AFFILIATION = any_of(PHRASES["affiliation"])
DENIAL = re.compile(rf"{any_of(PHRASES['denial']).pattern}|n[’']t\b", re.IGNORECASE)
WORDS_BEFORE = 8


def is_denied(sentence: str, at: int) -> bool:
    """Whether the sentence turns the sense around shortly before this position."""
    before = sentence[:at].split()[-WORDS_BEFORE:]
    return bool(DENIAL.search(" ".join(before)))
