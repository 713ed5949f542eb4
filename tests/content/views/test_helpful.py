import datetime
import logging

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.models import ReaderAnswer
from content.models.reader_answer import A_DAY, A_DAY_FROM_ONE_PLACE
from content.services import publishing
from tests.content.factories import make_article, make_centre, make_published, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    make_centre()
    return make_published()


def url(article, name="article_helpful"):
    return reverse(f"content:{name}", args=[article.slug])


def test_an_answer_is_kept_without_anything_about_who_gave_it(client, article):
    response = client.post(url(article), {"was_helpful": "no", "text": "The costs."})
    assert (response.status_code, response["Location"]) == (303, url(article, "article_helpful_thanks"))
    answer = ReaderAnswer.objects.get()
    assert (answer.article, answer.was_helpful, answer.text, answer.handled_on) == (article, False, "The costs.", None)
    assert {field.name for field in ReaderAnswer._meta.fields} == {
        "id",
        "article",
        "was_helpful",
        "text",
        "answered_on",
        "handled_on",
    }
    assert type(answer.answered_on) is datetime.date


def test_the_article_page_has_the_link_and_neither_form_nor_cookie(client, article):
    response = client.get(article.get_absolute_url())
    assert f'href="{url(article)}"' in response.content.decode()
    assert "<form" not in response.content.decode() and not response.cookies
    assert not client.get(url(article, "article_helpful_thanks")).cookies


def test_whoever_answers_in_quiet_mode_stays_in_it(client, article):
    page = client.get(f"{url(article)}?quiet").content.decode()
    assert f'action="{url(article)}?quiet"' in page
    answered = client.post(f"{url(article)}?quiet", {"was_helpful": "yes"})
    assert answered["Location"] == f"{url(article, 'article_helpful_thanks')}?quiet"
    assert "<title>Page</title>" in client.get(answered["Location"]).content.decode()


def test_another_website_cannot_answer_in_a_readers_name(article):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(url(article), {"was_helpful": "yes"}).status_code == 403
    token = strict.get(url(article)).context["csrf_token"]
    assert strict.post(url(article), {"was_helpful": "yes", "csrfmiddlewaretoken": token}).status_code == 303, "control"
    assert ReaderAnswer.objects.count() == 1


@pytest.mark.parametrize(
    "data",
    [{}, {"was_helpful": "maybe"}, {"was_helpful": "yes", "text": "x" * 201}, {"was_helpful": "yes", "text": "a\x00"}],
)
def test_what_cannot_be_kept_comes_back_with_the_text_and_a_sentence(client, article, data):
    response = client.post(url(article), data)
    assert response.status_code == 200 and response.context["form"].errors
    assert not ReaderAnswer.objects.exists()


def test_the_blank_page_is_sent_packed_and_one_that_repeats_typed_words_never(client, article):
    packed = {"accept-encoding": "gzip"}
    assert client.get(url(article), headers=packed)["Content-Encoding"] == "gzip"
    repeats = client.post(url(article), {"text": "Typed words."}, headers=packed)
    assert "Content-Encoding" not in repeats and "Typed words." in repeats.text


def test_a_flood_from_one_place_silences_nobody_elsewhere(client, article):
    def answered(address):
        return client.post(url(article), {"was_helpful": "no", "text": "My words"}, REMOTE_ADDR=address)

    flood = [answered("192.0.2.7").status_code for _ in range(A_DAY_FROM_ONE_PLACE + 5)]
    assert flood == [303] * A_DAY_FROM_ONE_PLACE + [429] * 5, "control: it is refused there"
    assert "My words" in answered("192.0.2.7").text
    assert answered("192.0.2.8").status_code == 303
    assert answered("2001:db8::1").status_code == 303


def test_while_the_counters_are_away_no_answer_is_refused(client, article, monkeypatch):
    def away(*args, **kwargs):
        raise OSError

    monkeypatch.setattr("magnified.cache.SharedMemoryCache.incr", away)
    for _ in range(A_DAY_FROM_ONE_PLACE + 2):
        assert client.post(url(article), {"was_helpful": "yes"}).status_code == 303


def test_a_flood_is_refused_and_nobody_is_thanked_for_what_was_not_kept(client, article):
    other = make_published(slug="other")
    ReaderAnswer.objects.bulk_create(ReaderAnswer(article=article, was_helpful=True) for _ in range(A_DAY - 1))
    assert client.post(url(article), {"was_helpful": "yes"}).status_code == 303
    refused = client.post(url(article), {"was_helpful": "yes", "text": "My words"})
    assert refused.status_code == 429
    assert "We did not keep your answer." in refused.content.decode() and "My words" in refused.content.decode()
    assert ReaderAnswer.objects.filter(article=article).count() == A_DAY
    assert client.post(url(other), {"was_helpful": "yes"}).status_code == 303, "another article still takes answers"
    ReaderAnswer.objects.update(answered_on=timezone.localdate() - datetime.timedelta(days=1))
    assert client.post(url(article), {"was_helpful": "yes"}).status_code == 303, "and so does this one tomorrow"


def test_only_articles_on_the_site_take_answers(client, article):
    make_article(slug="draft")
    publishing.unpublish(article=article)
    for slug in ("draft", article.slug, "nothing"):
        for name in ("article_helpful", "article_helpful_thanks"):
            address = reverse(f"content:{name}", args=[slug])
            assert client.get(address).status_code == 404
            assert client.post(address, {"was_helpful": "yes"}).status_code in {404, 405}
    assert not ReaderAnswer.objects.exists()


def test_what_is_typed_reaches_no_log(client, article, caplog):
    with caplog.at_level(logging.DEBUG):
        client.post(url(article), {"was_helpful": "no", "text": "Canarywords"})
        client.post(url(article), {"was_helpful": "x", "text": "Canarywords"})
    assert not [record for record in caplog.records if "django.db" not in record.name and "Canary" in str(record)]


def test_editors_see_the_answers_as_tasks_and_mark_them(client, article):
    client.post(url(article), {"was_helpful": "no", "text": "The costs."})
    client.force_login(make_user("writer"))
    assert "1 answer of readers to look at" in client.get(reverse("admin:index")).content.decode()
    address = reverse("admin:content_readeranswer_changelist")
    assert "The costs." in client.get(address).content.decode()
    answer = ReaderAnswer.objects.get()
    client.post(address, {"action": "dealt_with", "_selected_action": [answer.pk]})
    answer.refresh_from_db()
    assert answer.handled_on == timezone.localdate()
    assert "of readers to look at" not in client.get(reverse("admin:index")).content.decode()


def test_the_end_of_a_line_counts_once(client, article):
    text = "Line\r\n" * 39 + "abcde"
    assert len(text.replace("\r\n", "\n")) == 200, "control: as a browser counts"
    assert client.post(url(article), {"was_helpful": "no", "text": text}).status_code == 303
    assert client.post(url(article), {"was_helpful": "no", "text": text + "f"}).status_code == 200
