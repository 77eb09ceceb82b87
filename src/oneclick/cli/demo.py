"""`oneclick demo`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneclick.cli import output
from oneclick.cli.frame import Command

if TYPE_CHECKING:
    from oneclick.demo.reader import Reading
    from oneclick.demo.sources import Sources
    from oneclick.demo.summary import Stage, Summary
    from oneclick.project.environment import Environment
    from oneclick.project.stack import Stack


@click.command(cls=Command)
@click.option("--file", "path", type=click.Path(path_type=Path), help="Your own CSV or TSV file instead of the sample.")
@click.option("--exit", "is_leaving", is_flag=True, help="Stop everything when the chain has run.")
@click.option(
    "--scale", type=click.IntRange(1, 1000), default=1, show_default=True, metavar="N",
    help="How large the samples are: N times 20,000 orders and 1,200 tickets.",
)  # fmt: skip
@click.option("--json", "summary_path", type=click.Path(path_type=Path), help="Write the summary into this file.")
def demo(path: Path | None, is_leaving: bool, scale: int, summary_path: Path | None) -> None:
    """Show the whole chain: the stack, a warehouse, a file in it, a question answered, a database, a spreadsheet
    and an API brought in.

    Stays up until Ctrl-C. A stack that runs already is used, and left running.
    """
    from oneclick.demo.summary import Summary
    from oneclick.project.environment import read_environment

    environment = read_environment()
    summary = Summary()
    try:
        with (
            _reading(environment, path) as reading,
            _running(environment, summary) as (url, stack),
            _sources(environment, is_wanted=path is None, scale=scale) as sources,
        ):
            summary.urls = {
                "home": url,
                "api_docs": f"{url}/api/docs",
                "openapi": f"{url}/api/openapi.json",
                "metrics": f"{url}/metrics",
            }
            _run(environment, path, reading, summary, sources=sources)
            _write(summary, summary_path)
            if stack and not is_leaving:
                output.note("\nIt stays up until Ctrl-C. Try, in another terminal:")
                output.note(
                    "  oneclick query 'SELECT count(*) FROM raw.flights'" if path is None else "  oneclick status"
                )
                stack.wait()
                output.note("Stopping…")
    except BaseException:
        _write(summary, summary_path)
        raise


@contextmanager
def _running(environment: "Environment", summary: "Summary") -> Iterator[tuple[str, "Stack | None"]]:
    """A stack of our own, or the one that runs here already."""
    from oneclick.cli.stack import obey_signals
    from oneclick.project.stack import Stack
    from oneclick.project.stub import ask_for_stub
    from oneclick.stack.errors import StackRunning
    from oneclick.stack.state import Presence

    stack = Stack(environment, report=lambda text: output.note(f"    {text}"))
    own: Stack | None = stack
    obey_signals(stack)
    if not Presence(environment.home).is_taken():
        ask_for_stub(environment.home, bind=environment.bind, external_url=environment.external_url)
    with summary.stage("Start the stack", _tell):
        try:
            stack.start()
        except StackRunning as exc:
            if not exc.is_ready:
                raise
            own = None
    try:
        state = Presence(environment.home).read()
        yield (state.url if state else stack.url), own
    finally:
        if own:
            own.stop()


@contextmanager
def _reading(environment: "Environment", path: Path | None) -> Iterator["Reading"]:
    """The independent reader, at work from the first moment unless the sample has to be unpacked first."""
    from oneclick.demo.reader import Reading
    from oneclick.demo.sample import sample_path

    with Reading() as reading:
        file = path or sample_path(environment.home / "demo")
        if file.exists():
            reading.begin(file)
        yield reading


@contextmanager
def _sources(environment: "Environment", *, is_wanted: bool, scale: int) -> Iterator["Sources | None"]:
    """A sample application's database, a spreadsheet and an HTTP API, for as long as the demo stays up."""
    from oneclick.demo.sources import running

    if not is_wanted:
        yield None
        return
    with running(environment.home, scale=scale) as sources:
        yield sources


def _run(
    environment: "Environment", path: Path | None, reading: "Reading", summary: "Summary", *, sources: "Sources | None"
) -> None:
    from oneclick.cli import django
    from oneclick.demo.sample import sample_file

    file = path or sample_file(environment.home / "demo")
    reading.begin(file)
    django.setup()
    from oneclick.demo.chain import run_chain

    run_chain(file, reading, summary, _tell, sources=sources)
    _let_people_in(environment, summary)
    _show(summary)


def _let_people_in(environment: "Environment", summary: "Summary") -> None:
    """Where the stub runs: pages can be looked at as each of its people."""
    from oneclick.accounts.services import ensure_default_organisation, operator_label
    from oneclick.demo.identity import set_up
    from oneclick.project.stub import port_file

    if port_file(environment.home).exists():
        organisation = ensure_default_organisation(actor=operator_label())
        summary.people = set_up(environment.home, organisation, actor=operator_label())
        summary.urls["sign_in"] = f"{summary.urls['home']}/sign-in/"


def _tell(stage: "Stage") -> None:
    if stage.state == "running":
        output.note(f"▸ {stage.name} …")
    else:
        output.note(f"{'✓' if stage.state == 'done' else '✗'} {stage.name}: {output.duration(stage.seconds)}")


def _show(summary: "Summary") -> None:
    warehouse = summary.warehouse
    output.say("")
    output.table(
        ["Stage", "Time"],
        [[stage.name, output.duration(stage.seconds)] for stage in summary.stages]
        + [["Together", output.duration(sum(stage.seconds for stage in summary.stages))]],
        right=["Time"],
        empty="",
    )
    output.table(
        ["Table", "Rows"],
        [[f"{table['schema']}.{table['name']}", f"{table['rows']:,}"] for table in warehouse["tables"]],
        right=["Rows"],
        empty="",
    )
    if summary.flows:
        output.table(
            ["Data flow", "Rows", "Gone", "Took"],
            [[each["name"], each["rows"], each["deleted"], output.duration(each["seconds"])] for each in summary.flows],
            right=["Rows", "Gone", "Took"],
            empty="",
        )
    output.say(summary.answer["question"])
    output.table(summary.answer["columns"], summary.answer["rows"], empty="")
    output.facts(
        {
            "Warehouse": f"{warehouse['name']} ({warehouse['provider']}), {warehouse['state']}",
            "Connect": f"oneclick warehouse credentials {warehouse['name']}",
            "Address": summary.urls["home"],
            "API": summary.urls["api_docs"],
            "Sign in": f"{summary.urls['sign_in']} as {', '.join(summary.people)}" if summary.people else "",
        }
    )


def _write(summary: "Summary", path: Path | None) -> None:
    if path is None:
        return
    content = {
        "stages": [asdict(stage) for stage in summary.stages],
        "warehouse": summary.warehouse,
        "urls": summary.urls,
        "flows": summary.flows,
        "answer": summary.answer,
    }
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
