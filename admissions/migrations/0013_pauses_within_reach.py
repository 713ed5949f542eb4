import datetime

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("admissions", "0012_kept_forms"),
    ]

    operations = [
        migrations.AlterField(
            model_name="pause",
            name="starts",
            field=models.DateTimeField(
                validators=[
                    django.core.validators.MaxValueValidator(
                        datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        "Choose a day before the year 2200. For a day without end close the opening hours.",
                    )
                ],
                verbose_name="from",
            ),
        ),
    ]
