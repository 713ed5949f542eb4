from django.db import models

from content.languages import ENGLISH, LANGUAGES
from content.models.fields import CharField


class Term(models.Model):
    """A word that readers may not know, in plain words. All of them stand on the page `/glossary/`."""

    slug = models.SlugField(
        help_text="The part of the address after #. Chosen once: others link to it, and nothing can lead on from it."
    )
    term = CharField(
        max_length=60, help_text="As readers meet it, like “sponsor”. Other ways to say it stand behind a comma."
    )
    meaning = CharField(max_length=300, help_text="One or two plain sentences.")
    language = CharField(max_length=2, choices=LANGUAGES, default=ENGLISH)

    class Meta:
        ordering = ["language", "term"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="content_term_once",
                violation_error_message="This word is in the glossary already. Change that one.",
            ),
        ]

    def __str__(self) -> str:
        return self.term
