"""A house that is lived in: starter content, one account a role, and one inquiry that was answered."""

import io

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from admissions.crypto import return_code
from admissions.models import CannedReply, ClosedDay, Inquiry, Pause
from admissions.scheduling.hours import their_hours
from admissions.services import team
from content.checklist import link_checker
from content.models import Article, Picture, ReaderAnswer, Reviewer
from content.services import saving, workflow
from magnified.roles import ROLES, sync_roles
from tests.admissions.factories import put_on_duty

PASSWORD = "correct horse battery staple"
EVERY_ROLE = "every-role"  # somebody who may see every page of the desk; no such account exists outside these tests
FORM_TOKEN = bytes(32)
ASKED = {
    "reach_by": "return_code",
    "message": "May my sister come along on the first day?",
    "consent": "notice version 1",
}
CALLER = {
    "name": "Robin Example",
    "reach_by": "phone",
    "phone": "+17145550142",
    "voicemail_ok": "yes",
    "voicemail_words": "Sam called.",
    "who_may_answer": "My sister.",
    "never_mention": "Drinking.",
    "language": "en",
    "time_zone": "America/Los_Angeles",
    "message": "My husband stopped on Sunday, and since then he shakes.",
}
ANSWER = "Yes, she may. Both of you are welcome from nine o'clock."
NOTE = "Asked about visitors; told the front desk."


def furnish() -> None:
    """Fill an empty database, whose keys exist."""
    sync_roles()
    call_command("load_starter", stdout=io.StringIO())
    call_command("check_content", stdout=io.StringIO())
    link_checker.record_links()
    ReaderAnswer.objects.create(article=Article.objects.get(slug="12-step-program"), was_helpful=False, text="Costs.")
    for name in (*ROLES, EVERY_ROLE):
        user = get_user_model().objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.set(Group.objects.filter(name__in=ROLES if name == EVERY_ROLE else [name]))
    drawn = io.BytesIO()
    Image.new("RGB", (64, 40), "#9c4623").save(drawn, "PNG")
    picture = Picture(alt="A plain wall", file=ContentFile(drawn.getvalue(), name="wall.png"))
    picture.clean()
    picture.save()
    put_on_duty(starts="08:00", ends="18:00", counsellors=2)
    ClosedDay.objects.create(day="2026-01-01", name="New Year")
    Pause.objects.create(starts="2026-01-02 12:00Z", ends="2026-01-02 13:00Z", reason="Team meeting")
    text = "We are back on Monday, and answer then. You can write here at any hour."
    CannedReply.objects.create(key="after-hours", title="After hours", text=text)
    Reviewer.objects.update(user=get_user_model().objects.get(username="reviewer"))
    talk_about_a_text()
    inquiry = team.receive(kind=Inquiry.Kind.CONTACT, form_token=FORM_TOKEN, body=ASKED).inquiry
    counsellor = get_user_model().objects.get(username="admissions")
    team.open_thread(inquiry=inquiry, actor=counsellor)
    team.reply(inquiry=inquiry, actor=counsellor, text=ANSWER)
    team.add_note(inquiry=inquiry, actor=counsellor, text=NOTE)


def talk_about_a_text() -> None:
    """A writer has handed in a text, and the reviewer has a question about another."""
    writer, reviewer = (get_user_model().objects.get(username=name) for name in ("writer", "reviewer"))
    steps = Article.objects.get(slug="12-step-program").revisions.latest()
    thread = workflow.comment(revision=steps, place="", text="Is there a newer survey of the members?", actor=reviewer)
    workflow.answer(thread=thread, text="I will look for one this week.", actor=writer)
    article = Article.objects.get(slug="sponsors-and-meetings")
    article.short_answer += " You can go without saying a word."
    article.save(update_fields=["short_answer"])
    revision = saving.save_revision(article=article, author=writer, note="One more sentence at the top")
    workflow.hand_in(revision=revision, actor=writer, note="Only the first lines are new.")


def hours_that_are_over() -> str:
    """A part of the day that the caller's clocks are not in."""
    is_evening = their_hours(CALLER | {"call_window": "evening"})
    return "morning" if is_evening and is_evening.covers(timezone.now()) else "evening"


def code() -> str:
    """The return code of the one inquiry."""
    return return_code.for_form(FORM_TOKEN)
