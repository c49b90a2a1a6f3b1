"""A shop at work, served: a simulated year of 300 customers, colleagues in English and Persian, cases, talks, plans, an import."""

from __future__ import annotations

import json
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
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop, made once for all tests of a process; each test works on things of its own."""
    need_a_browser()
    data = tmp_path_factory.mktemp("shop") / "data"
    command("demo", "--no-serve", "--customers", "300", data=data)
    _add_person(data, ADMINS["fa"], "admin", "نگار صالحی", "fa")
    command("import", str(SAMPLES / "online_retail"), "--mapping", "online_retail", data=data)
    made = Shop(data)
    made.key = command("key", "create", "secret", data=data).splitlines()[-1]
    made.start()
    yield made
    made.stop()


def _add_person(data: Path, email: str, role: str, name: str, language: str) -> None:
    words = [
        "user",
        "add",
        email,
        "--role",
        role,
        "--name",
        name,
        "--language",
        language,
        "--password-stdin",
        "--data",
        str(data),
    ]
    subprocess.run(
        [sys.executable, "-m", "corridor.cli", *words],
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=120,
    )


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
