import datetime

import django.core.validators
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("admissions", "0006_written_load"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="closedday",
            options={"ordering": ("day",), "verbose_name": "special or closed day"},
        ),
        migrations.AddField(
            model_name="closedday",
            name="closes",
            field=models.TimeField(blank=True, null=True, verbose_name="open until"),
        ),
        migrations.AddField(
            model_name="closedday",
            name="opens",
            field=models.TimeField(
                blank=True,
                help_text="Empty: closed all day. With hours the week’s plan rests on this day: only shifts count that are for this day alone.",
                null=True,
                verbose_name="open from",
            ),
        ),
        migrations.AlterField(
            model_name="shift",
            name="counsellors",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="How many people take calls. Each is given one call, and one written answer, in half an hour.",
                verbose_name="counselors",
            ),
        ),
        migrations.AlterField(
            model_name="shift",
            name="first_day",
            field=models.DateField(
                default=django.utils.timezone.localdate,
                help_text="The shift counts from this day on.",
                validators=[
                    django.core.validators.MaxValueValidator(
                        datetime.date(2199, 12, 31),
                        "Choose a day before the year 2200. For a day without end close the opening hours.",
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="shift",
            name="last_day",
            field=models.DateField(
                blank=True,
                help_text="The last day on which it begins. Empty: until you enter one. The same as the first: for that day alone, as a special day needs it.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="closedday",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes__isnull", True), ("opens__isnull", True)),
                    models.Q(("closes__isnull", False), ("opens__isnull", False), ("opens__lt", models.F("closes"))),
                    _connector="OR",
                ),
                name="admissions_closedday_hours_in_order",
                violation_error_message="Enter both from when and until when you are open, in this order, or neither.",
            ),
        ),
    ]
