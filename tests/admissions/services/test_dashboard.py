import datetime

import pytest
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from admissions.models import Alert
from admissions.services import desk, queue, team
from admissions.services.dashboard import tasks
from tests.admissions.factories import make_inquiry, make_staff, put_on_duty, receive

QUEUE = reverse_lazy("admin:admissions_inquiry_changelist")
pytestmark = pytest.mark.django_db


def due(role):
    """What is due beside the work that waits in the queue."""
    work = {f"{QUEUE}?status={tab}" for tab in ("now", "unread")}
    return [(task.count, task.url) for task in tasks(make_staff(role, is_staff=True)) if task.url not in work]


def test_alerts_that_do_not_leave_are_shown_to_those_who_must_look_themselves():
    make_inquiry()
    put_on_duty()
    assert due("admissions") == [], "control: a new alert is no fault"
    Alert.objects.update(created=timezone.now() - datetime.timedelta(minutes=11))
    assert due("admissions") == [(1, reverse("admin:admissions_inquiry_changelist"))]
    assert due("admissions_lead") == [(1, reverse("admin:admissions_alert_changelist"))]
    Alert.objects.update(delivered_at=timezone.now())
    assert due("admissions") == []


def test_a_dead_alert_is_shown_at_once():
    make_inquiry()
    Alert.objects.update(dead_since=timezone.now())
    assert len(due("admissions")) == 1


def test_what_is_probably_junk_is_shown_until_somebody_has_looked():
    put_on_duty()
    inquiry = receive(junk_reasons=["Why."]).inquiry
    assert due("admissions") == [(1, reverse("admin:admissions_inquiry_changelist") + "?status=junk")]
    assert team.search(actor=make_staff(), needle="twelve steps", finished=True).matches == [inquiry]
    assert len(due("admissions")) == 1, "a hit in a search has opened nothing"
    team.open_thread(inquiry=inquiry, actor=make_staff())
    assert due("admissions") == []


@pytest.mark.parametrize("role", ["writer", "reviewer", "publisher", "privacy_officer"])
def test_nobody_else_learns_that_there_are_alerts(role, django_assert_num_queries):
    make_inquiry()
    Alert.objects.update(dead_since=timezone.now())
    user = make_staff(role, is_staff=True)
    user.get_all_permissions()
    with django_assert_num_queries(0):
        assert tasks(user) == []


def test_the_start_page_says_it(client):
    make_inquiry()
    Alert.objects.update(dead_since=timezone.now())
    client.force_login(make_staff(is_staff=True))
    assert "1 alert that could not be delivered" in client.get(reverse("admin:index")).content.decode()


def test_the_start_page_counts_one_and_two_in_the_right_words():
    user = make_staff(is_staff=True)
    said = []
    for _each in range(2):
        make_inquiry()
        Alert.objects.update(dead_since=timezone.now())
        task = next(task for task in tasks(user) if "delivered" in task.words)
        said.append(f"{task.count} {task.words}")
    assert said[0].startswith("1 alert that") and said[1].startswith("2 alerts that")


def test_what_waits_now_comes_first(client):
    actor = make_staff(is_staff=True)
    late = make_inquiry(promised_by=timezone.now() - datetime.timedelta(hours=1))
    make_inquiry()
    desk.take(inquiry=late, actor=actor)
    team.open_thread(inquiry=late, actor=actor)
    work = [(str(task.count), task.words, task.url) for task in tasks(actor)][:4]
    assert work == [
        ("1", "promise overdue", f"{QUEUE}?status=overdue"),
        ("2", "to call or to answer now", f"{QUEUE}?status=now"),
        ("1", "that you have at the moment", f"{QUEUE}?status=mine"),
        ("1", "that nobody has read yet", f"{QUEUE}?status=unread"),
    ]
    client.force_login(actor)
    page = client.get(reverse("admin:index")).text
    assert page.index("1 promise overdue") < page.index("1 that nobody has read yet")


def test_a_superuser_outside_the_team_learns_nothing_of_the_queue():
    make_inquiry()
    user = make_staff("", is_staff=True, is_superuser=True)
    assert not [task for task in tasks(user) if "status=now" in task.url or "status=unread" in task.url]


def test_the_start_page_counts_no_further_than_anybody_reads(client, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 3)
    for _each in range(4):
        make_inquiry()
    client.force_login(make_staff(is_staff=True))
    assert "2+ to call or to answer now" in client.get(reverse("admin:index")).text
