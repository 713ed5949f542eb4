"""Promises made when something is sent, counted when they are broken, taken back when nobody can keep them."""

import datetime
import threading

import pytest
from django.core.cache import caches
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from admissions.crypto import return_code
from admissions.models import ClosedDay, Inquiry, OpeningHours, Pause, Shift
from admissions.models.duty import DutyCalendar
from admissions.scheduling import booking
from admissions.scheduling.slots import HALF_HOUR
from admissions.services import team, visitor
from tests.admissions.calendars import at
from tests.admissions.factories import BODY, make_inquiry, make_staff, put_on_duty, receive, times

BEHIND_CODE = BODY | {"reach_by": "return_code"}
TUESDAY_NIGHT = at("2026-11-24 2:00")
EIGHT, HALF_PAST_EIGHT, NINE = at("2026-11-24 8:00"), at("2026-11-24 8:30"), at("2026-11-24 9:00")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def night(time_machine):
    time_machine.move_to(TUESDAY_NIGHT, tick=False)
    return time_machine


def office(**fields):
    put_on_duty(starts="08:00", ends="18:00", days=range(5), **fields)


# Made


def test_whoever_sends_something_is_promised_the_next_half_hour_with_room():
    office(counsellors=2)
    ends = [receive().inquiry.promised_by for _ in range(3)]
    assert ends == [HALF_PAST_EIGHT, HALF_PAST_EIGHT, NINE]


def test_without_duty_hours_nothing_is_promised_and_the_message_is_kept():
    assert receive().inquiry.promised_by is None
    assert Inquiry.objects.count() == 1


def test_a_call_is_promised_in_the_part_of_the_day_and_the_zone_that_were_chosen():
    office()
    body = BODY | {"call_window": "afternoon", "time_zone": "America/New_York"}
    inquiry = receive(kind="call", body=body).inquiry
    assert inquiry.promised_by == at("2026-11-24 11:30"), "two o'clock in the east is eleven here"


def test_sending_again_promises_nothing_new():
    office()
    token = bytes(32)
    first, again = receive(form_token=token), receive(form_token=token)
    assert again.repeated and again.inquiry.promised_by == first.inquiry.promised_by == HALF_PAST_EIGHT
    assert receive().inquiry.promised_by == NINE, "control: somebody else gets the next"


def test_a_calendar_that_cannot_be_read_costs_the_promise_and_not_the_message(caplog):
    office()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE admissions_shift RENAME TO admissions_gone")
    inquiry = receive().inquiry
    assert Inquiry.objects.filter(pk=inquiry.pk, promised_by=None).exists()
    assert "no promise could be made" in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE admissions_gone RENAME TO admissions_shift")
    assert receive().inquiry.promised_by, "control: with the table back there is one"


def test_a_calendar_without_end_costs_nobody_anything(monkeypatch):
    office()
    ClosedDay.objects.create(day=datetime.date.max, name="For ever")
    Pause.objects.create(starts=at("2026-11-24 8:00"), ends=datetime.datetime(9999, 12, 30, tzinfo=datetime.UTC))
    assert receive().inquiry.promised_by is None
    assert booking.update_promises() == (0, 0, 0)
    assert "taken" in booking.outlook().obstacle
    Pause.objects.all().delete()
    assert receive().inquiry.promised_by == NINE, "control: one waits already"
    monkeypatch.setattr(DutyCalendar, "read", lambda: 1 // 0)
    assert receive().inquiry.promised_by is None
    assert Inquiry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_at_once_no_half_hour_gets_more_than_it_holds(monkeypatch):
    """Nobody waits longer than a second for a turn, which forty on a slow machine may need: here they wait."""
    monkeypatch.setattr(booking, "LONGEST_WAIT", "10min")
    put_on_duty(counsellors=2)
    count = times(short=8, full=40)
    start = threading.Barrier(count)

    def send():
        try:
            start.wait()
            receive()
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends = list(Inquiry.objects.values_list("promised_by", flat=True))
    assert len(ends) == count
    assert {ends.count(end) for end in ends} == {2}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_whoever_never_gets_a_turn_is_promised_nothing_false_and_the_message_is_kept(monkeypatch, caplog):
    monkeypatch.setattr(booking, "LONGEST_WAIT", "50ms")
    put_on_duty(counsellors=2)
    taken, done = threading.Event(), threading.Event()

    def hold_the_turn():
        try:
            with transaction.atomic():
                booking.take_turn()
                taken.set()
                done.wait(60)
        finally:
            connection.close()

    holder = threading.Thread(target=hold_the_turn)
    holder.start()
    try:
        assert taken.wait(60)
        inquiry = receive().inquiry
        assert Inquiry.objects.get(pk=inquiry.pk).promised_by is None
        assert "no promise could be made" in caplog.text
    finally:
        done.set()
        holder.join(60)
    assert receive().inquiry.promised_by, "control: with a turn there is one"


# The queue, as the public process sees it


def test_the_load_counts_who_waits_by_the_time_they_were_promised():
    now = timezone.now()
    for columns in (
        {"promised_by": HALF_PAST_EIGHT},
        {"promised_by": HALF_PAST_EIGHT, "status": "open"},
        {"promised_by": NINE, "status": "open"},
        {"promised_by": NINE, "promise_withdrawn_on": now.date()},
        {"promised_by": None},
        {"promised_by": None, "status": "open"},  # answered
        {"promised_by": NINE, "status": "handled", "handled_on": now.date()},
        {"promised_by": NINE, "status": "junk", "handled_on": now.date()},
    ):
        make_inquiry(**columns)
    assert booking.read_load() == Inquiry.objects.load() == {HALF_PAST_EIGHT: 2, NINE: 1, None: 2}


@pytest.mark.parametrize(
    ("sent", "zone", "start"),
    [
        ("2026-11-25 17:45", "America/Los_Angeles", "2026-11-27 10:00"),  # Thanksgiving is closed, Friday short
        ("2026-11-25 17:45", "America/Honolulu", "2026-11-27 10:00"),  # a zone that is none: our own
        ("2026-11-25 17:45", "Pacific/Honolulu", "2026-11-27 10:00"),
        ("2026-11-27 11:31", "America/Los_Angeles", "2026-11-30 8:00"),
        ("2026-11-24 18:01", "America/New_York", "2026-11-25 8:00"),
        ("2026-03-07 2:00", "Pacific/Guam", "2026-03-09 15:00"),  # 8 a.m. there, once the clocks here have changed
        ("2026-10-31 2:00", "Pacific/Guam", "2026-11-02 14:00"),
    ],
)
def test_over_holidays_and_changes_of_the_clocks_any_time_is_neither_their_night_nor_ours(night, sent, zone, start):
    office()
    ClosedDay.objects.create(day="2026-11-26", name="Thanksgiving")
    ClosedDay.objects.create(day="2026-11-27", opens="09:00", closes="12:00")
    Shift.objects.create(weekday=4, starts="10:00", ends="12:00", first_day="2026-11-27", last_day="2026-11-27")
    night.move_to(at(sent), tick=False)
    for kind, asked in (("contact", {"call_window": "any"}), ("call", {})):
        Inquiry.objects.all().delete()
        inquiry = receive(kind=kind, body=BODY | {"time_zone": zone} | asked).inquiry
        assert inquiry.promised_by == at(start) + HALF_HOUR
        assert inquiry.next_at == at(start)


@pytest.mark.parametrize("way", ["email", "return_code"])
def test_sixty_who_are_answered_in_writing_push_away_no_call(way):
    office(counsellors=2)
    count = times(short=12, full=60)
    written = [receive(body=BODY | {"reach_by": way}).inquiry.promised_by for _ in range(count)]
    assert booking.read_load() == {}
    assert [receive().inquiry.promised_by for _ in range(3)] == [HALF_PAST_EIGHT, HALF_PAST_EIGHT, NINE]
    assert booking.current_offers()["any"].end == NINE
    assert written == sorted(written) and {written.count(end) for end in written} == {2}, (
        "they too are named true times"
    )
    Shift.objects.update(counsellors=1)
    assert booking.update_promises() == (0, 1 + count // 2, 0), "of each kind, what one person cannot keep"
    standing = Inquiry.objects.promised().filter(by_phone=True).values_list("promised_by", flat=True)
    assert list(standing) == [HALF_PAST_EIGHT, NINE]


def test_control_those_who_want_a_call_or_a_text_do_take_places():
    office()
    assert [receive(body=BODY | {"reach_by": way}).inquiry.promised_by for way in ("phone", "text", "phone")] == [
        HALF_PAST_EIGHT,
        NINE,
        NINE + HALF_HOUR,
    ]


def test_whoever_is_answered_in_writing_is_answered_at_any_hour_of_duty():
    put_on_duty()
    asked = {"call_window": "evening", "time_zone": "America/New_York"}
    assert receive(body=BEHIND_CODE | asked).inquiry.promised_by == at("2026-11-24 2:30")
    assert receive(body=BODY | asked).inquiry.promised_by == at("2026-11-24 14:30"), "control: half past five there"


def test_a_place_for_a_written_answer_is_none_for_a_call(night):
    office()
    receipt = receive(body=BEHIND_CODE)
    receive()
    secret = return_code.secret_of(receipt.return_code)
    words = {"secret": secret, "form_token": b"w" * 32, "may_contact": False}
    visitor.change_contact_preferences(preferences=BODY, **words)
    receipt.inquiry.refresh_from_db()
    assert (receipt.inquiry.by_phone, receipt.inquiry.promised_by) == (True, NINE)
    visitor.change_contact_preferences(preferences={"reach_by": "return_code"}, **words)
    receipt.inquiry.refresh_from_db()
    assert (receipt.inquiry.by_phone, receipt.inquiry.promised_by) == (False, NINE), "its time is still a good one"
    assert receive().inquiry.promised_by == NINE, "and takes no place of a call any more"


@pytest.mark.postgres
def test_the_public_role_needs_the_duty_tables_and_the_view_and_no_inquiry():
    office()
    make_inquiry(promised_by=HALF_PAST_EIGHT)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE promise_reader")
        cursor.execute(
            "GRANT SELECT ON admissions_openinghours, admissions_shift, admissions_closedday, admissions_pause, "
            "admissions_load, admissions_written_load TO promise_reader"
        )
        cursor.execute("SET ROLE promise_reader")
        try:
            assert booking.current_offers()["any"].end == NINE
            assert booking.choose_promise({}) == NINE
            assert booking.choose_promise(BEHIND_CODE) == HALF_PAST_EIGHT
            with pytest.raises(DatabaseError), transaction.atomic():
                Inquiry.objects.count()
        finally:
            cursor.execute("RESET ROLE")


# Kept and broken


def broken():
    return Inquiry.objects.exclude(promise_broken_on=None).count()


def test_a_promise_whose_time_is_over_counts_as_broken_once(night):
    office()
    receive()
    call_command("worker", "--once")
    assert broken() == 0
    night.move_to(HALF_PAST_EIGHT)
    call_command("worker", "--once")
    [inquiry] = Inquiry.objects.exclude(promise_broken_on=None)
    assert inquiry.promise_broken_on == datetime.date(2026, 11, 24)
    assert inquiry.promised_by == HALF_PAST_EIGHT, "it stays on top of the queue"
    night.move_to(at("2026-11-26 9:00"))
    assert booking.update_promises() == (0, 0, 0)
    assert list(Inquiry.objects.values_list("promise_broken_on", flat=True)) == [datetime.date(2026, 11, 24)]


@pytest.mark.parametrize("kind", ["contact", "call"])
def test_whoever_was_reached_in_time_was_promised_nothing_false(night, kind):
    office()
    inquiry, actor = receive(kind=kind).inquiry, make_staff()
    team.move(inquiry=inquiry, actor=actor, to="open")
    assert inquiry.promised_by == HALF_PAST_EIGHT, "working on it is not an answer yet"
    team.move(inquiry=inquiry, actor=actor, to="waiting")
    assert inquiry.promised_by is None
    night.move_to(NINE)
    assert booking.update_promises() == (0, 0, 0)


def test_a_reply_answers_whoever_comes_back_with_the_code_and_nobody_who_waits_for_a_call():
    office()
    behind_code, actor = receive(body=BEHIND_CODE).inquiry, make_staff()
    others = [receive(body=BODY | {"reach_by": way}).inquiry for way in ("phone", "text", "email")]
    others.append(receive(kind="call").inquiry)
    promised = [inquiry.promised_by for inquiry in others]
    for inquiry in (behind_code, *others):
        team.reply(inquiry=inquiry, actor=actor, text="Hello")
    assert behind_code.promised_by is None
    assert [inquiry.promised_by for inquiry in others] == promised != [None] * 4
    team.move(inquiry=others[0], actor=actor, to="waiting")
    assert others[0].promised_by is None, "control: the counselor says that it was done"


def test_a_reply_answers_whoever_chose_the_code_later():
    office()
    receipt = receive(body=BODY)
    secret = return_code.secret_of(receipt.return_code)
    words = {"form_token": b"w" * 32, "may_contact": False}
    visitor.change_contact_preferences(secret=secret, preferences={"reach_by": "return_code"}, **words)
    receipt.inquiry.refresh_from_db()
    assert receipt.inquiry.promised_by, "control"
    team.reply(inquiry=receipt.inquiry, actor=make_staff(), text="Hello")
    assert receipt.inquiry.promised_by is None


def test_an_answer_that_comes_late_counts_as_broken_even_if_the_worker_was_away(night):
    office()
    inquiry = receive(body=BEHIND_CODE).inquiry
    night.move_to(NINE)
    team.reply(inquiry=inquiry, actor=make_staff(), text="Sorry that we are late.")
    assert (inquiry.promised_by, inquiry.promise_broken_on) == (None, datetime.date(2026, 11, 24))


def test_junk_is_promised_nothing_that_counts(night):
    office()
    receive(junk_reasons=["It sells something."])
    assert receive().inquiry.promised_by == HALF_PAST_EIGHT, "it takes nobody's place"
    night.move_to(at("2026-11-24 10:00"))
    assert booking.update_promises()[0] == 1


def test_the_websites_test_of_itself_is_promised_nothing_and_counts_nowhere():
    office()
    probe = receive(kind="probe").inquiry
    assert probe.promised_by is None
    assert booking.read_load() == Inquiry.objects.load() == {}
    assert receive().inquiry.promised_by == HALF_PAST_EIGHT


# Shown before anything is sent


def watch(night, minutes=120):
    """What somebody sees who asks for the form every minute, while somebody else writes in the 45th. In the minutes
    since the first: how often what they see has changed."""
    seen, changes = booking.current_offers(), []
    for minute in range(1, minutes):
        night.shift(datetime.timedelta(minutes=1))
        if minute == 45:
            receive()
        if (now := booking.current_offers()) != seen:
            seen = now
            changes.append(minute)
    return changes


def test_whoever_watches_the_form_does_not_learn_when_somebody_else_writes(night):
    office()
    seen = set()
    for _ in range(times(short=8, full=100)):
        Inquiry.objects.all().delete()
        caches["counters"].clear()
        night.move_to(TUESDAY_NIGHT, tick=False)
        [minute] = watch(night)
        assert 45 <= minute <= 75, "within the half hour"
        seen.add(minute)
    assert len(seen) > 2, "and at another minute each time"


def test_control_without_the_snapshot_the_minute_would_show(night, monkeypatch):
    office()
    monkeypatch.setattr(booking, "load_snapshot", booking.read_load)
    assert watch(night) == [45]


def test_what_is_destroyed_or_answered_does_not_show_either_until_the_next_snapshot(night):
    office()
    receipts = [receive() for _ in range(3)]
    before = booking.current_offers()
    assert before["any"].end == at("2026-11-24 10:00")
    visitor.destroy(secret=return_code.secret_of(receipts[0].return_code))
    team.move(inquiry=receipts[1].inquiry, actor=make_staff(), to="open")
    team.move(inquiry=receipts[1].inquiry, actor=make_staff(), to="handled")
    assert booking.read_load() == {NINE + HALF_HOUR: 1}, "control: there is room again"
    assert booking.current_offers() == before
    night.shift(datetime.timedelta(minutes=30))
    assert booking.current_offers()["any"].end == HALF_PAST_EIGHT


def test_what_is_sent_is_named_the_time_that_is_free_and_not_the_one_that_was_shown():
    office()
    assert booking.current_offers()["any"].end == HALF_PAST_EIGHT
    assert [receive().inquiry.promised_by for _ in range(2)] == [HALF_PAST_EIGHT, NINE]
    assert booking.current_offers()["any"].end == HALF_PAST_EIGHT


def test_a_pause_shows_at_once_and_a_time_that_is_past_never(night):
    office()
    assert booking.current_offers()["any"].end == HALF_PAST_EIGHT
    pause = Pause.objects.create(starts=EIGHT, ends=NINE)
    assert booking.current_offers()["any"].start == NINE
    pause.delete()
    night.move_to(at("2026-11-24 7:50"))
    booking.current_offers()
    for minute in range(60):
        night.move_to(at("2026-11-24 7:50") + datetime.timedelta(minutes=minute))
        assert booking.current_offers()["any"].start >= timezone.now()


@pytest.mark.parametrize("broken", ["get", "add"])
def test_without_the_store_no_time_is_shown_and_one_is_named_all_the_same(monkeypatch, broken):
    def fail(*arguments, **words):
        raise OSError("away")

    office()
    monkeypatch.setattr(type(caches["counters"]), broken, fail)
    assert set(booking.current_offers().values()) == {None}
    assert receive().inquiry.promised_by == HALF_PAST_EIGHT


# Taken back


@pytest.mark.parametrize(
    "change",
    [
        lambda: Pause.objects.create(starts=EIGHT, ends=NINE),
        lambda: Pause.objects.create(starts=at("2026-11-24 8:29"), ends=HALF_PAST_EIGHT),
        lambda: ClosedDay.objects.create(day=datetime.date(2026, 11, 24)),
        lambda: Shift.objects.all().delete(),
        lambda: Shift.objects.update(ends=datetime.time(8, 15)),
        lambda: Shift.objects.update(last_day=datetime.date(2026, 11, 23)),
        lambda: OpeningHours.objects.filter(weekday=1).delete(),
    ],
)
def test_a_time_that_nobody_can_keep_is_taken_back_by_the_site_itself(change):
    office()
    inquiry = receive().inquiry
    assert booking.update_promises() == (0, 0, 0), "control: so long as nothing changes it stands"
    change()
    call_command("worker", "--once")
    inquiry.refresh_from_db()
    assert inquiry.promise_withdrawn_on == datetime.date(2026, 11, 24)
    assert inquiry.promised_by == HALF_PAST_EIGHT, "it keeps its place in the queue"


def withdrawn():
    return Inquiry.objects.exclude(promise_withdrawn_on=None).count()


def test_a_time_that_can_be_kept_after_all_is_given_back_by_the_site_itself():
    office()
    inquiry = receive().inquiry
    mistake = ClosedDay.objects.create(day=datetime.date(2026, 11, 24))
    call_command("worker", "--once")
    inquiry.refresh_from_db()
    assert withdrawn() == 1 and inquiry.next_at == inquiry.created, "they come first now"
    mistake.delete()
    call_command("worker", "--once")
    inquiry.refresh_from_db()
    assert (withdrawn(), inquiry.promised_by, inquiry.next_at) == (0, HALF_PAST_EIGHT, EIGHT)


@pytest.mark.parametrize(
    ("columns", "moment"),
    [
        ({}, "2026-11-24 8:01"),  # its half hour has begun
        ({"claimed_until": datetime.datetime(2199, 1, 1, tzinfo=datetime.UTC)}, "2026-11-24 7:59"),
        ({"status": "handled", "handled_on": datetime.date(2026, 11, 24), "next_at": None}, "2026-11-24 7:59"),
        ({"promised_by": None, "promise_withdrawn_on": None}, "2026-11-24 7:59"),
    ],
)
def test_a_time_that_is_over_answered_or_in_somebodys_hand_is_not_given_back(night, columns, moment):
    office()
    inquiry = receive().inquiry
    mistake = ClosedDay.objects.create(day=datetime.date(2026, 11, 24))
    booking.update_promises()
    holder = {"claimed_by": make_staff()} if "claimed_until" in columns else {}
    Inquiry.objects.filter(pk=inquiry.pk).update(**columns | holder)
    before = Inquiry.objects.values().get(pk=inquiry.pk)
    mistake.delete()
    night.move_to(at(moment), tick=False)
    booking.update_promises()
    assert Inquiry.objects.values().get(pk=inquiry.pk) == before


def test_a_time_given_back_takes_the_place_of_nobody_who_was_named_it_since():
    office()
    first = receive().inquiry
    pause = Pause.objects.create(starts=EIGHT, ends=NINE)
    booking.update_promises()
    pause.delete()
    Inquiry.objects.filter(pk=first.pk).update(outside_calendar=True)  # so that the place looks free
    second = receive().inquiry
    assert second.promised_by == HALF_PAST_EIGHT
    booking.update_promises()
    assert withdrawn() == 1
    Shift.objects.update(counsellors=2)
    booking.update_promises()
    assert withdrawn() == 0, "control: there is room for both"


def test_a_step_that_somebody_chose_meanwhile_stays():
    office()
    inquiry = receive().inquiry
    mistake = ClosedDay.objects.create(day=datetime.date(2026, 11, 24))
    booking.update_promises()
    Inquiry.objects.filter(pk=inquiry.pk).update(next_at=NINE)
    mistake.delete()
    booking.update_promises()
    inquiry.refresh_from_db()
    assert (withdrawn(), inquiry.next_at) == (0, NINE)


def test_a_time_taken_back_is_not_also_broken(night):
    office()
    receive()
    Pause.objects.create(starts=EIGHT, ends=NINE)
    assert booking.update_promises() == (0, 1, 0)
    night.move_to(at("2026-11-24 10:00"))
    assert booking.update_promises() == (0, 0, 0)
    assert broken() == 0


def test_when_fewer_people_work_only_those_beyond_them_lose_their_time():
    office(counsellors=3)
    inquiries = [receive().inquiry for _ in range(3)]
    Shift.objects.update(counsellors=2)
    assert booking.update_promises() == (0, 1, 0)
    assert sum(inquiry.promise_withdrawn_on is None for inquiry in Inquiry.objects.all()) == len(inquiries) - 1


@pytest.mark.parametrize("moved", [False, True])
def test_a_time_that_was_chosen_while_the_watch_counted_is_not_taken_back(monkeypatch, moved):
    office()
    inquiry = receive().inquiry
    Pause.objects.create(starts=EIGHT, ends=HALF_PAST_EIGHT)
    really = booking.slots.unstaffed

    def while_the_visitor_chooses(*arguments, **words):
        left = really(*arguments, **words)
        if moved:
            Inquiry.objects.update(promised_by=NINE)
        return left

    monkeypatch.setattr(booking.slots, "unstaffed", while_the_visitor_chooses)
    assert booking.update_promises() == (0, 0 if moved else 1, 0), "control: who chose nothing loses their time"
    inquiry.refresh_from_db()
    assert (inquiry.promise_withdrawn_on is None) == moved


def test_whoever_lost_their_time_is_called_before_somebody_new():
    office()
    receive()
    Pause.objects.create(starts=EIGHT, ends=HALF_PAST_EIGHT)
    booking.update_promises()
    assert receive().inquiry.promised_by == at("2026-11-24 9:30"), "nine is for the one who waits"


def test_an_answer_settles_what_was_taken_back():
    office()
    inquiry = receive(body=BEHIND_CODE).inquiry
    Pause.objects.create(starts=EIGHT, ends=NINE)
    booking.update_promises()
    inquiry.refresh_from_db()
    team.reply(inquiry=inquiry, actor=make_staff(), text="We are here.")
    assert (inquiry.promised_by, inquiry.promise_withdrawn_on, inquiry.promise_broken_on) == (None, None, None)


def test_a_round_without_promises_asks_the_calendar_nothing(django_assert_num_queries):
    with django_assert_num_queries(2):
        booking.update_promises()


# What the database refuses, and what is red until somebody enters it


@pytest.mark.parametrize(
    "row",
    [
        lambda: OpeningHours(weekday=7, starts="08:00", ends="09:00"),
        lambda: Shift(weekday=7, starts="08:00", ends="09:00"),
        lambda: Shift(weekday=1, starts="08:00", ends="09:00", counsellors=0),
        lambda: Shift(
            weekday=1,
            starts="08:00",
            ends="09:00",
            first_day=datetime.date(2026, 1, 2),
            last_day=datetime.date(2026, 1, 1),
        ),
        lambda: Pause(starts=NINE, ends=EIGHT),
        lambda: Pause(starts=NINE, ends=NINE),
    ],
)
def test_calendars_that_make_no_sense_are_refused_by_the_database(row):
    with pytest.raises(IntegrityError), transaction.atomic():
        row().save()


def test_the_same_hours_and_the_same_closed_day_are_entered_once():
    OpeningHours.objects.create(weekday=1, starts="08:00", ends="09:00")
    ClosedDay.objects.create(day=datetime.date(2026, 11, 26))
    for row in (
        OpeningHours(weekday=1, starts="08:00", ends="10:00"),
        ClosedDay(day=datetime.date(2026, 11, 26)),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def found_by_checks(**options):
    return {message.id for message in run_checks(**options) if message.id.startswith("admissions.")}


def test_the_check_is_red_until_the_calendar_has_hours_and_shifts():
    everything = {"include_deployment_checks": True, "databases": ["default"]}
    assert found_by_checks(**everything) == {"admissions.W001"}
    assert found_by_checks() == set(), "control: it asks the database only when it may"
    OpeningHours.objects.create(weekday=6, starts="08:00", ends="09:00")
    assert found_by_checks(**everything) == {"admissions.W001"}
    office()
    assert found_by_checks(**everything) == set()
