import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("admissions", "0009_junk_is_read_before_it_goes"),
        ("admissions", "0010_names_and_threads_in_the_log"),
        ("admissions", "0011_outside_the_calendar"),
        ("admissions", "0012_kept_forms"),
        ("admissions", "0013_pauses_within_reach"),
        ("admissions", "0015_nightly_runs"),
    ]

    dependencies = [
        # The last one that 0001 replaces: a database with a part of them is refused, not taken for one with all.
        ("admissions", "0008_dates_within_reach_and_one_shift"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("alert", "admissions_alert_recipient_known"),
        migrations.AddConstraint(
            "alert",
            models.CheckConstraint(
                condition=models.Q(("to__in", ("team", "webhook", "second", "on_call", "tray", "probe"))),
                name="admissions_alert_recipient_known",
                violation_error_message="An alert goes to one of those in the list.",
            ),
        ),
        # Entries that are there stay as they are, and verify.
        migrations.AddField(
            "disclosure",
            "actor_name",
            models.CharField(blank=True, default="", max_length=150),
            preserve_default=False,
        ),
        migrations.AddField("disclosure", "thread_state", models.BinaryField(max_length=36, null=True)),
        migrations.AddField(
            "inquiry",
            "outside_calendar",
            models.BooleanField(
                default=False,
                editable=False,
                help_text="It looked like junk, or came from where many came from: named no time.",
            ),
        ),
        migrations.CreateModel(
            name="KeptForm",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("tab", models.UUIDField(help_text="Made anew each time a page is opened.")),
                ("name", models.CharField(blank=True, help_text="Which form of the page.", max_length=100)),
                ("page", models.CharField(help_text="The path on which the form stands.", max_length=300)),
                ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sending_since", models.DateTimeField(null=True)),
                ("sent", models.BinaryField(help_text="A digest of what was sent and taken last.", null=True)),
                ("payload", models.BinaryField(null=True)),
                (
                    "inquiry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_forms",
                        to="admissions.inquiry",
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
                "ordering": ("-used_at", "id"),
                "default_permissions": (),
                "indexes": [models.Index(fields=["user", "page"], name="admissions_keptform_of_page")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("page__startswith", "/")),
                        name="admissions_keptform_page_is_a_path",
                        violation_error_message="A kept form stands on a page of this site.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptFormKey",
            fields=[
                (
                    "form",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="key",
                        serialize=False,
                        to="admissions.keptform",
                    ),
                ),
                ("team_wrap", models.BinaryField()),
            ],
            options={
                "ordering": ("form",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="NightlyRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("is_done", models.BooleanField(default=False)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("job", "day"),
                        name="admissions_nightlyrun_once_a_day",
                        violation_error_message="This job ran today.",
                    )
                ],
            },
        ),
    ]
