"""A house that is lived in: starter content, one account a role, and one inquiry that was answered."""

import io

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.core.management import call_command
from PIL import Image

from admissions import return_code, services
from admissions.models import ClosedDay, Inquiry, Pause
from content import links
from content.models import Article, Picture, ReaderAnswer, Reviewer
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
ANSWER = "Yes, she may. Both of you are welcome from nine o'clock."
NOTE = "Asked about visitors; told the front desk."


def furnish() -> None:
    """Fill an empty database, whose keys exist."""
    sync_roles(group_model=Group, permission_model=Permission)
    call_command("load_starter", stdout=io.StringIO())
    call_command("check_content", stdout=io.StringIO())
    links.note_links()
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
    Reviewer.objects.update(user=get_user_model().objects.get(username="reviewer"))
    inquiry = services.receive(kind=Inquiry.Kind.CONTACT, form_token=FORM_TOKEN, body=ASKED).inquiry
    counsellor = get_user_model().objects.get(username="admissions")
    services.open_thread(inquiry=inquiry, actor=counsellor)
    services.reply(inquiry=inquiry, actor=counsellor, text=ANSWER)
    services.add_note(inquiry=inquiry, actor=counsellor, text=NOTE)


def code() -> str:
    """The return code of the one inquiry."""
    return return_code.for_form(FORM_TOKEN)
