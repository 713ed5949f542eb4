import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from content.due import tasks
from content.models import Reviewer
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_published,
    make_source,
    make_user,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db


def days(number):
    return timezone.localdate() + datetime.timedelta(days=number)


def due(role="publisher"):
    user = make_user(role, username=f"test-{role}")
    found = {task.words: task.count for task in tasks(user)}
    user.delete()
    return found


def test_a_house_in_order_has_nothing_due():
    make_centre(licence_number="190123AP", licence_expires=days(60))
    make_help_line(last_checked=days(-30))
    make_source(expires_on=days(1))
    article = make_published()
    sign(article.published_revision)
    Reviewer.objects.update(licence_expires=days(60))
    make_article(slug="a-draft-waits-for-nobody")
    assert due() == {}


def test_everything_that_ran_out_is_counted():
    make_centre(licence_number="190123AP", licence_expires=days(59))
    make_help_line(last_checked=days(-31))
    make_help_line(key="gone", last_checked=days(-61))
    make_source(expires_on=days(0))
    sign(make_published().published_revision)
    publish(make_article(slug="unsigned"))
    Reviewer.objects.update(licence_expires=days(59))
    assert due() == {
        "help lines that visitors no longer see: dial them": 1,
        "help lines to dial: never dialed, or over 30 days ago": 2,
        "sources to open again": 1,
        "articles on the site whose text no reviewer has signed": 1,
        "reviewers whose license runs out soon, or has": 1,
        "license of the center: it runs out soon, has run out, or has no date": 1,
    }


def test_a_review_is_due_for_the_text_on_the_site(time_machine):
    article = make_published()
    sign(article.published_revision, due_in_days=5)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=6))
    assert due()["articles whose review is overdue"] == 1
    article.title = "Another text"
    article.save()
    publish(article)
    assert "articles whose review is overdue" not in due()
    assert due()["articles on the site whose text no reviewer has signed"] == 1


@pytest.mark.parametrize(("role", "sees"), [("writer", False), ("reviewer", False), ("publisher", True)])
def test_only_who_may_dial_and_mark_is_asked_to(role, sees):
    make_help_line()
    assert ("help lines to dial: never dialed, or over 30 days ago" in due(role)) is sees


def test_admissions_staff_are_told_nothing_of_content(django_assert_num_queries):
    make_help_line()
    assert due("admissions") == {}


def test_the_start_page_leads_to_what_is_due(client):
    make_help_line()
    client.force_login(make_user("publisher"))
    text = client.get(reverse("admin:index")).content.decode()
    assert "What is due" in text
    assert f'href="{reverse("admin:content_helpline_changelist")}">1 help lines to dial' in text
