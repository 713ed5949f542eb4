import hashlib
import io

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
WIDTH = 1280


def rendition(uploaded: bytes) -> tuple[str, bytes, int, int]:
    """Name, bytes, width and height of the picture as the site serves it.

    Only pixels survive: the picture is drawn anew as WebP at most `WIDTH` wide, so EXIF, GPS, and whatever else hid in
    the file are gone. The name is the hash of the new bytes. Raises `ValidationError` with a sentence for the editor.
    """
    if len(uploaded) > MAX_BYTES:
        raise ValidationError("This picture is larger than 8 MB. Save it smaller and upload it again.")
    try:
        with Image.open(io.BytesIO(uploaded), formats=["JPEG", "PNG", "WEBP"]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValidationError("This picture has more than 50 million points. Make it smaller first.")
            drawn = ImageOps.exif_transpose(opened)
            drawn = drawn.convert("RGBA" if "A" in drawn.getbands() or "transparency" in drawn.info else "RGB")
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:
        raise ValidationError("This file is no picture that we can read. Upload a JPEG, PNG or WebP file.") from error
    drawn.thumbnail((WIDTH, WIDTH * 4), Image.Resampling.LANCZOS)
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=82, method=6)
    return (
        f"{hashlib.sha256(out.getvalue()).hexdigest()[:32]}.webp",
        out.getvalue(),
        clean.width,
        clean.height,
    )


class Picture(models.Model):
    """A picture as the site serves it, at `/media/<content-hash>.webp`. The uploaded file itself is not kept."""

    file = models.FileField(
        upload_to="",
        help_text="JPEG, PNG or WebP, at most 8 MB. Hidden data is removed.",
    )
    alt = models.CharField(
        "description",
        max_length=200,
        blank=True,
        help_text="What somebody who cannot see it needs to know. Leave it empty only for a mere decoration.",
    )
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.alt or f"Picture {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("machines:picture", kwargs={"name": self.file.name})

    def clean(self) -> None:
        if self.file and not self.file._committed:
            name, content, self.width, self.height = rendition(self.file.read(MAX_BYTES + 1))
            # The same picture may be there already: under its hash it is stored once.
            self.file = name if default_storage.exists(name) else ContentFile(content, name=name)
