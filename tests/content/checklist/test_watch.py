import datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.checklist import waive
from content.models import Link, LiveFinding, Source
from content.services import publishing, saving
from content.services.dashboard import broken
from tests.content.factories import make_article, make_published, make_source, make_user

pytestmark = pytest.mark.django_db


def run():
    out = StringIO()
    call_command("check_content", stdout=out)
    return out.getvalue()


def urgent():
    return [(row.article.slug, row.rule) for row in LiveFinding.objects.urgent()]


def test_the_night_finds_what_became_wrong_on_a_page_that_nobody_touched():
    make_source(expires_on=timezone.localdate() + datetime.timedelta(days=1))
    make_published(text='<p>A [@test-2020] <a href="https://example.org/">x</a></p>')
    run()
    assert urgent() == []
    Source.objects.update(expires_on=timezone.localdate())
    Link.objects.create(address="https://example.org/", state="gone", checked_at=timezone.now())
    told = run()
    assert urgent() == [("test-article", "expired-source"), ("test-article", "dead-link")]
    assert "of which dangerous: 2." in told
    Source.objects.update(expires_on=None)
    run()
    assert urgent() == [("test-article", "dead-link")]


def test_a_finding_keeps_the_day_on_which_it_was_first_found(time_machine):
    time_machine.move_to("2026-11-24T12:00:00Z")
    make_published()
    run()
    time_machine.move_to("2026-11-30T12:00:00Z")
    run()
    assert {row.found_on for row in LiveFinding.objects.all()} == {datetime.date(2026, 11, 24)}


def test_a_draft_and_a_withdrawn_page_are_nobodys_worry():
    saving.save_revision(article=make_article(slug="draft"))
    article = make_published()
    run()
    assert {row.article for row in LiveFinding.objects.all()} == {article}
    publishing.unpublish(article=article)
    run()
    assert not LiveFinding.objects.exists()


def test_what_was_waived_is_not_found_again():
    article = make_published()
    run()
    row = LiveFinding.objects.get(rule="description")
    waive(
        revision=article.published_revision,
        rule=row.rule,
        fingerprint=row.fingerprint,
        reason="It needs none.",
        actor=make_user(),
    )
    run()
    assert not LiveFinding.objects.filter(rule="description").exists()


def test_the_start_page_counts_what_is_dangerous_and_leads_to_the_list(client):
    make_source(expires_on=timezone.localdate() + datetime.timedelta(days=1))
    make_published(text="<p>A [@test-2020]</p>")
    Source.objects.update(expires_on=timezone.localdate())
    run()
    writer = make_user("writer")
    task = next(task for task in broken(writer) if "dangerous" in task.words)
    assert task.count == 1
    client.force_login(writer)
    page = client.get(task.url).content.decode()
    assert "“A test source” has expired." in page
    assert reverse("admin:content_article_checklist", args=[LiveFinding.objects.first().article_id]) in page


@pytest.mark.parametrize("role", ["writer", "reviewer", "publisher"])
def test_from_the_list_nobody_has_the_whole_site_read_while_a_request_waits(client, role):
    client.force_login(make_user(role))
    make_published()
    run()
    rows = list(LiveFinding.objects.values_list("pk", flat=True))
    LiveFinding.objects.filter(pk=rows[0]).update(reason="As the night left it.")
    make_published(slug="another")
    url = reverse("admin:content_livefinding_changelist")
    assert "As the night left it." in client.get(url).content.decode(), "control: the list is open"
    assert 'name="action"' not in client.get(url).content.decode()
    client.post(url, {"action": "read_again", "_selected_action": rows})
    assert set(LiveFinding.objects.values_list("pk", flat=True)) == set(rows)


def test_many_pages_cost_a_fixed_number_of_queries_each(django_assert_max_num_queries):
    for number in range(10):
        make_published(slug=f"a-{number}")
    with django_assert_max_num_queries(3 + 10 * 9):
        run()
