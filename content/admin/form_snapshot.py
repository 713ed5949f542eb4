"""What is in the article's form, as a text; and a text, as what a browser would send for it.

No validation: a text that cannot be stored yet can be kept, looked at and put together with another.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.http import QueryDict

from content.models import Article, Picture, RelatedArticle
from content.models.blocks import BLOCKS, Block, PictureBlock
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


def snapshot(data: QueryDict) -> Snapshot:
    """The text in the form, as `Article.snapshot` would give it once it was saved."""
    blocks = blocks_of(data)
    related = [
        {"article": number(value_of(data, f"{row}related")), "reason": value_of(data, f"{row}reason")}
        for row in sorted(rows(data, RELATED), key=lambda row: number(value_of(data, f"{row}position")) or 0)
    ]
    return {"format": 1} | {
        **{name: value_of(data, name) for name in FIELDS},
        "blocks": blocks,
        "related": [entry for entry in related if entry["article"]],
        "citations": rich_text.cited_keys("".join(block.get("text", "") for block in blocks)),
    }


def full_snapshot(data: QueryDict) -> dict[str, object]:
    """The text in the form, with what lies beside it."""
    return normalized(snapshot(data)) | {
        "slug": value_of(data, "slug"),
        "reviewer": number(value_of(data, "reviewer")),
        "translation_of": number(value_of(data, "translation_of")),
        "topics": sorted(filter(None, map(number, data.getlist("topics")))),
    }


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


def form_data(article: Article, text: Snapshot, **more: str) -> QueryDict:
    """What a browser would send to turn the stored working copy into `text`: rows that stay keep their keys."""
    data = QueryDict(mutable=True)
    for name in (*FIELDS, "slug", "reviewer", "translation_of"):
        data[name] = "" if text[name] is None else str(text[name])
    data.setlist("topics", [str(key) for key in text["topics"]])
    there = article.blocks()
    pairs = matched([normalized(block.data()) for block in there], text["blocks"])
    for model in BLOCKS:
        add_blocks(data, model, article, [block for block in there if isinstance(block, model)], there, pairs, text)
    add_related(data, article, text["related"])
    for name, value in more.items():
        data[name] = value
    return data


def add_blocks(
    data: QueryDict,
    model: type[Block],
    article: Article,
    own: list[Any],
    there: list[Block],
    pairs: dict[int, int],
    text: Snapshot,
) -> None:
    old = {there[at].pk: new for new, at in pairs.items() if isinstance(there[at], model)}
    entries: list[tuple[int | None, int | None, dict[str, object]]] = [
        (block.pk, old.get(block.pk), text["blocks"][old[block.pk]] if block.pk in old else block.data())
        for block in own
    ]
    entries += [
        (None, at, block) for at, block in enumerate(text["blocks"]) if block["type"] == model.type and at not in pairs
    ]
    prefix = prefix_of(model)
    add_counts(data, prefix, total=len(entries), initial=len(own))
    fields = (*model.fields, "voice")
    for n, (key, place, block) in enumerate(entries):
        row = f"{prefix}-{n}-"
        values = {"id": key, "parent": article.pk, "region": "main", "ordering": 10 * (place or 0) + 10}
        add_row(data, row, values | {name: block.get(name) for name in fields}, is_gone=place is None)


def add_related(data: QueryDict, article: Article, related: list[dict[str, Any]]) -> None:
    there = {row.related_id: row for row in RelatedArticle.objects.filter(article=article)}
    wanted = {entry["article"]: (at, entry["reason"]) for at, entry in enumerate(related, start=1)}
    keys = [*there, *(key for key in wanted if key not in there)]
    add_counts(data, RELATED, total=len(keys), initial=len(there))
    for n, key in enumerate(keys):
        row = f"{RELATED}-{n}-"
        place, reason = wanted.get(key) or (0, there[key].reason)
        own = there[key].pk if key in there else None
        values = {"id": own, "article": article.pk, "related": key, "position": place, "reason": reason}
        add_row(data, row, values, is_gone=key not in wanted)


def add_row(data: QueryDict, row: str, values: dict[str, object], *, is_gone: bool) -> None:
    for name, value in values.items():
        data[f"{row}{name}"] = "" if value is None else str(value)
    if is_gone:
        data[f"{row}DELETE"] = "on"


def add_counts(data: QueryDict, prefix: str, *, total: int, initial: int) -> None:
    counts = {"TOTAL": total, "INITIAL": initial, "MIN_NUM": 0, "MAX_NUM": 1000}
    for name, count in counts.items():
        data[f"{prefix}-{name}_FORMS"] = str(count)
