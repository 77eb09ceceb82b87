-- The schema of One-Click DWH's metadata, as every migration leaves it. Written by `make schema`: change the models.
-- Left out: the tables of the job queue's library (procrastinate) and the monthly partitions of the audit log.

-- Function audit_enqueue()
CREATE FUNCTION public.audit_enqueue() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO audit_unsealed (event_id, at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END $$;

-- Procedure audit_guard(regclass)
CREATE PROCEDURE public.audit_guard(IN guarded regclass)
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', guarded);
END $$;

-- Procedure audit_make_partition(text, date)
CREATE PROCEDURE public.audit_make_partition(IN parent text, IN month date)
    LANGUAGE plpgsql
    AS $$
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

-- Function audit_refuse_change()
CREATE FUNCTION public.audit_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- Table accounts_apitoken
CREATE TABLE public.accounts_apitoken (
    id uuid NOT NULL,
    name character varying(100) NOT NULL,
    role character varying(20) NOT NULL,
    prefix character varying(16) NOT NULL,
    digest character varying(64) NOT NULL,
    made_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    organisation_id uuid NOT NULL,
    scopes jsonb,
    user_id uuid,
    service_account_id uuid,
    CONSTRAINT token_has_one_owner CHECK (((user_id IS NULL) OR (service_account_id IS NULL)))
);

-- Table accounts_installid
CREATE TABLE public.accounts_installid (
    id uuid NOT NULL,
    is_only boolean NOT NULL,
    CONSTRAINT install_id_is_one_row CHECK (is_only)
);

-- Table accounts_invitation
CREATE TABLE public.accounts_invitation (
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    role character varying(20) NOT NULL,
    digest character varying(64) NOT NULL,
    invited_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    accepted_by_id uuid,
    organisation_id uuid NOT NULL
);

-- Table accounts_membership
CREATE TABLE public.accounts_membership (
    id uuid NOT NULL,
    role character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL,
    organisation_id uuid NOT NULL
);

-- Table accounts_operatorgrant
CREATE TABLE public.accounts_operatorgrant (
    id uuid NOT NULL,
    granted_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL
);

-- Table accounts_organisation
CREATE TABLE public.accounts_organisation (
    id uuid NOT NULL,
    name character varying(100) NOT NULL,
    domain character varying(253),
    tier character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL
);

-- Table accounts_removal
CREATE TABLE public.accounts_removal (
    id uuid NOT NULL,
    removed_by character varying(200) NOT NULL,
    removed_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    user_id uuid NOT NULL
);

-- Table accounts_serviceaccount
CREATE TABLE public.accounts_serviceaccount (
    id uuid NOT NULL,
    name character varying(100) NOT NULL,
    role character varying(20) NOT NULL,
    made_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    organisation_id uuid NOT NULL
);

-- Table audit_anchor
CREATE TABLE public.audit_anchor (
    chain uuid NOT NULL,
    events_from timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    signature bytea NOT NULL,
    key_id character varying(16) NOT NULL,
    made_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

-- Table audit_event
CREATE TABLE public.audit_event (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organisation_id uuid,
    actor character varying(200) NOT NULL,
    action character varying(100) NOT NULL,
    target_kind character varying(50) NOT NULL,
    target_id character varying(200) NOT NULL,
    detail jsonb NOT NULL,
    correlation_id character varying(64) NOT NULL,
    address character varying(45) DEFAULT ''::character varying NOT NULL
)
PARTITION BY RANGE (at);

-- Table audit_head
CREATE TABLE public.audit_head (
    chain uuid NOT NULL,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    key_id character varying(16) NOT NULL
);

-- Table audit_seal
CREATE TABLE public.audit_seal (
    chain uuid NOT NULL,
    seq bigint NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    event_at timestamp with time zone NOT NULL,
    digest bytea NOT NULL,
    previous_mac bytea NOT NULL,
    mac bytea NOT NULL,
    key_id character varying(16) NOT NULL,
    CONSTRAINT audit_seal_seq_check CHECK ((seq > 0))
)
PARTITION BY RANGE (sealed_at);

-- Table audit_unsealed
CREATE TABLE public.audit_unsealed (
    event_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);

-- Table auth_group
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

-- Sequence auth_group_id_seq
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table auth_group_permissions
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

-- Sequence auth_group_permissions_id_seq
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table auth_permission
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

-- Sequence auth_permission_id_seq
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table django_content_type
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

-- Sequence django_content_type_id_seq
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table django_migrations
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

-- Sequence django_migrations_id_seq
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table notifications_notification
CREATE TABLE public.notifications_notification (
    id uuid NOT NULL,
    kind character varying(50) NOT NULL,
    facts jsonb NOT NULL,
    correlation_id character varying(64) NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at timestamp with time zone,
    sent_at timestamp with time zone,
    problem text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT notifications_notification_attempts_check CHECK ((attempts >= 0))
);

-- Table notifications_notificationsetting
CREATE TABLE public.notifications_notificationsetting (
    id uuid NOT NULL,
    kind character varying(50) NOT NULL,
    by_email boolean NOT NULL,
    user_id uuid NOT NULL
);

-- Table onboarding_setup
CREATE TABLE public.onboarding_setup (
    id uuid NOT NULL,
    started_by character varying(200) NOT NULL,
    answers jsonb NOT NULL,
    handover_digest character varying(64),
    handover_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    account_link_id uuid,
    job_id uuid,
    organisation_id uuid NOT NULL
);

-- Table outbound_alloweddestination
CREATE TABLE public.outbound_alloweddestination (
    id uuid NOT NULL,
    destination character varying(300) NOT NULL,
    reason character varying(500) NOT NULL,
    made_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL
);

-- Table pipelines_connectorinstallation
CREATE TABLE public.pipelines_connectorinstallation (
    id uuid NOT NULL,
    name character varying(100) NOT NULL,
    version character varying(50) NOT NULL,
    state character varying(20) NOT NULL,
    said character varying(200) NOT NULL,
    error_message text NOT NULL,
    error_hint text NOT NULL,
    asked_by character varying(200) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL
);

-- Table pipelines_dataflow
CREATE TABLE public.pipelines_dataflow (
    id uuid NOT NULL,
    template character varying(50) NOT NULL,
    name character varying(63) NOT NULL,
    schema character varying(63) NOT NULL,
    config jsonb NOT NULL,
    secret_refs jsonb NOT NULL,
    streams jsonb NOT NULL,
    on_drift character varying(20) NOT NULL,
    schedule_kind character varying(20) NOT NULL,
    every_minutes integer,
    cron character varying(100) NOT NULL,
    time_zone character varying(64) NOT NULL,
    is_draft boolean NOT NULL,
    is_paused boolean NOT NULL,
    next_due_at timestamp with time zone,
    quiet_after_hours integer,
    last_rows_at timestamp with time zone,
    made_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    lease_holder character varying(100) NOT NULL,
    lease_until timestamp with time zone,
    fence bigint NOT NULL,
    after_id uuid,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    told_quiet_at timestamp with time zone,
    CONSTRAINT pipelines_dataflow_every_minutes_check CHECK ((every_minutes >= 0)),
    CONSTRAINT pipelines_dataflow_quiet_after_hours_check CHECK ((quiet_after_hours >= 0))
);

-- Sequence pipelines_fence
CREATE SEQUENCE public.pipelines_fence
    START WITH 1000000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- Table pipelines_fileload
CREATE TABLE public.pipelines_fileload (
    id uuid NOT NULL,
    schema character varying(63) NOT NULL,
    name character varying(63) NOT NULL,
    mode character varying(20) NOT NULL,
    file_name character varying(255) NOT NULL,
    digest character varying(64) NOT NULL,
    state character varying(20) NOT NULL,
    rows bigint,
    rejected bigint,
    error_code character varying(50) NOT NULL,
    asked_by character varying(200) NOT NULL,
    correlation_id character varying(64) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL
);

-- Table pipelines_flowrun
CREATE TABLE public.pipelines_flowrun (
    id uuid NOT NULL,
    state character varying(20) NOT NULL,
    phase character varying(20) NOT NULL,
    progress jsonb NOT NULL,
    allow_fewer boolean NOT NULL,
    asked_by character varying(200) NOT NULL,
    trigger character varying(20) NOT NULL,
    correlation_id character varying(64) NOT NULL,
    attempt integer NOT NULL,
    wake_at timestamp with time zone,
    stop_asked_at timestamp with time zone,
    error_code character varying(50) NOT NULL,
    error_message text NOT NULL,
    error_hint text NOT NULL,
    rows bigint,
    rejected bigint,
    written_bytes bigint,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    flow_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    CONSTRAINT pipelines_flowrun_attempt_check CHECK ((attempt >= 0))
);

-- Table pipelines_loadedtable
CREATE TABLE public.pipelines_loadedtable (
    id uuid NOT NULL,
    schema character varying(63) NOT NULL,
    name character varying(63) NOT NULL,
    rows bigint NOT NULL,
    last_load_id character varying(100) NOT NULL,
    loaded_at timestamp with time zone,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    flow_id uuid
);

-- Table pipelines_streamrun
CREATE TABLE public.pipelines_streamrun (
    id bigint NOT NULL,
    stream character varying(300) NOT NULL,
    "table" character varying(200) NOT NULL,
    bound jsonb NOT NULL,
    rows bigint,
    deleted bigint,
    rejected bigint,
    changes jsonb NOT NULL,
    run_id uuid NOT NULL
);

-- Sequence pipelines_streamrun_id_seq
ALTER TABLE public.pipelines_streamrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.pipelines_streamrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table pipelines_streamstate
CREATE TABLE public.pipelines_streamstate (
    id bigint NOT NULL,
    stream character varying(300) NOT NULL,
    "position" jsonb NOT NULL,
    columns jsonb NOT NULL,
    rows bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    flow_id uuid NOT NULL
);

-- Sequence pipelines_streamstate_id_seq
ALTER TABLE public.pipelines_streamstate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.pipelines_streamstate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table pipelines_upload
CREATE TABLE public.pipelines_upload (
    id uuid NOT NULL,
    file_name character varying(255) NOT NULL,
    size_bytes bigint NOT NULL,
    state character varying(20) NOT NULL,
    answers jsonb NOT NULL,
    "order" integer NOT NULL,
    load_id uuid,
    stage character varying(100) NOT NULL,
    share double precision,
    result jsonb NOT NULL,
    error_message text NOT NULL,
    error_hint text NOT NULL,
    asked_by character varying(200) NOT NULL,
    correlation_id character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    CONSTRAINT pipelines_upload_order_check CHECK (("order" >= 0))
);

-- Table provisioning_idempotencykey
CREATE TABLE public.provisioning_idempotencykey (
    id uuid NOT NULL,
    asked_by character varying(200) CONSTRAINT provisioning_idempotencykey_principal_not_null NOT NULL,
    route character varying(100) NOT NULL,
    key character varying(255) NOT NULL,
    body_digest character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    job_id uuid NOT NULL
);

-- Table provisioning_jobevent
CREATE TABLE public.provisioning_jobevent (
    id bigint NOT NULL,
    sequence integer NOT NULL,
    kind character varying(30) NOT NULL,
    state character varying(20) NOT NULL,
    resource_kind character varying(100) NOT NULL,
    resource_name character varying(255) NOT NULL,
    action character varying(20) NOT NULL,
    detail jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    job_id uuid NOT NULL,
    CONSTRAINT provisioning_jobevent_sequence_check CHECK ((sequence >= 0))
);

-- Sequence provisioning_jobevent_id_seq
ALTER TABLE public.provisioning_jobevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.provisioning_jobevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table provisioning_jobtally
CREATE TABLE public.provisioning_jobtally (
    id bigint NOT NULL,
    provider character varying(100) NOT NULL,
    kind character varying(20) NOT NULL,
    measure character varying(20) NOT NULL,
    label character varying(50) NOT NULL,
    stripe smallint NOT NULL,
    count bigint NOT NULL,
    seconds double precision NOT NULL,
    CONSTRAINT provisioning_jobtally_stripe_check CHECK ((stripe >= 0))
);

-- Sequence provisioning_jobtally_id_seq
ALTER TABLE public.provisioning_jobtally ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.provisioning_jobtally_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Table provisioning_provisioningjob
CREATE TABLE public.provisioning_provisioningjob (
    id uuid NOT NULL,
    kind character varying(20) NOT NULL,
    state character varying(20) NOT NULL,
    asked_by character varying(200) NOT NULL,
    asked_role character varying(20) NOT NULL,
    correlation_id character varying(64) NOT NULL,
    options jsonb NOT NULL,
    result jsonb NOT NULL,
    total_steps integer NOT NULL,
    attempt integer NOT NULL,
    cancel_asked_at timestamp with time zone,
    wake_at timestamp with time zone,
    error_code character varying(50) NOT NULL,
    error_message text NOT NULL,
    error_hint text NOT NULL,
    last_sequence integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    CONSTRAINT provisioning_provisioningjob_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT provisioning_provisioningjob_last_sequence_check CHECK ((last_sequence >= 0)),
    CONSTRAINT provisioning_provisioningjob_total_steps_check CHECK ((total_steps >= 0))
);

-- Table provisioning_resourcerecord
CREATE TABLE public.provisioning_resourcerecord (
    id uuid NOT NULL,
    kind character varying(100) NOT NULL,
    name character varying(255) NOT NULL,
    state character varying(20) NOT NULL,
    fence bigint NOT NULL,
    intent_at timestamp with time zone NOT NULL,
    outcome_at timestamp with time zone,
    job_id uuid NOT NULL,
    warehouse_id uuid NOT NULL
);

-- Table queries_queryhistory
CREATE TABLE public.queries_queryhistory (
    id uuid NOT NULL,
    asked_by character varying(200) CONSTRAINT queries_queryhistory_principal_not_null NOT NULL,
    sql text NOT NULL,
    state character varying(20) NOT NULL,
    rows bigint,
    is_truncated boolean NOT NULL,
    elapsed_ms integer,
    error_code character varying(50) NOT NULL,
    correlation_id character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    must_end_by timestamp with time zone NOT NULL,
    cancel_asked_at timestamp with time zone,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    purpose character varying(20) NOT NULL,
    CONSTRAINT queries_queryhistory_elapsed_ms_check CHECK ((elapsed_ms >= 0))
);

-- Table secret_store_secret
CREATE TABLE public.secret_store_secret (
    id uuid NOT NULL,
    owner character varying(100) NOT NULL,
    name character varying(100) NOT NULL,
    ciphertext bytea NOT NULL,
    wrapped_key bytea NOT NULL,
    key_id character varying(16) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    organisation_id uuid,
    CONSTRAINT secret_store_secret_version_check CHECK ((version >= 0))
);

-- Table sign_in_adminlink
CREATE TABLE public.sign_in_adminlink (
    id uuid NOT NULL,
    digest character varying(64) NOT NULL,
    email character varying(254) NOT NULL,
    totp_reference character varying(100) NOT NULL,
    made_by character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    organisation_id uuid NOT NULL
);

-- Table sign_in_attempt
CREATE TABLE public.sign_in_attempt (
    state_digest character varying(64) NOT NULL,
    browser_digest character varying(64) NOT NULL,
    purpose character varying(10) NOT NULL,
    next_path character varying(500) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    user_id uuid,
    provider_id uuid NOT NULL
);

-- Table sign_in_identityprovider
CREATE TABLE public.sign_in_identityprovider (
    id uuid NOT NULL,
    slug character varying(20) NOT NULL,
    kind character varying(20) NOT NULL,
    issuer character varying(255) NOT NULL,
    client_id character varying(255) NOT NULL,
    secret_reference character varying(100) NOT NULL,
    tenant character varying(253) NOT NULL,
    group_claim character varying(100) NOT NULL,
    roles_by_group jsonb NOT NULL,
    default_role character varying(20) NOT NULL,
    is_operators boolean NOT NULL,
    is_enforced boolean NOT NULL,
    proved_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    CONSTRAINT provider_enforced_proved CHECK (((NOT is_enforced) OR (proved_at IS NOT NULL)))
);

-- Table sign_in_localaccount
CREATE TABLE public.sign_in_localaccount (
    user_id uuid NOT NULL,
    totp_reference character varying(100) NOT NULL,
    last_step bigint NOT NULL,
    confirmed_at timestamp with time zone
);

-- Table sign_in_session
CREATE TABLE public.sign_in_session (
    id uuid NOT NULL,
    key_digest character varying(64) NOT NULL,
    session_data text NOT NULL,
    address inet,
    device character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    fresh_at timestamp with time zone,
    ends_at timestamp with time zone NOT NULL,
    provider_id uuid,
    user_id uuid
);

-- Table sign_in_tries
CREATE TABLE public.sign_in_tries (
    key_digest character varying(64) NOT NULL,
    since timestamp with time zone NOT NULL,
    count integer NOT NULL,
    CONSTRAINT sign_in_tries_count_check CHECK ((count >= 0))
);

-- Table users_user
CREATE TABLE public.users_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    id uuid NOT NULL,
    issuer character varying(255) NOT NULL,
    subject character varying(255) NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(200) NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    time_zone character varying(64) DEFAULT ''::character varying NOT NULL
);

-- Table warehouses_accountlink
CREATE TABLE public.warehouses_accountlink (
    id uuid NOT NULL,
    provider character varying(50) NOT NULL,
    name character varying(100) NOT NULL,
    config jsonb NOT NULL,
    secret_refs jsonb NOT NULL,
    is_connected boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL
);

-- Table warehouses_warehouse
CREATE TABLE public.warehouses_warehouse (
    id uuid NOT NULL,
    provider character varying(50) NOT NULL,
    name character varying(63) NOT NULL,
    state character varying(20) NOT NULL,
    spec jsonb NOT NULL,
    logins jsonb NOT NULL,
    current_logins jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ready_at timestamp with time zone,
    deleted_at timestamp with time zone,
    lease_holder character varying(100) NOT NULL,
    lease_until timestamp with time zone,
    fence bigint NOT NULL,
    account_link_id uuid,
    organisation_id uuid NOT NULL
);

-- Constraint accounts_apitoken accounts_apitoken_digest_key
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_digest_key UNIQUE (digest);

-- Constraint accounts_apitoken accounts_apitoken_pkey
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_pkey PRIMARY KEY (id);

-- Constraint accounts_installid accounts_installid_is_only_key
ALTER TABLE ONLY public.accounts_installid
    ADD CONSTRAINT accounts_installid_is_only_key UNIQUE (is_only);

-- Constraint accounts_installid accounts_installid_pkey
ALTER TABLE ONLY public.accounts_installid
    ADD CONSTRAINT accounts_installid_pkey PRIMARY KEY (id);

-- Constraint accounts_invitation accounts_invitation_digest_key
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_digest_key UNIQUE (digest);

-- Constraint accounts_invitation accounts_invitation_pkey
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_pkey PRIMARY KEY (id);

-- Constraint accounts_membership accounts_membership_pkey
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_pkey PRIMARY KEY (id);

-- Constraint accounts_operatorgrant accounts_operatorgrant_pkey
ALTER TABLE ONLY public.accounts_operatorgrant
    ADD CONSTRAINT accounts_operatorgrant_pkey PRIMARY KEY (id);

-- Constraint accounts_operatorgrant accounts_operatorgrant_user_id_key
ALTER TABLE ONLY public.accounts_operatorgrant
    ADD CONSTRAINT accounts_operatorgrant_user_id_key UNIQUE (user_id);

-- Constraint accounts_organisation accounts_organisation_pkey
ALTER TABLE ONLY public.accounts_organisation
    ADD CONSTRAINT accounts_organisation_pkey PRIMARY KEY (id);

-- Constraint accounts_removal accounts_removal_pkey
ALTER TABLE ONLY public.accounts_removal
    ADD CONSTRAINT accounts_removal_pkey PRIMARY KEY (id);

-- Constraint accounts_serviceaccount accounts_serviceaccount_pkey
ALTER TABLE ONLY public.accounts_serviceaccount
    ADD CONSTRAINT accounts_serviceaccount_pkey PRIMARY KEY (id);

-- Constraint outbound_alloweddestination allowed_destination_unique
ALTER TABLE ONLY public.outbound_alloweddestination
    ADD CONSTRAINT allowed_destination_unique UNIQUE (destination);

-- Constraint audit_anchor audit_anchor_pkey
ALTER TABLE ONLY public.audit_anchor
    ADD CONSTRAINT audit_anchor_pkey PRIMARY KEY (chain, events_from);

-- Constraint audit_event audit_event_pkey
ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id, at);

-- Constraint audit_head audit_head_pkey
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (chain);

-- Constraint audit_seal audit_seal_pkey
ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_pkey PRIMARY KEY (chain, seq, sealed_at);

-- Constraint audit_unsealed audit_unsealed_pkey
ALTER TABLE ONLY public.audit_unsealed
    ADD CONSTRAINT audit_unsealed_pkey PRIMARY KEY (event_id);

-- Constraint auth_group auth_group_name_key
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

-- Constraint auth_group_permissions auth_group_permissions_group_id_permission_id_0cd325b0_uniq
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

-- Constraint auth_group_permissions auth_group_permissions_pkey
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

-- Constraint auth_group auth_group_pkey
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

-- Constraint auth_permission auth_permission_content_type_id_codename_01ab375a_uniq
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

-- Constraint auth_permission auth_permission_pkey
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

-- Constraint pipelines_connectorinstallation connector_installation_newest
ALTER TABLE ONLY public.pipelines_connectorinstallation
    ADD CONSTRAINT connector_installation_newest UNIQUE (organisation_id, name);

-- Constraint django_content_type django_content_type_app_label_model_76bd3d3b_uniq
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

-- Constraint django_content_type django_content_type_pkey
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

-- Constraint django_migrations django_migrations_pkey
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

-- Constraint provisioning_idempotencykey idempotency_key_scope
ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT idempotency_key_scope UNIQUE (organisation_id, asked_by, route, key);

-- Constraint provisioning_jobevent job_event_sequence
ALTER TABLE ONLY public.provisioning_jobevent
    ADD CONSTRAINT job_event_sequence UNIQUE (job_id, sequence);

-- Constraint provisioning_jobtally job_tally_number
ALTER TABLE ONLY public.provisioning_jobtally
    ADD CONSTRAINT job_tally_number UNIQUE (measure, provider, kind, label, stripe);

-- Constraint pipelines_loadedtable loaded_table_warehouse_schema_name
ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT loaded_table_warehouse_schema_name UNIQUE (warehouse_id, schema, name);

-- Constraint accounts_membership membership_organisation_user
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT membership_organisation_user UNIQUE (organisation_id, user_id);

-- Constraint notifications_notificationsetting notification_setting_user_kind
ALTER TABLE ONLY public.notifications_notificationsetting
    ADD CONSTRAINT notification_setting_user_kind UNIQUE (user_id, kind);

-- Constraint notifications_notification notifications_notification_pkey
ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notification_pkey PRIMARY KEY (id);

-- Constraint notifications_notificationsetting notifications_notificationsetting_pkey
ALTER TABLE ONLY public.notifications_notificationsetting
    ADD CONSTRAINT notifications_notificationsetting_pkey PRIMARY KEY (id);

-- Constraint onboarding_setup onboarding_setup_handover_digest_key
ALTER TABLE ONLY public.onboarding_setup
    ADD CONSTRAINT onboarding_setup_handover_digest_key UNIQUE (handover_digest);

-- Constraint onboarding_setup onboarding_setup_pkey
ALTER TABLE ONLY public.onboarding_setup
    ADD CONSTRAINT onboarding_setup_pkey PRIMARY KEY (id);

-- Constraint outbound_alloweddestination outbound_alloweddestination_pkey
ALTER TABLE ONLY public.outbound_alloweddestination
    ADD CONSTRAINT outbound_alloweddestination_pkey PRIMARY KEY (id);

-- Constraint pipelines_connectorinstallation pipelines_connectorinstallation_pkey
ALTER TABLE ONLY public.pipelines_connectorinstallation
    ADD CONSTRAINT pipelines_connectorinstallation_pkey PRIMARY KEY (id);

-- Constraint pipelines_dataflow pipelines_dataflow_pkey
ALTER TABLE ONLY public.pipelines_dataflow
    ADD CONSTRAINT pipelines_dataflow_pkey PRIMARY KEY (id);

-- Constraint pipelines_fileload pipelines_fileload_pkey
ALTER TABLE ONLY public.pipelines_fileload
    ADD CONSTRAINT pipelines_fileload_pkey PRIMARY KEY (id);

-- Constraint pipelines_flowrun pipelines_flowrun_pkey
ALTER TABLE ONLY public.pipelines_flowrun
    ADD CONSTRAINT pipelines_flowrun_pkey PRIMARY KEY (id);

-- Constraint pipelines_loadedtable pipelines_loadedtable_pkey
ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtable_pkey PRIMARY KEY (id);

-- Constraint pipelines_streamrun pipelines_streamrun_pkey
ALTER TABLE ONLY public.pipelines_streamrun
    ADD CONSTRAINT pipelines_streamrun_pkey PRIMARY KEY (id);

-- Constraint pipelines_streamstate pipelines_streamstate_pkey
ALTER TABLE ONLY public.pipelines_streamstate
    ADD CONSTRAINT pipelines_streamstate_pkey PRIMARY KEY (id);

-- Constraint pipelines_upload pipelines_upload_pkey
ALTER TABLE ONLY public.pipelines_upload
    ADD CONSTRAINT pipelines_upload_pkey PRIMARY KEY (id);

-- Constraint sign_in_identityprovider provider_organisation_issuer
ALTER TABLE ONLY public.sign_in_identityprovider
    ADD CONSTRAINT provider_organisation_issuer UNIQUE (organisation_id, issuer);

-- Constraint provisioning_idempotencykey provisioning_idempotencykey_pkey
ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT provisioning_idempotencykey_pkey PRIMARY KEY (id);

-- Constraint provisioning_jobevent provisioning_jobevent_pkey
ALTER TABLE ONLY public.provisioning_jobevent
    ADD CONSTRAINT provisioning_jobevent_pkey PRIMARY KEY (id);

-- Constraint provisioning_jobtally provisioning_jobtally_pkey
ALTER TABLE ONLY public.provisioning_jobtally
    ADD CONSTRAINT provisioning_jobtally_pkey PRIMARY KEY (id);

-- Constraint provisioning_provisioningjob provisioning_provisioningjob_pkey
ALTER TABLE ONLY public.provisioning_provisioningjob
    ADD CONSTRAINT provisioning_provisioningjob_pkey PRIMARY KEY (id);

-- Constraint provisioning_resourcerecord provisioning_resourcerecord_pkey
ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT provisioning_resourcerecord_pkey PRIMARY KEY (id);

-- Constraint queries_queryhistory queries_queryhistory_pkey
ALTER TABLE ONLY public.queries_queryhistory
    ADD CONSTRAINT queries_queryhistory_pkey PRIMARY KEY (id);

-- Constraint accounts_removal removal_once
ALTER TABLE ONLY public.accounts_removal
    ADD CONSTRAINT removal_once UNIQUE (organisation_id, user_id);

-- Constraint provisioning_resourcerecord resource_warehouse_kind_name
ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT resource_warehouse_kind_name UNIQUE (warehouse_id, kind, name);

-- Constraint secret_store_secret secret_store_secret_pkey
ALTER TABLE ONLY public.secret_store_secret
    ADD CONSTRAINT secret_store_secret_pkey PRIMARY KEY (id);

-- Constraint sign_in_adminlink sign_in_adminlink_digest_key
ALTER TABLE ONLY public.sign_in_adminlink
    ADD CONSTRAINT sign_in_adminlink_digest_key UNIQUE (digest);

-- Constraint sign_in_adminlink sign_in_adminlink_pkey
ALTER TABLE ONLY public.sign_in_adminlink
    ADD CONSTRAINT sign_in_adminlink_pkey PRIMARY KEY (id);

-- Constraint sign_in_attempt sign_in_attempt_pkey
ALTER TABLE ONLY public.sign_in_attempt
    ADD CONSTRAINT sign_in_attempt_pkey PRIMARY KEY (state_digest);

-- Constraint sign_in_identityprovider sign_in_identityprovider_pkey
ALTER TABLE ONLY public.sign_in_identityprovider
    ADD CONSTRAINT sign_in_identityprovider_pkey PRIMARY KEY (id);

-- Constraint sign_in_identityprovider sign_in_identityprovider_slug_key
ALTER TABLE ONLY public.sign_in_identityprovider
    ADD CONSTRAINT sign_in_identityprovider_slug_key UNIQUE (slug);

-- Constraint sign_in_localaccount sign_in_localaccount_pkey
ALTER TABLE ONLY public.sign_in_localaccount
    ADD CONSTRAINT sign_in_localaccount_pkey PRIMARY KEY (user_id);

-- Constraint sign_in_session sign_in_session_id_key
ALTER TABLE ONLY public.sign_in_session
    ADD CONSTRAINT sign_in_session_id_key UNIQUE (id);

-- Constraint sign_in_session sign_in_session_pkey
ALTER TABLE ONLY public.sign_in_session
    ADD CONSTRAINT sign_in_session_pkey PRIMARY KEY (key_digest);

-- Constraint sign_in_tries sign_in_tries_pkey
ALTER TABLE ONLY public.sign_in_tries
    ADD CONSTRAINT sign_in_tries_pkey PRIMARY KEY (key_digest);

-- Constraint pipelines_streamrun stream_run_run_stream
ALTER TABLE ONLY public.pipelines_streamrun
    ADD CONSTRAINT stream_run_run_stream UNIQUE (run_id, stream);

-- Constraint pipelines_streamstate stream_state_flow_stream
ALTER TABLE ONLY public.pipelines_streamstate
    ADD CONSTRAINT stream_state_flow_stream UNIQUE (flow_id, stream);

-- Constraint users_user user_issuer_subject
ALTER TABLE ONLY public.users_user
    ADD CONSTRAINT user_issuer_subject UNIQUE (issuer, subject);

-- Constraint users_user users_user_pkey
ALTER TABLE ONLY public.users_user
    ADD CONSTRAINT users_user_pkey PRIMARY KEY (id);

-- Constraint warehouses_accountlink warehouses_accountlink_pkey
ALTER TABLE ONLY public.warehouses_accountlink
    ADD CONSTRAINT warehouses_accountlink_pkey PRIMARY KEY (id);

-- Constraint warehouses_warehouse warehouses_warehouse_pkey
ALTER TABLE ONLY public.warehouses_warehouse
    ADD CONSTRAINT warehouses_warehouse_pkey PRIMARY KEY (id);

-- Index account_link_organisation_provider_name
CREATE UNIQUE INDEX account_link_organisation_provider_name ON public.warehouses_accountlink USING btree (organisation_id, provider, upper((name)::text));

-- Index accounts_apitoken_digest_63ccb187_like
CREATE INDEX accounts_apitoken_digest_63ccb187_like ON public.accounts_apitoken USING btree (digest varchar_pattern_ops);

-- Index accounts_apitoken_service_account_id_23177292
CREATE INDEX accounts_apitoken_service_account_id_23177292 ON public.accounts_apitoken USING btree (service_account_id);

-- Index accounts_apitoken_user_id_bbee13e0
CREATE INDEX accounts_apitoken_user_id_bbee13e0 ON public.accounts_apitoken USING btree (user_id);

-- Index accounts_invitation_accepted_by_id_ba632539
CREATE INDEX accounts_invitation_accepted_by_id_ba632539 ON public.accounts_invitation USING btree (accepted_by_id);

-- Index accounts_invitation_digest_4d068cc1_like
CREATE INDEX accounts_invitation_digest_4d068cc1_like ON public.accounts_invitation USING btree (digest varchar_pattern_ops);

-- Index accounts_membership_user_id_487fb39e
CREATE INDEX accounts_membership_user_id_487fb39e ON public.accounts_membership USING btree (user_id);

-- Index accounts_removal_user_id_dc19f067
CREATE INDEX accounts_removal_user_id_dc19f067 ON public.accounts_removal USING btree (user_id);

-- Index audit_event_organisation
CREATE INDEX audit_event_organisation ON ONLY public.audit_event USING btree (organisation_id, id DESC);

-- Index auth_group_name_a6ea08ec_like
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

-- Index auth_group_permissions_group_id_b120cbf9
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

-- Index auth_group_permissions_permission_id_84c5c92e
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

-- Index auth_permission_content_type_id_2f476e4b
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

-- Index data_flow_due
CREATE INDEX data_flow_due ON public.pipelines_dataflow USING btree (next_due_at) WHERE ((NOT is_paused) AND (next_due_at IS NOT NULL));

-- Index data_flow_newest
CREATE INDEX data_flow_newest ON public.pipelines_dataflow USING btree (organisation_id, id DESC);

-- Index data_flow_organisation_name
CREATE UNIQUE INDEX data_flow_organisation_name ON public.pipelines_dataflow USING btree (organisation_id, upper((name)::text));

-- Index data_flow_watched
CREATE INDEX data_flow_watched ON public.pipelines_dataflow USING btree (organisation_id) WHERE ((NOT is_draft) AND (NOT is_paused) AND (quiet_after_hours IS NOT NULL));

-- Index file_load_running_once
CREATE UNIQUE INDEX file_load_running_once ON public.pipelines_fileload USING btree (warehouse_id, schema, name, mode, digest) WHERE ((state)::text = 'running'::text);

-- Index flow_run_newest
CREATE INDEX flow_run_newest ON public.pipelines_flowrun USING btree (flow_id, id DESC);

-- Index flow_run_of_organisation
CREATE INDEX flow_run_of_organisation ON public.pipelines_flowrun USING btree (organisation_id, id DESC);

-- Index flow_run_unfinished_once
CREATE UNIQUE INDEX flow_run_unfinished_once ON public.pipelines_flowrun USING btree (flow_id) WHERE ((state)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying, 'waiting'::character varying])::text[]));

-- Index invitation_newest
CREATE INDEX invitation_newest ON public.accounts_invitation USING btree (organisation_id, id DESC);

-- Index invitation_open_once
CREATE UNIQUE INDEX invitation_open_once ON public.accounts_invitation USING btree (organisation_id, upper((email)::text)) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));

-- Index job_organisation_newest
CREATE INDEX job_organisation_newest ON public.provisioning_provisioningjob USING btree (organisation_id, id DESC);

-- Index job_organisation_state
CREATE INDEX job_organisation_state ON public.provisioning_provisioningjob USING btree (organisation_id, state);

-- Index job_unfinished_wake_at
CREATE INDEX job_unfinished_wake_at ON public.provisioning_provisioningjob USING btree (wake_at) WHERE ((state)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying, 'waiting'::character varying])::text[]));

-- Index job_warehouse_newest
CREATE INDEX job_warehouse_newest ON public.provisioning_provisioningjob USING btree (warehouse_id, id DESC);

-- Index notification_due
CREATE INDEX notification_due ON public.notifications_notification USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

-- Index notifications_notification_created_at_10160fdd
CREATE INDEX notifications_notification_created_at_10160fdd ON public.notifications_notification USING btree (created_at);

-- Index notifications_notification_organisation_id_b640bd47
CREATE INDEX notifications_notification_organisation_id_b640bd47 ON public.notifications_notification USING btree (organisation_id);

-- Index notifications_notification_user_id_b5e8c0ff
CREATE INDEX notifications_notification_user_id_b5e8c0ff ON public.notifications_notification USING btree (user_id);

-- Index onboarding_setup_account_link_id_e1d31ba0
CREATE INDEX onboarding_setup_account_link_id_e1d31ba0 ON public.onboarding_setup USING btree (account_link_id);

-- Index onboarding_setup_handover_digest_386892ec_like
CREATE INDEX onboarding_setup_handover_digest_386892ec_like ON public.onboarding_setup USING btree (handover_digest varchar_pattern_ops);

-- Index onboarding_setup_job_id_66bf334c
CREATE INDEX onboarding_setup_job_id_66bf334c ON public.onboarding_setup USING btree (job_id);

-- Index organisation_domain
CREATE UNIQUE INDEX organisation_domain ON public.accounts_organisation USING btree (upper((domain)::text));

-- Index organisation_name
CREATE UNIQUE INDEX organisation_name ON public.accounts_organisation USING btree (upper((name)::text));

-- Index pipelines_dataflow_after_id_621ddf53
CREATE INDEX pipelines_dataflow_after_id_621ddf53 ON public.pipelines_dataflow USING btree (after_id);

-- Index pipelines_dataflow_warehouse_id_80ae76b8
CREATE INDEX pipelines_dataflow_warehouse_id_80ae76b8 ON public.pipelines_dataflow USING btree (warehouse_id);

-- Index pipelines_fileload_organisation_id_5ae6b399
CREATE INDEX pipelines_fileload_organisation_id_5ae6b399 ON public.pipelines_fileload USING btree (organisation_id);

-- Index pipelines_fileload_warehouse_id_9f963806
CREATE INDEX pipelines_fileload_warehouse_id_9f963806 ON public.pipelines_fileload USING btree (warehouse_id);

-- Index pipelines_loadedtable_flow_id_8ce0a099
CREATE INDEX pipelines_loadedtable_flow_id_8ce0a099 ON public.pipelines_loadedtable USING btree (flow_id);

-- Index pipelines_loadedtable_organisation_id_374c9e37
CREATE INDEX pipelines_loadedtable_organisation_id_374c9e37 ON public.pipelines_loadedtable USING btree (organisation_id);

-- Index pipelines_loadedtable_warehouse_id_a5130740
CREATE INDEX pipelines_loadedtable_warehouse_id_a5130740 ON public.pipelines_loadedtable USING btree (warehouse_id);

-- Index pipelines_upload_organisation_id_0baf2091
CREATE INDEX pipelines_upload_organisation_id_0baf2091 ON public.pipelines_upload USING btree (organisation_id);

-- Index pipelines_upload_warehouse_id_d5473032
CREATE INDEX pipelines_upload_warehouse_id_d5473032 ON public.pipelines_upload USING btree (warehouse_id);

-- Index provisioning_idempotencykey_expires_at_c2f4df83
CREATE INDEX provisioning_idempotencykey_expires_at_c2f4df83 ON public.provisioning_idempotencykey USING btree (expires_at);

-- Index provisioning_idempotencykey_job_id_3b2b255c
CREATE INDEX provisioning_idempotencykey_job_id_3b2b255c ON public.provisioning_idempotencykey USING btree (job_id);

-- Index provisioning_resourcerecord_job_id_c4b2a9bf
CREATE INDEX provisioning_resourcerecord_job_id_c4b2a9bf ON public.provisioning_resourcerecord USING btree (job_id);

-- Index queries_queryhistory_organisation_id_f16fc015
CREATE INDEX queries_queryhistory_organisation_id_f16fc015 ON public.queries_queryhistory USING btree (organisation_id);

-- Index queries_queryhistory_warehouse_id_267eaa26
CREATE INDEX queries_queryhistory_warehouse_id_267eaa26 ON public.queries_queryhistory USING btree (warehouse_id);

-- Index query_organisation_newest
CREATE INDEX query_organisation_newest ON public.queries_queryhistory USING btree (organisation_id, id DESC);

-- Index query_running
CREATE INDEX query_running ON public.queries_queryhistory USING btree (organisation_id, must_end_by) WHERE ((state)::text = 'running'::text);

-- Index secret_owner_name
CREATE UNIQUE INDEX secret_owner_name ON public.secret_store_secret USING btree (owner, name) WHERE (NOT ((name)::text = ''::text));

-- Index secret_store_secret_organisation_id_0d0563ef
CREATE INDEX secret_store_secret_organisation_id_0d0563ef ON public.secret_store_secret USING btree (organisation_id);

-- Index service_account_name
CREATE UNIQUE INDEX service_account_name ON public.accounts_serviceaccount USING btree (organisation_id, upper((name)::text)) WHERE (removed_at IS NULL);

-- Index setup_open
CREATE INDEX setup_open ON public.onboarding_setup USING btree (organisation_id, id DESC) WHERE (job_id IS NULL);

-- Index sign_in_adminlink_digest_239a7105_like
CREATE INDEX sign_in_adminlink_digest_239a7105_like ON public.sign_in_adminlink USING btree (digest varchar_pattern_ops);

-- Index sign_in_adminlink_organisation_id_eda60b67
CREATE INDEX sign_in_adminlink_organisation_id_eda60b67 ON public.sign_in_adminlink USING btree (organisation_id);

-- Index sign_in_attempt_expires_at_c6f12e42
CREATE INDEX sign_in_attempt_expires_at_c6f12e42 ON public.sign_in_attempt USING btree (expires_at);

-- Index sign_in_attempt_provider_id_9339e796
CREATE INDEX sign_in_attempt_provider_id_9339e796 ON public.sign_in_attempt USING btree (provider_id);

-- Index sign_in_attempt_state_digest_8f29bcc8_like
CREATE INDEX sign_in_attempt_state_digest_8f29bcc8_like ON public.sign_in_attempt USING btree (state_digest varchar_pattern_ops);

-- Index sign_in_attempt_user_id_1f182713
CREATE INDEX sign_in_attempt_user_id_1f182713 ON public.sign_in_attempt USING btree (user_id);

-- Index sign_in_identityprovider_organisation_id_1f168169
CREATE INDEX sign_in_identityprovider_organisation_id_1f168169 ON public.sign_in_identityprovider USING btree (organisation_id);

-- Index sign_in_identityprovider_slug_aeb767bf_like
CREATE INDEX sign_in_identityprovider_slug_aeb767bf_like ON public.sign_in_identityprovider USING btree (slug varchar_pattern_ops);

-- Index sign_in_session_ends_at_38147e68
CREATE INDEX sign_in_session_ends_at_38147e68 ON public.sign_in_session USING btree (ends_at);

-- Index sign_in_session_key_digest_2bbd793a_like
CREATE INDEX sign_in_session_key_digest_2bbd793a_like ON public.sign_in_session USING btree (key_digest varchar_pattern_ops);

-- Index sign_in_session_provider_id_ae146ff9
CREATE INDEX sign_in_session_provider_id_ae146ff9 ON public.sign_in_session USING btree (provider_id);

-- Index sign_in_session_user_id_f9b49180
CREATE INDEX sign_in_session_user_id_f9b49180 ON public.sign_in_session USING btree (user_id);

-- Index sign_in_tries_key_digest_476d716d_like
CREATE INDEX sign_in_tries_key_digest_476d716d_like ON public.sign_in_tries USING btree (key_digest varchar_pattern_ops);

-- Index sign_in_tries_since_f5033168
CREATE INDEX sign_in_tries_since_f5033168 ON public.sign_in_tries USING btree (since);

-- Index token_organisation_newest
CREATE INDEX token_organisation_newest ON public.accounts_apitoken USING btree (organisation_id, id DESC);

-- Index upload_made_at
CREATE INDEX upload_made_at ON public.pipelines_upload USING btree (made_at);

-- Index warehouse_organisation_name
CREATE UNIQUE INDEX warehouse_organisation_name ON public.warehouses_warehouse USING btree (organisation_id, upper((name)::text)) WHERE (NOT ((state)::text = 'deleted'::text));

-- Index warehouse_organisation_state
CREATE INDEX warehouse_organisation_state ON public.warehouses_warehouse USING btree (organisation_id, state);

-- Index warehouses_warehouse_account_link_id_8aa550f8
CREATE INDEX warehouses_warehouse_account_link_id_8aa550f8 ON public.warehouses_warehouse USING btree (account_link_id);

-- Trigger audit_event audit_enqueue
CREATE TRIGGER audit_enqueue AFTER INSERT ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.audit_enqueue();

-- Trigger audit_anchor audit_no_change
CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();

-- Trigger audit_event audit_no_change
CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();

-- Trigger audit_seal audit_no_change
CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit_seal FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();

-- Trigger audit_anchor audit_no_truncate
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

-- Trigger audit_event audit_no_truncate
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

-- Trigger audit_seal audit_no_truncate
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();

-- Fk constraint accounts_apitoken accounts_apitoken_organisation_id_14421eaa_fk_accounts_
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_organisation_id_14421eaa_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_apitoken accounts_apitoken_service_account_id_23177292_fk_accounts_
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_service_account_id_23177292_fk_accounts_ FOREIGN KEY (service_account_id) REFERENCES public.accounts_serviceaccount(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_apitoken accounts_apitoken_user_id_bbee13e0_fk_users_user_id
ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_user_id_bbee13e0_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_invitation accounts_invitation_accepted_by_id_ba632539_fk_users_user_id
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_accepted_by_id_ba632539_fk_users_user_id FOREIGN KEY (accepted_by_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_invitation accounts_invitation_organisation_id_b7f9480b_fk_accounts_
ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_organisation_id_b7f9480b_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_membership accounts_membership_organisation_id_98e5c22b_fk_accounts_
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_organisation_id_98e5c22b_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_membership accounts_membership_user_id_487fb39e_fk_users_user_id
ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_user_id_487fb39e_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_operatorgrant accounts_operatorgrant_user_id_bc273ec4_fk_users_user_id
ALTER TABLE ONLY public.accounts_operatorgrant
    ADD CONSTRAINT accounts_operatorgrant_user_id_bc273ec4_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_removal accounts_removal_organisation_id_ae6912e5_fk_accounts_
ALTER TABLE ONLY public.accounts_removal
    ADD CONSTRAINT accounts_removal_organisation_id_ae6912e5_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_removal accounts_removal_user_id_dc19f067_fk_users_user_id
ALTER TABLE ONLY public.accounts_removal
    ADD CONSTRAINT accounts_removal_user_id_dc19f067_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint accounts_serviceaccount accounts_serviceacco_organisation_id_5ea2acd7_fk_accounts_
ALTER TABLE ONLY public.accounts_serviceaccount
    ADD CONSTRAINT accounts_serviceacco_organisation_id_5ea2acd7_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint auth_group_permissions auth_group_permissio_permission_id_84c5c92e_fk_auth_perm
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint auth_group_permissions auth_group_permissions_group_id_b120cbf9_fk_auth_group_id
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint auth_permission auth_permission_content_type_id_2f476e4b_fk_django_co
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint notifications_notification notifications_notifi_organisation_id_b640bd47_fk_accounts_
ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notifi_organisation_id_b640bd47_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint notifications_notificationsetting notifications_notifi_user_id_d478960c_fk_users_use
ALTER TABLE ONLY public.notifications_notificationsetting
    ADD CONSTRAINT notifications_notifi_user_id_d478960c_fk_users_use FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint notifications_notification notifications_notification_user_id_b5e8c0ff_fk_users_user_id
ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notification_user_id_b5e8c0ff_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint onboarding_setup onboarding_setup_account_link_id_e1d31ba0_fk_warehouse
ALTER TABLE ONLY public.onboarding_setup
    ADD CONSTRAINT onboarding_setup_account_link_id_e1d31ba0_fk_warehouse FOREIGN KEY (account_link_id) REFERENCES public.warehouses_accountlink(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint onboarding_setup onboarding_setup_job_id_66bf334c_fk_provision
ALTER TABLE ONLY public.onboarding_setup
    ADD CONSTRAINT onboarding_setup_job_id_66bf334c_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint onboarding_setup onboarding_setup_organisation_id_57e102f2_fk_accounts_
ALTER TABLE ONLY public.onboarding_setup
    ADD CONSTRAINT onboarding_setup_organisation_id_57e102f2_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_connectorinstallation pipelines_connectori_organisation_id_eb3c93d5_fk_accounts_
ALTER TABLE ONLY public.pipelines_connectorinstallation
    ADD CONSTRAINT pipelines_connectori_organisation_id_eb3c93d5_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_dataflow pipelines_dataflow_after_id_621ddf53_fk_pipelines_dataflow_id
ALTER TABLE ONLY public.pipelines_dataflow
    ADD CONSTRAINT pipelines_dataflow_after_id_621ddf53_fk_pipelines_dataflow_id FOREIGN KEY (after_id) REFERENCES public.pipelines_dataflow(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_dataflow pipelines_dataflow_organisation_id_8160bc0c_fk_accounts_
ALTER TABLE ONLY public.pipelines_dataflow
    ADD CONSTRAINT pipelines_dataflow_organisation_id_8160bc0c_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_dataflow pipelines_dataflow_warehouse_id_80ae76b8_fk_warehouse
ALTER TABLE ONLY public.pipelines_dataflow
    ADD CONSTRAINT pipelines_dataflow_warehouse_id_80ae76b8_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_fileload pipelines_fileload_organisation_id_5ae6b399_fk_accounts_
ALTER TABLE ONLY public.pipelines_fileload
    ADD CONSTRAINT pipelines_fileload_organisation_id_5ae6b399_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_fileload pipelines_fileload_warehouse_id_9f963806_fk_warehouse
ALTER TABLE ONLY public.pipelines_fileload
    ADD CONSTRAINT pipelines_fileload_warehouse_id_9f963806_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_flowrun pipelines_flowrun_flow_id_d3d8cc6f_fk_pipelines_dataflow_id
ALTER TABLE ONLY public.pipelines_flowrun
    ADD CONSTRAINT pipelines_flowrun_flow_id_d3d8cc6f_fk_pipelines_dataflow_id FOREIGN KEY (flow_id) REFERENCES public.pipelines_dataflow(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_flowrun pipelines_flowrun_organisation_id_f4d1a2b1_fk_accounts_
ALTER TABLE ONLY public.pipelines_flowrun
    ADD CONSTRAINT pipelines_flowrun_organisation_id_f4d1a2b1_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_loadedtable pipelines_loadedtabl_organisation_id_374c9e37_fk_accounts_
ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtabl_organisation_id_374c9e37_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_loadedtable pipelines_loadedtabl_warehouse_id_a5130740_fk_warehouse
ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtabl_warehouse_id_a5130740_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_loadedtable pipelines_loadedtable_flow_id_8ce0a099_fk_pipelines_dataflow_id
ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtable_flow_id_8ce0a099_fk_pipelines_dataflow_id FOREIGN KEY (flow_id) REFERENCES public.pipelines_dataflow(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_streamrun pipelines_streamrun_run_id_3f3ca26b_fk_pipelines_flowrun_id
ALTER TABLE ONLY public.pipelines_streamrun
    ADD CONSTRAINT pipelines_streamrun_run_id_3f3ca26b_fk_pipelines_flowrun_id FOREIGN KEY (run_id) REFERENCES public.pipelines_flowrun(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_streamstate pipelines_streamstate_flow_id_21c6a3f3_fk_pipelines_dataflow_id
ALTER TABLE ONLY public.pipelines_streamstate
    ADD CONSTRAINT pipelines_streamstate_flow_id_21c6a3f3_fk_pipelines_dataflow_id FOREIGN KEY (flow_id) REFERENCES public.pipelines_dataflow(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_upload pipelines_upload_organisation_id_0baf2091_fk_accounts_
ALTER TABLE ONLY public.pipelines_upload
    ADD CONSTRAINT pipelines_upload_organisation_id_0baf2091_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint pipelines_upload pipelines_upload_warehouse_id_d5473032_fk_warehouse
ALTER TABLE ONLY public.pipelines_upload
    ADD CONSTRAINT pipelines_upload_warehouse_id_d5473032_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_idempotencykey provisioning_idempot_job_id_3b2b255c_fk_provision
ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT provisioning_idempot_job_id_3b2b255c_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_idempotencykey provisioning_idempot_organisation_id_44aea906_fk_accounts_
ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT provisioning_idempot_organisation_id_44aea906_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_jobevent provisioning_jobeven_job_id_71909e98_fk_provision
ALTER TABLE ONLY public.provisioning_jobevent
    ADD CONSTRAINT provisioning_jobeven_job_id_71909e98_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_provisioningjob provisioning_provisi_organisation_id_98be2601_fk_accounts_
ALTER TABLE ONLY public.provisioning_provisioningjob
    ADD CONSTRAINT provisioning_provisi_organisation_id_98be2601_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_provisioningjob provisioning_provisi_warehouse_id_e64c5748_fk_warehouse
ALTER TABLE ONLY public.provisioning_provisioningjob
    ADD CONSTRAINT provisioning_provisi_warehouse_id_e64c5748_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_resourcerecord provisioning_resourc_job_id_c4b2a9bf_fk_provision
ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT provisioning_resourc_job_id_c4b2a9bf_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint provisioning_resourcerecord provisioning_resourc_warehouse_id_cd2e9b9e_fk_warehouse
ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT provisioning_resourc_warehouse_id_cd2e9b9e_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint queries_queryhistory queries_queryhistory_organisation_id_f16fc015_fk_accounts_
ALTER TABLE ONLY public.queries_queryhistory
    ADD CONSTRAINT queries_queryhistory_organisation_id_f16fc015_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint queries_queryhistory queries_queryhistory_warehouse_id_267eaa26_fk_warehouse
ALTER TABLE ONLY public.queries_queryhistory
    ADD CONSTRAINT queries_queryhistory_warehouse_id_267eaa26_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint secret_store_secret secret_store_secret_organisation_id_0d0563ef_fk_accounts_
ALTER TABLE ONLY public.secret_store_secret
    ADD CONSTRAINT secret_store_secret_organisation_id_0d0563ef_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_adminlink sign_in_adminlink_organisation_id_eda60b67_fk_accounts_
ALTER TABLE ONLY public.sign_in_adminlink
    ADD CONSTRAINT sign_in_adminlink_organisation_id_eda60b67_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_attempt sign_in_attempt_provider_id_9339e796_fk_sign_in_i
ALTER TABLE ONLY public.sign_in_attempt
    ADD CONSTRAINT sign_in_attempt_provider_id_9339e796_fk_sign_in_i FOREIGN KEY (provider_id) REFERENCES public.sign_in_identityprovider(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_attempt sign_in_attempt_user_id_1f182713_fk_users_user_id
ALTER TABLE ONLY public.sign_in_attempt
    ADD CONSTRAINT sign_in_attempt_user_id_1f182713_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_identityprovider sign_in_identityprov_organisation_id_1f168169_fk_accounts_
ALTER TABLE ONLY public.sign_in_identityprovider
    ADD CONSTRAINT sign_in_identityprov_organisation_id_1f168169_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_localaccount sign_in_localaccount_user_id_44c22b20_fk_users_user_id
ALTER TABLE ONLY public.sign_in_localaccount
    ADD CONSTRAINT sign_in_localaccount_user_id_44c22b20_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_session sign_in_session_provider_id_ae146ff9_fk_sign_in_i
ALTER TABLE ONLY public.sign_in_session
    ADD CONSTRAINT sign_in_session_provider_id_ae146ff9_fk_sign_in_i FOREIGN KEY (provider_id) REFERENCES public.sign_in_identityprovider(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint sign_in_session sign_in_session_user_id_f9b49180_fk_users_user_id
ALTER TABLE ONLY public.sign_in_session
    ADD CONSTRAINT sign_in_session_user_id_f9b49180_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint warehouses_accountlink warehouses_accountli_organisation_id_c0ba21f0_fk_accounts_
ALTER TABLE ONLY public.warehouses_accountlink
    ADD CONSTRAINT warehouses_accountli_organisation_id_c0ba21f0_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint warehouses_warehouse warehouses_warehouse_account_link_id_8aa550f8_fk_warehouse
ALTER TABLE ONLY public.warehouses_warehouse
    ADD CONSTRAINT warehouses_warehouse_account_link_id_8aa550f8_fk_warehouse FOREIGN KEY (account_link_id) REFERENCES public.warehouses_accountlink(id) DEFERRABLE INITIALLY DEFERRED;

-- Fk constraint warehouses_warehouse warehouses_warehouse_organisation_id_06ec8178_fk_accounts_
ALTER TABLE ONLY public.warehouses_warehouse
    ADD CONSTRAINT warehouses_warehouse_organisation_id_06ec8178_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;
