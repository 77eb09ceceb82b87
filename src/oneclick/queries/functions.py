"""Which functions a query may call.

Table functions: those named here and no others, because nearly all of them reach outside (files, hosts, settings).
Scalar and aggregate functions: those that DuckDB has without any extension, but for `FORBIDDEN`; and harmless ones
that other warehouses spell differently, in `ELSEWHERE`. A function that nobody listed is refused.
"""

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})
"""Make rows out of their arguments alone."""

FORBIDDEN = frozenset(
    {
        "current_setting",  # settings may hold secrets
        "currval",
        "getenv",
        "getvariable",
        "json_deserialize_sql",
        "json_execute_serialized_sql",
        "json_serialize_plan",  # plans, and so reaches for, what its argument names
        "json_serialize_sql",
        "nextval",  # writes
        "parse_duckdb_log_message",
        "pg_sleep",
        "sleep_ms",
        "write_log",
    }
)
"""Built in, and reach further than their arguments."""

ELSEWHERE = frozenset(
    """
    to_char to_date to_number age justify_days justify_hours justify_interval make_interval date_bin date_add date_diff
    dateadd btrim initcap overlay position quote_ident quote_literal quote_nullable regexp_match regexp_count
    regexp_like regexp_substr regexp_instr charindex percentile_cont percentile_disc approx_percentile every
    array_dims array_lower array_upper array_ndims array_remove array_replace array_positions cardinality
    width_bucket num_nulls num_nonnulls trim_scale div erf erfc scale clock_timestamp statement_timestamp timeofday
    localtimestamp localtime to_json to_jsonb json_build_object json_build_array jsonb_build_object
    jsonb_build_array jsonb_array_length jsonb_extract_path jsonb_extract_path_text jsonb_typeof jsonb_pretty
    jsonb_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_agg
    jsonb_object_agg json_agg json_object_agg json_array_elements json_array_elements_text json_typeof
    array_agg string_agg convert_timezone
    iff nvl nvl2 ifnull zeroifnull nullifzero div0 decode endswith startswith to_varchar to_decimal to_double
    try_to_number try_to_date try_to_timestamp monthname dayname add_months months_between last_day next_day
    safe_divide safe_cast countif logical_and logical_or format_date format_timestamp parse_date parse_timestamp
    timestamp_diff timestamp_add timestamp_sub timestamp_trunc date_sub array_length generate_array
    generate_date_array approx_count_distinct ratio_to_report object_construct array_construct parse_json
    """.split()  # noqa: SIM905 - a list of words is read and extended as words
)
"""Harmless functions of other warehouses that DuckDB lacks or spells otherwise."""


@functools.cache
def engine() -> "duckdb.DuckDBPyConnection":
    """A DuckDB that holds nothing, for its parser and its list of functions. Use a cursor of it."""
    import duckdb

    return duckdb.connect(config={"autoload_known_extensions": False, "enable_external_access": False, "threads": 1})


@functools.cache
def scalar_functions() -> frozenset[str]:
    """Every scalar, aggregate and window function that a query may call, in lower case."""
    with engine().cursor() as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions()"
            " WHERE internal AND function_type IN ('scalar', 'aggregate', 'macro')"
        ).fetchall()
    built_in = {str(name) for (name,) in rows if not str(name).startswith("__")}
    return frozenset((built_in | ELSEWHERE | {"unnest"}) - FORBIDDEN)
