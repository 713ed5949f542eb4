import pytest
from django.core.management import call_command
from django.urls import reverse

from content.models import Section, Term
from tests.content.factories import make_article, make_centre, publish

pytestmark = pytest.mark.django_db


def test_the_glossary_explains_each_word_under_its_own_address(client):
    make_centre()
    Term.objects.create(slug="sponsor", term="Sponsor", meaning="A member who <helps>.")
    Term.objects.create(slug="padrino", term="Padrino", meaning="En español.", language="es")
    text = client.get(reverse("content:glossary")).content.decode()
    assert '<dt id="sponsor"><strong><dfn>Sponsor</dfn></strong></dt>' in text
    assert "A member who &lt;helps&gt;." in text
    assert "Padrino" not in text


def test_a_word_that_an_editor_changed_stays_changed_when_the_starter_is_loaded_again(capsys):
    call_command("load_starter")
    assert Term.objects.filter(slug="higher-power").exists()
    Term.objects.filter(slug="sponsor", language="en").update(meaning="Changed by an editor.")
    count = Term.objects.count()
    call_command("load_starter")
    assert Term.objects.get(slug="sponsor", language="en").meaning == "Changed by an editor."
    assert Term.objects.count() == count


@pytest.fixture
def sponsor():
    make_centre()
    Term.objects.create(slug="sponsor", term="Sponsor", meaning="A member who helps.")
    Term.objects.create(slug="detox", term="Detox, or withdrawal care (WC)", meaning="Care.")


def article_with(client, *texts):
    article = make_article(text=texts[0])
    for at, text in enumerate(texts[1:], start=20):
        Section.objects.create(parent=article, region="main", ordering=at, heading=f"{at}", anchor=f"a{at}", text=text)
    publish(article)
    return client.get(article.get_absolute_url()).content.decode()


LINK = '<a href="/glossary/#{}">{}</a>'


def test_a_word_leads_to_the_glossary_where_the_article_first_says_it(client, sponsor):
    text = article_with(client, "<p>A SPONSOR helps. Your sponsor listens.</p>", "<p>Ask a sponsor.</p>")
    assert text.count("/glossary/#sponsor") == 1
    assert f"A {LINK.format('sponsor', 'SPONSOR')} helps. Your sponsor listens." in text


@pytest.mark.parametrize(
    "text",
    [
        '<p><a href="/help-now/">a sponsor</a></p>',
        '<p><a href="/help-now/"><strong>a sponsor</strong></a></p>',
        "<h3>The sponsor</h3><p>Words.</p>",
        "<p>Sponsorship, co-sponsor, sponsored, sponsor-like, sponsors.</p>",
        "<p>Help &amp; hope.</p>",
    ],
)
def test_links_headings_and_longer_words_stay_as_they_are(client, sponsor, text):
    Term.objects.create(slug="amp", term="Amp", meaning="Nothing that a sign is made of.")
    assert 'href="/glossary/#' not in article_with(client, text)


def test_after_a_link_or_a_heading_words_are_linked_again(client, sponsor):
    text = article_with(client, '<h3>The sponsor</h3><p><a href="/help-now/">Sponsor</a>: a sponsor helps.</p>')
    assert f"a {LINK.format('sponsor', 'sponsor')} helps" in text


@pytest.mark.parametrize("form", ["Detox", "withdrawal care", "WC"])
def test_each_way_to_say_a_word_is_known_and_only_the_first_is_linked(client, sponsor, form):
    text = article_with(client, f"<p>First {form}, then detox and withdrawal care and WC.</p>")
    assert text.count("/glossary/#detox") == 1
    assert LINK.format("detox", form) in text


def test_spanish_articles_lead_to_the_spanish_words(client, sponsor):
    Term.objects.create(slug="sponsor", term="Padrino, o madrina", meaning="Ayuda.", language="es")
    publish(make_article(text="<p>Una madrina, y un sponsor.</p>", language="es", slug="es-a"))
    text = client.get("/es/articles/es-a/").content.decode()
    assert '<a href="/es/glossary/#sponsor">madrina</a>, y un sponsor.' in text


def test_a_word_with_special_letters_breaks_nothing(client):
    make_centre()
    Term.objects.create(slug="and", term="A&B <c>", meaning="Letters.")
    assert LINK.format("and", "A&amp;B &lt;c&gt;") in article_with(client, "<p>Say a&amp;b, A&amp;B &lt;c&gt;.</p>")
