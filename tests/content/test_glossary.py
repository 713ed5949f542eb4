import pytest
from django.core.management import call_command
from django.urls import reverse

from content.models import Term
from tests.content.factories import make_centre

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
