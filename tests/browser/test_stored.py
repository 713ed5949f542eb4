"""What got into the database past every check runs in no browser, even where no policy forbids it."""

import json

import pytest
from django.db import DataError, IntegrityError, models, transaction

from content.models import Article, Centre, HelpLine, Notice, Reviewer, Revision, Section, Source, Term, Topic
from tests.browser import pages

pytestmark = [pytest.mark.browser, pytest.mark.once]

PAYLOADS = [
    "<img src=x onerror=window.hit=1>",
    "\"'><svg onload=window.hit=1>",
    "</script><script>window.hit=1</script>",
    "</title></style><img src=x onerror=window.hit=1>",
]
LONGEST = max(map(len, PAYLOADS))
STRUCTURE = {"type", "kind", "anchor", "voice", "number", "language", "slug", "key", "url"}
ROWS = (Article, Centre, HelpLine, Notice, Reviewer, Section, Source, Term, Topic)


def poison(payload):
    """Write `payload` into every text of every row and of every revision, past forms and models: how many took it."""
    poisoned = 0
    for model in ROWS:
        for field in model._meta.local_fields:
            room = field.max_length or LONGEST
            is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.SlugField)
            if not is_text or field.choices or field.validators[1:] or room < LONGEST or field.name in STRUCTURE:
                continue
            try:
                with transaction.atomic():
                    poisoned += model._base_manager.update(**{field.name: payload}) > 0
            except (IntegrityError, DataError):
                continue  # a constraint holds it back
    stored = Revision._meta.get_field("snapshot_json")
    for revision in Revision._base_manager.all():
        snapshot = json.dumps(with_payload(revision.snapshot, payload))
        poisoned += Revision._base_manager.filter(pk=revision.pk)._update([(stored, None, snapshot)])
    return poisoned


def with_payload(value, payload, name=""):
    if isinstance(value, dict):
        return {key: with_payload(inside, payload, key) for key, inside in value.items()}
    if isinstance(value, list):
        return [with_payload(inside, payload, name) for inside in value] if name != "citations" else value
    return payload if isinstance(value, str) and name not in STRUCTURE and not value[:4].isdigit() else value


def has_run(page):
    return page.evaluate("() => window.hit === 1")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_was_stored_past_all_checks_runs(browser, live_server, payload):
    with browser.new_context(base_url=live_server.url, bypass_csp=True) as context:
        page = context.new_page()
        paths = [pages.ARTICLE, pages.SPANISH_ARTICLE, "/", "/articles/", "/help-now/", "/search/?q=img", "/contact/"]
        paths += [path for path in pages.all_public(page) if path not in paths][:20]
        assert poison(payload) > 30
        ran, carried = [], 0
        for path in paths:
            answer = page.goto(path)
            assert answer.status < 500, path
            carried += "window.hit" in answer.text()
            page.wait_for_load_state("networkidle")
            if has_run(page):
                ran.append(path)
        assert ran == []
        assert carried > 5, "control: the pages show what was stored"


def test_control_what_is_shown_as_it_was_stored_would_run(page):
    for payload in PAYLOADS:
        page.goto("about:blank")
        page.set_content(payload)
        page.wait_for_function("() => window.hit === 1")
