"""The parts that need no database: messages, types, forms, files of rows, processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import psutil
import pytest

from oneclick.core.secrets import SecretText
from oneclick.pipelines.contract.errors import BadFlow, SourceDamaged
from oneclick.pipelines.templates.airbyte import contained, form, records
from oneclick.pipelines.templates.airbyte.conversation import Conversation
from oneclick.pipelines.templates.airbyte.known import checked_version, connector, known
from oneclick.pipelines.templates.airbyte.messages import message
from oneclick.pipelines.templates.airbyte.records import RecordFile
from oneclick.pipelines.templates.airbyte.rows import Field, RowsQuery
from oneclick.pipelines.templates.airbyte.streams import OWN_CURSOR, connector_streams, duckdb_type


def row(**data: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(data).encode())


class TestMessages:
    def test_a_record_keeps_the_text_of_its_data(self) -> None:
        data = b'{"a": 1.50,  "b": "\\u00e9", "c": 123456789012345678901234567890}'
        found = message(b'{"type":"RECORD","record":{"stream":"s","data":' + data + b',"emitted_at":1}}')
        assert found is not None
        assert found.record is not None
        assert bytes(found.record.data) == data

    @pytest.mark.parametrize("line", [b"hello", b"{", b'{"a": 1}', b"[1]", b"Traceback: 'RECORD'", b"\xff\xfe"])
    def test_what_is_no_message_is_none(self, line: bytes) -> None:
        assert message(line) is None

    @pytest.mark.parametrize(
        "line", [b'{"type":"RECORD","record":{"stream":"s","da', b'{"type": "STATE", "state": {"type": "STR']
    )
    def test_a_row_or_state_that_broke_off_is_damage(self, line: bytes) -> None:
        with pytest.raises(SourceDamaged):
            message(line)

    def test_numbers_that_json_does_not_have_become_null(self) -> None:
        found = message(b'warning: {"type": "RECORD", "record": {"stream": "s", "data": {"a": NaN}, "emitted_at": 1}}')
        assert found is not None
        assert found.record is not None
        assert json.loads(bytes(found.record.data)) == {"a": None}


class TestTypes:
    @pytest.mark.parametrize(
        ("schema", "kind"),
        [
            ({"type": "integer"}, "BIGINT"),
            ({"type": ["null", "number"]}, "DOUBLE"),
            ({"type": ["integer", "number"]}, "DOUBLE"),
            ({"type": "number", "airbyte_type": "integer"}, "BIGINT"),
            ({"type": "integer", "airbyte_type": "big_integer"}, "DECIMAL(38,0)"),
            ({"type": "boolean"}, "BOOLEAN"),
            ({"type": "string"}, "VARCHAR"),
            ({"type": "string", "format": "date"}, "DATE"),
            ({"type": "string", "format": "date-time"}, "TIMESTAMP WITH TIME ZONE"),
            ({"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"}, "TIMESTAMP"),
            ({"type": "string", "format": "uri"}, "VARCHAR"),
            ({"type": ["string", "integer"]}, "VARCHAR"),
            ({"type": ["string", "object"]}, "JSON"),
            ({"oneOf": [{"type": "integer"}, {"type": "array"}]}, "JSON"),
            ({"type": "object"}, "JSON"),
            ({}, "VARCHAR"),
            ({"$ref": "elsewhere"}, "JSON"),
            (True, "VARCHAR"),
        ],
    )
    def test_a_schema_becomes_the_narrowest_type_that_takes_all(self, schema: Any, kind: str) -> None:
        assert duckdb_type(schema) == kind

    def test_keys_and_cursors(self) -> None:
        properties = {"id": {"type": "integer"}, "ID": {"type": "string"}, "at": {"type": "string", "format": "date"}}
        schema = {"json_schema": {"properties": properties}}
        both = {"supported_sync_modes": ["full_refresh", "incremental"]}
        found = connector_streams(
            [
                {"name": "a", "source_defined_primary_key": [["ID"]], "source_defined_cursor": True, **schema, **both},
                {"name": "b", "namespace": "n", "source_defined_primary_key": [["id", "x"]], **schema, **both},
                {"name": "c", "default_cursor_field": ["at"], **schema},
            ]
        )
        streams = {name: each.stream for name, each in found.items()}
        assert [column.name for column in streams["a"].columns] == ["id", "ID_2", "at"]
        assert (streams["a"].key, streams["a"].cursors) == (("ID_2",), (OWN_CURSOR,))
        assert (streams["n.b"].key, streams["n.b"].cursors) == ((), ("at", "id"))
        assert streams["c"].cursors == ()


class TestForm:
    SCHEMA: Any = {  # noqa: RUF012 - nobody changes it
        "required": ["when", "login"],
        "properties": {
            "when": {"type": "string", "order": 2},
            "many": {"type": "array", "items": {"type": "integer"}},
            "share": {"type": "number", "default": 0.5},
            "hidden": {"type": "string", "airbyte_hidden": True, "default": "h"},
            "level": {"type": "integer", "enum": [1, 2]},
            "login": {
                "order": 1,
                "oneOf": [
                    {"title": "Key", "properties": {"how": {"const": "key"}, "key": {"airbyte_secret": True}}},
                    {"title": "None", "properties": {"how": {"const": "none"}}},
                ],
            },
            "proxy": {"properties": {"host": {"type": "string"}, "port": {"type": "integer", "default": 80}}},
            "accounts": {"type": "array", "items": {"properties": {"password": {"airbyte_secret": True}}}},
        },
    }

    def test_answers_become_the_json_that_the_connector_takes(self) -> None:
        answers = {"config.when": "now", "config.many": "1, 2", "config.level": "2", "config.login.key": "k"}
        assert form.filled_in(self.SCHEMA, answers) == {
            "when": "now", "many": [1, 2], "share": 0.5, "hidden": "h", "level": 2, "login": {"how": "key", "key": "k"},
        }  # fmt: skip
        assert form.filled_in(self.SCHEMA, {"config.proxy.host": "h", "config.login": "None"}) == {
            "share": 0.5, "hidden": "h", "login": {"how": "none"}, "proxy": {"host": "h", "port": 80},
        }  # fmt: skip

    def test_what_is_asked_and_what_is_secret(self) -> None:
        fields = form.fields(self.SCHEMA, {})
        names = [field.name for field in fields]
        assert names[:3] == ["config.login", "config.login.key", "config.when"]
        assert "config.hidden" not in names
        assert [field.name for field in fields if field.is_secret] == ["config.login.key", "config.accounts"]

    @pytest.mark.parametrize(
        ("name", "text"),
        [("many", "x"), ("share", "canary"), ("level", "3"), ("login", "x"), ("accounts", '[{"password": "canary"')],
    )
    def test_a_wrong_answer_is_refused_without_repeating_secrets(self, name: str, text: str) -> None:
        with pytest.raises(BadFlow) as caught:
            form.filled_in(self.SCHEMA, {f"config.{name}": text})
        assert "canary" not in str(caught.value) + repr(caught.value.__cause__)


class TestKnown:
    def test_all_connectors_are_listed_those_that_were_tried_first(self) -> None:
        assert len(known()) > 280
        assert {each.name for each in known()[:3]} == {"faker", "file", "github"}
        assert [each.name for each in known("sheets GOOGLE")] == ["google-sheets"]
        assert connector("github").package == "airbyte-source-github"

    @pytest.mark.parametrize("version", ["latest", "1", "1.0 ", "1.0;x", ">=1.0", "../1.0"])
    def test_only_an_exact_version_is_one(self, version: str) -> None:
        with pytest.raises(BadFlow):
            checked_version(version)

    def test_only_what_is_on_the_list_is_one(self) -> None:
        with pytest.raises(BadFlow):
            connector("../faker")


class TestRecordFile:
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(records, "KEPT_EVERY_S", 0)

    def test_whoever_goes_on_finds_the_rows_before_the_last_state(self, tmp_path: Path) -> None:
        with RecordFile(tmp_path, "s") as file:
            file.add(row(a=1))
            file.keep({"at": 1})
            file.add(row(a=2))
            file._flush()
        with RecordFile(tmp_path, "s") as file:
            assert (file.state, file.rows) == ({"at": 1}, 1)
            file.add(row(a=3))
            file.finish(only_kept=False)
        lines = [json.loads(line) for line in file.path.read_bytes().splitlines()]
        assert lines == [{"n": 0, "d": {"a": 1}}, {"n": 1, "d": {"a": 3}}]
        assert RecordFile(tmp_path, "s").checkpoint.is_done

    @pytest.mark.parametrize("damage", ["shorter", "no marks", "broken marks"])
    def test_a_file_that_lost_something_begins_again(self, tmp_path: Path, damage: str) -> None:
        with RecordFile(tmp_path, "s") as file:
            file.add(row(a=1))
            file.keep({"at": 1})
        if damage == "shorter":
            os.truncate(file.path, 3)
        elif damage == "no marks":
            file._marks.unlink()
        else:
            file._marks.write_bytes(b'{"state"')
        with RecordFile(tmp_path, "s") as file:
            assert (file.state, file.rows, file.path.stat().st_size) == (None, 0, 0)

    def test_rows_behind_the_last_state_can_be_left_out(self, tmp_path: Path) -> None:
        with RecordFile(tmp_path, "s") as file:
            file.add(row(a=1))
            file.keep({"at": 1})
            file.add(row(a=2))
            file.finish(only_kept=True)
        assert len(file.path.read_bytes().splitlines()) == 1

    def test_what_duckdb_could_not_read_is_marked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(records, "LARGEST_ROW_BYTES", 100)
        texts = [b'{"a":"\\ud800"}', b'{"a":"\\ud83d\\ude00"}', b'{"a":"\xff"}', b"[1]", b'{"a":"' + b"x" * 200 + b'"}']
        with RecordFile(tmp_path, "s") as file:
            for text in texts:
                file.add(msgspec.Raw(text))
            file.finish(only_kept=False)
        reasons = [json.loads(line).get("r") for line in file.path.read_bytes().splitlines()]
        assert [bool(reason) for reason in reasons] == [True, False, True, True, True]


class TestRows:
    @pytest.mark.parametrize(
        ("kind", "value", "found"),
        [
            ("BIGINT", 5, "5"), ("BIGINT", "5", "5"), ("BIGINT", 5.0, "5"), ("BIGINT", 5.5, None),
            ("BIGINT", "x", None), ("BIGINT", 2**63, None), ("DECIMAL(38,0)", 2**100, str(2**100)),
            ("DOUBLE", 0.1, "0.1"), ("DOUBLE", "much", None), ("BOOLEAN", True, "true"), ("BOOLEAN", "maybe", None),
            ("DATE", "2024-02-29", "2024-02-29"), ("DATE", "2024-02-29T00:00:00Z", "2024-02-29"),
            ("DATE", "2024-02-29T10:00:00", None), ("DATE", "2024-02-30", None),
            ("TIMESTAMP WITH TIME ZONE", "2024-01-01T10:00:00+02:00", "2024-01-01 08:00:00+00"),
            ("TIMESTAMP", "2024-01-01T10:00:00+02:00", "2024-01-01 08:00:00"),
            ("TIMESTAMP", "2024-01-01T10:00:00.5", "2024-01-01 10:00:00.5"), ("TIMESTAMP", "soon", None),
            ("VARCHAR", {"a": 1}, '{"a":1}'), ("VARCHAR", "", ""), ("VARCHAR", "a\0b", "a\0b"),
            ("JSON", "text", '"text"'), ("JSON", None, None), ("JSON", [1, "é"], '[1,"é"]'),
        ],
    )  # fmt: skip
    def test_a_value_fits_whole_or_the_row_is_set_aside(
        self, tmp_path: Path, *, kind: str, value: Any, found: str | None
    ) -> None:
        with RecordFile(tmp_path, "s") as file:
            file.add(row(**{"a/~b'\"": value}))
            file.finish(only_kept=False)
        query = RowsQuery(file=file.path, fields=[Field(column="t", property="a/~b'\"", type=kind)])
        duck = duckdb.connect()
        duck.execute("SET TimeZone = 'UTC'")
        rows = duck.execute(f"SELECT t::VARCHAR FROM ({query.select()})").fetchall()
        is_misfit = found is None and value is not None
        assert rows == ([] if is_misfit else [(found,)])
        assert duck.execute(query.counts()).fetchone() == (int(is_misfit),)
        assert len(duck.execute(query.rejects()).fetchall()) == int(is_misfit)

    def test_of_one_key_the_row_that_came_last_stays(self, tmp_path: Path) -> None:
        with RecordFile(tmp_path, "s") as file:
            for number in range(50_000):
                file.add(row(id=number % 1000, n=number))
            file.finish(only_kept=False)
        fields = [Field(column=name, property=name, type="BIGINT") for name in ("id", "n")]
        query = RowsQuery(file=file.path, fields=fields, key=("id",))
        duck = duckdb.connect()
        duck.execute("SET preserve_insertion_order = false")
        found = duck.execute(f"SELECT count(*), min(n), max(n) FROM ({query.select(latest='key')})").fetchone()
        assert found == (1000, 49_000, 49_999)
        assert duck.execute(f"SELECT count(*) FROM ({query.select(latest='row')})").fetchone() == (50_000,)

    def test_a_file_without_rows(self, tmp_path: Path) -> None:
        with RecordFile(tmp_path, "s") as file:
            file.finish(only_kept=False)
        query = RowsQuery(file=file.path, fields=[Field(column="a", property="a", type="BIGINT")])
        duck = duckdb.connect()
        assert duck.execute(query.select()).fetchall() == []
        assert duck.execute(query.properties()).fetchall() == []


class TestSecrets:
    def test_no_spelling_of_a_secret_is_told(self, tmp_path: Path) -> None:
        secrets = [SecretText("a secret/1"), SecretText('{"private_key": "line 1\\nline 2", "type": "x"}')]
        talk = Conversation(connector=None, folder=tmp_path, secrets=secrets)  # type: ignore[arg-type]  # none is asked
        told = talk._masked("no: a secret/1, a%20secret/1, a+secret%2F1, line 1\nline 2")
        assert told == "no: •••, •••, •••, •••"
        assert "a secret" not in repr(talk)


class TestContained:
    def command(self, *command: str, **bounds: Any) -> list[str]:
        limits = {"memory_bytes": 1 << 30, "read": ["/"], "write": [], "ports": None} | bounds
        return [sys.executable, "-I", "-S", str(contained.__file__), json.dumps(limits), *command]

    def test_the_command_and_its_children_die_with_whoever_started_it(self) -> None:
        starter = (
            "import subprocess, sys, time\n"
            "subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
            "print('started', flush=True); time.sleep(60)"
        )
        marked = "sleep 300.125 & sleep 300.125; true"
        process = subprocess.Popen(
            [sys.executable, "-c", starter, *self.command("/bin/sh", "-c", marked)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        until = time.monotonic() + 10
        while len(self.sleeping()) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        while self.sleeping() and time.monotonic() < until:
            time.sleep(0.05)
        assert self.sleeping() == []

    @staticmethod
    def sleeping() -> list[int]:
        return [each.pid for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"] == ["sleep", "300.125"]]

    def test_files_and_ports_are_out_of_reach(self, tmp_path: Path) -> None:
        (tmp_path / "ours").write_text("canary")
        (tmp_path / "theirs").mkdir()
        script = f"cat {tmp_path}/ours; echo x > {tmp_path}/theirs/a; echo x > {tmp_path}/b; ls {tmp_path}/theirs"
        bounds = {"read": ["/usr", "/lib", "/lib64", "/bin"], "write": [str(tmp_path / "theirs"), "/dev/null"]}
        done = subprocess.run(
            self.command("/bin/sh", "-c", script, **bounds), capture_output=True, text=True, check=False,
            stdin=self.open_end(),
        )  # fmt: skip
        assert done.stdout == "a\n"
        assert done.stderr.count("ermission denied") == 2

    def test_a_command_that_is_not_there(self) -> None:
        done = subprocess.run(self.command("/nowhere"), check=False, stdin=self.open_end(), capture_output=True)
        assert done.returncode == contained.NOT_STARTED

    @pytest.fixture(autouse=True)
    def ends(self) -> Any:
        self.opened: list[int] = []
        yield
        for each in self.opened:
            os.close(each)

    def open_end(self) -> int:
        """A standard input that doesn't end."""
        near, far = os.pipe()
        self.opened += [near, far]
        return near
