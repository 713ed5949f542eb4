import datetime
import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.urls import reverse

from admissions.models import ClosedDay, Inquiry, OpeningHours, Pause, Shift
from tests.admissions.calendars import at
from tests.admissions.factories import make_inquiry, make_staff, put_on_duty, receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk(as_staff):
    """What the desk does, it does with the rights of its own process."""


HOURS, SHIFTS = "/admin/admissions/openinghours/", "/admin/admissions/shift/"
PAGES = (HOURS, SHIFTS, "/admin/admissions/closedday/", "/admin/admissions/pause/")


@pytest.fixture(autouse=True)
def night(time_machine):
    time_machine.move_to(at("2026-11-24 2:00"), tick=False)
    return time_machine


@pytest.fixture
def lead(client):
    user = make_staff("admissions_lead", is_staff=True)
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


def test_a_week_of_hours_is_entered_in_one_step(client, lead):
    sent = {"days": ["0", "1", "2", "3", "4"], "starts": "08:00", "ends": "18:00"}
    assert client.post(f"{HOURS}add/", sent).status_code == 302
    assert [hours.weekday for hours in OpeningHours.objects.all()] == [0, 1, 2, 3, 4]
    assert str(OpeningHours.objects.first()) == "Mondays, 8 a.m. to 6 p.m."


def test_a_shift_for_several_days_names_one_person_of_the_team(client, lead):
    counsellor, writer = make_staff("admissions"), make_staff("writer")
    sent = {"days": ["1", "3"], "starts": "22:00", "ends": "06:00", "counsellors": "1", "first_day": "2026-11-24"}
    page = text_of(client.get(f"{SHIFTS}add/"))
    assert counsellor.username in page and writer.username not in page
    assert client.post(f"{SHIFTS}add/", sent | {"person": writer.pk}).status_code == 200, "no member of the team"
    assert client.post(f"{SHIFTS}add/", sent | {"person": counsellor.pk}).status_code == 302
    assert set(Shift.objects.values_list("weekday", "person")) == {(1, counsellor.pk), (3, counsellor.pk)}
    assert counsellor.username not in " ".join(LogEntry.objects.values_list("object_repr", flat=True))


def test_every_row_of_a_week_stands_in_the_history_and_names_nobody(client, lead):
    named = {"counsellors": "1", "first_day": "2026-11-24", "person": make_staff(username="robin").pk}
    sent = {"days": ["0", "1", "2", "3", "4"], "starts": "08:00", "ends": "18:00"} | named
    client.post(f"{SHIFTS}add/", sent)
    entries = LogEntry.objects.filter(user=lead, action_flag=ADDITION)
    assert {(entry.object_id, entry.object_repr) for entry in entries} == {
        (str(shift.pk), str(shift)) for shift in Shift.objects.all()
    }
    assert len(entries) == 5
    assert {entry.change_message for entry in entries} == {'[{"added": {}}]'}
    history = text_of(client.get(f"{SHIFTS}{Shift.objects.get(weekday=4).pk}/history/"))
    assert "Added." in history and "robin" not in history


def test_one_person_is_not_counted_twice_when_a_shift_is_saved_twice(client, lead):
    sent = {"days": ["1", "1"], "starts": "08:00", "ends": "18:00", "counsellors": "1", "first_day": "2026-11-24"}
    named = sent | {"person": make_staff("admissions").pk}
    assert client.post(f"{SHIFTS}add/", named).status_code == 302
    answer = text_of(client.post(f"{SHIFTS}add/", named))
    assert "Tuesday: This person has a shift from this time on this day already." in answer
    assert Shift.objects.count() == 1
    assert client.post(f"{SHIFTS}add/", sent).status_code == 302, "control: one that the team shares"


def test_a_day_that_is_there_already_is_named_and_none_is_stored(client, lead):
    OpeningHours.objects.create(weekday=3, starts="08:00", ends="12:00")
    response = client.post(f"{HOURS}add/", {"days": ["1", "3"], "starts": "08:00", "ends": "18:00"})
    assert "Thursday: There are opening hours from this time on this day already." in text_of(response)
    assert OpeningHours.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("model", "sent", "sentence"),
    [
        (OpeningHours, {"days": ["1", "3"]}, "There are opening hours from this time on this day already."),
        (Shift, {"days": ["1", "3"]}, "This person has a shift from this time on this day already."),
        (ClosedDay, {"day": "2026-11-26"}, "This day is in the list already."),
    ],
)
def test_two_leads_who_enter_the_same_in_one_moment_are_told_in_the_form(race, people, model, sent, sentence):
    same = sent | {"starts": "08:00", "counsellors": "1", "first_day": "2026-11-24", "person": str(make_staff().pk)}
    forms = [same | {"ends": "17:00", "name": "Ann's"}, same | {"ends": "18:00", "name": "Kim's"}]
    desk, address = type(admin.site.get_model_admin(model)), reverse(f"admin:admissions_{model._meta.model_name}_add")
    answers = race(
        desk, "save_model", lambda: people[0].post(address, forms[0]), lambda: people[1].post(address, forms[1])
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    [(page, typed)] = [(answer, form) for answer, form in zip(answers, forms, strict=True) if answer.status_code == 200]
    assert sentence in text_of(page)
    form = page.context["adminform"].form
    assert {name: form[name].value() for name in form.fields} == {name: typed.get(name) for name in form.fields}
    assert model.objects.count() == LogEntry.objects.count() == len(sent.get("days", "1"))


@pytest.mark.django_db(transaction=True)
def test_two_leads_who_enter_overlapping_shifts_of_one_person_in_one_moment_are_told_in_the_form(race, people):
    same = {"days": ["1"], "counsellors": "1", "first_day": "2026-11-24", "person": str(make_staff().pk)}
    forms = [same | {"starts": "0:00", "ends": "9:00"}, same | {"starts": "5:00", "ends": "6:00"}]
    desk, address = type(admin.site.get_model_admin(Shift)), f"{SHIFTS}add/"
    answers = race(
        desk, "save_model", lambda: people[0].post(address, forms[0]), lambda: people[1].post(address, forms[1])
    )
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    [page] = [answer for answer in answers if answer.status_code == 200]
    assert "This person is on duty then already: Tuesdays" in text_of(page)
    assert Shift.objects.count() == LogEntry.objects.count() == 1


def test_a_special_day_is_entered_with_hours_and_a_shift_for_it_alone(client, lead):
    person = make_staff("admissions")
    put_on_duty(starts="08:00", ends="18:00", days=[4], person=person)
    alone = {"days": ["4"], "starts": "09:00", "ends": "12:00", "counsellors": "1", "person": person.pk}
    alone |= {"first_day": "2026-11-27", "last_day": "2026-11-27"}
    assert "enter the day first" in text_of(client.post(f"{SHIFTS}add/", alone))
    day = {"day": "2026-11-27", "name": "After Thanksgiving", "opens": "09:00"}
    assert "Enter both" in text_of(client.post("/admin/admissions/closedday/add/", day))
    assert client.post("/admin/admissions/closedday/add/", day | {"closes": "12:00"}).status_code == 302
    assert client.post(f"{SHIFTS}add/", alone).status_code == 302
    assert "Friday, November 27, between 9:00 and 9:30 a.m." in text_of(client.get(SHIFTS))


@pytest.mark.parametrize("sent", [{}, {"days": ["9"]}, {"days": ["1"], "starts": "late"}])
def test_what_makes_no_week_is_refused_with_a_sentence(client, lead, sent):
    assert client.post(f"{HOURS}add/", {"ends": "18:00"} | sent).status_code == 200
    assert not OpeningHours.objects.exists()


@pytest.mark.parametrize(
    ("page", "sent", "last"),
    [
        ("closedday", {"day": "9999-12-31"}, {"day": "2199-12-31"}),
        ("pause", {"ends_0": "9999-12-31", "ends_1": "23:59"}, {"ends_0": "2199-12-31", "ends_1": "12:00"}),
    ],
)
def test_a_day_without_end_is_refused_with_a_sentence(client, lead, page, sent, last):
    begins = {"starts_0": "2026-11-24", "starts_1": "08:00"}
    answer = client.post(f"/admin/admissions/{page}/add/", begins | sent)
    assert answer.status_code == 200 and "Choose a day before the year 2200." in text_of(answer)
    assert client.post(f"/admin/admissions/{page}/add/", begins | last).status_code == 302, "control"
    assert [client.get(address).status_code for address in ("/admin/", *PAGES)] == [200] * 5


def test_a_line_is_changed_by_itself(client, lead):
    hours = OpeningHours.objects.create(weekday=3, starts="08:00", ends="12:00")
    client.post(f"{HOURS}{hours.pk}/change/", {"weekday": "4", "starts": "09:00", "ends": "12:00"})
    hours.refresh_from_db()
    assert (hours.weekday, hours.starts) == (4, datetime.time(9))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_calendar_says_what_the_form_says_now(client, lead, page):
    assert "We cannot name a time yet." in text_of(client.get(page))
    put_on_duty(starts="08:00", ends="17:00", days=[1, 2])
    for path in (page, f"{page}add/"):
        text = text_of(client.get(path))
        assert "today, Tuesday, between 8:00 and 8:30 a.m. Pacific time" in text
        assert "nobody is on duty then" in text, "in the evening"


def test_the_preview_says_why_no_time_can_be_named_and_where_nobody_is(client, lead):
    assert "There are no opening hours yet." in text_of(client.get(HOURS))
    OpeningHours.objects.create(weekday=1, starts="08:00", ends="18:00")
    text = text_of(client.get(HOURS))
    assert "Enter at least one shift." in text
    assert "Today, Tuesday, 8:00 a.m. to 6:00 p.m." in text
    put_on_duty(starts="08:00", ends="12:00", days=[1])
    text = text_of(client.get(HOURS))
    assert "Today, Tuesday, noon to 6:00 p.m." in text
    Pause.objects.create(starts=at("2026-11-24 0:00"), ends=at("2026-12-24 0:00"))
    assert "closed, paused, unstaffed or taken" in text_of(client.get(HOURS))


def test_a_counsellor_reads_the_calendar_and_changes_nothing(client):
    client.force_login(make_staff("admissions", is_staff=True))
    put_on_duty(days=[1])
    for page in PAGES:
        assert client.get(page).status_code == 200
        assert client.get(f"{page}add/").status_code == 403
    assert client.post(f"{HOURS}{OpeningHours.objects.get().pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("pause/add/", {"starts_0": "2026-11-24", "starts_1": "08:00", "ends_0": "2026-11-24", "ends_1": "09:00"}),
        ("closedday/add/", {"day": "2026-11-24"}),
        ("shift/{shift}/delete/", {"post": "yes"}),
        ("shift/", {"action": "delete_selected", "_selected_action": "{shift}", "post": "yes"}),
    ],
)
def test_a_change_asks_before_it_takes_promised_times_back(client, lead, page, sent):
    put_on_duty(starts="08:00", ends="18:00", days=[1], counsellors=2)
    inquiries = [receive().inquiry for _ in range(3)]
    shift = str(Shift.objects.get().pk)
    sent = {name: value.replace("{shift}", shift) for name, value in sent.items()}
    address = f"/admin/admissions/{page.replace('{shift}', shift)}"
    rows = [Shift, ClosedDay, Pause, LogEntry]
    before = [list(model.objects.values()) for model in rows]
    costs = 2 if page.startswith("pause") else 3
    if costs == 2:
        Shift.objects.update(counsellors=1)
        before[0] = list(Shift.objects.values())
        Inquiry.objects.filter(pk=inquiries[1].pk).delete()
    response = client.post(address, sent)
    text = text_of(response)
    assert f"{costs} promised times would be taken back. Nothing is saved yet." in text
    assert "<li>Today 8:00 a.m." in text and "<li>Today 8:30 a.m.</li>" in text
    assert [list(model.objects.values()) for model in rows] == before
    assert not Inquiry.objects.exclude(promise_withdrawn_on=None).exists()
    again = sent | {"take_back": "1"}
    assert "would be taken back" in text_of(client.post(address, again)), "it costs another number now"
    agreed = dict(response.context["posted"]) | {"take_back": str(costs)}
    assert sent.items() <= agreed.items()
    text = text_of(client.post(address, agreed, follow=True))
    assert f"Promised times that are taken back with this: {costs}." in text
    assert Inquiry.objects.filter(promise_withdrawn_on=datetime.date(2026, 11, 24)).count() == costs


def test_a_shorter_shift_asks_first_and_goes_back_to_the_form_with_all_that_was_typed(client, lead):
    put_on_duty(starts="08:00", ends="18:00", days=[1])
    receive()
    shift = Shift.objects.get()
    address = f"{SHIFTS}{shift.pk}/change/"
    sent = {"weekday": "1", "starts": "09:30", "ends": "18:00", "counsellors": "1", "first_day": "2000-01-01"}
    assert "1 promised time would be taken back." in text_of(client.post(address, sent))
    page = client.post(address, sent | {"take_back": "1", "edit": "Back to the form"})
    assert "Nothing is saved yet. Change what you like, then save." in text_of(page)
    assert page.context["adminform"].form["starts"].value() == "09:30"
    shift.refresh_from_db()
    assert shift.starts == datetime.time(8)
    assert client.post(address, sent | {"starts": "08:00", "ends": "12:00"}).status_code == 302, (
        "control: costs nothing"
    )


def test_a_week_of_shifts_goes_back_to_its_form_with_every_day_ticked(client, lead):
    sent = {"days": ["1", "3"], "starts": "08:00", "ends": "18:00", "edit": "Back to the form"}
    page = client.post(f"{HOURS}add/", sent)
    assert page.context["adminform"].form["days"].value() == ["1", "3"]
    assert not OpeningHours.objects.exists()


@pytest.mark.parametrize("correct", [False, True])
def test_a_mistaken_closed_day_gives_back_what_it_took(client, lead, correct):
    put_on_duty(starts="08:00", ends="18:00", days=[1])
    inquiry = receive().inquiry
    client.post("/admin/admissions/closedday/add/", {"day": "2026-11-24", "take_back": "1"})
    inquiry.refresh_from_db()
    assert inquiry.promise_withdrawn_on
    address = f"/admin/admissions/closedday/{ClosedDay.objects.get().pk}/"
    sent = (f"{address}change/", {"day": "2026-12-24"}) if correct else (f"{address}delete/", {"post": "yes"})
    text = text_of(client.post(*sent, follow=True))
    assert "Promised times that can be kept again, and stand: 1." in text
    inquiry.refresh_from_db()
    assert (inquiry.promise_withdrawn_on, inquiry.next_at) == (None, at("2026-11-24 8:00"))


def test_a_change_that_costs_nothing_says_nothing(client, lead):
    put_on_duty(starts="08:00", ends="18:00", days=[1])
    receive()
    response = client.post("/admin/admissions/closedday/add/", {"day": "2026-11-26"}, follow=True)
    assert "taken back with this" not in text_of(response)


# The week

WEEK = "/admin/admissions/shift/week/"


def cells(client, week=""):
    """Each row of the page by its heading, as text."""
    page = text_of(client.get(WEEK, {"week": week}))
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    table = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    stripped = [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in table]
    return {name: others for name, *others in stripped}


def test_the_week_shows_days_people_special_days_pauses_and_gaps(client, lead):
    put_on_duty(starts="08:00", ends="18:00", days=range(5), person=make_staff(username="robin"))
    OpeningHours.objects.filter(weekday=1).update(ends="20:00")
    ClosedDay.objects.create(day="2026-11-26", name="Thanksgiving")
    ClosedDay.objects.create(day="2026-11-27", opens="09:00", closes="12:00")
    Shift.objects.create(weekday=4, starts="09:00", ends="11:00", first_day="2026-11-27", last_day="2026-11-27")
    Pause.objects.create(starts=at("2026-11-25 12:00"), ends=at("2026-11-25 13:00"))
    week = cells(client, "2026-11-25")
    assert week[""] == [
        "Mon, Nov 23",
        "Tue, Nov 24",
        "Wed, Nov 25",
        "Thu, Nov 26 Thanksgiving",
        "Fri, Nov 27 Special day",
        "Sat, Nov 28",
        "Sun, Nov 29",
    ]
    long, usual = "8:00 a.m. to 8:00 p.m.", "8:00 a.m. to 6:00 p.m."
    assert week["Open"] == [usual, long, usual, "Closed", "9:00 a.m. to noon", "Closed", "Closed"]
    assert week["robin"] == [usual, usual, usual, "", "", "", ""]
    assert week["The team"] == ["", "", "", "", "9:00 a.m. to 11:00 a.m. (1)", "", ""]
    assert week["Pauses"][2] == "Tomorrow noon to tomorrow 1:00 p.m."
    assert week["Open, and nobody there"] == ["", "6:00 p.m. to 8:00 p.m.", "", "", "11:00 a.m. to noon", "", ""]
    assert cells(client, "2026-12-05")["robin"] == [usual] * 5 + ["", ""], "control: a week as always"


@pytest.mark.parametrize("week", ["", "soon", "9999-12-31", "0001-01-01", "2026-11-24", "2026-13-45"])
def test_a_week_that_nobody_plans_is_this_one(client, lead, week):
    assert next(iter(cells(client, week).values()))[0] == "Mon, Nov 23"


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2026-11-26"])
def test_the_week_holds_over_a_change_of_the_clocks(client, lead, day):
    put_on_duty(starts="08:00", ends="18:00", days=range(7))
    assert cells(client, day)["Open, and nobody there"] == [""] * 7
    Shift.objects.filter(weekday=6).update(ends="12:00")
    assert cells(client, day)["Open, and nobody there"] == [""] * 6 + ["noon to 6:00 p.m."]


def test_the_week_is_for_the_team_alone_and_offers_changes_to_the_lead(client, lead):
    OpeningHours.objects.create(weekday=1, starts="08:00", ends="18:00")
    assert "/admin/admissions/shift/add/?days=1&amp;first_day=2026-11-24" in text_of(client.get(WEEK))
    page = client.get("/admin/admissions/shift/add/?days=1&first_day=2026-11-24")
    assert re.search(r'name="days" value="1"[^>]*checked', text_of(page))
    client.force_login(make_staff("admissions", is_staff=True))
    assert "shift/add/" not in text_of(client.get(WEEK))
    client.force_login(make_staff("writer", is_staff=True))
    assert client.get(WEEK).status_code == 403


# The lead's start page, and the queue


def start_page(client):
    return text_of(client.get("/admin/"))


def test_the_start_page_counts_broken_promises_of_this_month_and_names_the_next_gap(client, lead):
    put_on_duty(starts="08:00", ends="12:00", days=[1])
    OpeningHours.objects.create(weekday=2, starts="10:00", ends="11:00")
    make_inquiry(promise_broken_on=datetime.date(2026, 11, 1))
    make_inquiry(promise_broken_on=datetime.date(2026, 10, 31))
    make_inquiry(promised_by=at("2026-11-24 8:30"), promise_withdrawn_on=datetime.date(2026, 11, 24))
    text = start_page(client)
    assert "1 promise broken this month" in text
    assert "1 promised time taken back" in text
    assert "the first: tomorrow, Wednesday, 10:00 a.m. to 11:00 a.m." in text


def test_the_start_page_says_that_the_calendar_is_empty(client, lead):
    assert "1 duty calendar to fill" in start_page(client)
    put_on_duty()
    assert "duty calendar to fill" not in start_page(client)


def test_shifts_of_somebody_whose_account_is_closed_are_due(client, lead):
    gone = make_staff(is_active=False)
    put_on_duty(days=[1], person=gone)
    assert "1 shift of people whose account is closed" in start_page(client)


def test_others_are_told_nothing_of_it(client):
    make_inquiry(promise_broken_on=datetime.date(2026, 11, 1))
    for role in ("admissions", "writer", "publisher", "privacy_officer"):
        client.force_login(make_staff(role, is_staff=True))
        assert "promise" not in start_page(client)


def test_the_queue_says_call_now_opens_at_and_overdue_and_can_be_asked_for_each(client, lead, night):
    put_on_duty(starts="08:00", ends="18:00", days=[1])
    ends = {"late": at("2026-11-24 8:30"), "now": at("2026-11-24 9:00"), "ahead": at("2026-11-24 9:30")}
    made = {name: make_inquiry(kind="call", promised_by=end) for name, end in ends.items()}
    night.move_to(at("2026-11-24 8:40"))
    text = text_of(client.get("/admin/admissions/inquiry/"))
    for said in ("overdue since today 8:30 a.m.", "call now, until today 9:00 a.m.", "promised today 9:00 a.m."):
        assert said in text
    places = [text.index(made[name].public_id) for name in ends]
    assert places == sorted(places), "the promise that breaks first is on top"
    Inquiry.objects.filter(pk=made["ahead"].pk).update(promise_withdrawn_on=datetime.date(2026, 11, 24))
    Inquiry.objects.filter(pk=made["now"].pk).update(promise_broken_on=datetime.date(2026, 11, 24))
    for wanted, name in (("overdue", "late"), ("taken", "ahead"), ("broken", "now")):
        text = text_of(client.get("/admin/admissions/inquiry/", {"status": wanted}))
        assert [other for other in made if made[other].public_id in text] == [name]


def test_the_thread_shows_the_promise_on_both_clocks(client, lead):
    inquiry = make_inquiry(
        kind="call", body={"phone": "+12125550147", "time_zone": "America/New_York"}, promised_by=at("2026-11-24 8:30")
    )
    text = text_of(client.get(f"/admin/admissions/inquiry/{inquiry.pk}/change/"))
    assert "promised today 8:00 a.m." in text
    assert "for the caller: today, Tuesday, between 11:00 and 11:30 a.m. (Eastern)" in text


def test_the_calendar_prints_itself_without_people():
    assert str(ClosedDay(day=datetime.date(2026, 11, 26))) == "Thursday, November 26, 2026"
    pause = Pause(starts=at("2026-11-24 8:00"), ends=at("2026-11-24 9:30"), reason="Kim is ill")
    assert str(pause) == "Nov. 24, 8 a.m. to Nov. 24, 9:30 a.m."
    shift = Shift(weekday=5, starts=datetime.time(22), ends=datetime.time(6))
    assert str(shift) == "Saturdays, 10 p.m. to 6 a.m."
