"""What each text uses: the sources it cites, the articles and sites it links to, its pictures.

Rows are kept for what visitors read or will read, and for the newest revision of each article. They are made from the
revision, and a revision never changes, so that they cannot go stale.
"""

from django.db import transaction
from django.utils import timezone, translation

from content.languages import ENGLISH
from content.models import Article, Revision, Usage
from content.models.link import fits
from content.models.usage import LONGEST_PLACE
from content.text import characters, rich_text
from content.text.block_kinds import title_of
from content.text.internal_links import own_address
from content.text.snapshot import BlockData


@transaction.atomic
def record(article: Article) -> None:
    """Bring the rows of this article in line with its revisions. Called after each save, publication and withdrawal."""
    newest = article.revisions.order_by("-number").first()
    dated = article.revisions.ending_after(timezone.now())
    wanted = {revision.pk: revision for revision in (newest, *dated) if revision is not None}
    ours = Usage.objects.filter(revision__article=article)
    ours.exclude(revision__in=wanted).delete()
    for pk in ours.values_list("revision", flat=True).distinct():
        wanted.pop(pk, None)
    Usage.objects.bulk_create(row for revision in wanted.values() for row in usages_of(revision))


def record_all() -> None:
    """For rows that were saved before this table was there, or by somebody else."""
    for article in Article.objects.order_by("pk").iterator():
        record(article)


def usages_of(revision: Revision) -> list[Usage]:
    """The rows of one revision, not yet stored."""
    blocks = revision.snapshot["blocks"]
    usages: dict[tuple[str, str, int], Usage] = {}

    def add(kind: str, target: object, at: int) -> None:
        key = (kind, str(target), at)
        if fits(key[1]):
            usages[key] = Usage(revision=revision, kind=kind, target=key[1], block=at, place=place_of(blocks[at]))

    for at, block in enumerate(blocks):
        text = block.get("text", "")
        for key in rich_text.cited_keys(text):
            add(Usage.Kind.SOURCE, key, at)
        for address in rich_text.addresses(text):
            if own := own_address(address):
                add(Usage.Kind.ARTICLE, own.page, at)
            elif not address.startswith("#"):
                add(Usage.Kind.ADDRESS, address, at)
        if "picture" in block:
            add(Usage.Kind.PICTURE, block["picture"], at)
    return list(usages.values())


def place_of(block: BlockData) -> str:
    """The block as an editor knows it, at most `LONGEST_PLACE` characters."""
    with translation.override(ENGLISH):
        return shortened(title_of(block | {"alt": ""}, otherwise="Text"))  # a description is long


def shortened(place: str) -> str:
    """`place`, cut with an ellipsis where its columns end."""
    return characters.shortened(place, LONGEST_PLACE)
