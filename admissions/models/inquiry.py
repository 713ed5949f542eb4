"""An inquiry: whatever a visitor sent. Clear columns only; the words are in the sealed messages of its thread."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from admissions.crypto import crockford
from admissions.errors import AlreadyClaimed, ChangedMeanwhile, IllegalMove
from admissions.models.disclosure import Disclosure
from admissions.models.holds import Holds

LEASE = timedelta(minutes=15)  # what the page does renews it; a forgotten claim is free again by then
MOST_TRIES = 3  # calls without success, until the visitor writes again
HALF_HOUR = timedelta(minutes=30)


def public_id(inquiry_id: uuid.UUID) -> str:
    """How staff name an inquiry aloud: "7F3K-92QD". Opens nothing, and shares nothing with a return code."""
    return crockford.grouped(crockford.encode(int.from_bytes(inquiry_id.bytes[:5], "big"), 8))


def inquiry_ids(typed: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The first and the last id that staff name like that: "7f3k 92qd". None for what names none."""
    name = crockford.normalise(typed, 8)
    if not name:
        return None
    bits = 0
    for sign in name:
        bits = bits << 5 | crockford.ALPHABET.index(sign)
    first = bits << 88  # 40 bits of 128
    return uuid.UUID(int=first), uuid.UUID(int=first | (1 << 88) - 1)


def in_their_hours(now: datetime) -> Q:
    """That somebody may be called now, as far as the clear columns know."""
    minute = now.astimezone(UTC).hour * 60 + now.astimezone(UTC).minute
    begun, not_over = Q(good_from__lte=minute), Q(good_until__gt=minute)
    same_day = Q(good_from__lte=F("good_until")) & begun & not_over
    past_midnight = Q(good_from__gt=F("good_until")) & (begun | not_over)
    return Q(good_from=None) | same_day | past_midnight


class HourField(models.DateTimeField):
    """Cut to the hour whatever is assigned: an exact time could be matched with a phone bill or a browser's history."""

    def pre_save(self, model_instance: models.Model, add: bool) -> datetime | None:
        value = super().pre_save(model_instance, add)
        if value is not None:
            value = value.replace(minute=0, second=0, microsecond=0)
            setattr(model_instance, self.attname, value)
        return value


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def from_people(self) -> "InquiryQuerySet":
        """Without the messages by which the website tests itself: no list and no figure may show them."""
        return self.exclude(kind=Inquiry.Kind.SYNTHETIC_CHECK)

    def with_public_id(self, typed: str) -> "InquiryQuerySet":
        """The one that staff name like that; none for what names none."""
        ids = inquiry_ids(typed)
        return self.filter(pk__range=ids) if ids else self.none()

    def unread_junk(self) -> "InquiryQuerySet":
        """What the website took for junk and nobody has opened: there may be a person in it."""
        readings = Disclosure.objects.readings().filter(record=OuterRef("pk"))
        return self.from_people().filter(~Exists(readings), status=Inquiry.Status.JUNK)

    def queue(self) -> "InquiryQuerySet":
        """What waits for somebody, or for its visitor: whatever is due first on top."""
        return self.from_people().filter(status__in=Inquiry.WAITS)

    def due(self, now: datetime) -> "InquiryQuerySet":
        """Of the queue, what one of us should do now."""
        return self.queue().filter(next_at__lte=now)

    def in_their_hours(self, now: datetime) -> "InquiryQuerySet":
        """Who may be called now, as far as the clear columns know: a hint. The gate reads what is sealed."""
        return self.filter(in_their_hours(now))

    def held(self) -> "InquiryQuerySet":
        """Whoever took it still has it, by the clock of the database: those of two machines may differ."""
        return self.filter(claimed_until__gt=Now())

    def free(self) -> "InquiryQuerySet":
        """Nobody has it, or not any more."""
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lte=Now()))

    def with_same_person(self, inquiry: "Inquiry") -> "InquiryQuerySet":
        """This one, and those that wait and were linked with it."""
        root = inquiry.same_as_id or inquiry.pk
        linked = Q(pk=root, status__in=Inquiry.WAITS) | Q(same_as=root, status__in=Inquiry.WAITS)
        return self.filter(Q(pk=inquiry.pk) | linked)

    def promised(self) -> "InquiryQuerySet":
        """Those who were named a time that still stands, in the order in which they came as far as we know it."""
        standing = self.queue().filter(promised_by__isnull=False, promise_withdrawn_on=None)
        return standing.order_by("promised_by", "created", "id")

    def with_broken_promise(self, now: datetime) -> "InquiryQuerySet":
        """Whose promised time is over while nobody is at it. A look changes nothing about that."""
        return self.promised().filter(promised_by__lte=now).exclude(claimed_until__gt=Now())

    def neglected(self, since: datetime) -> "InquiryQuerySet":
        """What one of us was to act on by `since`, and nobody is at it. Not what its visitor was to answer."""
        ours = self.from_people().filter(status__in=(Inquiry.Status.NEW, Inquiry.Status.OPEN))
        return ours.filter(next_at__lte=since).exclude(claimed_until__gt=Now())

    def break_promises(self, now: datetime) -> int:
        """Count as broken, once, every promise whose time is over while nobody is at it. Returns how many."""
        late = self.with_broken_promise(now).filter(promise_broken_on=None)
        return late.update(promise_broken_on=timezone.localdate(now))

    def withdraw_promises(self, promises: list[tuple[uuid.UUID, datetime]], now: datetime) -> int:
        """Take back these times of these keys, unless an answer or another time came meanwhile. Returns how many."""
        still = self.promised().filter(promised_by__gt=now)
        changes = {"promise_withdrawn_on": timezone.localdate(now), "next_at": F("created")}  # they come first now
        return sum(still.filter(pk=key, promised_by=end).update(**changes) for key, end in promises)

    def restore_promises(self, promises: list[tuple[uuid.UUID, datetime]], now: datetime) -> int:
        """Give back these times, taken back before, unless another came or a colleague is at it. Returns how many.

        The next step is when the half hour begins, unless somebody chose another meanwhile.
        """
        still = self.named_ahead(now).exclude(promise_withdrawn_on=None).exclude(claimed_until__gt=Now())
        step = Case(When(next_at=F("created"), then=F("promised_by") - HALF_HOUR), default=F("next_at"))
        changes = {"promise_withdrawn_on": None, "next_at": step}
        return sum(still.filter(pk=key, promised_by=end).update(**changes) for key, end in promises)

    def named_ahead(self, now: datetime) -> "InquiryQuerySet":
        """Who wait and were named a time that lies ahead, whether it stands or was taken back; as `promised` orders."""
        return self.queue().filter(promised_by__gt=now).order_by("promised_by", "created", "id")

    def load(self, *, by_phone: bool = True) -> dict[datetime | None, int]:
        """How many wait for each promised time; under None those who wait without one, or whose time was taken back."""
        takes_place = Q(promised_by__isnull=False) | Q(status=Inquiry.Status.NEW)
        waiting = self.queue().filter(takes_place, outside_calendar=False, by_phone=by_phone)
        by = Case(When(promise_withdrawn_on=None, then="promised_by"))
        return dict(waiting.order_by().values_list(by).annotate(Count("pk")))

    def claimable_by(self, actor: User) -> "InquiryQuerySet":
        """Free, held by `actor`, or held by a claim that ran out; never what the visitor destroyed."""
        there = self.exclude(status=Inquiry.Status.DESTROYED)
        return there.filter(Q(claimed_by=None) | Q(claimed_by=actor) | Q(claimed_until__lte=Now()))


class Inquiry(models.Model):
    class Kind(models.TextChoices):
        CONTACT = "contact", _("Message")
        CALL = "call", _("Call request")
        CHAT = "chat", _("Chat")
        SYNTHETIC_CHECK = "probe", "Test of the website"

    class Status(models.TextChoices):
        NEW = "new", "New"
        OPEN = "open", "Open"
        WAITING = "waiting", "Waiting for the visitor"
        HANDLED = "handled", "Handled"
        JUNK = "junk", "Probably junk"
        DESTROYED = "destroyed", "Destroyed by the visitor"

    class ClosedAs(models.TextChoices):
        REACHED = "reached", "Reached"
        ANSWERED = "answered", "Answered in writing"
        REFERRED = "referred", "Referred on"
        ASKED_NOT = "asked_not", "Asked us not to call"
        UNREACHABLE = "unreachable", "Could not be reached"

    # Only the visitor destroys, with the code, from any status; nothing leads back from there.
    # Nothing goes from new to handled: somebody must have opened it first, because handled inquiries are destroyed.
    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.NEW: (Status.OPEN, Status.JUNK),
        Status.OPEN: (Status.WAITING, Status.HANDLED, Status.JUNK),
        Status.WAITING: (Status.OPEN, Status.HANDLED, Status.JUNK),
        Status.HANDLED: (Status.OPEN,),
        Status.JUNK: (Status.OPEN,),
        Status.DESTROYED: (),
    }
    DONE: ClassVar[tuple[str, ...]] = (Status.HANDLED, Status.JUNK, Status.DESTROYED)
    WAITS: ClassVar[tuple[str, ...]] = (Status.NEW, Status.OPEN, Status.WAITING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    created = HourField(default=timezone.now, editable=False, help_text="Cut to the hour.")
    promised_by = models.DateTimeField(
        null=True, blank=True, help_text="By when we said that we would call. Empty once we did."
    )
    # Days, because they are counted by the month; the second goes when another time is named.
    promise_broken_on = models.DateField(null=True, blank=True, editable=False)
    promise_withdrawn_on = models.DateField(null=True, blank=True, editable=False)
    outside_calendar = models.BooleanField(
        default=False,
        editable=False,
        help_text="It looked like junk, or came from where many came from: named no time.",
    )
    handled_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="How long it is kept counts from this day; for junk, once somebody has opened it.",
    )
    do_not_contact = models.BooleanField(
        default=False, editable=False, help_text="The visitor took back consent: answer in the thread only."
    )
    next_at = models.DateTimeField(
        "next step",
        null=True,
        blank=True,
        help_text="When one of us acts next: a promise opens, a call is tried again, an answer did not come.",
    )
    closed_as = models.CharField(max_length=12, choices=ClosedAs.choices, blank=True, editable=False)
    by_phone = models.BooleanField(
        default=True, editable=False, help_text="A call or a text is wanted, so it takes a place in the calendar."
    )
    # Minutes of the UTC day, so that lists know whom it is too early to call. Empty: at any hour.
    good_from = models.PositiveSmallIntegerField(null=True, editable=False)
    good_until = models.PositiveSmallIntegerField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Calls without success since the visitor last wrote."
    )
    is_number_wrong = models.BooleanField(
        default=False, editable=False, help_text="Nobody calls it again until the visitor gives another one."
    )
    same_as = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="linked", editable=False)
    hold = models.BooleanField("legal hold", default=False, help_text="While this is set, nothing is destroyed.")
    # Accounts that did something here are deactivated, never deleted.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    kid = models.BinaryField("team key", max_length=8)
    form_version = models.PositiveSmallIntegerField(editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    body_hmac = models.BinaryField(max_length=32)
    return_hash = models.BinaryField(max_length=32, unique=True, null=True)
    visitor_public_key = models.BinaryField(null=True)

    holds = Holds.by_field(
        clear=(
            "id kind status created promised_by promise_broken_on promise_withdrawn_on outside_calendar handled_on "
            "do_not_contact next_at closed_as by_phone good_from good_until tries is_number_wrong same_as hold "
            "claimed_by claimed_until version kid form_version"
        ),
        hash="token_hash body_hmac return_hash",
        key="visitor_public_key",
    )

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "inquiries"
        ordering = ("next_at", "created", "id")
        indexes = [
            models.Index(
                "next_at",
                "created",
                "id",
                condition=Q(status__in=("new", "open", "waiting")),
                name="%(app_label)s_%(class)s_queue",
            ),
            models.Index("created", "id", condition=Q(status="junk"), name="%(app_label)s_%(class)s_junk"),
            models.Index(
                "handled_on",
                "id",
                condition=Q(status__in=("handled", "destroyed")),
                name="%(app_label)s_%(class)s_done",
            ),
            models.Index(
                "promise_broken_on",
                "id",
                condition=Q(promise_broken_on__isnull=False),
                name="%(app_label)s_%(class)s_broken",
            ),
        ]
        default_permissions = ("view", "change")  # visitors add, retention destroys
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("contact", "call", "chat", "probe")),
                name="%(app_label)s_%(class)s_kind_known",
                violation_error_message="Choose message, call request, chat or test.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("new", "open", "waiting", "handled", "junk", "destroyed")),
                name="%(app_label)s_%(class)s_status_known",
                violation_error_message="Choose one of the statuses in the list.",
            ),
            # Retention counts from this day: without it a handled inquiry would stay for ever.
            models.CheckConstraint(
                condition=Q(status__in=("handled", "junk", "destroyed"), handled_on__isnull=False)
                | (~Q(status__in=("handled", "junk", "destroyed")) & Q(handled_on__isnull=True)),
                name="%(app_label)s_%(class)s_handled_day",
                violation_error_message="What is handled, junk or destroyed has a day on which that was.",
            ),
            # The code leads to nothing any more; a legal hold may keep the rest locked for a while.
            models.CheckConstraint(
                condition=~Q(status="destroyed")
                | Q(
                    return_hash__isnull=True,
                    visitor_public_key__isnull=True,
                    promised_by__isnull=True,
                    next_at__isnull=True,
                    claimed_by__isnull=True,
                ),
                name="%(app_label)s_%(class)s_destroyed_is_closed",
                violation_error_message="What the visitor destroyed has no code, no promise and nobody on it.",
            ),
            # Nothing waits without a clock, and nothing that is done with has one.
            models.CheckConstraint(
                condition=Q(status__in=("new", "open", "waiting"), next_at__isnull=False)
                | (~Q(status__in=("new", "open", "waiting")) & Q(next_at__isnull=True)),
                name="%(app_label)s_%(class)s_next_step",
                violation_error_message="What waits needs a time for its next step; what is done has none.",
            ),
            models.CheckConstraint(
                condition=Q(closed_as="")
                | Q(
                    closed_as__in=("reached", "answered", "referred", "asked_not", "unreachable"),
                    status__in=("handled", "destroyed"),
                ),
                name="%(app_label)s_%(class)s_closed_as_known",
                violation_error_message="Say how it ended once it is handled, with one of the answers in the list.",
            ),
            models.CheckConstraint(
                condition=Q(good_from__isnull=True, good_until__isnull=True)
                | Q(good_from__isnull=False, good_until__isnull=False, good_from__lt=1440, good_until__lt=1440),
                name="%(app_label)s_%(class)s_good_hours",
                violation_error_message="Good hours need a beginning and an end, in minutes of the day.",
            ),
            models.CheckConstraint(
                condition=Q(same_as__isnull=True) | ~Q(same_as=F("id")),
                name="%(app_label)s_%(class)s_linked_with_another",
                violation_error_message="Link it with another inquiry.",
            ),
            # Whoever must not be contacted is promised nothing.
            models.CheckConstraint(
                condition=Q(do_not_contact=False) | Q(promised_by__isnull=True),
                name="%(app_label)s_%(class)s_no_contact_no_promise",
                violation_error_message="The visitor took back consent, so there is no time to call.",
            ),
            models.CheckConstraint(
                condition=Q(promise_withdrawn_on__isnull=True) | Q(promised_by__isnull=False),
                name="%(app_label)s_%(class)s_withdrawn_time",
                violation_error_message="A time can be taken back only when one was named.",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="%(app_label)s_%(class)s_claim_ends",
                violation_error_message="A claim needs a person and an end.",
            ),
        ]

    def __str__(self) -> str:
        return f"Inquiry {self.public_id}"

    @property
    def public_id(self) -> str:
        return public_id(self.id)

    @property
    def legal_moves(self) -> tuple[str, ...]:
        """The statuses that this one leads to."""
        return self.MOVES[self.status]

    @property
    def is_destroyed(self) -> bool:
        """The visitor destroyed it. Nobody opens it any more, even where a legal hold keeps it for now."""
        return self.status == self.Status.DESTROYED

    @property
    def holder_id(self) -> int | None:
        """Whose claim is still running."""
        is_running = self.claimed_until is not None and self.claimed_until > timezone.now()
        return self.claimed_by_id if is_running else None

    def is_held_by_other(self, actor: User) -> bool:
        """A colleague's claim is still running, by the clock of the database."""
        return Inquiry.objects.filter(pk=self.pk).held().exclude(claimed_by=actor).exists()

    def is_held_by(self, actor: User) -> bool:
        return Inquiry.objects.filter(pk=self.pk, claimed_by=actor).held().exists()

    def move_to(self, status: str, *, closed_as: str = "", next_at: datetime | None = None) -> None:
        """Change the status. Raises `IllegalMove`, or `ChangedMeanwhile` when somebody was faster.

        `next_at`: when one of us acts next on what still waits; at once if it is not given.
        """
        if status not in self.legal_moves:
            raise IllegalMove(f"{self} cannot go from {self.status} to {status}.")
        self.change(**self.status_changed(status, closed_as=closed_as, next_at=next_at))

    def status_changed(self, status: str, *, closed_as: str = "", next_at: datetime | None = None) -> dict[str, object]:
        """What `change` has to store with another status."""
        changes: dict[str, object] = {"status": status, "handled_on": None, "closed_as": closed_as}
        if status in (self.Status.WAITING, self.Status.HANDLED):
            changes |= self.promise_answered()
        if status in self.DONE:
            today = timezone.localdate()
            return changes | {"handled_on": today, "claimed_by": None, "claimed_until": None, "next_at": None}
        return changes | {"next_at": next_at or self.next_at or timezone.now()}

    def promise_answered(self) -> dict[str, object]:
        """What `change` has to store when the visitor is called or answered: nothing is promised any more."""
        now = timezone.now()
        changes: dict[str, object] = {"promised_by": None, "promise_withdrawn_on": None}
        is_late = self.promised_by is not None and self.promised_by <= now and self.promise_withdrawn_on is None
        if is_late and self.promise_broken_on is None:  # the worker had no time to count it
            changes["promise_broken_on"] = timezone.localdate(now)
        return changes

    def promise_named(self, end: datetime | None) -> dict[str, object]:
        """What `change` has to store when a time is promised: the next step is when its half hour begins.

        Without one the next step is now.
        """
        return {"promised_by": end, "promise_withdrawn_on": None, "next_at": end - HALF_HOUR if end else timezone.now()}

    def change(self, **changes: object) -> None:
        """Store `changes` only if the row is still as it was read. Raises `ChangedMeanwhile`."""
        unchanged = type(self).objects.filter(pk=self.pk, version=self.version)
        if not unchanged.update(version=F("version") + 1, **changes):
            raise ChangedMeanwhile(f"{self} was changed by somebody else.")
        self.refresh_from_db()

    def claim(self, actor: User) -> None:
        """Take it, and what waits of the same person, or take it for longer. Raises `AlreadyClaimed`.

        One statement for the row itself, so that of many one wins; colleagues keep what they have of the same person.
        """
        mine, lease = type(self).objects.claimable_by(actor), {"claimed_by": actor, "claimed_until": Now() + LEASE}
        self._change_claim(mine, **lease)
        mine.with_same_person(self).exclude(pk=self.pk).update(version=F("version") + 1, **lease)

    def hand_to(self, colleague: User, lease: timedelta) -> None:
        """Let a colleague have it from now on, with what goes with it. Raises `ChangedMeanwhile`."""
        giver, claim = self.claimed_by_id, {"claimed_by": colleague, "claimed_until": Now() + lease}
        self.change(**claim)
        linked = type(self).objects.with_same_person(self).filter(claimed_by=giver).held()
        linked.update(version=F("version") + 1, **claim)

    def renew(self, actor: User) -> bool:
        """Keep it for longer, if `actor` still has it. Nobody has to read it again for that."""
        mine = type(self).objects.with_same_person(self).filter(claimed_by=actor).held()
        return bool(mine.update(claimed_until=Now() + LEASE))

    def release(self, actor: User, *, even_of_others: bool = False) -> None:
        """Give it back. Raises `AlreadyClaimed` when a colleague holds it, unless `even_of_others`."""
        rows = type(self).objects.all() if even_of_others else type(self).objects.claimable_by(actor)
        self._change_claim(rows, claimed_by=None, claimed_until=None)

    def _change_claim(self, rows: InquiryQuerySet, **claim: object) -> None:
        if not rows.filter(pk=self.pk).update(version=F("version") + 1, **claim):
            raise AlreadyClaimed(f"{self} is with a colleague.")
        self.refresh_from_db()
