from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from content.models.append_only import AppendOnlyModel, AppendOnlyQuerySet
from content.models.centre import Centre, HelpLine
from content.models.fields import CharField

MODELS: dict[str, type[models.Model]] = {"centre": Centre, "help_line": HelpLine}


class ChangeRecord(AppendOnlyModel):
    """One change of the centre's record or of a help line: who, when, and every field before and after.

    `content.services.organisation.change` writes these rows in the transaction of the change.
    """

    class Kind(models.TextChoices):
        CENTRE = "centre", "Centre"
        HELP_LINE = "help_line", "Help line"

    kind = CharField(max_length=10, choices=Kind)
    target = models.PositiveBigIntegerField()  # the row's key, which a removed row no longer has
    name = CharField(max_length=160)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField(null=True)  # None: the row was added
    after = models.JSONField(null=True)  # None: the row was removed

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        db_table = "content_housechange"
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["kind", "target"], name="content_housechange_target")]
        constraints = [
            models.CheckConstraint(
                condition=Q(before__isnull=False) | Q(after__isnull=False),
                name="content_housechange_says_something",
                violation_error_message="A change has something before it or after it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @staticmethod
    def kind_of(row: models.Model) -> str:
        return next(kind for kind, model in MODELS.items() if isinstance(row, model))

    @staticmethod
    def values_of(row: models.Model) -> dict[str, object]:
        """Every field but the key, as plain data."""
        fields = [field for field in row._meta.concrete_fields if not field.primary_key]
        return {field.name: plain(field.value_from_object(row)) for field in fields}

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        """(name, before, after) of each field that differs, as staff know it."""
        old, new = self.before or {}, self.after or {}
        known = {field.name: str(field.verbose_name) for field in MODELS[self.kind]._meta.concrete_fields}
        names = [*known, *sorted((old.keys() | new.keys()) - known.keys())]  # also fields that are gone by now
        return [
            (known.get(name, name).capitalize(), as_text(old.get(name)), as_text(new.get(name)))
            for name in names
            if as_text(old.get(name)) != as_text(new.get(name))
        ]


def plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int) else str(value)


def as_text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else str(value)
