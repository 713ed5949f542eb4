import datetime
import re
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from content.models.fields import CharField, DOIField, HttpsURLField, TextField

CITED = ("authors", "title", "publisher", "year", "url", "doi")  # what readers see of a source, and reviewers relied on
TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|mc_[ce]id|_hs\w+)$", re.IGNORECASE)
FIRST_PRINT = 1450


class SourceQuerySet(models.QuerySet["Source"]):
    def by_key(self, keys: list[str]) -> dict[str, "Source"]:
        """The sources with these keys; a key that is unknown is missing from the answer."""
        return {source.key: source for source in self.filter(key__in=keys)}

    def expired(self) -> "SourceQuerySet":
        """Sources that must be opened again before anything that cites them is published."""
        return self.filter(expires_on__lte=timezone.localdate())


class Source(models.Model):
    """Where a fact comes from. Texts cite it by key, as in `[@kelly-2020]`; correcting it here reaches every page."""

    key = models.SlugField(
        unique=True,
        help_text="Cited in a text as [@key]. Do not change it: texts refer to it.",
        allow_unicode=False,
    )
    authors = CharField(max_length=300, blank=True)
    title = CharField(max_length=400)
    publisher = CharField(
        max_length=300,
        blank=True,
        help_text="Journal with volume and pages, or the body.",
    )
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    url = HttpsURLField("address", max_length=500, blank=True)
    doi = DOIField(
        "DOI",
        max_length=120,
        blank=True,
        help_text="As in the paper, like 10.1136/bmj.j1550. The address of the DOI will do as well.",
        validators=[
            RegexValidator(
                r"^10\.\d{4,9}/\S+$",
                "A DOI begins with 10. and has a slash, like 10.1136/bmj.j1550.",
            )
        ],
    )
    opened_on = models.DateField(help_text="The day somebody last opened the source and found the fact there.")
    expires_on = models.DateField(
        null=True,
        blank=True,
        help_text="From this day it must be checked again; until then publication is refused.",
    )
    note = TextField(blank=True, help_text="What was read there. For us only.")
    changed_at = models.DateTimeField(
        default=timezone.now,
        editable=False,
        help_text="When what readers see of it last changed. Reviews from before say that a source has changed.",
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["doi"],
                condition=~Q(doi=""),
                name="content_source_doi_once",
                violation_error_message="Another source has this DOI. Cite that one.",
            ),
            models.CheckConstraint(
                condition=Q(doi=Lower("doi")),
                name="content_source_doi_in_lower_case",
                violation_error_message="Write the DOI in small letters: case makes no other one of it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and Source.objects.filter(pk=self.pk).exclude(**{name: getattr(self, name) for name in CITED}):
            self.changed_at = timezone.now()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Pasted addresses lose what only follows readers around."""
        self.url = without_tracking(self.url)
        this_year = timezone.localdate().year
        if self.year is not None and not FIRST_PRINT <= self.year <= this_year + 1:
            raise ValidationError({"year": f"Enter the year as four digits, like {this_year}."})
        if self.opened_on and self.opened_on > timezone.localdate():
            raise ValidationError({"opened_on": "This day is still to come. Enter the day you opened the source."})
        if self.opened_on and self.expires_on and self.expires_on <= self.opened_on:
            raise ValidationError({"expires_on": "Choose a day after the one on which the source was opened."})

    def opened_again(self, today: datetime.date) -> None:
        """Somebody opened it and found the fact there: it now lasts as long as it was meant to last the last time."""
        if self.expires_on is not None:
            self.expires_on = today + max(self.expires_on - self.opened_on, datetime.timedelta(days=1))
        self.opened_on = today

    @property
    def has_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on <= timezone.localdate()

    @property
    def address(self) -> str:
        """Where readers find the source: its own address, else the one that its DOI leads to."""
        return self.url or (f"https://doi.org/{self.doi}" if self.doi else "")

    @property
    def citation(self) -> str:
        """The reference as readers see it, without its address."""
        parts = [part.rstrip(".") for part in (self.authors, self.title, self.publisher) if part]
        year = str(self.year or "")
        if not (parts and parts[-1].endswith(year)):
            parts.append(year)
        return " ".join(part if part.endswith(("?", "!")) else f"{part}." for part in parts)


def without_tracking(address: str) -> str:
    """`address` byte for byte, but for the parameters that only follow people about."""
    page, mark, place = address.partition("#")
    start, _, query = page.partition("?")
    asked = query.split("&")
    remaining = [each for each in asked if not TRACKING.match(unquote(each.partition("=")[0]))]
    if remaining == asked:
        return address
    return start + ("?" if remaining else "") + "&".join(remaining) + mark + place
