"""Rows that are written once: every revision, what was said about it on its way, changes of the organisation."""

from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound="AppendOnlyModel", covariant=True)


class RowIsFinal(Exception):
    """What is written down for good was about to be changed or deleted. Write something new instead."""


class AppendOnlyQuerySet(models.QuerySet[Row]):
    def update(self, **values: object) -> int:
        if not set(values) <= self.model.MAY_BE_SET_LATER:
            raise RowIsFinal
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise RowIsFinal

    def destroy(self) -> None:
        """For the trash alone."""
        models.QuerySet.delete(self)


class AppendOnlyModel(models.Model):
    """A row that is written once. The trash alone destroys it, together with a draft that nobody could ever read."""

    MAY_BE_SET_LATER: frozenset[str] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        names = kwargs.get("update_fields")
        if not self._state.adding and (names is None or not set(names) <= self.MAY_BE_SET_LATER):
            raise RowIsFinal
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise RowIsFinal
