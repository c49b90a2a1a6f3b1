"""The whole flow as named steps, in order. Read this first.

An accepted request waits in the journal; what rooms did waits in the outbox. The line takes both up in batches. A batch walks all
steps in one database transaction, which also keeps how far the journal was read: after a crash the batch walks again, and nothing
is counted twice. Each step puts something on the events, or on the batch, for the steps behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from corridor import act, collect, identify, listen, remember, serve, understand
from corridor.collect.tables import line_progress
from corridor.ground.access import workspaces
from corridor.ground.store import Request, Store, spool
from corridor.ground.vocabulary import Batch, Quarantined, Workspace, now

log = structlog.get_logger()

ANY = "*"
"""The journal serves all workspaces, so how far it was read is kept once, under this name."""


class Memory:
    """What the steps remember of one workspace between batches; thrown away whenever a transaction is undone."""

    def __init__(self, connection: Connection, workspace: Workspace) -> None:
        self.seen = collect.SeenMessages.load(connection, workspace.id)
        self.linker = identify.Linker(connection, workspace.id)
        self.recogniser = collect.Recogniser(collect.touchpoints(connection, workspace.id))
        self.read_at = time.monotonic()

    def refresh(self, connection: Connection, workspace: Workspace) -> None:
        """Read again, at most once a second, what people may have changed."""
        if time.monotonic() - self.read_at > 1.0:
            self.recogniser = collect.Recogniser(collect.touchpoints(connection, workspace.id))
            self.read_at = time.monotonic()


Step = Callable[[Batch, Connection, Memory], None]


def deduplicate(batch: Batch, connection: Connection, memory: Memory) -> None:
    """Stop events that came before."""
    collect.deduplicate(batch, connection, memory.seen, run=time.time_ns())


def link(batch: Batch, connection: Connection, memory: Memory) -> None:
    """Say whose event it is."""
    memory.linker.link(batch, connection)


def recognise(batch: Batch, connection: Connection, memory: Memory) -> None:
    """Say at which touchpoint it happened."""
    collect.recognise(batch, memory.recogniser)


def keep(batch: Batch, connection: Connection, memory: Memory) -> None:
    """Make the rows of the lake."""
    collect.keep(batch, connection, memory.recogniser, lambda nodes: memory.linker.keys(connection, nodes))


STEPS: tuple[tuple[str, Step], ...] = (
    ("collect.deduplicate", deduplicate),
    ("identify.link", link),
    ("collect.recognise", recognise),
    ("remember.update", lambda batch, connection, _: remember.update(batch, connection)),
    ("listen.hear", lambda batch, connection, _: listen.hear(batch, connection)),
    ("understand.compare", lambda batch, connection, _: understand.compare(batch, connection)),
    ("act.notice", lambda batch, connection, _: act.notice(batch, connection)),
    ("serve.follow", lambda batch, connection, _: serve.follow(batch, connection)),
    ("collect.keep", keep),
)
"""What an event meets, in order, behind `collect.check`, which makes the batch."""

TICKS: tuple[tuple[str, Callable[[Workspace, Connection, int], None]], ...] = (
    ("listen.overdue", listen.overdue),
    ("listen.settle_partial", listen.settle_partial),
    ("act.watch", act.watch),
    ("remember.forget_old", lambda workspace, connection, moment: remember.forget_old(connection, workspace.id, moment)),
)
"""What time brings about rather than an event; done every few seconds for each workspace."""


BESIDE: tuple[tuple[str, Callable[[Store, Workspace], object]], ...] = (("understand.refresh_due", understand.refresh_due),)
"""What takes long and needs no order: done in a thread beside the line, so that events do not wait for it."""


class StepFailed(Exception):
    """A step could not do its work; `step` names it."""

    def __init__(self, step: str, error: Exception) -> None:
        super().__init__(f"{step}: {type(error).__name__}")
        self.step = step


@dataclass(slots=True)
class Walked:
    """How much a step has done since the line began."""

    events: int = 0
    seconds: float = 0.0
    failures: int = 0


class Line:
    """Takes accepted events through the steps. One line walks a data folder at a time (see `corridor.worker`)."""

    def __init__(self, store: Store, *, batch_events: int = 2_500) -> None:
        self.store = store
        self.batch_events = batch_events
        self.walked: dict[str, Walked] = {name: Walked() for name in ("collect.check", *(name for name, _ in STEPS))}
        self.dropped: dict[str, int] = {}
        self.rows_waiting = 1
        """About how many rows wait for the lake; at the start there may be some of an earlier line."""
        self._memories: dict[str, Memory] = {}
        self._workspaces: dict[str, Workspace] = {}
        self._workspaces_at = float("-inf")
        with store.database.read() as connection:
            self.offset = offset_of(connection)

    def walk(self) -> int:
        """Take one batch through all steps; return how many requests were in it, 0 where nothing waits."""
        requests = self.store.journal.read(self.offset, most_events=self.batch_events)
        self._read_workspaces()
        with self.store.database.read() as connection:
            own = [request for id in self._workspaces for request in collect.recorded(connection, id)]
        taken = requests + own
        if taken:
            self._walk_or_isolate(taken)
        return len(taken)

    def walk_until_quiet(self) -> None:
        """Walk until nothing waits, and bring all of it into the lake."""
        while self.walk():
            pass
        self.bring_to_lake()

    def tick(self, moment: int | None = None) -> None:
        """Do what time brings about, for each workspace in a transaction of its own."""
        self._read_workspaces()
        for workspace in self._workspaces.values():
            for name, function in TICKS:
                try:
                    with self.store.database.write() as connection:
                        function(workspace, connection, now() if moment is None else moment)
                except Exception:
                    log.exception("tick failed", tick=name, workspace=workspace.id)

    def bring_to_lake(self) -> int:
        """Append the spooled rows to the lake and let the journal go of them; return how many rows."""
        brought = 0
        upto = self.offset
        self._read_workspaces()
        for id in self._workspaces:
            with self.store.database.read() as connection:
                rows, batch = spool.spooled(connection, id)
            while rows is not None:
                self.store.lake.append(id, rows, batch)
                with self.store.database.write() as connection:
                    spool.let_go(connection, id, batch)
                    brought += rows.num_rows
                    rows, batch = spool.spooled(connection, id)
        self.store.journal.trim(upto)
        self.rows_waiting = 0
        return brought

    def _walk_or_isolate(self, requests: list[Request]) -> None:
        try:
            self._walk_together(requests)
        except StepFailed as failure:
            self.walked[failure.step].failures += 1
            log.warning("step failed", step=failure.step, requests=len(requests), cause=repr(failure.__cause__)[:300])
            self._memories.clear()
            if len(requests) == 1:
                self._walk_one_by_one(requests[0])
                return
            half = len(requests) // 2
            self._walk_or_isolate(requests[:half])
            self._walk_or_isolate(requests[half:])

    def _walk_one_by_one(self, request: Request) -> None:
        """Let every event of a request walk alone, so that the one that breaks a step is set aside and the others land."""
        checked = self._check([request])
        for number in range(len(checked.events)):
            try:
                self._walk_together([request], only=number)
            except StepFailed as failure:
                self._memories.clear()
                self._set_aside(request, number, failure)
        with self.store.database.write() as connection:
            collect.quarantine(connection, request.workspace_id, checked.quarantined)
            self._keep_progress(connection, [request])
        self.offset = max(self.offset, request.offset)

    def _set_aside(self, request: Request, number: int, failure: StepFailed) -> None:
        log.error("event set aside", step=failure.step, offset=request.offset, position=number)
        reason = f"The step {failure.step} could not take this event ({type(failure.__cause__).__name__})."
        one = Quarantined(
            request.source,
            request.offset,
            number,
            request.received_at,
            "step_failed",
            failure.step,
            reason,
            request.body[:65_536],
        )
        with self.store.database.write() as connection:
            collect.quarantine(connection, request.workspace_id, [one])

    def _walk_together(self, requests: list[Request], only: int | None = None) -> None:
        by_workspace: dict[str, list[Request]] = {}
        for request in requests:
            by_workspace.setdefault(request.workspace_id, []).append(request)
        batches: list[Batch] = []
        try:
            with self.store.database.write() as connection:
                for mine in by_workspace.values():
                    batch = self._check(mine)
                    if only is not None:
                        batch.events, batch.quarantined = batch.events[only : only + 1], []
                    self._take_steps(batch, connection)
                    batches.append(batch)
                if only is None:
                    self._keep_progress(connection, requests)
        except BaseException:
            self._memories.clear()
            raise
        if only is None:
            self.offset = max([self.offset, *(request.offset for request in requests)])
        for batch in batches:
            self.rows_waiting += len(batch.events)
            self.store.news.tell_all(batch.workspace.id, batch.news)
            for reason, count in batch.dropped.items():
                self.dropped[reason] = self.dropped.get(reason, 0) + count

    def _check(self, requests: list[Request]) -> Batch:
        workspace = self._workspaces.get(requests[0].workspace_id) or Workspace(requests[0].workspace_id, "")
        begun = time.perf_counter()
        batch = collect.check(workspace, requests, now())
        self._count("collect.check", begun, len(batch.events))
        return batch

    def _take_steps(self, batch: Batch, connection: Connection) -> None:
        memory = self._memories.get(batch.workspace.id)
        if memory is None:
            memory = self._memories[batch.workspace.id] = Memory(connection, batch.workspace)
        memory.refresh(connection, batch.workspace)
        for name, step in STEPS:
            begun, count = time.perf_counter(), len(batch.events)
            try:
                step(batch, connection, memory)
            except Exception as error:
                raise StepFailed(name, error) from error
            self._count(name, begun, count)

    def _count(self, name: str, begun: float, events: int) -> None:
        walked = self.walked[name]
        walked.events += events
        walked.seconds += time.perf_counter() - begun

    def _keep_progress(self, connection: Connection, requests: list[Request]) -> None:
        offset = max((request.offset for request in requests), default=0)
        if offset > 0:
            connection.execute(
                insert(line_progress)
                .values(workspace_id=ANY, offset=offset)
                .on_conflict_do_update(index_elements=["workspace_id"], set_={"offset": offset})
            )
        own: dict[str, int] = {}
        for request in requests:
            if request.offset < 0:
                own[request.workspace_id] = max(own.get(request.workspace_id, 0), -request.offset)
        for workspace_id, last in own.items():
            collect.taken_up(connection, workspace_id, last)

    def _read_workspaces(self) -> None:
        if time.monotonic() - self._workspaces_at > 1.0:
            with self.store.database.read() as connection:
                self._workspaces = {workspace.id: workspace for workspace in workspaces(connection)}
            self._workspaces_at = time.monotonic()


def offset_of(connection: Connection) -> int:
    """Return the last offset of the journal whose events have walked the line."""
    found = connection.execute(select(line_progress.c.offset).where(line_progress.c.workspace_id == ANY)).scalar()
    return int(found or 0)
