"""Pictures as the site shows them, drawn anew from what somebody uploaded: only pixels survive.

EXIF data, the place where a photo was taken, and whatever else hid in the file are never stored.
"""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
KEPT = 2560  # width of what we keep as the original: twice the widest that is shown
WIDTHS = (480, 800, 1280)
SMALL_WIDTHS = (96, 192, 288)  # of portraits
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".webp": "WEBP"}
# What is cut keeps its focus: how far from the left and from the top it lies.
FOCUS = {
    f"{row}-{column}": (x, y)
    for row, y in (("top", 0.0), ("middle", 0.5), ("bottom", 1.0))
    for column, x in (("left", 0.0), ("center", 0.5), ("right", 1.0))
}
MIDDLE = "middle-center"
# Other kinds of files in or behind a picture: such a file is a picture to one program and not to another.
HIDDEN = (b"<script", b"<html", b"<svg", b"<?php", b"<!doctype", b"%pdf-")
END_OF_ZIP, ZIP_TAIL = b"PK\x05\x06", 65_557

ANOTHER_FORMAT = "Upload a JPEG, PNG or WebP file."
TOO_LARGE = "This picture is larger than 8 MB. Save it smaller and upload it again."
TOO_MANY_POINTS = (
    "This picture has more than 50 million points. Make it smaller, at most 2,500 wide, and upload it again."
)
TOO_LONG = "One side of this picture is more than four times as long as the other. Cut it, and upload it again."
UNREADABLE = f"This file is no picture that we can read. {ANOTHER_FORMAT}"
DRAWING = "This is an SVG drawing, which can hold programs. Save it as a PNG file and upload that."
FROM_A_PHONE = "This is a HEIC photo. Open it, choose “export” or “share as JPEG”, and upload that file."
MOVES = "This picture moves, which makes some people ill. Upload one that stands still."
TWO_FACED = (
    "Something else is hidden in this file. Open it in a program for pictures, save it as a new JPEG, and try again."
)


def read(uploaded: bytes, *, name: str) -> Image.Image:
    """The picture, upright and at most `KEPT` wide. Raises `ValidationError` with a sentence that says what to do."""
    if len(uploaded) > MAX_BYTES:
        raise ValidationError(TOO_LARGE)
    head = uploaded[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in uploaded[:65536].lower():
        raise ValidationError(DRAWING)
    if uploaded[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"}:
        raise ValidationError(FROM_A_PHONE)
    try:
        with Image.open(io.BytesIO(uploaded), formats=["JPEG", "PNG", "WEBP"]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValidationError(TOO_MANY_POINTS)
            if max(opened.size) > 4 * min(opened.size):
                raise ValidationError(TOO_LONG)
            if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
                raise ValidationError(MOVES)
            refuse_disguise(uploaded, name=name, kind=str(opened.format))
            upright = ImageOps.exif_transpose(opened)
            has_alpha = "A" in upright.getbands() or "transparency" in upright.info
            drawn = upright.convert("RGBA" if has_alpha else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(TOO_MANY_POINTS) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValidationError(UNREADABLE) from error
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    return resized(clean, min(clean.width, KEPT))


def refuse_disguise(uploaded: bytes, *, name: str, kind: str) -> None:
    """A file is what its name says, and nothing beside it. Raises `ValidationError`."""
    ending = PurePath(name).suffix.lower()
    if ending and FORMATS.get(ending) != kind.replace("MPO", "JPEG"):
        raise ValidationError(
            f"The file's name ends in {ending}, but inside is a {kind} picture. Open it in a program for pictures, "
            "save it as a new JPEG, and upload that."
        )
    lowered = uploaded.lower()
    if any(sign in lowered for sign in HIDDEN) or END_OF_ZIP in uploaded[-ZIP_TAIL:]:
        raise ValidationError(TWO_FACED)


@dataclass
class Drawn:
    """`shapes` says of each shape which files show it, `files` are their bytes by name."""

    shapes: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def keep(self, image: Image.Image, kind: str) -> str:
        name, content = encoded(image, kind)
        self.files[name] = content
        return name

    def add(self, shape: str, image: Image.Image, widths: tuple[int, ...]) -> None:
        """WebP in several widths, and one JPEG (PNG where it is transparent) for browsers without it."""
        sizes = sorted({min(width, image.width) for width in widths})
        scaled = {width: resized(image, width) for width in sizes}
        plain = scaled[sizes[min(1, len(sizes) - 1)]]
        self.shapes[shape] = {
            "width": scaled[sizes[-1]].width,
            "height": scaled[sizes[-1]].height,
            "plain": self.keep(plain, "PNG" if plain.mode == "RGBA" else "JPEG"),
            "webp": [[width, self.keep(smaller, "WEBP")] for width, smaller in scaled.items()],
        }


def draw(image: Image.Image, *, focus: str) -> Drawn:
    """The shapes of a picture: whole, a wide band, and a square for portraits."""
    drawn = Drawn()
    drawn.add("whole", image, WIDTHS)
    drawn.add("wide", cut(image, 16 / 9, focus), WIDTHS)
    drawn.add("square", cut(image, 1, focus), SMALL_WIDTHS)
    return drawn


def cut(image: Image.Image, ratio: float, focus: str) -> Image.Image:
    """The largest part with this ratio of width to height, as near to the focus as it can be."""
    width = min(image.width, round(image.height * ratio))
    size = max(width, 1), max(min(image.height, round(width / ratio)), 1)
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=FOCUS[focus])


def resized(image: Image.Image, width: int) -> Image.Image:
    height = max(round(image.height * width / image.width), 1)
    return image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)


def original(image: Image.Image) -> tuple[str, bytes]:
    """Name and bytes of what is kept to draw from again; nobody is ever served it."""
    return encoded(image, "PNG" if image.mode == "RGBA" else "JPEG", quality=95)


def encoded(image: Image.Image, kind: str, *, quality: int = 82) -> tuple[str, bytes]:
    """The name is the hash of the bytes."""
    out = io.BytesIO()
    options = {"WEBP": {"quality": quality, "method": 4}, "JPEG": {"quality": quality, "optimize": True}}
    image.save(out, kind, **options.get(kind, {}))
    ending = {"WEBP": "webp", "JPEG": "jpg", "PNG": "png"}[kind]
    return f"{hashlib.sha256(out.getvalue()).hexdigest()[:32]}.{ending}", out.getvalue()
