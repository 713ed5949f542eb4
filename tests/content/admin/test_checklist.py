import pytest
from django.urls import reverse

from content.models import Section, Waiver
from tests.content.checklist.test_report import BLAMING, revision_of, the_finding
from tests.content.factories import make_article, make_published, make_source, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return make_article(text=BLAMING)


def post(client, article, finding, reason="It is a quotation."):
    url = reverse("admin:content_article_waive", args=[article.pk])
    data = {"rule": finding.rule.id, "fingerprint": finding.fingerprint, "reason": reason}
    return client.post(url, data, follow=True)


def test_the_page_leads_from_each_finding_to_its_block(client, article):
    client.force_login(make_user("writer"))
    revision_of(article)
    page = client.get(reverse("admin:content_article_checklist", args=[article.pk])).content.decode()
    assert f"/admin/content/article/{article.pk}/change/#content_section_set-0" in page
    assert "It says “addict”, which blames or labels a person." in page
    assert "Better: a person with a substance use disorder." in page
    assert "To mend before publication: 1" in page


def test_what_has_no_block_leads_to_its_field(client, article):
    client.force_login(make_user("writer"))
    article.meta_description, article.reviewer = "", None
    article.save()
    revision_of(article)
    page = client.get(reverse("admin:content_article_checklist", args=[article.pk])).content.decode()
    for place, field in (("Description for search engines", "id_meta_description"), ("Reviewer", "id_reviewer")):
        assert f'/admin/content/article/{article.pk}/change/#{field}">{place}</a>' in page


def test_a_publisher_waives_with_a_reason_that_is_kept_with_the_name(client, article):
    client.force_login(make_user("publisher"))
    finding = the_finding(revision_of(article))
    assert "This field cannot be blank." in post(client, article, finding, reason="  ").content.decode()
    page = post(client, article, finding).content.decode()
    assert "Waived as a false alarm: 1" in page and "“It is a quotation.”" in page and "test-publisher" in page
    assert "This finding is waived already." in post(client, article, finding).content.decode()
    waiver = Waiver.objects.get()
    assert (waiver.said, waiver.waived_by.username) == ("The word addict stands here.", "test-publisher")
    page = client.post(reverse("admin:content_waiver_take_back", args=[waiver.pk]), follow=True).content.decode()
    assert "To mend before publication: 1" in page


def test_a_writer_waives_what_is_worth_a_look_and_not_what_stands_against_publication(client, article):
    client.force_login(make_user("writer"))
    revision = revision_of(article)
    assert post(client, article, the_finding(revision)).status_code == 403
    assert post(client, article, the_finding(revision, "description")).status_code == 200
    assert Waiver.objects.get().rule == "description"
    assert client.post(reverse("admin:content_waiver_take_back", args=[Waiver.objects.get().pk])).status_code == 403


def test_a_reviewer_reads_the_checklist_and_waives_nothing(client, article):
    client.force_login(make_user("reviewer"))
    finding = the_finding(revision_of(article), "description")
    page = client.get(reverse("admin:content_article_checklist", args=[article.pk])).content.decode()
    assert "To mend before publication: 1" in page and "false alarm</summary>" not in page
    assert post(client, article, finding).status_code == 403


def test_words_that_changed_meanwhile_are_not_waived(client, article):
    client.force_login(make_user("publisher"))
    finding = the_finding(revision_of(article))
    Section.objects.update(text="<p>Fine words.</p>")
    revision_of(article)
    assert "no longer there" in post(client, article, finding).content.decode()
    assert not Waiver.objects.exists()


def test_an_article_that_was_never_saved_has_no_checklist_yet(client, article):
    client.force_login(make_user("writer"))
    assert client.get(reverse("admin:content_article_checklist", args=[article.pk])).status_code == 404


def test_a_checklist_takes_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    client.force_login(make_user("publisher"))
    for number in range(30):
        make_source(key=f"s-{number}")
        make_published(slug=f"a-{number}")
    text = "".join(
        f'<p>[@s-{number}] <a href="/articles/a-{number}/#first-section">a</a> <a href="tel:988">b</a>'
        f'<a href="https://example.org/{number}">c</a></p>'
        for number in range(30)
    )
    article = make_article(text=text)
    revision_of(article)
    with django_assert_max_num_queries(16):
        client.get(reverse("admin:content_article_checklist", args=[article.pk]))
