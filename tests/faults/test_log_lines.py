"""P61. Whatever stands in an address, a header or a name: one event is one line of JSON, and nobody forges another."""

import json
import socket

import pytest

from tests.faults.rig import figure

pytestmark = pytest.mark.once

ODD = [b"%0aGET%20/forged%20200", b"%0d%0a%0d%0a", b"%1b[31mred", b"%E2%80%A8x", b"%C2%85", b"%22%7d", b"%00", b"\xff"]
REQUESTS = [b"GET /a%s HTTP/1.1\r\n" % odd for odd in ODD] + [
    b"GET /b HTTP/1.1\r\nUser-Agent: x\x1b[31m%s\r\n" % odd for odd in ODD
]


def ask(port, head):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(head + b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n")
        while wire.recv(65536):
            pass


def test_no_address_and_no_header_makes_a_line_of_its_own(site):
    site.serve()
    for head in REQUESTS:
        ask(site.port, head)
    visitor = site.visitor()
    key = visitor.get("/admin/login/").hidden("csrfmiddlewaretoken")
    visitor.post("/admin/login/", {"username": "x\r\nforged\u2028", "password": "x", "csrfmiddlewaretoken": key})
    site.stop("gunicorn")
    lines = site.said("gunicorn").splitlines()
    events = [json.loads(line) for line in lines]
    figure("P61", f"lines of the log that are one event of JSON, of {len(lines)}", len(events), "all")
    assert sum("/a" in event["message"] for event in events) >= len(ODD) - 1, "control: they were logged"
    assert not any(line.startswith("GET /forged") for line in lines)
    assert "\x1b" not in site.said("gunicorn")
