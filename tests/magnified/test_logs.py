import json
import logging

from magnified.logs import SafeFormatter


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
