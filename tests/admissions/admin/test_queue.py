import datetime
import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from admissions.models import Disclosure, Inquiry
from admissions.services import desk, queue
from tests.admissions.factories import BODY, make_inquiry, make_staff

pytestmark = pytest.mark.django_db
NOON = datetime.datetime(2026, 12, 2, 20, tzinfo=datetime.UTC)  # in California; minute 1200 of the UTC day
HOUR = datetime.timedelta(hours=1)
LIST = "/admin/admissions/inquiry/"
PULSE = f"{LIST}pulse/"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture(autouse=True)
def _desk(as_staff):
    """What the desk does, it does with the rights of its own process."""


@pytest.fixture
def actor(client):
    user = make_staff(is_staff=True, username="kim")
    client.force_login(user)
    return user


def ids(page):
    return re.findall(r'data-state="(\S+) ', page.text)


def text_of(page):
    """What stands in the list, without marks and doubled blanks."""
    inside = page.text[page.text.index('id="result_list"') : page.text.index('class="find"')]
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split())


def test_the_groups_are_headings_in_their_order(client, actor):
    for columns in (
        {"next_at": NOON + HOUR, "status": "waiting"},
        {"next_at": NOON + HOUR},
        {"next_at": NOON - HOUR, "good_from": 60, "good_until": 900},
        {"next_at": NOON - HOUR},
    ):
        make_inquiry(**columns)
    desk.take(inquiry=make_inquiry(next_at=NOON - HOUR), actor=make_staff())
    headings = re.findall(r"<h2>(.*?)</h2>", client.get(LIST).text)
    assert headings == ["Now", "Not their hours", "With a colleague", "Later", "Waiting for them"]
    assert re.findall(r"<h2>(.*?)</h2>", client.get(LIST, {"status": "junk"}).text) == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            {"kind": "call", "promised_by": NOON - HOUR, "next_at": NOON - 2 * HOUR},
            "overdue since today 11:00 a.m. Call",
        ),
        ({"promised_by": NOON + HOUR / 2, "next_at": NOON}, "call now, until today 12:30 p.m. Call or text"),
        ({"by_phone": False}, "now, since today noon Write"),
        ({"good_from": 1380, "good_until": 1400}, "opens today 3:00 p.m."),
        ({"good_from": 60, "good_until": 1100}, "opens today 5:00 p.m."),
        ({"next_at": NOON + HOUR, "status": "open", "tries": 2}, "again today 1:00 p.m. Call or text, 2 tries"),
        ({"next_at": NOON + 150 * HOUR, "status": "waiting"}, "until Tue, Dec 8, 6:00 p.m."),
        ({"do_not_contact": True}, "Answer in the thread only"),
        ({"is_number_wrong": True}, "Write: the number was wrong"),
    ],
)
def test_a_line_says_what_to_do_and_when(client, actor, columns, words):
    make_inquiry(**{"promised_by": None, "next_at": NOON - HOUR} | columns)
    assert words.replace("today noon", "today 12 p.m.") in text_of(client.get(LIST))


def test_nothing_is_said_where_there_is_nothing_to_say(client, actor):
    make_inquiry(next_at=NOON - HOUR)
    text = text_of(client.get(LIST))
    assert "nobody" not in text and "New" not in text and "tries" not in text and "(0)" not in text
    assert text.count("unread") == 1


def test_the_list_holds_no_word_that_was_typed(client, actor):
    make_inquiry()
    for tab in queue.Tab:
        text = client.get(LIST, {"status": tab.value}).text
        assert not [typed for typed in BODY.values() if len(typed) > 5 and typed in text]
    assert not Disclosure.objects.exists(), "to look at a list opens nothing"


def test_who_has_it_stands_in_the_line(client, actor):
    desk.take(inquiry=make_inquiry(next_at=NOON - HOUR), actor=actor)
    desk.take(inquiry=make_inquiry(next_at=NOON - HOUR), actor=make_staff(username="sam"))
    Inquiry.objects.update(claimed_until=datetime.datetime(2098, 12, 1, 20, 15, tzinfo=datetime.UTC))
    text = text_of(client.get(LIST))
    assert "you until Mon, Dec 1, 12:15 p.m." in text and "sam until Mon, Dec 1, 12:15 p.m." in text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", {"waits"}),
        ("?status=all", {"waits"}),
        ("?status=no-such-list", {"waits"}),
        ("?o=3.-1&status=junk", {"junk"}),
        ("?status=junk", {"junk"}),
        ("?status=finished", {"handled", "destroyed"}),
        ("?status=handled", {"handled", "destroyed"}),
        ("?status=destroyed", {"handled", "destroyed"}),
    ],
)
def test_old_addresses_of_the_list_lead_where_they_led(client, actor, address, expected):
    day = {"handled_on": NOON.date()}
    gone = day | {"return_hash": None, "visitor_public_key": None, "promised_by": None}
    rows = {
        "waits": make_inquiry(),
        "junk": make_inquiry(status="junk", **day),
        "handled": make_inquiry(status="handled", **day),
        "destroyed": make_inquiry(status="destroyed", **gone),
    }
    assert set(ids(client.get(LIST + address))) == {rows[name].public_id for name in expected}


def test_tabs_count_and_stop_counting(client, actor, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 3)
    for _each in range(4):
        make_inquiry(next_at=NOON - HOUR)
    text = client.get(LIST).text
    assert '<b data-count="now">2+</b>' in text and '<b data-count="junk"></b>' in text
    assert "<title>2+ to do now, 2+ unread | Staff</title>" in text


def test_take_the_next_call_opens_its_card(client, actor):
    inquiry = make_inquiry(next_at=NOON - HOUR)
    answer = client.post(f"{LIST}next/")
    assert answer.url == reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    inquiry.refresh_from_db()
    assert (inquiry.claimed_by, inquiry.status) == (actor, "open")
    assert "Nobody can be called or answered now" in client.post(f"{LIST}next/", follow=True).text
    assert client.get(f"{LIST}next/").status_code == 405


def test_read_the_next_unread_claims_nothing_and_leaves_out_what_a_colleague_has(client, actor):
    held, unread = make_inquiry(next_at=NOON - 2 * HOUR), make_inquiry(next_at=NOON - HOUR)
    held.claim(make_staff())
    answer = client.get(f"{LIST}unread/", follow=True)
    assert answer.redirect_chain[0][0] == reverse("admin:admissions_inquiry_change", args=[unread.pk])
    unread.refresh_from_db()
    assert unread.claimed_by is None
    assert "Everything has been read." in client.get(f"{LIST}unread/", follow=True).text


@pytest.mark.parametrize(("back", "leads"), [("now", "?status=now"), ("queue", ""), ("https://a.example", "")])
def test_put_on_top_leads_back_to_its_list(client, actor, back, leads):
    inquiry = make_inquiry(next_at=NOON + HOUR)
    assert client.post(f"{LIST}{inquiry.pk}/top/", {"back": back}).url == LIST + leads
    assert ids(client.get(LIST, {"status": "now"})) == [inquiry.public_id]
    card = client.post(f"{LIST}{inquiry.pk}/top/", {"back": "card"}).url
    assert card == reverse("admin:admissions_inquiry_change", args=[inquiry.pk])


def test_whoever_has_read_it_puts_it_on_top_from_its_card(client, actor):
    inquiry = make_inquiry(next_at=NOON + HOUR)
    card = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    button = f'name="back" value="card" formaction="{LIST}{inquiry.pk}/top/"'
    assert button in client.get(card).text
    inquiry.claim(make_staff())
    assert button not in client.get(card).text, "a colleague is at it"


def test_what_is_done_is_not_put_on_top(client, actor):
    inquiry = make_inquiry(status="junk", handled_on=NOON.date())
    assert "does not wait any more" in client.post(f"{LIST}{inquiry.pk}/top/", follow=True).text
    probe = make_inquiry(kind="probe")
    assert client.post(f"{LIST}{probe.pk}/top/").status_code == 404


def test_single_keys_are_off_until_somebody_wants_them_again(client, actor):
    assert " data-keys>" in client.get(LIST).text
    client.post(f"{LIST}keys/", {})
    assert " data-keys>" not in client.get(LIST).text
    client.post(f"{LIST}keys/", {"keys": "on"})
    assert " data-keys>" in client.get(LIST).text


# The pulse


def of_page(page):
    return re.search(r'data-mark="(\w+)"', page.text)[1]


def test_the_pulse_of_an_unchanged_list_has_no_lines(client, actor):
    make_inquiry(next_at=NOON - HOUR)
    held = of_page(client.get(LIST))
    answer = client.get(PULSE, {"v": held}).json()
    assert answer == {
        "mark": held,
        "headline": "1 to do now, 1 unread",
        "counts": {"now": "1", "mine": "", "unread": "1", "later": "", "waiting": "", "junk": ""},
    }


@pytest.mark.parametrize("happens", ["comes", "changes", "is due", "is read"])
def test_the_pulse_says_when_a_list_would_look_another_way(client, actor, happens, time_machine):
    inquiry = make_inquiry(next_at=NOON + HOUR)
    held = of_page(client.get(LIST))
    match happens:
        case "comes":
            make_inquiry()
        case "changes":
            inquiry.change(tries=1)
        case "is due":
            time_machine.move_to(NOON + 2 * HOUR, tick=False)
            client.force_login(actor)
        case "is read":
            client.get(f"{LIST}unread/", follow=True)
    answer = client.get(PULSE, {"v": held}).json()
    assert answer["mark"] != held and inquiry.public_id in " ".join(answer["lines"])
    assert answer["mark"] == of_page(client.get(LIST)), "and the page that is read again agrees"


def test_the_pulse_is_of_the_list_that_is_open(client, actor):
    make_inquiry(next_at=NOON + HOUR)
    assert client.get(PULSE, {"status": "now"}).json()["lines"] == []
    assert len(client.get(PULSE, {"status": "later"}).json()["lines"]) == 1


def test_the_pulse_leaves_no_trace(client, actor):
    make_inquiry()
    client.get(LIST)
    before = Session.objects.values("session_data", "expire_date").get()
    answer = client.get(PULSE)
    assert Session.objects.values("session_data", "expire_date").get() == before
    assert not Disclosure.objects.exists() and not answer.cookies
    assert not [typed for typed in BODY.values() if len(typed) > 5 and typed in answer.text]


def test_whoever_is_signed_out_or_no_longer_of_the_team_is_told_nothing(client, actor):
    actor.groups.clear()
    assert client.get(PULSE).status_code == 403
    client.logout()
    assert client.get(PULSE).status_code == 302


# How much it asks of the database


@pytest.mark.parametrize("many", [3, 60])
def test_the_queue_takes_at_most_eight_queries(client, actor, django_assert_max_num_queries, many):
    for _each in range(many):
        make_inquiry()
    client.get(LIST)
    for tab in queue.Tab:
        with django_assert_max_num_queries(8):
            client.get(LIST, {"status": tab.value})


def test_the_pulse_takes_two_queries_beside_those_of_the_session(client, actor, django_assert_num_queries):
    make_inquiry()
    client.get(PULSE)
    with django_assert_num_queries(2 + 2):  # who is signed in: the session and the account
        client.get(PULSE)


def test_nobody_counts_a_list_to_its_end(client, actor, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("admissions.admin.queue.MOST_LISTED", 2)
    for _each in range(3):
        make_inquiry()
    assert client.get(LIST).context["cl"].result_count == 2
