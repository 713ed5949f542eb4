"""Several people in one article: who has it open, and who saved first."""

from django.contrib.auth.models import User
from django.utils import timezone

from content.models import Article, OpenForm


class Superseded(Exception):
    """Somebody saved the article since this form was opened. Nothing was stored: both texts have to be put together."""


def stored_version(article: Article) -> dict[str, object]:
    """What a form of the stored article begins from: its newest revision and what lies beside the text. Two queries."""
    newest = article.revisions.values_list("number", flat=True).first()
    return {"revision": newest or 0} | unversioned_fields(article)


def unversioned_fields(article: Article) -> dict[str, object]:
    """What a form changes and a revision does not hold. One query."""
    return {
        "slug": article.slug,
        "reviewer": article.reviewer_id,
        "translation_of": article.translation_of_id,
        "topics": sorted(article.topics.values_list("pk", flat=True)),
    }


def live_fields(article: Article) -> dict[str, object]:
    """What visitors see of a published article as soon as it is saved. One query."""
    return unversioned_fields(article) | {"language": article.language}


def claim(*, article: Article, began_from: object) -> Article:
    """Lock the article for a save that began from `began_from`; as it is stored. Needs a transaction.

    Raises `Superseded`.
    """
    stored = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    if stored_version(stored) != began_from:
        raise Superseded
    return stored


def others(*, article: Article, user: User) -> list[OpenForm]:
    return list(article.open_forms.now().exclude(user=user).select_related("user"))


def record_open_form(*, article: Article, user: User) -> OpenForm:
    """The form was heard of."""
    now = timezone.now()
    changes: dict[str, object] = {"seen_at": now}
    if not OpenForm.objects.now().filter(article=article, user=user).exists():
        changes["opened_at"] = now
    return OpenForm.objects.update_or_create(article=article, user=user, defaults=changes)[0]
