"""What becomes of an uploaded picture: pixels alone survive, and whatever is no picture is refused with a sentence."""

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image, PngImagePlugin

from content import drawing, services
from content.models import Picture, PictureBlock
from tests.content.factories import make_article, make_centre, make_reviewer, make_user, publish

pytestmark = pytest.mark.django_db
MARKER = "Canary Street 33.6 N 117.9 W"
GPS, MAKER = 0x8825, 0x010E
ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Every file that this test stores lies below here."""
    own = {
        name: settings.STORAGES[name]
        | {"OPTIONS": settings.STORAGES[name]["OPTIONS"] | {"location": tmp_path / folder}}
        for name, folder in (("default", "media"), ("originals", "originals"))
    }
    settings.STORAGES = settings.STORAGES | own
    return tmp_path


def striped(size=(1600, 1000), mode="RGB"):
    """Left half red, right half blue; the upper half darker."""
    width, height = size
    image = Image.new(mode, size, "red")
    image.paste("blue", (width // 2, 0, width, height))
    image.paste("#800000", (0, 0, width // 2, height // 2))
    image.paste("#000080", (width // 2, 0, width, height // 2))
    return image


def photo(kind="JPEG", *, image=None, hidden=True, **options) -> bytes:
    """With everything that cameras and programs write beside the pixels, and the marker in all of it."""
    exif = Image.Exif()
    exif[MAKER] = MARKER
    exif.get_ifd(GPS)[29] = MARKER
    exif.get_ifd(GPS)[1], exif.get_ifd(GPS)[2] = "N", (33.0, 36.0, 0.0)
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPS>{MARKER}</exif:GPS></x:xmpmeta>'.encode()
    beside = {"exif": exif}
    if kind in {"JPEG", "WEBP"}:
        beside["xmp"] = xmp
    if kind == "JPEG":
        beside["comment"] = MARKER
    if kind == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", MARKER)
        notes.add_itxt("XML:com.adobe.xmp", xmp.decode())
        beside["pnginfo"] = notes
    out = io.BytesIO()
    (image or striped()).save(out, kind, **(beside if hidden else {}), **options)
    return out.getvalue()


def uploaded(content, name="photo.jpg", **fields):
    picture = Picture(**({"alt": "A room", "file": ContentFile(content, name=name)} | fields))
    picture.full_clean()
    picture.save()
    return picture


def stored_files(var):
    return {file.relative_to(var): file.read_bytes() for file in var.rglob("*") if file.is_file()}


def served(client, path):
    response = client.get(path)
    assert response.status_code == 200 and b"".join(response.streaming_content), path
    return response


# Nothing hidden is stored


@pytest.mark.parametrize("kind", ENDINGS)
def test_no_stored_file_says_where_a_photo_was_taken(var, kind):
    content = photo(kind)
    assert MARKER.encode() in content, "control: the upload says it"
    uploaded(content, name=f"photo.{ENDINGS[kind]}")
    files = stored_files(var)
    assert {file.parts[0] for file in files} == {"media", "originals"} and len(files) > 8
    for name, stored in files.items():
        assert not any(MARKER.encode(encoding) in stored for encoding in ("utf-8", "utf-16-le", "utf-16-be")), name
        with Image.open(io.BytesIO(stored)) as opened:
            assert not opened.getexif() and not opened.getexif().get_ifd(GPS), name
            assert not {"exif", "xmp", "comment", "Comment", "icc_profile"} & opened.info.keys(), name


def test_the_search_for_the_marker_finds_it_in_a_file_that_was_only_copied(var):
    """The control: the same walk over a store that keeps what it gets."""
    (var / "media").mkdir()
    (var / "media" / "copy.jpg").write_bytes(photo())
    assert [name for name, stored in stored_files(var).items() if MARKER.encode() in stored] == [Path("media/copy.jpg")]


def test_a_photo_that_was_held_sideways_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    out = io.BytesIO()
    striped((1000, 600)).save(out, "JPEG", exif=exif)
    picture = uploaded(out.getvalue())
    assert (picture.width, picture.height) == (600, 1000)


# Renditions


def test_a_picture_has_several_widths_and_a_fallback_each_under_the_hash_of_its_bytes(var):
    picture = uploaded(photo())
    shown = picture.shown()
    assert (shown["width"], shown["height"]) == (picture.width, picture.height) == (1280, 800)
    assert [part.split()[1] for part in shown["srcset"].split(", ")] == ["480w", "800w", "1280w"]
    assert shown["src"].endswith(".jpg") and ".webp" in shown["srcset"]
    for file, content in stored_files(var).items():
        with Image.open(io.BytesIO(content)) as opened:
            assert opened.format == {".jpg": "JPEG", ".webp": "WEBP"}[file.suffix]
        assert hashlib.sha256(content).hexdigest()[:32] == file.stem


def test_the_same_picture_is_stored_once(var):
    uploaded(photo())
    before = stored_files(var)
    uploaded(photo("JPEG"), alt="The same room")
    assert stored_files(var) == before


def test_a_small_picture_is_never_blown_up():
    picture = uploaded(photo(image=striped((600, 300))))
    assert [part.split()[1] for part in picture.shown()["srcset"].split(", ")] == ["480w", "600w"]
    assert (picture.shown("square")["width"], picture.shown("square")["height"]) == (288, 288)
    tiny = uploaded(photo(image=striped((4, 2))))
    assert (tiny.shown("wide")["width"], tiny.shown("square")["width"]) == (4, 2)


def test_what_is_transparent_stays_so():
    picture = uploaded(photo("PNG", image=Image.new("RGBA", (600, 400), (0, 128, 128, 0))), name="mark.png")
    assert picture.shown()["src"].endswith(".png")
    with picture.file.open() as stored, Image.open(stored) as opened:
        assert opened.convert("RGBA").getpixel((5, 5))[3] == 0


def middle_of(var, shown):
    with Image.open(var / "media" / Path(shown["src"]).name) as opened:
        return opened.convert("RGB").getpixel((opened.width // 2, opened.height // 2))


@pytest.mark.parametrize(("focus", "red", "blue"), [("middle-left", True, False), ("middle-right", False, True)])
def test_what_is_cut_keeps_its_focus(var, focus, red, blue):
    picture = uploaded(photo(image=striped((1600, 400))), focus=focus)
    seen = middle_of(var, picture.shown("square"))
    assert (seen[0] > seen[2], seen[2] > seen[0]) == (red, blue)


def test_a_wide_band_keeps_the_upper_or_the_lower_part(var):
    tall = striped((900, 1600))
    upper = middle_of(var, uploaded(photo(image=tall), focus="top-center").shown("wide"))
    lower = middle_of(var, uploaded(photo(image=tall), focus="bottom-center").shown("wide"))
    assert max(upper) < 160 < max(lower)


def test_every_focus_that_can_be_chosen_can_be_drawn():
    assert set(Picture.Focus.values) == set(drawing.FOCUS)


def test_another_focus_is_drawn_from_the_original_and_older_files_stay(var):
    picture = uploaded(photo(image=striped((1600, 400))), focus="middle-left")
    before = stored_files(var)
    picture = Picture.objects.get()
    picture.focus = "middle-right"
    picture.full_clean()
    picture.save()
    seen = middle_of(var, picture.shown("square"))
    assert seen[2] > seen[0]
    assert before.keys() < stored_files(var).keys()


def test_a_picture_whose_words_alone_change_is_not_drawn_again(monkeypatch):
    picture = uploaded(photo())
    monkeypatch.setattr(drawing, "draw", None)
    picture.alt = "The same room"
    picture.full_clean()
    picture.save()


def test_a_picture_from_before_there_were_shapes_is_shown_and_gets_them_at_the_next_save(var):
    name, content = drawing.encoded(striped(), "WEBP")
    (var / "media").mkdir()
    (var / "media" / name).write_bytes(content)
    picture = Picture.objects.create(file=name, alt="A room", width=1600, height=1000)
    assert picture.shown("square") == {"src": f"/media/{name}", "srcset": "", "width": 1600, "height": 1000}
    picture = Picture.objects.get()
    picture.full_clean()
    picture.save()
    assert picture.shown("square")["width"] == 288


def test_a_picture_whose_file_is_gone_asks_for_it():
    picture = Picture.objects.create(file=f"{'0' * 32}.webp", alt="A room", width=1, height=1)
    with pytest.raises(ValidationError, match="Upload it again"):
        picture.full_clean()


# What is refused


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    """A PNG of a few bytes that claims to have so many points."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def moving(kind):
    out = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), color) for color in ("red", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", "hello")
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
REFUSED = [
    (SVG, "drawing.svg", drawing.DRAWING),
    (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->' + SVG, "drawing.svg", drawing.DRAWING),
    (SVG, "photo.jpg", drawing.DRAWING),
    (b"not a picture", "photo.jpg", drawing.UNREADABLE),
    (photo()[:200], "photo.jpg", drawing.UNREADABLE),
    (photo("GIF", hidden=False), "photo.gif", drawing.UNREADABLE),
    (b"\0\0\0\x18ftypheic" + b"\0" * 40, "photo.heic", drawing.FROM_A_PHONE),
    (photo("PNG"), "photo.jpg", "The file's name ends in .jpg, but inside is a PNG picture."),
    (photo(), "photo.html", "The file's name ends in .html, but inside is a JPEG picture."),
    (photo() + b"<script>alert(1)</script>", "photo.jpg", drawing.TWO_FACED),
    (photo("PNG") + b"<?php echo 1; ?>", "photo.png", drawing.TWO_FACED),
    (photo() + b"%PDF-1.7", "photo.jpg", drawing.TWO_FACED),
    (photo() + zipped(), "photo.jpg", drawing.TWO_FACED),
    (photo(comment=b"<HTML><body onload=alert(1)>", hidden=False), "photo.jpg", drawing.TWO_FACED),
    (moving("WEBP"), "photo.webp", drawing.MOVES),
    (moving("PNG"), "photo.png", drawing.MOVES),
    (bomb(9_000, 9_000), "photo.png", drawing.TOO_MANY_POINTS),
    (bomb(12_000, 9_000), "photo.png", drawing.TOO_MANY_POINTS),
    (bomb(60_000, 60_000), "photo.png", drawing.TOO_MANY_POINTS),
    (bomb(1, 40_000_000), "photo.png", drawing.TOO_LONG),
    (b"\xff\xd8\xff" + b"\0" * drawing.MAX_BYTES, "photo.jpg", drawing.TOO_LARGE),
]


@pytest.mark.parametrize(("content", "name", "sentence"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_plain_picture_is_refused_with_a_sentence_and_nothing_is_stored(var, content, name, sentence):
    with pytest.raises(ValidationError) as caught:
        uploaded(content, name=name)
    (said,) = caught.value.messages
    assert said.startswith(sentence)
    assert said.endswith((".", "upload that.")) and any(word in said.lower() for word in ("upload", "try again"))
    assert stored_files(var) == {} and not Picture.objects.exists()


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.JPG"), ("JPEG", "a.jfif"), ("PNG", "a.png"), ("WEBP", "a")])
def test_the_same_pictures_without_a_fault_are_taken(kind, name):
    """The control."""
    uploaded(photo(kind), name=name)


def test_a_picture_is_described_or_marked_as_decoration():
    for alt, decorative in (("", False), ("A room", True)):
        with pytest.raises(ValidationError, match="Describe the picture"):
            uploaded(photo(), alt=alt, decorative=decorative)
        with pytest.raises(IntegrityError), transaction.atomic():
            Picture.objects.create(file="a", width=1, height=1, alt=alt, decorative=decorative)
    assert uploaded(photo(), alt="", decorative=True).shown()


# On pages


def test_readers_get_every_width_with_its_size_set_and_the_original_has_no_address(client, var):
    make_centre()
    picture = uploaded(photo())
    article = make_article()
    PictureBlock.objects.create(
        parent=article, region="main", ordering=99, picture=picture, caption="Our hall", shape="wide"
    )
    publish(article)
    page = client.get(article.get_absolute_url())
    shown = picture.shown("wide")
    assert f'srcset="{shown["srcset"]}"' in page.content.decode()
    assert f'<img src="{shown["src"]}" width="1280" height="720" alt="A room" loading="lazy">' in page.content.decode()
    assert "img-src 'self'" in page["Content-Security-Policy"]
    for name in [shown["src"], *(part.split()[0] for part in shown["srcset"].split(", "))]:
        answer = served(client, name)
        assert answer["Content-Type"] == {"jpg": "image/jpeg", "webp": "image/webp"}[name.rpartition(".")[2]]
        assert "sandbox" in answer["Content-Security-Policy"]
    (original,) = (var / "originals").iterdir()
    assert original.name == picture.original
    assert client.get(f"/media/{original.name}").status_code == 404


def test_an_older_revision_shows_the_picture_that_it_had(client):
    make_centre()
    picture = uploaded(photo())
    article = make_article()
    PictureBlock.objects.create(parent=article, region="main", ordering=99, picture=picture)
    first = publish(article)
    old = dict(first.snapshot["blocks"][-1])
    del old["srcset"], old["shape"], old["decorative"]
    assert PictureBlock.of_data(old).shape == "whole", "revisions from before name no shape"
    picture.file = ContentFile(photo(image=striped((900, 900))), name="other.jpg")
    picture.full_clean()
    picture.save()
    assert first.snapshot["blocks"][-1]["src"] in client.get(article.get_absolute_url()).content.decode()
    assert served(client, first.snapshot["blocks"][-1]["src"])
    assert PictureBlock.objects.get().data()["src"] != first.snapshot["blocks"][-1]["src"], "control: it has changed"


def test_a_reviewer_is_shown_as_a_portrait(client):
    make_centre()
    reviewer = make_reviewer(picture=uploaded(photo()))
    page = client.get(reviewer.get_absolute_url()).content.decode()
    shown = reviewer.portrait
    assert f'<img src="{shown["src"]}" width="288" height="288" alt="" loading="lazy">' in page


# The desk


def form(content, name="photo.jpg", **fields):
    out = io.BytesIO(content)
    out.name = name
    return {"file": out, "alt": "A room", "focus": "middle-left"} | fields


def test_a_writer_uploads_a_picture_and_sees_where_it_is_used(client):
    client.force_login(make_user("writer"))
    assert client.post(reverse("admin:content_picture_add"), form(photo())).status_code == 302
    picture = Picture.objects.get()
    article = make_article(title="With a picture")
    PictureBlock.objects.create(parent=article, region="main", ordering=99, picture=picture, caption="Our hall")
    services.save_revision(article=article)
    make_reviewer(slug="other", name="Dr. Other", picture=picture)
    page = client.get(reverse("admin:content_picture_change", args=[picture.pk])).content.decode()
    for words in ("With a picture", "Our hall", "Dr. Other", picture.shown("wide")["src"]):
        assert words in page
    assert "originals" not in page and picture.original not in page


def test_the_form_says_what_is_wrong_with_a_file(client):
    client.force_login(make_user("writer"))
    page = client.post(reverse("admin:content_picture_add"), form(SVG, "drawing.svg")).content.decode()
    assert "Save it as a PNG file and upload that." in page
    page = client.post(reverse("admin:content_picture_add"), form(photo(), alt="")).content.decode()
    assert "tick “mere decoration”" in page


@pytest.mark.parametrize("role", ["reviewer", "admissions", "admissions_lead", "privacy_officer"])
def test_who_does_not_write_uploads_and_changes_no_picture(client, var, role):
    picture = uploaded(photo())
    before = stored_files(var)
    client.force_login(make_user(role))
    for url in (reverse("admin:content_picture_add"), reverse("admin:content_picture_change", args=[picture.pk])):
        assert client.post(url, form(photo(image=striped((500, 500))))).status_code == 403
    assert client.post(reverse("admin:content_picture_delete", args=[picture.pk]), {"post": "yes"}).status_code == 403
    assert stored_files(var) == before and Picture.objects.get().focus == "middle-center"


def test_nobody_deletes_a_picture_that_a_text_shows(client):
    picture = uploaded(photo())
    PictureBlock.objects.create(parent=make_article(), region="main", ordering=99, picture=picture)
    client.force_login(make_user("publisher", is_superuser=True))
    client.post(reverse("admin:content_picture_delete", args=[picture.pk]), {"post": "yes"})
    assert Picture.objects.get() == picture
