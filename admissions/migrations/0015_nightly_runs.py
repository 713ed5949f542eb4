import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("admissions", "0014_what_no_process_may_change"),
    ]

    operations = [
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
