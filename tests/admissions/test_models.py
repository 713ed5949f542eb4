import contextlib
import datetime
import threading
import uuid

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import NOT_PROVIDED, BinaryField
from django.utils import timezone

from admissions.errors import AlreadyClaimed, AppendOnly, ChangedMeanwhile, IllegalMove
from admissions.models import (
    Alert,
    Attempt,
    CannedReply,
    ClosedDay,
    Disclosure,
    Inquiry,
    KeptForm,
    KeptFormKey,
    Message,
    MessageKey,
    NeverContact,
    NightlyRun,
    OpeningHours,
    Pause,
    Shift,
    StaffNote,
    StaffNoteKey,
    WeeklyFigures,
)
from admissions.models.holds import Holds
from admissions.models.inquiry import LEASE
from tests.admissions.factories import BODY, make_inquiry, make_staff, times

MODELS = list(apps.get_app_config("admissions").get_models())
CALENDAR = [OpeningHours, Shift, ClosedDay, Pause]  # kept by staff; the public process only reads it
OURS = {NightlyRun, Attempt, CannedReply, NeverContact, WeeklyFigures}  # no visitor's request adds a row
FROM_VISITORS = [model for model in MODELS if model not in {*CALENDAR, *OURS}]


# Rules for every model of this app, today's and tomorrow's


def unclassified(model):
    return {field.name for field in model._meta.concrete_fields} ^ set(getattr(model, "holds", {}))


@pytest.mark.parametrize("model", MODELS)
def test_every_field_says_what_it_holds(model):
    assert not unclassified(model)
    assert set(model.holds.values()) <= set(Holds)


def test_the_test_above_notices_a_field_that_says_nothing():
    class Forgetful:
        _meta = Inquiry._meta
        holds = {name: what for name, what in Inquiry.holds.items() if name != "next_at"}

    assert unclassified(Forgetful) == {"next_at"}


@pytest.mark.parametrize("model", MODELS)
def test_what_is_sealed_hashed_or_a_key_is_bytes_and_what_is_clear_is_not(model):
    for field in model._meta.concrete_fields:
        is_bytes = isinstance(field, BinaryField)
        assert is_bytes == (model.holds[field.name] is not Holds.CLEAR) or field.name == "kid", field


@pytest.mark.parametrize("model", MODELS)
def test_no_clear_column_could_take_what_a_visitor_typed(model):
    """Free text in clear is filled by code, or by staff about the calendar; a new one needs a look."""
    free = {
        f"{model.__name__}.{field.name}"
        for field in model._meta.concrete_fields
        if field.get_internal_type() in {"CharField", "TextField", "JSONField"} and not field.choices
    }
    assert free <= {
        *("Disclosure.actor_name", "Disclosure.role", "Disclosure.detail"),
        *("Alert.last_error", "ClosedDay.name", "Pause.reason", "NightlyRun.job"),
        *("CannedReply.key", "CannedReply.title", "CannedReply.text"),
        *("KeptForm.name", "KeptForm.page"),  # `FormOfTab.read` takes the names and paths of our own pages alone
    }


def test_the_clear_columns_of_an_inquiry_and_a_message_are_those_of_the_format():
    columns = (
        "id kind status created promised_by promise_broken_on promise_withdrawn_on outside_calendar handled_on "
        "do_not_contact next_at closed_as by_phone good_from good_until tries is_number_wrong same_as hold claimed_by "
        "claimed_until version kid form_version token_hash body_hmac return_hash visitor_public_key"
    )
    assert " ".join(field.name for field in Inquiry._meta.concrete_fields) == columns
    assert {field.name for field in Message._meta.concrete_fields} == {"id", "inquiry", "author", "number", "payload"}


@pytest.mark.parametrize("model", FROM_VISITORS)
def test_an_insert_asks_the_database_for_nothing_back(model):
    """The public role may only INSERT: no value may come from the database."""
    key = model._meta.pk
    assert key.get_internal_type() in {"UUIDField", "OneToOneField"}
    for field in model._meta.concrete_fields:
        assert not field.generated
        assert field.db_default is NOT_PROVIDED


@pytest.mark.parametrize("model", FROM_VISITORS)
def test_models_are_ordered_and_nobody_may_add_or_delete_by_hand(model):
    assert model._meta.ordering
    assert not {"add", "delete"} & set(model._meta.default_permissions)


def test_constraints_speak_to_staff_and_carry_the_name_of_their_model():
    for model in MODELS:
        for constraint in model._meta.constraints:
            assert constraint.name.startswith(f"admissions_{model._meta.model_name}_")
            assert constraint.violation_error_message.endswith(".")
            assert "constraint" not in constraint.violation_error_message.casefold()


@pytest.mark.django_db
def test_nothing_prints_what_was_typed():
    inquiry = make_inquiry()
    rows = [inquiry, inquiry.messages.get(), inquiry.messages.get().key, inquiry.alerts.get()]
    for row in rows:
        for word in BODY.values():
            assert word not in f"{row} {row!r}" or word == "no"
    assert str(inquiry) == f"Inquiry {inquiry.public_id}"
    assert str(rows[1]) == f"Message 1 of Inquiry {inquiry.public_id}"
    assert str(Disclosure(number=3)) == "Disclosure 3"


def test_the_public_id_is_short_and_easy_to_say():
    inquiry = Inquiry(id=uuid.UUID("3bc7a4b92d00400080000000000000ff"))
    assert inquiry.public_id == "7F3T-9E9D"


# Inquiry


@pytest.mark.django_db
def test_the_time_of_arrival_is_cut_to_the_hour_however_it_is_set():
    exact = datetime.datetime(2026, 3, 1, 9, 59, 59, 999999, tzinfo=datetime.UTC)
    inquiry = make_inquiry()
    assert inquiry.created.minute == inquiry.created.second == inquiry.created.microsecond == 0
    inquiry.created = exact
    inquiry.save()
    inquiry.refresh_from_db()
    assert inquiry.created == exact.replace(minute=0, second=0, microsecond=0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "columns",
    [
        {"kind": "letter"},
        {"status": "lost"},
        {"status": "handled"},
        {"status": "junk"},
        {"handled_on": datetime.date(2026, 1, 1)},
        {"claimed_until": timezone.now()},
        {"promise_withdrawn_on": datetime.date(2026, 1, 1)},
        {"status": "destroyed", "handled_on": datetime.date(2026, 1, 1)},
        {"do_not_contact": True, "promised_by": timezone.now()},
        {"closed_as": "reached"},
        {"good_from": None},
        {"good_from": 60, "good_until": 1440},
    ],
)
def test_impossible_states_are_refused_by_the_database(columns):
    inquiry = make_inquiry()
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(**columns)


@pytest.mark.django_db
@pytest.mark.parametrize("columns", [{"next_at": None}, {"status": "junk", "handled_on": datetime.date(2026, 1, 1)}])
def test_nothing_that_waits_is_without_a_clock_and_nothing_done_has_one(columns):
    """SQLite refuses; PostgreSQL sets the clock, since code of the release before knows of none."""
    inquiry = make_inquiry()
    with contextlib.suppress(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(**columns)
    inquiry.refresh_from_db()
    assert (inquiry.next_at is not None) == (inquiry.status in Inquiry.WAITS)


@pytest.mark.django_db
def test_a_claim_without_an_end_is_refused_by_the_database():
    inquiry = make_inquiry()
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(claimed_by=make_staff())


@pytest.mark.django_db
def test_one_place_in_a_thread_holds_one_message():
    first = make_inquiry().messages.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(inquiry=first.inquiry, author="team", number=1, payload=b"")
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(inquiry=first.inquiry, author="robot", number=2, payload=b"")


def state(status):
    columns = {"status": status, "handled_on": datetime.date(2026, 1, 1) if status in Inquiry.DONE else None}
    gone = {"return_hash": None, "visitor_public_key": None}
    return columns | (gone if status == Inquiry.Status.DESTROYED else {})


@pytest.mark.django_db
@pytest.mark.parametrize("before", Inquiry.Status.values)
@pytest.mark.parametrize("after", Inquiry.Status.values)
def test_only_the_moves_of_the_mapping_are_made(before, after):
    inquiry = make_inquiry(**state(before))
    if after in Inquiry.MOVES[before]:
        inquiry.move_to(after)
        assert inquiry.status == after
        assert (inquiry.handled_on is not None) == (after in Inquiry.DONE)
    else:
        with pytest.raises(IllegalMove):
            inquiry.move_to(after)
    inquiry.refresh_from_db()
    assert inquiry.status == (after if after in Inquiry.MOVES[before] else before)


def test_every_status_leads_somewhere_and_nothing_new_is_handled_unopened():
    assert set(Inquiry.MOVES) == set(Inquiry.Status)
    assert [status for status in Inquiry.Status if not Inquiry.MOVES[status]] == [Inquiry.Status.DESTROYED]
    assert not any(Inquiry.Status.DESTROYED in moves for moves in Inquiry.MOVES.values()), "only the visitor destroys"
    assert Inquiry.Status.HANDLED not in Inquiry.MOVES[Inquiry.Status.NEW]


@pytest.mark.django_db
def test_of_two_people_who_change_the_same_inquiry_the_second_is_told():
    mine = make_inquiry(status="open")
    yours = Inquiry.objects.get(pk=mine.pk)
    mine.move_to("waiting")
    with pytest.raises(ChangedMeanwhile):
        yours.move_to("handled")
    mine.refresh_from_db()
    assert (mine.status, mine.version) == ("waiting", 2)


@pytest.mark.django_db
def test_the_queue_shows_what_is_due_first_and_nothing_that_is_done():
    now = timezone.now()
    later = make_inquiry(next_at=now + datetime.timedelta(hours=2))
    without = make_inquiry()
    sooner = make_inquiry(next_at=now - datetime.timedelta(hours=2), status="waiting")
    make_inquiry(**state("handled"))
    make_inquiry(**state("junk"))
    assert list(Inquiry.objects.queue()) == [sooner, without, later]
    assert list(Inquiry.objects.due(timezone.now())) == [sooner, without]


# Claims


@pytest.mark.django_db
def test_a_claim_keeps_colleagues_out_until_it_runs_out():
    inquiry, me, you = make_inquiry(), make_staff(), make_staff()
    inquiry.claim(me)
    assert inquiry.is_held_by_other(you)
    assert not inquiry.is_held_by_other(me)
    with pytest.raises(AlreadyClaimed):
        inquiry.claim(you)
    with pytest.raises(AlreadyClaimed):
        inquiry.release(you)
    assert LEASE - datetime.timedelta(minutes=1) < inquiry.claimed_until - timezone.now() <= LEASE
    Inquiry.objects.update(
        claimed_until=timezone.now() - datetime.timedelta(seconds=1)
    )  # by the database's clock, which no test can move
    assert not inquiry.is_held_by_other(you)
    inquiry.claim(you)
    assert inquiry.claimed_by == you


@pytest.mark.django_db
def test_who_holds_it_may_take_longer_or_give_it_back():
    inquiry, me, you = make_inquiry(), make_staff(), make_staff()
    inquiry.claim(me)
    first = inquiry.claimed_until
    inquiry.claim(me)
    assert inquiry.claimed_until >= first
    inquiry.release(me)
    assert inquiry.claimed_by is None
    inquiry.claim(you)


@pytest.mark.django_db
def test_what_is_done_is_held_by_nobody():
    inquiry = make_inquiry(status="open")
    inquiry.claim(make_staff())
    inquiry.move_to("handled")
    assert inquiry.claimed_by is None


def winners(people, inquiry, take):
    """How many of `people` got it, all asking at the same moment, each on a connection of their own."""
    start, won = threading.Barrier(len(people)), []

    def ask(person):
        try:
            mine = Inquiry.objects.get(pk=inquiry.pk)
            start.wait()
            take(mine, person)
            won.append(person)
        except AlreadyClaimed:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_one_wins():
    people = [make_staff() for _ in range(times(short=5, full=20))]
    assert winners(people, make_inquiry(), lambda mine, person: mine.claim(person)) == 1


@pytest.mark.django_db(transaction=True)
def test_looking_first_and_writing_then_would_let_many_win():
    """The control: the same race without the one statement."""

    def careless(mine, person):
        if mine.claimed_by is None:
            mine.claimed_by, mine.claimed_until = person, timezone.now() + LEASE
            mine.save()

    people = [make_staff() for _ in range(5)]
    assert winners(people, make_inquiry(), careless) > 1


# The log


@pytest.mark.django_db
def test_a_disclosure_is_neither_changed_nor_deleted():
    from admissions.services import audit_log

    entry = audit_log.record(actor=make_staff(), role="admissions", action="opened", record=uuid.uuid4())
    rows = Disclosure.objects.filter(pk=entry.pk)
    entry.detail = "other"
    for change in (
        entry.save,
        entry.delete,
        rows.delete,
        Disclosure.objects.all().delete,
        lambda: rows.update(detail="other"),
        lambda: Disclosure.objects.bulk_update([entry], ["detail"]),
        lambda: Disclosure.objects.update_or_create(pk=entry.pk, defaults={"detail": "other"}),
        lambda: entry.actor.delete(),
    ):
        with pytest.raises((AppendOnly, IntegrityError)), transaction.atomic():
            change()
    assert rows.get().detail == ""


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("sql", ["UPDATE admissions_disclosure SET detail = 'x'", "DELETE FROM admissions_disclosure"])
def test_postgresql_refuses_to_change_or_delete_a_disclosure(sql):
    from admissions.services import audit_log

    audit_log.record(actor=make_staff(), role="admissions", action="opened", record=None)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_every_model_is_offered():
    from admissions import models

    of_threads = {Alert, Disclosure, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey}
    assert set(FROM_VISITORS) == {*of_threads, KeptForm, KeptFormKey}
    assert set(MODELS) == {*FROM_VISITORS, *CALENDAR, *OURS}
    assert all(hasattr(models, model.__name__) for model in MODELS)
