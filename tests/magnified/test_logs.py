import ast
import json
import logging
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import admissions.urls
import content
import magnified
from admissions import rate_limits
from admissions.management.commands import worker
from content.delivery import content_version
from magnified.logs import LEAVE_NO_LINE, SafeFormatter, leaves_a_line

pytestmark = pytest.mark.once


def logged(name, message, *args, error=None):
    record = logging.LogRecord(
        name,
        logging.ERROR,
        __file__,
        1,
        message,
        args,
        error and (type(error), error, None),
    )
    return SafeFormatter().format(record)


def test_a_line_is_one_line_of_json_whatever_it_holds():
    for text in ("a\nb", "a\r\nINFO forged", "a\u2028b", "\x1b[31mred", '"quoted"'):
        line = logged("content", text)
        assert len(line.splitlines()) == 1
        assert json.loads(line)["message"] == text


def test_paths_and_rows_that_django_would_fill_in_stay_out():
    line = logged("django.request", "Internal Server Error: %s", "/contact/?phone=7145550142")
    assert "7145550142" not in line
    assert "Internal Server Error" in line


def test_a_forged_host_is_not_repeated():
    line = logged("django.security.DisallowedHost", "Invalid HTTP_HOST header: 'robin.example'")
    assert "robin" not in line


def test_an_exceptions_words_stay_out_and_its_type_stays_in():
    line = logged(
        "content",
        "It failed",
        error=ValueError("Key (phone)=(7145550142) already exists"),
    )
    assert "7145550142" not in line
    assert json.loads(line)["error"] == "ValueError"


def handlers():
    """Each call of a log in each `except` of the product."""
    for app in (content, admissions, magnified):
        for file in Path(app.__path__[0]).rglob("*.py"):
            for handler in ast.walk(ast.parse(file.read_text())):
                if isinstance(handler, ast.ExceptHandler):
                    calls = [node for node in ast.walk(handler) if isinstance(node, ast.Call)]
                    yield from (call for call in calls if ast.unparse(call.func).startswith("log."))


def test_whatever_is_caught_and_logged_is_logged_with_its_frames():
    calls = list(handlers())
    assert len(calls) > 15, "control"
    without = [ast.unparse(call) for call in calls if "exc_info" not in {word.arg for word in call.keywords}]
    assert without == []


def break_the_version_store(error, monkeypatch):
    monkeypatch.setattr(content_version, "read_version", error)
    content_version.VersionWatch().refresh()


def break_the_counters(error, monkeypatch):
    monkeypatch.setattr(rate_limits, "caches", {"counters": SimpleNamespace(add=error)})
    rate_limits.count("what", "who", within=timedelta(minutes=1))


def break_the_worker(error, monkeypatch):
    def purge():
        error()

    worker.Command().attempt(purge)


@pytest.mark.django_db  # the worker closes what connections tests before this one left open
@pytest.mark.parametrize("broken", [break_the_version_store, break_the_counters, break_the_worker])
def test_a_fault_that_is_caught_leaves_its_type_and_where_it_happened_and_no_value(broken, monkeypatch, caplog):
    def mistaken(*args, **kwargs):
        secret = "robin@example.com"
        raise KeyError(secret)

    broken(mistaken, monkeypatch)
    (line,) = [json.loads(line) for line in caplog.text.splitlines()]
    assert line["error"] == "KeyError"
    assert line["at"][-1].endswith(" mistaken") and len(line["at"]) > 1
    assert "robin" not in caplog.text
    assert "robin" in logging.Formatter().format(caplog.records[0]), "control"


FORMS = ["/contact/", "/es/contact/", "/contact", "//contact/", "/es//contact/", "/return/destroy/", "/es/return/add/"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", [*FORMS, "/received/", "/admin/admissions/inquiry/", "/static/js/write.0a1b2c.js"])
def test_no_line_tells_the_second_at_which_somebody_wrote_or_was_answered(method, path):
    assert not any(leaves_a_line(method, path, status) for status in (200, 302, 303, 403, 404, 409, 503))


def test_every_address_of_the_forms_and_of_the_desk_leaves_no_line():
    firsts = {str(pattern.pattern).partition("/")[0] for pattern in admissions.urls.urlpatterns}
    assert firsts | {"admin", "shared"} <= LEAVE_NO_LINE


def test_control_what_everybody_reads_leaves_a_line_and_what_readers_post_does_not():
    for path in ("/", "/es/", "/articles/a/", "/es/articles/contact/", "/nowhere/", "/healthz"):
        assert leaves_a_line("GET", path, 200), path
    assert leaves_a_line("POST", "/nowhere/", 404)
    assert not leaves_a_line("POST", "/articles/a/helpful/", 303)
