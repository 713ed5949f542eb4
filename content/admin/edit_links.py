"""From a place in a text to the same place in the editor."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from content.models import Usage
from content.models.blocks import MODELS
from content.text.snapshot import BlockData

# Where the editor has what a finding of the checklist calls so.
FIELDS = {
    "Title": "id_title",
    "Short answer": "id_short_answer",
    "Description for search engines": "id_meta_description",
    "Reviewer": "id_reviewer",
}


def editor_link(article: int, blocks: list[BlockData], at: int | None, *, place: str = "") -> str:
    """The article's editor, open at the block with this position in a snapshot, or else at the field named `place`."""
    address = reverse("admin:content_article_change", args=[article])
    if at is None or at >= len(blocks):
        return f"{address}#{FIELDS[place]}" if place in FIELDS else address
    kind = blocks[at]["type"]
    nth = sum(block["type"] == kind for block in blocks[:at])
    return f"{address}#content_{MODELS[kind]._meta.model_name}_set-{nth}"


def usage_table(kind: Usage.Kind, target: object) -> SafeString | str:
    """Which articles, which blocks of them, and whether visitors see it; each place leads to its block."""
    usages = Usage.objects.current().of(kind, target).select_related("revision__article")
    rows = []
    snapshots: dict[int, list[BlockData]] = {}
    for usage in usages.order_by("revision__article__title", "block"):
        blocks = snapshots.setdefault(usage.revision_id, usage.revision.snapshot["blocks"])
        link = editor_link(usage.revision.article.pk, blocks, usage.block)
        state = "on the site" if usage.is_live else "newest revision, not on the site"
        rows.append((usage.revision.article, link, usage.place, state))
    if not rows:
        return "Nowhere."
    return format_html(
        '<table class="usage"><thead><tr><th scope="col">Article</th><th scope="col">Place</th>'
        '<th scope="col">State</th></tr></thead><tbody>{}</tbody></table>',
        format_html_join("", '<tr><td>{}</td><td><a href="{}">{}</a></td><td>{}</td></tr>', rows),
    )
