"""The mark in the forms that programs ask for, the share picture, and what quiet mode has instead."""

import hashlib
import io
import re
from urllib.parse import unquote

import pytest
from django.conf import settings
from PIL import Image

from tests.content.factories import make_centre, make_published

IMAGES = settings.BASE_DIR / "static" / "img"
DRAWN = {
    "/static/img/share.png": ("share.svg", (1200, 630)),
    "/static/img/quiet.png": ("quiet.svg", (32, 32)),
    "/favicon.ico": ("icon.svg", (32, 32)),
    "/apple-touch-icon.png": ("icon.svg", (180, 180)),
}


def fetched(client, path):
    response = client.get(path)
    assert response.status_code == 200, path
    return response, b"".join(response.streaming_content)


@pytest.mark.parametrize("path", DRAWN)
def test_a_bitmap_is_served_in_its_size_and_is_as_new_as_its_drawing(client, path):
    drawing, size = DRAWN[path]
    response, stored = fetched(client, path)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in response
    picture = Image.open(io.BytesIO(stored[22:] if path.endswith(".ico") else stored))
    assert picture.size == size
    made_from = hashlib.sha256((IMAGES / drawing).read_bytes()).hexdigest()
    assert picture.text["Source"] == made_from, "run bin/draw"


def test_a_browser_reads_the_icon_file(client):
    icon = Image.open(io.BytesIO(fetched(client, "/favicon.ico")[1]))
    assert icon.format == "ICO" and icon.size == (32, 32)


def test_a_drawing_is_small_enough_for_the_first_view():
    assert (IMAGES / "icon.svg").stat().st_size < 500
    assert (IMAGES / "quiet.png").stat().st_size < 500


@pytest.fixture
def site(db):
    make_centre()
    make_published()


@pytest.mark.parametrize("path", ["/", "/articles/test-article/"])
def test_a_page_names_one_icon_and_the_share_picture_with_its_words(client, site, path):
    html = client.get(path).content.decode()
    [icon] = re.findall(r'<link rel="[a-z-]*icon" href="data:image/svg\+xml,(.+?)"', html)
    assert unquote(icon).replace("'", '"') == (IMAGES / "icon.svg").read_text().strip()
    assert f'<meta property="og:image" content="{settings.PUBLIC_URL}/static/img/share.png">' in html
    assert re.search(r'<meta property="og:image:alt" content="[A-Z][^"]{10,}">', html)


@pytest.mark.parametrize("path", ["/", "/articles/test-article/"])
def test_quiet_mode_has_neither_mark_nor_share_picture(client, site, path):
    html = client.get(path + "?quiet").content.decode()
    assert set(re.findall(r'<link rel="[a-z-]*icon" href="(.+?)"', html)) == {"/static/img/quiet.png"}
    assert "og:image" not in html and "share.png" not in html and "svg+xml" not in html
    assert 'class="mark"' not in html


def test_a_page_names_the_hash_of_its_own_style_alone(client, site):
    def hashes(path):
        policy = client.get(path)["Content-Security-Policy"]
        return re.findall("'sha256-[^']+'", re.search("style-src ([^;]*)", policy)[1])

    assert len(hashes("/")) == len(hashes("/contact/")) == 1
    assert hashes("/") != hashes("/contact/")
    assert len(hashes("/no-such-page/")) > 1, "error pages are made without a request"
