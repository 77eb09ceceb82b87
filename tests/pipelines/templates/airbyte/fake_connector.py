"""A connector of Airbyte's protocol, at the wire: what it does is said by its settings. It knows nothing but Python."""

import json
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

SPEC = {
    "type": "object",
    "required": ["token", "source"],
    "properties": {
        "token": {"type": "string", "title": "Token", "airbyte_secret": True, "order": 0},
        "count": {"type": "integer", "default": 1000, "order": 1},
        "every": {"type": "integer", "default": 100, "description": "Rows between two <b>states</b>."},
        "fault": {"type": "string", "default": "none"},
        "at_row": {"type": "integer", "default": 150},
        "touch": {"type": "array", "items": {"type": "integer"}},
        "what": {"type": "string"},
        "pause": {"type": "number", "default": 0},
        "state_kind": {"type": "string", "enum": ["STREAM", "GLOBAL", "LEGACY"], "default": "STREAM"},
        "is_new": {"type": "boolean", "default": False},
        "source": {
            "oneOf": [
                {
                    "title": "Made up",
                    "properties": {"kind": {"const": "made"}, "seed": {"type": "integer", "default": 7}},
                },
                {
                    "title": "Elsewhere",
                    "required": ["key"],
                    "properties": {"kind": {"const": "elsewhere"}, "key": {"type": "string", "airbyte_secret": True}},
                },
            ]
        },
        "window": {
            "type": "object",
            "properties": {"days": {"type": "integer"}, "zone": {"type": "string", "default": "UTC"}},
        },
    },
}
ORDERS = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": ["null", "string"]},
        "amount": {"type": ["null", "number"]},
        "updated_at": {"type": "string", "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
        "day": {"type": ["null", "string"], "format": "date"},
        "either": {"type": ["null", "string", "integer", "object"]},
        "tags": {"type": "array"},
        "api_secret": {"type": "string"},
    },
}


def say(kind, **parts):
    say_line(json.dumps({"type": kind, **parts}))


def say_line(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def log(text):
    say("LOG", log={"level": "INFO", "message": text})


def run():
    verb, options = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    files = {name: json.loads(Path(path).read_text()) for name, path in options.items()}
    config = files.get("--config", {})
    log("Before anything else.")
    say_line("something that is no message")
    if config.get("fault") == "mute":
        time.sleep(600)
    VERBS[verb](config, files)


def spec(config, files):
    say("SPEC", spec={"connectionSpecification": SPEC})


def check(config, files):
    if config["fault"] == "refused":
        failed("config_error", "The token " + config["token"] + " isn't right.")
    is_fine = config["token"].startswith("canary")
    say(
        "CONNECTION_STATUS",
        connectionStatus={"status": "SUCCEEDED" if is_fine else "FAILED", "message": "Bad token " + config["token"]},
    )


def discover(config, files):
    properties = dict(ORDERS["properties"], **({"new": {"type": "integer"}} if config["is_new"] else {}))
    both = ["full_refresh", "incremental"]
    say(
        "CATALOG",
        catalog={
            "streams": [
                {
                    "name": "orders",
                    "json_schema": {"type": "object", "properties": properties},
                    "supported_sync_modes": both,
                    "source_defined_cursor": True,
                    "default_cursor_field": ["updated_at"],
                    "source_defined_primary_key": [["id"]],
                },
                {
                    "name": "events",
                    "json_schema": {"type": "object", "properties": properties},
                    "supported_sync_modes": both,
                    "source_defined_cursor": True,
                },
                {"name": "plain", "json_schema": ORDERS, "supported_sync_modes": ["full_refresh"]},
            ]
        },
    )


def read(config, files):
    (stream,) = files["--catalog"]["streams"]
    name = stream["stream"]["name"]
    is_full = stream["sync_mode"] == "full_refresh"
    start = 1 if is_full else next_of(files.get("--state"))
    is_first = start == 1
    sent = 0
    numbers = [] if config["fault"] == "lossy" and not is_first else list(range(start, config["count"] + 1))
    if not is_first and not is_full:
        numbers += [-number for number in config.get("touch", [])]
    for number in numbers:
        fault(config, number, is_first)
        sys.stdout.write(record(name, abs(number), -1 if number < 0 else number * 1.5, config) + "\n")
        sent += 1
        if config["pause"]:
            sys.stdout.flush()
            time.sleep(config["pause"])
        if sent == config["every"]:
            state(name, number + 1 if number > 0 else config["count"] + 1, config, sent)
            sent = 0
    if config["fault"] != "stateless":
        state(name, config["count"] + 1, config, sent)
    if config["fault"] == "trailing":
        say_line(record(name, config["count"] + 1, 0, config))
    log("Done.")


def record(name, number, amount, config):
    data = {
        "id": number,
        "name": f"n{number} é 🐘",
        "amount": amount,
        "updated_at": f"2024-01-01T00:00:00.{number:06}Z",
        "day": "2024-02-29",
        "either": [None, "text", number, {"a": number}][number % 4],
        "tags": ["a", number],
        "api_secret": "canary-in-a-row",
    }
    if config["is_new"]:
        data["new"] = number
    if config["fault"] == "odd":
        odd(data, number)
    return json.dumps(
        {"type": "RECORD", "record": {"stream": name, "data": data, "emitted_at": 1}}, ensure_ascii=number % 4 == 0
    )


def odd(data, number):
    if number == 10:
        data["amount"] = "a lot"
    if number == 11:
        data["id"] = 11.5
    if number == 12:
        data["name"] = "\ud800"
    if number == 13:
        data["amount"] = float("nan")
    if number == 14:
        data["day"] = "2024-02-30"
    if number >= 900:
        data["late"] = {"n": number}
        data["late password"] = "canary-in-a-row"
    if number == 15:
        data["day"] = "2024-02-28T00:00:00"


def state(name, following, config, count):
    kept = {"next": following}
    descriptor = {"name": name}
    parts = {
        "STREAM": {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": kept}},
        "GLOBAL": {"type": "GLOBAL", "global": {"shared_state": kept, "stream_states": []}},
        "LEGACY": {"data": kept},
    }[config["state_kind"]]
    say("STATE", state=dict(parts, sourceStats={"recordCount": float(count)}))


def next_of(given):
    if not given:
        return 1
    if isinstance(given, dict):
        return given["next"]
    (one,) = given
    return (one["global"]["shared_state"] if one["type"] == "GLOBAL" else one["stream"]["stream_state"])["next"]


def fault(config, number, is_first):
    kind = config["fault"]
    if number == config["at_row"] and (is_first or not kind.endswith(" once")):
        FAULTS.get(kind.removesuffix(" once"), lambda config: None)(config)


def crash(config):
    sys.stdout.flush()
    sys.stdout.write('{"type": "RECORD", "record": {"stream": "ord')
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def hog(config):
    kept = []
    for _ in range(100):
        kept.append(b"x" * (10 << 20))
        time.sleep(0.02)


def hang(config):
    sys.stdout.flush()
    os.fork()
    time.sleep(600)


def call(config):
    with urllib.request.urlopen(config["what"]) as answer:  # noqa: S310 - the test says where
        answer.read()


def peek(config):
    try:
        found = Path(config["what"]).read_text()[:100]
    except OSError as exc:
        found = type(exc).__name__
    ours = sorted(name for name in os.environ if name.startswith(("ONECLICK", "DATABASE", "DJANGO")))
    failed("config_error", f"found {found}, environment {ours}, told on the command line: {'canary' in str(sys.argv)}")


def failed(kind, text):
    error = {"message": text, "internal_message": "inside", "failure_type": kind, "stack_trace": "…"}
    say("TRACE", trace={"type": "ERROR", "emitted_at": 1, "error": error})
    sys.stderr.write("last words\n")
    sys.exit(1)


VERBS = {"spec": spec, "check": check, "discover": discover, "read": read}
FAULTS = {
    "crash": crash,
    "hog": hog,
    "hang": hang,
    "call": call,
    "peek": peek,
    "transient": lambda config: failed("transient_error", "The service is tired."),
    "config": lambda config: failed("config_error", f"The key {config['token']} may not read orders."),
    "garbage": lambda config: sys.stdout.write("a warning without an end of line"),
    "lost": lambda config: say_line('{"type": "RECORD", "record": {"stream": "orders", "data": {"id": 1'),
}

if __name__ == "__main__":
    run()
