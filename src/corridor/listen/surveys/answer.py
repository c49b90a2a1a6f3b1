"""Answers: kept as they are given, and told to the line as events when they are complete or were left half-way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, text

from corridor import collect
from corridor.ground.access.secrets import hashed, new_token
from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import SECOND, Microseconds, Workspace, new_id, now
from corridor.listen.surveys import forms
from corridor.listen.surveys.define import survey, version
from corridor.listen.surveys.facts import Answer, Form, Invitation, Question, Survey
from corridor.listen.surveys.invite import find_invitation, use
from corridor.listen.surveys.tables import survey_answers as table

PATIENCE = 60 * 60 * SECOND
"""An answer that nobody has gone on with for this long counts as left half-way."""

MILLISECOND = 1_000

SAVE = text("""
    UPDATE survey_answers SET answers = :answers, language = :language, state = :state, updated_at = :updated_at,
           completed_at = :completed_at
    WHERE workspace_id = :workspace AND id = :id AND state = 'started'""")

LEFT = text("""
    SELECT * FROM survey_answers
    WHERE workspace_id = :workspace AND state = 'started' AND updated_at <= :before ORDER BY updated_at LIMIT 200""")

NODE_OF_INVITATION = text("SELECT node_id FROM invitations WHERE workspace_id = :workspace AND id = :id")


def begin(
    connection: Connection,
    workspace_id: str,
    asked: Survey,
    *,
    invitation: Invitation | None,
    anonymous_id: str | None,
    language: str,
    channel: str,
) -> tuple[Answer, str]:
    """Begin an answer; returns it with the token by which the same browser goes on with it."""
    moment, token = now(), new_token()
    begun = Answer(
        id=new_id(),
        survey_id=asked.id,
        version=asked.version,
        invitation_id=invitation.id if invitation else None,
        anonymous_id=None if invitation else anonymous_id,
        language=language,
        channel=channel,
        state="started",
        answers={},
        started_at=moment,
        updated_at=moment,
    )
    values = {name: getattr(begun, name) for name in Answer.__dataclass_fields__} | {"answers": "{}"}
    connection.execute(table.insert().values(workspace_id=workspace_id, token_hash=hashed(token), **values))
    return begun, token


def going_on(
    connection: Connection, workspace_id: str, survey_id: str, *, token: str = "", invitation_id: str | None = None
) -> Answer | None:
    """Return the answer that was begun under this token, or by this invitation on whatever device, and is not finished."""
    t = table.c
    query = select(table).where(t.workspace_id == workspace_id, t.survey_id == survey_id, t.state == "started")
    if invitation_id is not None:
        query = query.where(t.invitation_id == invitation_id)
    elif token and len(token) <= 100:
        query = query.where(t.token_hash == hashed(token), t.invitation_id.is_(None))
    else:
        return None
    row = connection.execute(query.order_by(t.started_at.desc()).limit(1)).first()
    return _answer(row) if row else None


def read_answer(question: Question, given: str) -> int | str | None:
    """Return what was answered to a question; None if it was left out.

    Raises:
        Invalid: an answer is needed, is not on the scale, or is too long. Its code says which; the page words it.
    """
    given = "".join(
        letter for letter in given if letter in "\n\t" or (ord(letter) >= 32 and not 0x7F <= ord(letter) < 0xA0)
    ).strip()
    if not given:
        if question.required:
            raise Invalid("This question needs an answer.", code="answer_needed", field=question.asks)
        return None
    if question.asks == "why":
        if len(given) > forms.LONGEST_WORDS:
            raise Invalid(f"An answer has up to {forms.LONGEST_WORDS:,} characters.", code="too_long", field=question.asks)
        return given
    if not given.isdecimal() or len(given) > 3 or int(given) not in question.values:
        raise Invalid("This is not on the scale.", code="off_scale", field=question.asks)
    return int(given)


def keep(connection: Connection, workspace_id: str, answer: Answer, asks: str, given: int | str | None, language: str) -> Answer:
    """Keep the answer to one question as it is given; an earlier one to the same question is replaced."""
    answers = {key: value for key, value in answer.answers.items() if key != asks}
    if given is not None:
        answers[asks] = given
    kept = replace(answer, answers=answers, language=language, updated_at=now())
    _save(connection, workspace_id, kept)
    return kept


def complete(connection: Connection, workspace_id: str, asked: Survey, answer: Answer) -> None:
    """Finish an answer: nothing can be changed any more, the invitation is used, and the line is told."""
    moment = now()
    form = version(connection, workspace_id, asked.id, answer.version).form
    done = replace(answer, state="complete", updated_at=moment, completed_at=moment)
    if not _save(connection, workspace_id, done):
        return
    if answer.invitation_id is not None:
        use(connection, workspace_id, answer.invitation_id)
    _tell(connection, workspace_id, asked, form, done, moment)


def settle_partial(workspace: Workspace, connection: Connection, moment: Microseconds) -> None:
    """Tell the line of answers that were left half-way; a tick of the line. They are marked as partial."""
    rows = connection.execute(LEFT, {"workspace": workspace.id, "before": moment - PATIENCE}).all()
    for left in map(_answer, rows):
        asked = survey(connection, workspace.id, left.survey_id)
        form = version(connection, workspace.id, left.survey_id, left.version).form
        if left.invitation_id is not None and left.answers:
            use(connection, workspace.id, left.invitation_id)
        _save(connection, workspace.id, replace(left, state="partial"))
        if left.answers:
            _tell(connection, workspace.id, asked, form, left, left.updated_at)


def ask_person(
    connection: Connection, workspace_id: str, asked: Survey, words: str, reach: str, *, token: str, anonymous_id: str
) -> None:
    """Record that a customer wants a person: a message for the desk, with where to answer. What they claim links no identities."""
    invitation = find_invitation(connection, workspace_id, asked.id, token)
    collect.record(
        connection,
        workspace_id,
        "Message Received",
        node=invitation.node_id if invitation else None,
        anonymous_id=None if invitation else anonymous_id,
        properties={"text": f"{words}\n\n→ {reach}", "subject": asked.title, "survey_id": asked.id, "reach": reach},
        channel="messaging",
    )


def _save(connection: Connection, workspace_id: str, answer: Answer) -> bool:
    saved = connection.execute(
        SAVE,
        {
            "workspace": workspace_id,
            "id": answer.id,
            "answers": json.dumps(answer.answers, ensure_ascii=False),
            "language": answer.language,
            "state": answer.state,
            "updated_at": answer.updated_at,
            "completed_at": answer.completed_at,
        },
    )
    return bool(saved.rowcount)


def _tell(connection: Connection, workspace_id: str, asked: Survey, form: Form, answer: Answer, moment: Microseconds) -> None:
    """Record the answer as events: what was expected, how it was with the words, and that the survey was answered."""
    node = None
    if answer.invitation_id is not None:
        node = connection.execute(NODE_OF_INVITATION, {"workspace": workspace_id, "id": answer.invitation_id}).scalar()
    why = answer.answers.get("why")
    about: dict[str, Any] = {"survey_id": asked.id, "answer_id": answer.id, "pattern": asked.pattern, "language": answer.language}
    if asked.touchpoint:
        about["touchpoint"] = asked.touchpoint
    told: list[tuple[str, str, dict[str, Any]]] = []
    for question in form.questions:
        value = answer.answers.get(question.asks)
        if question.asks == "why" or value is None:
            continue
        scale = {"value": value, "lowest": question.lowest, "highest": question.highest}
        if question.asks == "expectation":
            told.append(("Expectation Stated", "expectation", about | scale))
        else:
            instrument = "csat" if (question.lowest, question.highest) == (1, 5) else "rating"
            told.append(
                ("Experience Rated", "experience", about | scale | {"instrument": instrument} | ({"text": why} if why else {}))
            )
    rated = any(name == "Experience Rated" for name, _, _ in told)
    summary = {
        "survey": asked.title,
        "version": answer.version,
        "complete": answer.state == "complete",
        "questions": len(form.questions),
        "answered": len(answer.answers),
        # Words without a rating would be heard nowhere else.
        **({"text": why} if why and not rated else {}),
    }
    told.append(("Survey Answered", "answered", about | summary))
    for place, (name, kind, properties) in enumerate(told):
        collect.record(
            connection,
            workspace_id,
            name,
            node=node,
            anonymous_id=None if node is not None else answer.anonymous_id,
            properties=properties,
            # A millisecond apart, so that the expectation comes before the experience wherever events are put in order.
            at=moment + place * MILLISECOND,
            channel=answer.channel,
            message_id=f"{answer.id}-{kind}",
        )


def _answer(row: Any) -> Answer:
    values: dict[str, Any] = {name: getattr(row, name) for name in Answer.__dataclass_fields__}
    return Answer(**values | {"answers": json.loads(row.answers)})
