import json
import logging

import pytest

import admissions.urls
from magnified.logs import LEAVE_NO_LINE, SafeFormatter, leaves_a_line


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
