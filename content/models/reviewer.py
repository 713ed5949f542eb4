import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from content.languages import translated
from content.models.fields import CharField, RichTextField
from content.models.picture import Picture
from content.models.slugged import FormerSlug, Slugged, SluggedQuerySet
from content.text import rich_text


class LicenceKind(models.TextChoices):
    """What a reviewer's licence allows the page to say."""

    CLINICAL = "clinical", "Clinical: “clinically reviewed”"
    MEDICAL = "medical", "Medical (a physician's license): “medically reviewed”"


class Reviewer(Slugged):
    """A named person who checks articles. Names, credentials and licence appear in public as they stand here."""

    slug = models.SlugField(
        unique=True, help_text="The address of the public page. If you change it, the old one leads here."
    )
    name = CharField(max_length=120)
    credentials = CharField(max_length=200, help_text="Exact degrees and certificates, separated by commas.")
    licence_kind = CharField(
        max_length=10,
        choices=LicenceKind,
        default=LicenceKind.CLINICAL,
        help_text="“Medically reviewed” needs a medical license and its number.",
    )
    licence_line = CharField(
        max_length=120,
        help_text="As the law words it, like “certified (CADC II)”. “Licensed” needs a state number.",
    )
    licence_number = CharField(
        max_length=60,
        blank=True,
        help_text="Readers see it, so that they can ask about it, until the license expires.",
    )
    licence_expires = models.DateField(null=True, blank=True)
    biography = RichTextField()
    credentials_es = CharField("credentials in Spanish", max_length=200, blank=True)
    licence_line_es = CharField(
        "license line in Spanish", max_length=120, blank=True, help_text="Like “certificado (CADC II)”."
    )
    biography_es = RichTextField("biography in Spanish", blank=True)
    picture = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="Without one a monogram is shown.",
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        verbose_name="staff account",
        help_text="The account that signs as this person. Nobody else can sign.",
    )

    objects = SluggedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(licence_kind="medical") | ~Q(licence_number=""),
                name="content_reviewer_medical_has_number",
                violation_error_message="A medical license needs its number. Without one choose “Clinical”.",
            ),
            models.CheckConstraint(
                condition=Q(credentials_es="", licence_line_es="", biography_es="")
                | ~(Q(credentials_es="") | Q(licence_line_es="") | Q(biography_es="")),
                name="content_reviewer_spanish_whole",
                violation_error_message="Enter credentials, license line and biography in Spanish, or none of them.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("content:reviewer_detail", kwargs={"slug": self.slug})

    def licence_has_expired(self, today: datetime.date) -> bool:
        return self.licence_expires is not None and self.licence_expires < today

    @property
    def shows_licence(self) -> bool:
        """Whether readers see the licence with its number, so that they can ask about it."""
        return bool(self.licence_number) and not self.licence_has_expired(timezone.localdate())

    @property
    def url(self) -> str:
        """Empty where there is no page about this person in the language of the reader."""
        return self.get_absolute_url() if translated(self, "biography") else ""

    @property
    def picture_url(self) -> str:
        return self.picture.get_absolute_url() if self.picture else ""

    @property
    def portrait(self) -> dict[str, object]:
        """What `components/picture.html` shows; empty without a picture."""
        return self.picture.rendition("square") if self.picture else {}

    @property
    def biography_html(self) -> SafeString:
        return rich_text.safe(translated(self, "biography"))

    @property
    def monogram(self) -> str:
        """Two letters that stand in for a picture: of the first and the last name, titles left out."""
        names = [word for word in self.name.split() if not word.endswith(".")]
        return "".join(word[0] for word in (names[0], names[-1])).upper() if names else ""


class FormerReviewerSlug(FormerSlug):
    owner = models.ForeignKey(Reviewer, on_delete=models.CASCADE, related_name="former_slugs")
