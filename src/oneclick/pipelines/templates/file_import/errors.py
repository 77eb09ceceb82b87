"""Why a file isn't loaded.

::

    FileImportError
    ├── FileUnreadable        it isn't there, isn't a file, or we may not read it
    ├── FileEmpty             it holds no rows
    ├── FileIsBinary          it isn't text, and no format that we know
    ├── FileFormatUnknown     its name doesn't say what it is
    ├── FileProtected         it can only be opened with a password
    ├── FileDamaged           it breaks off or contradicts itself
    ├── FileChanged           somebody changed it while it was read
    ├── FileTooLarge          more is packed in it than a load may unpack
    ├── LoadTimedOut          reading and converting it took longer than a load may
    ├── TooManyColumns        it is wider than a table may be
    ├── TooManyRejected       most of its rows don't fit
    ├── BadImportOption       an option that can't be: a table name, a delimiter, an encoding
    ├── TableNotOurs          a table of that name exists that we didn't load
    ├── TableBusy             another load of the table takes too long
    ├── UploadNotFound        there is no such upload here, or it was removed
    ├── UploadBusy            it is being looked at or loaded just now
    ├── UploadTooLarge        it is larger than a page takes
    ├── WarehouseLeaving      the warehouse is being deleted
    └── ScratchUnavailable    the folder for what lies in between is full or can't be written
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class FileImportError(OneClickError):
    """The file can't be loaded."""

    code: ClassVar[str] = "file_import_error"


class FileUnreadable(FileImportError):
    """The file can't be read."""

    code = "file_unreadable"
    hint = "Check the path and its permissions."


class FileEmpty(FileImportError):
    """The file holds no rows."""

    code = "file_empty"
    hint = "Nothing was changed. Check that the export that wrote the file has finished."


class FileIsBinary(FileImportError):
    """The file isn't text."""

    code = "file_is_binary"
    hint = "Load CSV, TSV, JSON lines or Parquet. Save a spreadsheet as CSV (UTF-8) first."


class FileFormatUnknown(FileImportError):
    """We can't tell the file's format."""

    code = "file_format_unknown"
    hint = "Give the file a name that ends with .csv, .tsv, .xlsx, .xls, .ods, .jsonl or .parquet."


class FileProtected(FileImportError):
    """The spreadsheet can only be opened with a password."""

    code = "file_protected"
    hint = "Nothing was changed. Open it, save it without a password, and load that file."


class FileDamaged(FileImportError):
    """The file breaks off or contradicts itself."""

    code = "file_damaged"
    hint = "Nothing was changed. Copy or export the file again."


class FileChanged(FileImportError):
    """The file was changed while it was read."""

    code = "file_changed"
    hint = "Nothing was changed in the warehouse. Load the file again when nobody writes to it."


class FileTooLarge(FileImportError):
    """More is packed in the file than a load may unpack."""

    code = "file_too_large"
    hint = "Nothing was changed. Split the file, or ask the operator to raise ONECLICK_LOAD_UNPACKED_MB."


class LoadTimedOut(FileImportError):
    """Reading and converting the file took longer than a load may."""

    code = "load_timed_out"
    hint = "Nothing was changed. Split the file, or ask the operator to raise ONECLICK_LOAD_TIMEOUT_S."


class TooManyColumns(FileImportError):
    """The file has more columns than a table may have."""

    code = "too_many_columns"
    hint = "Nothing was changed. Load the columns that you need, or write one line for each value: id, name, value."


class TooManyRejected(FileImportError):
    """Most rows don't fit."""

    code = "too_many_rejected"
    hint = "Nothing was changed. Check the delimiter and the header, and remove titles above the header."


class BadImportOption(FileImportError):
    """An option can't be."""

    code = "bad_import_option"
    hint = "Correct the option and load the file again."


class TableNotOurs(FileImportError):
    """A table of that name exists, and it wasn't loaded by One-Click."""

    code = "table_not_ours"
    kind = ErrorKind.CONFLICT
    hint = "Choose another name with --table, or add to the table with --mode append."


class TableBusy(FileImportError):
    """Another load of the same table is under way."""

    code = "table_busy"
    kind = ErrorKind.CONFLICT
    hint = "Nothing was changed. Load the file again when the other load has ended."


class UploadNotFound(FileImportError):
    """There is no such file here. Uploaded files are kept for a day."""

    code = "upload_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "Choose the file again."


class UploadBusy(FileImportError):
    """The file is being worked on at this moment."""

    code = "upload_busy"
    kind = ErrorKind.CONFLICT
    hint = "Wait until that has ended."


class UploadTooLarge(FileImportError):
    """The file is larger than a page takes."""

    code = "upload_too_large"
    kind = ErrorKind.TOO_LARGE
    hint = "Split it, or load it on the machine that runs One-Click: oneclick load FILE"


class WarehouseLeaving(FileImportError):
    """The warehouse is being deleted."""

    code = "warehouse_being_deleted"
    kind = ErrorKind.CONFLICT
    hint = "Load the file into another warehouse: oneclick warehouse list"


class ScratchUnavailable(FileImportError):
    """The disk has no room for what lies between file and warehouse."""

    code = "scratch_unavailable"
    hint = "Nothing was changed. Free space on the disk of ONECLICK_HOME, then load the file again."
