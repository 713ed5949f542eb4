"""Several people in one article: who has it open, what each has typed and not saved, and who saved first."""

from typing import Any

from django.utils import timezone

from content.models import Article, OpenForm


class Superseded(Exception):
    """Somebody saved the article since this form was opened. Nothing was stored: both texts have to be put together."""


def edition(article: Article) -> dict[str, Any]:
    """What a form of the stored article begins from: its newest revision and what lies beside the text. Two queries."""
    newest = article.revisions.values_list("number", flat=True).first()
    return {"revision": newest or 0} | beside(article)


def beside(article: Article) -> dict[str, Any]:
    """What a form changes and a revision does not hold. One query."""
    return {
        "slug": article.slug,
        "reviewer": article.reviewer_id,
        "translation_of": article.translation_of_id,
        "topics": sorted(article.topics.values_list("pk", flat=True)),
    }


def claim(*, article: Article, began_from: Any) -> None:
    """Lock the article for a save that began from `began_from`. Needs a transaction. Raises `Superseded`."""
    stored = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    if edition(stored) != began_from:
        raise Superseded


def others(*, article: Article, user: Any) -> list[OpenForm]:
    return list(article.open_forms.now().exclude(user=user).select_related("user"))


def keep(*, article: Article | None, user: Any, text: str) -> OpenForm:
    """The form was heard of. A `text` takes the place of the one that was kept before; without one that stays."""
    now = timezone.now()
    changes: dict[str, Any] = {"seen_at": now}
    if not OpenForm.objects.now().filter(article=article, user=user).exists():
        changes["opened_at"] = now
    if text:
        changes |= {"kept_text": text, "kept_at": now}
    form, _ = OpenForm.objects.update_or_create(article=article, user=user, defaults=changes)
    return form


def kept(*, article: Article | None, user: Any) -> OpenForm | None:
    """This person's text of the article that was kept and never saved. Nobody else's is ever shown."""
    return OpenForm.objects.filter(article=article, user=user, kept_at__isnull=False).first()


def forget(*, article: Article | None, user: Any) -> None:
    """The text was saved or thrown away."""
    OpenForm.objects.filter(article=article, user=user).delete()
