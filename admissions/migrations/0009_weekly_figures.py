from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("admissions", "0008_desk_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="WeeklyFigures",
            fields=[
                ("monday", models.DateField(primary_key=True, serialize=False)),
                (
                    "kept_of_100",
                    models.PositiveSmallIntegerField(help_text="Promised times that we kept. Rounded down.", null=True),
                ),
                (
                    "median_hours",
                    models.PositiveSmallIntegerField(
                        help_text="Half of the first calls came within so many hours after somebody wrote.", null=True
                    ),
                ),
            ],
            options={
                "ordering": ("-monday",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept_of_100__isnull", True), ("kept_of_100__lte", 100), _connector="OR"),
                        name="admissions_weeklyfigures_of_100",
                        violation_error_message="Of 100 promised times at most 100 are kept.",
                    )
                ],
            },
        ),
    ]
