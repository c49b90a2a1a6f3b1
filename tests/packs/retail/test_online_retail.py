"""The invoice lines of Online Retail, imported, against an independent computation straight on the CSV file."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.packs.retail.conftest import Shop


@pytest.fixture(scope="module")
def lines(online_retail: Shop) -> pd.DataFrame:
    """The lines that are sales or returns: no notes about stock, no bad debt, each once."""
    (file,) = online_retail.tables.glob("transactions.csv*")
    table = pd.read_csv(file, dtype={"InvoiceNo": str, "StockCode": str, "CustomerID": str})
    notes = table["CustomerID"].isna() & (table["UnitPrice"] <= 0)
    table = table[~notes & ~table["InvoiceNo"].str.startswith("A")].drop_duplicates()
    return table.assign(amount=(table["Quantity"] * table["UnitPrice"]).round(6))


def test_every_invoice_is_an_order_or_a_refund(online_retail: Shop, lines: pd.DataFrame) -> None:
    """One event for each invoice, to the penny: what was billed, and what was given back."""
    totals = lines.groupby("InvoiceNo")["amount"].sum().round(4)
    with online_retail.house.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT kind, count(*), sum(amount) FROM revenue WHERE workspace_id = 'main' AND currency = 'GBP' GROUP BY kind"
        ).all()
    found = {kind: (count, amount) for kind, count, amount in rows}
    billed, refunded = totals[totals >= 0], totals[totals < 0]
    assert found["billed"] == (len(billed), (billed * 100).round().astype(int).sum())
    assert found["refunded"] == (len(refunded), (refunded * 100).round().astype(int).sum())


def test_guests_stay_guests(online_retail: Shop, lines: pd.DataFrame) -> None:
    """An invoice that names no customer is a guest of its own; those that name one are that customer's."""
    named = lines.dropna(subset=["CustomerID"])
    guests = lines[lines["CustomerID"].isna()]["InvoiceNo"].nunique()
    with online_retail.house.read() as connection:
        customers = connection.exec_driver_sql("SELECT count(*) FROM profiles WHERE workspace_id = 'main'").scalar()
    assert customers == named["CustomerID"].nunique() + guests


def test_countries_are_segments(online_retail: Shop, lines: pd.DataFrame) -> None:
    """A customer is in the segment of the country of their latest invoice."""
    named = lines.dropna(subset=["CustomerID"])
    latest = named.sort_values("InvoiceDate", kind="stable").groupby("CustomerID")["Country"].last().value_counts()
    items = online_retail.house.api().get("/api/v1/segments", params={"limit": 200}).json()["items"]
    sizes = {item["key"]: item["size"] for item in items}
    assert {f"country:{country}": count for country, count in latest.items()} == {
        key: size for key, size in sizes.items() if key.startswith("country:")
    }


def test_lines_that_are_no_sale_stand_aside(online_retail: Shop) -> None:
    """Repeated lines, notes about stock and bad debt are counted and shown, not silently dropped."""
    (file,) = online_retail.tables.glob("transactions.csv*")
    table = pd.read_csv(file, dtype=str)
    price = table["UnitPrice"].astype(float)
    notes = (table["CustomerID"].isna() & (price <= 0)) | table["InvoiceNo"].str.startswith("A")
    assert online_retail.done.reasons == {"set_aside": notes.sum(), "repeated_row": table[~notes].duplicated().sum()}
