"""Foreign markup whose loss would change what a text says, made into letters: what is struck out goes, 10<sup>6</sup>
becomes 10^6.

`static/admin/staff/seen.js` says the same of what somebody pastes; `tests/pasted.py` holds the two together.
"""

import re
from html import unescape

import nh3

BLOCKS = {
    *("address", "article", "aside", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "legend", "main", "menu", "nav", "pre"),
    *("section", "summary"),
}
HEADINGS = {"h1", "h2", "h4", "h5", "h6"}
SAME = {"b": "strong", "i": "em"}
STRUCK = {"del", "s", "strike", "rp"}
TAGS = {"q", "rt", "sub", "sup", *BLOCKS, *HEADINGS, *SAME}

_FOREIGN = re.compile(
    rf"<(?:{'|'.join(sorted(TAGS | STRUCK))})\b|[\u00ad\u200b\u2060\ufeff\ue000-\ue003]", re.IGNORECASE
)
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff\ue000-\ue003]")
_TAG = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")
_QUOTES = re.compile(r"<(/?)q>")
_HEADING_LINES = re.compile(r"<h3>.*?</h3>", re.DOTALL)
_MARKED = re.compile("([\ue000\ue002])([^\ue000-\ue003]*)[\ue001\ue003]")
_INLINE = re.compile(r"</?(?:a|em|strong)\b[^>]*>")
_POWER = re.compile(r"(?:^|[^\w.,]|_)(?:10|[^\W\d_]|[cdkmnµμ]m|\d\s?(?:in|ft|yd|mi))$")
_NOTE = re.compile(r"(?:\d{1,3}|[^\W\d_]|[*†‡§¶])(?:\s*[,;–-]\s*(?:\d{1,3}|[^\W\d_]|[*†‡§¶]))*")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|[dmnrtv]o|[dmnrtv]a|e|ers?|re|[ao]s)", re.IGNORECASE)
_MARKS = {"sup": ("\ue000", "\ue001"), "sub": ("\ue002", "\ue003"), "rt": (" (", ") ")}


def flattened(html: str, cleaner: nh3.Cleaner) -> str:
    """`html` whose words stay when `TAGS` and `STRUCK` are removed from it; `cleaner` allows the former alone.

    It is not safe before it is cleaned again.
    """
    if not _FOREIGN.search(html):
        return html
    cleaned = _QUOTES.sub(_Quotes(), cleaner.clean(_UNSEEN.sub("", html)))
    flat = _TAG.sub(_renamed, cleaned)
    flat = _HEADING_LINES.sub(lambda heading: heading[0].replace("<br>", " "), flat)
    return _UNSEEN.sub("", _MARKED.sub(_on_the_line, flat))


class _Quotes:
    def __init__(self) -> None:
        self.depth = 0

    def __call__(self, match: re.Match[str]) -> str:
        if match[1]:
            self.depth -= 1
        mark = ("‘’" if self.depth % 2 else "“”")[bool(match[1])]
        if not match[1]:
            self.depth += 1
        return mark


def _renamed(match: re.Match[str]) -> str:
    end, name, rest = match.groups()
    if name in _MARKS:
        return _MARKS[name][bool(end)]
    if name == "hr":
        return "<p></p>"
    if name in BLOCKS:
        return f"<{end}p>"
    return f"<{end}{'h3' if name in HEADINGS else SAME.get(name, name)}{rest}>"


def _words(html: str) -> str:
    """The words beside a mark; a block's edge is a line's end."""
    inside = re.sub(r"^[^<>]*>|<[^>]*$", "", html)
    return _UNSEEN.sub("", unescape(re.sub(r"<[^>]*>", "\n", _INLINE.sub("", inside))))


def _on_the_line(match: re.Match[str]) -> str:
    mark, inner = match.groups()
    words = unescape(re.sub(r"<[^>]*>", "", inner)).strip()
    before = _words(match.string[max(0, match.start() - 400) : match.start()])
    rest = match.string[match.end() : match.end() + 200]
    after = "" if rest.startswith(("\ue000", "\ue002")) else _words(rest)
    return (_high if mark == "\ue000" else _low)(inner, words, before, after)


def _grouped(html: str, words: str) -> str:
    return html if re.fullmatch(r"[-−–+]?[^\W_.]+[-−–+]?|[-−–+]?[\d.]+", words) else f"({html})"


def _high(html: str, words: str, before: str, after: str) -> str:
    if re.fullmatch(r"[*†‡§¶°™®℠ªº′″'’\"”]+|[\[(].*[\])]", words):
        return html
    if words in {"TM", "SM"}:
        return "™" if words == "TM" else "℠"
    if words.isdecimal() and re.match(r"[/⁄]\d", after):
        return f" {html}" if re.search(r"\d$", before) else html
    if re.search(r"\d\.?$", before) and _ORDINAL.fullmatch(words):
        return html
    if re.search(r"\d$", before) and words in {"o", "O", "0"} and re.match(r"\s?[CF]\b", after):
        return "°"
    if re.search(r"(?:^|\D)\d{1,2}\.?$", before) and words in {"a", "o"}:
        return "ª" if words == "a" else "º"
    is_link = "<a" in html
    if re.fullmatch(r"[-−–+]\d+", words) or (not is_link and _POWER.search(before) and words.isalnum()):
        return f"^{html}"
    if is_link or _NOTE.fullmatch(words):
        return f"[{html}]"
    if not before.strip() or before.endswith("\n"):
        return html
    return f" ({html})" if re.search(r"\s\S+\s", words) else f"^{_grouped(html, words)}"


def _low(html: str, words: str, before: str, after: str) -> str:
    if not before.strip() or before.endswith(("\n", "/", "⁄")):
        return html
    if (
        re.search(r"[^\W\d_]$|[)\]]$", before)
        and re.fullmatch(r"\d{1,3}(?:\.\d)?", words)
        and not re.match(r"\d", after)
    ):
        return html
    apart = " " if after[:1].isalnum() else ""
    return f"_{_grouped(html, words)}{apart}"
