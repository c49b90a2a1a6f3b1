"""What people do with a case: assign, note, move on, close, reopen. Each deed stands in its history and becomes an event.

A caller who has seen the case sends its `version`; if a colleague was faster, nothing is changed and `CaseChanged` says so.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, insert, update

from corridor.act import history
from corridor.act.cases import find_case
from corridor.act.causes import OTHER, causes
from corridor.act.facts import SEVERITIES, STATES, Case, Doer, Note, Severity
from corridor.act.plans import find_plan
from corridor.act.route import desk, due_at
from corridor.act.tables import case_notes
from corridor.act.tables import cases as table
from corridor.ground.access import get_person
from corridor.ground.access.facts import WORKS
from corridor.ground.problems import Conflict, Invalid
from corridor.ground.ui import N_
from corridor.ground.vocabulary import Microseconds, new_id, now

LONGEST = 10_000


class CaseChanged(Conflict):
    """A colleague changed the case meanwhile: `case` is how it stands now."""

    def __init__(self, case: Case) -> None:
        super().__init__(
            N_("A colleague changed this case while you were working on it. Nothing was saved yet: compare, and send again."),
            code="changed",
        )
        self.case = case

    def as_dict(self) -> dict[str, Any]:
        """Return the problem document, with the state that the caller has not seen."""
        current = asdict(self.case)
        return {
            **super().as_dict(),
            "current": {name: current[name] for name in ("version", "state", "assignee_id", "root_cause", "resolution")},
        }


def assign(
    connection: Connection,
    workspace_id: str,
    case_id: str,
    person_id: str | None,
    by: Doer,
    *,
    version: int | None = None,
    why: str = "",
) -> Case:
    """Give a case to a person, or to nobody.

    Raises:
        CaseChanged: a colleague was faster.
        Invalid: the person does not work on cases.
        NotFound: there is no such case or person here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    _check_open(before)
    if person_id:
        person = get_person(connection, workspace_id, person_id)
        if person.disabled_at is not None or person.role not in WORKS:
            raise Invalid(
                f"{person.name} does not work on cases. Choose somebody else.", code="bad_assignee", field="assignee_id"
            )
    if (person_id or None) == before.assignee_id:
        return before
    case = _change(
        connection,
        workspace_id,
        before,
        "assigned",
        by,
        before.assignee_id or "",
        person_id or "",
        why,
        assignee_id=person_id or None,
    )
    history.tell(connection, workspace_id, "Case Assigned", case, now(), assignee=case.assignee_id, by=by.id)
    return case


def hand_over(
    connection: Connection, workspace_id: str, case_id: str, role: str, by: Doer, *, version: int | None = None, why: str = ""
) -> Case:
    """Give a case to another role; its person with the fewest open cases gets it.

    Raises:
        CaseChanged: a colleague was faster.
        Invalid: the role does not work on cases.
        NotFound: there is no such case here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    _check_open(before)
    _check_choice("owner", role, sorted(WORKS))
    if role == before.owner:
        return before
    person = desk(connection, workspace_id).seat(role)
    case = _change(connection, workspace_id, before, "owner", by, before.owner, role, why, owner=role, assignee_id=person)
    history.tell(connection, workspace_id, "Case Assigned", case, now(), assignee=person, by=by.id)
    return case


def add_note(
    connection: Connection, workspace_id: str, case_id: str, text: str, by: Doer, *, moment: Microseconds | None = None
) -> Note:
    """Write a note on a case; notes are added, so nobody's are in anybody's way.

    Raises:
        Invalid: the note is empty or too long.
        NotFound: there is no such case here.
    """
    at = now() if moment is None else moment
    case = find_case(connection, workspace_id, case_id)
    if not text.strip() or len(text) > LONGEST:
        raise Invalid(N_("Write something in the note: 1 to 10,000 characters."), code="bad_note", field="text")
    note = Note(id=new_id(), case_id=case.id, by=by.id, at=at, text=text.strip())
    connection.execute(insert(case_notes).values(workspace_id=workspace_id, **asdict(note)))
    history.tell(connection, workspace_id, "Case Noted", case, at, by=by.id)
    return note


def move_on(
    connection: Connection, workspace_id: str, case_id: str, state: str, by: Doer, *, version: int | None = None, why: str = ""
) -> Case:
    """Say where an open case stands. Its clock rests while it waits for the customer.

    Raises:
        CaseChanged: a colleague was faster.
        Conflict: the case is closed.
        Invalid: no such state, or `closed`, which `close` does.
        NotFound: there is no such case here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    _check_choice("state", state, STATES[:-1])
    _check_open(before)
    if state == before.state:
        return before
    at = now()
    clock: dict[str, Any] = {}
    if state == "waiting":
        clock = {"waiting_since": at}
    elif before.waiting_since is not None:
        clock = {"waiting_since": None, "due_at": before.due_at + max(0, at - before.waiting_since)}
    return _change(connection, workspace_id, before, "state", by, before.state, state, why, state=state, **clock)


def set_due(
    connection: Connection,
    workspace_id: str,
    case_id: str,
    due: Microseconds,
    by: Doer,
    *,
    version: int | None = None,
    why: str = "",
) -> Case:
    """Set another deadline; escalation begins anew from it.

    Raises:
        CaseChanged: a colleague was faster.
        Conflict: the case is closed.
        Invalid: the deadline lies before the case was opened.
        NotFound: there is no such case here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    _check_open(before)
    if due <= before.opened_at:
        raise Invalid(N_("The deadline lies before the case was opened."), code="bad_due", field="due_at")
    if due == before.due_at:
        return before
    escalation = 0 if due > now() else before.escalation
    return _change(
        connection, workspace_id, before, "due", by, str(before.due_at), str(due), why, due_at=due, escalation=escalation
    )


def set_severity(
    connection: Connection, workspace_id: str, case_id: str, severity: Severity, by: Doer, *, version: int | None = None
) -> Case:
    """Say how pressing a case is; its deadline follows.

    Raises:
        CaseChanged: a colleague was faster.
        Conflict: the case is closed.
        Invalid: no such severity.
        NotFound: there is no such case here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    _check_open(before)
    _check_choice("severity", severity, SEVERITIES)
    if severity == before.severity:
        return before
    due = due_at(severity, before.opened_at)
    return _change(connection, workspace_id, before, "severity", by, before.severity, severity, severity=severity, due_at=due)


def attach(
    connection: Connection, workspace_id: str, case_id: str, plan_id: str | None, by: Doer, *, version: int | None = None
) -> Case:
    """Put a case with the plan that changes its cause, or take it off.

    Raises:
        CaseChanged: a colleague was faster.
        NotFound: there is no such case or plan here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    if plan_id:
        find_plan(connection, workspace_id, plan_id)
    if (plan_id or None) == before.plan_id:
        return before
    return _change(connection, workspace_id, before, "plan", by, before.plan_id or "", plan_id or "", plan_id=plan_id or None)


def close(
    connection: Connection,
    workspace_id: str,
    case_id: str,
    by: Doer,
    *,
    root_cause: str,
    resolution: str,
    root_cause_words: str = "",
    version: int | None = None,
) -> Case:
    """Close a case, saying why the trouble came to be and what was done.

    Raises:
        CaseChanged: a colleague was faster.
        Conflict: it is closed already.
        Invalid: the root cause or what was done is missing.
        NotFound: there is no such case here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    _check_open(before)
    known = {cause.key for cause in causes(connection, workspace_id) if not cause.retired}
    if not root_cause:
        raise Invalid(
            N_("Choose the root cause: without it nobody can keep this from happening again."),
            code="root_cause_missing",
            field="root_cause",
        )
    if root_cause not in known:
        raise Invalid(f"{root_cause!r} is not on the list of root causes.", code="bad_root_cause", field="root_cause")
    if root_cause == OTHER and not root_cause_words.strip():
        raise Invalid(N_("Say in your own words what the root cause was."), code="root_cause_missing", field="root_cause_words")
    if not resolution.strip():
        raise Invalid(
            N_("Say what was done for the customer before you close the case."), code="resolution_missing", field="resolution"
        )
    if max(len(resolution), len(root_cause_words)) > LONGEST:
        raise Invalid(
            N_("That is more than 10,000 characters. Put the long part into a note."), code="too_long", field="resolution"
        )
    at = now()
    case = _change(
        connection, workspace_id, before, "closed", by, before.state, "closed", resolution.strip(),
        state="closed", root_cause=root_cause, root_cause_words=root_cause_words.strip(), resolution=resolution.strip(),
        closed_at=at, closed_by=by.id, waiting_since=None,
    )  # fmt: skip
    told = {
        "root_cause": root_cause,
        "resolution": case.resolution,
        "by": by.id,
        "open_for_s": (at - case.opened_at) // 1_000_000,
    }
    history.tell(connection, workspace_id, "Case Closed", case, at, **told)
    return case


def reopen(connection: Connection, workspace_id: str, case_id: str, why: str, by: Doer, *, version: int | None = None) -> Case:
    """Open a closed case again, with the reason; its deadline begins anew.

    Raises:
        CaseChanged: a colleague was faster.
        Conflict: it is not closed.
        Invalid: the reason is missing.
        NotFound: there is no such case here.
    """
    before = check_seen(connection, workspace_id, case_id, version)
    if before.state != "closed":
        raise Conflict(N_("This case is open already."), code="open_already")
    if not why.strip() or len(why) > LONGEST:
        raise Invalid(N_("Say why the case has to be opened again."), code="reason_missing", field="why")
    at = now()
    case = _change(
        connection, workspace_id, before, "reopened", by, "closed", "open", why.strip(),
        state="open", closed_at=None, closed_by=None, escalation=0, reopened=before.reopened + 1, due_at=due_at(before.severity, at),
    )  # fmt: skip
    history.tell(connection, workspace_id, "Case Reopened", case, at, why=why.strip(), by=by.id)
    return case


def check_seen(connection: Connection, workspace_id: str, case_id: str, version: int | None) -> Case:
    """Return the case, if it still is as the caller saw it.

    Raises:
        CaseChanged: a colleague changed it meanwhile.
        NotFound: there is no such case here.
    """
    case = find_case(connection, workspace_id, case_id)
    if version is not None and version != case.version:
        raise CaseChanged(case)
    return case


def _check_open(case: Case) -> None:
    if case.state == "closed":
        raise Conflict(N_("This case is closed. Open it again first."), code="closed")


def _check_choice(field: str, value: str, choices: Any) -> None:
    if value not in choices:
        raise Invalid(f"{value!r} cannot be the {field}. Use one of: {', '.join(choices)}.", code=f"bad_{field}", field=field)


def _change(
    connection: Connection,
    workspace_id: str,
    before: Case,
    kind: str,
    by: Doer,
    was: str,
    becomes: str,
    why: str = "",
    **values: Any,
) -> Case:
    case = replace(before, version=before.version + 1, **values)
    here = (table.c.workspace_id == workspace_id, table.c.id == case.id)
    connection.execute(update(table).where(*here).values(version=case.version, **values))
    history.keep(connection, workspace_id, [history.move(case, kind, now(), by=by.id, before=was, after=becomes, why=why)])
    return case
