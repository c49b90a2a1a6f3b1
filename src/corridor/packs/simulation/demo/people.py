"""Who works at Lantern & Loom and can sign in to the demo. They are made up, like everybody here."""

from __future__ import annotations

from dataclasses import dataclass

from corridor.ground.access import Actor
from corridor.ground.access.people import add_person, find_person_by_email
from corridor.ground.store import Store

PASSWORD = "lantern-loom-demo"  # noqa: S105  # printed by the command; the demo is nobody's secret
HOUSE = "lanternloom.example"
BUILDER = Actor("demo", "Demo", "command line")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the shop. `shown` are those whom the demo names to sign in with."""

    first: str
    name: str
    role: str
    language: str = "en"
    shown: bool = False

    @property
    def email(self) -> str:
        """Return the address to sign in with."""
        return f"{self.first}@{HOUSE}"


COLLEAGUES = (
    Colleague("sara", "Sara Amini", "admin", shown=True),
    Colleague("thomas", "Thomas Overton", "executive", shown=True),
    Colleague("nadia", "Nadia Visser", "manager", shown=True),
    Colleague("lotte", "Lotte Bakker", "agent", shown=True),
    Colleague("kaveh", "کاوه رستمی", "agent", "fa", shown=True),
    Colleague("mina", "مینا فروغی", "agent", "fa"),
    Colleague("gijs", "Gijs Timmer", "agent"),
    Colleague("pien", "Pien Marsh", "agent"),
    Colleague("jonas", "Jonas Keller", "operations", shown=True),
    Colleague("beth", "Beth Quist", "operations"),
    Colleague("femke", "Femke Linden", "product"),
    Colleague("iris", "Iris Groen", "marketing"),
    Colleague("bram", "Bram Waters", "account", shown=True),
    Colleague("daan", "Daan Hoek", "it"),
    Colleague("yara", "Yara Noble", "hr"),
    Colleague("roya", "رویا کیانی", "analyst", "fa", shown=True),
)


def add_colleagues(store: Store, workspace_id: str) -> None:
    """Let everybody sign in who cannot yet."""
    for colleague in COLLEAGUES:
        with store.database.read() as connection:
            known = find_person_by_email(connection, workspace_id, colleague.email)
        if known is None:
            with store.database.write() as connection:
                add_person(
                    connection, workspace_id, colleague.email, colleague.role, PASSWORD, BUILDER,
                    name=colleague.name, language=colleague.language,
                )  # fmt: skip


def ids_of_colleagues(store: Store, workspace_id: str) -> dict[str, str]:
    """Return the ids of the colleagues by their first names."""
    found = {}
    with store.database.read() as connection:
        for colleague in COLLEAGUES:
            person = find_person_by_email(connection, workspace_id, colleague.email)
            if person is not None:
                found[colleague.first] = person.id
    return found
