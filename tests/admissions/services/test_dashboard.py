import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from admissions.models import Alert
from admissions.services import team
from admissions.services.dashboard import tasks
from tests.admissions.factories import make_inquiry, make_staff, put_on_duty, receive

pytestmark = pytest.mark.django_db


def due(role):
    return [(task.count, task.url) for task in tasks(make_staff(role, is_staff=True))]


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
    assert team.search(actor=make_staff(), needle="twelve steps").matches == [inquiry]
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
        [task] = tasks(user)
        said.append(f"{task.count} {task.words}")
    assert said[0].startswith("1 alert that") and said[1].startswith("2 alerts that")
