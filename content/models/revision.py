"""Every save of an article, for ever, and the clinical sign-offs bound to exactly one text."""

import datetime
import json

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone

from content.languages import translated
from content.models.append_only import AppendOnlyModel, AppendOnlyQuerySet
from content.models.fields import CharField, TextField
from content.models.reviewer import LicenceKind, Reviewer
from content.text.snapshot import Snapshot


def canonical(snapshot: Snapshot) -> str:
    """The one way to write a snapshot down, so that equal texts have equal hashes."""
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class RevisionQuerySet(AppendOnlyQuerySet["Revision"]):
    def public(self) -> "RevisionQuerySet":
        """What visitors could read, the newest publication first. A revision that is not in here stays among staff."""
        begun = self.filter(published_at__lte=timezone.now()).exclude(published_until=F("published_at"))
        return begun.order_by("-published_at", "-number")

    def with_first_publication(self) -> "RevisionQuerySet":
        """Adds `begun_at`: when visitors could first read the article, whatever its text was then."""
        first = Revision.objects.public().filter(article=OuterRef("article")).order_by("published_at")
        return self.annotate(begun_at=Subquery(first.values("published_at")[:1]))

    def on_the_site(self) -> "RevisionQuerySet":
        """What visitors read now: at most one revision of each article."""
        return self.covering(timezone.now())

    def covering(self, moment: datetime.datetime) -> "RevisionQuerySet":
        """What visitors read, or will read, at `moment`."""
        return self.ending_after(moment).filter(published_at__lte=moment)

    def ending_after(self, moment: datetime.datetime) -> "RevisionQuerySet":
        """What visitors read at `moment`, and what they will read later."""
        return self.filter(Q(published_until=None) | Q(published_until__gt=moment), published_at__isnull=False)

    def coming(self) -> "RevisionQuerySet":
        """Publications with a date that is still to come, the next first."""
        return self.filter(published_at__gt=timezone.now()).order_by("published_at")

    def next_changes(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """When the next dated change of the site comes true, and when the next withdrawal with nothing in its place."""
        now = timezone.now()
        takes_its_place = Revision.objects.filter(article=OuterRef("article"), published_at=OuterRef("published_until"))
        ends = Q(published_until__gt=now)
        times = self.filter(ends | Q(published_at__gt=now)).aggregate(
            begins=Min("published_at", filter=Q(published_at__gt=now)),
            ends=Min("published_until", filter=ends),
            leaves=Min("published_until", filter=ends & ~Exists(takes_its_place)),
        )
        return min(filter(None, (times["begins"], times["ends"])), default=None), times["leaves"]

    def signed(self) -> "RevisionQuerySet":
        """Texts that a reviewer has signed."""
        return self.filter(Exists(SignOff.objects.filter(revision=OuterRef("pk"))))

    def destroy(self) -> None:
        """For the trash alone: those that visitors could never read."""
        models.QuerySet.delete(self.filter(published_at=None))


class Revision(AppendOnlyModel):
    """One save. Visitors read it from `published_at` until `published_until`: dates in the future are its schedule.

    The times of an article's revisions never overlap; `content.services.publishing` sees to that.
    """

    MAY_BE_SET_LATER = frozenset(
        {"published_at", "published_until", "published_by", "published_by_id", "published_by_its_writer"}
    )

    article = models.ForeignKey("content.Article", on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    snapshot_json = TextField()
    sha256 = CharField(max_length=64)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="saved by",
    )
    note = CharField(
        max_length=200,
        blank=True,
        help_text="What changed, for colleagues and readers.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    published_until = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    published_by_its_writer = models.BooleanField(default=False, help_text="A very small team: see SMALL_TEAM.")

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["article", "-number"]
        get_latest_by = "number"
        constraints = [
            models.UniqueConstraint(
                fields=["article", "number"],
                name="content_revision_number_once",
                violation_error_message="Somebody saved this article a moment ago. Reload the page and try again.",
            ),
            models.CheckConstraint(
                condition=Q(published_until=None)
                | Q(published_at__isnull=False, published_until__gte=F("published_at")),
                name="content_revision_ends_after_it_begins",
                violation_error_message="A text leaves the site after it came onto it.",
            ),
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(published_at__isnull=False, published_until=None),
                name="content_revision_one_without_end",
                violation_error_message="Another text of this article is on the site. It has to leave first.",
            ),
        ]
        indexes = [
            # Finds what is on the site among all that was ever saved.
            models.Index(
                fields=["article", "published_at"],
                name="content_revision_published",
                condition=Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Revision {self.number}"

    @property
    def snapshot(self) -> Snapshot:
        return json.loads(self.snapshot_json)

    def writers(self, *, since: RevisionQuerySet) -> set[int]:
        """The accounts that wrote what is new in this text, compared with the texts in `since` before it.

        Nobody, when one of those is this very text.
        """
        revisions = Revision.objects.filter(article=self.article_id)
        known = since.filter(article=self.article_id).order_by()
        if known.filter(sha256=self.sha256).exists():
            return set()
        last = known.filter(number__lt=self.number).aggregate(last=Max("number"))["last"] or 0
        new = revisions.filter(number__gt=last, number__lte=self.number, author__isnull=False)
        return set(new.order_by().values_list("author", flat=True))

    @property
    def is_on_the_site(self) -> bool:
        """The rule of `RevisionQuerySet.on_the_site`, for one row."""
        now = timezone.now()
        began = self.published_at is not None and self.published_at <= now
        return began and (self.published_until is None or self.published_until > now)

    @property
    def is_coming(self) -> bool:
        """The rule of `RevisionQuerySet.coming`, for one row."""
        return self.published_at is not None and self.published_at > timezone.now()


class SignOff(models.Model):
    """One reviewer's word for one text. It holds the licence as it was that day."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="sign_offs")
    sha256 = CharField(max_length=64, editable=False)
    reviewer = models.ForeignKey(Reviewer, on_delete=models.PROTECT, related_name="sign_offs")
    reviewer_name = CharField(max_length=120, editable=False)
    licence_kind = CharField(max_length=10, choices=LicenceKind, editable=False)
    licence_line = CharField(max_length=120, editable=False)
    licence_line_es = CharField(max_length=120, editable=False, default="")
    licence_number = CharField(max_length=60, blank=True, default="", editable=False)
    licence_expires = models.DateField(null=True, blank=True, editable=False)
    signed_on = models.DateField(default=timezone.localdate, editable=False)
    signed_at = models.DateTimeField(default=timezone.now, editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    signed_by_its_writer = models.BooleanField(
        default=False, editable=False, help_text="A very small team: see SMALL_TEAM."
    )
    full = models.ForeignKey(
        "self",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="small_changes",
        help_text="Set when this only confirms that the change from the text of that sign-off is a typo.",
    )
    next_due = models.DateField("review again by")

    class Meta:
        verbose_name = "sign-off"
        ordering = ["-signed_at"]
        get_latest_by = "signed_at"
        constraints = [
            models.CheckConstraint(
                condition=Q(next_due__gt=F("signed_on")),
                name="content_signoff_due_after_signing",
                violation_error_message="The next review must be after today.",
            ),
        ]

    def __str__(self) -> str:
        return f"Sign-off of revision {self.revision_id} by {self.reviewer_name}"

    @property
    def reviewed_at(self) -> datetime.datetime:
        """When the text was read as a whole."""
        return self.full.signed_at if self.full else self.signed_at

    @property
    def reviewed_on(self) -> datetime.date:
        return self.full.signed_on if self.full else self.signed_on

    @property
    def who(self) -> str:
        """The reviewer's name, with the licence as it was that day."""
        return ", ".join(filter(None, (self.reviewer_name, translated(self, "licence_line"))))
