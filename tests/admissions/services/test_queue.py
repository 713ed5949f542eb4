import datetime

import pytest
from django.utils import timezone

from admissions.errors import IllegalMove, NotAllowed
from admissions.models import Disclosure, Inquiry
from admissions.services import desk, queue, team, visitor
from admissions.services.queue import Group, Tab
from tests.admissions.factories import make_inquiry, make_staff, receive

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2026, 12, 2, 20, tzinfo=datetime.UTC)  # in California; minute 1200 of the UTC day
HOUR = datetime.timedelta(hours=1)
THEIRS, NOT_THEIRS = {"good_from": 1080, "good_until": 60}, {"good_from": 60, "good_until": 900}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def actor():
    return make_staff()


def listed(tab, actor):
    return list(queue.rows(tab, actor=actor, now=timezone.now()))


def group_of(inquiry, actor):
    [row] = [row for row in listed(Tab.QUEUE, actor) if row.pk == inquiry.pk]
    return queue.group_of(row)


def held_by(colleague, **columns):
    inquiry = make_inquiry(**columns)
    desk.take(inquiry=inquiry, actor=colleague)
    Inquiry.objects.filter(pk=inquiry.pk).update(claimed_until=datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC))
    return inquiry


@pytest.mark.parametrize(
    ("columns", "group"),
    [
        ({"next_at": NOON - HOUR}, Group.NOW),
        ({"next_at": NOON}, Group.NOW),
        ({"next_at": NOON - HOUR} | THEIRS, Group.NOW),
        ({"next_at": NOON - HOUR} | NOT_THEIRS, Group.NOT_THEIR_HOURS),
        ({"next_at": NOON + HOUR}, Group.LATER),
        ({"next_at": NOON + HOUR} | NOT_THEIRS, Group.LATER),
        ({"next_at": NOON + HOUR, "status": "waiting"}, Group.WAITING),
        ({"next_at": NOON - HOUR, "status": "waiting"}, Group.NOW),
    ],
)
def test_each_that_waits_stands_in_one_group(actor, columns, group):
    assert group_of(make_inquiry(**columns), actor) == group


def test_what_a_colleague_has_stands_apart_and_what_i_have_where_it_was(actor):
    mine, theirs = held_by(actor, next_at=NOON - HOUR), held_by(make_staff(), next_at=NOON - HOUR)
    assert (group_of(mine, actor), group_of(theirs, actor)) == (Group.NOW, Group.WITH_A_COLLEAGUE)
    assert listed(Tab.MINE, actor) == [mine]
    Inquiry.objects.update(claimed_until=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    assert group_of(theirs, actor) == Group.NOW, "a claim that ran out is none"
    assert listed(Tab.MINE, actor) == []


def test_the_order_is_group_then_clock_then_arrival(actor):
    waiting = make_inquiry(status="waiting", next_at=NOON + HOUR)
    later = make_inquiry(next_at=NOON + HOUR)
    early = make_inquiry(next_at=NOON - 2 * HOUR, **NOT_THEIRS)
    second = make_inquiry(next_at=NOON - HOUR, created=NOON)
    first = make_inquiry(next_at=NOON - HOUR, created=NOON - HOUR)
    assert listed(Tab.QUEUE, actor) == [first, second, early, later, waiting]
    assert listed(Tab.NOW, actor) == [first, second]
    assert listed(Tab.LATER, actor) == [early, later]
    assert listed(Tab.WAITING, actor) == [waiting]


def test_the_next_call_is_the_first_of_those_now(actor):
    """But nobody is sent to a phone that must not ring."""
    make_inquiry(next_at=NOON - 3 * HOUR, **NOT_THEIRS)
    make_inquiry(next_at=NOON - 3 * HOUR, do_not_contact=True, promised_by=None)
    held_by(make_staff(), next_at=NOON - 3 * HOUR)
    first = make_inquiry(next_at=NOON - HOUR)
    make_inquiry(next_at=NOON)
    assert desk.take_next(actor=actor) == first


def test_what_i_took_and_let_run_out_is_offered_to_me_again(actor):
    inquiry = make_inquiry(next_at=NOON - HOUR)
    assert desk.take_next(actor=actor) == inquiry
    assert desk.take_next(actor=actor) is None, "control: what I have is not taken twice"
    Inquiry.objects.update(claimed_until=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    assert desk.take_next(actor=actor) == inquiry


def test_whoever_writes_again_comes_up(actor):
    receipt = receive()
    Inquiry.objects.update(status="waiting", next_at=NOON + 100 * HOUR, promised_by=None)
    assert listed(Tab.NOW, actor) == []
    visitor.add_line(secret=secret(receipt), form_token=b"l" * 32, text="I am shaking now.")
    assert listed(Tab.UNREAD, actor) == [receipt.inquiry]
    assert group_of(receipt.inquiry, actor) != Group.WAITING


def secret(receipt):
    from admissions.crypto import return_code

    return return_code.secret_of(receipt.return_code)


def test_unread_is_what_nobody_has_opened_since_the_newest_line(actor):
    receipt, other = receive(), make_inquiry()
    inquiry = receipt.inquiry
    team.open_thread(inquiry=inquiry, actor=make_staff())
    assert listed(Tab.UNREAD, actor) == [other]


def test_a_search_that_finds_it_has_read_nothing(actor):
    inquiry = make_inquiry()
    assert team.search(actor=actor, needle="twelve steps").matches
    assert listed(Tab.UNREAD, actor) == [inquiry]


@pytest.mark.parametrize("columns", [{"next_at": NOON + HOUR}, {"next_at": NOON - HOUR}, {"status": "waiting"}])
def test_what_is_put_on_top_comes_first_of_all_and_stays_unread(actor, columns):
    make_inquiry(next_at=NOON - 5 * HOUR)
    inquiry = make_inquiry(**columns)
    promise = inquiry.promised_by
    desk.put_on_top(inquiry=inquiry, actor=actor)
    assert listed(Tab.NOW, actor)[0] == inquiry
    assert inquiry.promised_by == promise, "what was promised still is"
    assert not Disclosure.objects.exists(), "nobody has read it, so its alarm rings on"


def test_only_the_team_puts_on_top_and_only_what_waits(actor):
    inquiry = make_inquiry(next_at=NOON + HOUR)
    with pytest.raises(NotAllowed):
        desk.put_on_top(inquiry=inquiry, actor=make_staff("writer"))
    done = make_inquiry(status="junk", handled_on=NOON.date())
    with pytest.raises(IllegalMove):
        desk.put_on_top(inquiry=done, actor=actor)
    inquiry.refresh_from_db()
    assert inquiry.next_at == NOON + HOUR and not Disclosure.objects.exists()


def test_counts_are_those_of_the_lists_and_stop(actor, monkeypatch):
    make_inquiry(next_at=NOON - HOUR)
    make_inquiry(next_at=NOON - HOUR, **NOT_THEIRS)
    make_inquiry(status="waiting", next_at=NOON + HOUR)
    make_inquiry(status="junk", handled_on=NOON.date())
    held_by(actor, next_at=NOON + HOUR)
    counted = queue.counts(actor=actor, now=NOON)
    assert counted == {tab: len(listed(tab, actor)) for tab in queue.COUNTED}
    assert set(counted.values()) - {0}, "control"
    monkeypatch.setattr(queue, "MOST", 2)
    for _each in range(3):
        make_inquiry(next_at=NOON - HOUR)
    assert queue.counts(actor=actor, now=NOON)[Tab.NOW] == 2
    assert queue.number(2) == "1+" and queue.headline(counted | {Tab.NOW: 2}).startswith("1+ to do now")


@pytest.mark.parametrize("role", ["writer", "privacy_officer", ""])
def test_nobody_else_is_told_a_count(role):
    with pytest.raises(NotAllowed):
        queue.counts(actor=make_staff(role), now=NOON)


def test_a_deactivated_account_is_told_nothing():
    with pytest.raises(NotAllowed):
        queue.counts(actor=make_staff(is_active=False), now=NOON)


def test_the_tests_of_the_website_are_in_no_list(actor):
    make_inquiry(kind="probe")
    assert not any(listed(tab, actor) for tab in Tab)
