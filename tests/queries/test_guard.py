import pytest

from oneclick.queries import guard
from oneclick.queries.errors import ForbiddenFunction, ForbiddenTable, NotARead, QueryError, QueryTooComplex

HARMLESS = [
    "select 1",
    "from flights",
    "SELECT count(*), sum(a) OVER (PARTITION BY b ORDER BY c) FROM raw.flights WHERE x LIKE 'a%' GROUP BY ALL",
    "show tables",
    "show all tables",
    "describe raw.flights",
    "summarize flights",
    "explain select 1",
    "with r as (select 1 a) select * from r join t using (a)",
    "with recursive r as (select 1 a union all select a + 1 from r where a < 5) select * from r",
    "select [x + 1 for x in [1, 2]], {'a': 1}, a::decimal(9, 2), a[1:2] from t",
    "select * from range(3), generate_series(1, 2), unnest([1, 2])",
    "select to_char(a, 'YYYY'), percentile_cont(0.5) within group (order by b) from t group by 1",
    "select * from t qualify row_number() over (order by a) = 1",
    "select * from t at (version => 3) tablesample 10%",
    "select sum(a) filter (b), max(distinct x), lag(a) over w from t window w as (order by b)",
    "select * from t pivot (sum(a) for b in ('x', 'y'))",
    "select * from t unpivot (v for k in (a, b))",
    "select try_cast(a as struct(x int)), extract(year from d), d at time zone 'UTC' from t",
    "select trim(both 'x' from a), substring(a from 1 for 2), position('a' in b), grouping(a) from t group by cube(a)",
    "values (1), (2)",
    "(select 1 union all select 2) except select 3",
    "select distinct on (a) a, t.* exclude (x) from t order by a nulls last limit 10%",
    "select list_transform(l, lambda x: x + 1), #1 from t asof join u on t.a >= u.a",
    "select 'read_csv(''/etc/passwd'')', \"copy\" from \"odd table\" -- attach 'x'",
    "select * from information_schema.columns",
    "select 1; -- the end",
    "/* drop table t; */ select 1;;",
]

NO_READS = [
    "",
    "-- only a comment",
    ";",
    "select 1; select 2",
    "select 1; drop table t",
    "select 1; attach 'x.db'",
    "/* select 1 */ drop table t",
    "insert into t values (1)",
    "update t set a = 1",
    "delete from t",
    "merge into t using u on t.a = u.a when matched then delete",
    "truncate t",
    "create table x as select 1",
    "create or replace view v as select 1",
    "create macro abs(x) as 1",
    "create secret s (type s3)",
    "drop table t",
    "alter table t add column b int",
    "copy t to '/tmp/x.csv'",
    "copy (select 1) to '/tmp/x.parquet'",
    "copy t from '/etc/passwd'",
    "attach 'host=db.internal' as pg (type postgres)",
    "detach lake",
    "use memory",
    "install httpfs",
    "load httpfs",
    "set memory_limit = '1TB'",
    "reset lock_configuration",
    "pragma database_list",
    "pragma table_info('t')",
    "call ducklake_expire_snapshots('lake')",
    "export database '/tmp/x'",
    "import database '/tmp/x'",
    "checkpoint",
    "vacuum",
    "begin",
    "prepare p as select 1",
    "execute p",
    "explain copy t to '/tmp/x'",
    "explain analyze insert into t values (1)",
    "explain explain select 1",
    "with x as (insert into t values (1) returning *) select * from x",
    "with x as (delete from t returning *) select * from x",
    "select 1 into t2",
    "select * from t for update",
    "select $1",
    "select ?",
    "select * from (copy t to 'x')",
    "select 1\x00; drop table t",
    "selec 1",
    "comment on table t is 'x'",
    "set variable x = 1",
    "declare c cursor for select 1",
    "do $$ begin perform pg_sleep(1); end $$",
    "grant all on t to public",
    "listen x",
    "lock table t",
]

REACHING_FUNCTIONS = [
    "select * from read_csv('/etc/passwd')",
    "select * from READ_CSV('/etc/passwd')",
    "select * from \"read_csv\"('/etc/passwd')",
    "select * from /* c */ read_text /* c */ ('/etc/passwd')",
    "select * from main.read_csv('/etc/passwd')",
    "select * from system.main.read_csv('/etc/passwd')",
    "select * from read_csv_auto('http://169.254.169.254/')",
    "select * from read_parquet(['a.parquet', 'b.parquet'])",
    "select * from parquet_scan('x')",
    "select * from parquet_metadata('x')",
    "select * from read_json('https://example.com/x.json')",
    "select * from read_blob('/root/.ssh/id_ed25519')",
    "select * from read_text('/proc/self/environ')",
    "select * from read_duckdb('x.db')",
    "select * from read_xlsx('x.xlsx')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/root/*')",
    "select * from postgres_scan('host=127.0.0.1', 'public', 'auth_user')",
    "select * from postgres_query('pg', 'select pg_read_file(''/etc/passwd'')')",
    "select * from postgres_attach('host=127.0.0.1')",
    "select * from mysql_scan('host=x', 'a', 'b')",
    "select * from sqlite_scan('/tmp/x.db', 't')",
    "select * from iceberg_scan('s3://bucket/x')",
    "select * from delta_scan('s3://bucket/x')",
    "select * from ducklake_snapshots('lake')",
    "select * from lake.snapshots()",
    "select * from duckdb_secrets()",
    "select * from which_secret('s3://x', 's3')",
    "select * from duckdb_settings()",
    "select * from duckdb_databases()",
    "select * from duckdb_logs()",
    "select * from pragma_database_list()",
    "select * from query('select 1')",
    "select * from query_table('t')",
    "select * from query_table(['a.parquet'])",
    "select * from json_execute_serialized_sql('{}')",
    "select * from checkpoint('lake')",
    "select * from enable_logging('x')",
    "select * from my_table_macro()",
    "select * from arrow_scan(1, 2, 3)",
    "select * from python_map_function(1)",
    "select * from dblink('host=x', 'select 1') as t(a int)",
    "select getenv('HOME')",
    "select GETENV('HOME')",
    "select current_setting('s3_secret_access_key')",
    "select nextval('s')",
    "select write_log('x')",
    "select json_serialize_plan('select * from read_csv(''/etc/passwd'')')",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "select lo_import('/etc/passwd')",
    "select dblink_connect('host=x')",
    "select query_to_xml('select 1', true, true, '')",
    "select set_config('role', 'postgres', false)",
    "select pg_terminate_backend(1)",
    "select pg_sleep(100)",
    "select system$typeof(1)",
    "select raw.my_macro(1)",
    "select lake.main.my_macro(1)",
    "select my_macro(1)",
    "select 1 where (select count(*) from read_csv('/etc/passwd')) > 0",
    "select (select max(content) from read_text('/etc/passwd'))",
    "select exists (from glob('*'))",
    "select 1 in (select 1 from read_csv('x'))",
    "select * from t join read_csv('x') using (a)",
    "select * from t, lateral (select * from read_csv(t.a))",
    "select * from t union all select * from read_csv('x')",
    "with x as (select * from read_csv('x')) select 1",
    "with recursive x as (select 1 union all select a from read_csv('x'), x) select * from x",
    "select * from t order by (select max(a) from read_csv('x'))",
    "select * from t limit (select count(*) from read_csv('x'))",
    "select * from t group by (select max(a) from read_csv('x'))",
    "select * from t qualify (select max(a) from read_csv('x')) over () = 1",
    "select sum(a) filter (where exists (from read_csv('x'))) from t",
    "select sum(a) over (partition by (select 1 from read_csv('x'))) from t",
    "select sum(a order by getenv('x')) from t",
    "select getenv('x') over () from t",
    "select list_transform([1], lambda x: getenv('HOME'))",
    "select [getenv(x) for x in ['HOME']]",
    "select case when true then getenv('x') end",
    "select ('HOME').getenv()",
    "values (getenv('x'))",
    "select * from (values ((select 1 from read_csv('x')))) v",
    "describe select * from read_csv('x')",
    "summarize select * from read_csv('x')",
    "explain select * from read_csv('x')",
    "from (describe select * from read_csv('x'))",
    "select * from (select * from t pivot (sum(a) for b in (select x from read_csv('x'))))",
    "select * from t at (timestamp => (select now() from read_csv('x')))",
    "select * from unnest((select list(content) from read_text('/etc/passwd')))",
    "select * from range((select count(*) from read_csv('x')))",
    "select columns(x -> getenv(x) = 'a') from t",
    "select * replace (getenv('x') as a) from t",
    "select sum(a) over (order by b rows between (select 1 from read_csv('x')) preceding and 1 following) from t",
    "select a from t group by grouping sets ((a), (getenv('x')))",
    "select x: getenv('HOME')",
    "from t select getenv('HOME')",
    "select * from (from read_csv('x'))",
    "select interval (getenv('x')) day",
    "select t.* from t where a = any (select content from read_text('x'))",
    "select * from t positional join read_csv('x')",
    "select * from t semi join glob('*') g on true",
    "select * from t order by all limit (select getenv('x'))::int",
    "select * from t using sample (select 1 from read_csv('x')) rows",
    "with x(a) as materialized (from read_csv('x')) select 1",
    "with recursive x(a) using key (a) as (select 1 union select a from read_csv('x')) select * from x",
    "select struct_pack(a := getenv('x'))",
    "select {'a': getenv('x')}",
    "select map {getenv('x'): 1}",
    "select [1, 2][getenv('x')]",
    "select a.b.getenv() from t",
    "select getenv(*columns(*)) from t",
    "select cast(getenv('x') as varchar), try_cast(getenv('x') as int)",
    "select exists(select 1 from t where b in (from glob('x')))",
    "select * from t where not (a between getenv('x') and 2)",
    "select * from range(1, 2, (select 1 from read_csv('x')))",
    "select * from unnest([getenv('x')])",
    "select * from json_each((select content from read_text('x')))",
    "select distinct on (getenv('x')) a from t",
    "select sum(a) over w from t window w as (partition by getenv('x'))",
    "pivot t on a using sum(b) group by getenv('x')",
    "select * from t unpivot (v for k in (getenv('x')))",
]

REACHING_TABLES = [
    "select * from 'o.parquet'",
    "from '/etc/passwd'",
    "from 'data/*.csv'",
    'from "o.parquet"',
    "from o.parquet",
    "from a.b.csv",
    "from 'https://example.com/x.csv'",
    "from 's3://bucket/x'",
    "from 'x.csv.gz'",
    "from 'x.json'",
    "from 'x.duckdb'",
    "from 'postgres:host=x'",
    "from t join 'o.parquet' using (a)",
    "select (select max(a) from 'o.parquet')",
    "with x as (from 'o.parquet') select 1",
    "describe 'o.parquet'",
    "summarize 'o.parquet'",
    "describe table 'o.parquet'",
    "show databases",
    "from pg_settings",
    "from pg_catalog.pg_authid",
    "from duckdb_settings",
    "from duckdb_databases",
    "from system.main.duckdb_logs",
    "from sqlite_master",
    "from pragma_database_list",
    "from __ducklake_metadata_lake.ducklake_data_file",
    "from __ducklake_metadata_lake.lake.ducklake_data_file",
    "from lake.ducklake_data_file",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_it_lets_reads_of_the_warehouse_pass(sql: str) -> None:
    assert guard.check(sql).sql == sql


@pytest.mark.parametrize("sql", NO_READS)
def test_it_refuses_what_is_not_one_read(sql: str) -> None:
    with pytest.raises(NotARead) as refused:
        guard.check(sql)
    assert refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("sql", REACHING_FUNCTIONS)
def test_it_refuses_functions_that_reach_outside(sql: str) -> None:
    with pytest.raises((ForbiddenFunction, NotARead)):
        guard.check(sql)


@pytest.mark.parametrize("sql", REACHING_TABLES)
def test_it_refuses_names_that_are_files_or_system_tables(sql: str) -> None:
    with pytest.raises((ForbiddenTable, NotARead)):
        guard.check(sql)


@pytest.mark.parametrize("sql", ["select " + "+".join(["1"] * 900), "select " + "not " * 5_000 + "true", "(" * 9_000])
def test_it_refuses_nesting_that_would_exhaust_the_stack(sql: str) -> None:
    with pytest.raises(NotARead):
        guard.check(sql)


def test_it_refuses_a_text_that_is_too_long() -> None:
    with pytest.raises(QueryTooComplex):
        guard.check("select '" + "x" * guard.MAX_LENGTH + "'")


def test_it_names_the_function_and_what_to_do_instead() -> None:
    with pytest.raises(ForbiddenFunction, match=r"read_csv\(\)") as refused:
        guard.check("from read_csv('x.csv')")
    assert "oneclick load" in refused.value.hint


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1 a order by a;", "SELECT * FROM (\nselect 1 a order by a\n) AS asked LIMIT 5"),
        ("select 1 -- note", "SELECT * FROM (\nselect 1 -- note\n) AS asked LIMIT 5"),
        ("select 1; -- note", "select 1; -- note"),
        ("explain select 1", "explain select 1"),
    ],
)
def test_it_limits_a_statement_only_where_that_keeps_its_meaning(sql: str, expected: str) -> None:
    assert guard.check(sql).limited_to(5) == expected


def test_every_error_has_a_code_of_its_own() -> None:
    def tree(kind: type[QueryError]) -> list[type[QueryError]]:
        return [kind, *(found for child in kind.__subclasses__() for found in tree(child))]

    codes = [kind.code for kind in tree(QueryError)]
    assert len(codes) == len(set(codes))
