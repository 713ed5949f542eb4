"""Who changed what every page shows, when, and what it said before; and every version of a notice at its address."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from content.models import Centre, ChangeRecord, HelpLine, Notice, RowIsFinal
from content.services import organisation
from tests.content.factories import make_centre, make_help_line, make_notice, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(client):
    user = make_user("publisher")
    client.force_login(user)
    return user


def form_of(client, row, **changes):
    url = reverse(f"admin:content_{row._meta.model_name}_change", args=[row.pk])
    form = client.get(url).context["adminform"].form
    data = {bound.html_name: "" if bound.value() is None else bound.value() for bound in form}
    return url, {name: value for name, value in (data | changes).items() if value is not False}


def history_of(client, row):
    response = client.get(reverse(f"admin:content_{row._meta.model_name}_history", args=[row.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_a_change_of_the_centre_is_kept_with_who_when_before_and_after(client, publisher):
    centre = make_centre(hours="Monday to Friday")
    url, data = form_of(client, centre, hours="Every day", open_all_hours="on")
    assert client.post(url, data).status_code == 302
    change = ChangeRecord.objects.get()
    assert change.changed_by == publisher and change.changed_at.date() == timezone.now().date()
    hours = ("Telephone hours", "Monday to Friday", "Every day")
    assert change.fields == [("Answers day and night", "no", "yes"), hours]
    page = history_of(client, centre)
    for words in ("changed by test-publisher", "Monday to Friday", "Every day"):
        assert words in page


def test_a_save_that_changes_nothing_is_no_change(client, publisher):
    url, data = form_of(client, make_centre())
    assert client.post(url, data).status_code == 302
    assert not ChangeRecord.objects.exists()


def test_a_help_line_is_added_changed_dialled_and_removed_and_all_of_it_is_kept(client, publisher):
    line = make_help_line(number="1-800-662-4357")
    url, data = form_of(client, line, number="1-800-273-8255")
    assert client.post(url, data).status_code == 302
    chosen = {"action": "checked_today", "_selected_action": [line.pk]}
    client.post(reverse("admin:content_helpline_changelist"), chosen)
    assert HelpLine.objects.get().last_checked == timezone.localdate()
    client.post(reverse("admin:content_helpline_delete", args=[line.pk]), {"post": "yes"})
    assert not HelpLine.objects.exists()
    names = [[name for name, _, _ in change.fields] for change in ChangeRecord.objects.all()]
    assert names[1:] == [["Last checked"], ["Number"]] and "Who answers" in names[0]
    page = history_of(client, line)
    assert "removed by test-publisher" in page and "1-800-273-8255" in page
    other = make_help_line(key="other", name="Another line")
    assert "Test line" in history_of(client, other), "what was removed is found from its kin"


def test_adding_and_removing_several_is_kept_too(client, publisher):
    organisation.change(row=HelpLine(key="a", name="A", number="211", position=9), actor=publisher)
    assert ChangeRecord.objects.get().before is None
    chosen = {"action": "delete_selected", "_selected_action": [HelpLine.objects.get().pk], "post": "yes"}
    client.post(reverse("admin:content_helpline_changelist"), chosen)
    assert ChangeRecord.objects.first().after is None and not HelpLine.objects.exists()


def test_what_was_written_down_never_changes():
    organisation.change(row=make_centre(), actor=None)
    centre = Centre.objects.get()
    centre.name = "Another name"
    organisation.change(row=centre, actor=None)
    change = ChangeRecord.objects.get()
    for alter in (change.save, change.delete, ChangeRecord.objects.all().delete):
        with pytest.raises(RowIsFinal):
            alter()
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRecord.objects.create(kind="centre", target=1, name="x")


@pytest.mark.parametrize("role", ["admissions", "admissions_lead", "privacy_officer"])
def test_the_history_is_for_those_who_may_see_the_record(client, role):
    centre, line, notice = make_centre(), make_help_line(), make_notice()
    client.force_login(make_user(role))
    for row in (centre, line, notice):
        url = reverse(f"admin:content_{row._meta.model_name}_history", args=[row.pk])
        never = reverse(f"admin:content_{row._meta.model_name}_history", args=[999])
        assert client.get(url).status_code == client.get(never).status_code == 403
    client.force_login(make_user("reviewer"))
    assert history_of(client, centre), "control"
    assert client.get(never).status_code == 404


# Notices


def test_a_new_version_says_who_saved_it_and_what_changed(client, publisher):
    first = make_notice(kind="privacy", title="Privacy", text="<p>We keep little.</p>")
    data = {"kind": "privacy", "language": "en", "title": "Privacy", "text": "<p>We keep very little.</p>"}
    data["began_from"] = first.pk
    assert client.post(reverse("admin:content_notice_add"), data).status_code == 302
    newest = Notice.objects.current("privacy")
    assert (newest.version, newest.author) == (2, publisher)
    page = history_of(client, newest)
    assert "by test-publisher" in page and re.search(r"<ins>.*very.*</ins>", page)
    assert 'href="/privacy/versions/1/"' in page and "The first version." in page


@pytest.mark.parametrize("kind", Notice.Kind.values)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_version_stays_at_its_own_address(client, kind, language):
    make_centre()
    root = ("/es" if language == "es" else "") + f"/{kind.replace('_', '-')}/"
    for text in ("First words.", "Second words.", "Third words."):
        make_notice(kind=kind, language=language, text=f"<p>{text}</p>")
    for number, text in ((1, "First words."), (2, "Second words."), (3, "Third words.")):
        page = client.get(f"{root}versions/{number}/").content.decode()
        assert text in page and '<meta name="robots" content="noindex">' in page
        assert (f'. <a href="{root}">' in page) == (number < 3), "the way to what holds today"
    page = client.get(root).content.decode()
    assert "Third words." in page and "First words." not in page
    assert all(f'href="{root}versions/{number}/"' in page for number in (1, 2, 3))
    for number in ("0", "4", "03", "1.0"):
        assert client.get(f"{root}versions/{number}/").status_code == 404


def test_versions_of_one_language_are_not_those_of_the_other(client):
    make_centre()
    make_notice(kind="privacy", text="<p>English.</p>")
    make_notice(kind="privacy", text="<p>English again.</p>")
    make_notice(kind="privacy", language="es", text="<p>En español.</p>")
    assert client.get("/es/privacy/versions/2/").status_code == 404
    assert "En español." in client.get("/es/privacy/versions/1/").content.decode()


def test_one_version_alone_needs_no_list_and_old_ones_are_in_no_sitemap(client):
    make_centre()
    make_notice(kind="privacy")
    assert "All versions" not in client.get("/privacy/").content.decode()
    make_notice(kind="privacy")
    assert "/privacy/" in client.get("/sitemap.xml").content.decode()
    assert "versions" not in client.get("/sitemap.xml").content.decode()
