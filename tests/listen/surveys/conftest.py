"""A house that asks about its deliveries, and pens to answer with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from corridor.listen.surveys import Survey, add_survey, public, publish
from tests.conftest import House


@dataclass
class Asking:
    """A house with an open survey at the touchpoint delivery."""

    house: House
    survey: Survey

    @property
    def path(self) -> str:
        return f"/s/{self.survey.slug}"

    def answer(self, browser: TestClient, *answers: str, carried: str = "") -> Response:
        """Answer the questions one after the other, as a browser without JavaScript does; returns the last page."""
        page = browser.get(f"{self.path}?{carried}")
        for given in answers:
            page = self.post(browser, page, {"skip": "1"} if given == "-" else {"answer": given})
        return page

    def post(self, browser: TestClient, page: Response, given: dict[str, str]) -> Response:
        """Send the form of a page, with its hidden fields."""
        return browser.post(self.path, data=hidden(page) | given, follow_redirects=True)

    def rows(self, table: str) -> list[dict[str, Any]]:
        from sqlalchemy import text

        with self.house.read() as connection:
            query = text(f"SELECT * FROM {table} WHERE workspace_id = :id")
            return [dict(row) for row in connection.execute(query, {"id": self.house.workspace_id}).mappings()]


def hidden(page: Response) -> dict[str, str]:
    """Return the hidden fields of the survey's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


@pytest.fixture
def asking(house: House) -> Asking:
    """A house that asks anyone about its deliveries, on a scale of 1 to 5."""
    with house.write() as connection:
        made = add_survey(connection, house.workspace_id, title="Delivery", touchpoint="delivery", slug="delivery", by="Sara")
        made = publish(connection, house.workspace_id, made.id, "Sara")
    return Asking(house, made)


@pytest.fixture(autouse=True)
def calm_network() -> None:
    """Nobody has answered in the last minute."""
    public.pace._done.clear()
