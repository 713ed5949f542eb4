from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from django.db import models
from django.db.models import Q
from django.urls import reverse

from content import images
from content.models.fields import CharField, UploadField


def originals() -> Storage:
    """Files that no address leads to."""
    return storages["originals"]


class Picture(models.Model):
    """A picture as the site serves it: renditions at `/media/<content-hash>.<ext>`, in several shapes and widths.

    The uploaded file itself is not kept. `original` is drawn from it, without any hidden data, for the day on which the
    focus is changed. A rendition is never deleted: older revisions show it.
    """

    class Focus(models.TextChoices):
        TOP_LEFT = "top-left", "top left"
        TOP = "top-center", "top"
        TOP_RIGHT = "top-right", "top right"
        LEFT = "middle-left", "left"
        MIDDLE = "middle-center", "middle"
        RIGHT = "middle-right", "right"
        BOTTOM_LEFT = "bottom-left", "bottom left"
        BOTTOM = "bottom-center", "bottom"
        BOTTOM_RIGHT = "bottom-right", "bottom right"

    file = UploadField(
        upload_to="",
        help_text=(
            "JPEG, PNG or WebP, at most 8 MB. Hidden data, such as the place where a photo was taken, is removed. "
            "Articles show a new file once they are saved and published again."
        ),
    )
    alt = CharField(
        "description",
        max_length=200,
        blank=True,
        help_text="What somebody who cannot see it needs to know.",
    )
    decorative = models.BooleanField(
        "mere decoration",
        default=False,
        help_text="Tick it if nobody misses anything who does not see it, and leave the description empty.",
    )
    focus = CharField(
        max_length=13,
        choices=Focus,
        default=Focus.MIDDLE,
        help_text="What stays in view where the picture is cut: as a portrait, or as a wide band.",
    )
    original = CharField(max_length=40, blank=True, editable=False)  # its name among the `originals`
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    shapes = models.JSONField(default=dict, blank=True, editable=False)  # as `drawing.Drawn`, and the focus they have

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(decorative=True) & Q(alt="")) | (Q(decorative=False) & ~Q(alt="")),
                name="content_picture_described_or_decorative",
                violation_error_message=(
                    "Describe the picture for people who cannot see it, or tick “mere decoration” and describe nothing."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.alt or f"Picture {self.pk}"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unsaved: list[tuple[Storage, str, bytes]] = []

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Files first: a row never names one that is not there. Under its hash each is stored once."""
        for storage, name, content in self.unsaved:
            if not storage.exists(name):
                storage.save(name, ContentFile(content))
        self.unsaved = []
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return address(self.file.name)

    def clean(self) -> None:
        """Draws what is new: a file, or another focus. Raises `ValidationError`."""
        if self.focus not in images.FOCUS or not self.file:
            return
        if not self.file._committed:
            image = images.read(self.file.read(images.MAX_BYTES + 1))
            name, content = images.original(image)
            self.unsaved = [(originals(), name, content)]
            self.original = name
        elif self.shapes.get("focus") != self.focus:
            try:
                with originals().open(self.original) if self.original else self.file.open() as stored:
                    image = images.read(stored.read())
            except OSError as error:
                raise ValidationError("The file of this picture is gone. Upload it again.") from error
        else:
            return
        drawn = images.draw(image, focus=self.focus)
        self.unsaved += [(default_storage, name, content) for name, content in drawn.files.items()]
        self.shapes = drawn.shapes | {"focus": self.focus}
        uncropped = drawn.shapes["whole"]
        self.width, self.height, self.file = uncropped["width"], uncropped["height"], uncropped["webp"][-1][1]

    def rendition(self, shape: str = "whole") -> dict[str, Any]:
        """What `components/picture.html` shows. Pictures from before there were shapes have one file alone."""
        drawn = self.shapes.get(shape)
        if drawn is None:
            return {"src": self.get_absolute_url(), "srcset": "", "width": self.width, "height": self.height}
        return {
            "src": address(drawn["plain"]),
            "srcset": ", ".join(f"{address(name)} {width}w" for width, name in drawn["webp"]),
            "width": drawn["width"],
            "height": drawn["height"],
        }


def address(name: str) -> str:
    return reverse("machines:picture", kwargs={"name": name})
