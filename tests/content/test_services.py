import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from content.checklist import findings
from content.delivery import organisation
from content.models import CareCard, Notice, Section, Step
from content.services import organisation as organisation_service
from content.services import publishing, reviewing, saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_notice,
    make_published,
    make_reviewer,
    make_source,
    make_user,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db


def reasons(article):
    return " ".join(str(finding) for finding in findings(saving.save_revision(article=article)))


def test_every_save_with_a_change_is_one_revision_more():
    article = make_article()
    first = saving.save_revision(article=article, note="first")
    assert saving.save_revision(article=article) == first
    article.title = "Another"
    article.save()
    assert saving.save_revision(article=article).number == 2


def test_editing_the_working_copy_leaves_the_published_text_alone():
    article = make_article()
    publish(article)
    article.title = "Changed"
    article.save()
    saving.save_revision(article=article)
    article.refresh_from_db()
    assert article.published_revision.snapshot["title"] == "A test article"


def test_publishing_needs_a_named_reviewer_and_says_what_to_do():
    article = make_article(reviewer=None)
    revision = saving.save_revision(article=article)
    with pytest.raises(publishing.NotPublishable) as caught:
        publishing.publish(revision=revision)
    assert [finding.cure for finding in caught.value.findings] == ["Choose a reviewer."]
    article.refresh_from_db()
    assert not article.is_published


def test_a_twelve_step_article_has_exactly_twelve_steps_in_order():
    article = make_article(kind="twelve_step", steps=12)
    assert reasons(article) == ""
    Step.objects.filter(parent=article, number=12).delete()
    assert "Missing: 12." in reasons(article)
    Step.objects.create(
        parent=article,
        region="main",
        ordering=1,
        number=12,
        principle="x",
        meaning="x",
        text="<p>x</p>",
    )
    assert "not in order" in reasons(article)


def test_another_article_has_no_steps():
    assert "Only the article with the twelve steps" in reasons(make_article(steps=1))


def test_a_missing_or_expired_source_stops_publication():
    article = make_article(text="<p>A [@gone] B [@old]</p>")
    make_source(key="old", expires_on=datetime.date.today())
    problems = reasons(article)
    assert "[@gone]: There is no source" in problems
    assert "[@old]: “A test source” has expired" in problems


@pytest.mark.parametrize("words", ["You can stop drinking.", "She quit using.", "Quiere dejar de beber."])
def test_advice_to_stop_needs_the_withdrawal_card_before_it(words):
    article = make_article(text=f"<p>{words}</p>")
    card = CareCard(parent=article, region="main", ordering=50, kind="withdrawal", heading="Danger", text="<p>911</p>")
    card.save()
    assert "no withdrawal card" in reasons(article), "control: the card comes too late"
    card.ordering = 1
    card.kind = "overdose"
    card.save()
    assert "no withdrawal card" in reasons(article), "control: another card is not enough"
    card.kind = "withdrawal"
    card.save()
    assert not reasons(article)


def test_nobody_signs_with_a_licence_that_ran_out():
    article = make_published()
    sign(article.revisions.first())
    reviewer = article.reviewer
    reviewer.refresh_from_db()
    reviewer.licence_expires = timezone.localdate() - datetime.timedelta(days=1)
    reviewer.save()
    with pytest.raises(reviewing.LicenceExpired):
        sign(article.revisions.select_related("article__reviewer").get())


def test_an_empty_article_is_not_published():
    article = make_article(short_answer=" ")
    Section.objects.all().delete()
    problems = reasons(article)
    assert "Short answer" in problems and "no text" in problems


def test_a_setting_can_require_a_sign_off_before_publication(settings):
    article = make_article()
    revision = saving.save_revision(article=article)
    assert not findings(revision), "control: off when shipped"
    settings.REQUIRE_SIGN_OFF = True
    assert "Sign-off" in str(findings(revision)[0])
    user = make_user("reviewer")
    article.reviewer.user = user
    article.reviewer.save()
    revision.refresh_from_db()
    reviewing.sign_off(
        revision=revision,
        actor=user,
        next_due=datetime.date.today() + datetime.timedelta(days=9),
    )
    assert not findings(revision)


def test_only_the_named_reviewers_own_account_signs():
    revision = saving.save_revision(article=make_article())
    stranger = make_user("reviewer")
    due = datetime.date.today() + datetime.timedelta(days=30)
    with pytest.raises(reviewing.NotTheReviewer):
        reviewing.sign_off(revision=revision, actor=stranger, next_due=due)
    revision.article.reviewer.user = stranger
    revision.article.reviewer.save()
    with pytest.raises(reviewing.NotTheReviewer):
        reviewing.sign_off(revision=revision, actor=make_user("reviewer", username="test-other"), next_due=due)
    assert reviewing.sign_off(revision=revision, actor=stranger, next_due=due).sha256 == revision.sha256


def test_a_sign_off_is_due_again_after_the_day_of_signing():
    revision = saving.save_revision(article=make_article())
    revision.article.reviewer.user = make_user("reviewer")
    revision.article.reviewer.save()
    with pytest.raises(ValidationError, match="after today"):
        reviewing.sign_off(
            revision=revision,
            actor=revision.article.reviewer.user,
            next_due=datetime.date.today(),
        )


def test_a_sign_off_keeps_the_name_and_licence_of_its_day():
    revision = saving.save_revision(article=make_article())
    reviewer = revision.article.reviewer
    due = datetime.date.today() + datetime.timedelta(days=30)
    reviewer.user, reviewer.licence_number, reviewer.licence_expires = make_user("reviewer"), "T-12", due
    reviewer.save()
    signed = reviewing.sign_off(revision=revision, actor=reviewer.user, next_due=due)
    make_reviewer(slug="other")
    reviewer.name, reviewer.licence_number, reviewer.licence_expires = "Changed later", "T-13", None
    reviewer.save()
    signed.refresh_from_db()
    signer = signed.reviewer_name, signed.licence_kind, signed.licence_number, signed.licence_expires
    assert signer == ("Dr. Test Reviewer", "clinical", "T-12", due)


def test_a_notice_is_changed_by_its_next_version():
    first = make_notice()
    second = make_notice(text="<p>New.</p>")
    assert (first.version, second.version) == (1, 2)
    assert Notice.objects.current("medical_disclaimer") == second
    assert Notice.objects.get(version=1).text == "<p>Ask a doctor.</p>"


def test_withdrawing_takes_the_article_from_the_site_and_keeps_its_revisions():
    article = make_article()
    publish(article)
    publishing.unpublish(article=article)
    article.refresh_from_db()
    assert not article.is_published
    assert article.revisions.count() == 1


def test_the_fallback_snapshot_follows_a_change_once_it_is_committed(
    django_capture_on_commit_callbacks, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    make_centre()
    assert organisation.read_fallback_snapshot().centre.phone == "", "control: nothing is kept yet"
    with django_capture_on_commit_callbacks(execute=True):
        organisation_service.invalidate()
    assert organisation.read_fallback_snapshot().centre.phone_href == "tel:+17145550142"
