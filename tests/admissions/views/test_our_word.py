import datetime

import pytest
from django.urls import reverse

from admissions.models import WeeklyFigures
from content.models import Centre
from content.services import organisation
from tests.admissions.factories import make_inquiry
from tests.content.factories import make_centre

pytestmark = pytest.mark.django_db
MONDAY = datetime.date(2026, 11, 23)
PAGE = "/our-word/"


@pytest.fixture
def centre():
    return make_centre(shows_figures=True)


def test_the_page_and_the_way_to_it_are_off_until_the_center_switches_it_on(client):
    centre = make_centre()
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get("/").text
    centre.shows_figures = True
    organisation.change(row=centre, actor=None)
    assert client.get(PAGE).status_code == 200
    assert f'href="{PAGE}"' in client.get("/").text
    assert 'href="/es/our-word/"' in client.get("/es/").text


@pytest.mark.parametrize(
    ("path", "few", "kept", "soon", "at_once"),
    [
        (PAGE, "too few to say", "Times we kept: 93 of 100.", "within 3 hours", "within the same hour"),
        (f"/es{PAGE}", "muy pocas", "Cumplimos 93 de cada 100", "en 3 horas", "en la misma hora"),
    ],
)
def test_each_week_says_what_was_written_down_of_it(client, centre, path, few, kept, soon, at_once):
    WeeklyFigures.objects.create(monday=MONDAY, kept_of_100=93, median_hours=3)
    text = " ".join(client.get(path).text.split())
    assert kept in text and soon in text and few not in text
    WeeklyFigures.objects.update(median_hours=0)
    assert at_once in " ".join(client.get(path).text.split())
    WeeklyFigures.objects.update(kept_of_100=None, median_hours=None)
    text = " ".join(client.get(path).text.split())
    assert text.count(few) == 2 and "None" not in text


def test_a_bad_week_is_not_left_out(client, centre):
    WeeklyFigures.objects.create(monday=MONDAY, kept_of_100=0, median_hours=200)
    assert "Times we kept: 0 of 100." in client.get(PAGE).text


def test_it_asks_for_no_inquiry(client, centre, django_assert_max_num_queries):
    make_inquiry(promise_broken_on=MONDAY)
    with django_assert_max_num_queries(6) as asked:
        before = client.get(PAGE).content
    assert not [query for query in asked if "admissions_inquiry" in query["sql"] or "attempt" in query["sql"]]
    make_inquiry(promise_broken_on=MONDAY)
    assert client.get(PAGE).content == before


def test_the_record_of_the_center_switches_it(client, admin_client):
    make_centre()
    page = admin_client.get(reverse("admin:content_centre_change", args=[Centre.THE_ONE]))
    assert 'name="shows_figures"' in page.text
