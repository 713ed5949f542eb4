"""P25, P26, P27. A stranger learns nothing from an answer: not its words, not its size, and not its time.

Times are compared in the full form alone, by the test of Kolmogorov and Smirnov, on thousands of answers that take
turns. A site that needs two milliseconds longer for what it knows is the control.
"""

import functools
import math
import random
import re
import secrets
import time

import pytest

from tests.admissions.factories import times
from tests.faults.rig import CODE, FULL, RECEIVED, figure, say

pytestmark = pytest.mark.once

SEED = 25
TRIES_OF_A_PAGE = 4
CHANGING = re.compile(
    r'name="(?:csrfmiddlewaretoken|form_token)" value="[^"]+"|(?:csrftoken|entry|received|expires)=[^;]+'
)


def head_of(page):
    """Status and headers, with the length of each cookie in the place of its value."""
    heads = [(name, CHANGING.sub(lambda found: str(len(found[0])), value)) for name, value in page.headers.items()]
    return page.status, sorted(pair for pair in heads if pair[0] not in {"Date", "Expires"})


def words_of(page):
    return CHANGING.sub("", page.text)


def p_value(one, two):
    """Kolmogorov and Smirnov: how likely so great a difference is when there is none."""
    merged = sorted([(value, 0) for value in one] + [(value, 1) for value in two])
    seen, gap = [0, 0], 0.0
    for _, which in merged:
        seen[which] += 1
        gap = max(gap, abs(seen[0] / len(one) - seen[1] / len(two)))
    root = math.sqrt(len(one) * len(two) / (len(one) + len(two)))
    reach = (root + 0.12 + 0.11 / root) * gap
    series = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * reach * reach) for k in range(1, 101))
    return min(1.0, max(0.0, sum(series))) if reach > 0.2 else 1.0


def write(site, path="/contact/", **changes):
    """Send a message. Returns the answer, how long it took, and the visitor."""
    visitor = site.visitor()
    typed = {"name": "Robin", "phone": "714-555-0142", "consent": "on"} | visitor.form(path) | changes
    began = time.perf_counter()
    answer = visitor.post(path, typed)
    return answer, time.perf_counter() - began, visitor


def code_of(visitor):
    return CODE.search(visitor.get(RECEIVED).text)[0]


class Guesser:
    """Opens a new page before its tries are used up, so that each code is looked at."""

    def __init__(self, site):
        self.site, self.left = site, 0

    def guess(self, code):
        if not self.left:
            self.visitor, self.left = self.site.visitor(), TRIES_OF_A_PAGE
            self.key = self.visitor.get("/return/").hidden("csrfmiddlewaretoken")
        self.left -= 1
        began = time.perf_counter()
        answer = self.visitor.post("/return/", {"code": code, "csrfmiddlewaretoken": self.key})
        return answer, time.perf_counter() - began


def unknown():
    return "-".join("".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(4)) for _ in range(5))


@pytest.fixture
def codes(site):
    """A code of each kind that opens nothing, and the visitor who still has one."""
    site.serve()
    purged = code_of(write(site)[2])
    site.database.run("UPDATE admissions_inquiry SET status = 'handled', handled_on = '2020-01-01', next_at = NULL")
    site.start("purge", "manage.py", "purge")
    assert site.processes.pop("purge").wait(60) == 0
    destroyed = code_of(write(site)[2])
    guesser = Guesser(site)
    assert guesser.guess(destroyed)[0].status == 303, "control: it did open"
    page = guesser.visitor.get("/return/destroy/")
    guesser.visitor.post("/return/destroy/", {"csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken")})
    return {"malformed": "x", "purged": purged, "destroyed": destroyed}


def test_codes_that_open_nothing_are_answered_alike(site, codes):
    """P25: malformed, unknown, purged and destroyed."""
    guesser = Guesser(site)
    answers = {name: guesser.guess(code)[0] for name, code in (codes | {"unknown": unknown()}).items()}
    assert len({words_of(answer) for answer in answers.values()}) == 1
    assert len({str(head_of(answer)) for answer in answers.values()}) == 1, {a: head_of(b) for a, b in answers.items()}
    assert "opens nothing" in answers["unknown"].text
    if FULL:
        for name, code in codes.items():
            of_this_kind = functools.partial(guesser.guess, code)
            compare(f"P25, an unknown code and a {name} one", lambda: guesser.guess(unknown()), of_this_kind)


def test_a_number_that_we_know_and_a_new_one_are_answered_alike(site):
    """P26, and P27: what was typed changes no size either."""
    site.serve()
    known, new = {"phone": "714-555-0142"}, {"phone": "212-555-0147", "message": "x" * 3000}
    write(site, **known)
    answers = [write(site, **changes)[0] for changes in (known, new, known, new)]
    assert {answer.status for answer in answers} == {303}
    assert len({str(head_of(answer)) for answer in answers}) == 1, list(map(head_of, answers))
    assert {len(answer.body) for answer in answers} == {0}
    sizes = {size for (size,) in site.database.ask("SELECT length(payload) FROM admissions_message")}
    figure("P27", "sizes of sealed messages, of 1 and of 3,000 letters", len(sizes), "<= 6")
    assert len(sizes) <= 6
    if FULL:
        numbers = iter(range(10_000_000))
        compare(
            "P26, a known number and a new one",
            lambda: write(site, **known)[:2],
            lambda: write(site, phone=f"212-555-{next(numbers) % 100 + 100:04}")[:2],
        )


def compare(what, one, other, *, amount=2000):
    """Fails when the answers differ in time: in three samples of three, since one of a hundred differs by chance."""
    rng, found = random.Random(SEED), []
    for _ in range(3):
        seconds = ([], [])
        for _ in range(amount):
            for place in rng.sample((0, 1), 2):  # by lot: a fixed order would fall in with the tries that a page has
                seconds[place].append((one, other)[place]()[1])
        found.append(p_value(*seconds))
        say(f"{what}: p = {found[-1]:.3f}")
        if found[-1] > 0.01:
            break
    promise, _, of = what.partition(", ")
    figure(promise, f"{of}: same time, p", f"{found[-1]:.3f}", "> 0.01")
    assert found[-1] > 0.01, found


def test_control_the_comparison_notices_a_site_that_needs_longer_for_what_it_knows():
    """Times as this site has them, one of them two milliseconds longer: the test would see it, and nothing in noise."""
    rng = random.Random(SEED)

    def answers(longer):
        return [rng.gauss(0.010, 0.002) + rng.expovariate(300) + longer for _ in range(times(short=300, full=2000))]

    assert p_value(answers(0), answers(0.002)) < 0.01
    assert p_value(answers(0), answers(0)) > 0.01
