from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("admissions", "0009_weekly_figures")]

    operations = [
        migrations.AddIndex(
            "alert", models.Index(F("inquiry"), condition=Q(to="team"), name="admissions_alert_of_team")
        )
    ]
