import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone

from admissions.errors import (
    AlreadyClaimed,
    AttemptNotRecorded,
    CannotOpen,
    ChangedMeanwhile,
    Destroyed,
    NotAllowed,
    NotRevealed,
)
from admissions.models import Attempt, CannedReply, Disclosure, Inquiry, NeverContact
from admissions.models.inquiry import LEASE
from admissions.scheduling.hours import their_hours
from admissions.services import desk, never_contact, team, visitor
from tests.admissions.factories import BODY, make_inquiry, make_staff, put_on_duty, receive, times

pytestmark = pytest.mark.django_db
Outcome = Attempt.Outcome
NOON_IN_CALIFORNIA = datetime.datetime(2026, 12, 2, 20, tzinfo=datetime.UTC)
ANY_HOUR = {"call_window": "any_hour", "time_zone": "America/Los_Angeles"}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON_IN_CALIFORNIA, tick=False)


def taken(**overrides):
    """An inquiry that one of us has just taken, and who that is."""
    actor, inquiry = make_staff(), make_inquiry(**overrides)
    desk.take(inquiry=inquiry, actor=actor)
    return inquiry, actor


def reveal(inquiry, actor, **words):
    return desk.reveal(inquiry=inquiry, actor=actor, version=inquiry.version, **words)


def attempt(inquiry, actor, outcome, **words):
    return desk.record_attempt(inquiry=inquiry, actor=actor, version=inquiry.version, outcome=outcome, **words)


def run_out(inquiry):
    """The claim is over by the clock of the database, which no test can move."""
    Inquiry.objects.filter(pk=inquiry.pk).update(claimed_until=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    inquiry.refresh_from_db()


# Taking


@pytest.mark.parametrize(("before", "after"), [("new", "open"), ("waiting", "open"), ("open", "open")])
def test_taking_claims_and_opens(before, after):
    inquiry, actor = taken(status=before)
    assert (inquiry.claimed_by, inquiry.status) == (actor, after)


def test_a_colleague_cannot_take_what_is_held_until_the_claim_runs_out():
    inquiry, _ = taken()
    other = make_staff()
    with pytest.raises(AlreadyClaimed):
        desk.take(inquiry=inquiry, actor=other)
    run_out(inquiry)
    desk.take(inquiry=inquiry, actor=other)
    assert inquiry.claimed_by == other


def test_what_waits_of_one_person_is_taken_together():
    first, second, stranger, actor = make_inquiry(), make_inquiry(), make_inquiry(), make_staff()
    desk.link(inquiry=second, other=first, actor=actor)
    desk.take(inquiry=first, actor=actor)
    for inquiry in (second, stranger):
        inquiry.refresh_from_db()
    assert (second.claimed_by, stranger.claimed_by) == (actor, None)


def test_links_end_at_one_root_whichever_way_they_were_made():
    one, two, three, actor = make_inquiry(), make_inquiry(), make_inquiry(), make_staff()
    desk.link(inquiry=two, other=one, actor=actor)
    one.refresh_from_db()
    desk.link(inquiry=one, other=three, actor=actor)
    two.refresh_from_db()
    desk.link(inquiry=three, other=two, actor=actor)
    roots = {inquiry.same_as_id for inquiry in Inquiry.objects.all()}
    assert len(roots - {None}) == 1
    assert Inquiry.objects.filter(same_as=None).count() == 1


def test_the_next_call_is_the_one_that_is_due_first_and_may_be_called_now():
    now, actor = timezone.now(), make_staff()
    hour = datetime.timedelta(hours=1)
    night = make_inquiry(next_at=now - 3 * hour, good_from=0, good_until=60)
    due = make_inquiry(next_at=now - hour)
    make_inquiry(next_at=now - 2 * hour, do_not_contact=True)
    make_inquiry(next_at=now - 2 * hour, is_number_wrong=True)
    make_inquiry(next_at=now + hour)
    assert desk.take_next(actor=actor) == due
    assert desk.take_next(actor=actor) is None
    assert Inquiry.objects.get(pk=night.pk).claimed_by is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_the_next_call_at_once_each_has_another():
    people = [make_staff() for _ in range(times(short=8, full=50))]
    for _ in people:
        make_inquiry(next_at=timezone.now())
    start, got = threading.Barrier(len(people)), []

    def take(actor):
        try:
            start.wait()
            inquiry = desk.take_next(actor=actor)
            got.append(inquiry and inquiry.pk)
        finally:
            connection.close()

    crowd = [threading.Thread(target=take, args=[actor]) for actor in people]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    there = [pk for pk in got if pk]
    assert len(there) == len(set(there)) > 0


def test_only_the_team_takes():
    with pytest.raises(NotAllowed):
        desk.take(inquiry=make_inquiry(), actor=make_staff("privacy_officer"))


# The number


def test_whoever_has_it_is_shown_the_number_and_that_is_on_record():
    inquiry, actor = taken()
    assert reveal(inquiry, actor).phone == BODY["phone"]
    assert Disclosure.objects.filter(action="dialed", record=inquiry.pk, actor=actor).count() == 1


def test_nobody_sees_the_number_without_a_claim():
    inquiry = make_inquiry()
    with pytest.raises(NotRevealed, match="Take it first"):
        reveal(inquiry, make_staff())
    inquiry, _ = taken()
    with pytest.raises(NotRevealed, match="Take it first"):
        reveal(inquiry, make_staff())


def test_a_claim_that_ran_out_shows_no_number():
    inquiry, actor = taken()
    run_out(inquiry)
    with pytest.raises(NotRevealed, match="Take it first"):
        reveal(inquiry, actor)


def test_a_version_that_is_not_the_newest_shows_no_number():
    inquiry, actor = taken()
    old = inquiry.version
    inquiry.change()
    with pytest.raises(ChangedMeanwhile):
        desk.reveal(inquiry=inquiry, actor=actor, version=old)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"do_not_contact": True}, "took back their consent"),
        ({"is_number_wrong": True}, "was wrong"),
        ({"tries": 3}, "three times"),
    ],
)
def test_nobody_sees_a_number_that_may_not_be_called(columns, sentence):
    inquiry, actor = taken(**columns)
    with pytest.raises(NotRevealed, match=sentence):
        reveal(inquiry, actor, reason="They are in danger.")


def test_outside_their_hours_a_reason_is_needed_and_kept_as_a_note():
    evening = BODY | {"call_window": "evening", "time_zone": "America/Los_Angeles"}
    inquiry, actor = taken(body=evening)
    with pytest.raises(NotRevealed, match="outside their hours"):
        reveal(inquiry, actor)
    assert not Disclosure.objects.filter(action="dialed").exists()
    assert reveal(inquiry, actor, reason="They wrote that they need help now.").phone
    notes = team.open_thread(inquiry=inquiry, actor=actor).notes
    assert [note.text for note in notes] == ["Outside their hours: They wrote that they need help now."]


def test_a_damaged_thread_shows_no_number():
    inquiry, actor = taken()
    inquiry.messages.update(payload=b"changed")
    with pytest.raises(CannotOpen):
        reveal(inquiry, actor)
    assert not Disclosure.objects.filter(action="dialed").exists()


def test_what_was_destroyed_shows_no_number():
    receipt = receive()
    actor = make_staff()
    desk.take(inquiry=receipt.inquiry, actor=actor)
    visitor.destroy(secret=visitor.enter(code=receipt.return_code))
    with pytest.raises(Destroyed):
        reveal(receipt.inquiry, actor)


def test_the_same_number_elsewhere_is_named_and_nothing_is_merged():
    other, unlike = make_inquiry(), make_inquiry(body=BODY | {"phone": "+17145550143"})
    inquiry, actor = taken()
    same = reveal(inquiry, actor).same
    assert same == [other]
    assert unlike not in same
    assert Disclosure.objects.filter(action="found", record=other.pk).exists()


def number_again(inquiry, actor):
    thread = team.open_thread(inquiry=inquiry, actor=actor)
    return desk.still_revealed(inquiry=inquiry, thread=thread, actor=actor)


def test_the_number_stays_with_whoever_was_shown_it_for_a_lease(time_machine):
    inquiry, actor = taken(body=BODY | ANY_HOUR)
    assert number_again(inquiry, actor) is None
    reveal(inquiry, actor)
    team.add_note(inquiry=inquiry, actor=actor, text="She asked for her sister.")
    assert number_again(inquiry, actor).phone == BODY["phone"]
    assert number_again(inquiry, make_staff()) is None
    time_machine.shift(LEASE)
    assert number_again(inquiry, actor) is None


def test_outside_their_hours_it_stays_too_because_the_reason_was_given():
    inquiry, actor = taken(body=BODY | {"call_window": "evening", "time_zone": "America/Los_Angeles"})
    reveal(inquiry, actor, reason="They wrote that they need help now.")
    assert number_again(inquiry, actor)


def when_it_was_said_how_it_went(receipt, actor):
    attempt(receipt.inquiry, actor, "no_answer")


def when_the_claim_ran_out(receipt, actor):
    run_out(receipt.inquiry)


def when_it_was_handed_over_and_back(receipt, actor):
    colleague = make_staff()
    desk.hand_over(inquiry=receipt.inquiry, actor=actor, to=colleague, note="")
    desk.hand_over(inquiry=receipt.inquiry, actor=colleague, to=actor, note="")


def when_the_visitor_wrote(receipt, actor):
    visitor.add_line(secret=visitor.enter(code=receipt.return_code), form_token=b"3" * 32, text="Do not call now.")


def when_the_visitor_took_back_consent(receipt, actor):
    visitor.take_back_consent(secret=visitor.enter(code=receipt.return_code), form_token=b"4" * 32)


@pytest.mark.parametrize(
    "ended",
    [
        when_it_was_said_how_it_went,
        when_the_claim_ran_out,
        when_it_was_handed_over_and_back,
        when_the_visitor_wrote,
        when_the_visitor_took_back_consent,
    ],
)
def test_the_number_goes(ended):
    receipt, actor = receive(body=BODY | ANY_HOUR), make_staff()
    desk.take(inquiry=receipt.inquiry, actor=actor)
    reveal(receipt.inquiry, actor)
    assert number_again(receipt.inquiry, actor), "control"
    ended(receipt, actor)
    receipt.inquiry.refresh_from_db()
    assert number_again(receipt.inquiry, actor) is None


# What happened


def test_each_outcome_has_its_step():
    assert set(desk.STEPS) == set(Outcome.values)


@pytest.mark.parametrize(
    ("outcome", "status", "closed_as"),
    [
        ("reached", "handled", "reached"),
        ("no_answer", "open", ""),
        ("wrong", "waiting", ""),
        ("asked_not", "handled", "asked_not"),
        ("written", "waiting", ""),
        ("referred", "handled", "referred"),
    ],
)
def test_an_outcome_answers_the_promise_and_sets_the_next_step(outcome, status, closed_as):
    inquiry, actor = taken(promised_by=timezone.now() + datetime.timedelta(minutes=10))
    stored = attempt(inquiry, actor, outcome)
    assert (inquiry.status, inquiry.closed_as, inquiry.promised_by) == (status, closed_as, None)
    assert (inquiry.next_at is None) == (status == "handled")
    assert (stored.number, stored.kept_promise, stored.by) == (1, True, actor)


def test_an_appointment_keeps_it_open_until_then():
    inquiry, actor = taken()
    then = timezone.now() + datetime.timedelta(days=1)
    attempt(inquiry, actor, "reached", again_at=then)
    assert (inquiry.status, inquiry.next_at) == ("open", then)


def test_a_promise_that_was_broken_stays_so():
    yesterday = timezone.now() - datetime.timedelta(days=1)
    inquiry, actor = taken(promised_by=yesterday, promise_broken_on=yesterday.date())
    assert attempt(inquiry, actor, "reached").kept_promise is False


def test_the_first_call_without_an_answer_is_tried_again_after_two_hours_the_second_tomorrow():
    inquiry, actor = taken(body=BODY | ANY_HOUR)
    attempt(inquiry, actor, "no_answer")
    assert inquiry.next_at == timezone.now() + datetime.timedelta(hours=2)
    attempt(inquiry, actor, "no_answer")
    assert timezone.localtime(inquiry.next_at).date() == timezone.localdate() + datetime.timedelta(days=1)


def test_the_next_try_lies_in_their_hours_and_when_we_are_on_duty():
    put_on_duty(starts="09:00", ends="18:00")
    preferences = BODY | {"call_window": "evening", "time_zone": "America/New_York"}
    inquiry, actor = taken(body=preferences)
    attempt(inquiry, actor, "no_answer")
    assert their_hours(preferences).covers(inquiry.next_at)
    assert 9 <= timezone.localtime(inquiry.next_at).hour < 18


def test_after_three_calls_the_thread_says_so_and_nobody_calls_a_fourth_time():
    receipt = receive()
    inquiry, actor = receipt.inquiry, make_staff()
    desk.take(inquiry=inquiry, actor=actor)
    for _ in range(3):
        attempt(inquiry, actor, "no_answer")
    assert (inquiry.status, inquiry.tries) == ("waiting", 3)
    assert inquiry.next_at == timezone.now() + datetime.timedelta(days=14)
    assert "three times" in visitor.thread_for_code(code=receipt.return_code).messages[-1].body["message"]
    desk.take(inquiry=inquiry, actor=actor)
    with pytest.raises(NotRevealed, match="three times"):
        reveal(inquiry, actor)
    visitor.add_line(secret=visitor.enter(code=receipt.return_code), form_token=b"1" * 32, text="Please try again.")
    inquiry.refresh_from_db()
    assert inquiry.tries == 0
    assert reveal(inquiry, actor).phone


def test_the_lead_chooses_what_visitors_read_in_their_language():
    CannedReply.objects.create(key="unreachable", language="es", title="Tres veces", text="Escríbanos cuando quiera.")
    assert desk.canned_text("unreachable", "es") == "Escríbanos cuando quiera."
    assert "three times" in desk.canned_text("unreachable", "en")


def test_a_wrong_number_is_closed_until_another_one_comes():
    receipt = receive()
    inquiry, actor = receipt.inquiry, make_staff()
    desk.take(inquiry=inquiry, actor=actor)
    attempt(inquiry, actor, "wrong")
    assert inquiry.is_number_wrong
    secret = visitor.enter(code=receipt.return_code)
    preferences = {"reach_by": "phone", "phone": "+17145550144"}
    visitor.change_contact_preferences(secret=secret, form_token=b"2" * 32, preferences=preferences, may_contact=False)
    inquiry.refresh_from_db()
    assert (inquiry.is_number_wrong, inquiry.status) == (False, "open")
    assert inquiry.next_at <= timezone.now()


def test_a_wrong_number_stays_wrong_while_its_visitor_changes_something_else():
    receipt = receive()
    inquiry, actor = receipt.inquiry, make_staff()
    desk.take(inquiry=inquiry, actor=actor)
    attempt(inquiry, actor, "wrong")
    secret = visitor.enter(code=receipt.return_code)
    preferences = {"reach_by": "phone", "phone": BODY["phone"], "call_window": "any_hour"}
    visitor.change_contact_preferences(secret=secret, form_token=b"2" * 32, preferences=preferences, may_contact=False)
    inquiry.refresh_from_db()
    desk.take(inquiry=inquiry, actor=actor)
    with pytest.raises(NotRevealed, match="was wrong"):
        reveal(inquiry, actor)


def test_who_asked_never_to_be_called_is_never_shown_again_in_any_inquiry():
    inquiry, actor = taken()
    attempt(inquiry, actor, "asked_not")
    assert inquiry.do_not_contact
    again = make_inquiry()
    desk.take(inquiry=again, actor=actor)
    with pytest.raises(NotRevealed, match="never to call"):
        reveal(again, actor)
    assert BODY["phone"].encode() not in bytes(NeverContact.objects.get().hashed)
    assert not never_contact.is_refused({"phone": "+17145550199"})


@pytest.mark.parametrize("outcome", ["else"])
def test_some_outcomes_need_words(outcome):
    inquiry, actor = taken()
    with pytest.raises(AttemptNotRecorded):
        attempt(inquiry, actor, outcome, note=" ")
    assert not Attempt.objects.exists()
    attempt(inquiry, actor, outcome, note="A man, who asked who we are. Nothing was said.")


def test_no_voicemail_is_recorded_for_whoever_wants_none():
    inquiry, actor = taken()
    with pytest.raises(AttemptNotRecorded, match="no voicemail"):
        attempt(inquiry, actor, "voicemail")


def test_a_colleague_who_has_it_keeps_others_from_recording():
    inquiry, _ = taken()
    with pytest.raises(AlreadyClaimed):
        attempt(inquiry, make_staff(), "reached")
    assert not Attempt.objects.exists()


def test_an_attempt_on_an_old_version_is_refused():
    inquiry, actor = taken()
    old = inquiry.version
    inquiry.change()
    with pytest.raises(ChangedMeanwhile):
        desk.record_attempt(inquiry=inquiry, actor=actor, version=old, outcome="reached")


# Handing over, junk


def test_colleagues_on_duty_come_first():
    actor, ana, ben = make_staff(), make_staff(username="ana"), make_staff("admissions_lead", username="ben")
    make_staff("writer"), make_staff(is_active=False)
    now = timezone.now()
    assert desk.colleagues(actor, now=now) == ([], [ana, ben])
    put_on_duty(starts="09:00", ends="18:00", person=ben)
    assert desk.colleagues(actor, now=now) == ([ben], [ana])
    assert desk.colleagues(actor, now=now + datetime.timedelta(hours=12)) == ([], [ana, ben])


def test_a_colleague_to_whom_it_is_handed_has_it_for_an_hour_with_the_note():
    inquiry, actor = taken()
    to = make_staff()
    desk.hand_over(inquiry=inquiry, actor=actor, to=to, note="She calls back at four.")
    assert inquiry.claimed_by == to
    assert "She calls back at four." in team.open_thread(inquiry=inquiry, actor=to).notes[-1].text
    assert Disclosure.objects.filter(action="handed", record=inquiry.pk).exists()


def test_what_one_of_us_has_of_one_person_is_handed_over_together():
    inquiry, actor = taken()
    linked, elsewhere, to = make_inquiry(), make_inquiry(), make_staff()
    for other in (linked, elsewhere):
        desk.link(inquiry=other, other=inquiry, actor=actor)
    desk.take(inquiry=linked, actor=actor)
    Inquiry.objects.filter(pk=elsewhere.pk).update(claimed_by=make_staff())
    inquiry.refresh_from_db()
    desk.hand_over(inquiry=inquiry, actor=actor, to=to, note="")
    holders = {row.pk: row.claimed_by for row in Inquiry.objects.all()}
    assert (holders[inquiry.pk], holders[linked.pk]) == (to, to)
    assert holders[elsewhere.pk] != to, "a colleague keeps what they have"


def test_nobody_is_handed_anything_who_may_not_open_it():
    inquiry, actor = taken()
    with pytest.raises(NotAllowed):
        desk.hand_over(inquiry=inquiry, actor=actor, to=make_staff("writer"), note="")


def test_junk_needs_a_reason_and_is_never_what_somebody_was_called_about():
    inquiry, actor = taken()
    words = {"inquiry": inquiry, "actor": actor}
    with pytest.raises(AttemptNotRecorded, match="why"):
        desk.set_aside_as_junk(**words, version=inquiry.version, reason=" ")
    attempt(inquiry, actor, "no_answer")
    with pytest.raises(AttemptNotRecorded, match="no junk"):
        desk.set_aside_as_junk(**words, version=inquiry.version, reason="Advertising.")


def test_what_was_put_into_the_tray_comes_back():
    inquiry, actor = taken()
    desk.set_aside_as_junk(inquiry=inquiry, actor=actor, version=inquiry.version, reason="Advertising.")
    assert (inquiry.status, inquiry.next_at) == ("junk", None)
    team.move(inquiry=inquiry, actor=actor, to="open")
    assert inquiry.next_at is not None


# Whoever writes again comes up


def test_a_line_that_is_added_is_due_at_once_whatever_was_planned():
    receipt = receive()
    inquiry, actor = receipt.inquiry, make_staff()
    desk.take(inquiry=inquiry, actor=actor)
    attempt(inquiry, actor, "reached", again_at=timezone.now() + datetime.timedelta(days=3))
    visitor.add_line(secret=visitor.enter(code=receipt.return_code), form_token=b"3" * 32, text="I am shaking now.")
    inquiry.refresh_from_db()
    assert inquiry in Inquiry.objects.due(timezone.now())


def test_a_written_message_takes_no_place_of_a_call():
    put_on_duty()
    first = receive(body={"reach_by": "return_code", "message": "Hello."}).inquiry
    assert first.by_phone is False
    assert Inquiry.objects.load() == {}
