"""Words that readers may not know lead to the glossary, each where an article first says it."""

import re
from collections.abc import Mapping

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from content.delivery.content_version import ContentVersion, read_once
from content.models import Term
from content.text import rich_text

# A term may say its word in more than one way: “Detox, or withdrawal care”, “Twelve-step facilitation (TSF)”.
BETWEEN_FORMS = re.compile(r"\s*[(),]\s*(?:(?:or|o|u)\s+)?")
CLOSED_TO_LINKS = ("a", "h3")


@read_once
def words_of(version: ContentVersion | None, language: str) -> Mapping[str, str]:
    """Each form of each word, in lower case, with its term's slug."""
    terms = Term.objects.filter(language=language).values_list("term", "slug")
    return {form.lower(): slug for term, slug in terms for form in BETWEEN_FORMS.split(term) if form}


class Glossary:
    """Links the words in the parts of one article, which come in its order. Each term is linked once."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words: dict[str, str] = {escape(form): slug for form, slug in words.items()}
        self.linked: set[str] = set()
        longest_first = sorted(self.words, key=len, reverse=True)
        self.form = re.compile(rf"(?<![\w&-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.IGNORECASE)

    def link(self, html: SafeString) -> SafeString:
        """`html` with links on words that were not linked before; what is a link or a heading stays as it is."""
        if not self.words:
            return html
        parts, inside = rich_text.TAG.split(html), 0
        for at, part in enumerate(parts):
            if at % 2:
                name = part.strip("</>").split(maxsplit=1)[0]
                inside += name in CLOSED_TO_LINKS and (-1 if part.startswith("</") else 1)
            elif not inside:
                parts[at] = self.form.sub(self._link, part)
        return mark_safe("".join(parts))  # noqa: S308 reason=safe before; links go between tags, made by format_html

    def _link(self, match: re.Match[str]) -> str:
        slug = self.words.get(match[0].lower())
        if slug is None or slug in self.linked:  # None: a letter that only a pattern takes for another, like ſ for s
            return match[0]
        self.linked.add(slug)
        return format_html('<a href="{}#{}">{}</a>', reverse("content:glossary"), slug, mark_safe(match[0]))  # noqa: S308 reason=a piece of safe text between two tags
