import socket
import urllib.request

import pytest
from playwright.sync_api import Error

from tests.conftest import NetworkClosed

pytestmark = pytest.mark.once


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com"])
def test_no_connection_leaves_this_machine(host):
    with pytest.raises(NetworkClosed):
        urllib.request.urlopen(f"http://{host}/", timeout=1)


@pytest.mark.parametrize("verb", ["connect", "connect_ex"])
def test_no_socket_leaves_this_machine(verb):
    with socket.socket() as sender, pytest.raises(NetworkClosed):
        getattr(sender, verb)(("192.0.2.1", 80))


def test_no_datagram_leaves_this_machine():
    with socket.socket(type=socket.SOCK_DGRAM) as sender, pytest.raises(NetworkClosed):
        sender.sendto(b"", ("192.0.2.1", 53))


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


@pytest.mark.browser
def test_the_browser_reaches_the_site_and_nothing_else(page):
    assert page.goto("/healthz").ok
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
