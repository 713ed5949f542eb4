"""What is probably junk, and above all what is not: a mistake here is a person whom nobody calls."""

import datetime
import itertools
import random
import re

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from admissions import spam
from admissions.alerts.outbox import deliver_due, raise_alarms
from admissions.crypto import keys, return_code
from admissions.errors import NotStored
from admissions.models import Alert, Inquiry
from admissions.scheduling import booking
from admissions.services import retention, team, threads
from admissions.services import visitor as visitor_service
from tests.admissions.factories import BODY, make_staff, put_on_duty, times
from tests.content.factories import make_centre, make_help_line, make_notice

pytestmark = pytest.mark.django_db

CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")
FORMS = ["/contact/", "/request-a-call/"]
PERSON = {"name": "Robin", "phone": "212-555-0147", "message": "I do not know how to begin.", "consent": "on"}
LINKS = "Buy https://one.example and https://two.example now"
PEOPLE = [
    "",
    "help",
    "please please please please",
    "HELP ME I CANT DO THIS ANY MORE!!!!!!",
    "my son buys pills at https://pills.example and i dont know what to do",
    "He found you on google, first page of google he said. Do you take our insurance?",
    "I work in SEO and I drink every day since March.",
    "I gamble online, casino and crypto, and I lost everything. Viagra too.",
    "I write a blog on recovery. May I come all the same?",
    "q",
    "Ayúdenme por favor, mi hija no contesta",
    "من فضلك ساعدني",
    "救救我",
    "👩‍⚕️🙏",
    "I read https://www.aa.example/steps and https://www.help.example/call. Is this for my brother? I am scared.",
    "See www.example.org/about for who I am. I am the nurse who wrote last week.",
    "<b>bold</b> and <a href=x>a link</a>, sorry, I pasted this",
    "x" * 3000,
]


@pytest.fixture(autouse=True)
def site(settings):
    caches["counters"].clear()
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")


def hidden_in(page):
    names = ("csrfmiddlewaretoken", "form_token")
    return {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in names}


def send(client, path="/contact/", *, after=30, time_machine=None, **changes):
    """Fill in a form as `changes` say and send it `after` seconds."""
    typed = PERSON | hidden_in(client.get(path).content.decode()) | changes
    if time_machine is not None:
        time_machine.shift(after)
    response = client.post(path, typed)
    assert response.status_code == 303
    return Inquiry.objects.order_by("created", "id").last()


def reasons(inquiry):
    [note] = threads.open_as_team(inquiry, keys.team_private()).notes
    return note.text.splitlines()[1:]


@pytest.fixture
def clock(time_machine):
    time_machine.move_to("2026-03-01T09:00:00Z", tick=False)
    return time_machine


@pytest.fixture
def crowd(monkeypatch):
    monkeypatch.setattr("admissions.rate_limits.count", lambda *words, **more: spam.CROWD + 1)


@pytest.mark.parametrize("message", PEOPLE)
@pytest.mark.parametrize("path", FORMS)
def test_a_person_in_haste_in_a_crowd_is_never_taken_for_junk(client, clock, crowd, path, message):
    inquiry = send(client, path, message=message, after=0, time_machine=clock)
    assert inquiry.status == "new"
    assert inquiry.alerts.count() == 1


@pytest.mark.parametrize(
    ("what", "after", "in_crowd", "is_junk"),
    [
        ({"website": "x"}, 60, False, True),
        ({"message": "https://a.example " * 4}, 60, False, True),
        ({"message": f"[url=https://a.example]x[/url] {LINKS}"}, 60, False, True),
        ({"message": "Backlinks and guest posts for you", "name": "www.offer.example"}, 60, False, True),
        ({"message": "Backlinks, guest posts"}, 60, False, False),
        ({"message": "Backlinks, guest posts"}, 1, False, True),
        ({"message": "Backlinks, guest posts"}, 60, True, True),
        ({"message": "https://a.example " * 3}, 60, False, False),
        ({"message": "https://a.example " * 3}, 1, False, True),
        ({"message": LINKS}, 1, False, False),
        ({"message": LINKS}, 1, True, False),
        ({"message": "[url=https://a.example]x[/url]"}, 60, False, False),
        ({"message": "[url=https://a.example]x[/url]"}, 1, False, True),
        ({"name": "https://a.example"}, 1, True, False),
        ({"name": "https://a.example", "message": LINKS}, 1, True, True),
        ({}, 0, True, False),
    ],
)
def test_the_rules_add_up(client, clock, monkeypatch, what, after, in_crowd, is_junk):
    if in_crowd:
        monkeypatch.setattr("admissions.rate_limits.count", lambda *words, **more: spam.CROWD + 1)
    inquiry = send(client, after=after, time_machine=clock, **what)
    assert (inquiry.status == "junk") is is_junk
    assert [alert.to for alert in inquiry.alerts.all()] == ["tray" if is_junk else "team"]


def test_the_page_and_the_code_are_the_same_and_nobody_is_called(client, clock):
    def after_sending(**changes):
        send(client, time_machine=clock, **changes)
        page = re.sub(r"<b>\w{4}</b> <span>[^<]*</span>", "", client.get("/received/").content.decode())
        return CODE.subn("the code", page)

    honest, junk = after_sending(), after_sending(website="https://a.example")
    assert honest == junk and honest[1] == 1
    assert sorted(Inquiry.objects.values_list("status", flat=True)) == ["junk", "new"]
    assert Alert.objects.exclude(to="tray").count() == 1


# What was taken for junk may be a person (P79)

SIGNS = [
    {"website": "x"},
    {"name": "www.hospital.example"},
    {"who_may_answer": "https://clinic.example/staff"},
    {"message": "Web https://a.example Map https://b.example/map LinkedIn https://c.example Privacy www.d.example"},
    {"message": "[url=https://a.example]my story[/url] and www.b.example"},
    {"message": "I sell backlinks and guest posts, and I cannot stop drinking."},
]


def people_with_signs(count):
    rng = random.Random(20_261_201)
    for number in range(count):
        signs = rng.sample(SIGNS, rng.randint(1, len(SIGNS)))
        texts = [sign["message"] for sign in signs if "message" in sign] + [rng.choice(PEOPLE)[:500]]
        yield {name: text for sign in signs for name, text in sign.items()} | {
            "name": f"Visitor {number}" if rng.random() < 0.5 else "www.visitor.example",
            "message": " ".join(texts),
        }


def send_many(client, clock, count):
    for changes in people_with_signs(count):
        send(client, after=random.Random(count).choice([0, 30]), time_machine=clock, **changes)


def nobody_told_of(days, clock):
    """Runs the worker's rounds for so many days; the inquiries that went though nobody opened them."""
    before = set(Inquiry.objects.values_list("pk", flat=True))
    for _ in range(days):
        raise_alarms()
        deliver_due()
        retention.purge()
        clock.shift(datetime.timedelta(days=1))
    return before - set(Inquiry.objects.values_list("pk", flat=True))


def test_nothing_that_a_person_may_have_written_is_destroyed_unread(client, clock, mailoutbox):
    send_many(client, clock, times(short=12, full=500))
    taken = Inquiry.objects.filter(status="junk")
    assert taken.count() > Inquiry.objects.count() / 2, "control: most of them show signs of junk"
    assert not Inquiry.objects.exclude(alerts__isnull=False).exists()
    assert nobody_told_of(30, clock) == set()
    asked_to_look = [mail for mail in mailoutbox if "junk tray" in mail.subject]
    assert len(asked_to_look) >= 29, "again each day"
    assert {mail.body for mail in mailoutbox} == {asked_to_look[0].body}
    read = set(taken)
    for inquiry in read:
        team.open_thread(inquiry=inquiry, actor=make_staff())
    assert nobody_told_of(8, clock) == {inquiry.pk for inquiry in read}


def test_control_without_the_look_junk_would_go_unread(client, clock, monkeypatch):
    send_many(client, clock, 6)
    monkeypatch.setattr(retention, "_opened_by", lambda day: Inquiry.objects.all())
    assert nobody_told_of(9, clock)


def test_the_junk_tray_wakes_nobody_and_sends_one_mail_an_hour(client, clock, mailoutbox, settings):
    settings.SECOND_CONTACT_EMAIL, settings.ON_CALL_EMAIL = "second@example.com", "on-call@example.com"
    send(client, time_machine=clock, website="x")
    for _ in range(90):
        raise_alarms()
        deliver_due()
        clock.shift(datetime.timedelta(minutes=1))
        if not Alert.objects.undelivered().filter(to="tray").exists():
            send(client, after=0, time_machine=clock, website="x")
    assert [mail.to for mail in mailoutbox] == [[settings.STAFF_ALERT_EMAIL]] * 2
    assert not Alert.objects.late().exists(), "one that waits for its hour is no fault of the mail server"


def test_a_person_who_is_taken_for_junk_is_named_no_time(client, clock):
    put_on_duty()
    assert send(client, time_machine=clock).promised_by, "control: there is a time to name"
    assert "We answer you" in client.get("/received/").content.decode()
    send(client, time_machine=clock, website="x")
    assert Inquiry.objects.get(status="junk").promised_by is None
    assert "We have not named a time yet. We answer as soon" in client.get("/received/").content.decode()


def test_staff_read_why_and_one_click_makes_it_normal(client, clock):
    inquiry = send(client, time_machine=clock, website="x", message="https://a.example " * 3)
    assert reasons(inquiry) == ["A field was filled in that no person sees.", "It holds 3 web addresses."]
    client.force_login(make_staff(is_staff=True))
    tray = client.get(reverse("admin:admissions_inquiry_changelist"), {"status": "junk"}).content.decode()
    assert inquiry.public_id in tray and "Probably junk" in tray
    assert inquiry.public_id not in client.get(reverse("admin:admissions_inquiry_changelist")).content.decode()
    thread = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    page = client.get(thread).content.decode()
    assert "Put here by the website" in page and "Undo: not junk" in page
    client.post(thread, {"do": "open"})
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.handled_on) == ("open", None)
    assert inquiry.public_id in client.get(reverse("admin:admissions_inquiry_changelist")).content.decode()


def test_the_visitor_never_reads_why(client, clock):
    send(client, time_machine=clock, website="x")
    page = client.get("/received/").content.decode()
    code = re.search(r'class="return-code">([^<]+)<', page)[1]
    page = client.post("/return/", {"code": code}, follow=True).content.decode()
    assert "Nobody has opened it yet" in page
    assert "no person sees" not in page and "junk" not in page.casefold()


def test_a_form_that_came_back_under_a_new_token_was_shown_nobody_knows_when(client, clock):
    """Whoever is asked to press the button again presses it again at once."""
    typed = PERSON | hidden_in(client.get("/contact/").content.decode()) | {"message": "https://a.example " * 3}
    page = client.post("/contact/", typed | {"form_token": "torn"}).content.decode()
    assert client.post("/contact/", typed | hidden_in(page)).status_code == 303
    assert Inquiry.objects.get().status == "new"


def test_messages_from_one_place_are_counted_and_no_address_is_kept(client, clock, monkeypatch):
    counts, count = [], spam.rate_limits.count
    monkeypatch.setattr(
        spam.rate_limits, "count", lambda *words, **more: counts.append((words, count(*words, **more))) or counts[-1][1]
    )
    for _ in range(3):
        send(client, time_machine=clock)
    send(client.__class__(REMOTE_ADDR="192.0.2.7"), time_machine=clock)
    assert [number for (what, _), number in counts if what == "message"] == [1, 2, 3, 1]
    assert "127.0.0.1" not in str(counts) and "192.0.2.7" not in str(counts)


# Many from one place take no place in the calendar

HERE, ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "198.51.100.8"}


def visitor_at(client, place):
    return client.__class__(**place)


def send_crowd(client, count):
    """So many plausible calls asked for from one address; how many of them were named a time."""
    machine = visitor_at(client, HERE)
    for number in range(count):
        typed = PERSON | hidden_in(machine.get("/request-a-call/").content.decode())
        assert machine.post("/request-a-call/", typed | {"name": f"Visitor {number}"}).status_code == 303
    return Inquiry.objects.filter(promised_by__isnull=False).count()


def named_elsewhere(client):
    visitor = visitor_at(client, ELSEWHERE)
    before = set(Inquiry.objects.values_list("pk", flat=True))
    visitor.post("/contact/", PERSON | hidden_in(visitor.get("/contact/").content.decode()))
    return Inquiry.objects.exclude(pk__in=before).get().promised_by


def test_many_from_one_place_leave_the_calendar_to_everybody_else(client, clock):
    put_on_duty(starts="08:00", ends="18:00")
    clock.move_to("2026-03-02T17:00:00Z")
    crowd = times(short=70, full=290)
    named = send_crowd(client, crowd)
    assert named in spam.NAMED_A_TIME
    assert Inquiry.objects.filter(status="new", alerts__to="team").count() == crowd, "each is stored, and told of"
    assert named_elsewhere(client) < timezone.now() + datetime.timedelta(hours=6), "the next time after those few"


def test_control_if_all_of_one_place_were_named_a_time_days_would_be_taken(client, clock, monkeypatch):
    put_on_duty(starts="08:00", ends="18:00")
    clock.move_to("2026-03-02T17:00:00Z")
    monkeypatch.setattr(spam, "NAMED_A_TIME", range(1000, 1001))
    send_crowd(client, 70)
    assert named_elsewhere(client) > timezone.now() + datetime.timedelta(days=3)


def test_the_first_of_a_hospital_are_named_a_time_and_the_others_are_told_the_truth(client, clock):
    put_on_duty()
    assert send_crowd(client, 5) == 5
    send_crowd(client, 10)
    last = visitor_at(client, HERE)
    typed = PERSON | hidden_in(last.get("/request-a-call/").content.decode())
    page = last.post("/request-a-call/", typed, follow=True).content.decode()
    assert "We have not named a time yet. We call you as soon as we can" in page
    client.force_login(make_staff(is_staff=True))
    queue, outside = reverse("admin:admissions_inquiry_changelist"), Inquiry.objects.filter(outside_calendar=True)
    group = client.get(queue, {"status": "outside"}).content.decode()
    assert {inquiry.public_id for inquiry in outside} == set(re.findall(r">(\w{4}-\w{4})</span>\s*</a>", group))
    assert "outside the calendar" in client.get(reverse("admin:index")).content.decode()
    assert reasons(outside.first()) == ["Many messages came from the same place within an hour."]


def test_one_form_sent_again_and_again_counts_once(client, clock, monkeypatch):
    put_on_duty()
    monkeypatch.setattr(team, "receive", mock_not_stored)
    typed = PERSON | hidden_in(client.get("/contact/").content.decode())
    for _ in range(20):
        assert client.post("/contact/", typed).status_code == 503
    monkeypatch.undo()
    client.post("/contact/", typed)
    assert Inquiry.objects.get().promised_by


def mock_not_stored(**words):
    raise NotStored


def test_nobody_learns_by_counting_how_many_others_at_home_have_written(client, clock):
    """How many of a place are named a time is drawn anew: the same for the hour, another for the next and elsewhere."""
    hour, numbers = datetime.timedelta(hours=1), spam.NAMED_A_TIME
    drawn = {who: spam.rate_limits.draw("x", who, numbers, within=hour) for who in map(str, range(200))}
    assert set(drawn.values()) == set(numbers)
    assert drawn == {who: spam.rate_limits.draw("x", who, numbers, within=hour) for who in drawn}
    clock.shift(hour)
    assert drawn != {who: spam.rate_limits.draw("x", who, numbers, within=hour) for who in drawn}


def test_what_waits_outside_the_calendar_takes_no_place_by_another_wish_either(client, clock):
    put_on_duty()
    receipt = team.receive(kind="call", form_token=b"f" * 32, body=BODY, crowd_reasons=["Many."])
    secret = return_code.secret_of(receipt.return_code)
    preferences = {"reach_by": "phone", "phone": "+12125550147", "call_window": "evening"}
    visitor_service.change_contact_preferences(
        secret=secret, form_token=b"w" * 32, preferences=preferences, may_contact=True
    )
    assert Inquiry.objects.get().promised_by is None
    assert booking.read_load() == {}


def test_a_test_of_the_website_is_not_counted(client, clock, monkeypatch):
    monkeypatch.setattr(spam, "judge", lambda request, form: spam.Judgement(["everything"], []))
    monkeypatch.setattr("admissions.forms.ask.AskForm.is_synthetic_check", True)
    assert send(client, time_machine=clock).status == "new"


def test_control_with_haste_as_a_judge_people_would_be_lost(client, clock, monkeypatch):
    monkeypatch.setattr(spam, "ENOUGH", 1)
    lost = [
        send(client, message=message, after=1, time_machine=clock).status for message in itertools.islice(PEOPLE, 5)
    ]
    assert "junk" in lost
