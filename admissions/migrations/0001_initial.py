import datetime
import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import admissions.models.inquiry


class Migration(migrations.Migration):
    replaces = [
        ("admissions", "0001_inquiries_threads_log_and_outbox"),
        ("admissions", "0002_disclosures_refuse_change"),
        ("admissions", "0003_alarms_and_probe"),
        ("admissions", "0004_duty_calendar_and_promises"),
        ("admissions", "0005_load_of_promises"),
        ("admissions", "0006_what_visitors_take_back"),
        ("admissions", "0007_what_the_public_role_may_see"),
        ("admissions", "0008_dates_within_reach_and_one_shift"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contact", "Message"),
                            ("call", "Call request"),
                            ("chat", "Chat"),
                            ("probe", "Test of the website"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("open", "Open"),
                            ("waiting", "Waiting for the visitor"),
                            ("handled", "Handled"),
                            ("junk", "Probably junk"),
                            ("destroyed", "Destroyed by the visitor"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                (
                    "created",
                    admissions.models.inquiry.HourField(
                        default=django.utils.timezone.now, editable=False, help_text="Cut to the hour."
                    ),
                ),
                (
                    "promised_by",
                    models.DateTimeField(
                        blank=True, help_text="By when we said that we would call. Empty once we did.", null=True
                    ),
                ),
                (
                    "handled_on",
                    models.DateField(
                        blank=True,
                        editable=False,
                        help_text="How long it is kept counts from this day; for junk, once somebody has opened it.",
                        null=True,
                    ),
                ),
                (
                    "next_at",
                    models.DateTimeField(
                        blank=True, help_text="When to try again.", null=True, verbose_name="next attempt"
                    ),
                ),
                (
                    "hold",
                    models.BooleanField(
                        default=False, help_text="While this is set, nothing is destroyed.", verbose_name="legal hold"
                    ),
                ),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("kid", models.BinaryField(max_length=8, verbose_name="team key")),
                ("form_version", models.PositiveSmallIntegerField(editable=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("body_hmac", models.BinaryField(max_length=32)),
                ("return_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                ("visitor_public_key", models.BinaryField(null=True)),
                (
                    "claimed_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("promise_broken_on", models.DateField(blank=True, editable=False, null=True)),
                ("promise_withdrawn_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "do_not_contact",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="The visitor took back consent: answer in the thread only.",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "inquiries",
                "ordering": (models.OrderBy(models.F("promised_by"), nulls_last=True), "created", "id"),
                "default_permissions": ("view", "change"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_by__isnull", True), ("claimed_until__isnull", True)),
                            models.Q(("claimed_by__isnull", False), ("claimed_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="admissions_inquiry_claim_ends",
                        violation_error_message="A claim needs a person and an end.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("contact", "call", "chat", "probe"))),
                        name="admissions_inquiry_kind_known",
                        violation_error_message="Choose message, call request, chat or test.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("promise_withdrawn_on__isnull", True), ("promised_by__isnull", False), _connector="OR"
                        ),
                        name="admissions_inquiry_withdrawn_time",
                        violation_error_message="A time can be taken back only when one was named.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("new", "open", "waiting", "handled", "junk", "destroyed"))),
                        name="admissions_inquiry_status_known",
                        violation_error_message="Choose one of the statuses in the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("handled_on__isnull", False), ("status__in", ("handled", "junk", "destroyed"))),
                            models.Q(
                                models.Q(("status__in", ("handled", "junk", "destroyed")), _negated=True),
                                ("handled_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="admissions_inquiry_handled_day",
                        violation_error_message="What is handled, junk or destroyed has a day on which that was.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "destroyed"), _negated=True),
                            models.Q(
                                ("claimed_by__isnull", True),
                                ("next_at__isnull", True),
                                ("promised_by__isnull", True),
                                ("return_hash__isnull", True),
                                ("visitor_public_key__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="admissions_inquiry_destroyed_is_closed",
                        violation_error_message="What the visitor destroyed has no code, no promise and nobody on it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("do_not_contact", False),
                            models.Q(("next_at__isnull", True), ("promised_by__isnull", True)),
                            _connector="OR",
                        ),
                        name="admissions_inquiry_no_contact_no_promise",
                        violation_error_message="The visitor took back consent, so there is no time to call.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("author", models.CharField(choices=[("visitor", "Visitor"), ("team", "Team")], max_length=10)),
                ("number", models.PositiveSmallIntegerField(help_text="Place in the thread, from 1.")),
                ("payload", models.BinaryField()),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="admissions.inquiry"
                    ),
                ),
            ],
            options={
                "ordering": ("inquiry", "number"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("author__in", ("visitor", "team"))),
                        name="admissions_message_author_known",
                        violation_error_message="A message is from the visitor or from the team.",
                    ),
                    models.UniqueConstraint(
                        fields=("inquiry", "number"),
                        name="admissions_message_place_once",
                        violation_error_message="Another message arrived in this place. Read the thread again first.",
                    ),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StaffNote",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField(help_text="Place among the notes, from 1.")),
                ("payload", models.BinaryField()),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="admissions.inquiry"
                    ),
                ),
            ],
            options={
                "ordering": ("inquiry", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("inquiry", "number"),
                        name="admissions_staffnote_place_once",
                        violation_error_message="A colleague wrote a note at the same moment. Read the notes again first.",
                    )
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("refusals", models.PositiveIntegerField(default=0)),
                (
                    "last_error",
                    models.CharField(
                        blank=True, help_text="Name and code of the error, never its text.", max_length=60
                    ),
                ),
                ("dead_since", models.DateTimeField(blank=True, null=True)),
                (
                    "inquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="admissions.inquiry"
                    ),
                ),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "to",
                    models.CharField(
                        choices=[
                            ("team", "The team"),
                            ("webhook", "The webhook"),
                            ("second", "The second contact"),
                            ("on_call", "Whoever is on call"),
                            ("tray", "The team, to look through the junk"),
                            ("probe", "Nobody: the website tests itself"),
                        ],
                        default="team",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ("due_at", "id"),
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("to__in", ("team", "webhook", "second", "on_call", "probe"))),
                        name="admissions_alert_recipient_known",
                        violation_error_message="An alert goes to one of those in the list.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("to", "team"), _negated=True),
                        fields=("inquiry", "to"),
                        name="admissions_alert_alarm_once",
                        violation_error_message="This alarm was raised already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("delivered_at__isnull", True),
                            models.Q(("dead_since__isnull", True), ("leased_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="admissions_alert_delivered_is_final",
                        violation_error_message="A delivered alert is neither on its way nor dead.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageKey",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="key",
                        serialize=False,
                        to="admissions.message",
                    ),
                ),
                ("team_wrap", models.BinaryField()),
                ("visitor_wrap", models.BinaryField(null=True)),
            ],
            options={
                "ordering": ("message",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StaffNoteKey",
            fields=[
                (
                    "note",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="key",
                        serialize=False,
                        to="admissions.staffnote",
                    ),
                ),
                ("team_wrap", models.BinaryField()),
            ],
            options={
                "ordering": ("note",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("role", models.CharField(help_text="The group by which the actor was allowed to.", max_length=30)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("opened", "Opened the thread"),
                            ("found", "Found by a search"),
                            ("replied", "Replied"),
                            ("noted", "Wrote a note"),
                            ("moved", "Changed the status"),
                        ],
                        max_length=10,
                    ),
                ),
                ("record", models.UUIDField(blank=True, db_index=True, null=True, verbose_name="inquiry")),
                ("detail", models.CharField(blank=True, help_text="Never anything from the thread.", max_length=200)),
                ("previous", models.BinaryField(max_length=32, unique=True)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ("opened", "found", "replied", "noted", "moved"))),
                        name="admissions_disclosure_action_known",
                        violation_error_message="This action is not one that the log knows.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClosedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "day",
                    models.DateField(
                        error_messages={"unique": "This day is in the list already."},
                        unique=True,
                        validators=[
                            django.core.validators.MaxValueValidator(
                                datetime.date(2199, 12, 31),
                                "Choose a day before the year 2200. For a day without end close the opening hours.",
                            )
                        ],
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="Like “Thanksgiving”. Staff see it, visitors do not.", max_length=80
                    ),
                ),
            ],
            options={
                "verbose_name": "closed day",
                "ordering": ("day",),
            },
        ),
        migrations.CreateModel(
            name="OpeningHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ]
                    ),
                ),
                ("starts", models.TimeField(help_text="Like 8:00.", verbose_name="from")),
                (
                    "ends",
                    models.TimeField(
                        help_text="Like 18:00. Before the start: it ends on the next day. Equal to it: it lasts 24 hours.",
                        verbose_name="until",
                    ),
                ),
            ],
            options={
                "verbose_name": "opening hours",
                "verbose_name_plural": "opening hours",
                "ordering": ("weekday", "starts", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weekday__lte", 6)),
                        name="admissions_openinghours_weekday_known",
                        violation_error_message="Choose a day of the week.",
                    ),
                    models.UniqueConstraint(
                        fields=("weekday", "starts"),
                        name="admissions_openinghours_start_once",
                        violation_error_message="There are opening hours from this time on this day already. Change those.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "starts",
                    models.DateTimeField(
                        validators=[
                            django.core.validators.MaxValueValidator(
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                "Choose a day before the year 2200. For a day without end close the opening hours.",
                            )
                        ],
                        verbose_name="from",
                    ),
                ),
                (
                    "ends",
                    models.DateTimeField(
                        help_text="Times already named in between are taken back within a minute.",
                        validators=[
                            django.core.validators.MaxValueValidator(
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                "Choose a day before the year 2200. For a day without end close the opening hours.",
                            )
                        ],
                        verbose_name="until",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Like “Team meeting”. Staff see it, visitors do not.", max_length=200
                    ),
                ),
            ],
            options={
                "ordering": ("starts", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))),
                        name="admissions_pause_has_length",
                        violation_error_message="A pause ends after it starts.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ]
                    ),
                ),
                ("starts", models.TimeField(help_text="Like 8:00.", verbose_name="from")),
                (
                    "ends",
                    models.TimeField(
                        help_text="Like 18:00. Before the start: it ends on the next day. Equal to it: it lasts 24 hours.",
                        verbose_name="until",
                    ),
                ),
                (
                    "counsellors",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="How many people take calls. Each is given one call in half an hour.",
                        verbose_name="counselors",
                    ),
                ),
                (
                    "first_day",
                    models.DateField(
                        default=django.utils.timezone.localdate, help_text="The shift counts from this day on."
                    ),
                ),
                (
                    "last_day",
                    models.DateField(
                        blank=True, help_text="The last day on which it begins. Empty: until you enter one.", null=True
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who is on duty. Leave it empty for a shift that the team shares.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("weekday", "starts", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weekday__lte", 6)),
                        name="admissions_shift_weekday_known",
                        violation_error_message="Choose a day of the week.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("counsellors__gte", 1)),
                        name="admissions_shift_somebody",
                        violation_error_message="A shift needs at least one counselor. Delete it when nobody works.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_day__isnull", True), ("last_day__gte", models.F("first_day")), _connector="OR"
                        ),
                        name="admissions_shift_days_in_order",
                        violation_error_message="The last day cannot be before the first.",
                    ),
                    models.UniqueConstraint(
                        fields=("person", "weekday", "starts", "first_day"),
                        name="admissions_shift_person_once",
                        violation_error_message="This person has a shift from this time on this day already. Change that one.",
                    ),
                ],
            },
        ),
    ]
