import django.db.models.functions.datetime
import oneclick.core.ids
from django.db import migrations, models

TABLES = """
CREATE TABLE audit_event (
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT statement_timestamp(),
    organisation_id uuid,
    actor varchar(200) NOT NULL,
    action varchar(100) NOT NULL,
    target_kind varchar(50) NOT NULL,
    target_id varchar(200) NOT NULL,
    detail jsonb NOT NULL,
    correlation_id varchar(64) NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_event_organisation ON audit_event (organisation_id, id DESC);

CREATE TABLE audit_unsealed (
    event_id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TABLE audit_seal (
    chain uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    sealed_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    event_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    previous_mac bytea NOT NULL,
    mac bytea NOT NULL,
    key_id varchar(16) NOT NULL,
    PRIMARY KEY (chain, seq, sealed_at)
) PARTITION BY RANGE (sealed_at);

CREATE TABLE audit_head (
    chain uuid PRIMARY KEY,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_id varchar(16) NOT NULL
);

CREATE TABLE audit_anchor (
    chain uuid NOT NULL,
    events_from timestamptz NOT NULL,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    signature bytea NOT NULL,
    key_id varchar(16) NOT NULL,
    made_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (chain, events_from)
);
"""

GUARDS = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed (event_id, at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END $$;

-- Row triggers of a partitioned table reach its partitions; a TRUNCATE trigger doesn't, so each one gets its own.
CREATE PROCEDURE audit_guard(guarded regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', guarded);
END $$;

-- Makes the partition of one month. Rows that came before it, and so went into the default partition, are copied
-- into it unchanged: nothing is ever updated or deleted.
CREATE PROCEDURE audit_make_partition(parent text, month date) LANGUAGE plpgsql AS $$
DECLARE
    first_day timestamp := date_trunc('month', month::timestamp);
    low timestamptz := first_day AT TIME ZONE 'UTC';
    high timestamptz := (first_day + interval '1 month') AT TIME ZONE 'UTC';
    part text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
    fallback text := parent || '_default';
    outgrown text := parent || '_outgrown';
    key_column text := CASE parent WHEN 'audit_event' THEN 'at' ELSE 'sealed_at' END;
    is_late boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_partition'));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I >= %L AND %I < %L)',
                   fallback, key_column, low, key_column, high) INTO is_late;
    IF is_late THEN
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, fallback);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', fallback, outgrown);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', fallback, parent);
        EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE %I >= %L AND %I < %L',
                       part, outgrown, key_column, low, key_column, high);
        EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE %I < %L OR %I >= %L',
                       fallback, outgrown, key_column, low, key_column, high);
        EXECUTE format('DROP TABLE %I', outgrown);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', parent, fallback);
        CALL audit_guard(fallback::regclass);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, low, high);
    CALL audit_guard(part::regclass);
END $$;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['audit_event', 'audit_seal', 'audit_anchor'] LOOP
        EXECUTE format('CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()', guarded);
        CALL audit_guard(guarded::regclass);
    END LOOP;
    CREATE TRIGGER audit_enqueue AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_enqueue();
    FOREACH guarded IN ARRAY ARRAY['audit_event', 'audit_seal'] LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', guarded || '_default', guarded);
        CALL audit_guard((guarded || '_default')::regclass);
        FOR ahead IN 0..2 LOOP
            CALL audit_make_partition(guarded, ((now() AT TIME ZONE 'UTC') + make_interval(months => ahead))::date);
        END LOOP;
    END LOOP;
END $$;
"""

UNDO = """
DROP TABLE audit_event, audit_unsealed, audit_seal, audit_head, audit_anchor;
DROP PROCEDURE audit_make_partition(text, date);
DROP PROCEDURE audit_guard(regclass);
DROP FUNCTION audit_refuse_change();
DROP FUNCTION audit_enqueue();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(TABLES + GUARDS, UNDO),
        migrations.CreateModel(
            name='AuditAnchor',
            fields=[
                ('pk', models.CompositePrimaryKey('chain', 'events_from', blank=True, editable=False, primary_key=True, serialize=False)),
                ('chain', models.UUIDField()),
                ('events_from', models.DateTimeField()),
                ('seq', models.BigIntegerField()),
                ('mac', models.BinaryField()),
                ('signature', models.BinaryField()),
                ('key_id', models.CharField(max_length=16)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={'db_table': 'audit_anchor', 'managed': False},
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(default=oneclick.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('organisation_id', models.UUIDField(null=True)),
                ('actor', models.CharField(max_length=200)),
                ('action', models.CharField(max_length=100)),
                ('target_kind', models.CharField(blank=True, max_length=50)),
                ('target_id', models.CharField(blank=True, max_length=200)),
                ('detail', models.JSONField(default=dict)),
                ('correlation_id', models.CharField(blank=True, max_length=64)),
            ],
            options={'db_table': 'audit_event', 'managed': False},
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('chain', models.UUIDField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('mac', models.BinaryField()),
                ('sealed_at', models.DateTimeField()),
                ('key_id', models.CharField(max_length=16)),
            ],
            options={'db_table': 'audit_head', 'managed': False},
        ),
        migrations.CreateModel(
            name='AuditQueueEntry',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
            options={'db_table': 'audit_unsealed', 'managed': False},
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('pk', models.CompositePrimaryKey('chain', 'seq', 'sealed_at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('chain', models.UUIDField()),
                ('seq', models.BigIntegerField()),
                ('sealed_at', models.DateTimeField()),
                ('event_id', models.UUIDField()),
                ('event_at', models.DateTimeField()),
                ('digest', models.BinaryField()),
                ('previous_mac', models.BinaryField()),
                ('mac', models.BinaryField()),
                ('key_id', models.CharField(max_length=16)),
            ],
            options={'db_table': 'audit_seal', 'managed': False},
        ),
    ]
