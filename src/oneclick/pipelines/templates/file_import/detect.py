"""What a file is: format, packing, encoding, fingerprint. Reads the whole file once, and nothing but the file."""

import codecs
import gzip
import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO

from oneclick.pipelines.templates.file_import.errors import (
    BadImportOption,
    FileDamaged,
    FileEmpty,
    FileFormatUnknown,
    FileIsBinary,
    FileProtected,
    FileUnreadable,
)
from oneclick.pipelines.templates.file_import.limits import NO_LIMITS, Limits

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
GUESS_BYTES = 1 << 16

OnBytes = Callable[[int], None]
"""Told how many bytes were read so far."""


class FileFormat(Enum):
    """What we can load."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    WORKBOOK = "workbook"


FORMAT_OF_ENDING = {
    ".csv": FileFormat.CSV, ".tsv": FileFormat.CSV, ".tab": FileFormat.CSV, ".txt": FileFormat.CSV,
    ".jsonl": FileFormat.JSON, ".ndjson": FileFormat.JSON, ".json": FileFormat.JSON,
    ".parquet": FileFormat.PARQUET, ".pq": FileFormat.PARQUET,
    ".xlsx": FileFormat.WORKBOOK, ".xlsm": FileFormat.WORKBOOK, ".xlsb": FileFormat.WORKBOOK,
    ".xls": FileFormat.WORKBOOK, ".ods": FileFormat.WORKBOOK,
}  # fmt: skip

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY_SIGNS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "a document"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"Obj\x01", "an Avro file"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAM = "Workbook".encode("utf-16-le")
"""Names in such a file's directory (https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto)."""

_WORKBOOK_PARTS = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}
_UNTEXTED = (FileFormat.PARQUET, FileFormat.WORKBOOK)
_NOT_IN_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NON_ASCII_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What was found. `digest` is the SHA-256 of the file as it lies there; `encoding` is empty for Parquet and
    spreadsheets. `ending` is the one that the content goes by, whatever the file's name.
    """

    format: FileFormat
    ending: str
    is_gzip: bool
    encoding: str
    digest: str
    size_bytes: int
    changed_ns: int


def inspect(
    path: Path, *, encoding: str = "", on_bytes: OnBytes = lambda _: None, limits: Limits = NO_LIMITS
) -> FileFacts:
    """Look at the whole file. `encoding`, if given, is believed. Raises a `FileImportError`."""

    def watched(done: int) -> None:
        limits.check_time()
        on_bytes(done)

    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FileUnreadable(f"{path} isn't a file.")
        if status.st_size == 0:
            raise FileEmpty(f"{path.name} has no content (0 bytes).")
        with path.open("rb") as file:
            return _inspect(_Look(path=path, file=file, encoding=encoding, on_bytes=watched, limits=limits), status)
    except OSError as exc:
        raise FileUnreadable(f"{path} can't be read: {exc.strerror or exc}.") from exc


def is_unchanged(path: Path, facts: FileFacts) -> bool:
    """Whether the file is still as it was looked at."""
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (facts.size_bytes, facts.changed_ns)


@dataclass(frozen=True, kw_only=True)
class _Look:
    path: Path
    file: IO[bytes]
    encoding: str
    on_bytes: OnBytes
    limits: Limits


def _inspect(look: _Look, status: os.stat_result) -> FileFacts:
    path, file = look.path, look.file
    head = file.read(HEAD_BYTES)
    file.seek(0)
    is_gzip = head.startswith(b"\x1f\x8b")
    found_format, ending = _format(path, head)
    if is_gzip and found_format is FileFormat.PARQUET:
        raise FileFormatUnknown(f"{path.name} is a packed Parquet file; Parquet is packed inside already.")
    digest = hashlib.sha256()
    chunks = _hashed(file, digest.update, look.on_bytes)
    if found_format in _UNTEXTED:
        for _ in chunks:
            pass
        found_encoding = ""
    else:
        found_encoding = _encoding(path.name, _unpacked(chunks, look.limits) if is_gzip else chunks, look.encoding)
    return FileFacts(
        format=found_format,
        ending=ending,
        is_gzip=is_gzip,
        encoding=found_encoding,
        digest=digest.hexdigest(),
        size_bytes=status.st_size,
        changed_ns=status.st_mtime_ns,
    )


def _format(path: Path, head: bytes) -> tuple[FileFormat, str]:
    """The format, and the ending that goes with it."""
    if head.startswith(b"PAR1"):
        return FileFormat.PARQUET, "parquet"
    named = _named_format(path)
    if workbook := _workbook_ending(path, head, named):
        return FileFormat.WORKBOOK, workbook
    for sign, what in _BINARY_SIGNS:
        if head.startswith(sign):
            raise FileIsBinary(f"{path.name} is {what}.")
    if named is None:
        raise FileFormatUnknown(f"The name {path.name} doesn't say what is in the file.")
    if named is FileFormat.PARQUET:
        raise FileDamaged(f"{path.name} is named like a Parquet file but doesn't begin like one.")
    if named is FileFormat.WORKBOOK:
        raise FileDamaged(
            f"{path.name} is named like a spreadsheet but doesn't begin like one.",
            hint="Open it in your spreadsheet program, save it as .xlsx, and load that file.",
        )
    return named, named.value


def _named_format(path: Path) -> FileFormat | None:
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] == ".gz":
        endings.pop()
    return FORMAT_OF_ENDING.get(endings[-1]) if endings else None


def _workbook_ending(path: Path, head: bytes, named: FileFormat | None) -> str:
    """What kind of spreadsheet it is, by its content; empty where it is none."""
    if head.startswith(_COMPOUND):
        if _holds(path, _ENCRYPTED):
            raise FileProtected(f"{path.name} can only be opened with a password.")
        return "xls" if named is FileFormat.WORKBOOK or _holds(path, _XLS_STREAM) else ""
    if not head.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = set(archive.namelist())
            found = next((ending for part, ending in _WORKBOOK_PARTS.items() if part in parts), "")
            is_office = named is FileFormat.WORKBOOK and "[Content_Types].xml" in parts
            return found or ("xlsx" if is_office else "")
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
        if named is not FileFormat.WORKBOOK:
            return ""
        raise FileDamaged(f"The spreadsheet {path.name} breaks off or is damaged.") from exc


def _holds(path: Path, sign: bytes) -> bool:
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if sign in last + chunk:
                return True
            last = chunk[-len(sign) :]
    return False


def _hashed(file: IO[bytes], update: Callable[[bytes], None], on_bytes: OnBytes) -> Iterator[bytes]:
    done = 0
    while chunk := file.read(CHUNK_BYTES):
        update(chunk)
        done += len(chunk)
        on_bytes(done)
        yield chunk


def _unpacked(chunks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    """The content of gzip members one after another; raises `FileDamaged` where it breaks off."""
    done = 0
    unpacker = zlib.decompressobj(wbits=31)
    is_open = False
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                is_open = True
                piece = unpacker.decompress(rest, CHUNK_BYTES)  # a chunk may unpack to a thousand times its size
                done += len(piece)
                limits.check_size(done)
                limits.check_time()
                yield piece
                rest = unpacker.unconsumed_tail
                if unpacker.eof:
                    rest, unpacker, is_open = unpacker.unused_data.lstrip(b"\x00"), zlib.decompressobj(wbits=31), False
    except zlib.error as exc:
        raise FileDamaged(f"The packed file can't be unpacked: {exc}.") from exc
    if is_open:
        raise FileDamaged("The packed file breaks off before its end.")


def _encoding(name: str, chunks: Iterator[bytes], wanted: str) -> str:
    """The encoding's name in Python's spelling. Reads all chunks."""
    head = next((chunk for chunk in chunks if chunk), b"")
    if not head:
        raise FileEmpty(f"{name} has no content.")
    if wanted:
        _exhaust(chunks)
        return _known_encoding(wanted)
    for bom, encoding in _BOMS:
        if head.startswith(bom) and encoding != "utf-8":
            _exhaust(chunks)
            return encoding
    if b"\x00" in head[:HEAD_BYTES]:
        encoding = _utf16_without_bom(name, head[:HEAD_BYTES])
        _exhaust(chunks)
        return encoding
    if len(_NOT_IN_TEXT.findall(head[:HEAD_BYTES])) * 20 > len(head[:HEAD_BYTES]):
        raise FileIsBinary(f"{name} isn't text: it is full of control characters.")
    return _utf8_or_older(name, head, chunks)


def _utf16_without_bom(name: str, head: bytes) -> str:
    pairs = max(len(head) // 2, 1)
    low, high = head[0::2].count(0) / pairs, head[1::2].count(0) / pairs
    if high > 0.3 and low < 0.05:  # noqa: PLR2004 - shares that Western text in UTF-16 far exceeds
        return "utf-16-le"
    if low > 0.3 and high < 0.05:  # noqa: PLR2004 - the same the other way round
        return "utf-16-be"
    raise FileIsBinary(f"{name} isn't text: it holds zero bytes.")


def _utf8_or_older(name: str, head: bytes, chunks: Iterator[bytes]) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk: bytes | None = head
    done = 0
    suspicious = b""
    while chunk is not None:
        if (at := chunk.find(b"\x00")) >= 0:
            raise FileIsBinary(f"{name} holds a zero byte at position {done + at:,}, which no text does.")
        if not suspicious:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                suspicious = chunk
        done += len(chunk)
        chunk = next(chunks, None)
    return _older(suspicious) if suspicious else "utf-8"


def _older(sample: bytes) -> str:
    """UTF-8 with a few broken bytes, or an encoding from before UTF-8: by far most often Windows-1252."""
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    sound = sum(character > "\x7f" for character in text) - broken
    if sound > 10 * broken:
        return "utf-8"
    lines = b"".join(_NON_ASCII_LINE.findall(sample))[:GUESS_BYTES]
    return _guess(lines)


def _guess(lines: bytes) -> str:
    import charset_normalizer

    western = {"cp1252", "latin_1", "iso8859_15", "iso8859_9", "cp1254", "mac_roman", "cp1257", "iso8859_10", "cp858"}
    others = ["cp1250", "cp1251", "cp1253", "koi8_r", "shift_jis", "gb18030", "big5", "euc_kr"]
    best = charset_normalizer.from_bytes(lines, cp_isolation=["cp1252", *others]).best()
    try:
        western_text = lines.decode("cp1252")
    except UnicodeDecodeError:
        western_text = ""
    if best is not None and best.encoding not in western and best.coherence > 0 and str(best) != western_text:
        return best.encoding
    return "cp1252" if western_text else "latin-1"


def _known_encoding(wanted: str) -> str:
    try:
        "".encode(wanted)  # Python also calls rot13, hex and zip encodings, but no text comes out of those
        return codecs.lookup(wanted).name
    except (LookupError, ValueError):
        raise BadImportOption(f"There is no encoding {wanted!r}.", hint="As in utf-8, utf-16, cp1252.") from None


def _exhaust(chunks: Iterator[bytes]) -> None:
    for _ in chunks:
        pass


def open_unpacked(path: Path, facts: FileFacts) -> gzip.GzipFile | io.BufferedReader:
    """The file's content, unpacked."""
    return gzip.open(path, "rb") if facts.is_gzip else path.open("rb")
