import uuid

from django.db import models
from django.utils import timezone

from content.models.article import Article
from content.models.fields import CharField

A_DAY = 2000  # answers that one article takes in a day: about half a megabyte
A_DAY_FROM_ONE_PLACE = 20  # of them; more is a machine, and must not silence readers elsewhere


class ReaderAnswerQuerySet(models.QuerySet["ReaderAnswer"]):
    def open(self) -> "ReaderAnswerQuerySet":
        """Answers that nobody has dealt with yet."""
        return self.filter(handled_on=None)


class ReaderAnswer(models.Model):
    """“Was this page helpful?” It holds nothing about who answered: no name, address, cookie or hour."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="reader_answers")
    was_helpful = models.BooleanField("helpful")
    text = CharField("what was missing", max_length=200, blank=True)
    answered_on = models.DateField(default=timezone.localdate)
    handled_on = models.DateField("dealt with on", null=True, blank=True)

    objects = ReaderAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = "reader's answer"
        verbose_name_plural = "readers' answers"
        ordering = ["-answered_on", "article"]

    def __str__(self) -> str:
        return f"Answer of {self.answered_on}"
