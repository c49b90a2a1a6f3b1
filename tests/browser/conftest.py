"""A shop at work, served: a simulated year of 300 customers, colleagues in English and Persian, cases, talks, plans, an import."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corridor.packs.simulation.demo.people import PASSWORD
from tests.in_browser import hear_errors, need_a_browser, new_page, sign_in
from tests.journeys.serving import Served, command

SAMPLES = Path(__file__).parents[1] / "data"
ADMINS = {"en": "sara@lanternloom.example", "fa": "negar@lanternloom.example"}
AGENTS = {"en": "lotte@lanternloom.example", "fa": "kaveh@lanternloom.example"}
PATIENCE_TO_MAKE = 400


class Shop(Served):
    """The served shop, and a key to ask its API with."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, CORRIDOR_LOG_LEVEL="warning")
        self.key = ""

    def items(self, path: str) -> list[dict[str, Any]]:
        """List what the API knows."""
        found: list[dict[str, Any]] = self.get(f"/api/v1/{path}", self.key)["items"]
        return found

    def open_case(self, title: str) -> dict[str, Any]:
        """Open a case for the agents about the first customer who has a name."""
        customer = next(one for one in self.items("customers?limit=20") if one["name"])
        body = {"customer_id": customer["id"], "title": title, "touchpoint": "delivery", "owner": "agent"}
        asked = urllib.request.Request(
            f"{self.url}/api/v1/cases",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            opened: dict[str, Any] = json.load(answer)
            return opened


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Shop]:
    """The shop, served for all tests of a process; each test works on things of its own."""
    need_a_browser()
    data = tmp_path_factory.mktemp("shop") / "data"
    if worker_id == "master":
        _make_shop(data)
    else:
        shutil.copytree(_made_once(tmp_path_factory.getbasetemp().parent), data)
    made = Shop(data)
    made.key = command("key", "create", "secret", data=data).splitlines()[-1]
    made.start()
    yield made
    made.stop()


def _made_once(folder: Path) -> Path:
    """Return the shop's data, made by whichever process of a parallel run comes first."""
    with (folder / "shop.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "shop.made").exists():
            shutil.rmtree(folder / "shop", ignore_errors=True)
            _make_shop(folder / "shop")
            (folder / "shop.made").touch()
    return folder / "shop"


def _make_shop(data: Path) -> None:
    _corridor("demo", "--no-serve", "--customers", "300", data=data)
    person = (ADMINS["fa"], "--role", "admin", "--name", "نگار صالحی", "--language", "fa")
    _corridor("user", "add", *person, "--password-stdin", data=data, said=f"{PASSWORD}\n")
    _corridor("import", str(SAMPLES / "online_retail"), "--mapping", "online_retail", data=data)


def _corridor(*words: str, data: Path, said: str = "") -> None:
    command = [sys.executable, "-m", "corridor.cli", *words, "--data", str(data)]
    subprocess.run(command, input=said, text=True, check=True, capture_output=True, timeout=PATIENCE_TO_MAKE)


@pytest.fixture
def page(chromium: Any, shop: Shop) -> Iterator[Any]:
    """A page of nobody in particular; what goes wrong in its scripts fails the test."""
    opened = new_page(chromium)
    wrong = hear_errors(opened)
    yield opened
    opened.context.close()
    assert wrong == []


@pytest.fixture
def agent(page: Any, shop: Shop) -> Any:
    """Lotte, who answers customers, at the desk."""
    sign_in(page, shop.url, AGENTS["en"], PASSWORD)
    return page


@pytest.fixture
def admin(page: Any, shop: Shop) -> Any:
    """Sara, who may do everything, at the desk."""
    sign_in(page, shop.url, ADMINS["en"], PASSWORD)
    return page
