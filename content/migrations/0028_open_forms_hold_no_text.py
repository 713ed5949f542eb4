from django.db import migrations, models


def forget_new_articles(apps, schema_editor):
    apps.get_model("content", "OpenForm").objects.filter(article=None).delete()


class Migration(migrations.Migration):
    """What is typed and not saved is kept by `admissions.KeptForm`, for every form of the staff site."""

    dependencies = [("content", "0027_wider_columns_of_links_and_places")]

    operations = [
        migrations.RemoveConstraint("openform", "content_openform_one_new_article_each"),
        migrations.RemoveConstraint("openform", "content_openform_kept_text_has_its_time"),
        migrations.RemoveField("openform", "kept_at"),
        migrations.RemoveField("openform", "kept_text"),
        migrations.RunPython(forget_new_articles, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "openform",
            "article",
            models.ForeignKey(on_delete=models.deletion.CASCADE, related_name="open_forms", to="content.article"),
        ),
    ]
