"""The API of surveys: made, changed, published, answered by invitation, and read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from corridor.ground.access import Configures, Sees, actor, record_action
from corridor.ground.problems import Invalid
from corridor.ground.web import Storage, decode_cursor, encode_cursor
from corridor.listen.narrow import Narrowed
from corridor.listen.surveys import define, shapes
from corridor.listen.surveys.address import base_address
from corridor.listen.surveys.invite import invite
from corridor.listen.surveys.results import answered, results

router = APIRouter(prefix="/api/v1", tags=["listen"])

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/surveys")
def get_surveys(request: Request, caller: Sees, store: Storage) -> shapes.SurveyPage:
    """List the surveys: open ones first, the latest changed first."""
    with store.database.read() as connection:
        found = define.surveys(connection, caller.workspace.id)
    return shapes.SurveyPage(items=[shapes.survey_out(one, base_address(request)) for one in found])


@router.post("/surveys", status_code=201)
def post_survey(request: Request, caller: Configures, store: Storage, body: shapes.SurveyIn) -> shapes.SurveyWhole:
    """Make a survey; with `state` "open" it can be answered at once."""
    with store.database.write() as connection:
        made = define.add_survey(
            connection,
            caller.workspace.id,
            title=body.title,
            touchpoint=body.touchpoint,
            slug=body.slug,
            pattern=body.pattern,
            audience=body.audience,
            contact=body.contact,
            form=shapes.form_of(body.form),
            by=caller.name,
        )
        if body.state == "open":
            made = define.publish(connection, caller.workspace.id, made.id, caller.name)
            record_action(connection, caller.workspace.id, actor(caller, request), "survey published", made.id)
        versions = define.versions(connection, caller.workspace.id, made.id)
    return shapes.survey_whole(made, versions, base_address(request))


@router.get("/surveys/{survey_id}")
def get_survey(request: Request, survey_id: str, caller: Sees, store: Storage) -> shapes.SurveyWhole:
    """Show a survey with all versions of its form."""
    with store.database.read() as connection:
        known = define.survey(connection, caller.workspace.id, survey_id)
        versions = define.versions(connection, caller.workspace.id, survey_id)
    return shapes.survey_whole(known, versions, base_address(request))


@router.patch("/surveys/{survey_id}")
def patch_survey(
    request: Request, survey_id: str, caller: Configures, store: Storage, body: shapes.SurveyChange
) -> shapes.SurveyWhole:
    """Change, publish or close a survey."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"state", "form"})
    missing = [name for name, value in changes.items() if value is None and name != "touchpoint"]
    if missing:
        raise Invalid(f"{missing[0]} cannot be empty. Leave it out to keep what it is.", code="invalid", field=missing[0])
    workspace_id = caller.workspace.id
    with store.database.write() as connection:
        known = define.survey(connection, workspace_id, survey_id)
        if body.form is not None:
            changes["draft"] = shapes.form_of(body.form, known.draft)
        if changes:
            known = define.change_survey(connection, workspace_id, survey_id, **changes)
        if body.state == "open":
            known = define.publish(connection, workspace_id, survey_id, caller.name)
            record_action(connection, workspace_id, actor(caller, request), "survey published", survey_id)
        elif body.state == "closed":
            known = define.close(connection, workspace_id, survey_id)
            record_action(connection, workspace_id, actor(caller, request), "survey closed", survey_id)
        versions = define.versions(connection, workspace_id, survey_id)
    return shapes.survey_whole(known, versions, base_address(request))


@router.post("/surveys/{survey_id}/invitations", status_code=201)
def post_invitations(
    request: Request, survey_id: str, caller: Configures, store: Storage, body: shapes.InvitationsIn
) -> shapes.InvitationsOut:
    """Make a personal, single-use link for each customer. The links are shown this once."""
    with store.database.write() as connection:
        links = invite(connection, caller.workspace.id, survey_id, body.customers, caller.name)
        after = {"customers": len(links)}
        record_action(connection, caller.workspace.id, actor(caller, request), "customers invited", survey_id, after=after)
    base = base_address(request)
    return shapes.InvitationsOut(items=[shapes.InvitationOut(customer_id=customer, url=base + path) for customer, path in links])


@router.get("/surveys/{survey_id}/results")
def get_results(survey_id: str, caller: Sees, store: Storage, narrowed: Narrowed) -> shapes.ResultsOut:
    """Show what a survey found: counts, means with their intervals, distributions."""
    with store.database.read() as connection:
        define.survey(connection, caller.workspace.id, survey_id)
        return shapes.results_out(results(connection, caller.workspace.id, survey_id, narrowed))


@router.get("/surveys/{survey_id}/responses")
def get_survey_responses(
    survey_id: str,
    caller: Sees,
    store: Storage,
    narrowed: Narrowed,
    words: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.AnsweredPage:
    """List the answers of a survey, the latest first; with `words`, those that say something."""
    before = decode_cursor(cursor, int, str)
    with store.database.read() as connection:
        define.survey(connection, caller.workspace.id, survey_id)
        found = answered(
            connection,
            caller.workspace.id,
            survey_id,
            narrowed,
            words_only=words,
            before=(before[0], before[1]) if before else None,
            limit=limit + 1,
        )
    more = encode_cursor(found[limit - 1].at, found[limit - 1].id) if len(found) > limit else None
    return shapes.AnsweredPage(items=[shapes.answered_out(row) for row in found[:limit]], next=more)
