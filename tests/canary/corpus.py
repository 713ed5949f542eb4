"""People who never were, always the same ones: whatever they typed must be found nowhere afterwards."""

import random
import string
from dataclasses import dataclass

LETTERS = {
    "latin": ("bcdfghklmnprstvz", "aeiou"),
    "cyrillic": ("бвгджзклмнпрстфх", "аеиоуыя"),
    "arabic": ("بتثجحدرسشصضطعغ", "اوي"),
    "cjk": ("李王张刘陈杨赵黄周吴徐孙", "伟芳娜敏静丽强磊军洋艳勇"),
}
AREAS = (202, 206, 303, 312, 404, 415, 503, 512, 602, 617, 702, 808, 907)
# The last two digits of a phone. 42 are those of the centre's own number, which every page shows.
LINES = [digits % 100 for digits in range(50, 150) if digits != 142]
# Around a marker, where software that pastes texts together would trip.
HOSTILE = (
    "<script>alert('{}')</script>",
    "\"'; DROP TABLE admissions_message; -- {}",
    "{{{{ 7|add:'{}' }}}} {{% debug %}}",
    "%0d%0aBcc: all@example.com%0d%0a{}\r\nX-Typed: yes",
    "\u202e{}\u202c \u200d\u200b\ufeff",
    '=HYPERLINK("http://example.com/{}")\t\\u0041 %s %(name)s',
)


@dataclass(frozen=True)
class Person:
    name: str
    phone: str
    email: str
    sentences: tuple[str, ...]
    markers: tuple[str, ...]
    asides: tuple[
        str, str, str, str
    ]  # voicemail, who may answer, never mention, and the voicemail of other preferences
    reply: str
    note: str
    line: str

    @property
    def message(self) -> str:
        return "\n".join(self.sentences)

    @property
    def typed(self) -> dict[str, str]:
        """Every text of this person as it was typed, by what it is."""
        words = {f"name {number}": word for number, word in enumerate(self.name.split(), 1)}
        words |= {f"marker {number}": marker for number, marker in enumerate(self.markers, 1)}
        words |= {f"aside {number}": aside for number, aside in enumerate(self.asides, 1)}
        return words | {"name": self.name, "e-mail": self.email, "phone": self.phone}


def people(count: int, *, seed: int = 1912) -> list[Person]:
    """The first of them are the same whatever `count` is."""
    return [_person(random.Random(f"{seed}/{number}"), number) for number in range(count)]


def _word(chance: random.Random, script: str, syllables: int = 6) -> str:
    hard, soft = LETTERS[script]
    return "".join(chance.choice(hard) + chance.choice(soft) for _ in range(syllables)).capitalize()


def _marker(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=16))


def _person(chance: random.Random, number: int) -> Person:
    script = tuple(LETTERS)[number % len(LETTERS)]
    markers = tuple(_marker(chance) for _ in range(6))
    hostile = HOSTILE[number // 2 % len(HOSTILE)] if number % 2 else "{}"
    return Person(
        name=f"{_word(chance, script)} {_word(chance, script)}",
        phone=f"{AREAS[number % len(AREAS)]}-555-01{LINES[number % len(LINES)]:02}",
        email=f"{_word(chance, 'latin').lower()}{number}@{_word(chance, 'latin').lower()}.example",
        sentences=tuple(
            f"{_word(chance, script)}: {hostile.format(marker)} {_word(chance, script)}." for marker in markers[:3]
        ),
        markers=markers,
        asides=(
            _word(chance, script, 8),
            _word(chance, "latin", 8),
            _word(chance, script, 9),
            _word(chance, script, 10),
        ),
        reply=f"Dear {_word(chance, 'latin')}, {markers[3]}",
        note=f"Heard: {markers[4]}",
        line=f"One more thing: {hostile.format(markers[5])}",
    )
