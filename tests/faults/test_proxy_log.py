"""P19. What the shipped proxy writes down and says of itself, whatever becomes of a request."""

import json
import socket
import struct
import time

import pytest

from tests.faults.rig import figure, shipped_proxy

pytestmark = pytest.mark.once

VISITOR = "127.0.0.77"
MARK = "a-word-of-the-visitor"


def leave_at_once(port, data, *, wait=0.2):
    """Sends `data`, and the line is gone: what has not been read is lost."""
    wire = socket.socket()
    wire.bind((VISITOR, 0))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    wire.settimeout(10)
    wire.connect(("127.0.0.1", port))
    wire.sendall(data)
    time.sleep(wait)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def requests(largest):
    host, secret = b"Host: 127.0.0.1\r\n", f"Cookie: x={MARK}\r\nReferer: http://{MARK}/\r\n".encode()
    yield b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (largest, secret)
    yield b"GET /articles/?%s HTTP/1.1\r\n" % MARK.encode() + host + secret + b"\r\n"
    yield b"GET /" + MARK.encode()
    yield b"POST /contact/ HTTP/1.1\r\n" + host + secret + b"Content-Length: 900\r\n\r\nmessage=" + MARK.encode()
    yield b"POST /contact/ HTTP/1.1\r\n" + host + secret + b"Content-Length: 900000\r\n\r\n" + MARK.encode() * 9000
    yield b"POST /contact/ HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz" + MARK.encode()
    yield b"CONNECT %s:443 HTTP/1.1\r\n" % MARK.encode() + host + b"\r\n"
    yield b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % MARK.encode()
    yield b"GET / HTTP/9.9\r\n" + host + secret + b"\r\n"
    yield b"\x16\x03\x01" + MARK.encode()


def break_off_everything(site, port):
    files = [file for file in (site.folder / "var/static").rglob("*.js*") if file.is_file()]
    largest = max(files, key=lambda file: file.stat().st_size).relative_to(site.folder / "var/static")
    for request in requests(f"/static/{largest}".encode()):
        for wait in (0, 0.3):
            leave_at_once(port, request, wait=wait)
    time.sleep(0.5)


def is_written_down(site):
    said = site.said("caddy")
    return [word for word in (VISITOR, MARK) if word in said]


def test_no_line_of_the_proxy_holds_an_address_or_a_word_of_a_visitor(site):
    site.serve()
    with shipped_proxy(site) as port:
        break_off_everything(site, port)
        site.stop("gunicorn")
        break_off_everything(site, port)  # and nobody answers
        assert site.visitor().get("/contact/").status == 502
    written = is_written_down(site)
    figure("P19", "requests broken off: addresses and words in the proxy's log", len(written), "0")
    assert written == []
    lines = [json.loads(line) for line in site.said("caddy").splitlines()]
    failures = [line for line in lines if line.get("logger") == "http.log.error"]
    assert 502 in {line["status"] for line in failures}, "control: a site that is away is written down"
    assert all(line.keys() <= {"level", "ts", "logger", "duration", "status", "err_trace"} for line in failures)


def without_its_log_rules(caddyfile):
    return caddyfile.replace("exclude http", "exclude x.http").replace("message_key", "#")


def test_control_the_proxy_by_itself_would_write_it_down(site):
    site.serve()
    with shipped_proxy(site, without_its_log_rules) as port:
        break_off_everything(site, port)
        site.stop("gunicorn")
        break_off_everything(site, port)
    assert is_written_down(site) == [VISITOR, MARK]


def test_no_answer_names_the_programs_behind_it(site):
    site.serve()
    with shipped_proxy(site) as port:
        visitor = site.visitor()
        big = {"Content-Length": "900000"}
        answers = [visitor.get(path) for path in ("/", "/contact/", "/nowhere/", "/healthz", "/readyz", "/favicon.ico")]
        answers.append(visitor.get("/admin/login/", Host=f"localhost:{port}"))
        answers += [visitor.send("POST", "/contact/", b"a" * 900_000, big), visitor.send("PUT", "/", b"", {})]
        site.stop("gunicorn")
        answers.append(visitor.get("/"))
    assert {answer.status for answer in answers} >= {200, 404, 413, 502}, "control"
    for answer in answers:
        assert answer.headers["Server"] is None and answer.headers["Via"] is None, answer.status
