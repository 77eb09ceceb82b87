--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: procrastinate_job_event_type; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);


--
-- Name: procrastinate_job_status; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);


--
-- Name: procrastinate_job_to_defer_v1; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);


--
-- Name: audit_enqueue(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_enqueue() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO audit_unsealed (event_id, at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END $$;


--
-- Name: audit_guard(regclass); Type: PROCEDURE; Schema: public; Owner: -
--

CREATE PROCEDURE public.audit_guard(IN guarded regclass)
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()', guarded);
END $$;


--
-- Name: audit_make_partition(text, date); Type: PROCEDURE; Schema: public; Owner: -
--

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


--
-- Name: audit_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.audit_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;


--
-- Name: procrastinate_cancel_job_v1(bigint, boolean, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;


--
-- Name: procrastinate_defer_jobs_v1(public.procrastinate_job_to_defer_v1[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;


--
-- Name: procrastinate_defer_periodic_job_v2(character varying, character varying, character varying, character varying, integer, character varying, bigint, jsonb); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: procrastinate_jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);


--
-- Name: procrastinate_fetch_job_v2(character varying[], bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;


--
-- Name: procrastinate_finish_job_v1(bigint, public.procrastinate_job_status, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;


--
-- Name: procrastinate_notify_queue_abort_job_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_notify_queue_job_inserted_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_prune_stalled_workers_v1(double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;


--
-- Name: procrastinate_register_worker_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;


--
-- Name: procrastinate_retry_job_v1(bigint, timestamp with time zone, integer, character varying, character varying); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;


--
-- Name: procrastinate_retry_job_v2(bigint, timestamp with time zone, integer, character varying, character varying); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;


--
-- Name: procrastinate_trigger_abort_requested_events_procedure_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_scheduled_events_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_status_events_insert_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_status_events_update_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_unlink_periodic_defers_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;


--
-- Name: procrastinate_unregister_worker_v1(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;


--
-- Name: procrastinate_update_heartbeat_v1(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;


--
-- Name: accounts_apitoken; Type: TABLE; Schema: public; Owner: -
--

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
    organisation_id uuid NOT NULL
);


--
-- Name: accounts_installid; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_installid (
    id uuid NOT NULL,
    is_only boolean NOT NULL,
    CONSTRAINT install_id_is_one_row CHECK (is_only)
);


--
-- Name: accounts_membership; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_membership (
    id uuid NOT NULL,
    role character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL,
    organisation_id uuid NOT NULL
);


--
-- Name: accounts_organisation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_organisation (
    id uuid NOT NULL,
    name character varying(100) NOT NULL,
    domain character varying(253),
    tier character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: audit_anchor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_anchor (
    chain uuid NOT NULL,
    events_from timestamp with time zone NOT NULL,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    signature bytea NOT NULL,
    key_id character varying(16) NOT NULL,
    made_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);


--
-- Name: audit_event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_event (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organisation_id uuid,
    actor character varying(200) NOT NULL,
    action character varying(100) NOT NULL,
    target_kind character varying(50) NOT NULL,
    target_id character varying(200) NOT NULL,
    detail jsonb NOT NULL,
    correlation_id character varying(64) NOT NULL
)
PARTITION BY RANGE (at);


--
-- Name: audit_event_2026_11; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_event_2026_11 (
    id uuid CONSTRAINT audit_event_id_not_null NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() CONSTRAINT audit_event_at_not_null NOT NULL,
    organisation_id uuid,
    actor character varying(200) CONSTRAINT audit_event_actor_not_null NOT NULL,
    action character varying(100) CONSTRAINT audit_event_action_not_null NOT NULL,
    target_kind character varying(50) CONSTRAINT audit_event_target_kind_not_null NOT NULL,
    target_id character varying(200) CONSTRAINT audit_event_target_id_not_null NOT NULL,
    detail jsonb CONSTRAINT audit_event_detail_not_null NOT NULL,
    correlation_id character varying(64) CONSTRAINT audit_event_correlation_id_not_null NOT NULL
);


--
-- Name: audit_event_2026_12; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_event_2026_12 (
    id uuid CONSTRAINT audit_event_id_not_null NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() CONSTRAINT audit_event_at_not_null NOT NULL,
    organisation_id uuid,
    actor character varying(200) CONSTRAINT audit_event_actor_not_null NOT NULL,
    action character varying(100) CONSTRAINT audit_event_action_not_null NOT NULL,
    target_kind character varying(50) CONSTRAINT audit_event_target_kind_not_null NOT NULL,
    target_id character varying(200) CONSTRAINT audit_event_target_id_not_null NOT NULL,
    detail jsonb CONSTRAINT audit_event_detail_not_null NOT NULL,
    correlation_id character varying(64) CONSTRAINT audit_event_correlation_id_not_null NOT NULL
);


--
-- Name: audit_event_2027_01; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_event_2027_01 (
    id uuid CONSTRAINT audit_event_id_not_null NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() CONSTRAINT audit_event_at_not_null NOT NULL,
    organisation_id uuid,
    actor character varying(200) CONSTRAINT audit_event_actor_not_null NOT NULL,
    action character varying(100) CONSTRAINT audit_event_action_not_null NOT NULL,
    target_kind character varying(50) CONSTRAINT audit_event_target_kind_not_null NOT NULL,
    target_id character varying(200) CONSTRAINT audit_event_target_id_not_null NOT NULL,
    detail jsonb CONSTRAINT audit_event_detail_not_null NOT NULL,
    correlation_id character varying(64) CONSTRAINT audit_event_correlation_id_not_null NOT NULL
);


--
-- Name: audit_event_default; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_event_default (
    id uuid CONSTRAINT audit_event_id_not_null NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() CONSTRAINT audit_event_at_not_null NOT NULL,
    organisation_id uuid,
    actor character varying(200) CONSTRAINT audit_event_actor_not_null NOT NULL,
    action character varying(100) CONSTRAINT audit_event_action_not_null NOT NULL,
    target_kind character varying(50) CONSTRAINT audit_event_target_kind_not_null NOT NULL,
    target_id character varying(200) CONSTRAINT audit_event_target_id_not_null NOT NULL,
    detail jsonb CONSTRAINT audit_event_detail_not_null NOT NULL,
    correlation_id character varying(64) CONSTRAINT audit_event_correlation_id_not_null NOT NULL
);


--
-- Name: audit_head; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_head (
    chain uuid NOT NULL,
    seq bigint NOT NULL,
    mac bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    key_id character varying(16) NOT NULL
);


--
-- Name: audit_seal; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: audit_seal_2026_11; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_seal_2026_11 (
    chain uuid CONSTRAINT audit_seal_chain_not_null NOT NULL,
    seq bigint CONSTRAINT audit_seal_seq_not_null NOT NULL,
    sealed_at timestamp with time zone CONSTRAINT audit_seal_sealed_at_not_null NOT NULL,
    event_id uuid CONSTRAINT audit_seal_event_id_not_null NOT NULL,
    event_at timestamp with time zone CONSTRAINT audit_seal_event_at_not_null NOT NULL,
    digest bytea CONSTRAINT audit_seal_digest_not_null NOT NULL,
    previous_mac bytea CONSTRAINT audit_seal_previous_mac_not_null NOT NULL,
    mac bytea CONSTRAINT audit_seal_mac_not_null NOT NULL,
    key_id character varying(16) CONSTRAINT audit_seal_key_id_not_null NOT NULL,
    CONSTRAINT audit_seal_seq_check CHECK ((seq > 0))
);


--
-- Name: audit_seal_2026_12; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_seal_2026_12 (
    chain uuid CONSTRAINT audit_seal_chain_not_null NOT NULL,
    seq bigint CONSTRAINT audit_seal_seq_not_null NOT NULL,
    sealed_at timestamp with time zone CONSTRAINT audit_seal_sealed_at_not_null NOT NULL,
    event_id uuid CONSTRAINT audit_seal_event_id_not_null NOT NULL,
    event_at timestamp with time zone CONSTRAINT audit_seal_event_at_not_null NOT NULL,
    digest bytea CONSTRAINT audit_seal_digest_not_null NOT NULL,
    previous_mac bytea CONSTRAINT audit_seal_previous_mac_not_null NOT NULL,
    mac bytea CONSTRAINT audit_seal_mac_not_null NOT NULL,
    key_id character varying(16) CONSTRAINT audit_seal_key_id_not_null NOT NULL,
    CONSTRAINT audit_seal_seq_check CHECK ((seq > 0))
);


--
-- Name: audit_seal_2027_01; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_seal_2027_01 (
    chain uuid CONSTRAINT audit_seal_chain_not_null NOT NULL,
    seq bigint CONSTRAINT audit_seal_seq_not_null NOT NULL,
    sealed_at timestamp with time zone CONSTRAINT audit_seal_sealed_at_not_null NOT NULL,
    event_id uuid CONSTRAINT audit_seal_event_id_not_null NOT NULL,
    event_at timestamp with time zone CONSTRAINT audit_seal_event_at_not_null NOT NULL,
    digest bytea CONSTRAINT audit_seal_digest_not_null NOT NULL,
    previous_mac bytea CONSTRAINT audit_seal_previous_mac_not_null NOT NULL,
    mac bytea CONSTRAINT audit_seal_mac_not_null NOT NULL,
    key_id character varying(16) CONSTRAINT audit_seal_key_id_not_null NOT NULL,
    CONSTRAINT audit_seal_seq_check CHECK ((seq > 0))
);


--
-- Name: audit_seal_default; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_seal_default (
    chain uuid CONSTRAINT audit_seal_chain_not_null NOT NULL,
    seq bigint CONSTRAINT audit_seal_seq_not_null NOT NULL,
    sealed_at timestamp with time zone CONSTRAINT audit_seal_sealed_at_not_null NOT NULL,
    event_id uuid CONSTRAINT audit_seal_event_id_not_null NOT NULL,
    event_at timestamp with time zone CONSTRAINT audit_seal_event_at_not_null NOT NULL,
    digest bytea CONSTRAINT audit_seal_digest_not_null NOT NULL,
    previous_mac bytea CONSTRAINT audit_seal_previous_mac_not_null NOT NULL,
    mac bytea CONSTRAINT audit_seal_mac_not_null NOT NULL,
    key_id character varying(16) CONSTRAINT audit_seal_key_id_not_null NOT NULL,
    CONSTRAINT audit_seal_seq_check CHECK ((seq > 0))
);


--
-- Name: audit_unsealed; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_unsealed (
    event_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);


--
-- Name: auth_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);


--
-- Name: auth_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_group_permissions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_permission; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_content_type; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: pipelines_fileload; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: pipelines_loadedtable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pipelines_loadedtable (
    id uuid NOT NULL,
    schema character varying(63) NOT NULL,
    name character varying(63) NOT NULL,
    rows bigint NOT NULL,
    last_load_id character varying(100) NOT NULL,
    loaded_at timestamp with time zone,
    organisation_id uuid NOT NULL,
    warehouse_id uuid NOT NULL
);


--
-- Name: procrastinate_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;


--
-- Name: procrastinate_periodic_defers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;


--
-- Name: procrastinate_workers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: procrastinate_workers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: provisioning_idempotencykey; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.provisioning_idempotencykey (
    id uuid NOT NULL,
    principal character varying(200) NOT NULL,
    route character varying(100) NOT NULL,
    key character varying(255) NOT NULL,
    body_digest character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    job_id uuid NOT NULL
);


--
-- Name: provisioning_jobevent; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: provisioning_jobevent_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.provisioning_jobevent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.provisioning_jobevent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: provisioning_provisioningjob; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: provisioning_resourcerecord; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: queries_queryhistory; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.queries_queryhistory (
    id uuid NOT NULL,
    principal character varying(200) NOT NULL,
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
    CONSTRAINT queries_queryhistory_elapsed_ms_check CHECK ((elapsed_ms >= 0))
);


--
-- Name: secret_store_secret; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: users_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    id uuid NOT NULL,
    issuer character varying(255) NOT NULL,
    subject character varying(255) NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(200) NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: warehouses_accountlink; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: warehouses_warehouse; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: audit_event_2026_11; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event ATTACH PARTITION public.audit_event_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');


--
-- Name: audit_event_2026_12; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event ATTACH PARTITION public.audit_event_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');


--
-- Name: audit_event_2027_01; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event ATTACH PARTITION public.audit_event_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');


--
-- Name: audit_event_default; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event ATTACH PARTITION public.audit_event_default DEFAULT;


--
-- Name: audit_seal_2026_11; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal ATTACH PARTITION public.audit_seal_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');


--
-- Name: audit_seal_2026_12; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal ATTACH PARTITION public.audit_seal_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');


--
-- Name: audit_seal_2027_01; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal ATTACH PARTITION public.audit_seal_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');


--
-- Name: audit_seal_default; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal ATTACH PARTITION public.audit_seal_default DEFAULT;


--
-- Name: procrastinate_events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);


--
-- Name: procrastinate_jobs id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);


--
-- Name: procrastinate_periodic_defers id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);


--
-- Data for Name: accounts_apitoken; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts_apitoken VALUES ('01a20591-35b1-7238-a1b4-365a92176bac', 'release', 'reader', 'ocd_5mrof1', '71e2164c2d1a408a8f208be1df2291abb01b64e0c27323f8d7a9f6391521f816', 'operator:root', '2026-11-22 23:22:12.273666+00', '2026-11-23 23:22:12.273343+00', NULL, NULL, '01a20591-3582-732a-90d4-482b97d3a506');


--
-- Data for Name: accounts_installid; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts_installid VALUES ('01a20591-35af-7174-b178-dafe7e9e56f4', true);


--
-- Data for Name: accounts_membership; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts_membership VALUES ('01a20591-358e-73d3-b568-c736fddf7564', 'admin', '2026-11-22 23:22:12.23901+00', '01a20591-358b-7141-af7a-faa8abd0744d', '01a20591-3582-732a-90d4-482b97d3a506');
INSERT INTO public.accounts_membership VALUES ('01a20591-3595-7171-8b4c-1c8f267f25ca', 'member', '2026-11-22 23:22:12.245693+00', '01a20591-3593-76f3-b711-f4195c6a517d', '01a20591-3582-732a-90d4-482b97d3a506');
INSERT INTO public.accounts_membership VALUES ('01a20591-359c-777d-a99f-3a9444592172', 'reader', '2026-11-22 23:22:12.252168+00', '01a20591-3599-75b0-8bd7-dbfc3f0e0cdb', '01a20591-3582-732a-90d4-482b97d3a506');
INSERT INTO public.accounts_membership VALUES ('01a20591-35aa-73c4-a989-1c0daf3c690e', 'admin', '2026-11-22 23:22:12.26652+00', '01a20591-35a7-7296-93c6-a3b794a22511', '01a20591-35a2-76b7-874a-7afec197af5b');


--
-- Data for Name: accounts_organisation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.accounts_organisation VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 'Example Trading', 'trading.example', 'basic', '2026-11-22 23:22:12.226735+00');
INSERT INTO public.accounts_organisation VALUES ('01a20591-35a2-76b7-874a-7afec197af5b', 'Example Elsewhere', 'elsewhere.example', 'basic', '2026-11-22 23:22:12.259038+00');


--
-- Data for Name: audit_anchor; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_anchor VALUES ('01a20591-3582-732a-90d4-482b97d3a506', '2020-01-01 00:00:00+00', 0, '\x0000000000000000000000000000000000000000000000000000000000000000', '\x92c4a23c7eba493678168f898c4209632d2d89ab478f9ca69c98749e4d05de16', '31adf6ff6f3a222c', '2026-11-22 23:22:12.330218+00');


--
-- Data for Name: audit_event_2026_11; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-3583-701d-9226-8d5eb82711b3', '2026-11-22 23:22:12.22851+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:release', 'organisation.created', 'organisation', '01a20591-3582-732a-90d4-482b97d3a506', '{}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-3590-735d-85e9-40bf674b95a6', '2026-11-22 23:22:12.240599+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:release', 'member.added', 'user', '01a20591-358b-7141-af7a-faa8abd0744d', '{"role": "admin"}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-3596-765f-ba98-f44ed4f0d095', '2026-11-22 23:22:12.246759+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:release', 'member.added', 'user', '01a20591-3593-76f3-b711-f4195c6a517d', '{"role": "member"}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-359c-777d-a99f-3a9528808b70', '2026-11-22 23:22:12.253249+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:release', 'member.added', 'user', '01a20591-3599-75b0-8bd7-dbfc3f0e0cdb', '{"role": "reader"}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-35a0-75db-b8a1-046b1c2a4c7b', '2026-11-22 23:22:12.257179+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:release', 'account_link.added', 'account_link', '01a20591-359f-7345-955d-8f56b415a4e6', '{}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-35a3-74dd-8df0-27c705901f27', '2026-11-22 23:22:12.260257+00', '01a20591-35a2-76b7-874a-7afec197af5b', 'operator:release', 'organisation.created', 'organisation', '01a20591-35a2-76b7-874a-7afec197af5b', '{}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-35ab-73a0-99c1-07fa698f7e8e', '2026-11-22 23:22:12.267734+00', '01a20591-35a2-76b7-874a-7afec197af5b', 'operator:release', 'member.added', 'user', '01a20591-35a7-7296-93c6-a3b794a22511', '{"role": "admin"}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-35b2-7324-99ac-e4a59e3d0020', '2026-11-22 23:22:12.275481+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:root', 'token.created', 'token', '01a20591-35b1-7238-a1b4-365a92176bac', '{"role": "reader", "expires_at": "2026-11-23T23:22:12.273343+00:00"}', '');
INSERT INTO public.audit_event_2026_11 VALUES ('01a20591-35eb-7186-8393-10fdf6263412', '2026-11-22 23:22:12.332131+00', '01a20591-3582-732a-90d4-482b97d3a506', 'operator:release', 'release.waiting', '', '', '{}', '');


--
-- Data for Name: audit_event_2026_12; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_event_2027_01; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_event_default; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_head; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_head VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 6, '\xd758941010def0d09464994bca4b9191495ac4493e055a0ce8ba9870b7884503', '2026-11-22 23:22:12.317234+00', '31adf6ff6f3a222c');
INSERT INTO public.audit_head VALUES ('01a20591-35a2-76b7-874a-7afec197af5b', 2, '\xf0c091a6a363ec208c04c92777e7a3905920e486c62b59d376c65b416dde11ee', '2026-11-22 23:22:12.317234+00', '31adf6ff6f3a222c');


--
-- Data for Name: audit_seal_2026_11; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 1, '2026-11-22 23:22:12.317234+00', '01a20591-3583-701d-9226-8d5eb82711b3', '2026-11-22 23:22:12.22851+00', '\xa3a9a32627781c3c7c6792eda83ab0be61dee40013b6316f185f3b8f5f130c4a', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x8fa2a66691be74949e9bd23f1af4634737150543f7d887112843682c32c796a2', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 2, '2026-11-22 23:22:12.317234+00', '01a20591-3590-735d-85e9-40bf674b95a6', '2026-11-22 23:22:12.240599+00', '\xc10a02d1fb04bf025cdca95c360d6cdcc3e74d6d6a315d24d4539fed7687f0d4', '\x8fa2a66691be74949e9bd23f1af4634737150543f7d887112843682c32c796a2', '\x2b5f169bedcd6c46b0246aa88f8f1f7cd5a22f683e0b22d467b559682782a200', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 3, '2026-11-22 23:22:12.317234+00', '01a20591-3596-765f-ba98-f44ed4f0d095', '2026-11-22 23:22:12.246759+00', '\x67908366efe34be3e327ee872f4fe9c85db51b8925a772d72be68595c3a21c6e', '\x2b5f169bedcd6c46b0246aa88f8f1f7cd5a22f683e0b22d467b559682782a200', '\x4645a743d11ea6b56a4b3cbc75a7cd6d4f069d6daa404fde40719679eee76865', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 4, '2026-11-22 23:22:12.317234+00', '01a20591-359c-777d-a99f-3a9528808b70', '2026-11-22 23:22:12.253249+00', '\xafc88fb170da8ac61d28500a0ec059c835b231c38d0b4aa3aba23f925da552e6', '\x4645a743d11ea6b56a4b3cbc75a7cd6d4f069d6daa404fde40719679eee76865', '\x43aaa71fcc811e746fb0119503664b2d3f9ed9b6c20b8d736032a86b7860cb60', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 5, '2026-11-22 23:22:12.317234+00', '01a20591-35a0-75db-b8a1-046b1c2a4c7b', '2026-11-22 23:22:12.257179+00', '\x59fcd5174577afa2eb4dc77fb29b4f74949f1fa97003b02dbe2edf136068644c', '\x43aaa71fcc811e746fb0119503664b2d3f9ed9b6c20b8d736032a86b7860cb60', '\x0c5f7f58ba1a83a231731a4a73ceca5f31f7e4c6153a0c13be820c3c14589854', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-3582-732a-90d4-482b97d3a506', 6, '2026-11-22 23:22:12.317234+00', '01a20591-35b2-7324-99ac-e4a59e3d0020', '2026-11-22 23:22:12.275481+00', '\xc0950a2a0572d6e0b115724693716c6885a82679cdbe5e33bb7080473f564dc0', '\x0c5f7f58ba1a83a231731a4a73ceca5f31f7e4c6153a0c13be820c3c14589854', '\xd758941010def0d09464994bca4b9191495ac4493e055a0ce8ba9870b7884503', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-35a2-76b7-874a-7afec197af5b', 1, '2026-11-22 23:22:12.317234+00', '01a20591-35a3-74dd-8df0-27c705901f27', '2026-11-22 23:22:12.260257+00', '\x2ad8b7929acba828e5411a668bc834ad9feae3bcdf077cffd8120bbb65565963', '\x0000000000000000000000000000000000000000000000000000000000000000', '\x50acf592eec02bf72cddde9219d22c924ce333c255dbfd0cbba3219c63274d81', '31adf6ff6f3a222c');
INSERT INTO public.audit_seal_2026_11 VALUES ('01a20591-35a2-76b7-874a-7afec197af5b', 2, '2026-11-22 23:22:12.317234+00', '01a20591-35ab-73a0-99c1-07fa698f7e8e', '2026-11-22 23:22:12.267734+00', '\xd8a12faa587c32d7d59699c646e305dd68bcd7ea594030922bf21e6de544af2d', '\x50acf592eec02bf72cddde9219d22c924ce333c255dbfd0cbba3219c63274d81', '\xf0c091a6a363ec208c04c92777e7a3905920e486c62b59d376c65b416dde11ee', '31adf6ff6f3a222c');


--
-- Data for Name: audit_seal_2026_12; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_seal_2027_01; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_seal_default; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit_unsealed; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit_unsealed VALUES ('01a20591-35eb-7186-8393-10fdf6263412', '2026-11-22 23:22:12.332131+00');


--
-- Data for Name: auth_group; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_group_permissions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_permission; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_permission VALUES (1, 'Can add permission', 1, 'add_permission');
INSERT INTO public.auth_permission VALUES (2, 'Can change permission', 1, 'change_permission');
INSERT INTO public.auth_permission VALUES (3, 'Can delete permission', 1, 'delete_permission');
INSERT INTO public.auth_permission VALUES (4, 'Can view permission', 1, 'view_permission');
INSERT INTO public.auth_permission VALUES (5, 'Can add group', 2, 'add_group');
INSERT INTO public.auth_permission VALUES (6, 'Can change group', 2, 'change_group');
INSERT INTO public.auth_permission VALUES (7, 'Can delete group', 2, 'delete_group');
INSERT INTO public.auth_permission VALUES (8, 'Can view group', 2, 'view_group');
INSERT INTO public.auth_permission VALUES (9, 'Can add content type', 3, 'add_contenttype');
INSERT INTO public.auth_permission VALUES (10, 'Can change content type', 3, 'change_contenttype');
INSERT INTO public.auth_permission VALUES (11, 'Can delete content type', 3, 'delete_contenttype');
INSERT INTO public.auth_permission VALUES (12, 'Can view content type', 3, 'view_contenttype');
INSERT INTO public.auth_permission VALUES (13, 'Can add procrastinate event', 4, 'add_procrastinateevent');
INSERT INTO public.auth_permission VALUES (14, 'Can change procrastinate event', 4, 'change_procrastinateevent');
INSERT INTO public.auth_permission VALUES (15, 'Can delete procrastinate event', 4, 'delete_procrastinateevent');
INSERT INTO public.auth_permission VALUES (16, 'Can view procrastinate event', 4, 'view_procrastinateevent');
INSERT INTO public.auth_permission VALUES (17, 'Can add procrastinate job', 5, 'add_procrastinatejob');
INSERT INTO public.auth_permission VALUES (18, 'Can change procrastinate job', 5, 'change_procrastinatejob');
INSERT INTO public.auth_permission VALUES (19, 'Can delete procrastinate job', 5, 'delete_procrastinatejob');
INSERT INTO public.auth_permission VALUES (20, 'Can view procrastinate job', 5, 'view_procrastinatejob');
INSERT INTO public.auth_permission VALUES (21, 'Can add procrastinate periodic defer', 6, 'add_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (22, 'Can change procrastinate periodic defer', 6, 'change_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (23, 'Can delete procrastinate periodic defer', 6, 'delete_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (24, 'Can view procrastinate periodic defer', 6, 'view_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (25, 'Can add procrastinate worker', 7, 'add_procrastinateworker');
INSERT INTO public.auth_permission VALUES (26, 'Can change procrastinate worker', 7, 'change_procrastinateworker');
INSERT INTO public.auth_permission VALUES (27, 'Can delete procrastinate worker', 7, 'delete_procrastinateworker');
INSERT INTO public.auth_permission VALUES (28, 'Can view procrastinate worker', 7, 'view_procrastinateworker');
INSERT INTO public.auth_permission VALUES (29, 'Can add user', 8, 'add_user');
INSERT INTO public.auth_permission VALUES (30, 'Can change user', 8, 'change_user');
INSERT INTO public.auth_permission VALUES (31, 'Can delete user', 8, 'delete_user');
INSERT INTO public.auth_permission VALUES (32, 'Can view user', 8, 'view_user');
INSERT INTO public.auth_permission VALUES (33, 'Can add install id', 9, 'add_installid');
INSERT INTO public.auth_permission VALUES (34, 'Can change install id', 9, 'change_installid');
INSERT INTO public.auth_permission VALUES (35, 'Can delete install id', 9, 'delete_installid');
INSERT INTO public.auth_permission VALUES (36, 'Can view install id', 9, 'view_installid');
INSERT INTO public.auth_permission VALUES (37, 'Can add organisation', 10, 'add_organisation');
INSERT INTO public.auth_permission VALUES (38, 'Can change organisation', 10, 'change_organisation');
INSERT INTO public.auth_permission VALUES (39, 'Can delete organisation', 10, 'delete_organisation');
INSERT INTO public.auth_permission VALUES (40, 'Can view organisation', 10, 'view_organisation');
INSERT INTO public.auth_permission VALUES (41, 'Can add api token', 11, 'add_apitoken');
INSERT INTO public.auth_permission VALUES (42, 'Can change api token', 11, 'change_apitoken');
INSERT INTO public.auth_permission VALUES (43, 'Can delete api token', 11, 'delete_apitoken');
INSERT INTO public.auth_permission VALUES (44, 'Can view api token', 11, 'view_apitoken');
INSERT INTO public.auth_permission VALUES (45, 'Can add membership', 12, 'add_membership');
INSERT INTO public.auth_permission VALUES (46, 'Can change membership', 12, 'change_membership');
INSERT INTO public.auth_permission VALUES (47, 'Can delete membership', 12, 'delete_membership');
INSERT INTO public.auth_permission VALUES (48, 'Can view membership', 12, 'view_membership');
INSERT INTO public.auth_permission VALUES (49, 'Can add audit anchor', 13, 'add_auditanchor');
INSERT INTO public.auth_permission VALUES (50, 'Can change audit anchor', 13, 'change_auditanchor');
INSERT INTO public.auth_permission VALUES (51, 'Can delete audit anchor', 13, 'delete_auditanchor');
INSERT INTO public.auth_permission VALUES (52, 'Can view audit anchor', 13, 'view_auditanchor');
INSERT INTO public.auth_permission VALUES (53, 'Can add audit event', 14, 'add_auditevent');
INSERT INTO public.auth_permission VALUES (54, 'Can change audit event', 14, 'change_auditevent');
INSERT INTO public.auth_permission VALUES (55, 'Can delete audit event', 14, 'delete_auditevent');
INSERT INTO public.auth_permission VALUES (56, 'Can view audit event', 14, 'view_auditevent');
INSERT INTO public.auth_permission VALUES (57, 'Can add audit head', 15, 'add_audithead');
INSERT INTO public.auth_permission VALUES (58, 'Can change audit head', 15, 'change_audithead');
INSERT INTO public.auth_permission VALUES (59, 'Can delete audit head', 15, 'delete_audithead');
INSERT INTO public.auth_permission VALUES (60, 'Can view audit head', 15, 'view_audithead');
INSERT INTO public.auth_permission VALUES (61, 'Can add audit queue entry', 16, 'add_auditqueueentry');
INSERT INTO public.auth_permission VALUES (62, 'Can change audit queue entry', 16, 'change_auditqueueentry');
INSERT INTO public.auth_permission VALUES (63, 'Can delete audit queue entry', 16, 'delete_auditqueueentry');
INSERT INTO public.auth_permission VALUES (64, 'Can view audit queue entry', 16, 'view_auditqueueentry');
INSERT INTO public.auth_permission VALUES (65, 'Can add audit seal', 17, 'add_auditseal');
INSERT INTO public.auth_permission VALUES (66, 'Can change audit seal', 17, 'change_auditseal');
INSERT INTO public.auth_permission VALUES (67, 'Can delete audit seal', 17, 'delete_auditseal');
INSERT INTO public.auth_permission VALUES (68, 'Can view audit seal', 17, 'view_auditseal');
INSERT INTO public.auth_permission VALUES (69, 'Can add secret', 18, 'add_secret');
INSERT INTO public.auth_permission VALUES (70, 'Can change secret', 18, 'change_secret');
INSERT INTO public.auth_permission VALUES (71, 'Can delete secret', 18, 'delete_secret');
INSERT INTO public.auth_permission VALUES (72, 'Can view secret', 18, 'view_secret');
INSERT INTO public.auth_permission VALUES (73, 'Can add account link', 19, 'add_accountlink');
INSERT INTO public.auth_permission VALUES (74, 'Can change account link', 19, 'change_accountlink');
INSERT INTO public.auth_permission VALUES (75, 'Can delete account link', 19, 'delete_accountlink');
INSERT INTO public.auth_permission VALUES (76, 'Can view account link', 19, 'view_accountlink');
INSERT INTO public.auth_permission VALUES (77, 'Can add warehouse', 20, 'add_warehouse');
INSERT INTO public.auth_permission VALUES (78, 'Can change warehouse', 20, 'change_warehouse');
INSERT INTO public.auth_permission VALUES (79, 'Can delete warehouse', 20, 'delete_warehouse');
INSERT INTO public.auth_permission VALUES (80, 'Can view warehouse', 20, 'view_warehouse');
INSERT INTO public.auth_permission VALUES (81, 'Can add provisioning job', 21, 'add_provisioningjob');
INSERT INTO public.auth_permission VALUES (82, 'Can change provisioning job', 21, 'change_provisioningjob');
INSERT INTO public.auth_permission VALUES (83, 'Can delete provisioning job', 21, 'delete_provisioningjob');
INSERT INTO public.auth_permission VALUES (84, 'Can view provisioning job', 21, 'view_provisioningjob');
INSERT INTO public.auth_permission VALUES (85, 'Can add job event', 22, 'add_jobevent');
INSERT INTO public.auth_permission VALUES (86, 'Can change job event', 22, 'change_jobevent');
INSERT INTO public.auth_permission VALUES (87, 'Can delete job event', 22, 'delete_jobevent');
INSERT INTO public.auth_permission VALUES (88, 'Can view job event', 22, 'view_jobevent');
INSERT INTO public.auth_permission VALUES (89, 'Can add idempotency key', 23, 'add_idempotencykey');
INSERT INTO public.auth_permission VALUES (90, 'Can change idempotency key', 23, 'change_idempotencykey');
INSERT INTO public.auth_permission VALUES (91, 'Can delete idempotency key', 23, 'delete_idempotencykey');
INSERT INTO public.auth_permission VALUES (92, 'Can view idempotency key', 23, 'view_idempotencykey');
INSERT INTO public.auth_permission VALUES (93, 'Can add resource record', 24, 'add_resourcerecord');
INSERT INTO public.auth_permission VALUES (94, 'Can change resource record', 24, 'change_resourcerecord');
INSERT INTO public.auth_permission VALUES (95, 'Can delete resource record', 24, 'delete_resourcerecord');
INSERT INTO public.auth_permission VALUES (96, 'Can view resource record', 24, 'view_resourcerecord');
INSERT INTO public.auth_permission VALUES (97, 'Can add query history', 25, 'add_queryhistory');
INSERT INTO public.auth_permission VALUES (98, 'Can change query history', 25, 'change_queryhistory');
INSERT INTO public.auth_permission VALUES (99, 'Can delete query history', 25, 'delete_queryhistory');
INSERT INTO public.auth_permission VALUES (100, 'Can view query history', 25, 'view_queryhistory');
INSERT INTO public.auth_permission VALUES (101, 'Can add file load', 26, 'add_fileload');
INSERT INTO public.auth_permission VALUES (102, 'Can change file load', 26, 'change_fileload');
INSERT INTO public.auth_permission VALUES (103, 'Can delete file load', 26, 'delete_fileload');
INSERT INTO public.auth_permission VALUES (104, 'Can view file load', 26, 'view_fileload');
INSERT INTO public.auth_permission VALUES (105, 'Can add loaded table', 27, 'add_loadedtable');
INSERT INTO public.auth_permission VALUES (106, 'Can change loaded table', 27, 'change_loadedtable');
INSERT INTO public.auth_permission VALUES (107, 'Can delete loaded table', 27, 'delete_loadedtable');
INSERT INTO public.auth_permission VALUES (108, 'Can view loaded table', 27, 'view_loadedtable');


--
-- Data for Name: django_content_type; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_content_type VALUES (1, 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (2, 'auth', 'group');
INSERT INTO public.django_content_type VALUES (3, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (4, 'procrastinate', 'procrastinateevent');
INSERT INTO public.django_content_type VALUES (5, 'procrastinate', 'procrastinatejob');
INSERT INTO public.django_content_type VALUES (6, 'procrastinate', 'procrastinateperiodicdefer');
INSERT INTO public.django_content_type VALUES (7, 'procrastinate', 'procrastinateworker');
INSERT INTO public.django_content_type VALUES (8, 'users', 'user');
INSERT INTO public.django_content_type VALUES (9, 'accounts', 'installid');
INSERT INTO public.django_content_type VALUES (10, 'accounts', 'organisation');
INSERT INTO public.django_content_type VALUES (11, 'accounts', 'apitoken');
INSERT INTO public.django_content_type VALUES (12, 'accounts', 'membership');
INSERT INTO public.django_content_type VALUES (13, 'audit', 'auditanchor');
INSERT INTO public.django_content_type VALUES (14, 'audit', 'auditevent');
INSERT INTO public.django_content_type VALUES (15, 'audit', 'audithead');
INSERT INTO public.django_content_type VALUES (16, 'audit', 'auditqueueentry');
INSERT INTO public.django_content_type VALUES (17, 'audit', 'auditseal');
INSERT INTO public.django_content_type VALUES (18, 'secret_store', 'secret');
INSERT INTO public.django_content_type VALUES (19, 'warehouses', 'accountlink');
INSERT INTO public.django_content_type VALUES (20, 'warehouses', 'warehouse');
INSERT INTO public.django_content_type VALUES (21, 'provisioning', 'provisioningjob');
INSERT INTO public.django_content_type VALUES (22, 'provisioning', 'jobevent');
INSERT INTO public.django_content_type VALUES (23, 'provisioning', 'idempotencykey');
INSERT INTO public.django_content_type VALUES (24, 'provisioning', 'resourcerecord');
INSERT INTO public.django_content_type VALUES (25, 'queries', 'queryhistory');
INSERT INTO public.django_content_type VALUES (26, 'pipelines', 'fileload');
INSERT INTO public.django_content_type VALUES (27, 'pipelines', 'loadedtable');


--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_migrations VALUES (1, 'users', '0001_initial', '2026-11-22 23:22:11.23523+00');
INSERT INTO public.django_migrations VALUES (2, 'accounts', '0001_initial', '2026-11-22 23:22:11.269615+00');
INSERT INTO public.django_migrations VALUES (3, 'accounts', '0002_refuse_public', '2026-11-22 23:22:11.272472+00');
INSERT INTO public.django_migrations VALUES (4, 'audit', '0001_initial', '2026-11-22 23:22:11.323719+00');
INSERT INTO public.django_migrations VALUES (5, 'contenttypes', '0001_initial', '2026-11-22 23:22:11.33468+00');
INSERT INTO public.django_migrations VALUES (6, 'contenttypes', '0002_remove_content_type_name', '2026-11-22 23:22:11.348811+00');
INSERT INTO public.django_migrations VALUES (7, 'auth', '0001_initial', '2026-11-22 23:22:11.385593+00');
INSERT INTO public.django_migrations VALUES (8, 'auth', '0002_alter_permission_name_max_length', '2026-11-22 23:22:11.391515+00');
INSERT INTO public.django_migrations VALUES (9, 'auth', '0003_alter_user_email_max_length', '2026-11-22 23:22:11.45703+00');
INSERT INTO public.django_migrations VALUES (10, 'auth', '0004_alter_user_username_opts', '2026-11-22 23:22:11.466485+00');
INSERT INTO public.django_migrations VALUES (11, 'auth', '0005_alter_user_last_login_null', '2026-11-22 23:22:11.472887+00');
INSERT INTO public.django_migrations VALUES (12, 'auth', '0006_require_contenttypes_0002', '2026-11-22 23:22:11.474628+00');
INSERT INTO public.django_migrations VALUES (13, 'auth', '0007_alter_validators_add_error_messages', '2026-11-22 23:22:11.480055+00');
INSERT INTO public.django_migrations VALUES (14, 'auth', '0008_alter_user_username_max_length', '2026-11-22 23:22:11.48559+00');
INSERT INTO public.django_migrations VALUES (15, 'auth', '0009_alter_user_last_name_max_length', '2026-11-22 23:22:11.493337+00');
INSERT INTO public.django_migrations VALUES (16, 'auth', '0010_alter_group_name_max_length', '2026-11-22 23:22:11.503412+00');
INSERT INTO public.django_migrations VALUES (17, 'auth', '0011_update_proxy_permissions', '2026-11-22 23:22:11.516115+00');
INSERT INTO public.django_migrations VALUES (18, 'auth', '0012_alter_user_first_name_max_length', '2026-11-22 23:22:11.523022+00');
INSERT INTO public.django_migrations VALUES (19, 'warehouses', '0001_initial', '2026-11-22 23:22:11.574611+00');
INSERT INTO public.django_migrations VALUES (20, 'pipelines', '0001_initial', '2026-11-22 23:22:11.61917+00');
INSERT INTO public.django_migrations VALUES (21, 'procrastinate', '0001_initial', '2026-11-22 23:22:11.641778+00');
INSERT INTO public.django_migrations VALUES (22, 'procrastinate', '0002_drop_started_at_column', '2026-11-22 23:22:11.645332+00');
INSERT INTO public.django_migrations VALUES (23, 'procrastinate', '0003_drop_started_at_column', '2026-11-22 23:22:11.64782+00');
INSERT INTO public.django_migrations VALUES (24, 'procrastinate', '0004_drop_procrastinate_version_table', '2026-11-22 23:22:11.651437+00');
INSERT INTO public.django_migrations VALUES (25, 'procrastinate', '0005_fix_procrastinate_fetch_job', '2026-11-22 23:22:11.654617+00');
INSERT INTO public.django_migrations VALUES (26, 'procrastinate', '0006_fix_trigger_status_events_insert', '2026-11-22 23:22:11.657064+00');
INSERT INTO public.django_migrations VALUES (27, 'procrastinate', '0007_add_queueing_lock_column', '2026-11-22 23:22:11.660329+00');
INSERT INTO public.django_migrations VALUES (28, 'procrastinate', '0008_close_fetch_job_race_condition', '2026-11-22 23:22:11.665893+00');
INSERT INTO public.django_migrations VALUES (29, 'procrastinate', '0009_add_defer_job_function', '2026-11-22 23:22:11.66921+00');
INSERT INTO public.django_migrations VALUES (30, 'procrastinate', '0010_add_procrastinate_periodic_defers', '2026-11-22 23:22:11.677073+00');
INSERT INTO public.django_migrations VALUES (31, 'procrastinate', '0011_add_foreign_key_index', '2026-11-22 23:22:11.680484+00');
INSERT INTO public.django_migrations VALUES (32, 'procrastinate', '0012_add_locks_to_periodic_defer', '2026-11-22 23:22:11.68401+00');
INSERT INTO public.django_migrations VALUES (33, 'procrastinate', '0013_fix_procrastinate_defer_periodic_job', '2026-11-22 23:22:11.686353+00');
INSERT INTO public.django_migrations VALUES (34, 'procrastinate', '0014_add_finish_job_and_retry_job_functions', '2026-11-22 23:22:11.688249+00');
INSERT INTO public.django_migrations VALUES (35, 'procrastinate', '0015_add_trigger_on_job_deletion', '2026-11-22 23:22:11.690534+00');
INSERT INTO public.django_migrations VALUES (36, 'procrastinate', '0016_delete_finished_jobs', '2026-11-22 23:22:11.692894+00');
INSERT INTO public.django_migrations VALUES (37, 'procrastinate', '0017_add_checks_to_finish_job', '2026-11-22 23:22:11.695016+00');
INSERT INTO public.django_migrations VALUES (38, 'procrastinate', '0018_add_checks_to_retry_job', '2026-11-22 23:22:11.696798+00');
INSERT INTO public.django_migrations VALUES (39, 'procrastinate', '0019_fix_finish_job_compat_issue', '2026-11-22 23:22:11.698722+00');
INSERT INTO public.django_migrations VALUES (40, 'procrastinate', '0020_add_index_on_procrastinate_jobs', '2026-11-22 23:22:11.701787+00');
INSERT INTO public.django_migrations VALUES (41, 'procrastinate', '0021_add_kwargs_to_defer_periodic_job', '2026-11-22 23:22:11.707067+00');
INSERT INTO public.django_migrations VALUES (42, 'procrastinate', '0022_null_locks_excluded', '2026-11-22 23:22:11.709844+00');
INSERT INTO public.django_migrations VALUES (43, 'procrastinate', '0023_remove_old_finish_job_function', '2026-11-22 23:22:11.713288+00');
INSERT INTO public.django_migrations VALUES (44, 'procrastinate', '0024_job_id_bigint', '2026-11-22 23:22:11.722115+00');
INSERT INTO public.django_migrations VALUES (45, 'procrastinate', '0025_add_models', '2026-11-22 23:22:11.728142+00');
INSERT INTO public.django_migrations VALUES (46, 'procrastinate', '0026_add_job_priority', '2026-11-22 23:22:11.734248+00');
INSERT INTO public.django_migrations VALUES (47, 'procrastinate', '0027_add_periodic_job_priority', '2026-11-22 23:22:11.737256+00');
INSERT INTO public.django_migrations VALUES (48, 'procrastinate', '0028_add_cancel_states', '2026-11-22 23:22:11.744212+00');
INSERT INTO public.django_migrations VALUES (49, 'procrastinate', '0029_add_additional_params_to_retry_job', '2026-11-22 23:22:11.747322+00');
INSERT INTO public.django_migrations VALUES (50, 'procrastinate', '0030_alter_procrastinateevent_options', '2026-11-22 23:22:11.750067+00');
INSERT INTO public.django_migrations VALUES (51, 'procrastinate', '0031_add_indexes_for_fetch_job', '2026-11-22 23:22:11.755526+00');
INSERT INTO public.django_migrations VALUES (52, 'procrastinate', '0032_pre_cancel_notification', '2026-11-22 23:22:11.764554+00');
INSERT INTO public.django_migrations VALUES (53, 'procrastinate', '0033_post_cancel_notification', '2026-11-22 23:22:11.783953+00');
INSERT INTO public.django_migrations VALUES (54, 'procrastinate', '0034_pre_add_heartbeat', '2026-11-22 23:22:11.797204+00');
INSERT INTO public.django_migrations VALUES (55, 'procrastinate', '0035_post_add_heartbeat', '2026-11-22 23:22:11.800119+00');
INSERT INTO public.django_migrations VALUES (56, 'procrastinate', '0036_add_worker_model', '2026-11-22 23:22:11.80552+00');
INSERT INTO public.django_migrations VALUES (57, 'procrastinate', '0037_pre_batch_defer_jobs', '2026-11-22 23:22:11.809747+00');
INSERT INTO public.django_migrations VALUES (58, 'procrastinate', '0038_post_batch_defer_jobs', '2026-11-22 23:22:11.812089+00');
INSERT INTO public.django_migrations VALUES (59, 'procrastinate', '0039_pre_priority_lock_fetch_job', '2026-11-22 23:22:11.814349+00');
INSERT INTO public.django_migrations VALUES (60, 'procrastinate', '0040_pre_retry_failed_job', '2026-11-22 23:22:11.816328+00');
INSERT INTO public.django_migrations VALUES (61, 'procrastinate', '0041_post_retry_failed_job', '2026-11-22 23:22:11.819107+00');
INSERT INTO public.django_migrations VALUES (62, 'provisioning', '0001_initial', '2026-11-22 23:22:12.026591+00');
INSERT INTO public.django_migrations VALUES (63, 'queries', '0001_initial', '2026-11-22 23:22:12.06075+00');
INSERT INTO public.django_migrations VALUES (64, 'secret_store', '0001_initial', '2026-11-22 23:22:12.088655+00');


--
-- Data for Name: pipelines_fileload; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.pipelines_fileload VALUES ('01a20591-35d5-7008-87c2-4d41129c629a', 'raw', 'orders', 'replace', 'orders.csv', '0000000000000000000000000000000000000000000000000000000000000000', 'running', NULL, NULL, '', 'operator:release', '', '2026-11-22 23:22:12.309683+00', NULL, '01a20591-3582-732a-90d4-482b97d3a506', '01a20591-35cb-7197-a50f-00c9010254d1');


--
-- Data for Name: pipelines_loadedtable; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.pipelines_loadedtable VALUES ('01a20591-35d4-70b3-8e3e-9a1c2695283b', 'raw', 'orders', 3, '', NULL, '01a20591-3582-732a-90d4-482b97d3a506', '01a20591-35cb-7197-a50f-00c9010254d1');


--
-- Data for Name: procrastinate_events; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_jobs; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_periodic_defers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_workers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: provisioning_idempotencykey; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.provisioning_idempotencykey VALUES ('01a20591-35d1-7776-88d3-3975844504f8', 'operator:release', 'r', 'k', '0', '2026-11-23 23:22:12.29974+00', '01a20591-3582-732a-90d4-482b97d3a506', '01a20591-35cd-74cf-a966-32ea05967a4c');


--
-- Data for Name: provisioning_jobevent; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.provisioning_jobevent VALUES (1, 1, 'state', 'success', '', '', '', '{}', '2026-11-22 23:22:12.303526+00', '01a20591-35cd-74cf-a966-32ea05967a4c');


--
-- Data for Name: provisioning_provisioningjob; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.provisioning_provisioningjob VALUES ('01a20591-35cd-74cf-a966-32ea05967a4c', 'create', 'success', 'operator:release', 'admin', '00000000000000000000000000000000', '{}', '{}', 0, 0, NULL, NULL, '', '', '', 1, '2026-11-22 23:22:12.301889+00', NULL, '2026-11-22 23:22:12.301436+00', '01a20591-3582-732a-90d4-482b97d3a506', '01a20591-35cb-7197-a50f-00c9010254d1');


--
-- Data for Name: provisioning_resourcerecord; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.provisioning_resourcerecord VALUES ('01a20591-35d0-75fe-bc01-90fc5533d5d0', 'database', 'x', 'present', 1, '2026-11-22 23:22:12.304559+00', NULL, '01a20591-35cd-74cf-a966-32ea05967a4c', '01a20591-35cb-7197-a50f-00c9010254d1');


--
-- Data for Name: queries_queryhistory; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.queries_queryhistory VALUES ('01a20591-35d3-71c2-88e6-bad3801235b0', 'operator:release', 'SELECT 1', 'running', NULL, false, NULL, '', '', '2026-11-22 23:22:12.30727+00', '2026-11-23 23:22:12.29974+00', NULL, '01a20591-3582-732a-90d4-482b97d3a506', '01a20591-35cb-7197-a50f-00c9010254d1');


--
-- Data for Name: secret_store_secret; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.secret_store_secret VALUES ('01a20591-35c4-73fd-87a6-d46a5161ef4d', 'warehouse:release', 'login-read-1', '\xed51ea8e2a50bd9894a860aa0b7095790253ad0b10309f740c4c5311a1032823', '\x00fc96d5e0522c93781cc6f4e788e47eeb213c440a7aeb1bf5d1e0436918067e290ae568c4cdda42854aa214e3e9a793cb578766d3eeca5d6e4b372e', '924bb85fe3770544', 1, '2026-11-22 23:22:12.29469+00', '2026-11-22 23:22:12.294712+00', '01a20591-3582-732a-90d4-482b97d3a506');


--
-- Data for Name: users_user; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.users_user VALUES ('', NULL, '01a20591-358b-7141-af7a-faa8abd0744d', 'https://identity.example', 'admin', 'admin@trading.example', 'Ada Admin', true, '2026-11-22 23:22:12.235579+00');
INSERT INTO public.users_user VALUES ('', NULL, '01a20591-3593-76f3-b711-f4195c6a517d', 'https://identity.example', 'member', 'member@trading.example', 'Mo Member', true, '2026-11-22 23:22:12.24371+00');
INSERT INTO public.users_user VALUES ('', NULL, '01a20591-3599-75b0-8bd7-dbfc3f0e0cdb', 'https://identity.example', 'reader', 'reader@trading.example', 'Rea Reader', true, '2026-11-22 23:22:12.250171+00');
INSERT INTO public.users_user VALUES ('', NULL, '01a20591-35a7-7296-93c6-a3b794a22511', 'https://identity.example', 'outsider', 'outsider@elsewhere.example', 'Otto Outsider', true, '2026-11-22 23:22:12.264159+00');


--
-- Data for Name: warehouses_accountlink; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.warehouses_accountlink VALUES ('01a20591-359f-7345-955d-8f56b415a4e6', 'snowflake', 'Example account', '{"host": "example-account00000.snowflake.example", "role": "ONECLICK_EXAMPLE_ROLE", "user": "ONECLICK_EXAMPLE", "account": "EXAMPLE-ACCOUNT00000"}', '{}', false, '2026-11-22 23:22:12.255675+00', '01a20591-3582-732a-90d4-482b97d3a506');


--
-- Data for Name: warehouses_warehouse; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.warehouses_warehouse VALUES ('01a20591-35cb-7197-a50f-00c9010254d1', 'local', 'sales', 'active', '{"name": "sales"}', '[["write", 1], ["read", 1]]', '{"read": 1, "write": 1}', '2026-11-22 23:22:12.300267+00', '2026-11-22 23:22:12.299826+00', NULL, '', NULL, 0, NULL, '01a20591-3582-732a-90d4-482b97d3a506');


--
-- Name: auth_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_permission_id_seq', 108, true);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_content_type_id_seq', 27, true);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_migrations_id_seq', 64, true);


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 1, false);


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 1, false);


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);


--
-- Name: procrastinate_workers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 1, false);


--
-- Name: provisioning_jobevent_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.provisioning_jobevent_id_seq', 1, true);


--
-- Name: accounts_apitoken accounts_apitoken_digest_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_digest_key UNIQUE (digest);


--
-- Name: accounts_apitoken accounts_apitoken_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_pkey PRIMARY KEY (id);


--
-- Name: accounts_installid accounts_installid_is_only_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_installid
    ADD CONSTRAINT accounts_installid_is_only_key UNIQUE (is_only);


--
-- Name: accounts_installid accounts_installid_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_installid
    ADD CONSTRAINT accounts_installid_pkey PRIMARY KEY (id);


--
-- Name: accounts_membership accounts_membership_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_pkey PRIMARY KEY (id);


--
-- Name: accounts_organisation accounts_organisation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_organisation
    ADD CONSTRAINT accounts_organisation_pkey PRIMARY KEY (id);


--
-- Name: audit_anchor audit_anchor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_anchor
    ADD CONSTRAINT audit_anchor_pkey PRIMARY KEY (chain, events_from);


--
-- Name: audit_event audit_event_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id, at);


--
-- Name: audit_event_2026_11 audit_event_2026_11_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event_2026_11
    ADD CONSTRAINT audit_event_2026_11_pkey PRIMARY KEY (id, at);


--
-- Name: audit_event_2026_12 audit_event_2026_12_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event_2026_12
    ADD CONSTRAINT audit_event_2026_12_pkey PRIMARY KEY (id, at);


--
-- Name: audit_event_2027_01 audit_event_2027_01_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event_2027_01
    ADD CONSTRAINT audit_event_2027_01_pkey PRIMARY KEY (id, at);


--
-- Name: audit_event_default audit_event_default_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_event_default
    ADD CONSTRAINT audit_event_default_pkey PRIMARY KEY (id, at);


--
-- Name: audit_head audit_head_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (chain);


--
-- Name: audit_seal audit_seal_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal
    ADD CONSTRAINT audit_seal_pkey PRIMARY KEY (chain, seq, sealed_at);


--
-- Name: audit_seal_2026_11 audit_seal_2026_11_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal_2026_11
    ADD CONSTRAINT audit_seal_2026_11_pkey PRIMARY KEY (chain, seq, sealed_at);


--
-- Name: audit_seal_2026_12 audit_seal_2026_12_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal_2026_12
    ADD CONSTRAINT audit_seal_2026_12_pkey PRIMARY KEY (chain, seq, sealed_at);


--
-- Name: audit_seal_2027_01 audit_seal_2027_01_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal_2027_01
    ADD CONSTRAINT audit_seal_2027_01_pkey PRIMARY KEY (chain, seq, sealed_at);


--
-- Name: audit_seal_default audit_seal_default_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_seal_default
    ADD CONSTRAINT audit_seal_default_pkey PRIMARY KEY (chain, seq, sealed_at);


--
-- Name: audit_unsealed audit_unsealed_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_unsealed
    ADD CONSTRAINT audit_unsealed_pkey PRIMARY KEY (event_id);


--
-- Name: auth_group auth_group_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);


--
-- Name: auth_group_permissions auth_group_permissions_group_id_permission_id_0cd325b0_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);


--
-- Name: auth_group_permissions auth_group_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);


--
-- Name: auth_group auth_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);


--
-- Name: auth_permission auth_permission_content_type_id_codename_01ab375a_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);


--
-- Name: auth_permission auth_permission_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);


--
-- Name: django_content_type django_content_type_app_label_model_76bd3d3b_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);


--
-- Name: django_content_type django_content_type_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);


--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);


--
-- Name: provisioning_idempotencykey idempotency_key_scope; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT idempotency_key_scope UNIQUE (organisation_id, principal, route, key);


--
-- Name: provisioning_jobevent job_event_sequence; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_jobevent
    ADD CONSTRAINT job_event_sequence UNIQUE (job_id, sequence);


--
-- Name: pipelines_loadedtable loaded_table_warehouse_schema_name; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT loaded_table_warehouse_schema_name UNIQUE (warehouse_id, schema, name);


--
-- Name: accounts_membership membership_organisation_user; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT membership_organisation_user UNIQUE (organisation_id, user_id);


--
-- Name: pipelines_fileload pipelines_fileload_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_fileload
    ADD CONSTRAINT pipelines_fileload_pkey PRIMARY KEY (id);


--
-- Name: pipelines_loadedtable pipelines_loadedtable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtable_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_events procrastinate_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_jobs procrastinate_jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);


--
-- Name: procrastinate_workers procrastinate_workers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);


--
-- Name: provisioning_idempotencykey provisioning_idempotencykey_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT provisioning_idempotencykey_pkey PRIMARY KEY (id);


--
-- Name: provisioning_jobevent provisioning_jobevent_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_jobevent
    ADD CONSTRAINT provisioning_jobevent_pkey PRIMARY KEY (id);


--
-- Name: provisioning_provisioningjob provisioning_provisioningjob_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_provisioningjob
    ADD CONSTRAINT provisioning_provisioningjob_pkey PRIMARY KEY (id);


--
-- Name: provisioning_resourcerecord provisioning_resourcerecord_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT provisioning_resourcerecord_pkey PRIMARY KEY (id);


--
-- Name: queries_queryhistory queries_queryhistory_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.queries_queryhistory
    ADD CONSTRAINT queries_queryhistory_pkey PRIMARY KEY (id);


--
-- Name: provisioning_resourcerecord resource_warehouse_kind_name; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT resource_warehouse_kind_name UNIQUE (warehouse_id, kind, name);


--
-- Name: secret_store_secret secret_store_secret_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.secret_store_secret
    ADD CONSTRAINT secret_store_secret_pkey PRIMARY KEY (id);


--
-- Name: users_user user_issuer_subject; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users_user
    ADD CONSTRAINT user_issuer_subject UNIQUE (issuer, subject);


--
-- Name: users_user users_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users_user
    ADD CONSTRAINT users_user_pkey PRIMARY KEY (id);


--
-- Name: warehouses_accountlink warehouses_accountlink_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.warehouses_accountlink
    ADD CONSTRAINT warehouses_accountlink_pkey PRIMARY KEY (id);


--
-- Name: warehouses_warehouse warehouses_warehouse_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.warehouses_warehouse
    ADD CONSTRAINT warehouses_warehouse_pkey PRIMARY KEY (id);


--
-- Name: account_link_organisation_provider_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX account_link_organisation_provider_name ON public.warehouses_accountlink USING btree (organisation_id, provider, upper((name)::text));


--
-- Name: accounts_apitoken_digest_63ccb187_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_apitoken_digest_63ccb187_like ON public.accounts_apitoken USING btree (digest varchar_pattern_ops);


--
-- Name: accounts_membership_user_id_487fb39e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_membership_user_id_487fb39e ON public.accounts_membership USING btree (user_id);


--
-- Name: audit_event_organisation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_event_organisation ON ONLY public.audit_event USING btree (organisation_id, id DESC);


--
-- Name: audit_event_2026_11_organisation_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_event_2026_11_organisation_id_id_idx ON public.audit_event_2026_11 USING btree (organisation_id, id DESC);


--
-- Name: audit_event_2026_12_organisation_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_event_2026_12_organisation_id_id_idx ON public.audit_event_2026_12 USING btree (organisation_id, id DESC);


--
-- Name: audit_event_2027_01_organisation_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_event_2027_01_organisation_id_id_idx ON public.audit_event_2027_01 USING btree (organisation_id, id DESC);


--
-- Name: audit_event_default_organisation_id_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_event_default_organisation_id_id_idx ON public.audit_event_default USING btree (organisation_id, id DESC);


--
-- Name: auth_group_name_a6ea08ec_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);


--
-- Name: auth_group_permissions_group_id_b120cbf9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);


--
-- Name: auth_group_permissions_permission_id_84c5c92e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);


--
-- Name: auth_permission_content_type_id_2f476e4b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);


--
-- Name: file_load_running_once; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX file_load_running_once ON public.pipelines_fileload USING btree (warehouse_id, schema, name, mode, digest) WHERE ((state)::text = 'running'::text);


--
-- Name: idx_procrastinate_jobs_worker_not_null; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));


--
-- Name: idx_procrastinate_workers_last_heartbeat; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);


--
-- Name: job_organisation_newest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_organisation_newest ON public.provisioning_provisioningjob USING btree (organisation_id, id DESC);


--
-- Name: job_organisation_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_organisation_state ON public.provisioning_provisioningjob USING btree (organisation_id, state);


--
-- Name: job_unfinished_wake_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_unfinished_wake_at ON public.provisioning_provisioningjob USING btree (wake_at) WHERE ((state)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying, 'waiting'::character varying])::text[]));


--
-- Name: job_warehouse_newest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX job_warehouse_newest ON public.provisioning_provisioningjob USING btree (warehouse_id, id DESC);


--
-- Name: organisation_domain; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX organisation_domain ON public.accounts_organisation USING btree (upper((domain)::text));


--
-- Name: organisation_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX organisation_name ON public.accounts_organisation USING btree (upper((name)::text));


--
-- Name: pipelines_fileload_organisation_id_5ae6b399; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pipelines_fileload_organisation_id_5ae6b399 ON public.pipelines_fileload USING btree (organisation_id);


--
-- Name: pipelines_fileload_warehouse_id_9f963806; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pipelines_fileload_warehouse_id_9f963806 ON public.pipelines_fileload USING btree (warehouse_id);


--
-- Name: pipelines_loadedtable_organisation_id_374c9e37; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pipelines_loadedtable_organisation_id_374c9e37 ON public.pipelines_loadedtable USING btree (organisation_id);


--
-- Name: pipelines_loadedtable_warehouse_id_a5130740; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pipelines_loadedtable_warehouse_id_a5130740 ON public.pipelines_loadedtable USING btree (warehouse_id);


--
-- Name: procrastinate_events_job_id_fkey_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);


--
-- Name: procrastinate_jobs_id_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));


--
-- Name: procrastinate_jobs_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);


--
-- Name: procrastinate_jobs_priority_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);


--
-- Name: procrastinate_jobs_queue_name_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);


--
-- Name: procrastinate_jobs_queueing_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);


--
-- Name: procrastinate_periodic_defers_job_id_fkey_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);


--
-- Name: provisioning_idempotencykey_expires_at_c2f4df83; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX provisioning_idempotencykey_expires_at_c2f4df83 ON public.provisioning_idempotencykey USING btree (expires_at);


--
-- Name: provisioning_idempotencykey_job_id_3b2b255c; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX provisioning_idempotencykey_job_id_3b2b255c ON public.provisioning_idempotencykey USING btree (job_id);


--
-- Name: provisioning_resourcerecord_job_id_c4b2a9bf; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX provisioning_resourcerecord_job_id_c4b2a9bf ON public.provisioning_resourcerecord USING btree (job_id);


--
-- Name: queries_queryhistory_organisation_id_f16fc015; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX queries_queryhistory_organisation_id_f16fc015 ON public.queries_queryhistory USING btree (organisation_id);


--
-- Name: queries_queryhistory_warehouse_id_267eaa26; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX queries_queryhistory_warehouse_id_267eaa26 ON public.queries_queryhistory USING btree (warehouse_id);


--
-- Name: query_organisation_newest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX query_organisation_newest ON public.queries_queryhistory USING btree (organisation_id, id DESC);


--
-- Name: query_running; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX query_running ON public.queries_queryhistory USING btree (organisation_id, must_end_by) WHERE ((state)::text = 'running'::text);


--
-- Name: secret_owner_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX secret_owner_name ON public.secret_store_secret USING btree (owner, name) WHERE (NOT ((name)::text = ''::text));


--
-- Name: secret_store_secret_organisation_id_0d0563ef; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX secret_store_secret_organisation_id_0d0563ef ON public.secret_store_secret USING btree (organisation_id);


--
-- Name: token_organisation_newest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX token_organisation_newest ON public.accounts_apitoken USING btree (organisation_id, id DESC);


--
-- Name: warehouse_organisation_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX warehouse_organisation_name ON public.warehouses_warehouse USING btree (organisation_id, upper((name)::text)) WHERE (NOT ((state)::text = 'deleted'::text));


--
-- Name: warehouse_organisation_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX warehouse_organisation_state ON public.warehouses_warehouse USING btree (organisation_id, state);


--
-- Name: warehouses_warehouse_account_link_id_8aa550f8; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX warehouses_warehouse_account_link_id_8aa550f8 ON public.warehouses_warehouse USING btree (account_link_id);


--
-- Name: audit_event_2026_11_organisation_id_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_organisation ATTACH PARTITION public.audit_event_2026_11_organisation_id_id_idx;


--
-- Name: audit_event_2026_11_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_pkey ATTACH PARTITION public.audit_event_2026_11_pkey;


--
-- Name: audit_event_2026_12_organisation_id_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_organisation ATTACH PARTITION public.audit_event_2026_12_organisation_id_id_idx;


--
-- Name: audit_event_2026_12_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_pkey ATTACH PARTITION public.audit_event_2026_12_pkey;


--
-- Name: audit_event_2027_01_organisation_id_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_organisation ATTACH PARTITION public.audit_event_2027_01_organisation_id_id_idx;


--
-- Name: audit_event_2027_01_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_pkey ATTACH PARTITION public.audit_event_2027_01_pkey;


--
-- Name: audit_event_default_organisation_id_id_idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_organisation ATTACH PARTITION public.audit_event_default_organisation_id_id_idx;


--
-- Name: audit_event_default_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_event_pkey ATTACH PARTITION public.audit_event_default_pkey;


--
-- Name: audit_seal_2026_11_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_seal_pkey ATTACH PARTITION public.audit_seal_2026_11_pkey;


--
-- Name: audit_seal_2026_12_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_seal_pkey ATTACH PARTITION public.audit_seal_2026_12_pkey;


--
-- Name: audit_seal_2027_01_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_seal_pkey ATTACH PARTITION public.audit_seal_2027_01_pkey;


--
-- Name: audit_seal_default_pkey; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.audit_seal_pkey ATTACH PARTITION public.audit_seal_default_pkey;


--
-- Name: audit_event audit_enqueue; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_enqueue AFTER INSERT ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.audit_enqueue();


--
-- Name: audit_anchor audit_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit_anchor FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_event audit_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit_event FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_seal audit_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_change BEFORE DELETE OR UPDATE ON public.audit_seal FOR EACH ROW EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_anchor audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_event audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_event_2026_11 audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_event_2026_11 FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_event_2026_12 audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_event_2026_12 FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_event_2027_01 audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_event_2027_01 FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_event_default audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_event_default FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_seal audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_seal_2026_11 audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_seal_2026_11 FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_seal_2026_12 audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_seal_2026_12 FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_seal_2027_01 audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_seal_2027_01 FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: audit_seal_default audit_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.audit_seal_default FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change();


--
-- Name: procrastinate_jobs procrastinate_jobs_notify_queue_job_aborted_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();


--
-- Name: procrastinate_jobs procrastinate_jobs_notify_queue_job_inserted_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_abort_requested_events_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_delete_jobs_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_scheduled_events_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_status_events_insert_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_status_events_update_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();


--
-- Name: accounts_apitoken accounts_apitoken_organisation_id_14421eaa_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_organisation_id_14421eaa_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_membership accounts_membership_organisation_id_98e5c22b_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_organisation_id_98e5c22b_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_membership accounts_membership_user_id_487fb39e_fk_users_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_user_id_487fb39e_fk_users_user_id FOREIGN KEY (user_id) REFERENCES public.users_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissio_permission_id_84c5c92e_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissions_group_id_b120cbf9_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_permission auth_permission_content_type_id_2f476e4b_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: pipelines_fileload pipelines_fileload_organisation_id_5ae6b399_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_fileload
    ADD CONSTRAINT pipelines_fileload_organisation_id_5ae6b399_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: pipelines_fileload pipelines_fileload_warehouse_id_9f963806_fk_warehouse; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_fileload
    ADD CONSTRAINT pipelines_fileload_warehouse_id_9f963806_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: pipelines_loadedtable pipelines_loadedtabl_organisation_id_374c9e37_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtabl_organisation_id_374c9e37_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: pipelines_loadedtable pipelines_loadedtabl_warehouse_id_a5130740_fk_warehouse; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pipelines_loadedtable
    ADD CONSTRAINT pipelines_loadedtabl_warehouse_id_a5130740_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: procrastinate_events procrastinate_events_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;


--
-- Name: procrastinate_jobs procrastinate_jobs_worker_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);


--
-- Name: provisioning_idempotencykey provisioning_idempot_job_id_3b2b255c_fk_provision; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT provisioning_idempot_job_id_3b2b255c_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: provisioning_idempotencykey provisioning_idempot_organisation_id_44aea906_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_idempotencykey
    ADD CONSTRAINT provisioning_idempot_organisation_id_44aea906_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: provisioning_jobevent provisioning_jobeven_job_id_71909e98_fk_provision; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_jobevent
    ADD CONSTRAINT provisioning_jobeven_job_id_71909e98_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: provisioning_provisioningjob provisioning_provisi_organisation_id_98be2601_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_provisioningjob
    ADD CONSTRAINT provisioning_provisi_organisation_id_98be2601_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: provisioning_provisioningjob provisioning_provisi_warehouse_id_e64c5748_fk_warehouse; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_provisioningjob
    ADD CONSTRAINT provisioning_provisi_warehouse_id_e64c5748_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: provisioning_resourcerecord provisioning_resourc_job_id_c4b2a9bf_fk_provision; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT provisioning_resourc_job_id_c4b2a9bf_fk_provision FOREIGN KEY (job_id) REFERENCES public.provisioning_provisioningjob(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: provisioning_resourcerecord provisioning_resourc_warehouse_id_cd2e9b9e_fk_warehouse; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.provisioning_resourcerecord
    ADD CONSTRAINT provisioning_resourc_warehouse_id_cd2e9b9e_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: queries_queryhistory queries_queryhistory_organisation_id_f16fc015_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.queries_queryhistory
    ADD CONSTRAINT queries_queryhistory_organisation_id_f16fc015_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: queries_queryhistory queries_queryhistory_warehouse_id_267eaa26_fk_warehouse; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.queries_queryhistory
    ADD CONSTRAINT queries_queryhistory_warehouse_id_267eaa26_fk_warehouse FOREIGN KEY (warehouse_id) REFERENCES public.warehouses_warehouse(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: secret_store_secret secret_store_secret_organisation_id_0d0563ef_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.secret_store_secret
    ADD CONSTRAINT secret_store_secret_organisation_id_0d0563ef_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: warehouses_accountlink warehouses_accountli_organisation_id_c0ba21f0_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.warehouses_accountlink
    ADD CONSTRAINT warehouses_accountli_organisation_id_c0ba21f0_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: warehouses_warehouse warehouses_warehouse_account_link_id_8aa550f8_fk_warehouse; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.warehouses_warehouse
    ADD CONSTRAINT warehouses_warehouse_account_link_id_8aa550f8_fk_warehouse FOREIGN KEY (account_link_id) REFERENCES public.warehouses_accountlink(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: warehouses_warehouse warehouses_warehouse_organisation_id_06ec8178_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.warehouses_warehouse
    ADD CONSTRAINT warehouses_warehouse_organisation_id_06ec8178_fk_accounts_ FOREIGN KEY (organisation_id) REFERENCES public.accounts_organisation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- PostgreSQL database dump complete
--


