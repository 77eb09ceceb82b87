"""What people type to look at data."""

from collections.abc import Sequence
from typing import Any

from django import forms

from oneclick.queries.guard import MAX_LENGTH
from oneclick.queries.tables import LONGEST_TEXT, Narrowing
from oneclick.warehouses.models import Warehouse


class SqlForm(forms.Form):
    """A query and where to run it; `warehouses` are those that can answer."""

    warehouse = forms.ChoiceField(
        label="Warehouse", error_messages={"invalid_choice": "Choose a warehouse that is ready."}
    )
    sql = forms.CharField(
        label="Query",
        strip=False,
        max_length=MAX_LENGTH,
        help_text="One SELECT, DESCRIBE, SUMMARIZE or SHOW ALL TABLES. It can read, and changes nothing.",
        widget=forms.Textarea(
            attrs={
                "rows": 8, "class": "sql-text", "placeholder": "SHOW ALL TABLES", "spellcheck": "false",
                "autocapitalize": "none", "autocomplete": "off", "data-sql": "", "dir": "ltr",
            }
        ),
        error_messages={"required": "Write a query first, such as SHOW ALL TABLES."},
    )  # fmt: skip

    use_required_attribute = False

    def __init__(self, *args: Any, warehouses: Sequence[Warehouse], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].choices = [(str(each.id), each.name) for each in warehouses]  # type: ignore[attr-defined] # it is a ChoiceField

    def clean_sql(self) -> str:
        """As it was typed: browsers send each end of a line as two characters."""
        text = str(self.cleaned_data["sql"]).replace("\r\n", "\n")
        if not text.strip():
            raise forms.ValidationError(self.fields["sql"].error_messages["required"])
        return text


class RowsForm(forms.Form):
    """Which rows of a table are wanted."""

    q = forms.CharField(required=False, max_length=LONGEST_TEXT, label="Text in a row")
    column = forms.ChoiceField(required=False, label="In which column")
    match = forms.ChoiceField(required=False, label="How it fits", choices=[("", "contains"), ("whole", "is exactly")])

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["column"].choices = [("", "Any column"), *((name, name) for name in columns)]  # type: ignore[attr-defined] # it is a ChoiceField

    @property
    def narrowing(self) -> Narrowing:
        """What was asked for; every row where it makes no sense."""
        if not self.is_valid():
            return Narrowing()
        asked = self.cleaned_data
        return Narrowing(text=asked["q"], column=asked["column"], is_whole=asked["match"] == "whole")
