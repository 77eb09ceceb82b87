from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE audit_event ADD COLUMN address varchar(45) NOT NULL DEFAULT ''",
            'ALTER TABLE audit_event DROP COLUMN address',
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name='auditevent',
                    name='address',
                    field=models.CharField(blank=True, max_length=45),
                ),
            ],
        ),
    ]
