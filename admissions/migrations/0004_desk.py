import datetime

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import admissions.models.inquiry

WAITS = ("new", "open", "waiting")


def give_clocks(apps, schema_editor):
    """What waits acts when its promise opens; what has none, or was taken back, since it came in."""
    waiting = apps.get_model("admissions", "Inquiry").objects.filter(status__in=WAITS)
    promised = waiting.filter(promised_by__isnull=False, promise_withdrawn_on=None)
    promised.update(next_at=models.F("promised_by") - datetime.timedelta(minutes=30))
    waiting.filter(next_at=None).update(next_at=models.F("created"))
    apps.get_model("admissions", "Inquiry").objects.exclude(status__in=WAITS).update(next_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("admissions", "0003_sql_objects"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(help_text="Place among the attempts, from 1.")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("call", "Call"),
                            ("text", "Text message"),
                            ("mail", "E-mail"),
                            ("thread", "Reply behind the code"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("reached", "Reached"),
                            ("no_answer", "No answer"),
                            ("voicemail", "Voicemail left"),
                            ("else", "Someone else answered"),
                            ("wrong", "Wrong number"),
                            ("asked_not", "Asked us not to call"),
                            ("written", "Written or texted"),
                            ("referred", "Referred on"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "at",
                    admissions.models.inquiry.HourField(
                        default=django.utils.timezone.now, help_text="Cut to the hour. The minute is in a sealed note."
                    ),
                ),
                (
                    "kept_promise",
                    models.BooleanField(help_text="Was it in time? Empty where no time was promised.", null=True),
                ),
            ],
            options={
                "ordering": ("inquiry", "number"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CannedReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.SlugField(
                        help_text="Like “after-hours”, the same in both languages. “unreachable” is sent by itself after three calls without success, “wrong-number” when a number was wrong.",
                        max_length=40,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=2),
                ),
                ("title", models.CharField(help_text="What colleagues choose it by.", max_length=80)),
                (
                    "text",
                    models.TextField(
                        help_text="Visitors read it. Name nobody, and put nobody's story in it.", max_length=3000
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "canned replies",
                "ordering": ("title", "language"),
            },
        ),
        migrations.CreateModel(
            name="NeverContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hashed", models.BinaryField(max_length=32, unique=True)),
                ("since", models.DateField(default=django.utils.timezone.localdate, editable=False)),
            ],
            options={
                "verbose_name": "number that is never called",
                "verbose_name_plural": "numbers that are never called",
                "ordering": ("since", "id"),
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="inquiry",
            options={
                "default_permissions": ("view", "change"),
                "ordering": ("next_at", "created", "id"),
                "verbose_name_plural": "inquiries",
            },
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="admissions_disclosure_action_known",
        ),
        migrations.RemoveConstraint(
            model_name="inquiry",
            name="admissions_inquiry_no_contact_no_promise",
        ),
        migrations.AddField(
            model_name="inquiry",
            name="by_phone",
            field=models.BooleanField(
                default=True,
                editable=False,
                help_text="A call or a text is wanted, so it takes a place in the calendar.",
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="closed_as",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reached", "Reached"),
                    ("answered", "Answered in writing"),
                    ("referred", "Referred on"),
                    ("asked_not", "Asked us not to call"),
                    ("unreachable", "Could not be reached"),
                ],
                editable=False,
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="good_from",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="good_until",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="is_number_wrong",
            field=models.BooleanField(
                default=False, editable=False, help_text="Nobody calls it again until the visitor gives another one."
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="linked",
                to="admissions.inquiry",
            ),
        ),
        migrations.AddField(
            model_name="inquiry",
            name="tries",
            field=models.PositiveSmallIntegerField(
                default=0, editable=False, help_text="Calls without success since the visitor last wrote."
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="action",
            field=models.CharField(
                choices=[
                    ("opened", "Opened the thread"),
                    ("found", "Found by a search"),
                    ("replied", "Replied"),
                    ("noted", "Wrote a note"),
                    ("moved", "Changed the status"),
                    ("dialed", "Was shown the number"),
                    ("attempted", "Tried to reach the visitor"),
                    ("handed", "Handed over"),
                    ("held", "Set or ended a legal hold"),
                    ("exported", "Exported"),
                    ("destroyed", "Destroyed at the visitor's request"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="inquiry",
            name="next_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When one of us acts next: a promise opens, a call is tried again, an answer did not come.",
                null=True,
                verbose_name="next step",
            ),
        ),
        migrations.RunPython(give_clocks, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(
                models.F("next_at"),
                models.F("created"),
                models.F("id"),
                condition=models.Q(("status__in", ("new", "open", "waiting"))),
                name="admissions_inquiry_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(
                models.F("created"),
                models.F("id"),
                condition=models.Q(("status", "junk")),
                name="admissions_inquiry_junk",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        (
                            "opened",
                            "found",
                            "replied",
                            "noted",
                            "moved",
                            "dialed",
                            "attempted",
                            "handed",
                            "held",
                            "exported",
                            "destroyed",
                        ),
                    )
                ),
                name="admissions_disclosure_action_known",
                violation_error_message="This action is not one that the log knows.",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_at__isnull", False), ("status__in", ("new", "open", "waiting"))),
                    models.Q(
                        models.Q(("status__in", ("new", "open", "waiting")), _negated=True), ("next_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="admissions_inquiry_next_step",
                violation_error_message="What waits needs a time for its next step; what is done has none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_as", ""),
                    models.Q(
                        ("closed_as__in", ("reached", "answered", "referred", "asked_not", "unreachable")),
                        ("status__in", ("handled", "destroyed")),
                    ),
                    _connector="OR",
                ),
                name="admissions_inquiry_closed_as_known",
                violation_error_message="Say how it ended once it is handled, with one of the answers in the list.",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("good_from__isnull", True), ("good_until__isnull", True)),
                    models.Q(
                        ("good_from__isnull", False),
                        ("good_from__lt", 1440),
                        ("good_until__isnull", False),
                        ("good_until__lt", 1440),
                    ),
                    _connector="OR",
                ),
                name="admissions_inquiry_good_hours",
                violation_error_message="Good hours need a beginning and an end, in minutes of the day.",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("same_as__isnull", True), models.Q(("same_as", models.F("id")), _negated=True), _connector="OR"
                ),
                name="admissions_inquiry_linked_with_another",
                violation_error_message="Link it with another inquiry.",
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("do_not_contact", False), ("promised_by__isnull", True), _connector="OR"),
                name="admissions_inquiry_no_contact_no_promise",
                violation_error_message="The visitor took back consent, so there is no time to call.",
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="inquiry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="admissions.inquiry"
            ),
        ),
        migrations.AddConstraint(
            model_name="cannedreply",
            constraint=models.UniqueConstraint(
                fields=("key", "language"),
                name="admissions_cannedreply_once",
                violation_error_message="There is a text with this key in this language already. Change that one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="cannedreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ("en", "es"))),
                name="admissions_cannedreply_language_known",
                violation_error_message="Choose English or Spanish.",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                fields=("inquiry", "number"),
                name="admissions_attempt_place_once",
                violation_error_message="A colleague recorded an attempt at the same moment. Read it again first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ("call", "text", "mail", "thread"))),
                name="admissions_attempt_way_known",
                violation_error_message="Choose call, text, mail or thread.",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        ("reached", "no_answer", "voicemail", "else", "wrong", "asked_not", "written", "referred"),
                    )
                ),
                name="admissions_attempt_outcome_known",
                violation_error_message="Choose one of the outcomes in the list.",
            ),
        ),
    ]
