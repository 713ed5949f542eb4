"""Words that the search knows beforehand: signs of danger (`danger.toml`), names, right spellings (`words.toml`)."""

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIGNS = tomllib.loads((HERE / "danger.toml").read_text())
WORDS = tomllib.loads((HERE / "words.toml").read_text())


def pattern_of(phrase: str) -> str:
    """`phrase` with the alternatives that each `<name>` in it stands for."""
    return re.sub(r"<(\w+)>", lambda name: f"({'|'.join(map(pattern_of, SIGNS['parts'][name[1]]))})", phrase)


def split(lines: str) -> list[tuple[list[str], list[str]]]:
    """For each line the words before ">" and those behind it."""
    parts = [line.partition(">") for line in lines.strip().splitlines()]
    return [(before.split(), behind.split()) for before, _, behind in parts]


def other_names(lines: str) -> dict[str, list[str]]:
    """For each name of a line the others, then what stands behind ">"."""
    return {
        name: [other for other in [*same, *kinds] if other != name] for same, kinds in split(lines) for name in same
    }


DANGER = [pattern_of(phrase) for phrases in SIGNS["phrases"].values() for phrase in phrases]
CRISIS = re.compile(rf"\b({'|'.join(f'(?:{phrase})' for phrase in DANGER)})\b")
CRISIS_WORDS = SIGNS["near"]

STOP_WORDS = frozenset(WORDS["stop"].split())
OTHER_NAMES_OF_DRUGS = other_names(WORDS["drugs"])
DRUGS = frozenset(OTHER_NAMES_OF_DRUGS)
OTHER_NAMES = OTHER_NAMES_OF_DRUGS | other_names(WORDS["other_names"])
STEPS = frozenset({"step", "steps", "paso", "pasos"})
NUMBERS = split(WORDS["numbers"])
NUMBER_NAMES = [(*cardinals, *ordinals) for cardinals, ordinals in NUMBERS]
NUMBER_OF = {name: number for number, names in enumerate(NUMBER_NAMES, start=1) for name in names}
ORDINALS = frozenset(name for _, ordinals in NUMBERS for name in ordinals)
# "12step", "docepasos", "step4"
A_NUMBER, A_STEP = "|".join(NUMBER_OF), "|".join(STEPS)
IN_ONE_WORD = re.compile(rf"\b(?:({A_NUMBER})({A_STEP})|({A_STEP})({A_NUMBER}))\b")
# What finds the same as a word: "12" is "twelve" and "doce", but "once" is 11 in Spanish alone.
SAME = {
    name: [other for other in names if other != "once"]
    for kinds in NUMBERS
    for names in kinds
    for name in names
    if name != "once"
}
# "meth" is not the beginning of methadone, nor "ten" of tenant
WHOLE_WORDS = frozenset({"meth", "coke", "crack", "weed", "perc", "percs", "subs", *NUMBER_OF}) - ORDINALS
KNOWN = frozenset({*OTHER_NAMES, *NUMBER_OF, *WORDS["right"].split()})
