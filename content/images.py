"""Pictures as the site shows them, drawn anew from what somebody uploaded: only pixels survive.

EXIF data, the place where a photo was taken, and whatever else hid in the file are never stored.
"""

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, ImageOps

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 20_000_000  # unpacked, four bytes each, and twice that while it is drawn
ONE_AT_A_TIME = threading.Lock()  # of the threads of a process: the memory for one picture has to do
ORIGINAL_WIDTH = 2560  # width of what we keep as the original: twice the widest that is shown
WIDTHS = (480, 800, 1280)
SMALL_WIDTHS = (96, 192, 288)  # of portraits
FORMATS = ["JPEG", "PNG", "WEBP"]
SRGB = ImageCms.createProfile("sRGB")
ORIENTATION = 0x0112  # of EXIF 2.32, 4.6.4
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {TURNS[5], TURNS[6], TURNS[7], TURNS[8]}
AVIF_BRANDS = {b"avif", b"avis"}
PHONE_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
# What is cut keeps its focus: how far from the left and from the top it lies.
FOCUS = {
    f"{row}-{column}": (x, y)
    for row, y in (("top", 0.0), ("middle", 0.5), ("bottom", 1.0))
    for column, x in (("left", 0.0), ("center", 0.5), ("right", 1.0))
}
MIDDLE = "middle-center"

ANOTHER_FORMAT = "Upload a JPEG, PNG or WebP file."
TOO_LARGE = "This picture is larger than 8 MB. Save it smaller and upload it again."
TOO_MANY_POINTS = (
    "This picture has more than 20 million points. Make it smaller, at most 2,500 wide, and upload it again."
)
TOO_LONG = "One side of this picture is more than four times as long as the other. Cut it, and upload it again."
UNREADABLE = f"This file is no picture that we can read. {ANOTHER_FORMAT}"
DRAWING = "This is an SVG drawing, which can hold programs. Save it as a PNG file and upload that."
FROM_A_PHONE = "This is a HEIC photo. Open it, choose “export” or “share as JPEG”, and upload that file."
AVIF = "This is an AVIF picture. Open it in a program for pictures, save it as a JPEG, and upload that file."
MOVES = "This picture moves, which makes some people ill. Upload one that stands still."


def read(uploaded: bytes) -> Image.Image:
    """The picture, upright, in sRGB and at most `KEPT` wide. Its bytes say what it is; its name is asked nothing.

    Raises `ValidationError` with a sentence that says what to do.
    """
    if len(uploaded) > MAX_BYTES:
        raise ValidationError(TOO_LARGE)
    head = uploaded[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in uploaded[:65536].lower():
        raise ValidationError(DRAWING)
    brands = brands_of(uploaded)
    if brands & AVIF_BRANDS:
        raise ValidationError(AVIF)
    if brands & PHONE_BRANDS:
        raise ValidationError(FROM_A_PHONE)
    # A broken file meets any part of Pillow, which raises whatever happens there, and warns of what we do not use.
    with ONE_AT_A_TIME, warnings.catch_warnings(action="ignore"):
        try:
            with Image.open(io.BytesIO(uploaded), formats=FORMATS) as opened:
                return _drawn(opened)
        except ValidationError:
            raise
        except Image.DecompressionBombError as error:
            raise ValidationError(TOO_MANY_POINTS) from error
        except Exception as error:
            raise ValidationError(UNREADABLE) from error


def brands_of(uploaded: bytes) -> set[bytes]:
    """What a file says it is in its first box (ISO/IEC 14496-12, 4.3); pictures that we read have none."""
    if uploaded[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(uploaded[:4], "big"), 256)
    return {uploaded[at : at + 4] for at in (8, *range(16, end, 4))}


def _drawn(opened: Image.Image) -> Image.Image:
    if opened.width * opened.height > MAX_PIXELS:
        raise ValidationError(TOO_MANY_POINTS)
    if max(opened.size) > 4 * min(opened.size):
        raise ValidationError(TOO_LONG)
    if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
        raise ValidationError(MOVES)
    turn = TURNS.get(_orientation(opened))
    is_sideways = turn in SIDEWAYS
    opened.draft(
        None, (1, ORIGINAL_WIDTH) if is_sideways else (ORIGINAL_WIDTH, 1)
    )  # a JPEG is read smaller where that is enough
    colored = _in_srgb(_of_eight_bits(opened), opened.info.get("icc_profile"))
    width = colored.height if is_sideways else colored.width
    scaled = resized(colored, max(round(colored.width * min(width, ORIGINAL_WIDTH) / width), 1))
    clean = Image.new(scaled.mode, scaled.size)
    clean.paste(scaled)
    return clean if turn is None else clean.transpose(turn)


def _orientation(opened: Image.Image) -> int:
    """How the camera was held: all that is read of EXIF. Odd EXIF spoils no picture."""
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 reason=the reader of EXIF raises whatever happens in it
        return 1


def _of_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits made one of 8: `convert` would cut off what is above 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    grey = image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    grey.info.pop("transparency", None)  # one of 65,536 levels
    return grey


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colors of browsers, as RGB or RGBA. A profile that is broken or of another kind of picture is ignored."""
    has_alpha = image.has_transparency_data
    mode = "RGBA" if has_alpha else "RGB"
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = given.profile.xcolor_space.strip()
            if space == "RGB" and image.mode != "CMYK":
                colored = image if image.mode == mode else image.convert(mode)
                ImageCms.profileToProfile(colored, given, SRGB, inPlace=True)
                return colored
            if (space, image.mode) in {("CMYK", "CMYK"), ("GRAY", "L")} and not has_alpha:
                return ImageCms.profileToProfile(image, given, SRGB, outputMode="RGB") or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image if image.mode == mode else image.convert(mode)


@dataclass
class Drawn:
    """`shapes` says of each shape which files show it, `files` are their bytes by name."""

    shapes: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def store(self, image: Image.Image, kind: str) -> str:
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
            "plain": self.store(plain, "PNG" if plain.mode == "RGBA" else "JPEG"),
            "webp": [[width, self.store(smaller, "WEBP")] for width, smaller in scaled.items()],
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
