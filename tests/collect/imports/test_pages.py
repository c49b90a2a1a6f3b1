"""The pages and the API of imports: what ran, what stood aside and why, and how to run one."""

from __future__ import annotations

import pytest

from corridor.collect.imports.pages import SILENT_AFTER
from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import now
from tests.collect.imports.conftest import ORDERS, Shop
from tests.conftest import House


def spoil(shop: Shop) -> None:
    """Give the shop a row with a number that is none, and words that want to be markup."""
    shop.write("orders.csv", ORDERS + "o4,<b>sara</b>,2026-03-01 10:00:00,,2026-03-05,twelve\n")


def test_before_the_first_import_the_page_teaches(house: House) -> None:
    """An empty page says what will stand there and which command fills it, in both languages."""
    english = house.client.get("/sources/imports")
    assert "Nothing was imported yet" in english.text
    assert "corridor import FOLDER --mapping olist" in english.text
    persian = house.sign_in(language="fa").get("/sources/imports")
    assert "هنوز چیزی وارد نشده است" in persian.text
    assert "سفارش، تحویل و نظرهای اولیست" in persian.text


def test_a_run_is_shown_with_its_counts(shop: Shop) -> None:
    """The list leads to the run: its tables, why rows stood aside, and each of them as it is, never as markup."""
    spoil(shop)
    shop.take_in()
    listed = shop.house.client.get("/sources/imports").text
    (run,) = shop.house.api().get("/api/v1/imports").json()["items"]
    assert f'href="/sources/imports/{run["id"]}"' in listed
    page = shop.house.client.get(f"/sources/imports/{run['id']}").text
    assert "orders.csv, line 5: total is &#39;twelve&#39;, which is no number." in page
    assert "o4,&lt;b&gt;sara&lt;/b&gt;,2026-03-01 10:00:00,,2026-03-05,twelve" in page
    assert "not a number" in page
    persian = shop.house.sign_in(language="fa").get(f"/sources/imports/{run['id']}").text
    assert "عدد نیست" in persian


def test_the_api_tells_runs(shop: Shop) -> None:
    """Each run stands with its state, its counts and the rows of each table; lists go on by a cursor."""
    spoil(shop)
    shop.take_in()
    shop.take_in()
    program = shop.house.api()
    first = program.get("/api/v1/imports", params={"limit": 1}).json()
    assert first["items"][0]["unchanged"] == 10
    (before,) = program.get("/api/v1/imports", params={"limit": 1, "cursor": first["next"]}).json()["items"]
    assert {name: before[name] for name in ("mapping", "source", "state", "accepted", "quarantined", "unchanged", "reasons")} == {
        "mapping": "shop",
        "source": "import:shop",
        "state": "done",
        "accepted": 10,
        "quarantined": 1,
        "unchanged": 0,
        "reasons": {"bad_decimal": 1},
    }
    assert {"table": "orders", "files": ["orders.csv"], "rows": 3, "quarantined": 1} in before["tables"]
    assert program.get(f"/api/v1/imports/{before['id']}").json() == before


def test_a_run_that_was_killed_gives_no_sign(shop: Shop) -> None:
    """A run that says it is under way and has been silent for long is shown as what it is."""
    shop.take_in()
    with shop.house.write() as connection:
        connection.exec_driver_sql(
            "UPDATE imports SET state = 'running', updated_at = ? WHERE workspace_id = 'main'", (now() - 2 * SILENT_AFTER,)
        )
    assert "no sign of life" in shop.house.client.get("/sources/imports").text


def test_a_run_that_failed_says_why(shop: Shop) -> None:
    """What stopped a run stands on its page."""
    shop.write("orders.csv", "order_id,customer,bought,arrived,promised,total\n" + "p,mina,never,,,1\n" * 200)
    with pytest.raises(Invalid, match="do not fit the table orders"):
        shop.take_in()
    (run,) = shop.house.api().get("/api/v1/imports").json()["items"]
    assert run["state"] == "failed"
    assert "do not fit the table orders" in shop.house.client.get(f"/sources/imports/{run['id']}").text


def test_runs_of_another_workspace_are_not_there(shop: Shop, other_workspace: House) -> None:
    """A run of another workspace is as absent as one that never was, by page and by API."""
    shop.take_in()
    (run,) = shop.house.api().get("/api/v1/imports").json()["items"]
    assert other_workspace.api().get("/api/v1/imports").json()["items"] == []
    for path in (f"/api/v1/imports/{run['id']}", "/api/v1/imports/nothing"):
        assert other_workspace.api().get(path).status_code == 404
    assert other_workspace.client.get(f"/sources/imports/{run['id']}").status_code == 404
