"""The site with a fault: gunicorn serves this in place of `magnified.wsgi`. The site itself knows nothing of it.

FAULT_AT names a moment at which the process dies (`kill -9`), once for each message that holds FALLS:

* before_commit: everything is written, nothing is kept yet
* after_commit_before_response: it is stored, and nobody is told
* after_commit_before_outbox: the inquiry is written and its alert is not. In this house both are one transaction, so
  it dies just before the alert is written

FAULT_IS names a defect that the tests must find: `no_token` (a message sent again is a new message),
`early_answer` (the thank-you comes first, and a thread stores the message when it gets to it) or `crowd_decides` (who
writes from a crowded address is taken for junk).

SQLITE_TIMEOUT is how long a writer waits for its turn, in seconds.
"""

import hashlib
import os
import secrets
import signal
import threading
import time
from pathlib import Path

import django
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

if timeout := os.environ.get("SQLITE_TIMEOUT"):
    settings.DATABASES["default"]["OPTIONS"]["timeout"] = float(timeout)
django.setup()

from admissions import spam  # noqa: E402 reason=needs the site to be set up
from admissions.models import Alert  # noqa: E402 reason=needs the site to be set up
from admissions.services import team  # noqa: E402 reason=needs the site to be set up
from magnified.wsgi import application  # noqa: E402 reason=needs the site to be set up
from tests.faults.falls import FALLS, LATER  # noqa: E402 reason=stands with the others

__all__ = ["application"]

AT, IS = os.environ.get("FAULT_AT", ""), os.environ.get("FAULT_IS", "")
GRAVES = Path(os.environ["VAR_DIR"]) / "graves"
GRAVES.mkdir(exist_ok=True)
now = threading.local()


def die_once(body):
    """`kill -9` of this process, unless it fell at this message before."""
    text = body.get("message", "")
    if FALLS not in text:
        return
    try:
        (GRAVES / hashlib.sha256(text.encode()).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_the_commit(commit=BaseDatabaseWrapper._commit):
    def _commit(self):
        body = getattr(now, "body", None)
        if body and AT == "before_commit":
            die_once(body)
        commit(self)
        if body and AT == "after_commit_before_response":
            die_once(body)

    BaseDatabaseWrapper._commit = _commit


def die_before_the_outbox(save=Alert.save):
    def save_alert(self, **options):
        if AT == "after_commit_before_outbox":
            die_once(now.body)
        save(self, **options)

    Alert.save = save_alert


def know_what_is_received():
    receive = team.receive

    def received(*, body, **words):
        now.body = body
        try:
            return receive(body=body, **words)
        finally:
            now.body = None

    team.receive = received


def forget_the_token():
    receive = team.receive

    def received(*, form_token, **words):
        return receive(form_token=secrets.token_bytes(32), **words)

    team.receive = received


def answer_early():
    receive = team.receive

    def received(*, body, **words):
        def later():
            time.sleep(LATER / 2)
            die_once(body)
            time.sleep(LATER / 2)
            receive(body=body, **words)

        threading.Thread(target=later).start()

    team.receive = received


def let_the_crowd_decide():
    spam.CROWD, spam.ENOUGH = 4, 1


die_at_the_commit()
die_before_the_outbox()
know_what_is_received()
defects = {
    "no_token": forget_the_token,
    "early_answer": answer_early,
    "crowd_decides": let_the_crowd_decide,
    "": lambda: None,
}
defects[IS]()
