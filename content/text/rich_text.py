"""The one list of what rich text may contain. It drives the editor, what is stored and what is shown."""

import re
from collections.abc import Callable
from html import escape, unescape

import nh3
from django.utils.safestring import SafeString, mark_safe

from content.text import flattening

# Names are those of django-prose-editor's extensions. Adding one here adds it to the editor and to the allow-list below
# has to be added its tag; a test holds the two together.
EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "Heading": {"levels": [3]},
    "Link": {"enableTarget": False, "protocols": ["https", "mailto", "tel", "sms"]},
    "HardBreak": True,
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "History": True,
    "Cite": True,
    "ArticleLink": True,
    "Tidy": True,
}
TAGS = {
    *("p", "br", "h3", "ul", "ol", "li", "strong", "em", "a", "blockquote"),
    *("table", "tbody", "thead", "tr", "th", "td"),
}

UNREAD = {"script", "style", "iframe", "svg", "math", "noscript", "template"}  # goes with what is inside
SCHEMES = {"https", "mailto", "tel", "sms"}
ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}, "ol": {"start"}}
_SMALL_NUMBER = re.compile(r"\d{1,4}")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    return None if name == "start" and not _SMALL_NUMBER.fullmatch(value) else value


def _cleaner_of(tags: set[str], unread: set[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=unread,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        tag_attribute_values={"ol": {"type": {"a", "A", "i", "I"}}},
        url_schemes=SCHEMES,
        link_rel=None,  # nothing of ours is sent along: the referrer policy is same-origin and no link opens a window
    )


_cleaner = _cleaner_of(TAGS, UNREAD)
_foreign_cleaner = _cleaner_of(TAGS | flattening.TAGS, UNREAD | flattening.STRUCK)
_FRAME = '<div class="table" tabindex="0" role="region" aria-label="Table">'
TAG = re.compile(r"(<[^>]+>)")  # exact in what was cleaned: there an attribute holds no bare ">"
_BLOCK_EDGE = re.compile(r"</(?:p|li|h3|blockquote|t[hdr])>|<(?:p|h3|[uo]l|blockquote|table)\b[^>]*>|<br>")
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
CITATION = re.compile(r"\s?\[@([a-z0-9][a-z0-9-]*)\]")  # the blank before it goes too: "word [@key]." reads "word¹."


def clean(html: str) -> str:
    """`html` with everything removed that is not allowed; the words stay. Cleaning twice changes nothing."""
    cleaned = _cleaner.clean(flattening.flattened(html, _foreign_cleaner)).strip()
    return "" if cleaned == "<p></p>" else cleaned


def for_page(html: str) -> str:
    """`html`, cleaned once more; a wide table scrolls in a frame of its own, also by keyboard."""
    return clean(html).replace("<table>", _FRAME + "<table>").replace("</table>", "</table></div>")


def safe(html: str) -> SafeString:
    """`html` as a page shows it, marked as safe."""
    return mark_safe(for_page(html))  # noqa: S308 reason=cleaned there


def relinked(html: str, leads_to: Callable[[str], str]) -> str:
    """`html`, cleaned, with every link leading where `leads_to` says; of a link that leads to "" the words stay."""

    def link(match: re.Match[str]) -> str:
        address = leads_to(unescape(match[1]))
        return f'<a href="{escape(address)}">{match[2]}</a>' if address else match[2]

    return _LINK.sub(link, clean(html))


def plain_text(html: str) -> str:
    """The words of `html`, without tags and citation markers; a block stands on lines of its own."""
    text = TAG.sub("", _BLOCK_EDGE.sub("\n", CITATION.sub("", html)))
    return "\n".join(line.strip() for line in unescape(text).splitlines() if line.strip())


def cited_keys(html: str) -> list[str]:
    """Keys of the sources cited in `html`, in order of first appearance."""
    return list(dict.fromkeys(CITATION.findall(html)))


def links(html: str) -> list[tuple[str, str]]:
    """(address, words) of every link in cleaned `html`."""
    return [(unescape(address), " ".join(plain_text(words).split())) for address, words in _LINK.findall(html)]


def addresses(html: str) -> list[str]:
    """Where the links of cleaned `html` lead, each once, in order of first appearance."""
    return list(dict.fromkeys(address for address, _ in links(html)))
