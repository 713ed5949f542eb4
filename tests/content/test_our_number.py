"""Who answers our number is said wherever the number stands."""

import re

import pytest
from django.conf import settings

from content.delivery import organisation
from tests.content.factories import make_centre, make_notice

WITHOUT = {"help_ladder.html", "phone_bar.html"}  # the answer itself, and a bar that names our team and no number


def test_each_template_that_names_our_number_says_who_answers_it():
    templates = {file.name: file.read_text() for file in (settings.BASE_DIR / "templates").rglob("*.html")}
    named = {name: text.count("centre.phone_href") for name, text in templates.items() if "centre.phone_href" in text}
    silent = {name for name, times in named.items() if templates[name].count('#us">') < times}
    assert silent == WITHOUT
    assert "error_page.html" in named, "control"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "links"),
    [
        ("/no-such-page/", 2),
        ("/help-now/what-to-say/", 4),
        ("/contact/", 4),
        ("/request-a-call/", 4),
        ("/return/", 3),
        ("/received/", 3),
        ("/es/contact/", 4),
    ],
)
def test_the_words_beside_the_number_lead_to_who_answers_it(client, settings, tmp_path, path, links):
    settings.VAR_DIR = tmp_path
    make_centre()
    for language in ("en", "es"):
        make_notice(kind="consent", language=language)
    organisation.write_fallback_snapshot()
    page = client.get(path).content.decode()
    assert len(re.findall(r'<a href="#us">(?:Who answers|¿Quién contesta)', page)) == links
    assert page.count('id="us"') == 1
