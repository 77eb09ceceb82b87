"""What people say about a file: which one it is, how it is read, where its rows go."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.forms import BoundField

from oneclick.pipelines.answers import Answers
from oneclick.pipelines.templates.file_import import naming
from oneclick.pipelines.templates.file_import.detect import FORMAT_OF_ENDING
from oneclick.pipelines.templates.file_import.errors import BadImportOption
from oneclick.pipelines.templates.file_import.styles import EXAMPLES, Dates, Decimal
from oneclick.warehouses.contract.data_plane import LoadMode
from oneclick.web.words import size

MOST_COLUMNS = 60
"""As many are shown, and can be given a type on the page."""

ACCEPTED = ",".join([*FORMAT_OF_ENDING, ".gz"])
TYPE_WORDS: Final[Mapping[str, str]] = {
    "VARCHAR": "text", "BIGINT": "whole number", "DOUBLE": "number", "BOOLEAN": "yes or no", "DATE": "date",
    "TIMESTAMP": "date and time", "TIMESTAMP WITH TIME ZONE": "date and time with zone", "TIME": "time of day",
    "JSON": "nested values",
}  # fmt: skip
TYPE_CHOICES: Final[Mapping[str, str]] = {
    "TEXT": "Text", "BIGINT": "Whole number", "DOUBLE": "Number", "DECIMAL(18,2)": "Amount (2 decimals)",
    "BOOLEAN": "Yes or no", "DATE": "Date", "TIMESTAMP": "Date and time", "TIMESTAMPTZ": "Date and time with zone",
    "TIME": "Time of day",
}  # fmt: skip
DELIMITERS: Final[Mapping[str, str]] = {",": "Comma  ,", ";": "Semicolon  ;", "\t": "Tab", "|": "Bar  |"}
ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8": "Unicode (UTF-8)", "utf-16": "Unicode (UTF-16)", "cp1252": "Western Europe (Windows-1252)",
    "cp1250": "Central Europe (Windows-1250)", "cp1251": "Cyrillic (Windows-1251)", "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)", "shift_jis": "Japanese (Shift JIS)", "gb18030": "Chinese (GB 18030)",
    "mac_roman": "Old Mac (Mac Roman)",
}  # fmt: skip
MODES = (
    (LoadMode.REPLACE.value, "Take their place: the table then holds the rows of this file"),
    (LoadMode.APPEND.value, "Add these rows to them"),
    (LoadMode.MERGE.value, "Update rows that are there already, add the others"),
)
HEADERS: Final[Mapping[str, str]] = {"yes": "In the first row", "no": "There are none"}
READING = ("sheet", "has_header", "decimal", "dates", "delimiter", "encoding")
BRING_TYPES = ("json", "parquet")
FOUND: Final = "As found: {}"
UNCLEAR: Final = "can't be told, please choose"
NO_MATTER: Final = "it doesn't matter here"


class FileForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label="File",
        help_text="Excel, CSV or TSV, OpenDocument, Parquet or JSON lines. Nothing is written before you have seen it.",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED, "class": "control"}),
        error_messages={"required": "Choose a file first.", "empty": "The file is empty.",
                        "invalid": "Choose a file first."},
    )  # fmt: skip

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most_bytes = settings.ENVIRONMENT.upload_mb << 20
        self.fields["file"].help_text += f" At most {size(most_bytes)}."
        self.fields["file"].widget.attrs["data-most-bytes"] = most_bytes


class AnswersForm(forms.Form):
    """What is said about an uploaded file; `found` is its `Preview` as JSON."""

    table = forms.CharField(
        label="Table", max_length=naming.MAX_LENGTH, help_text="Letters, digits and _.",
        error_messages={"required": "Name the table."},
    )  # fmt: skip
    schema = forms.CharField(label="Schema", max_length=naming.MAX_LENGTH, help_text="A group of tables.")
    mode = forms.ChoiceField(
        label="If the table has rows already", choices=MODES, widget=forms.RadioSelect, initial=LoadMode.REPLACE.value
    )
    key = forms.MultipleChoiceField(
        label="What tells rows apart", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="One column or several, such as an order number. Rows without a value there are set aside.",
    )  # fmt: skip
    sheet = forms.ChoiceField(label="Sheet", required=False)
    has_header = forms.ChoiceField(label="Names of the columns", required=False)
    delimiter = forms.ChoiceField(label="Values are apart by", required=False)
    encoding = forms.ChoiceField(label="Letters (encoding)", required=False)
    decimal = forms.ChoiceField(label="Numbers are written like", required=False)
    dates = forms.ChoiceField(label="Dates are written like", required=False)

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, found: Mapping[str, Any], answers: Answers) -> None:
        super().__init__(data, initial=answers.noted() | {"has_header": _header_name(answers.has_header)})
        self.answers = answers
        self.columns: Sequence[Mapping[str, Any]] = found["columns"][:MOST_COLUMNS]
        self._offer(found)
        for number, column in enumerate(self.columns):
            if found["format"] in BRING_TYPES:
                break
            name = f"type_{number}"
            self.fields[name] = forms.ChoiceField(
                label=f"Type of {column['name']}", required=False, choices=_type_choices(column, answers)
            )
            self.initial[name] = answers.types.get(column["name"], "")
            self.fields[name].widget.attrs |= {"aria-label": f"Type of {column['name']}", "class": "control"}

    def _offer(self, found: Mapping[str, Any]) -> None:
        """Choices for what a file of this format can be; fields that make no sense go."""
        said = self.answers
        choices = {"key": [(each["name"], each["name"]) for each in found["columns"]]}
        if found["format"] not in BRING_TYPES:
            choices |= self._styles(found)
        if found["delimiter"]:
            choices["delimiter"] = _choices(DELIMITERS, found["delimiter"], said.delimiter)
        if found["encoding"] and found["format"] != "json":
            choices["encoding"] = _choices(ENCODINGS, found["encoding"], said.encoding)
        if len(found["sheets"]) > 1:
            choices["sheet"] = [(each, each) for each in found["sheets"]]
            self.initial["sheet"] = found["sheet"]
        for name in ("key", *READING):
            if name in choices:
                self.fields[name].choices = choices[name]  # type: ignore[attr-defined] # a ChoiceField
            else:
                del self.fields[name]

    def _styles(self, found: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
        said, styles = self.answers, found["styles"]
        header = HEADERS["yes" if found["has_header"] else "no"]
        unknown = UNCLEAR if any(each["is_ambiguous"] for each in found["columns"]) else NO_MATTER
        numbers, days = ({each.value: EXAMPLES[each] for each in kind} for kind in (Decimal, Dates))
        return {
            "has_header": _choices(HEADERS, header, _header_name(said.has_header)),
            "decimal": _choices(numbers, styles["decimal"] or unknown, said.decimal),
            "dates": _choices(days, styles["dates"] or unknown, said.dates),
        }

    @property
    def reading(self) -> Iterator[BoundField]:
        """The fields about how the file is read."""
        return (self[name] for name in READING if name in self.fields)

    @property
    def shown_columns(self) -> Iterator[tuple[Mapping[str, Any], BoundField | None, str, bool]]:
        """Each column with the field for its type, if it can be chosen, the type in words, whether it is a number."""
        for number, column in enumerate(self.columns):
            name = f"type_{number}"
            field = self[name] if name in self.fields else None
            yield column, field, type_words(column["type"]), is_number(column["type"])

    def shown_rows(self, sample: Sequence[Sequence[str | None]]) -> list[list[tuple[str | None, bool]]]:
        """The cells of as many columns, and whether each is a number."""
        numbers = [is_number(column["type"]) for column in self.columns]
        return [list(zip(row, numbers, strict=False)) for row in sample]

    def clean(self) -> dict[str, Any]:
        """Names that a warehouse takes; a key where rows are merged."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("table", "schema"):
            try:
                naming.checked_name(str(cleaned.get(name, "")) or "x", what=name)
            except BadImportOption as error:
                self.add_error(name, f"{error.message} {error.hint}")
        if cleaned.get("mode") == LoadMode.MERGE.value and not cleaned.get("key"):
            self.add_error("key", "Choose at least one column.")
        return cleaned

    def said(self) -> Answers:
        """What was said, once the form is valid."""
        cleaned = self.cleaned_data
        types = {
            column["name"]: cleaned[f"type_{number}"]
            for number, column in enumerate(self.columns)
            if cleaned.get(f"type_{number}")
        }
        # What the page has no room for was said elsewhere.
        shown = {column["name"] for column in self.columns}
        others = {name: kind for name, kind in self.answers.types.items() if name not in shown}
        sheet = cleaned.get("sheet", "")
        return Answers(
            table=cleaned["table"],
            schema=cleaned["schema"],
            mode=cleaned["mode"],
            key=tuple(cleaned.get("key", ())),
            delimiter=cleaned.get("delimiter", ""),
            has_header={"yes": True, "no": False}.get(cleaned.get("has_header", "")),
            encoding=cleaned.get("encoding", ""),
            sheet=self.answers.sheet if sheet == self.initial.get("sheet") else sheet,
            decimal=cleaned.get("decimal", ""),
            dates=cleaned.get("dates", ""),
            types=others | types,
        )


def is_number(kind: str) -> bool:
    """Whether values of this DuckDB type are numbers."""
    return kind.removeprefix("U").startswith(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE")
    )


def type_words(kind: str) -> str:
    """A DuckDB type as an office manager calls it."""
    return TYPE_WORDS.get(kind, "amount" if kind.startswith("DECIMAL") else kind.lower())


def _type_choices(column: Mapping[str, Any], answers: Answers) -> list[tuple[str, str]]:
    return _choices(TYPE_CHOICES, type_words(column["type"]), answers.types.get(column["name"], ""))


def _choices(known: Mapping[str, str], found: str, said: str) -> list[tuple[str, str]]:
    """What can be chosen, first what was found: while something is said, nobody knows what that would be."""
    first = "As found" if said else FOUND.format(known.get(found, found))
    more = [(said, said)] if said and said not in known else []
    return [("", first), *known.items(), *more]


def _header_name(has_header: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[has_header]
