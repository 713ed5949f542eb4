import re

import pytest
from django.core.checks import run_checks
from django.urls import reverse
from django.utils import translation

from content.models import Notice
from content.text import retention
from tests.content.factories import make_centre, make_notice, make_user

NAME = "{retention.handled_messages}"


def test_a_period_is_said_in_the_language_of_the_page_and_one_day_is_no_plural(settings):
    assert retention.period("handled_messages") == "90 days"
    with translation.override("es"):
        assert retention.period("handled_messages") == "90 días"
    settings.RETENTION_DAYS = {"handled_messages": 1}
    assert retention.period("handled_messages") == "1 day"
    with translation.override("es"):
        assert retention.period("handled_messages") == "1 día"


def test_words_once_stated_are_read_for_good_and_stated_anew_only_when_asked(settings):
    text = retention.stated(f"<p>Gone {NAME} later.</p>", "es")
    assert text == "<p>Gone {retention.handled_messages: 90 días} later.</p>"
    settings.RETENTION_DAYS = {"handled_messages": 30}
    assert retention.as_read(text) == "<p>Gone 90 días later.</p>"
    assert retention.as_read(retention.stated(text, "es")) == "<p>Gone 30 días later.</p>"


@pytest.mark.parametrize(
    "text",
    [
        "{retention.handled}",
        "{handled_messages}",
        "{ retention.handled_messages }",
        "{Retention.handled_messages}",
        "{retention.<strong>handled</strong>_inquiries}",
        "{{retention.handled_messages}}",
        "{retention.handled_messages",
        "retention.handled_messages}",
        "{retention.handled_messages:&nbsp;90 days}",
    ],
)
def test_what_readers_would_see_in_braces_is_named(text):
    assert retention.unknown(f"<p>{text}</p>")
    assert not retention.unknown(f"<p>{NAME} and {{retention.opened_junk: 7 days}}</p>"), "control"


@pytest.mark.django_db
def test_a_notice_with_an_unknown_name_is_not_published_and_nothing_typed_is_lost(client):
    make_centre()
    client.force_login(make_user("publisher"))
    data = {"kind": "privacy", "language": "en", "title": "Privacy", "text": "<p>Gone in {retention.oops}.</p>"}
    page = client.post(reverse("admin:content_notice_add"), data).content.decode()
    assert "Nothing has the name {retention.oops}" in page and "Gone in {retention.oops}." in page
    assert not Notice.objects.exists()
    assert client.post(reverse("admin:content_notice_add"), data | {"text": f"<p>{NAME}.</p>"}).status_code == 302
    assert Notice.objects.get().text == "<p>{retention.handled_messages: 90 days}.</p>"
    assert "90 days." in client.get("/privacy/").content.decode()
    page = client.get(reverse("admin:content_notice_add") + "?kind=privacy").content.decode()
    assert "{retention.handled_messages: 90 days}" in page and "{retention.opened_junk} (7 days)" in page


@pytest.mark.django_db
def test_the_history_of_a_notice_shows_the_days_that_changed(client, settings):
    make_centre()
    make_notice(kind="privacy", text=f"<p>Gone after {NAME}.</p>")
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"handled_messages": 30}
    newest = make_notice(kind="privacy", text=f"<p>Gone after {NAME}.</p>")
    client.force_login(make_user("publisher"))
    page = client.get(reverse("admin:content_notice_history", args=[newest.pk])).content.decode()
    assert re.search(r"<del>.*\b90\b.*</del>", page) and re.search(r"<ins>.*\b30\b.*</ins>", page)
    assert "{retention" not in page


def warnings():
    return [check.msg for check in run_checks(databases=["default"]) if check.id == "content.W002"]


@pytest.mark.django_db
def test_a_notice_in_force_that_speaks_of_other_days_by_itself_is_named_at_a_release(settings):
    make_notice(kind="privacy", language="es", text="<p>Se borra 60 días después.</p>")
    make_notice(kind="privacy", text="<p>Gone 90 days later.</p>")
    make_notice(kind="accessibility", text="<p>We answer within 3 days.</p>")
    assert warnings() == ["“Privacy, version 1 (es)” speaks of 60 días, and RETENTION_DAYS has no such number."]
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"handled_messages": 45}
    assert len(warnings()) == 2
    for language in ("en", "es"):
        make_notice(kind="privacy", language=language, text=f"<p>{NAME}</p>")
    assert not warnings()
