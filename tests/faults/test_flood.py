"""P60. A flood from the address of a shelter or a mobile network: twenty people write from there too, and come back.

Nobody is turned away. What is junk goes to its own tray and wakes nobody; the twenty are alerted like everybody else.
"""

import itertools
import queue
import random
import threading
import time
from dataclasses import dataclass, field

import pytest
from django.core.cache import caches
from django.test import Client

from admissions import spam
from admissions.crypto.form_token import FormToken
from admissions.models import Inquiry
from tests.admissions.factories import times
from tests.content.factories import make_centre, make_help_line, make_notice
from tests.faults.rig import CODE, FULL, RECEIVED, figure, percentile, say

SEED = 60
ASKED_FOR = {"phone": "714-555-0142", "consent": "on"}
PEOPLE = [
    "",
    "help",
    "HELP ME I CANT DO THIS ANY MORE!!!!!!",
    "My son buys pills at https://pills.example and I do not know what to do.",
    "Ayúdenme por favor, mi hija no contesta",
    "من فضلك ساعدني",
    "👩‍⚕️🙏",
    "See www.example.org/about for who I am. I am the nurse who wrote last week.",
    "I work in SEO and I drink every day since March.",
    "x" * 3000,
]
JUNK = [
    {"name": "Best offers", "message": "Cheap pills, no questions", "website": "https://offers.example"},
    {"name": "www.offers.example", "message": "Backlinks and guest posts for your link building"},
    {"name": "A friend", "message": " ".join(f"https://offers.example/{number}" for number in range(9))},
    {"name": "A friend", "message": "[url=https://a.example]x[/url] https://b.example https://c.example"},
]


@dataclass
class Flood:
    """Machines that send junk from one address, as fast as they are answered, and people who write among them."""

    site: object
    junk: int
    at_once: int = 16 if FULL else 6
    answers: list[int] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)
    opened: set[int] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def run(self, people):
        jobs, rng = queue.Queue(), random.Random(SEED)
        order = [("junk", number) for number in range(self.junk)]
        for person in range(people):
            order.insert(rng.randint(len(order) // 2, len(order)), ("person", person))
        for job in order:
            jobs.put(job)
        threads = [threading.Thread(target=self.work, args=(jobs,), daemon=True) for _ in range(self.at_once)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    def work(self, jobs):
        while True:
            try:
                kind, number = jobs.get_nowait()
            except queue.Empty:
                return
            try:
                self.send_junk(number) if kind == "junk" else self.be_a_person(number)
            except Exception as error:  # noqa: BLE001 reason=a thread that falls silent would count as nothing
                self.wrong.append(f"{kind} {number}: {error!r}")
            if number % 500 == 499:
                say(f"{number + 1} of {self.junk} pieces of junk")

    def send_junk(self, number):
        machine = self.site.visitor()
        path = "/contact/" if number % 2 else "/request-a-call/"
        self.answers.append(machine.post(path, ASKED_FOR | JUNK[number % len(JUNK)] | machine.form(path)).status)
        if number % 4 == 0:  # it also guesses codes, with and without the page
            guess = "-".join(["7K3M"] * 5)
            key = machine.get("/return/").hidden("csrfmiddlewaretoken") if number % 8 else machine.cookies["csrftoken"]
            machine.post("/return/", {"code": guess, "csrfmiddlewaretoken": key})

    def be_a_person(self, number):
        """In haste, as one is: the form is sent as soon as it is there. Then the code is used."""
        visitor, path = self.site.visitor(), "/contact/" if number % 2 else "/request-a-call/"
        typed = {"name": f"Visitor {number}", "message": PEOPLE[number % len(PEOPLE)]}
        began = time.monotonic()
        sent = visitor.post(path, ASKED_FOR | typed | visitor.form(path))
        self.waits.append(time.monotonic() - began)
        if sent.status != 303:
            self.wrong.append(f"person {number}: {sent.status}")
            return
        self.codes[number] = CODE.search(visitor.get(RECEIVED).text)[0]
        page = visitor.get("/return/")
        typed = {"code": self.codes[number], "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")}
        if visitor.post("/return/", typed).status == 303:
            self.opened.add(number)


def trays(site):
    """Of the people and of the junk: which status they have, and how many alerts."""
    rows = site.stored()
    people = [row for row in rows if row.body["name"].startswith("Visitor ")]
    return people, [row for row in rows if row not in people]


@pytest.mark.once
def test_twenty_people_get_through_a_flood_from_their_own_address(site):
    site.serve()
    flood = Flood(site, junk=times(short=72, full=10_000))
    seconds = flood.run(people=20)
    people, junk = trays(site)
    rate = (flood.junk + 20) / seconds * 3600
    figure("P60", f"people among {flood.junk:,} pieces of junk, {rate:,.0f} an hour: normal", len(people), "20 of 20")
    figure("P60", "people who came back with their code meanwhile", len(flood.opened), "20 of 20")
    figure(
        "P60",
        "junk in its tray",
        f"{sum(row.status == 'junk' for row in junk)} of {flood.junk}",
        "all, none destroyed unread",
    )
    figure("P60", "slowest person, seconds for form and Send", f"{percentile(flood.waits, 1):.1f}", "")
    assert flood.wrong == []
    assert set(flood.answers) == {303}, "whoever sends junk sees the same page"
    assert flood.junk > spam.CROWD, "control: the place counts as crowded"
    assert {(row.status, row.alerts) for row in people} == {("new", 1)} and len(people) == 20
    assert {(row.status, row.alerts) for row in junk} == {("junk", 1)} and len(junk) == flood.junk
    assert len(set(flood.codes.values())) == 20 and len(flood.opened) == 20
    assert rate > 10_000 or not FULL


@pytest.mark.once
def test_control_where_a_crowded_address_decides_people_are_lost(site):
    site.serve("tests.faults.broken", FAULT_IS="crowd_decides")
    flood = Flood(site, junk=8)
    flood.run(people=4)
    people, _ = trays(site)
    assert any(row.status == "junk" for row in people)


# Nobody is taken for a machine because a machine helps them

FORMS = ["/contact/", "/request-a-call/"]


def helped():
    """How people are helped: by what, how fast, and in which form. The texts are theirs."""
    filled = [
        {},
        {"name": "Robin Example", "email": "robin@example.com", "phone": "+1 714 555 0142"},  # a password manager
        {"name": "robin@example.com", "phone": "(714) 555-0142", "email": "robin@example.com"},  # and one that errs
        {"name": "www.robin.example", "who_may_answer": "Robin Example, 1 Example Street, Anytown CA 90000"},
        {"never_mention": "robin@example.com", "voicemail_words": "7145550142"},
    ]
    return list(itertools.product(FORMS, ["", "?autofill=1"], filled, PEOPLE))


@pytest.mark.once
@pytest.mark.django_db
def test_nobody_whose_browser_fills_in_the_form_at_once_is_taken_for_junk(monkeypatch):
    """P60: 200 people, each within a second and from a crowded address."""
    make_centre()
    make_help_line()
    make_notice(kind="consent", title="Consent", text="<p>What you agree to.</p>")
    monkeypatch.setattr("admissions.rate_limits.count", lambda *words, **more: spam.CROWD + 1)
    people = helped()
    assert len(people) == 200
    client, lost = Client(), []
    for path, query, filled, message in people[:: times(short=7, full=1)]:
        typed = ASKED_FOR | {"name": "Robin", "message": message, "website": ""} | filled
        answer = client.post(path + query, typed | {"form_token": str(FormToken.new(1))})
        assert answer.status_code == 303, answer.content.decode()[:2000]
        if Inquiry.objects.get().status != Inquiry.Status.NEW:
            lost.append((path, filled, message))
        Inquiry.objects.all().delete()
    figure("P60", f"people helped by their browser who were taken for junk, of {len(people)}", len(lost), "0")
    assert lost == []
    caches["counters"].clear()
