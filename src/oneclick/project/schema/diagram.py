"""The diagram of the tables: boxes with their keys, in lanes by what depends on what, as an SVG without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from oneclick.project.schema.tables import Column, Table

LANE_WIDTH = 250
BOX_WIDTH = 196
HEADER = 30
ROW = 20
GAP = 26
MARGIN = 16


@dataclass(frozen=True, kw_only=True)
class Colours:
    """One theme."""

    ink: str
    soft: str
    box: str
    edge: str
    line: str


LIGHT = Colours(ink="#1c2426", soft="#5b6a6e", box="#ffffff", edge="#c9d2d3", line="#0f6e6a")
DARK = Colours(ink="#e6edee", soft="#93a3a7", box="#14191b", edge="#3a4649", line="#5cc8bf")


@dataclass(frozen=True, kw_only=True)
class _Box:
    table: Table
    rows: Sequence[Column]
    x: int
    y: int

    @property
    def height(self) -> int:
        return HEADER + ROW * len(self.rows) + 6

    def row_y(self, column: Column) -> int:
        return self.y + HEADER + ROW * list(self.rows).index(column) + ROW // 2


def diagram(tables: Sequence[Table], colours: Colours) -> str:
    """Tables with relations in lanes from left (depends on nothing) to right; the others in a row below."""
    boxes = _placed(tables)
    width = max(box.x for box in boxes.values()) + BOX_WIDTH + MARGIN
    height = max(box.y + box.height for box in boxes.values()) + MARGIN
    lines = [
        _line(box, column, boxes[column.refers_to])
        for box in boxes.values()
        for column in box.rows
        if column.refers_to in boxes and _is_near(box, boxes[column.refers_to])
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
            '  role="img" aria-labelledby="t">',
            '  <title id="t">The tables of One-Click DWH and how they refer to each other</title>',
            _style(colours),
            *lines,
            *(_drawn(box, boxes) for box in boxes.values()),
            "</svg>",
            "",
        ]
    )


def _placed(tables: Sequence[Table]) -> Mapping[str, _Box]:
    by_name = {table.name: table for table in tables}
    referred = {column.refers_to for table in tables for column in table.columns if column.refers_to}
    is_related = {name: name in referred or bool(_targets(table)) for name, table in by_name.items()}
    lanes: dict[int, list[Table]] = {}
    for table in tables:
        if is_related[table.name]:
            lanes.setdefault(_depth(table, by_name), []).append(table)
    boxes: dict[str, _Box] = {}
    bottom = MARGIN
    for number, lane in sorted(lanes.items()):
        y = MARGIN
        for table in lane:
            box = _Box(table=table, rows=_keys(table), x=MARGIN + number * LANE_WIDTH, y=y)
            boxes[table.name] = box
            y += box.height + GAP
        bottom = max(bottom, y)
    alone = [table for table in tables if not is_related[table.name]]
    for number, table in enumerate(alone):
        x, y = MARGIN + number % len(lanes) * LANE_WIDTH, bottom + number // len(lanes) * (HEADER + 3 * ROW + GAP)
        boxes[table.name] = _Box(table=table, rows=_keys(table), x=x, y=y)
    return boxes


def _depth(table: Table, by_name: Mapping[str, Table]) -> int:
    below = [by_name[target] for target in _targets(table) if target in by_name and target != table.name]
    return 1 + max(_depth(target, by_name) for target in below) if below else 0


def _targets(table: Table) -> list[str]:
    return [column.refers_to for column in table.columns if column.refers_to]


def _keys(table: Table) -> list[Column]:
    return [column for column in table.columns if column.is_key or column.refers_to]


def _line(box: _Box, column: Column, target: _Box) -> str:
    start_x, start_y = box.x, box.row_y(column)
    end_x, end_y = target.x + BOX_WIDTH, target.y + HEADER // 2
    bend = max(40, (start_x - end_x) // 2)
    is_dashed = ' stroke-dasharray="4 3"' if column.is_optional else ""
    return (
        f'  <path class="way" d="M{start_x} {start_y}C{start_x - bend} {start_y} {end_x + bend} {end_y} '
        f'{end_x + 7} {end_y}"{is_dashed}/><path class="tip" d="M{end_x} {end_y}l8-4v8z"/>'
    )


def _is_near(box: _Box, target: _Box) -> bool:
    """A longer line would run behind other boxes; its key gets an arrow instead."""
    return box.x - target.x == LANE_WIDTH


def _drawn(box: _Box, boxes: Mapping[str, _Box]) -> str:
    parts = [
        f'  <rect class="box" x="{box.x}" y="{box.y}" width="{BOX_WIDTH}" height="{box.height}" rx="8"/>',
        f'  <text class="title" x="{box.x + 12}" y="{box.y + 20}">{escape(box.table.model)}</text>',
    ]
    for column in box.rows:
        target = boxes.get(column.refers_to)
        mark = " ·" if column.is_key else " →" if target and not _is_near(box, target) else ""
        parts.append(
            f'  <text class="key" x="{box.x + 12}" y="{box.row_y(column) + 4}">{escape(column.name)}{mark}</text>'
        )
    return "\n".join(parts)


def _style(colours: Colours) -> str:
    return f"""  <style>
    text {{ font-family: system-ui, -apple-system, "Segoe UI", Arial, sans-serif; fill: {colours.ink} }}
    .title {{ font-weight: 600; font-size: 14px }}
    .key {{ font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 12px; fill: {colours.soft} }}
    .box {{ fill: {colours.box}; stroke: {colours.edge} }}
    .way {{ fill: none; stroke: {colours.line}; stroke-width: 1.2; opacity: 0.55 }}
    .tip {{ fill: {colours.line} }}
  </style>"""
