"""The house that tests live in: a real data folder, the whole line, and people who sign in."""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from starlette.testclient import TestClient

from corridor import identify
from corridor.app import create_app
from corridor.ground.access import Actor, ensure_workspace, find_workspace
from corridor.ground.access.keys import create_key
from corridor.ground.access.people import add_person, find_person_by_email
from corridor.ground.settings import Settings
from corridor.ground.store import Store
from corridor.ground.vocabulary import Workspace
from corridor.line import Line

pytest_plugins = ["tests.plugin_rendered_templates", "tests.in_browser"]

PASSWORD = "a long enough password"
TESTER = Actor("test", "Test", "command line")
_DATA = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_FREE = re.compile(r"sqlite_master|sqlite_stat1|alembic_version|sqlite_sequence|^SELECT 1\b")


@event.listens_for(Engine, "before_cursor_execute")
def every_statement_carries_the_workspace(
    _connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: Any
) -> None:
    """Fail a test in which any statement on data does not name the workspace."""
    if _DATA.match(statement) and "workspace_id" not in statement and not _FREE.search(statement):
        raise AssertionError(f"This statement does not carry the workspace:\n{statement}")


@cache
def _migrated() -> Path:
    """A data folder fresh from the migrations, made once a process: houses are copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="corridor-")) / "data"
    Store.open(folder).close()
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    return folder


class House:
    """A data folder with a workspace, its line, and doors to come in by."""

    def __init__(self, folder: Path, workspace_id: str = "main", store: Store | None = None) -> None:
        if store is None and not folder.exists():
            shutil.copytree(_migrated(), folder)
        self.store = store or Store.open(folder)
        self.line = Line(self.store)
        with self.store.database.write() as connection:
            ensure_workspace(connection, workspace_id)

        self.workspace_id = workspace_id
        self.app = create_app(self.store, Settings(data=folder))
        self._clients: list[TestClient] = []

    @property
    def workspace(self) -> Workspace:
        with self.store.database.read() as connection:
            found = find_workspace(connection, self.workspace_id)
        assert found is not None
        return found

    def read(self) -> AbstractContextManager[Connection]:
        return self.store.database.read()

    def write(self) -> AbstractContextManager[Connection]:
        return self.store.database.write()

    def send(self, *events: dict[str, Any], source: str = "test") -> None:
        """Accept Segment-shaped events and walk the whole line until it is quiet."""
        if events:
            body = json.dumps({"batch": list(events)}).encode()
            self.store.journal.append(self.workspace_id, source, "batch", body, len(events))
        self.walk()

    def walk(self) -> None:
        """Walk the line until it is quiet."""
        self.line.walk_until_quiet()

    def tick(self, moment: int | None = None) -> None:
        """Let time pass, then walk what came of it."""
        self.line.tick(moment)
        self.walk()

    def customer(self, user_id: str) -> str:
        """Return the id of the customer with this user id."""
        with self.read() as connection:
            return self.customer_in(connection, user_id)

    def customer_in(self, connection: Connection, user_id: str) -> str:
        """Return the id of the customer with this user id, as this connection sees it."""
        node = identify.find(connection, self.workspace_id, "user_id", user_id)
        assert node is not None, f"no customer with user id {user_id}"
        return node.customer_id

    def write_key(self) -> str:
        """Return a new write key."""
        with self.write() as connection:
            return create_key(connection, self.workspace_id, "write", TESTER, name="website")[1]

    def secret_key(self) -> str:
        """Return a new secret key."""
        with self.write() as connection:
            return create_key(connection, self.workspace_id, "secret", TESTER)[1]

    @property
    def client(self) -> TestClient:
        """A browser signed in as an administrator, English."""
        return self.sign_in()

    def sign_in(self, role: str = "admin", language: str = "en", name: str = "Sara Amini") -> TestClient:
        """Return a browser in which a person of this role has signed in; forms' CSRF token is sent by itself."""
        email = f"{role}.{language}.{re.sub('[^a-z]', '', name.lower())}@example.com"
        with self.write() as connection:
            if find_person_by_email(connection, self.workspace_id, email) is None:
                add_person(connection, self.workspace_id, email, role, PASSWORD, TESTER, name=name, language=language)
        browser = self.visitor()
        answer = browser.post(
            "/sign-in", data={"email": email, "password": PASSWORD, "workspace": self.workspace_id}, follow_redirects=False
        )
        assert answer.status_code == 303, answer.text
        found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/listen").text)
        assert found, "a signed-in page carries the form token"
        browser.headers["X-CSRF-Token"] = found.group(1)
        return browser

    def visitor(self) -> TestClient:
        """Return a browser in which nobody has signed in."""
        browser = TestClient(self.app, base_url="https://testserver", raise_server_exceptions=True)
        self._clients.append(browser)
        return browser

    def api(self) -> TestClient:
        """Return a program that holds a secret key."""
        program = self.visitor()
        program.headers["Authorization"] = f"Bearer {self.secret_key()}"
        return program

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A fresh house with one workspace, `main`."""
    made = House(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def other_workspace(house: House) -> House:
    """A second workspace in the same data folder."""
    return House(house.store.folder, "other", store=house.store)


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[str], House]]:
    """Make houses by name."""
    made: list[House] = []

    def make(name: str) -> House:
        made.append(House(tmp_path / name))
        return made[-1]

    yield make
    for one in made:
        one.close()
