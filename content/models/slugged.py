"""What has one page at its slug, in every language: topics and reviewers."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q


class AddressTaken(Exception):
    """Something else had this address while visitors could know it: it leads there for ever."""


class SluggedQuerySet(models.QuerySet[Any]):
    def at(self, slug: str) -> Any:
        """The one that has this slug, or had it; None without one."""
        return self.filter(Q(slug=slug) | Q(former_slugs__slug=slug)).first()


class Slugged(models.Model):
    """A slug that it had leads to the page of today, in one step, and is nobody else's.

    Each kind has a table of those, a `FormerSlug`.
    """

    slug: Any

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises `AddressTaken`."""
        kind: Any = type(self)
        before = kind.objects.filter(pk=self.pk).values_list("slug", flat=True).first()
        super().save(*args, **kwargs)
        if before == self.slug or "slug" not in (kwargs.get("update_fields") or ["slug"]):
            return
        former: Any = self.former_slugs  # type: ignore[attr-defined] # reason=named by each kind's `FormerSlug`
        if before:
            former.create(slug=before)
        former.filter(slug=self.slug).delete()
        if self.former_owner():  # asked last: whoever gave the slug up meanwhile is done by now
            raise AddressTaken

    def clean(self) -> None:
        if (owner := self.former_owner()) and owner.pk != self.pk:
            raise ValidationError(
                {"slug": f"This address leads to “{owner}”, which had it before. Choose another one."}
            )

    def former_owner(self) -> Any:
        kind: Any = type(self)
        return kind.objects.filter(former_slugs__slug=self.slug).first()


class FormerSlug(models.Model):
    """A slug that `owner` had. `Slugged.save` writes these rows, and removes the one that becomes the slug again."""

    slug = models.SlugField(unique=True)

    class Meta:
        abstract = True
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug
