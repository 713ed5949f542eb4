"""The working copy and its revisions."""

from itertools import chain, count

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from content.delivery import content_version
from content.models import Article, FormerAddress, RelatedArticle, Revision, Topic
from content.models.blocks import BLOCKS, MODELS, Audience
from content.rendering import article as article_rendering
from content.rendering import glossary, references
from content.text.snapshot import Snapshot

FIELDS = ("kind", "title", "short_answer", "meta_description")  # columns of the article that a snapshot holds


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


@transaction.atomic
def save_text(*, article: Article, text: Snapshot, author: User | None = None, note: str = "") -> Revision:
    """Make `text` the working copy, with what a revision does not hold, and keep it as a revision.

    Raises `ValidationError` when a form would not take it, or `AddressTaken`; then nothing is stored.
    """
    article.language, article.slug = text["language"], text["slug"]
    article.reviewer_id, article.translation_of_id = text["reviewer"], text["translation_of"]
    for name in FIELDS:
        setattr(article, name, text[name])
    article.full_clean()
    Revision._meta.get_field("note").clean(note, None)
    article.save()
    article.topics.set(Topic.objects.filter(pk__in=text["topics"]))
    replace_working_copy(article, text, is_checked=True)
    content_version.invalidate_pages()
    return save_revision(article=article, author=author, note=note)


def replace_working_copy(article: Article, snapshot: Snapshot, *, is_checked: bool = False) -> None:
    """Write a snapshot into the working copy. What it names and is gone (a picture, a related article) is left out.

    When `is_checked`, raises `ValidationError` for a part that a form would not take.
    """
    if snapshot == article.snapshot():
        return  # forms that are open know the rows by their keys
    for name in FIELDS:
        setattr(article, name, snapshot[name])
    article.save(update_fields=FIELDS)
    for model in BLOCKS:
        model._default_manager.filter(parent=article).delete()
    for ordering, data in enumerate(snapshot["blocks"], start=1):
        block = MODELS[data["type"]].of_data(data)
        if block is None:
            if is_checked:
                raise ValidationError("Choose a picture for each picture block.")
            continue
        block.parent, block.region, block.ordering = article, "main", ordering * 10
        if is_checked:
            block.full_clean()
        block.save()
    there = set(
        Article.objects.filter(pk__in=[entry["article"] for entry in snapshot["related"]]).values_list("pk", flat=True)
    )
    article.related_articles.all().delete()
    for position, entry in enumerate(snapshot["related"], start=1):
        if entry["article"] in there:
            row = RelatedArticle(
                article=article, related_id=entry["article"], position=position, reason=entry["reason"]
            )
            if is_checked:
                row.full_clean()
            row.save()


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
