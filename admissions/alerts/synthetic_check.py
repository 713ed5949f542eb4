"""A message of the website's own, through the public form, every 15 minutes. Its silence is the alarm.

It goes the way of every message: page, form, sealing, database, outbox, mail server. Only when all of that worked is
ALARM_PING_URL called; whoever listens there notices when the calls cease, also when this worker is what died. Each call
brings the head of the log of looks there: from then on a cut of what came before shows (`verify_disclosures --kept`).

The worker has no key and opens nothing. It knows its own message by the hash of its form token. The form knows it by a
mark that only holders of SECRET_KEY can make, so that it is in no list and no figure and calls nobody; then it is
destroyed like any other.
"""

import hashlib
import http.client
import logging
import re
import urllib.parse
from datetime import timedelta
from http.cookies import SimpleCookie

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from admissions.alerts import transports
from admissions.crypto import return_code
from admissions.crypto.form_token import FormToken
from admissions.models import Alert, Inquiry
from admissions.services import audit_log, retention

log = logging.getLogger(__name__)

EVERY, AGAIN = timedelta(minutes=15), timedelta(minutes=1)  # when all was well, and when it was not
PATIENCE = timedelta(minutes=10)  # for the mail
LEFT_BEHIND = timedelta(hours=2)  # `created` is cut to the hour
MOST_BYTES = 1_000_000  # of a page


class CheckFailed(Exception):
    """The words name the part that did not work; nothing else is in them."""


class SyntheticCheck:
    """One test after another. `step` does what there is to do now, and is called at every round of the worker."""

    def __init__(self) -> None:
        self.next_at = self.sent_at = timezone.now()
        self.token_hash = b""

    def step(self) -> None:
        if not settings.ALARM_PING_URL:
            return
        now = timezone.now()
        try:
            if self.token_hash:
                self.check_mail_left()
            elif not now < self.next_at <= now + EVERY:  # later than that was said by a clock that ran ahead
                self.sent_at = now
                destroy_leftovers()
                self.send()
        except CheckFailed as broken:
            log.error("the website's test of itself failed: %s", broken, exc_info=True)
            self.end(wait=AGAIN)
        except Exception:  # whatever it is, it must not ask the website in every round
            log.error("the website's test of itself failed", exc_info=True)
            self.end(wait=AGAIN)

    def send(self) -> None:
        """Raises `CheckFailed`."""
        try:
            browser = Browser(settings.PUBLIC_URL)
            page = browser.open("GET", reverse("admissions:contact"), 200)
            token = FormToken.read(hidden_value(page, "form_token"))
            if token is None:
                raise CheckFailed("the form has no token that this worker can read")
            self.token_hash = hashlib.sha256(token.secret).digest()
            browser.open("POST", reverse("admissions:contact"), 303, form_data(page, token))
            page = browser.open("GET", reverse("admissions:received"), 200)
        except (OSError, http.client.HTTPException) as error:
            raise CheckFailed(f"the website did not answer: {type(error).__name__}") from error
        if return_code.for_form(token.secret) not in page:
            raise CheckFailed("the code was not shown")
        inquiry = self.own_inquiry().first()
        if inquiry is None or inquiry.kind != Inquiry.Kind.SYNTHETIC_CHECK:
            raise CheckFailed("the message was not stored as what it is")
        if not inquiry.messages.filter(number=1, key__isnull=False).exists():
            raise CheckFailed("the message was stored without its text or its key")

    def check_mail_left(self) -> None:
        """Raises `CheckFailed`."""
        if (
            Alert.objects.filter(inquiry__in=self.own_inquiry(), to=Alert.To.SYNTHETIC_CHECK)
            .exclude(delivered_at=None)
            .exists()
        ):
            self.end(wait=EVERY)
            newest = f"Newest look: {audit_log.newest()}\n"
            outcome = transports.post(settings.ALARM_PING_URL, newest, "text/plain")
            if outcome.error:
                log.error("the alarm outside was not reached: %s", outcome.error)
                self.next_at = timezone.now() + AGAIN  # it rings when it hears nothing for long
        elif abs(timezone.now() - self.sent_at) > PATIENCE:
            raise CheckFailed("its mail did not leave")

    def own_inquiry(self) -> QuerySet[Inquiry]:
        return Inquiry.objects.filter(token_hash=self.token_hash)

    def end(self, *, wait: timedelta) -> None:
        self.next_at = self.sent_at + wait if wait == EVERY else timezone.now() + wait
        own, self.token_hash = self.own_inquiry(), b""
        destroy_inquiries(own)


def destroy_leftovers() -> None:
    """What a worker that was killed could not take away."""
    destroy_inquiries(
        Inquiry.objects.filter(kind=Inquiry.Kind.SYNTHETIC_CHECK, created__lt=timezone.now() - LEFT_BEHIND)
    )


def destroy_inquiries(inquiries: QuerySet[Inquiry]) -> None:
    for inquiry in inquiries:
        with transaction.atomic():
            retention.destroy(inquiry)


def form_data(page: str, token: FormToken) -> dict[str, str]:
    return {
        "csrfmiddlewaretoken": hidden_value(page, "csrfmiddlewaretoken"),
        "form_token": str(token),
        "probe": token.synthetic_check_mark,
        "reach_by": "return_code",
        "message": "The website tests itself. Nobody wrote this.",
        "consent": "on",
    }


def hidden_value(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]+)"', page)
    if match is None:
        raise CheckFailed(f"the form has no {name}")
    return match[1]


class Browser:
    """As much of one as the form needs: cookies, and where the form came from."""

    def __init__(self, site: str) -> None:
        self.site, self.cookies = urllib.parse.urlsplit(site), SimpleCookie()

    def open(self, method: str, path: str, expected: int, data: dict[str, str] | None = None) -> str:
        """The page's text. Raises `CheckFailed` on another status than `expected`, else what `http.client` raises."""
        origin = f"{self.site.scheme}://{self.site.netloc}"
        headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())}
        if data is not None:
            headers["Origin"] = origin
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if data is None else urllib.parse.urlencode(data).encode()
        with transports.response_to(method, origin + path, body, headers) as answer:
            text = answer.read(MOST_BYTES).decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        if answer.status != expected:
            raise CheckFailed(f"{method} {path} was answered with {answer.status}")
        return text
