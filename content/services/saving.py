"""The working copy and its revisions."""

from itertools import chain, count

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from content.models import Article, FormerAddress, RelatedArticle, Revision
from content.models.blocks import BLOCKS, MODELS, Audience
from content.rendering import article as article_rendering
from content.rendering import glossary, references
from content.text.snapshot import Snapshot


@transaction.atomic
def save_revision(*, article: Article, author: User | None = None, note: str = "", is_new: bool = False) -> Revision:
    """Keep the working copy as a new immutable revision. A text equal to the newest one makes none, unless `is_new`."""
    Article.objects.select_for_update().get(pk=article.pk)
    newest = article.revisions.first()
    revision = article.new_revision()
    if newest is not None and newest.sha256 == revision.sha256 and not is_new:
        return newest
    revision.number = newest.number + 1 if newest else 1
    revision.author, revision.note = author, note
    revision.save()
    references.record(article)
    return revision


@transaction.atomic
def restore(*, revision: Revision, author: User | None = None, note: str = "", is_new: bool = False) -> Revision:
    """Make this text the working copy again, as a new revision. All that was saved since is kept in the history."""
    article = Article.objects.select_for_update().get(pk=revision.article_id)
    replace_working_copy(article, revision.snapshot)
    if not note:
        with translation.override(article.language):  # readers of its history read it
            note = _("As in revision %(number)s") % {"number": revision.number}
    return save_revision(article=article, author=author, note=note, is_new=is_new)


@transaction.atomic
def copy(*, article: Article, author: User | None = None) -> Article:
    """A new draft with the working copy's text, at an address of its own.

    Language, topics and named reviewer are the same. Nobody has signed it, readers have had none of it, it translates
    nothing, and what was said about the other stays there.
    """
    article = Article.objects.select_for_update().get(pk=article.pk)  # two clicks make two copies, one after the other
    snapshot = article.snapshot()
    title = f"Copy of {snapshot['title']}"[: Article._meta.get_field("title").max_length]
    made = Article.objects.create(
        slug=free_slug(article), title=title, language=article.language, reviewer_id=article.reviewer_id
    )
    made.topics.set(article.topics.all())
    replace_working_copy(made, snapshot | {"title": title})
    save_revision(article=made, author=author, note=f"Copy of “{snapshot['title']}”")
    return made


def free_slug(article: Article) -> str:
    """An address near that of `article` which nobody has or had."""
    taken = set(Article.objects.filter(language=article.language).values_list("slug", flat=True))
    taken |= set(FormerAddress.objects.filter(language=article.language).values_list("slug", flat=True))
    stem = f"{article.slug[:70]}-copy"
    return next(slug for slug in chain([stem], (f"{stem}-{number}" for number in count(2))) if slug not in taken)


def replace_working_copy(article: Article, snapshot: Snapshot) -> None:
    """Write a snapshot into the working copy. What it names and is gone (a picture, a related article) is left out."""
    for name in ("kind", "title", "short_answer", "meta_description"):
        setattr(article, name, snapshot[name])
    article.save(update_fields=["kind", "title", "short_answer", "meta_description"])
    for model in BLOCKS:
        model._default_manager.filter(parent=article).delete()
    for ordering, data in enumerate(snapshot["blocks"], start=1):
        block = MODELS[data["type"]].of_data(data)
        if block is not None:
            block.parent, block.region, block.ordering = article, "main", ordering * 10
            block.save()
    there = set(
        Article.objects.filter(pk__in=[entry["article"] for entry in snapshot["related"]]).values_list("pk", flat=True)
    )
    article.related_articles.all().delete()
    RelatedArticle.objects.bulk_create(
        RelatedArticle(article=article, related_id=entry["article"], position=position, reason=entry["reason"])
        for position, entry in enumerate(snapshot["related"], start=1)
        if entry["article"] in there
    )


def preview(*, revision: Revision, audience: str = Audience.ME) -> dict[str, object]:
    """The page exactly as visitors would see this revision today."""
    return article_rendering.render(
        revision,
        today=timezone.localdate(),
        is_preview=True,
        audience=audience,
        topic=revision.article.first_topic,
        words=glossary.words_of(None, revision.snapshot["language"]),
    )
