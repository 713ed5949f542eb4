import datetime

import pytest
from django.db import DatabaseError
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from content.delivery import organisation
from tests.content.factories import make_centre, make_help_line


@pytest.fixture(autouse=True)
def own_var(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.mark.django_db
def test_the_fallback_snapshot_holds_what_the_database_held():
    make_centre(hours="always")
    make_help_line(last_checked=datetime.date.today())
    organisation.write_fallback_snapshot()
    snapshot, now = organisation.read_fallback_snapshot(), organisation.from_database()
    assert (snapshot.centre, snapshot.help_lines) == (now.centre, now.help_lines)
    assert snapshot.centre.phone_display == "714-555-0142"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_goes_by_its_date_goes_from_the_fallback_snapshot_too(time_machine, language):
    time_machine.move_to("2026-11-23T20:00:00Z", tick=False)
    today = timezone.localdate()
    make_centre(licence_number="190123AP", licence_expires=today + datetime.timedelta(days=9))
    make_help_line(key="dialled", number="211", last_checked=today - datetime.timedelta(days=50))
    make_help_line(key="never-dialled", number="311")
    make_help_line(key="988", number="988", ages=False, last_checked=today - datetime.timedelta(days=900))
    organisation.write_fallback_snapshot()
    seen = set()
    with override(language):
        for _day in range(13):
            snapshot, now = organisation.read_fallback_snapshot(), organisation.from_database()
            assert (snapshot.centre, snapshot.help_lines) == (now.centre, now.help_lines), timezone.localdate()
            seen.add((snapshot.centre.licence_number, "211" in {line.number for line in snapshot.help_lines}))
            time_machine.shift(datetime.timedelta(days=1))
    assert seen == {("190123AP", True), ("", True), ("", False)}, "control: each went on its own day"


@pytest.mark.parametrize("content", [None, "", "{", '{"centre": {}}', "[]"])
def test_without_a_readable_fallback_snapshot_the_two_numbers_that_work_everywhere_remain(
    content,
):
    if content is not None:
        organisation.fallback_snapshot_path().parent.mkdir()
        organisation.fallback_snapshot_path().write_text(content)
    assert [line.number for line in organisation.read_fallback_snapshot().help_lines] == ["911", "988"]
    assert organisation.read_fallback_snapshot().centre.phone_href == ""


@pytest.mark.django_db
def test_pages_fall_back_to_the_fallback_snapshot_while_the_database_is_away(monkeypatch):
    make_centre()
    organisation.write_fallback_snapshot()

    def away():
        raise DatabaseError

    monkeypatch.setattr(organisation, "from_database", away)
    assert organisation.organisation_for(RequestFactory().get("/")).centre.phone_display == "714-555-0142"


@pytest.mark.django_db
def test_a_number_never_dialled_says_so_and_a_checked_one_says_when():
    make_help_line(key="a", position=1)
    make_help_line(key="b", position=2, last_checked=datetime.date(2026, 3, 2), ages=False)
    make_help_line(key="c", position=3, ages=False)
    lines = [line.checked_line for line in organisation.from_database().help_lines if line.checked_line]
    assert lines == ["not yet dialled by our staff", "last checked March 2, 2026", "not yet dialled by our staff"]


@pytest.mark.django_db
def test_911_and_988_stand_first_even_when_somebody_deleted_them():
    make_help_line(key="other", number="1-800-222-1222")
    assert [line.number for line in organisation.from_database().help_lines] == ["911", "988", "1-800-222-1222"]
    make_help_line(key="988", number="988", ages=False, position=2)
    assert [line.number for line in organisation.from_database().help_lines].count("988") == 1


@pytest.mark.django_db
def test_an_expired_licence_is_no_longer_on_the_card():
    today = timezone.localdate()
    centre = make_centre(licence_number="190123AP", licence_expires=today)
    assert organisation.from_database().centre.licence_number == "190123AP", "control"
    centre.licence_expires = today - datetime.timedelta(days=1)
    centre.save()
    card = organisation.from_database().centre
    assert (card.licence_number, card.licence_expires) == ("", "")


@pytest.mark.django_db
def test_numbers_are_dialled_as_people_dial_them():
    make_help_line(key="a", number="988", position=1, ages=False)
    make_help_line(key="b", number="1-800-662-4357", position=2)
    assert [line.number_href for line in organisation.from_database().help_lines] == [
        "tel:911",
        "tel:988",
        "tel:+18006624357",
    ]


@pytest.mark.parametrize(
    ("text_to", "html"),
    [
        ("", ""),
        ("text 988", '<a href="sms:988">text 988</a>'),
        (
            "text 988, or AYUDA to 988 for Spanish",
            '<a href="sms:988">text 988</a>, or <a href="sms:988?&amp;body=AYUDA">AYUDA to 988</a> for Spanish',
        ),
        (
            "text 988. For Spanish, text AYUDA to 988",
            '<a href="sms:988">text 988</a>. For Spanish, <a href="sms:988?&amp;body=AYUDA">text AYUDA to 988</a>',
        ),
        ("envíe AYUDA al 988", '<a href="sms:988?&amp;body=AYUDA">envíe AYUDA al 988</a>'),
        (
            "text your ZIP code to 435748 (English only)",
            '<a href="sms:435748">text your ZIP code to 435748</a> (English only)',
        ),
        ("<b>text 741741", '&lt;<a href="sms:741741">b&gt;text 741741</a>'),
        ("write 1-800-222-1222, or to box 1234567", "write 1-800-222-1222, or to box 1234567"),
    ],
)
def test_a_number_that_takes_texts_opens_a_message_to_it(text_to, html):
    assert organisation.Rung("Test line", "911", "Somebody", text_to=text_to).texting == html


@pytest.mark.django_db
def test_988_can_be_written_to_even_when_somebody_deleted_it():
    for language, address in (("en", "sms:988"), ("es", "sms:988?&amp;body=AYUDA")):
        with override(language):
            [line] = [line for line in organisation.from_database().help_lines if line.number == "988"]
            assert f'href="{address}"' in line.texting
