from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from content.languages import SPANISH
from content.models.fields import CharField
from content.models.revision import Revision
from content.models.slugged import FormerSlug, Slugged, SluggedQuerySet


class TopicQuerySet(SluggedQuerySet):
    def visible(self, language: str) -> "TopicQuerySet":
        """Those with an article published in this language, and with a name in it."""
        links = published_links(language).filter(topic=OuterRef("pk"))  # for each topic the first one that is found
        return self.named(language).filter(Exists(links))

    def named(self, language: str) -> "TopicQuerySet":
        """Those with a name in this language, in their order."""
        return self.exclude(name_es="") if language == SPANISH else self


def published_links(language: str) -> QuerySet:
    """What joins topics to their articles in this language that visitors can read: the rule of `published`."""
    published = Revision.objects.on_the_site().filter(article=OuterRef("article"))
    return Topic.articles.through.objects.filter(Exists(published), article__language=language)


class Topic(Slugged):
    slug = models.SlugField(
        unique=True, help_text="The address of the topic's page. If you change it, the old one leads here."
    )
    name = CharField(max_length=60)
    intro = CharField(
        max_length=200,
        help_text="One sentence under the heading in the list of articles.",
    )
    name_es = CharField("name in Spanish", max_length=60, blank=True, help_text="Empty: not on Spanish pages.")
    intro_es = CharField("intro in Spanish", max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name_es="", intro_es="") | ~(Q(name_es="") | Q(intro_es="")),
                name="content_topic_spanish_whole",
                violation_error_message="Enter both the name and the intro in Spanish, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("content:topic_detail", kwargs={"slug": self.slug})


class FormerTopicSlug(FormerSlug):
    owner = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="former_slugs")
