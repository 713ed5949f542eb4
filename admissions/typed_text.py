"""What people type on many keyboards: found however it is spelled, and told apart from what nobody can see."""

import re
import unicodedata

# Letters that Unicode does not take apart, by what people type instead.
PLAIN = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
APOSTROPHES = frozenset("'`\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2018\u2019\u201b\u2032\u2035\u055a\ua78c")
UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols by name, drawn as nothing
AMERICAN = re.compile("(?:00)?1([0-9]{10})")


class _Folded(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        category = unicodedata.category(sign)
        if sign in APOSTROPHES or category == "Cf" or unicodedata.combining(sign):
            plain = ""
        elif category == "Nd":
            plain = str(unicodedata.decimal(sign))
        elif category[0] in "LMN":
            plain = PLAIN.get(sign) or sign.casefold()
        else:
            plain = " "
        if len(self) < 10_000:  # as many as are in use, and no more than that however much is tried
            self[code] = plain
        return plain


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Words of small plain letters and digits, one blank between them: "Seán  O’Brien" is "sean obrien"."""
    return " ".join(unicodedata.normalize("NFKD", text.casefold()).translate(_FOLDED).split())


class Needle:
    """What is searched for. A name is found in one word, in two, with and without its marks; a number in any groups."""

    def __init__(self, typed: str) -> None:
        self._words = fold(typed)
        self._as_typed = typed.strip().casefold()
        signs = self._words.replace(" ", "")
        is_number = signs.isdigit() and len(signs) >= 4
        if is_number and (american := AMERICAN.fullmatch(signs)):
            signs = american[1]  # it may have been left without its country code
        self._pattern = re.compile(("" if is_number else r"(?<!\S)") + " ?".join(map(re.escape, signs)))

    def is_in(self, text: str) -> bool:
        if not self._words:  # signs alone
            return bool(self._as_typed) and self._as_typed in text.casefold()
        folded = fold(text)
        return self._words in folded or self._pattern.search(folded) is not None


def is_blank(text: str) -> bool:
    """Is there nothing to be seen: blanks, controls, marks of direction, joiners, marks without a letter?"""
    return not any(_is_seen(sign) for sign in text)


def _is_seen(sign: str) -> bool:
    category = unicodedata.category(sign)
    if category in {"Co", "Cn"}:  # new emoji, of which this Python does not know yet
        return sign < "\U000e0000"
    return category[0] in "LNPS" and sign not in UNSEEN
