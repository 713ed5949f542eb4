"""What has pages at its slug: articles, each in its language; topics and reviewers in every language."""

from typing import Any, ClassVar, Self

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
    """An address that it had leads to the page of today, in one step, and is nobody else's.

    Each kind has a table of those: of slugs alone it is a `FormerSlug`.
    """

    ADDRESS: ClassVar[tuple[str, ...]] = ("slug",)  # the fields that make it
    FORMER: ClassVar[str] = "former_slugs"  # the rows of that table

    slug: Any

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """An address that visitors could know leads here for ever. Raises `AddressTaken`."""
        if not set(self.ADDRESS) & set(kwargs.get("update_fields") or self.ADDRESS):
            return super().save(*args, **kwargs)
        before = type(self)._default_manager.filter(pk=self.pk).values(*self.ADDRESS).first()
        super().save(*args, **kwargs)
        if before == self.address:
            return None
        former = getattr(self, self.FORMER)
        if before and self.was_public:
            former.create(**before)
        former.filter(**self.address).delete()
        if self.former_owner():  # asked last: whoever gave the address up meanwhile is done by now
            raise AddressTaken
        return None

    def clean(self) -> None:
        if (owner := self.former_owner()) and owner.pk != self.pk:
            taken = f"This address leads to “{owner}”, which had it before. Choose another one."
            raise ValidationError({"slug": taken})

    @property
    def address(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.ADDRESS}

    @property
    def was_public(self) -> bool:
        """Whether visitors could know its address."""
        return True

    def former_owner(self) -> Self | None:
        """Which one had this address before."""
        had = {f"{self.FORMER}__{name}": value for name, value in self.address.items()}
        return type(self)._default_manager.filter(**had).first()


class FormerSlug(models.Model):
    """A slug that `owner` had. `Slugged.save` writes these rows, and removes the one that becomes the slug again."""

    slug = models.SlugField(unique=True)

    class Meta:
        abstract = True
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug
