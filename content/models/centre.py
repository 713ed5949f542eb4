"""What is true of the organisation today: its own record, the help ladder, the versioned notices.

All of it is live: pages show the current row, and no article's revision holds a copy.
"""

import datetime
import re

import phonenumbers
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from phonenumber_field.modelfields import PhoneNumberField

from content.languages import ENGLISH, LANGUAGES
from content.models.fields import CharField, HttpsURLField, RichTextField
from content.text import retention, rich_text

RECHECK_AFTER = datetime.timedelta(days=30)
TAKE_DOWN_AFTER = datetime.timedelta(days=60)
NEVER_TAKEN_DOWN = ("911", "988")
# A clause of "text 988, or AYUDA to 988 for Spanish", as far as its number.
TEXTED = re.compile(r"\b(?:(?:or|o) )?(?P<words>\w[^,.;()]*?\b(?P<number>988|\d{5,6}))\b")
FICTION = r"^\+1(\d{3}55501\d\d|8005550199)$"  # numbers that the North American plan keeps for stories
SPANISH_WORDS = ("name_es", "who_answers_es", "hours_es", "cost_es", "languages_es")


class Centre(models.Model):
    """The one row that describes the centre. A claim appears on the site only while this record makes it."""

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    name = CharField(max_length=120, help_text="As it appears in the header of every page.")
    phone = PhoneNumberField(
        help_text="The number that visitors call. It appears on every page: dial it yourself before you save."
    )
    address = CharField(
        max_length=250,
        blank=True,
        help_text="Shown in the footer. Leave it empty to show none.",
    )
    licence_number = CharField(
        max_length=60,
        blank=True,
        help_text="As the State Department of Health Care Services gave it. “Licensed” appears only while it is valid.",
    )
    licence_expires = models.DateField(
        "license valid until",
        null=True,
        blank=True,
        help_text="The law asks for this date beside the number. Without it, and after it, neither is shown.",
    )
    open_all_hours = models.BooleanField(
        "answers day and night",
        default=False,
        help_text="Tick only if a person answers this number at every hour: “24/7” then appears on the site.",
    )
    hours = CharField(
        "telephone hours",
        max_length=160,
        blank=True,
        help_text="Like “Monday to Friday, 8 a.m. to 6 p.m. (Pacific)”.",
    )
    hours_es = CharField(
        "telephone hours in Spanish",
        max_length=160,
        blank=True,
        help_text="Empty: Spanish pages name no hours.",
    )
    email = models.EmailField(
        blank=True,
        help_text="For letters about the website, not for people who ask for help.",
    )

    shows_figures = models.BooleanField(
        "shows how well we keep our word",
        default=False,
        db_default=False,
        help_text="A public page then says, week by week, how many of the times that we promised we kept.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "centre"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="content_centre_is_one_row",
                violation_error_message="There is only one centre. Change its record instead of adding another.",
            ),
            models.CheckConstraint(
                condition=~Q(phone=""),
                name="content_centre_has_phone",
                violation_error_message="Enter a telephone number: every page shows it to people in need.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_licensed(self) -> bool:
        """Whether pages may say so today: the law asks for the number and the day on which it runs out."""
        expires = self.licence_expires
        return bool(self.licence_number and expires and expires >= timezone.localdate())

    @property
    def has_placeholder_phone(self) -> bool:
        """Whether the number is one of those that nobody has."""
        number = self.phone
        if isinstance(number, str):
            number = phonenumbers.parse(number, "US")
        return bool(re.match(FICTION, f"+{number.country_code}{number.national_number}"))


class HelpLineQuerySet(models.QuerySet["HelpLine"]):
    def visible(self) -> "HelpLineQuerySet":
        """The ladder that visitors see: in order, without those whose `HelpLine.shown_until` is past."""
        limit = timezone.localdate() - TAKE_DOWN_AFTER
        return self.filter(Q(ages=False) | Q(last_checked__isnull=True) | Q(last_checked__gte=limit))

    def due(self) -> "HelpLineQuerySet":
        """Numbers that somebody should dial, again or for the first time. 911 and 988 are not dialled to test them."""
        limit = timezone.localdate() - RECHECK_AFTER
        return self.filter(ages=True).filter(Q(last_checked__isnull=True) | Q(last_checked__lt=limit))

    def without_spanish(self) -> "HelpLineQuerySet":
        """Numbers that a Spanish page shows without a word about who answers."""
        return self.filter(name_es="")

    def taken_down(self) -> "HelpLineQuerySet":
        """Numbers that visitors no longer see, because nobody dialled them for too long."""
        return self.exclude(pk__in=self.visible().values("pk"))


class HelpLine(models.Model):
    """A rung of the ladder: somebody else who answers, and what a caller can expect."""

    key = models.SlugField(unique=True, help_text="Never changes. Like “samhsa”.")
    name = CharField(max_length=80)
    number = CharField(
        max_length=20,
        validators=[
            RegexValidator(
                r"^[0-9][0-9-]{1,18}$",
                "Write digits and hyphens only, like 1-800-662-4357.",
            )
        ],
        help_text="As people dial it. Dial it yourself before you save.",
    )
    text_to = CharField("by text", max_length=60, blank=True, help_text="Like “text 988”.")
    url = HttpsURLField("website", blank=True)
    who_answers = CharField(max_length=200)
    hours = CharField(max_length=100)
    cost = CharField(max_length=100)
    languages = CharField(max_length=160)
    tty = CharField("TTY", max_length=40, blank=True)
    danger = models.BooleanField("danger to life", default=False, help_text="Shown in red and first. For 911 only.")
    ages = models.BooleanField(
        "goes out of date",
        default=True,
        help_text="Taken down 60 days after its last check. Untick only for 911 and 988.",
    )
    position = models.PositiveSmallIntegerField(help_text="Order on the page: the greatest danger first.")
    # Words alone: numbers and the day of checking are the same for every reader.
    name_es = CharField("name in Spanish", max_length=80, blank=True)
    text_to_es = CharField("by text, in Spanish", max_length=60, blank=True, help_text="Like “envíe AYUDA al 988”.")
    who_answers_es = CharField("who answers, in Spanish", max_length=200, blank=True)
    hours_es = CharField("hours in Spanish", max_length=100, blank=True)
    cost_es = CharField("cost in Spanish", max_length=100, blank=True)
    languages_es = CharField("languages, in Spanish", max_length=160, blank=True)
    last_checked = models.DateField(
        null=True,
        blank=True,
        help_text="The day one of us last dialed it. Empty: not yet dialed by our staff.",
    )

    objects = HelpLineQuerySet.as_manager()

    class Meta:
        verbose_name = "help line"
        ordering = ["-danger", "position", "key"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(number=""),
                name="content_helpline_has_number",
                violation_error_message="Enter the number that people dial.",
            ),
            models.CheckConstraint(
                condition=~Q(number__in=NEVER_TAKEN_DOWN) | Q(ages=False),
                name="content_helpline_911_and_988_never_age",
                violation_error_message="911 and 988 are never taken down. Untick “goes out of date”.",
            ),
            models.CheckConstraint(
                condition=Q(**dict.fromkeys(SPANISH_WORDS, ""), text_to_es="")
                | (
                    ~Q(*((name, "") for name in SPANISH_WORDS), _connector=Q.OR)
                    & (Q(text_to="", text_to_es="") | ~(Q(text_to="") | Q(text_to_es="")))
                ),
                name="content_helpline_spanish_whole",
                violation_error_message="Enter all of the Spanish words, or none: a Spanish page shows no half.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def texted_numbers(self) -> list[str]:
        """The numbers to which people write to them."""
        return [match["number"] for match in TEXTED.finditer(self.text_to)]

    @property
    def shown_until(self) -> datetime.date | None:
        """The last day on which visitors see the number; none for one that does not age.

        A number that was never checked is shown and says so; its clock starts with the first check.
        """
        return self.last_checked + TAKE_DOWN_AFTER if self.ages and self.last_checked else None

    @property
    def state(self) -> str:
        """For staff: whether visitors see the number, and whether somebody should dial it."""
        today, until = timezone.localdate(), self.shown_until
        if until is None or self.last_checked is None:
            return "shown; dial it" if self.ages else "shown"
        if until < today:
            return "taken down; dial it"
        return "shown; dial it again" if today - self.last_checked > RECHECK_AFTER else "shown"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def current(self, kind: str, language: str = "en") -> "Notice":
        """The newest version of a notice. Raises `Notice.DoesNotExist` when there is none."""
        return self.filter(kind=kind, language=language).latest()

    def in_force(self) -> "list[Notice]":
        """The newest version of each notice, in each language."""
        return list({(notice.kind, notice.language): notice for notice in self.order_by("version")}.values())


class Notice(models.Model):
    """A versioned text. A version never changes once stored: what somebody agreed to must stay readable."""

    class Kind(models.TextChoices):
        MEDICAL_DISCLAIMER = "medical_disclaimer", "Medical disclaimer"
        PRIVACY = "privacy", "Privacy"
        YOUR_RIGHTS = "your_rights", "Your rights"
        ACCESSIBILITY = "accessibility", "Accessibility"
        CONSENT = "consent", "Consent on the forms"

    kind = CharField(max_length=20, choices=Kind)
    language = CharField(max_length=2, choices=LANGUAGES, default=ENGLISH)
    version = models.PositiveSmallIntegerField(editable=False)
    title = CharField(max_length=120)
    text = RichTextField()
    published_on = models.DateField(default=timezone.localdate, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="saved by",
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "language", "-version"]
        get_latest_by = "version"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "version"],
                name="content_notice_one_text_a_version",
                violation_error_message="Somebody saved this version a moment ago. Reload the page and try again.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version} ({self.language})"

    def get_absolute_url(self) -> str:
        """Of this very version: what somebody agreed to stays there."""
        with translation.override(self.language):
            return reverse(f"content:{self.kind}_version", kwargs={"number": self.version})

    @property
    def html(self) -> SafeString:
        """As readers see it: with the days of retention that it was stored with."""
        return rich_text.safe(retention.as_read(self.text))
