import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from content.models import Article, Comment, Handover, Revision, RowIsFinal, SignOff, StaffMail
from content.services import mail as staff_mail
from content.services import publishing, saving, separation_of_duties, workflow
from tests.content.factories import make_article, make_published, make_user, publish, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer():
    return make_user("writer", email="writer@example.com")


@pytest.fixture
def publisher():
    return make_user("publisher", email="publisher@example.com")


@pytest.fixture
def article():
    article = make_article()
    article.reviewer.user = make_user("reviewer", email="reviewer@example.com")
    article.reviewer.save()
    return article


@pytest.fixture
def text(article, writer):
    """A text of the writer's, not yet handed in."""
    return saving.save_revision(article=article, author=writer)


def stands(article):
    """Where the article stands in each of the lists; at most one of them has it."""
    lists = {
        name: getattr(Handover.objects, name)().filter(revision__article=article).exists()
        for name in ("with_reviewer", "returned", "signed")
    }
    return [name for name, is_there in lists.items() if is_there]


def change(article, author):
    article.title = f"{article.title}."
    article.save()
    return saving.save_revision(article=article, author=author)


def told():
    return sorted(StaffMail.objects.values_list("to__username", flat=True))


# From hand to hand


def test_a_text_goes_to_the_reviewer_back_to_the_writer_and_on_to_a_publisher(article, text, writer, publisher):
    assert stands(article) == []
    workflow.hand_in(revision=text, actor=writer, note="The second section is new.")
    assert stands(article) == ["with_reviewer"]
    workflow.send_back(revision=text, actor=article.reviewer.user, note="One source is missing.")
    assert stands(article) == ["returned"]
    assert Handover.objects.returned_to(writer).count() == 1
    assert Handover.objects.returned_to(publisher).count() == 0
    better = change(article, writer)
    workflow.hand_in(revision=better, actor=writer)
    assert stands(article) == ["with_reviewer"]
    sign(better)
    assert stands(article) == ["signed"]
    publishing.publish(revision=better, actor=publisher)
    assert stands(article) == []
    assert [step.kind for step in Handover.objects.all()] == ["handed_in", "returned", "handed_in"]


def test_where_a_text_stands_follows_from_the_rows_and_comes_back_with_them(article, text, writer, publisher):
    """A publication that is unscheduled, and an article out of the archive, stand where they stood."""
    workflow.hand_in(revision=text, actor=writer)
    publishing.publish(revision=text, actor=publisher, at=timezone.now() + timezone.timedelta(days=1))
    assert stands(article) == []
    publishing.unschedule(revision=text)
    assert stands(article) == ["with_reviewer"]
    publishing.archive(article=article)
    assert stands(article) == []
    publishing.restore(article=article)
    assert stands(article) == ["with_reviewer"]


def test_a_second_click_hands_nothing_in_twice(article, text, writer):
    for _ in range(2):
        workflow.hand_in(revision=text, actor=writer)
    assert Handover.objects.count() == 1


def test_what_readers_have_is_not_handed_in(article, writer):
    with pytest.raises(workflow.AlreadyPublished):
        workflow.hand_in(revision=publish(article, author=writer), actor=writer)


def test_what_is_not_with_the_reviewer_cannot_be_returned(article, text, writer):
    with pytest.raises(workflow.NotWaiting):
        workflow.send_back(revision=text, actor=article.reviewer.user, note="No.")
    workflow.hand_in(revision=text, actor=writer)
    workflow.hand_in(revision=change(article, writer), actor=writer)
    with pytest.raises(workflow.NotWaiting):
        workflow.send_back(revision=text, actor=article.reviewer.user, note="That is the old one.")


def test_nothing_is_returned_without_a_word(article, text, writer):
    workflow.hand_in(revision=text, actor=writer)
    with pytest.raises(ValidationError, match="Say in a sentence what is missing"):
        workflow.send_back(revision=text, actor=article.reviewer.user, note="  ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(revision=text, kind="returned", by=writer)


# Two people


def test_who_wrote_a_text_does_not_publish_it(article, publisher):
    own = saving.save_revision(article=article, author=publisher)
    with pytest.raises(separation_of_duties.OwnText):
        publishing.publish(revision=own, actor=publisher)
    assert not article.is_published
    publishing.publish(revision=own, actor=make_user("publisher", username="another"))
    own.refresh_from_db()
    assert own.published_at and not own.published_by_its_writer


def test_a_comma_by_somebody_else_makes_nobodys_text_anothers(article, writer, publisher):
    saving.save_revision(article=article, author=publisher)
    with pytest.raises(separation_of_duties.OwnText):
        publishing.publish(revision=change(article, writer), actor=publisher)


def test_who_wrote_a_text_does_not_sign_it(article):
    reviewer = article.reviewer.user
    own = publish(article, author=reviewer)
    with pytest.raises(separation_of_duties.OwnText):
        sign(own)
    assert not SignOff.objects.exists()


def test_a_text_that_readers_have_had_is_nobodys_own(article, writer, publisher):
    """Going back to it is the fastest cure: whoever is there does it."""
    first = publish(article, author=writer)
    publishing.publish(revision=change(article, writer), actor=publisher)
    back = saving.restore(revision=first, author=publisher)
    assert publishing.publish(revision=back, actor=publisher) == back
    with pytest.raises(separation_of_duties.OwnText):
        publishing.publish(revision=change(article, publisher), actor=publisher)


def test_a_very_small_team_may_and_the_row_says_so(article, publisher, settings):
    settings.SMALL_TEAM = True
    own = saving.save_revision(article=article, author=publisher)
    publishing.publish(revision=own, actor=publisher)
    own.refresh_from_db()
    assert own.published_by_its_writer
    article.reviewer.user = publisher
    article.reviewer.save()
    assert sign(own).signed_by_its_writer


def test_the_setting_leaves_no_mark_where_it_was_not_needed(article, text, publisher, settings):
    settings.SMALL_TEAM = True
    publishing.publish(revision=text, actor=publisher)
    text.refresh_from_db()
    assert not text.published_by_its_writer
    assert not sign(text).signed_by_its_writer


# Comments


def test_a_thread_is_begun_answered_and_closed(article, text, writer):
    reviewer = article.reviewer.user
    thread = workflow.comment(revision=text, place="first-section", text="Which source says so?", actor=reviewer)
    assert list(Comment.objects.waiting_for(writer)) == [thread]
    assert list(Comment.objects.waiting_for(reviewer)) == []
    workflow.answer(thread=thread, text="Kelly. I cite it now.", actor=writer)
    assert list(Comment.objects.waiting_for(writer)) == []
    assert list(Comment.objects.waiting_for(reviewer)) == [thread]
    workflow.resolve(thread=thread, actor=reviewer)
    workflow.resolve(thread=thread, actor=writer)
    thread.refresh_from_db()
    assert thread.resolved_by == reviewer
    assert list(Comment.objects.waiting_for(reviewer)) == []
    with pytest.raises(ValidationError, match="closed this thread"):
        workflow.answer(thread=thread, text="One more thing.", actor=writer)


def test_a_comment_stands_at_a_part_of_that_text(text, writer):
    with pytest.raises(ValidationError, match="no longer in this text"):
        workflow.comment(revision=text, place="no-such-part", text="Hm.", actor=writer)
    workflow.comment(revision=text, place="", text="About all of it.", actor=writer)
    with pytest.raises(ValidationError):
        workflow.comment(revision=text, place="", text="   ", actor=writer)


def test_what_was_said_is_never_changed_or_taken_back(article, text, writer):
    thread = workflow.comment(revision=text, place="", text="As it was said.", actor=writer)
    step = workflow.hand_in(revision=text, actor=writer)
    thread.text = "Otherwise."
    for wrong in (
        thread.save,
        lambda: thread.save(update_fields=["text"]),
        thread.delete,
        lambda: Comment.objects.update(text="Otherwise."),
        lambda: Comment.objects.all().delete(),
        step.save,
        step.delete,
        lambda: Handover.objects.update(note="Otherwise."),
        lambda: Handover.objects.all().delete(),
    ):
        with pytest.raises(RowIsFinal):
            wrong()
    assert Comment.objects.get().text == "As it was said."


def test_the_trash_takes_what_was_said_about_a_draft_along(article, text, writer, time_machine):
    thread = workflow.comment(revision=text, place="", text="Hm.", actor=writer)
    workflow.answer(thread=thread, text="Yes.", actor=writer)
    workflow.hand_in(revision=text, actor=writer)
    publishing.move_to_trash(article=article, actor=writer)
    time_machine.move_to(timezone.now() + timezone.timedelta(days=31))
    assert publishing.empty_trash() == (1, 0)
    assert not Comment.objects.exists() and not Handover.objects.exists() and not Revision.objects.exists()


# Mails


def test_whoever_has_to_act_is_told_and_nobody_hears_of_what_they_did(article, text, writer, publisher):
    workflow.hand_in(revision=text, actor=writer)
    assert told() == ["test-reviewer"]
    StaffMail.objects.all().delete()
    workflow.send_back(revision=text, actor=article.reviewer.user, note="Not yet.")
    assert told() == ["test-writer"]
    StaffMail.objects.all().delete()
    workflow.comment(revision=text, place="", text="See?", actor=article.reviewer.user)
    assert told() == ["test-writer"]
    StaffMail.objects.all().delete()
    workflow.hand_in(revision=text, actor=writer)
    StaffMail.objects.all().delete()
    sign(text)
    assert told() == ["test-publisher"]


@pytest.mark.parametrize(
    "why", ["no reviewer", "no account", "closed account", "the account wrote it", "signed already"]
)
def test_where_no_reviewer_can_act_the_publishers_are_told(article, text, writer, publisher, why):
    workflow.hand_in(revision=text, actor=writer)
    assert told() == ["test-reviewer"], "control"
    StaffMail.objects.all().delete()
    reviewer, newer = article.reviewer, change(article, writer)
    if why == "no reviewer":
        Article.objects.update(reviewer=None)
    elif why == "no account":
        type(reviewer).objects.update(user=None)
    elif why == "closed account":
        type(reviewer.user).objects.filter(pk=reviewer.user_id).update(is_active=False)
    elif why == "the account wrote it":
        type(reviewer).objects.update(user=writer)
    else:
        sign(newer)
        StaffMail.objects.all().delete()
    workflow.hand_in(revision=newer, actor=writer)
    assert told() == ["test-publisher"]


def test_the_mail_holds_nothing_of_the_text_or_of_what_was_said(article, text, writer, settings):
    article.title = "Canary of a title"
    article.save()
    named = saving.save_revision(article=article, author=writer, note="Canary of a note")
    workflow.hand_in(revision=named, actor=writer, note="Canary of a word")
    workflow.comment(revision=named, place="", text="Canary of a comment", actor=make_user(username="third"))
    call_command("tell_staff", verbosity=0)
    assert sorted(message.to for message in mail.outbox) == [["reviewer@example.com"], ["writer@example.com"]]
    for message in mail.outbox:
        assert message.subject == staff_mail.SUBJECT
        assert message.body == staff_mail.TEXT.format(address=f"{settings.STAFF_URL}/admin/")
        assert "anary" not in message.message().as_string() and not message.cc and not message.bcc
    assert not StaffMail.objects.exists()


def test_ten_things_that_wait_are_one_mail(text, writer):
    for number in range(10):
        workflow.comment(revision=text, place="", text=f"Word {number}", actor=make_user(username=f"u{number}"))
    assert staff_mail.deliver() == 1


def test_a_mail_server_that_is_away_loses_nothing_and_is_left_in_peace(
    article, text, writer, monkeypatch, time_machine
):
    workflow.hand_in(revision=text, actor=writer)
    asked = []

    def refuse(self, messages):
        asked.append(messages)
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
        assert staff_mail.deliver() == 0
        assert staff_mail.deliver() == 0
    assert len(asked) == 1
    time_machine.move_to(timezone.now() + staff_mail.AGAIN)
    assert staff_mail.deliver() == 1


def test_what_happens_while_a_mail_is_on_its_way_is_told_by_one_more(article, text, writer, monkeypatch):
    workflow.hand_in(revision=text, actor=writer)
    real = staff_mail.message_to

    def meanwhile(person):
        workflow.notify([person])
        return real(person)

    with monkeypatch.context() as patch:
        patch.setattr(staff_mail, "message_to", meanwhile)
        assert staff_mail.deliver() == 1
    assert staff_mail.deliver() == 1
    assert staff_mail.deliver() == 0


def test_whoever_has_no_address_or_no_account_any_more_is_not_written_to(article, text, writer):
    workflow.hand_in(revision=text, actor=writer)
    reviewer = article.reviewer.user
    reviewer.is_active = False
    reviewer.save()
    assert staff_mail.deliver() == 0 and not StaffMail.objects.exists()
    writer.email = ""
    writer.save()
    workflow.comment(revision=text, place="", text="Hm.", actor=make_user(username="third"))
    assert not StaffMail.objects.exists()


def test_a_published_text_that_was_never_handed_in_waits_for_nobody():
    assert stands(make_published()) == []
