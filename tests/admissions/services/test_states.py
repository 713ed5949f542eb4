"""P85: whatever visitors, staff, the worker and the clock do, in whatever order, nobody is lost and nobody is harmed.

Every waiting inquiry has a clock that comes, and nothing that is done with has one; versions only grow; the number
leaves the server only when the rules allow it. The rules are written here anew, and read nothing from the code.
"""

import datetime
import secrets
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from admissions.alerts import outbox
from admissions.errors import (
    AlreadyClaimed,
    AttemptNotRecorded,
    ChangedMeanwhile,
    Destroyed,
    IllegalMove,
    NotRevealed,
)
from admissions.models import Alert, Attempt, Inquiry, NeverContact, OpeningHours, Shift
from admissions.scheduling import booking
from admissions.services import desk, retention, team, visitor
from tests.admissions.factories import make_staff, put_on_duty, times
from tests.faults.rig import figure

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 10, 30, 15, tzinfo=datetime.UTC)  # before the clocks change
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
FARTHEST = datetime.timedelta(days=15)  # a clock that is set farther away comes too late for anybody
PHONES = ("+17145550142", "+17145550143", "+13125550144")
PARTS = {"": (8, 21), "any": (8, 21), "any_hour": None, "morning": (7, 11), "afternoon": (14, 17), "evening": (17, 21)}
ZONES = ("America/Los_Angeles", "America/New_York", "Pacific/Honolulu")
REFUSED = (AlreadyClaimed, AttemptNotRecorded, ChangedMeanwhile, Destroyed, IllegalMove)
WAITS = {"new", "open", "waiting"}

index = st.integers(0, 2)
who = st.sampled_from((None, None, 0, 1, 2))
preferences = st.fixed_dictionaries(
    {
        "reach_by": st.sampled_from(("phone", "phone", "text", "return_code")),
        "phone": st.sampled_from(PHONES),
        "call_window": st.sampled_from(tuple(PARTS)),
        "time_zone": st.sampled_from(ZONES),
        "voicemail_ok": st.sampled_from(("yes", "no")),
    }
).map(lambda answers: {name: answer for name, answer in answers.items() if answer})


class Known:
    """What a careful colleague would have written down about one inquiry, on paper."""

    def __init__(self, receipt, wishes):
        self.pk, self.code, self.wishes = receipt.inquiry.pk, receipt.return_code, wishes
        self.lines, self.version, self.tries = 1, 0, 0
        self.consent_is_back = self.asked_not = self.is_wrong = self.is_destroyed = self.is_handled_by_us = False

    def may_be_called(self, now, never, *, with_reason):
        """The number may be seen by whoever has the inquiry."""
        if self.is_destroyed or self.consent_is_back or self.asked_not or self.is_wrong or self.tries >= 3:
            return False
        if self.wishes["phone"] in never:
            return False
        hours = PARTS[self.wishes.get("call_window", "")] if self.wishes["reach_by"] != "return_code" else None
        there = now.astimezone(ZoneInfo(self.wishes["time_zone"]))
        return with_reason or hours is None or hours[0] <= there.hour < hours[1]


class Desk(RuleBasedStateMachine):
    clock = None  # the fixture
    steps = revealed = 0  # of all walks together

    def __init__(self):
        super().__init__()
        self.known: list[Known] = []
        self.never: set[str] = set()

    @initialize()
    def begin(self):
        self.clock.move_to(START, tick=False)
        for model in (Inquiry, NeverContact, Shift, OpeningHours):
            model.objects.all().delete()
        put_on_duty(starts="09:00", ends="18:00")

    # What the rules below share

    @property
    def now(self):
        return datetime.datetime.now(datetime.UTC)

    def one(self, number):
        """Somebody's paper, and the row as it is."""
        paper = self.known[number % len(self.known)]
        return paper, Inquiry.objects.filter(pk=paper.pk).first()

    def person(self, number, row=None):
        """Somebody of the team; without a number whoever had the inquiry last."""
        if number is None:
            return next((each for each in self.people if row and each.pk == row.claimed_by_id), self.people[0])
        return self.people[number % len(self.people)]

    def is_had_by(self, inquiry, actor):
        return inquiry.claimed_by_id == actor.pk and inquiry.claimed_until > LONG_AGO

    def is_with_another(self, inquiry, actor):
        return bool(inquiry.claimed_by_id) and inquiry.claimed_by_id != actor.pk and inquiry.claimed_until > LONG_AGO

    def wrote(self, paper):
        """Whoever writes has somebody act: now, or at the time that was named."""
        paper.lines, paper.tries = paper.lines + 1, 0

    # Visitors

    @precondition(lambda self: len(self.known) < 3)
    @rule(
        wishes=preferences,
        kind=st.sampled_from(("contact", "call")),
        taken_for=st.sampled_from(("", "", "junk", "crowd")),
    )
    def receive(self, wishes, kind, taken_for):
        words = {"junk": {"junk_reasons": ["It looks so."]}, "crowd": {"crowd_reasons": ["Many came."]}}.get(
            taken_for, {}
        )
        body = wishes | {"message": "Hello."}
        receipt = team.receive(kind=kind, form_token=secrets.token_bytes(32), body=body, **words)
        self.known.append(Known(receipt, wishes))

    @precondition(lambda self: self.known)
    @rule(number=index)
    def add_line(self, number):
        paper, _ = self.one(number)
        secret = visitor.enter(code=paper.code)
        if secret is None:
            assert paper.is_destroyed
            return
        visitor.add_line(secret=secret, form_token=secrets.token_bytes(32), text="I am shaking now.")
        self.wrote(paper)
        row = Inquiry.objects.get(pk=paper.pk)
        stands = row.promised_by is not None and not row.promise_withdrawn_on
        assert row.status in WAITS and (row.next_at <= self.now or stands), "whoever writes again comes up"

    @precondition(lambda self: self.known)
    @rule(number=index, wishes=preferences, may_contact=st.booleans())
    def change_preferences(self, number, wishes, may_contact):
        paper, _ = self.one(number)
        secret = visitor.enter(code=paper.code)
        if secret is None:
            return
        words = wishes | ({"consent": "notice version 1"} if may_contact else {})
        visitor.change_contact_preferences(
            secret=secret, form_token=secrets.token_bytes(32), preferences=words, may_contact=may_contact
        )
        self.wrote(paper)
        if may_contact:
            paper.consent_is_back = paper.asked_not = False
        paper.is_wrong &= wishes["phone"] == paper.wishes["phone"]
        paper.wishes = wishes

    @precondition(lambda self: self.known)
    @rule(number=index)
    def take_back_consent(self, number):
        paper, _ = self.one(number)
        if secret := visitor.enter(code=paper.code):
            visitor.take_back_consent(secret=secret, form_token=secrets.token_bytes(32))
            paper.consent_is_back, paper.lines = True, paper.lines + 1

    @precondition(lambda self: len(self.known) > 1)
    @rule(number=index)
    def destroy(self, number):
        paper, _ = self.one(number)
        if secret := visitor.enter(code=paper.code):
            visitor.destroy(secret=secret)
            paper.is_destroyed = True

    @precondition(lambda self: self.known)
    @rule(number=index)
    def come_back(self, number):
        """Nothing that somebody wrote is lost, whatever happened to it here."""
        paper, row = self.one(number)
        if paper.is_destroyed:
            assert visitor.thread_for_code(code=paper.code) is None
        elif row:
            mine = [each for each in visitor.thread_for_code(code=paper.code).messages if each.author == "visitor"]
            assert len(mine) == paper.lines

    # The team

    @precondition(lambda self: self.known)
    @rule(number=index, who=who)
    def take(self, number, who):
        paper, row = self.one(number)
        actor = self.person(who, row)
        if row is None:
            return
        is_busy = self.is_with_another(row, actor)
        try:
            desk.take(inquiry=row, actor=actor)
        except REFUSED:
            assert is_busy or paper.is_destroyed
            return
        assert not is_busy and not paper.is_destroyed
        assert self.is_had_by(row, actor)

    @rule(who=who)
    def take_next(self, who):
        actor = self.person(who)
        busy = {row.pk for row in Inquiry.objects.all() if self.is_with_another(row, actor)}
        row = desk.take_next(actor=actor)
        if row is not None:
            paper = next(each for each in self.known if each.pk == row.pk)
            assert row.pk not in busy
            assert not (paper.consent_is_back or paper.asked_not or paper.is_wrong or paper.is_destroyed)

    @precondition(lambda self: self.known)
    @rule(
        number=index,
        who=who,
        reason=st.sampled_from(("", "They asked us to call at any hour.")),
        is_old=st.sampled_from((False, False, True)),
        takes=st.booleans(),
    )
    def reveal(self, number, who, reason, is_old, takes):
        if takes:
            self.take(number, who)
        paper, row = self.one(number)
        actor = self.person(who, row)
        if row is None:
            return
        may = self.is_had_by(row, actor) and not is_old
        may &= paper.may_be_called(self.now, self.never, with_reason=bool(reason))
        try:
            version = row.version - is_old
            phone = desk.reveal(inquiry=row, actor=actor, version=version, reason=reason).phone
            refusal = ""
        except (NotRevealed, ChangedMeanwhile, Destroyed) as error:
            phone, refusal = "", str(error)
        assert bool(phone) == may, refusal or "a number that nobody may see"
        if not may:
            return
        assert phone == paper.wishes["phone"]
        type(self).revealed += 1

    @precondition(lambda self: self.known)
    @rule(
        number=index, who=who, outcome=st.sampled_from(Attempt.Outcome.values), note=st.sampled_from(("", "A note.")),
        again=st.sampled_from((None, None, -1, 3, 30, 14 * 24)),
    )  # fmt: skip
    def say_how_it_went(self, number, who, outcome, note, again):
        paper, row = self.one(number)
        actor = self.person(who, row)
        if row is None:
            return
        is_busy, waited = self.is_with_another(row, actor), row.status in WAITS
        words = {"again_at": self.now + datetime.timedelta(hours=again)} if again else {}
        try:
            desk.record_attempt(inquiry=row, actor=actor, version=row.version, outcome=outcome, note=note, **words)
        except REFUSED:
            return
        assert waited and not is_busy and not paper.is_destroyed
        assert outcome != "voicemail" or paper.wishes["voicemail_ok"] == "yes"
        paper.tries = paper.tries + 1 if outcome in {"no_answer", "voicemail", "else"} else 0
        if outcome == "wrong":
            paper.is_wrong = True
        if outcome == "asked_not":
            paper.asked_not = True
            self.never.add(paper.wishes["phone"])
        assert row.promised_by is None, "an attempt answers the promise"

    @precondition(lambda self: self.known)
    @rule(number=index, who=who, to=who)
    def hand_over(self, number, who, to):
        _, row = self.one(number)
        if row is not None:
            is_busy, to = self.is_with_another(row, self.person(who, row)), self.person(to)
            try:
                desk.hand_over(inquiry=row, actor=self.person(who, row), to=to, note="")
            except REFUSED:
                return
            assert not is_busy and self.is_had_by(row, to)

    @precondition(lambda self: self.known)
    @rule(number=index, who=who)
    def set_aside_as_junk(self, number, who):
        _, row = self.one(number)
        if row is None:
            return
        touched = row.attempts.exists() or row.messages.filter(author="team").exists()
        try:
            desk.set_aside_as_junk(inquiry=row, actor=self.person(who, row), version=row.version, reason="An offer.")
        except REFUSED:
            return
        assert not touched, "whoever was called or answered is no junk"

    @precondition(lambda self: self.known)
    @rule(number=index, who=who, to=st.sampled_from(("open", "open", "waiting", "handled")))
    def move(self, number, who, to):
        """Out of the tray, and as the lead moves things."""
        _, row = self.one(number)
        if row is not None:
            try:
                team.move(inquiry=row, actor=self.person(who, row), to=to)
            except REFUSED:
                return

    @precondition(lambda self: self.known)
    @rule(number=index, who=who, is_reply=st.booleans())
    def write(self, number, who, is_reply):
        _, row = self.one(number)
        if row is not None:
            try:
                (team.reply if is_reply else team.add_note)(
                    inquiry=row, actor=self.person(who, row), text="We read it."
                )
            except REFUSED:
                return

    @precondition(lambda self: self.known)
    @rule(number=index, who=who)
    def look(self, number, who):
        _, row = self.one(number)
        if row is not None and not row.is_destroyed:
            thread = team.open_thread(inquiry=row, actor=self.person(who, row))
            assert thread.message_problems + thread.note_problems == []

    @precondition(lambda self: self.known)
    @rule(number=index, who=who)
    def release(self, number, who):
        _, row = self.one(number)
        if row is not None:
            try:
                team.release(inquiry=row, actor=self.person(who, row))
            except REFUSED:
                return

    @precondition(lambda self: self.known)
    @rule(number=index, other=index, who=who)
    def link(self, number, other, who):
        (_, row), (_, second) = self.one(number), self.one(other)
        if row and second and row.pk != second.pk:
            try:
                desk.link(inquiry=row, other=second, actor=self.person(who, row))
            except REFUSED:
                return

    @precondition(lambda self: self.known)
    @rule(number=index, is_held=st.booleans())
    def hold(self, number, is_held):
        Inquiry.objects.filter(pk=self.one(number)[0].pk).update(hold=is_held)

    # The worker, the calendar, the clock

    @rule(is_open=st.booleans())
    def change_the_calendar(self, is_open):
        Shift.objects.all().delete()
        if is_open:
            put_on_duty(starts="09:00", ends="18:00")
        booking.update_promises()

    @rule()
    def let_the_worker_work(self):
        outbox.raise_alarms()
        booking.update_promises()
        for row in Inquiry.objects.filter(status__in=WAITS, promise_withdrawn_on=None, promised_by__lte=self.now):
            is_at_it = row.claimed_by_id and row.claimed_until > LONG_AGO
            assert is_at_it or Alert.objects.filter(inquiry=row, to="on_call").exists(), "a promise broke in silence"

    @rule()
    def purge(self):
        left = {row.pk: row for row in Inquiry.objects.all()}
        retention.purge()
        for pk in set(left) - set(Inquiry.objects.values_list("pk", flat=True)):
            row = left[pk]
            assert row.status not in WAITS and not row.hold, "somebody was lost"
            assert (self.now.date() - row.handled_on).days >= 6
            for paper in self.known:
                paper.is_destroyed |= paper.pk == pk

    @rule(hours=st.sampled_from((1, 1, 2, 5, 9, 24, 24 * 8, 24 * 40)))
    def wait(self, hours):
        """Time goes by; a claim that nobody renewed runs out, by the clock of the database, which no test moves."""
        self.clock.shift(datetime.timedelta(hours=hours))
        Inquiry.objects.exclude(claimed_until=None).update(claimed_until=LONG_AGO)

    # What is true after each step

    @invariant()
    def everything_that_waits_has_one_clock_and_nothing_else_has(self):
        type(self).steps += 1
        for row in Inquiry.objects.all():
            assert (row.next_at is not None) == (row.status in WAITS)
            if row.next_at is None:
                assert row.handled_on is not None
                continue
            assert row.next_at <= self.now + FARTHEST, "a clock that never comes"
            if row.promised_by and not row.promise_withdrawn_on:
                assert row.next_at <= max(row.promised_by, self.now), "the clock comes after the promise"
                assert not row.do_not_contact

    @invariant()
    def versions_only_grow(self):
        versions = dict(Inquiry.objects.values_list("pk", "version"))
        for paper in self.known:
            assert versions.get(paper.pk, paper.version) >= paper.version
            paper.version = versions.get(paper.pk, paper.version)

    @invariant()
    def nobody_is_called_who_said_no(self):
        flags = {row.pk: row for row in Inquiry.objects.exclude(status="destroyed")}
        for paper in self.known:
            if row := flags.get(paper.pk):
                assert row.do_not_contact == (paper.consent_is_back or paper.asked_not)
                assert (row.is_number_wrong, row.tries) == (paper.is_wrong, paper.tries)


def walk(clock, *, walks):
    Desk.clock, Desk.people = clock, [make_staff(), make_staff(), make_staff("admissions_lead")]
    Desk.steps = Desk.revealed = 0
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=walks,
            stateful_step_count=50,
            deadline=None,
            database=None,
            derandomize=walks < 1000,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # the search for a shorter walk takes longer than all walks together
        ),
    )


def test_no_path_loses_anybody_or_shows_a_number_that_must_not_be_seen(time_machine):
    walk(time_machine, walks=times(short=10, full=2000))
    figure("P85", "steps of visitors, staff, worker and clock without anybody lost", Desk.steps, "most of 100,000")
    assert Desk.steps >= times(short=100, full=50_000)
    assert Desk.revealed > 0, "control: numbers were shown at all"


def refuse_nobody(*arguments, **words):
    pass


@pytest.mark.parametrize(
    ("place", "name", "broken", "words"),
    [
        (desk, "_refuse_to_reveal", refuse_nobody, "a number that nobody may see"),
        (visitor, "due_now", lambda inquiry: {}, "whoever writes again comes up"),
    ],
    ids=["the gate", "the clock"],
)
def test_control_a_broken_rule_is_met_on_the_way(time_machine, monkeypatch, place, name, broken, words):
    monkeypatch.setattr(place, name, broken)
    with pytest.raises(AssertionError, match=words):
        walk(time_machine, walks=100)
