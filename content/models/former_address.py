from django.db import models

from content.languages import LANGUAGES


class FormerAddress(models.Model):
    """An address that an article had while visitors could know it. It leads to the article's address of today.

    `Slugged.save` writes these rows and removes the one that becomes the article's address again, so that no address
    ever leads to a former one. Nobody else can have it.
    """

    language = models.CharField(max_length=2, choices=LANGUAGES)
    slug = models.SlugField(max_length=80)
    article = models.ForeignKey("content.Article", on_delete=models.CASCADE, related_name="former_addresses")

    class Meta:
        verbose_name_plural = "former addresses"
        ordering = ["language", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "slug"],
                name="content_former_address_leads_to_one_article",
                violation_error_message="This address leads to another article.",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
