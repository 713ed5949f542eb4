from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("content", "0003_sql_objects"),
    ]

    operations = [
        migrations.AddField(
            model_name="centre",
            name="shows_figures",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A public page then says, week by week, how many of the times that we promised we kept.",
                verbose_name="shows how well we keep our word",
            ),
        ),
    ]
