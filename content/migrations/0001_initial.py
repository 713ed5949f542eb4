import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("content", "0001_content"),
        ("content", "0002_full_text_search"),
        ("content", "0003_a_z_is_reserved"),
        ("content", "0004_ladder_and_licence"),
        ("content", "0005_readers_answers_and_terms"),
        ("content", "0006_usage_and_sources"),
        ("content", "0007_search_by_title_first"),
        ("content", "0008_spanish_edition"),
        ("content", "0009_links"),
        ("content", "0010_publication_dates"),
        ("content", "0011_licence_of_a_sign_off"),
        ("content", "0012_checklist"),
        ("content", "0013_former_addresses"),
        ("content", "0014_workflow"),
        ("content", "0015_pictures_described_and_shaped"),
        ("content", "0016_open_forms"),
        ("content", "0017_history_of_the_house"),
        ("content", "0018_two_voices"),
        ("content", "0019_lists_of_readers"),
        ("content", "0020_small_changes"),
        ("content", "0021_share_links"),
        ("content", "0022_entries_by_letter"),
        ("content", "0023_staff_list_in_order"),
        ("content", "0024_addresses_of_topics_and_reviewers"),
        ("content", "0025_announcements"),
        ("content", "0026_reviewers_licence_is_shown"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "file",
                    models.FileField(
                        help_text="JPEG, PNG or WebP, at most 8 MB. Hidden data, such as the place where a photo was taken, is removed. Articles show a new file once they are saved and published again.",
                        upload_to="",
                    ),
                ),
                (
                    "alt",
                    models.CharField(
                        blank=True,
                        help_text="What somebody who cannot see it needs to know.",
                        max_length=200,
                        verbose_name="description",
                    ),
                ),
                ("width", models.PositiveIntegerField(editable=False)),
                ("height", models.PositiveIntegerField(editable=False)),
                (
                    "decorative",
                    models.BooleanField(
                        default=False,
                        help_text="Tick it if nobody misses anything who does not see it, and leave the description empty.",
                        verbose_name="mere decoration",
                    ),
                ),
                (
                    "focus",
                    models.CharField(
                        choices=[
                            ("top-left", "top left"),
                            ("top-center", "top"),
                            ("top-right", "top right"),
                            ("middle-left", "left"),
                            ("middle-center", "middle"),
                            ("middle-right", "right"),
                            ("bottom-left", "bottom left"),
                            ("bottom-center", "bottom"),
                            ("bottom-right", "bottom right"),
                        ],
                        default="middle-center",
                        help_text="What stays in view where the picture is cut: as a portrait, or as a wide band.",
                        max_length=13,
                    ),
                ),
                ("original", models.CharField(blank=True, editable=False, max_length=40)),
                ("shapes", models.JSONField(blank=True, default=dict, editable=False)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decorative", True), ("alt", "")),
                            models.Q(("decorative", False), models.Q(("alt", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="content_picture_described_or_decorative",
                        violation_error_message="Describe the picture for people who cannot see it, or tick “mere decoration” and describe nothing.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.SlugField(
                        help_text="Cited in a text as [@key]. Do not change it: texts refer to it.", unique=True
                    ),
                ),
                ("authors", models.CharField(blank=True, max_length=300)),
                ("title", models.CharField(max_length=400)),
                (
                    "publisher",
                    models.CharField(
                        blank=True, help_text="Journal with volume and pages, or the body.", max_length=300
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("url", models.URLField(blank=True, max_length=500, verbose_name="address")),
                (
                    "doi",
                    models.CharField(
                        blank=True,
                        help_text="As in the paper, like 10.1136/bmj.j1550. The address of the DOI will do as well.",
                        max_length=120,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^10\\.\\d{4,9}/\\S+$", "A DOI begins with 10. and has a slash, like 10.1136/bmj.j1550."
                            )
                        ],
                        verbose_name="DOI",
                    ),
                ),
                (
                    "opened_on",
                    models.DateField(help_text="The day somebody last opened the source and found the fact there."),
                ),
                (
                    "expires_on",
                    models.DateField(
                        blank=True,
                        help_text="From this day it must be checked again; until then publication is refused.",
                        null=True,
                    ),
                ),
                ("note", models.TextField(blank=True, help_text="What was read there. For us only.")),
                (
                    "changed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        help_text="When what readers see of it last changed. Reviews from before say that a source has changed.",
                    ),
                ),
            ],
            options={
                "ordering": ["key"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("doi", ""), _negated=True),
                        fields=("doi",),
                        name="content_source_doi_once",
                        violation_error_message="Another source has this DOI. Cite that one.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        help_text="The address of the topic's page. If you change it, the old one leads here.",
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "intro",
                    models.CharField(
                        help_text="One sentence under the heading in the list of articles.", max_length=200
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("intro_es", models.CharField(blank=True, max_length=200, verbose_name="intro in Spanish")),
                (
                    "name_es",
                    models.CharField(
                        blank=True,
                        help_text="Empty: not on Spanish pages.",
                        max_length=60,
                        verbose_name="name in Spanish",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("intro_es", ""), ("name_es", "")),
                            models.Q(("name_es", ""), ("intro_es", ""), _connector="OR", _negated=True),
                            _connector="OR",
                        ),
                        name="content_topic_spanish_whole",
                        violation_error_message="Enter both the name and the intro in Spanish, or neither.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Centre",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(help_text="As it appears in the header of every page.", max_length=120)),
                (
                    "phone",
                    phonenumber_field.modelfields.PhoneNumberField(
                        help_text="The number that visitors call. It appears on every page: dial it yourself before you save.",
                        max_length=128,
                        region=None,
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True, help_text="Shown in the footer. Leave it empty to show none.", max_length=250
                    ),
                ),
                (
                    "licence_number",
                    models.CharField(
                        blank=True,
                        help_text="As the State Department of Health Care Services gave it. “Licensed” appears only while it is valid.",
                        max_length=60,
                    ),
                ),
                (
                    "open_all_hours",
                    models.BooleanField(
                        default=False,
                        help_text="Tick only if a person answers this number at every hour: “24/7” then appears on the site.",
                        verbose_name="answers day and night",
                    ),
                ),
                (
                    "hours",
                    models.CharField(
                        blank=True,
                        help_text="Like “Monday to Friday, 8 a.m. to 6 p.m. (Pacific)”.",
                        max_length=160,
                        verbose_name="telephone hours",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="For letters about the website, not for people who ask for help.",
                        max_length=254,
                    ),
                ),
                (
                    "licence_expires",
                    models.DateField(
                        blank=True,
                        help_text="The law asks for this date beside the number. Without it, and after it, neither is shown.",
                        null=True,
                        verbose_name="license valid until",
                    ),
                ),
                (
                    "hours_es",
                    models.CharField(
                        blank=True,
                        help_text="Empty: Spanish pages name no hours.",
                        max_length=160,
                        verbose_name="telephone hours in Spanish",
                    ),
                ),
            ],
            options={
                "verbose_name": "centre",
                "verbose_name_plural": "centre",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)),
                        name="content_centre_is_one_row",
                        violation_error_message="There is only one centre. Change its record instead of adding another.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("phone", ""), _negated=True),
                        name="content_centre_has_phone",
                        violation_error_message="Enter a telephone number: every page shows it to people in need.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HelpLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(help_text="Never changes. Like “samhsa”.", unique=True)),
                ("name", models.CharField(max_length=80)),
                (
                    "number",
                    models.CharField(
                        help_text="As people dial it. Dial it yourself before you save.",
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[0-9][0-9-]{1,18}$", "Write digits and hyphens only, like 1-800-662-4357."
                            )
                        ],
                    ),
                ),
                (
                    "text_to",
                    models.CharField(blank=True, help_text="Like “text 988”.", max_length=60, verbose_name="by text"),
                ),
                ("url", models.URLField(blank=True, verbose_name="website")),
                ("who_answers", models.CharField(max_length=200)),
                ("hours", models.CharField(max_length=100)),
                ("cost", models.CharField(max_length=100)),
                ("languages", models.CharField(max_length=160)),
                ("tty", models.CharField(blank=True, max_length=40, verbose_name="TTY")),
                (
                    "danger",
                    models.BooleanField(
                        default=False, help_text="Shown in red and first. For 911 only.", verbose_name="danger to life"
                    ),
                ),
                (
                    "ages",
                    models.BooleanField(
                        default=True,
                        help_text="Taken down 60 days after its last check. Untick only for 911 and 988.",
                        verbose_name="goes out of date",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(help_text="Order on the page: the greatest danger first."),
                ),
                (
                    "last_checked",
                    models.DateField(
                        blank=True,
                        help_text="The day one of us last dialed it. Empty: not yet dialed by our staff.",
                        null=True,
                    ),
                ),
                ("cost_es", models.CharField(blank=True, max_length=100, verbose_name="cost in Spanish")),
                ("hours_es", models.CharField(blank=True, max_length=100, verbose_name="hours in Spanish")),
                ("languages_es", models.CharField(blank=True, max_length=160, verbose_name="languages, in Spanish")),
                ("name_es", models.CharField(blank=True, max_length=80, verbose_name="name in Spanish")),
                (
                    "text_to_es",
                    models.CharField(
                        blank=True,
                        help_text="Like “envíe AYUDA al 988”.",
                        max_length=60,
                        verbose_name="by text, in Spanish",
                    ),
                ),
                (
                    "who_answers_es",
                    models.CharField(blank=True, max_length=200, verbose_name="who answers, in Spanish"),
                ),
            ],
            options={
                "verbose_name": "help line",
                "ordering": ["-danger", "position", "key"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        name="content_helpline_has_number",
                        violation_error_message="Enter the number that people dial.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__in", ("911", "988")), _negated=True), ("ages", False), _connector="OR"
                        ),
                        name="content_helpline_911_and_988_never_age",
                        violation_error_message="911 and 988 are never taken down. Untick “goes out of date”.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("cost_es", ""),
                                ("hours_es", ""),
                                ("languages_es", ""),
                                ("name_es", ""),
                                ("text_to_es", ""),
                                ("who_answers_es", ""),
                            ),
                            models.Q(
                                models.Q(
                                    ("name_es", ""),
                                    ("who_answers_es", ""),
                                    ("hours_es", ""),
                                    ("cost_es", ""),
                                    ("languages_es", ""),
                                    _connector="OR",
                                    _negated=True,
                                ),
                                models.Q(
                                    models.Q(("text_to", ""), ("text_to_es", "")),
                                    models.Q(("text_to", ""), ("text_to_es", ""), _connector="OR", _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="content_helpline_spanish_whole",
                        violation_error_message="Enter all of the Spanish words, or none: a Spanish page shows no half.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("medical_disclaimer", "Medical disclaimer"),
                            ("privacy", "Privacy"),
                            ("your_rights", "Your rights"),
                            ("accessibility", "Accessibility"),
                            ("consent", "Consent on the forms"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=2),
                ),
                ("version", models.PositiveSmallIntegerField(editable=False)),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("published_on", models.DateField(default=django.utils.timezone.localdate, editable=False)),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "language", "-version"],
                "get_latest_by": "version",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "language", "version"),
                        name="content_notice_one_text_a_version",
                        violation_error_message="Somebody saved this version a moment ago. Reload the page and try again.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reviewer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        help_text="The address of the public page. If you change it, the old one leads here.",
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "credentials",
                    models.CharField(help_text="Exact degrees and certificates, separated by commas.", max_length=200),
                ),
                (
                    "licence_kind",
                    models.CharField(
                        choices=[
                            ("clinical", "Clinical: “clinically reviewed”"),
                            ("medical", "Medical (a physician's license): “medically reviewed”"),
                        ],
                        default="clinical",
                        help_text="“Medically reviewed” needs a medical license and its number.",
                        max_length=10,
                    ),
                ),
                (
                    "licence_line",
                    models.CharField(
                        help_text="As the law words it, like “certified (CADC II)”. “Licensed” needs a state number.",
                        max_length=120,
                    ),
                ),
                (
                    "licence_number",
                    models.CharField(
                        blank=True,
                        help_text="Readers see it, so that they can ask about it, until the license expires.",
                        max_length=60,
                    ),
                ),
                ("licence_expires", models.DateField(blank=True, null=True)),
                ("biography", models.TextField()),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        help_text="Without one a monogram is shown.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="content.picture",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        help_text="The account that signs as this person. Nobody else can sign.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="staff account",
                    ),
                ),
                ("biography_es", models.TextField(blank=True, verbose_name="biography in Spanish")),
                ("credentials_es", models.CharField(blank=True, max_length=200, verbose_name="credentials in Spanish")),
                (
                    "licence_line_es",
                    models.CharField(
                        blank=True,
                        help_text="Like “certificado (CADC II)”.",
                        max_length=120,
                        verbose_name="license line in Spanish",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("licence_kind", "medical"), _negated=True),
                            models.Q(("licence_number", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="content_reviewer_medical_has_number",
                        violation_error_message="A medical license needs its number. Without one choose “Clinical”.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("biography_es", ""), ("credentials_es", ""), ("licence_line_es", "")),
                            models.Q(
                                ("credentials_es", ""),
                                ("licence_line_es", ""),
                                ("biography_es", ""),
                                _connector="OR",
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="content_reviewer_spanish_whole",
                        violation_error_message="Enter credentials, license line and biography in Spanish, or none of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        help_text="The address of the page, like “sponsors-and-meetings”. If you change it, the old one leads here.",
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(?!(a-z|feed|history)$)", "This word is used by the site. Choose another address."
                            )
                        ],
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("standard", "Article"), ("twelve_step", "Article with the twelve steps")],
                        default="standard",
                        max_length=12,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=2),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="What the reader asks or looks for. At most 70 characters.", max_length=70
                    ),
                ),
                (
                    "short_answer",
                    models.TextField(
                        blank=True, help_text="The answer in 30 to 60 words, without a citation. Shown under the title."
                    ),
                ),
                (
                    "meta_description",
                    models.CharField(blank=True, help_text="For search engines: one sentence.", max_length=155),
                ),
                (
                    "translation_of",
                    models.ForeignKey(
                        blank=True,
                        help_text="For a Spanish article: the English one that it translates. Readers can switch between the two.",
                        limit_choices_to={"language": "en"},
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="translations",
                        to="content.article",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who checks this text. Needed to publish.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="content.reviewer",
                    ),
                ),
                ("topics", models.ManyToManyField(blank=True, related_name="articles", to="content.topic")),
                ("archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "deleted_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["title"],
                "permissions": [("publish_article", "Can publish and withdraw articles")],
                "indexes": [
                    models.Index(fields=["language", "title"], name="content_article_by_title"),
                    models.Index(fields=["title", "-id"], name="content_article_staff"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("language", "slug"),
                        name="content_article_one_address",
                        violation_error_message="Another article has this address, maybe one in the archive or the trash. Choose another one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slug__in", ["a-z", "feed", "history"]), _negated=True),
                        name="content_article_slug_not_reserved",
                        violation_error_message="This word is used by the site. Choose another address.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("translation_of", None), ("language", "es"), _connector="OR"),
                        name="content_article_translations_are_spanish",
                        violation_error_message="Only a Spanish article is a translation. Choose Spanish, or no original.",
                    ),
                    models.UniqueConstraint(
                        fields=("translation_of",),
                        name="content_article_translated_once",
                        violation_error_message="This article has a translation already. Change that one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("archived_at", None), ("deleted_at", None), _connector="OR"),
                        name="content_article_in_one_place",
                        violation_error_message="An article lies in the archive or in the trash, not in both.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallPanel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=255)),
                ("ordering", models.IntegerField(default=0)),
                ("heading", models.CharField(default="Questions about treatment?", max_length=120)),
                ("text", models.TextField(blank=True)),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_set",
                        to="content.article",
                    ),
                ),
                (
                    "voice",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Everybody"),
                            ("me", "Readers who ask for themselves"),
                            ("loved_one", "Readers who ask for someone they love"),
                        ],
                        default="",
                        help_text="To say it differently, write the part twice: the same anchor, once for each kind of reader.",
                        max_length=9,
                        verbose_name="for whom",
                    ),
                ),
            ],
            options={
                "verbose_name": "call panel",
                "ordering": ["ordering"],
            },
        ),
        migrations.CreateModel(
            name="CareCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=255)),
                ("ordering", models.IntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("withdrawal", "Withdrawal: stopping can be dangerous"),
                            ("overdose", "Overdose"),
                            ("crisis", "Thoughts of suicide"),
                        ],
                        max_length=12,
                    ),
                ),
                ("heading", models.CharField(max_length=120)),
                ("text", models.TextField()),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_set",
                        to="content.article",
                    ),
                ),
                (
                    "voice",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Everybody"),
                            ("me", "Readers who ask for themselves"),
                            ("loved_one", "Readers who ask for someone they love"),
                        ],
                        default="",
                        help_text="To say it differently, write the part twice: the same anchor, once for each kind of reader.",
                        max_length=9,
                        verbose_name="for whom",
                    ),
                ),
            ],
            options={
                "verbose_name": "care card",
                "ordering": ["ordering"],
            },
        ),
        migrations.CreateModel(
            name="PictureBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=255)),
                ("ordering", models.IntegerField(default=0)),
                ("caption", models.CharField(blank=True, max_length=200)),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_set",
                        to="content.article",
                    ),
                ),
                ("picture", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="content.picture")),
                (
                    "shape",
                    models.CharField(
                        choices=[("whole", "the whole picture"), ("wide", "a wide band")],
                        default="whole",
                        help_text="A band keeps what the picture's focus names, and cuts away what lies above and below.",
                        max_length=5,
                    ),
                ),
            ],
            options={
                "verbose_name": "picture",
                "ordering": ["ordering"],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("snapshot_json", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "note",
                    models.CharField(blank=True, help_text="What changed, for colleagues and readers.", max_length=200),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="revisions", to="content.article"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("published_until", models.DateTimeField(blank=True, null=True)),
                (
                    "published_by_its_writer",
                    models.BooleanField(default=False, help_text="A very small team: see SMALL_TEAM."),
                ),
            ],
            options={
                "ordering": ["article", "-number"],
                "get_latest_by": "number",
                "indexes": [
                    models.Index(
                        condition=models.Q(("published_at__isnull", False)),
                        fields=["article", "published_at"],
                        name="content_revision_published",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("article", "number"),
                        name="content_revision_number_once",
                        violation_error_message="Somebody saved this article a moment ago. Reload the page and try again.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_until", None),
                            models.Q(
                                ("published_at__isnull", False), ("published_until__gte", models.F("published_at"))
                            ),
                            _connector="OR",
                        ),
                        name="content_revision_ends_after_it_begins",
                        violation_error_message="A text leaves the site after it came onto it.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", False), ("published_until", None)),
                        fields=("article",),
                        name="content_revision_one_without_end",
                        violation_error_message="Another text of this article is on the site. It has to leave first.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=255)),
                ("ordering", models.IntegerField(default=0)),
                ("heading", models.CharField(max_length=120)),
                (
                    "anchor",
                    models.SlugField(
                        help_text="The part of the address after #. Other sites link to it: never change it once it is published.",
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(?!(step|source|cite)-|top$|main$)",
                                "This word is used by the page. Choose another one.",
                            )
                        ],
                    ),
                ),
                ("text", models.TextField()),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_set",
                        to="content.article",
                    ),
                ),
                (
                    "voice",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Everybody"),
                            ("me", "Readers who ask for themselves"),
                            ("loved_one", "Readers who ask for someone they love"),
                        ],
                        default="",
                        help_text="To say it differently, write the part twice: the same anchor, once for each kind of reader.",
                        max_length=9,
                        verbose_name="for whom",
                    ),
                ),
            ],
            options={
                "ordering": ["ordering"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parent", "anchor", "voice"),
                        name="content_section_anchor_once",
                        violation_error_message="Two sections have the same anchor. Change one of them, or for whom it is.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("reviewer_name", models.CharField(editable=False, max_length=120)),
                (
                    "licence_kind",
                    models.CharField(
                        choices=[
                            ("clinical", "Clinical: “clinically reviewed”"),
                            ("medical", "Medical (a physician's license): “medically reviewed”"),
                        ],
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("licence_line", models.CharField(editable=False, max_length=120)),
                ("signed_on", models.DateField(default=django.utils.timezone.localdate, editable=False)),
                ("signed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("next_due", models.DateField(verbose_name="review again by")),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sign_offs", to="content.reviewer"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sign_offs", to="content.revision"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("licence_line_es", models.CharField(default="", editable=False, max_length=120)),
                ("licence_expires", models.DateField(blank=True, editable=False, null=True)),
                ("licence_number", models.CharField(blank=True, default="", editable=False, max_length=60)),
                (
                    "signed_by_its_writer",
                    models.BooleanField(default=False, editable=False, help_text="A very small team: see SMALL_TEAM."),
                ),
                (
                    "full",
                    models.ForeignKey(
                        editable=False,
                        help_text="Set when this only confirms that the change from the text of that sign-off is a typo.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="small_changes",
                        to="content.signoff",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-off",
                "ordering": ["-signed_at"],
                "get_latest_by": "signed_at",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("next_due__gt", models.F("signed_on"))),
                        name="content_signoff_due_after_signing",
                        violation_error_message="The next review must be after today.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=255)),
                ("ordering", models.IntegerField(default=0)),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ]
                    ),
                ),
                ("principle", models.CharField(help_text="The step's one word, like “Honesty”.", max_length=40)),
                ("meaning", models.CharField(help_text="One sentence of plain meaning.", max_length=160)),
                ("text", models.TextField()),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s_set",
                        to="content.article",
                    ),
                ),
            ],
            options={
                "ordering": ["ordering"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parent", "number"),
                        name="content_step_number_once",
                        violation_error_message="Two steps have the same number. There is one of each, from 1 to 12.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("number__lte", 12)),
                        name="content_step_number_1_to_12",
                        violation_error_message="A step's number is from 1 to 12.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RelatedArticle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "reason",
                    models.CharField(help_text="One sentence to the reader: why read this next?", max_length=160),
                ),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="related_articles",
                        to="content.article",
                    ),
                ),
                (
                    "related",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="related_from", to="content.article"
                    ),
                ),
            ],
            options={
                "verbose_name": "related article",
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("article", "related"),
                        name="content_relatedarticle_once",
                        violation_error_message="This article is already in the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("article", models.F("related")), _negated=True),
                        name="content_relatedarticle_is_another",
                        violation_error_message="An article cannot be related to itself.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=2)),
                ("word", models.CharField(max_length=40)),
                ("articles", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["language", "word"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("language", "word"),
                        name="content_searchword_once",
                        violation_error_message="This word is already in the vocabulary.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReaderAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("was_helpful", models.BooleanField(verbose_name="helpful")),
                ("text", models.CharField(blank=True, max_length=200, verbose_name="what was missing")),
                ("answered_on", models.DateField(default=django.utils.timezone.localdate)),
                ("handled_on", models.DateField(blank=True, null=True, verbose_name="dealt with on")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reader_answers", to="content.article"
                    ),
                ),
            ],
            options={
                "verbose_name": "reader's answer",
                "verbose_name_plural": "readers' answers",
                "ordering": ["-answered_on", "article"],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        help_text="The part of the address after #. Chosen once: others link to it, and nothing can lead on from it."
                    ),
                ),
                (
                    "term",
                    models.CharField(
                        help_text="As readers meet it, like “sponsor”. Other ways to say it stand behind a comma.",
                        max_length=60,
                    ),
                ),
                ("meaning", models.CharField(help_text="One or two plain sentences.", max_length=300)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=2),
                ),
            ],
            options={
                "ordering": ["language", "term"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("language", "slug"),
                        name="content_term_once",
                        violation_error_message="This word is in the glossary already. Change that one.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("source", "source"),
                            ("article", "article"),
                            ("picture", "picture"),
                            ("address", "address"),
                        ],
                        max_length=8,
                    ),
                ),
                ("target", models.CharField(max_length=500)),
                ("block", models.PositiveSmallIntegerField()),
                ("place", models.CharField(max_length=140)),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="usages", to="content.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["revision", "block", "id"],
                "indexes": [models.Index(fields=["kind", "target"], name="content_usage_target")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("revision", "kind", "target", "block"), name="content_usage_once_a_block"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=500, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unseen", "not checked yet"),
                            ("fine", "fine"),
                            ("moved", "moved for good"),
                            ("changed", "looks like another page"),
                            ("place", "the page is there, the place on it is not"),
                            ("number", "our telephone number for it is not on the page"),
                            ("closed", "does not let programs look"),
                            ("silent", "does not answer"),
                            ("gone", "gone"),
                        ],
                        default="unseen",
                        max_length=8,
                    ),
                ),
                ("told", models.CharField(blank=True, max_length=200, verbose_name="what it answered")),
                ("leads_to", models.CharField(blank=True, max_length=500, verbose_name="where it leads now")),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("opened_by_hand_on", models.DateField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["address"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "unseen"), ("checked_at__isnull", False), _connector="OR"),
                        name="content_link_has_a_state_only_when_checked",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="content.revision",
                    ),
                ),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="search_entries", to="content.article"
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                ("shown_from", models.DateTimeField()),
                ("shown_until", models.DateTimeField(null=True)),
                ("title", models.TextField()),
                ("lead", models.TextField(default="")),
                ("words", models.TextField()),
                ("letter", models.CharField(db_default="", max_length=1)),
            ],
            options={
                "verbose_name_plural": "search entries",
                "ordering": ["revision"],
                "indexes": [
                    models.Index(
                        fields=["language", "letter", "title", "article", "shown_from", "shown_until"],
                        name="content_searchentry_a_to_z",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LiveFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=40)),
                ("blocks", models.BooleanField(verbose_name="dangerous")),
                ("place", models.CharField(max_length=140)),
                ("block", models.PositiveSmallIntegerField(null=True)),
                ("reason", models.TextField()),
                ("cure", models.TextField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("found_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="first found")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="live_findings", to="content.article"
                    ),
                ),
            ],
            options={
                "verbose_name": "finding on the site",
                "verbose_name_plural": "findings on the site",
                "ordering": ["-blocks", "article", "block", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("article", "rule", "fingerprint", "place"), name="content_livefinding_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(editable=False, max_length=40)),
                ("fingerprint", models.CharField(editable=False, max_length=64)),
                ("said", models.CharField(editable=False, max_length=300, verbose_name="words")),
                (
                    "reason",
                    models.CharField(
                        help_text="Why is this no fault? Colleagues and reviewers read it.", max_length=300
                    ),
                ),
                ("waived_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="waivers", to="content.article"
                    ),
                ),
                (
                    "waived_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-waived_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("article", "rule", "fingerprint"),
                        name="content_waiver_once",
                        violation_error_message="This finding is waived already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="content_waiver_has_a_reason",
                        violation_error_message="Say why this is no fault.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(choices=[("en", "English"), ("es", "Spanish")], max_length=2)),
                ("slug", models.SlugField(max_length=80)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_addresses",
                        to="content.article",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "former addresses",
                "ordering": ["language", "slug"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("language", "slug"),
                        name="content_former_address_leads_to_one_article",
                        violation_error_message="This address leads to another article.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("next_try", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "to",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(blank=True, help_text="Empty: about the whole text.", max_length=120)),
                ("text", models.TextField(max_length=2000)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="content.revision"
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="content.comment",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True),
                        name="content_comment_says_something",
                        violation_error_message="Write what you want to say.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at", None), ("resolved_by", None)),
                            models.Q(("resolved_at__isnull", False), ("resolved_by__isnull", False), ("thread", None)),
                            _connector="OR",
                        ),
                        name="content_comment_threads_are_closed_by_somebody",
                        violation_error_message="A thread is closed as a whole, by somebody.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("handed_in", "handed in for review"), ("returned", "returned to the writer")],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="content.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind", "returned"), ("note", ""), _negated=True),
                        name="content_handover_returned_with_a_word",
                        violation_error_message="Say in a sentence what is missing.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "kept_text",
                    models.TextField(blank=True, help_text="The fields of the form, as a browser sends them."),
                ),
                ("kept_at", models.DateTimeField(null=True)),
                (
                    "article",
                    models.ForeignKey(
                        help_text="None: an article that was never saved.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="open_forms",
                        to="content.article",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("article", "user"), name="content_openform_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("article", None)),
                        fields=("user",),
                        name="content_openform_one_new_article_each",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept_at", None), ("kept_text", "")),
                            models.Q(models.Q(("kept_text", ""), _negated=True), ("kept_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="content_openform_kept_text_has_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HouseChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("centre", "Centre"), ("help_line", "Help line")], max_length=10)),
                ("target", models.PositiveBigIntegerField()),
                ("name", models.CharField(max_length=160)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_at", "-id"],
                "indexes": [models.Index(fields=["kind", "target"], name="content_housechange_target")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("before__isnull", False), ("after__isnull", False), _connector="OR"),
                        name="content_housechange_says_something",
                        violation_error_message="A change has something before it or after it.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="share_links", to="content.revision"
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="content_sharelink_ends_after_it_begins",
                        violation_error_message="The last day lies in the past.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="openings", to="content.sharelink"
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_at"],
            },
        ),
        migrations.CreateModel(
            name="FormerReviewerSlug",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_slugs", to="content.reviewer"
                    ),
                ),
            ],
            options={
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="FormerTopicSlug",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_slugs", to="content.topic"
                    ),
                ),
            ],
            options={
                "ordering": ["slug"],
            },
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("withdrawn", models.BooleanField()),
            ],
        ),
    ]
