"""The sample spreadsheet: what the shop means to sell, month by month and country by country."""

from datetime import date
from pathlib import Path

FILE_NAME = "Budget 2025.xlsx"
COUNTRIES = ("DE", "FR", "US", "GB", "NL")
MONTHS = 12
ROWS = MONTHS * len(COUNTRIES)


def write_budget(folder: Path) -> Path:
    """Write the workbook into `folder` and return its path: one sheet, a header and `ROWS` rows."""
    import xlsxwriter

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE_NAME
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Budget")
        day, money = book.add_format({"num_format": "mmm yyyy"}), book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, ["Month", "Country", "Planned sales"], book.add_format({"bold": True}))
        planned = [(month, country) for month in range(1, MONTHS + 1) for country in COUNTRIES]
        for row, (month, country) in enumerate(planned, start=1):
            sheet.write_datetime(row, 0, date(2025, month, 1), day)
            sheet.write_string(row, 1, country)
            sheet.write_number(row, 2, 40_000 + row * 7919 % 25_000, money)
    return path
