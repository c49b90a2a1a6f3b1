"""Whatever was merged and undone, the state is that of a house in which it never happened."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor import identify, remember
from tests.conftest import House

USERS = [f"user-{number}" for number in range(4)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.sampled_from(USERS), st.integers(1, 3)),
        st.tuples(st.just("merge"), st.sampled_from(USERS), st.sampled_from(USERS)),
        st.tuples(st.just("undo"), st.integers(0, 5), st.just(0)),
    ),
    max_size=10,
)


@given(STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_undoing_every_merge_leaves_what_would_be_without_them(steps: list[tuple[str, object, object]]) -> None:
    """After any merges and undoings, undoing the rest newest first gives each customer exactly their own events again."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "data")
        try:
            sent = dict.fromkeys(USERS, 1)
            house.send(*({"type": "track", "event": "A", "userId": user} for user in USERS))
            standing: list[str] = []
            for kind, one, two in steps:
                if kind == "event":
                    house.send(*({"type": "track", "event": "A", "userId": one} for _ in range(int(two))))  # type: ignore[call-overload]
                    sent[str(one)] += int(two)  # type: ignore[call-overload]
                elif kind == "merge" and house.customer(str(one)) != house.customer(str(two)):
                    with house.write() as connection:
                        done = identify.merge(
                            connection, "main", house.customer_in(connection, str(one)), house.customer_in(connection, str(two)),
                            "a person", "a test",
                        )  # fmt: skip
                    standing.append(done.id)
                elif kind == "undo" and standing:
                    with house.write() as connection:
                        identify.undo(connection, "main", standing.pop(), "a person")
            together = sum(sent.values())
            with house.read() as connection:
                found, _ = remember.profiles(connection, "main")
            assert sum(profile.events for profile in found) == together, "a merge lost or doubled events"
            while standing:
                with house.write() as connection:
                    identify.undo(connection, "main", standing.pop(), "a person")
            with house.read() as connection:
                for user in USERS:
                    profile = remember.profile(connection, "main", house.customer_in(connection, user))
                    assert profile is not None
                    assert profile.events == sent[user]
                    assert profile.identifiers == (("user_id", user),)
        finally:
            house.close()
