import datetime

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.models import Article, Revision, Section, SignOff
from content.rendering import article as article_rendering
from content.services import publishing, reviewing, saving, separation_of_duties
from content.text.typo_only import is_typo_only
from tests.content.factories import make_article, make_published, make_source, make_user, publish, sign

OLD = {
    "title": "Sleep",
    "blocks": [
        {
            "type": "section",
            "anchor": "a",
            "text": "<p>Many poeple sleep badly at first, in 2020 too. You may take 2.5 mg. Do not stop. [@kelly-2020] "
            '<a href="https://example.org/">More</a></p>',
        }
    ],
    "related": [{"article": 1, "reason": "Read about sleep."}],
    "citations": ["kelly-2020"],
}


def changed(before, after):
    block = OLD["blocks"][0]
    assert before in block["text"]
    return OLD | {"blocks": [block | {"text": block["text"].replace(before, after)}]}


@pytest.mark.parametrize(
    ("before", "after"),
    [("poeple", "people"), ("badly", "baddly"), ("sleep", "slep"), ("first, in", "first in"), ("too.", "too;")],
)
def test_a_typo_is_typo_only(before, after):
    assert is_typo_only(OLD, changed(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2020", "2021"),
        ("2.5", "25"),
        ("2.5", "2,5"),
        ("mg", "mcg"),
        ("Do not stop", "Do now stop"),
        ("Do not stop", "Do stop"),
        ("may", "my"),
        ("badly", "well"),
        ("badly", "sadly"),
        ("kelly-2020", "kelly-2021"),
        ("https://example.org/", "https://example.com/"),
        ("<p>Many", "<p><strong>Many"),
        ("More", "More about it"),
    ],
)
def test_what_could_change_the_meaning_is_never_typo_only(before, after):
    assert not is_typo_only(OLD, changed(before, after))


def test_the_same_text_and_a_text_with_parts_moved_or_many_typos_are_not_typo_only():
    assert not is_typo_only(OLD, OLD)
    assert not is_typo_only(OLD, OLD | {"blocks": []})
    assert not is_typo_only(OLD, OLD | {"citations": []})
    assert not is_typo_only({"title": "one two three four five six"}, {"title": "onne twwo thrree fouur fivve siix"})
    assert is_typo_only({"title": "one two three four five six"}, {"title": "onne twwo thrree fouur fivve six"})


# The reviewer's word


@pytest.fixture
def signed(db):
    """An article whose text was read as a whole a week ago."""
    article = make_published(text="<p>Many poeple sleep badly.</p>")
    signed = sign(article.published_revision, due_in_days=60)
    SignOff.objects.update(signed_on=timezone.localdate() - datetime.timedelta(days=7))
    signed.refresh_from_db()
    return signed


def edited(article, text):
    Section.objects.filter(parent=article).update(text=text)
    return publish(article)


def test_a_small_change_is_confirmed_and_the_review_keeps_its_dates(signed):
    article = signed.revision.article
    revision = edited(article, "<p>Many people sleep badly.</p>")
    assert article_rendering.review_of(revision, sources=[], today=timezone.localdate()).state == "edited"
    small = reviewing.confirm_typo_only(revision=revision, actor=article.reviewer.user)
    assert (small.full, small.next_due, small.sha256) == (signed, signed.next_due, revision.sha256)
    review = article_rendering.review_of(revision, sources=[], today=timezone.localdate())
    assert (review.state, review.signed_on) == ("reviewed", signed.signed_on)


def test_small_changes_never_add_up(signed):
    article = signed.revision.article
    for text in ("<p>Mani poeple sleep badly.</p>", "<p>Mani poeple sleap badly.</p>"):
        reviewing.confirm_typo_only(revision=edited(article, text), actor=article.reviewer.user)
    with pytest.raises(reviewing.NotTypoOnly):
        reviewing.confirm_typo_only(
            revision=edited(article, "<p>Mini poeple sleap badly.</p>"), actor=article.reviewer.user
        )


def test_a_larger_change_an_overdue_review_and_no_review_are_read_in_full(signed, time_machine):
    article = signed.revision.article
    reviewer = article.reviewer.user
    with pytest.raises(reviewing.NotTypoOnly):
        reviewing.confirm_typo_only(revision=edited(article, "<p>Few people sleep badly.</p>"), actor=reviewer)
    small = edited(article, "<p>Many people sleep badly.</p>")
    with pytest.raises(reviewing.NotTypoOnly):
        reviewing.confirm_typo_only(revision=publish(make_article(slug="new")), actor=reviewer)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=61))
    with pytest.raises(reviewing.NotTypoOnly):
        reviewing.confirm_typo_only(revision=small, actor=reviewer)


def test_it_asks_for_a_valid_license_and_for_other_eyes(signed):
    article = signed.revision.article
    reviewer = article.reviewer
    Section.objects.update(text="<p>Many people sleep badly.</p>")
    own = saving.save_revision(article=article, author=reviewer.user)
    with pytest.raises(separation_of_duties.OwnText):
        reviewing.confirm_typo_only(revision=own, actor=reviewer.user)
    Revision.objects.filter(pk=own.pk)
    reviewer.licence_expires = timezone.localdate() - datetime.timedelta(days=1)
    reviewer.save()
    with pytest.raises(reviewing.LicenceExpired):
        reviewing.confirm_typo_only(revision=Revision.objects.get(pk=own.pk), actor=reviewer.user)


def test_a_source_that_changed_between_the_two_still_asks_for_a_new_look(db, time_machine):
    """The small sign-off is newer than the correction, but the text was read before it."""
    source = make_source()
    article = make_published(text="<p>Many poeple [@test-2020].</p>")
    sign(article.published_revision)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=1))
    source.title = "Corrected"
    source.save()
    time_machine.move_to(timezone.now() + datetime.timedelta(days=1))
    revision = edited(article, "<p>Many people [@test-2020].</p>")
    reviewing.confirm_typo_only(revision=revision, actor=article.reviewer.user)
    source.refresh_from_db()
    assert article_rendering.review_of(revision, sources=[source], today=timezone.localdate()).state == "edited"
    assert list(Article.objects.with_changed_source()) == [article]
    states = Article.objects.with_published_revision().with_review_state()
    assert [row.review_state for row in states] == ["edited"]


def test_the_reviewer_confirms_it_in_one_click_from_the_difference(client, signed):
    article = signed.revision.article
    revision = edited(article, "<p>Many people sleep badly.</p>")
    client.force_login(article.reviewer.user)
    article.reviewer.user.groups.add(make_user("reviewer", username="x").groups.get())
    page = client.get(reverse("admin:content_revision_sign_off", args=[revision.pk])).content.decode()
    address = reverse("admin:content_revision_typo_only", args=[revision.pk])
    assert address in page and "<del>" in page and "counts as a typo" in page
    page = client.post(address, follow=True).content.decode()
    assert "You confirmed revision 2 as typo only." in page
    listed = client.get(reverse("admin:content_article_revisions", args=[article.pk])).content.decode()
    assert "typo only, confirmed by" in listed


def test_a_larger_change_is_offered_no_shortcut_and_a_forged_click_is_refused(client, signed):
    article = signed.revision.article
    revision = edited(article, "<p>Other words.</p>")
    client.force_login(article.reviewer.user)
    article.reviewer.user.groups.add(make_user("reviewer", username="x").groups.get())
    address = reverse("admin:content_revision_typo_only", args=[revision.pk])
    assert address not in client.get(reverse("admin:content_revision_sign_off", args=[revision.pk])).content.decode()
    assert "Read the text, then sign it." in client.post(address, follow=True).content.decode()
    assert SignOff.objects.count() == 1


def test_readers_of_the_feed_hear_of_no_comma(client, signed):
    article = signed.revision.article
    before = client.get(reverse("content:article_feed")).content.decode().count("Reviewed by")
    revision = edited(article, "<p>Many people sleep badly.</p>")
    assert before == 1
    reviewing.confirm_typo_only(revision=revision, actor=article.reviewer.user)
    assert client.get(reverse("content:article_feed")).content.decode().count("Reviewed by") == 0


def test_the_trash_takes_both_kinds_along(db, time_machine):
    article = make_article(text="<p>Many poeple.</p>")
    sign(saving.save_revision(article=article))
    Section.objects.update(text="<p>Many people.</p>")
    small = saving.save_revision(article=article)
    reviewing.confirm_typo_only(revision=small, actor=article.reviewer.user)
    publishing.move_to_trash(article=article)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=31))
    call_command("empty_trash", verbosity=0)
    assert not SignOff.objects.exists()
