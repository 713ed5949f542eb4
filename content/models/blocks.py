"""The kinds of block that an article's text is made of."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from content.models.fields import CharField, RichTextField
from content.models.picture import Picture
from content.text.snapshot import BlockData


class Block(models.Model):
    """What all blocks have in common. `type` is the kind in `content.text.block_kinds`, in a snapshot and in starter
    files; `fields` are the columns of the editor.

    `parent`, `region` and `ordering` are what django-content-editor asks of a block.
    """

    type: ClassVar[str]
    fields: ClassVar[tuple[str, ...]] = ()

    parent = models.ForeignKey("content.Article", on_delete=models.CASCADE, related_name="%(app_label)s_%(class)s_set")
    region = CharField(max_length=255)
    ordering = models.IntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["ordering"]

    def __str__(self) -> str:
        return getattr(self, "heading", "") or getattr(self, "principle", "") or str(self._meta.verbose_name)

    def data(self) -> BlockData:
        return {"type": self.type} | {name: getattr(self, name) for name in self.fields}

    @classmethod
    def of_data(cls, data: BlockData) -> "Block | None":
        """The block that `data` was made of, not yet stored; None when something that it names is gone."""
        return cls(**{name: data[name] for name in cls.fields})


class Audience(models.TextChoices):
    """Whom a block speaks to. An article has two audiences when one of its blocks has one."""

    EVERYBODY = "", "Everybody"
    ME = "me", "Readers who ask for themselves"
    LOVED_ONE = "loved_one", "Readers who ask for someone they love"


class AudienceBlock(Block):
    """A block that can be written twice, once for each audience. A reader meets one of the two."""

    voice = CharField(
        "for whom",
        max_length=9,
        choices=Audience,
        default=Audience.EVERYBODY,
        blank=True,
        help_text="To say it differently, write the part twice: the same anchor, once for each kind of reader.",
    )

    class Meta(Block.Meta):
        abstract = True

    def data(self) -> BlockData:
        """Without an audience the data, and so the hash of a text, are what they were before there were audiences."""
        return super().data() | ({"voice": self.voice} if self.voice else {})

    @classmethod
    def of_data(cls, data: BlockData) -> "Block | None":
        return cls(voice=data.get("voice", Audience.EVERYBODY), **{name: data[name] for name in cls.fields})


class Section(AudienceBlock):
    type, fields = "section", ("heading", "anchor", "text")

    heading = CharField(max_length=120)
    anchor = models.SlugField(
        max_length=80,
        help_text="The part of the address after #. Other sites link to it: never change it once it is published.",
        validators=[
            RegexValidator(
                r"^(?!(step|source|cite)-|top$|main$)",
                "This word is used by the page. Choose another one.",
            )
        ],
    )
    text = RichTextField()

    class Meta(AudienceBlock.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "anchor", "voice"],
                name="content_section_anchor_once",
                violation_error_message="Two sections have the same anchor. Change one of them, or for whom it is.",
            ),
        ]


class Step(Block):
    type, fields = "step", ("number", "principle", "meaning", "text")

    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(12)])
    principle = CharField(max_length=40, help_text="The step's one word, like “Honesty”.")
    meaning = CharField(max_length=160, help_text="One sentence of plain meaning.")
    text = RichTextField()

    class Meta(Block.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "number"],
                name="content_step_number_once",
                violation_error_message="Two steps have the same number. There is one of each, from 1 to 12.",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=12),
                name="content_step_number_1_to_12",
                violation_error_message="A step's number is from 1 to 12.",
            ),
        ]


class CareCard(AudienceBlock):
    type, fields = "care_card", ("kind", "heading", "text")

    class Kind(models.TextChoices):
        WITHDRAWAL = "withdrawal", "Withdrawal: stopping can be dangerous"
        OVERDOSE = "overdose", "Overdose"
        CRISIS = "crisis", "Thoughts of suicide"

    kind = CharField(max_length=12, choices=Kind)
    heading = CharField(max_length=120)
    text = RichTextField()

    class Meta(AudienceBlock.Meta):
        abstract = False
        verbose_name = "care card"


class CallPanel(AudienceBlock):
    type, fields = "call_panel", ("heading", "text")

    heading = CharField(max_length=120, default="Questions about treatment?")
    text = RichTextField(blank=True)

    class Meta(AudienceBlock.Meta):
        abstract = False
        verbose_name = "call panel"


class PictureBlock(Block):
    type, fields = "picture", ("picture", "caption", "shape")

    class Shape(models.TextChoices):
        WHOLE = "whole", "the whole picture"
        WIDE = "wide", "a wide band"

    picture = models.ForeignKey(Picture, on_delete=models.PROTECT)
    caption = CharField(max_length=200, blank=True)
    shape = CharField(
        max_length=5,
        choices=Shape,
        default=Shape.WHOLE,
        help_text="A band keeps what the picture's focus names, and cuts away what lies above and below.",
    )

    class Meta(Block.Meta):
        verbose_name = "picture"

    def __str__(self) -> str:
        return str(self.picture) if self.picture_id else "picture"

    def data(self) -> BlockData:
        picture = self.picture
        return {
            "type": self.type,
            "picture": picture.pk,
            "shape": self.shape,
            **picture.rendition(self.shape),
            "alt": picture.alt,
            "decorative": picture.decorative,
            "caption": self.caption,
        }

    @classmethod
    def of_data(cls, data: BlockData) -> "Block | None":
        picture = Picture.objects.filter(pk=data["picture"]).first()
        shape = data.get("shape", cls.Shape.WHOLE)  # older revisions name none
        return cls(picture=picture, caption=data["caption"], shape=shape) if picture else None


BLOCKS: tuple[type[Block], ...] = (Section, Step, CareCard, CallPanel, PictureBlock)
MODELS = {model.type: model for model in BLOCKS}
