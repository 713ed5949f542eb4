"""P12: of many who take one inquiry at once one has it, and how long is a matter of the database's clock alone."""

import datetime
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from admissions.errors import AlreadyClaimed
from admissions.models import Inquiry
from admissions.models.inquiry import LEASE
from admissions.services import desk, team
from tests.admissions.factories import make_inquiry, make_staff
from tests.faults.rig import at_once, figure

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 50
CLAIM = """
import datetime, sys
import django, time_machine
from django.conf import settings
name, hours, inquiry, actor = sys.argv[1:]
settings.DATABASES["default"]["NAME"] = name
django.setup()
from django.contrib.auth.models import User
from admissions.errors import AlreadyClaimed
from admissions.models import Inquiry
from admissions.services import team
with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=int(hours))):
    try:
        team.claim(inquiry=Inquiry.objects.get(pk=inquiry), actor=User.objects.get(username=actor))
    except AlreadyClaimed:
        print("refused")
    else:
        print("claimed")
"""


@pytest.mark.parametrize("verb", [team.claim, desk.take])
def test_of_fifty_who_take_one_inquiry_at_once_one_has_it(verb):
    inquiry, people = make_inquiry(status="open"), [make_staff() for _ in range(CROWD)]

    def take(actor):
        try:
            verb(inquiry=Inquiry.objects.get(pk=inquiry.pk), actor=actor)
        except AlreadyClaimed:
            return None
        finally:
            connection.close()
        return actor.pk

    winners = [each for each in at_once([lambda actor=actor: take(actor) for actor in people]) if each is not None]
    figure("P12", f"of {CROWD} claims at once: winners", len(winners), "1")
    assert winners == [Inquiry.objects.get(pk=inquiry.pk).claimed_by_id]


def claim_elsewhere(inquiry, actor, *, hours):
    """What a process answers whose clock is wrong by that many hours."""
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-c", CLAIM, name, str(hours), str(inquiry.pk), actor.username]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=settings.BASE_DIR, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()[-1]


def test_processes_whose_clocks_are_an_hour_slow_and_an_hour_fast_agree_on_who_has_it(monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")
    inquiry, first, second = make_inquiry(status="open"), make_staff(), make_staff()
    assert claim_elsewhere(inquiry, first, hours=-1) == "claimed"
    lasts = Inquiry.objects.filter(claimed_until__gt=Now(), claimed_until__lte=Now() + LEASE)
    assert lasts.get() == inquiry, "fifteen minutes, whatever the clock of who claimed it says"
    assert claim_elsewhere(inquiry, second, hours=1) == "refused"
    Inquiry.objects.update(claimed_until=Now() - datetime.timedelta(seconds=1))
    assert claim_elsewhere(inquiry, second, hours=1) == "claimed", "control: once it ran out"
