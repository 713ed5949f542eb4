import pytest
from django.urls import reverse

from content.models import Article, Comment, Handover
from content.services import saving, workflow
from tests.content.factories import make_article, make_user, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return {role: make_user(role) for role in ("writer", "reviewer", "publisher")}


@pytest.fixture
def text(people):
    article = make_article(text="<p>Words to talk about.</p>")
    article.reviewer.user = people["reviewer"]
    article.reviewer.save()
    return saving.save_revision(article=article, author=people["writer"])


def url(revision):
    return reverse("admin:content_article_review", args=[revision.article_id])


@pytest.fixture
def does(client, people, text):
    """`does(role, do, …)` posts as that person and returns the page that follows."""

    def post(role, do, **data):
        client.force_login(people[role])
        return client.post(url(text), {"do": do, "revision": text.pk} | data, follow=True)

    return post


def test_a_text_is_handed_in_commented_returned_handed_in_signed_and_published(client, does, people, text):
    page = does("writer", "hand_in", note="New.").content.decode()
    assert "Revision 1 is with the reviewer." in page and "“New.”" in page
    does("reviewer", "comment", place="first-section", text="Which source?")
    page = does("reviewer", "send_back", note="One source is missing.").content.decode()
    assert "Returned to the writer" in page and "One source is missing." in page
    page = does("writer", "answer", thread=Comment.objects.get().pk, text="Kelly.").content.decode()
    assert "Which source?" in page and "Kelly." in page
    does("writer", "resolve", thread=Comment.objects.first().pk)
    does("writer", "hand_in")
    client.force_login(people["reviewer"])
    due = (text.created_at.date().replace(year=text.created_at.year + 1)).isoformat()
    client.post(reverse("admin:content_revision_sign_off", args=[text.pk]), {"next_due": due})
    assert "Signed, and ready for a publisher." in client.get(url(text)).content.decode()
    client.force_login(people["publisher"])
    client.post(reverse("admin:content_article_publishing", args=[text.article_id]), {"do": "publish"})
    page = client.get(url(text)).content.decode()
    assert "Nobody waits for this article." in page and "Settled: 1" in page


def test_a_refused_form_comes_back_with_what_was_typed(does, text):
    does("writer", "hand_in")
    long = "Canary " * 400
    page = does("reviewer", "comment", place="first-section", text=long)
    assert page.status_code == 200 and long.strip() in page.content.decode()
    assert "at most 2000 characters" in page.content.decode()
    assert not Comment.objects.exists()
    page = does("reviewer", "send_back", note="")
    assert "Say in a sentence what is missing." in page.content.decode()
    assert Handover.objects.count() == 1


def test_an_answer_that_comes_too_late_is_kept_on_the_page(does, people, text):
    thread = workflow.comment(revision=text, place="", text="Hm?", actor=people["reviewer"])
    workflow.resolve(thread=thread, actor=people["reviewer"])
    page = does("writer", "answer", thread=thread.pk, text="My late answer").content.decode()
    assert "My late answer" in page and "closed this thread in the meantime" in page


def test_what_was_said_about_a_part_that_is_gone_is_still_shown(client, people, text):
    workflow.comment(revision=text, place="first-section", text="About the old part.", actor=people["reviewer"])
    article = Article.objects.get()
    article.content_section_set.update(anchor="other")
    saving.save_revision(article=article)
    client.force_login(people["writer"])
    page = client.get(url(text)).content.decode()
    assert "A part that is no longer in this text" in page and "About the old part." in page


def test_only_the_named_reviewer_or_a_publisher_returns_a_text(does, people, text):
    does("writer", "hand_in")
    assert does("writer", "send_back", note="Mine.").status_code == 403
    people["reviewer"] = make_user("reviewer", username="another-reviewer")
    assert does("reviewer", "send_back", note="Not mine.").status_code == 403
    assert does("publisher", "send_back", note="Not yet.").status_code == 200
    assert Handover.objects.first().kind == "returned"


def test_a_reviewer_hands_nothing_in(does):
    assert does("reviewer", "hand_in").status_code == 403


def test_another_articles_thread_is_not_reached_from_here(does, people, text):
    other = saving.save_revision(article=make_article(slug="other"))
    thread = workflow.comment(revision=other, place="", text="Elsewhere.", actor=people["reviewer"])
    assert does("writer", "resolve", thread=thread.pk).status_code == 404
    assert does("writer", "resolve", thread="x").status_code == 404
    assert does("writer", "hand_in", revision=other.pk).status_code == 404


def test_a_publisher_who_wrote_the_text_is_told_who_publishes_it(client, people, text):
    own = saving.save_revision(article=text.article, author=people["publisher"], is_new=True)
    client.force_login(people["publisher"])
    on_the_site = reverse("admin:content_article_publishing", args=[own.article_id])
    page = client.post(on_the_site, {"do": "publish", "revision": own.pk}, follow=True).content.decode()
    assert "You wrote this text, so somebody else publishes it." in page
    assert not Article.objects.published().exists()


@pytest.mark.parametrize("threads", [1, 25])
def test_the_page_takes_the_same_queries_however_much_was_said(
    client, people, text, django_assert_max_num_queries, threads
):
    for number in range(threads):
        thread = workflow.comment(revision=text, place="", text=f"Word {number}", actor=people["reviewer"])
        workflow.answer(thread=thread, text="Yes.", actor=people["writer"])
    workflow.hand_in(revision=text, actor=people["writer"])
    client.force_login(people["writer"])
    client.get(url(text))
    with django_assert_max_num_queries(13):
        client.get(url(text))


def test_markup_in_a_comment_is_shown_and_not_run(does):
    page = does("writer", "comment", place="", text="<script>alert(1)</script>").content.decode()
    assert "&lt;script&gt;" in page and "<script>alert" not in page


def test_a_text_on_the_site_is_talked_about_too(client, people):
    revision = publish(make_article(slug="live"))
    client.force_login(people["reviewer"])
    client.post(url(revision), {"do": "comment", "place": "", "text": "This year's figure is out."})
    assert Comment.objects.get().revision == revision
