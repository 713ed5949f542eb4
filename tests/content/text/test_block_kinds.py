"""One entry a kind: everything that a kind needs is there."""

import pytest
from django.conf import settings
from django.contrib import admin

from content.models import Article
from content.models.blocks import BLOCKS, MODELS
from content.text.block_kinds import HEADINGS, KINDS, WORDS, BlockKind
from magnified import roles, styleguide, styles

pytestmark = pytest.mark.once

OF_ARTICLES = [styles.KINDS[name] for name in ("article", "article_with_table", "quiet_article")]


def missing(name):
    """What a kind does not have."""
    kind, model = KINDS[name], MODELS.get(name)
    examples = styleguide.context()["page"]["blocks"]
    inlines = {inline.model for inline in admin.site.get_model_admin(Article).inlines}
    has = {
        "model": model is not None,
        "inline": model in inlines,
        "template": (settings.BASE_DIR / f"templates/components/{kind.template}.html").exists(),
        "style": (settings.BASE_DIR / f"static/css/{kind.style}.css").exists()
        and all(kind.style in components for components in OF_ARTICLES),
        "roles": model is not None and roles.CONTENT_ROLES["writer"].get(model._meta.model_name) == roles.ALL,
        "example": any(part["type"] == name for block in examples for part in (block, *block.get("parts", []))),
    }
    return {part for part, is_there in has.items() if not is_there}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_has_model_inline_template_style_roles_and_example(name):
    assert missing(name) == set()


def test_a_kind_that_nothing_was_made_for_would_be_found(monkeypatch):
    """The control."""
    monkeypatch.setitem(KINDS, "table", BlockKind(icon="#", template="none", style="none", key="table"))
    assert missing("table") == {"model", "inline", "template", "style", "roles", "example"}


def test_each_model_is_registered_in_the_order_of_its_kind():
    assert [model.type for model in BLOCKS] == list(KINDS)


@pytest.mark.parametrize("model", BLOCKS)
def test_the_fields_that_a_kind_names_are_its_own(model):
    kind = KINDS[model.type]
    own = {field.name for field in model._meta.get_fields()} | {"alt"}  # of the picture that a block shows
    named = {*kind.headings, *kind.words, *filter(None, [kind.part])}
    assert named <= own and {*model.fields} <= own


def test_headings_and_words_are_those_of_all_kinds_each_once():
    assert (HEADINGS, WORDS) == (("heading", "principle"), ("meaning", "caption", "alt"))
