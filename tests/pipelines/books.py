"""Spreadsheets to load, of kinds that xlsxwriter doesn't write."""

import io
import struct
import zipfile
from collections.abc import Sequence

_ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"


def zipped(**parts: str | bytes) -> bytes:
    """An archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def ods(rows: Sequence[Sequence[str | float]], name: str = "Sheet1") -> bytes:
    """An OpenDocument spreadsheet; texts that look like days are days."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    return zipped(
        **{
            "mimetype": _ODS_MIMETYPE,
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
            f'manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_MIMETYPE}"/>'
            "</manifest:manifest>",
            "content.xml": f"<office:document-content {_ODS_NAMES}><office:body><office:spreadsheet>"
            f'<table:table table:name="{name}">{lines}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _ods_cell(value: str | float) -> str:
    if isinstance(value, str):
        if value[:4].isdigit() and value[4:5] == "-":
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def xlsb(rows: Sequence[Sequence[str | float]], name: str = "Sheet1") -> bytes:
    """A binary workbook (https://learn.microsoft.com/openspecs/office_file_formats/ms-xlsb)."""
    sheet = _record(0x81) + _record(0x94, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _record(0x91)
    for number, row in enumerate(rows):
        sheet += _record(0x00, struct.pack("<I", number) + bytes(21))
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            is_text = isinstance(value, str)
            sheet += _record(6, place + _wide(value)) if is_text else _record(5, place + struct.pack("<d", value))
    sheet += _record(0x92) + _record(0x82)
    book = _record(0x83) + _record(0x8F) + _record(0x9C, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name))
    return zipped(
        **{
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "xl/workbook.bin": book + _record(0x90) + _record(0x84),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
            f' Type="{_OFFICE}/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _record(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind | 0x80, 1]) if kind >= 0x80 else bytes([kind])
    return number + bytes([len(content)]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
