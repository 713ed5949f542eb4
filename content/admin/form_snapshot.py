"""The article's form as a text, and a text in the article's form.

No validation: a text that cannot be stored yet can be kept, looked at and put together with another.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import models
from django.forms import BaseInlineFormSet
from django.http import QueryDict

from content.models import Article, Picture
from content.models.blocks import BLOCKS, MODELS, Block, PictureBlock
from content.models.fields import RichTextField
from content.services.editing import unversioned_fields
from content.text import rich_text
from content.text.diff import matched
from content.text.snapshot import BlockData, Snapshot

MOST = 1000  # rows of one kind; a form has at most 2,000 fields
FIELDS = ("kind", "language", "title", "short_answer", "meta_description")
RELATED = "related_articles"


def prefix_of(model: type[Block]) -> str:
    return f"content_{model._meta.model_name}_set"


def value_of(data: QueryDict, name: str) -> str:
    """Browsers end lines in two characters; stored texts do in one."""
    return (data.get(name) or "").replace("\r\n", "\n").strip()


def number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None


def rows(data: QueryDict, prefix: str) -> Iterator[str]:
    """The beginning of the names of each row that is not marked for deletion."""
    for at in range(min(number(value_of(data, f"{prefix}-TOTAL_FORMS")) or 0, MOST)):
        row = f"{prefix}-{at}-"
        if not data.get(f"{row}DELETE") and any(name.startswith(row) for name in data):
            yield row


def full_snapshot(data: QueryDict) -> dict[str, object]:
    """The text in the form, as `Article.snapshot` would give it once it was saved, with what lies beside it."""
    blocks = blocks_of(data)
    related = [
        {"article": number(value_of(data, f"{row}related")), "reason": value_of(data, f"{row}reason")}
        for row in sorted(rows(data, RELATED), key=lambda row: number(value_of(data, f"{row}position")) or 0)
    ]
    return normalized(
        {
            "format": 1,
            **{name: value_of(data, name) for name in (*FIELDS, "slug")},
            "blocks": blocks,
            "related": [entry for entry in related if entry["article"] or entry["reason"]],
            "citations": rich_text.cited_keys("".join(block.get("text", "") for block in blocks)),
            "reviewer": number(value_of(data, "reviewer")),
            "translation_of": number(value_of(data, "translation_of")),
            "topics": sorted(filter(None, map(number, data.getlist("topics")))),
        }
    )


def stored_snapshot(article: Article) -> dict[str, object]:
    """The same of the stored working copy."""
    return normalized(article.snapshot()) | unversioned_fields(article)


def normalized(value: Any) -> Any:
    """The text with every line ended alike and every name in order, so that two of them can be compared."""
    if isinstance(value, dict):
        return {name: normalized(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [normalized(part) for part in value]
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def blocks_of(data: QueryDict) -> list[BlockData]:
    placed = [
        (number(value_of(data, f"{row}ordering")) or 0, model.type, at, block_of(model, data, row))
        for model in BLOCKS
        for at, row in enumerate(rows(data, prefix_of(model)))
    ]
    pictures = Picture.objects.in_bulk([block["picture"] for *_, block in placed if block.get("picture")])
    return [
        PictureBlock(picture=pictures[block["picture"]], caption=block["caption"], shape=block["shape"]).data()
        if block.get("picture") in pictures
        else block
        for *_, block in sorted(placed, key=lambda entry: entry[:3])
    ]


def block_of(model: type[Block], data: QueryDict, row: str) -> BlockData:
    block: BlockData = {"type": model.type}
    for name in model.fields:
        value, field = value_of(data, f"{row}{name}"), model._meta.get_field(name)
        if isinstance(field, RichTextField):
            block[name] = rich_text.clean(value).strip()
        elif field.is_relation:
            block[name] = number(value)
        else:
            known = number(value) if isinstance(field, models.IntegerField) else None
            block[name] = value if known is None else known
    if audience := value_of(data, f"{row}voice"):
        block["voice"] = audience
    return block


class Rows(NamedTuple):
    """What the rows of one inline begin with. A stored row that is not named here begins as one to be deleted."""

    stored: dict[int, dict[str, object]]  # by key
    new: list[dict[str, object]]


class UnsavedText:
    """A text for the form to show in place of the stored one. Its blocks take over the rows of those they match."""

    def __init__(self, text: Snapshot, article: Article | None, extra: dict[str, object]) -> None:
        self.fields = {name: text[name] for name in (*FIELDS, "slug", "reviewer", "translation_of", "topics")}
        self.fields |= extra
        stored = article.blocks() if article else []
        places = matched([block.data() for block in stored], text["blocks"])
        self.rows = {prefix_of(model): Rows({}, []) for model in BLOCKS} | {RELATED: Rows({}, [])}
        for at, block in enumerate(text["blocks"]):
            model = MODELS[block["type"]]
            row = {name: block.get(name) for name in (*model.fields, "voice")} | {"region": "main", "ordering": at * 10}
            self.add(prefix_of(model), stored[places[at]].pk if at in places else None, row)
        related = dict(article.related_articles.values_list("related", "pk")) if article else {}
        for position, entry in enumerate(text["related"], start=1):
            row = {"related": entry["article"], "reason": entry["reason"], "position": position}
            self.add(RELATED, related.pop(entry["article"], None), row)

    def add(self, prefix: str, key: int | None, row: dict[str, object]) -> None:
        if key is None:
            self.rows[prefix].new.append(row)
        else:
            self.rows[prefix].stored[key] = row


class UnsavedFormSet(BaseInlineFormSet):
    """Shows the stored rows, or those of an `UnsavedText`."""

    def __init__(self, *args: Any, rows: Rows | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        if rows:
            self.extra = len(rows.new)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if self.rows is None or index is None:
            return kwargs
        stored = self.get_queryset()
        if index < len(stored):
            return kwargs | {"initial": self.rows.stored.get(stored[index].pk, {"DELETE": True})}
        return kwargs | {"initial": self.rows.new[index - len(stored)]}
