from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from content.models.fields import HttpsURLField


class SourceQuerySet(models.QuerySet["Source"]):
    def by_key(self, keys: list[str]) -> dict[str, "Source"]:
        """The sources with these keys; a key that is unknown is missing from the answer."""
        return {source.key: source for source in self.filter(key__in=keys)}


class Source(models.Model):
    """Where a fact comes from. Texts cite it by key, as in `[@kelly-2020]`; correcting it here reaches every page."""

    key = models.SlugField(
        unique=True,
        help_text="Cited in a text as [@key]. Do not change it: texts refer to it.",
        allow_unicode=False,
    )
    authors = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=400)
    publisher = models.CharField(
        max_length=300,
        blank=True,
        help_text="Journal with volume and pages, or the body.",
    )
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    url = HttpsURLField("address", max_length=500, blank=True)
    doi = models.CharField(
        "DOI",
        max_length=120,
        blank=True,
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
    note = models.TextField(blank=True, help_text="What was read there. For us only.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key}: {self.title}"

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
        parts = (self.authors, self.title, self.publisher, str(self.year or ""))
        return ". ".join(part.rstrip(".") for part in parts if part) + "."
