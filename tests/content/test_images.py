"""What becomes of an uploaded picture: pixels alone survive, and whatever is no picture is refused with a sentence."""

import hashlib
import io
import random
import struct
import zipfile
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from content import images
from content.models import Picture, PictureBlock
from content.services import saving
from tests.admissions.factories import times
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
    metadata = {"exif": exif}
    if kind in {"JPEG", "WEBP"}:
        metadata["xmp"] = xmp
    if kind == "JPEG":
        metadata["comment"] = MARKER
    if kind == "PNG":
        notes = PngImagePlugin.PngInfo()
        notes.add_text("Comment", MARKER)
        notes.add_itxt("XML:com.adobe.xmp", xmp.decode())
        metadata["pnginfo"] = notes
    out = io.BytesIO()
    (image or striped()).save(out, kind, **(metadata if hidden else {}), **options)
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
    rendition = picture.rendition()
    assert (rendition["width"], rendition["height"]) == (picture.width, picture.height) == (1280, 800)
    assert [part.split()[1] for part in rendition["srcset"].split(", ")] == ["480w", "800w", "1280w"]
    assert rendition["src"].endswith(".jpg") and ".webp" in rendition["srcset"]
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
    assert [part.split()[1] for part in picture.rendition()["srcset"].split(", ")] == ["480w", "600w"]
    assert (picture.rendition("square")["width"], picture.rendition("square")["height"]) == (288, 288)
    tiny = uploaded(photo(image=striped((4, 2))))
    assert (tiny.rendition("wide")["width"], tiny.rendition("square")["width"]) == (4, 2)


def test_what_is_transparent_stays_so():
    picture = uploaded(photo("PNG", image=Image.new("RGBA", (600, 400), (0, 128, 128, 0))), name="mark.png")
    assert picture.rendition()["src"].endswith(".png")
    with picture.file.open() as stored, Image.open(stored) as opened:
        assert opened.convert("RGBA").getpixel((5, 5))[3] == 0


def middle_of(var, rendition):
    with Image.open(var / "media" / Path(rendition["src"]).name) as opened:
        return opened.convert("RGB").getpixel((opened.width // 2, opened.height // 2))


@pytest.mark.parametrize(("focus", "red", "blue"), [("middle-left", True, False), ("middle-right", False, True)])
def test_what_is_cut_keeps_its_focus(var, focus, red, blue):
    picture = uploaded(photo(image=striped((1600, 400))), focus=focus)
    seen = middle_of(var, picture.rendition("square"))
    assert (seen[0] > seen[2], seen[2] > seen[0]) == (red, blue)


def test_a_wide_band_keeps_the_upper_or_the_lower_part(var):
    tall = striped((900, 1600))
    upper = middle_of(var, uploaded(photo(image=tall), focus="top-center").rendition("wide"))
    lower = middle_of(var, uploaded(photo(image=tall), focus="bottom-center").rendition("wide"))
    assert max(upper) < 160 < max(lower)


def test_every_focus_that_can_be_chosen_can_be_drawn():
    assert set(Picture.Focus.values) == set(images.FOCUS)


def test_another_focus_is_drawn_from_the_original_and_older_files_stay(var):
    picture = uploaded(photo(image=striped((1600, 400))), focus="middle-left")
    before = stored_files(var)
    picture = Picture.objects.get()
    picture.focus = "middle-right"
    picture.full_clean()
    picture.save()
    seen = middle_of(var, picture.rendition("square"))
    assert seen[2] > seen[0]
    assert before.keys() < stored_files(var).keys()


def test_a_picture_whose_words_alone_change_is_not_drawn_again(monkeypatch):
    picture = uploaded(photo())
    monkeypatch.setattr(images, "draw", None)
    picture.alt = "The same room"
    picture.full_clean()
    picture.save()


def test_a_picture_from_before_there_were_shapes_is_shown_and_gets_them_at_the_next_save(var):
    name, content = images.encoded(striped(), "WEBP")
    (var / "media").mkdir()
    (var / "media" / name).write_bytes(content)
    picture = Picture.objects.create(file=name, alt="A room", width=1600, height=1000)
    assert picture.rendition("square") == {"src": f"/media/{name}", "srcset": "", "width": 1600, "height": 1000}
    picture = Picture.objects.get()
    picture.full_clean()
    picture.save()
    assert picture.rendition("square")["width"] == 288


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
    (SVG, "drawing.svg", images.DRAWING),
    (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->' + SVG, "drawing.svg", images.DRAWING),
    (SVG, "photo.jpg", images.DRAWING),
    (b"not a picture", "photo.jpg", images.UNREADABLE),
    (photo()[:200], "photo.jpg", images.UNREADABLE),
    (photo("GIF", hidden=False), "photo.gif", images.UNREADABLE),
    *(
        (b"\0\0\0\x18ftyp" + brand + b"\0" * 40, "photo.heic", images.FROM_A_PHONE)
        for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
    ),
    (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miaf" + b"heic" + b"\0" * 40, "photo", images.FROM_A_PHONE),
    (photo("AVIF", hidden=False), "photo.avif", images.AVIF),
    (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif" + b"miaf" + b"\0" * 40, "photo.jpg", images.AVIF),
    (b"\0\0\0\x18ftypqt  " + b"\0" * 40, "film.mov", images.UNREADABLE),
    (b"\xff\xff\xff\xffftyp", "photo", images.UNREADABLE),
    (photo("TIFF", hidden=False), "photo.jpg", images.UNREADABLE),
    (moving("WEBP"), "photo.webp", images.MOVES),
    (moving("PNG"), "photo.png", images.MOVES),
    (bomb(5_001, 4_000), "photo.png", images.TOO_MANY_POINTS),
    (bomb(9_000, 9_000), "photo.png", images.TOO_MANY_POINTS),
    (bomb(11_000, 9_000), "photo.png", images.TOO_MANY_POINTS),
    (bomb(12_000, 9_000), "photo.png", images.TOO_MANY_POINTS),
    (bomb(60_000, 60_000), "photo.png", images.TOO_MANY_POINTS),
    (bomb(1, 10_000_000), "photo.png", images.TOO_LONG),
    (b"\xff\xd8\xff" + b"\0" * images.MAX_BYTES, "photo.jpg", images.TOO_LARGE),
]


@pytest.mark.parametrize(("content", "name", "sentence"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_plain_picture_is_refused_with_a_sentence_and_nothing_is_stored(var, content, name, sentence):
    with pytest.raises(ValidationError) as caught:
        uploaded(content, name=name)
    (message,) = caught.value.messages
    assert message.startswith(sentence)
    assert message.endswith((".", "upload that.")) and any(word in message.lower() for word in ("upload", "try again"))
    assert stored_files(var) == {} and not Picture.objects.exists()


NAMES = ["a.JPG", "a.jpe", "photo 1.2", "a.jpg_large", "a", "a.png", "a.html", f"{'long-name-' * 24}.jpg", "a" * 255]


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_picture_is_taken_whatever_its_name(client, kind):
    client.force_login(make_user("writer"))
    content = photo(kind, image=striped((60, 40)))
    for name in NAMES:
        assert client.post(reverse("admin:content_picture_add"), form(content, name)).status_code == 302, name
    assert {len(picture.file.name) for picture in Picture.objects.all()} == {37}


BESIDE = {
    "script": photo() + b"<script>alert(1)</script>",
    "php": photo("PNG") + b"<?php echo 1; ?>",
    "pdf": photo() + b"%PDF-1.7",
    "zip": photo() + zipped(),
    "html": photo(comment=b"<HTML><body onload=alert(1)>", hidden=False),
}
SIGNS = (b"<script", b"<?php", b"%PDF-1.7", b"PK\x05\x06", b"<HTML")


@pytest.mark.parametrize("content", BESIDE.values(), ids=BESIDE)
def test_of_another_file_in_or_behind_a_picture_nothing_is_stored(var, content):
    assert any(sign in content for sign in SIGNS), "control: it is there"
    uploaded(content)
    assert [name for name, stored in stored_files(var).items() if any(sign in stored for sign in SIGNS)] == []


def test_points_that_read_like_markup_by_chance_are_a_picture():
    rows = zlib.compress((b"\0" + b"<svg".ljust(64)) * 64, 0)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert b"<svg" in content, "control: a search of the bytes finds it"
    uploaded(content)


# Broken files


def with_exif(exif: bytes) -> bytes:
    """A photo whose EXIF is exactly this."""
    plain = photo(image=striped((60, 40)), hidden=False)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif + plain[2:]


def exif_of(orientation=6):
    exif = Image.Exif()
    exif[0x0112], exif[MAKER], exif[0x011A], exif[0x0128] = orientation, MARKER, 72.0, 2
    exif.get_ifd(GPS)[29] = MARKER
    return exif.tobytes()[6:]


def directory(*entries, order="<"):
    """EXIF with these entries: (tag, type, count, four bytes)."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    rows = b"".join(struct.pack(order + "HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return head + rows + b"\0" * 4 + struct.pack("<ii", -1, 0) * 4


SIDEWAYS = (0x0112, 3, 1, struct.pack("<HH", 6, 0))
ODD_EXIF = [
    directory(SIDEWAYS, (0x011A, 10, 1, struct.pack("<I", 38))),  # a signed fraction where an unsigned one belongs
    directory(SIDEWAYS, (0x011A, 5, 1, struct.pack("<I", 42))),
    directory(SIDEWAYS, (0x011A, 2, 4, b"abc\0")),
    directory(SIDEWAYS, (0x8825, 4, 1, struct.pack("<I", 8))),  # leads to itself
    directory(SIDEWAYS, (0x8769, 7, 4, b"\xff" * 4)),
    directory(SIDEWAYS, (0x927C, 7, 0xFFFFFFFF, b"\xff" * 4)),
    directory(SIDEWAYS, (0x0201, 9, 1, struct.pack("<i", -5))),
]


@pytest.mark.parametrize("exif", ODD_EXIF, ids=range(len(ODD_EXIF)))
def test_odd_exif_beside_a_sound_orientation_turns_the_picture(exif):
    assert images.read(with_exif(exif)).size == (40, 60)


@pytest.mark.parametrize("value", [(0, 0), (9, 0), (65535, 0)])
def test_an_orientation_that_there_is_none_of_turns_nothing(value):
    odd = directory((0x0112, 3, 1, struct.pack("<HH", *value)))
    assert images.read(with_exif(odd)).size == (60, 40)
    assert images.read(with_exif(directory((0x0112, 2, 4, b"abc\0")))).size == (60, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_camera_is_turned_as_pillow_turns_it(orientation):
    content = with_exif(exif_of(orientation))
    with Image.open(io.BytesIO(content)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    assert images.read(content).tobytes() == upright.tobytes()


def changed(content: bytes, chance: random.Random, first: int, last: int) -> bytes:
    """A few bytes between `first` and `last` are others, missing or doubled."""
    odd = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(first, min(last, len(odd)))
        match chance.randrange(4):
            case 0:
                del odd[at : at + chance.randint(1, 8)]
            case 1:
                odd[at:at] = odd[at : at + chance.randint(1, 8)]
            case _:
                odd[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(odd)


def outcome(content: bytes) -> str:
    try:
        return images.read(content).mode
    except ValidationError as refusal:
        return refusal.messages[0]


def test_odd_exif_is_a_picture_or_a_sentence():
    chance = random.Random(12)
    exif = exif_of()
    outcomes = Counter(
        outcome(with_exif(changed(exif, chance, 0, len(exif)))) for _ in range(times(short=400, full=4_000))
    )
    assert outcomes.keys() <= {"RGB", images.UNREADABLE}
    assert outcomes["RGB"] > 0.98 * outcomes.total(), "the points are sound, whatever EXIF says"


def test_one_picture_at_a_time_is_drawn_in_a_process(monkeypatch):
    drawn, at_once, most = images._drawn, [], []

    def counted(opened):
        at_once.append(opened)
        most.append(len(at_once))
        try:
            return drawn(opened)
        finally:
            at_once.pop()

    monkeypatch.setattr(images, "_drawn", counted)
    content = photo()
    with ThreadPoolExecutor(8) as threads:
        sizes = list(threads.map(lambda _: images.read(content).size, range(16)))
    assert sizes == [(1600, 1000)] * 16 and most == [1] * 16


@pytest.mark.parametrize("kind", [*ENDINGS, "GIF", "TIFF", "MPO"])
def test_a_broken_file_is_a_picture_or_a_sentence(kind):
    chance = random.Random(kind)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more = {"save_all": True, "append_images": [striped((60, 40))]} if kind == "MPO" else {}
    sound = photo(kind, image=striped((60, 40)), hidden=kind in ENDINGS, icc_profile=profile, **more)
    for _ in range(times(short=150, full=2_000)):
        head = chance.choice((64, 400, 3_000, len(sound)))
        broken = changed(sound, chance, 0, head)
        assert outcome(broken[: chance.choice((len(broken), chance.randrange(1, len(broken))))])


# Colors


def s15(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile_of(space: bytes, **tags: bytes) -> bytes:
    """An ICC profile (ICC.1:2001-04) with a gamma of 2.2 and these tags."""
    gamma = b"curv" + struct.pack(">IIH", 0, 1, round(2.2 * 256)) + b"\0\0"
    white = b"XYZ \0\0\0\0" + s15(0.9642, 1, 0.8249)
    curves = {"kTRC": gamma} if space == b"GRAY" else dict.fromkeys(("rTRC", "gTRC", "bTRC"), gamma)
    content, table, at = b"", b"", 128 + 4 + 12 * (len(tags) + len(curves) + 1)
    for name, data in ({"wtpt": white} | curves | tags).items():
        table += name.encode() + struct.pack(">II", at + len(content), len(data))
        content += data
    body = struct.pack(">I", len(tags) + len(curves) + 1) + table + content
    head = struct.pack(">I4sI4s4s4s", 128 + len(body), b"lcms", 0x02400000, b"mntr", space, b"XYZ ") + b"\0" * 12
    head += b"acsp" + b"\0" * 28 + s15(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + body


def colorants(*columns):
    return {name: b"XYZ \0\0\0\0" + s15(*xyz) for name, xyz in zip(("rXYZ", "gXYZ", "bXYZ"), columns, strict=True)}


P3 = profile_of(
    b"RGB ", **colorants((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
)
ADOBE = profile_of(
    b"RGB ", **colorants((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
)
GREY = profile_of(b"GRAY")


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize(("profile", "seen"), [(P3, (217, 42, 39)), (ADOBE, (233, 60, 48))])
def test_a_picture_with_a_profile_has_the_colors_of_that_profile(kind, profile, seen):
    image = Image.new("RGB", (60, 40), (200, 60, 50))
    assert near(middle(photo(kind, image=image, hidden=False, icc_profile=profile)), seen, by=6)
    assert near(middle(photo(kind, image=image, hidden=False)), (200, 60, 50), by=6), "control: without it they differ"


def test_what_is_transparent_stays_so_with_a_profile():
    image = Image.new("RGBA", (60, 40), (200, 60, 50, 100))
    red, _, _, alpha = images.read(photo("PNG", image=image, hidden=False, icc_profile=P3)).getpixel((5, 5))
    assert red > 205 and alpha == 100


@pytest.mark.parametrize(
    ("mode", "profile"),
    [("L", GREY), ("L", P3), ("RGB", GREY), ("CMYK", P3), ("CMYK", GREY), ("RGB", b"x"), ("RGB", P3[:300])],
)
def test_a_profile_that_does_not_fit_spoils_no_picture(mode, profile):
    image = Image.new("RGB", (60, 40), "gray").convert(mode)
    assert near(middle(photo(image=image, hidden=False, icc_profile=profile)), (128, 128, 128), by=8)


def middle(content: bytes) -> tuple[int, ...]:
    image = images.read(content).convert("RGB")
    return image.getpixel((image.width // 2, image.height // 2))


def near(seen, wanted, by=3):
    return all(abs(one - other) <= by for one, other in zip(seen, wanted, strict=True))


def test_grey_of_16_bits_is_grey():
    grey = Image.linear_gradient("L").convert("I").point(lambda level: level * 257).convert("I;16")
    drawn = images.read(photo("PNG", image=grey, hidden=False)).convert("L")
    for row in (0, 64, 128, 255):
        assert abs(drawn.getpixel((100, row)) - row) <= 1


@pytest.mark.parametrize(
    ("mode", "color", "seen"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 128, (128, 128, 128)),
        ("P", 0, (200, 60, 50)),
        ("LA", (90, 255), (90, 90, 90)),
        ("RGBA", (200, 60, 50, 255), (200, 60, 50)),
    ],
)
def test_every_kind_of_points_keeps_its_color(mode, color, seen):
    image = Image.new(mode, (60, 40), color)
    if mode == "P":
        image.putpalette([200, 60, 50])
    assert middle(photo("PNG", image=image, hidden=False)) == seen


def test_cmyk_without_a_profile_is_drawn():
    assert near(middle(photo(image=Image.new("CMYK", (60, 40), (0, 255, 255, 0)), hidden=False)), (254, 0, 0), by=6)


def test_a_picture_is_described_or_marked_as_decoration():
    for alt, decorative in (("", False), ("A room", True)):
        with pytest.raises(ValidationError, match="Describe the picture"):
            uploaded(photo(), alt=alt, decorative=decorative)
        with pytest.raises(IntegrityError), transaction.atomic():
            Picture.objects.create(file="a", width=1, height=1, alt=alt, decorative=decorative)
    assert uploaded(photo(), alt="", decorative=True).rendition()


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
    rendition = picture.rendition("wide")
    assert f'srcset="{rendition["srcset"]}"' in page.content.decode()
    assert (
        f'<img src="{rendition["src"]}" width="1280" height="720" alt="A room" loading="lazy">' in page.content.decode()
    )
    assert "img-src 'self'" in page["Content-Security-Policy"]
    for name in [rendition["src"], *(part.split()[0] for part in rendition["srcset"].split(", "))]:
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
    rendition = reviewer.portrait
    assert f'<img src="{rendition["src"]}" width="288" height="288" alt="" loading="lazy">' in page


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
    saving.save_revision(article=article)
    make_reviewer(slug="other", name="Dr. Other", picture=picture)
    page = client.get(reverse("admin:content_picture_change", args=[picture.pk])).content.decode()
    for words in ("With a picture", "Our hall", "Dr. Other", picture.rendition("wide")["src"]):
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
