"""Words that hurt, words that promise, and what to say instead, in English and Spanish.

The lists lie beside this file, one for each language. What stands before a word and turns its sense around (“not your
fault”, “no program works for everyone”) is looked for by `is_denied`.
"""

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


# Words that a reader may take as advice to stop.
STOPPING = re.compile(
    r"\b((stop|quit|give up|come off|coming off|wean (yourself )?off|taper(ing)? off|cut out) "
    r"(drinking|using|taking|alcohol|opioids?|benzodiazepines|your (medicines?|medication|pills|drugs))"
    r"|cold turkey|detox(ing)? (at home|on your own|yourself|alone)|(stop|quit) (all at once|right away|today|now)"
    r"|dejar de (beber|consumir|tomar|usar)|dejarlo de golpe|dejar (el alcohol|las drogas|la medicina|sus medicinas)"
    r"|desintoxicarse (en casa|solo|sola))\b",
    re.IGNORECASE,
)
ABOUT_STEPS = re.compile(
    r"\b(12|twelve)[- ]steps?\b|\balcoholics anonymous\b|\bAA\b|\b(12|doce) pasos\b|\balcohólicos anónimos\b",
    re.IGNORECASE,
)
# Each line is one option beside the steps; naming it twice is still one.
ALTERNATIVES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bSMART Recovery\b",
        r"\bLifeRing\b",
        r"\bWomen for Sobriety\b",
        r"\bRecovery Dharma\b",
        r"\bSecular Organizations for Sobriety\b|\bSOS\b",
        r"\bModeration Management\b",
        r"\bcognitive[- ]behaviou?ral\b|\bCBT\b|\bterapia cognitivo[- ]?conductual\b|\bTCC\b",
        r"\bmotivational (interviewing|enhancement|therapy)\b|\b(entrevista|terapia) motivacional\b",
        r"\bcontingency management\b|\bmanejo de contingencias\b",
        r"\b(naltrexone|acamprosate|disulfiram|buprenorphine|methadone)\b"
        r"|\b(naltrexona|acamprosato|disulfiram|buprenorfina|metadona)\b",
        r"\bmedicines? for (alcohol|opioid)\b|\bmedicinas? (para|contra) (el alcohol|los opioides)\b",
    )
)
AFFILIATION = re.compile(r"\b(not|no) (is |are |estamos |está )?(affiliated|afiliad[oa]s?)\b", re.IGNORECASE)
DENIAL = re.compile(
    r"\b(no|not|never|nobody|none|no one|neither|nor|without|cannot|can ?not|nothing|rather than|instead of|avoid"
    r"|be careful|beware|wary|cuidado con|desconfíe|nunca|jamás|nadie|ningun[oa]?|ningún|sin|tampoco|evite)\b|n[’']t\b",
    re.IGNORECASE,
)
WORDS_BEFORE = 8


def is_denied(sentence: str, at: int) -> bool:
    """Whether the sentence turns the sense around shortly before this position."""
    before = sentence[:at].split()[-WORDS_BEFORE:]
    return bool(DENIAL.search(" ".join(before)))
