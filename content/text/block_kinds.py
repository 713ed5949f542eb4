"""The kinds of block in an article: one entry each. Its columns are a model in `content/models/blocks.py`.

Models, editor, pages, search, comparison, checklist and roles read from here what they do with a kind.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from content.text.snapshot import BlockData


@dataclass(frozen=True)
class BlockKind:
    """Patterns like `{anchor}` are filled from a block's data."""

    icon: str  # on the editor's button
    template: str  # in templates/components
    style: str  # in static/css
    key: str  # pattern of the name by which a comment finds a block again
    part: str = ""  # the field by which two texts have the same part
    name: str | Promise = ""  # what a block without a heading is called
    title: str | Promise = ""  # what a block of a kind without headings is called, with %(name)s of its fields
    headings: tuple[str, ...] = ()  # fields that are headings: they weigh more in a search
    words: tuple[str, ...] = ()  # other fields that are words, beside the rich text
    contents: str = ""  # pattern of the anchor that the page's contents lead to; empty: not among them
    group: tuple[str, str | Promise] | None = None  # anchor and heading of all those in a row, shown as one
    needs_text: bool = True  # the checklist refuses one without
    is_warning: bool = False  # stands above the contents, if the article begins with it


KINDS = {
    "section": BlockKind(
        icon="¶",
        template="section",
        style="article_detail",
        key="{anchor}",
        part="anchor",
        headings=("heading",),
        contents="{anchor}",
    ),
    "step": BlockKind(
        icon="12",
        template="steps",
        style="steps",
        key="step-{number}",
        part="number",
        title=_("Step %(number)s: %(principle)s"),
        headings=("principle",),
        words=("meaning",),
        group=("the-twelve-steps", _("The twelve steps")),
    ),
    "care_card": BlockKind(
        icon="!",
        template="care_card",
        style="care_card",
        key="care-card--{kind}",
        part="kind",
        name=_("Care card"),
        headings=("heading",),
        is_warning=True,
    ),
    "call_panel": BlockKind(
        icon="☏",
        template="call_panel",
        style="call_panel",
        key="call-panel",
        name=_("Call panel"),
        headings=("heading",),
        contents="questions",
        needs_text=False,
    ),
    "picture": BlockKind(
        icon="▣",
        template="figure",
        style="article_detail",
        key="picture--{picture}",
        part="picture",
        name=_("Picture"),
        words=("caption", "alt"),
        needs_text=False,
    ),
}
# Fields that readers read, beside the rich text: of all kinds, headings first.
HEADINGS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.headings))
WORDS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.words))


def title_of(block: BlockData, *, otherwise: str) -> str:
    """The block as people know it, in the active language; `otherwise` when it has no heading and its kind no name."""
    kind = KINDS[block["type"]]
    if kind.title:
        return str(kind.title) % block
    return block.get("heading") or block.get("caption") or block.get("alt") or str(kind.name) or otherwise
