from django.db import migrations

# Every role of the server may connect to any database by default, and in PostgreSQL 14 make tables in its schema
# public: among them the logins of local warehouses, which live on the same server. Where our role isn't the owner,
# the operator has to do it; `doctor` says so.
REFUSE_PUBLIC = """
DO $$
BEGIN
    BEGIN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'PUBLIC keeps its rights on database %: it belongs to another role', current_database();
    END;
    BEGIN
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'PUBLIC keeps its rights on schema public: it belongs to another role';
    END;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(REFUSE_PUBLIC, migrations.RunSQL.noop),
    ]
