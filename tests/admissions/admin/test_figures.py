import datetime

import pytest
from django.urls import reverse

from admissions.models import Disclosure
from tests.admissions.factories import make_inquiry, make_staff

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:admissions_inquiry_figures")


@pytest.fixture
def lead(client, time_machine):
    time_machine.move_to(datetime.datetime(2026, 12, 1, 20, tzinfo=datetime.UTC), tick=False)
    client.force_login(make_staff("admissions_lead", is_staff=True))


def test_the_lead_sees_this_week_and_can_choose_another(client, lead):
    make_inquiry(promise_broken_on=datetime.date(2026, 11, 24))
    page = client.get(PAGE)
    assert "Broken: 0" in page.text and "This week isn’t over" in page.text
    page = client.get(PAGE, {"week": "2026-11-23"})
    assert "Broken: 1; 1 of these were not called yet" in page.text and "This week isn’t over" not in page.text
    assert not Disclosure.objects.exists(), "nothing is opened for it"


@pytest.mark.parametrize("week", ["", "x", "2026-11-24", "9999-12-27", "1999-01-04"])
def test_a_week_that_is_not_in_the_list_is_answered_with_this_one(client, lead, week):
    page = client.get(PAGE, {"week": week})
    assert page.status_code == 200 and "This week isn’t over" in page.text
    assert '<option value="2026-11-30" selected>' in page.text
