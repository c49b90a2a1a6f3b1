"""What a mapping may say, key by key: which files are which tables, how they hang together, and which rows become which events.

It knows the words and their shapes only; whether the names in it fit together and fit the files is for `checking`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from corridor.ground.vocabulary import STAGES

Kind = Literal["text", "integer", "decimal", "datetime", "date", "boolean"]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _under(key: str) -> BeforeValidator:
    """Let a plain value stand for a group of settings of which only `key` is given."""
    return BeforeValidator(lambda value: value if isinstance(value, dict) else {key: value})


def _condition(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    return {"in": value} if isinstance(value, list) else {"is": value}


Names = Annotated[list[Name], BeforeValidator(_as_list), Field(min_length=1)]
Texts = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]


class Part(BaseModel):
    """Every group of settings refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class Condition(Part):
    """What a value must be for its row to count; all that is given must hold."""

    is_: Any = Field(None, alias="is")
    not_: Any = Field(None, alias="not")
    in_: list[Any] | None = Field(None, alias="in", min_length=1)
    not_in: list[Any] | None = Field(None, min_length=1)
    given: bool | None = None
    starts_with: str | None = None
    above: Any = None
    at_least: Any = None
    below: Any = None
    at_most: Any = None


Conditions = Annotated[
    list[dict[str, Annotated[Condition, BeforeValidator(_condition)]]], BeforeValidator(_as_list), Field(min_length=1)
]
"""Alternatives: a row counts if all conditions of one entry hold."""


class Column(Part):
    """A column of a file: `column` is its header there, where that is not the name used here."""

    kind: Kind = "text"
    column: str | None = None
    format: Annotated[list[str], BeforeValidator(_as_list)] | None = None
    zone: str | None = None
    needed: bool = False
    decimal_comma: bool = False
    true: Texts = ["true", "yes", "y", "t", "1"]
    false: Texts = ["false", "no", "n", "f", "0"]


class Belongs(Part):
    """The row of another table that a row belongs to: `by` names this table's columns that hold the other's key."""

    by: Names
    to: Name | None = None
    optional: bool = False


class Aggregate(Part):
    """One value made of many rows; exactly one of the ways is given."""

    count: bool = False
    sum: str | None = None
    mean: str | None = None
    lowest: str | None = None
    highest: str | None = None
    first: str | None = None
    last: str | None = None
    list: dict[str, Any] | None = None
    ordered_by: str | None = None
    most: int = Field(100, ge=1, le=1000)
    where: Conditions | None = None

    @model_validator(mode="after")
    def _has_one_way(self) -> Aggregate:
        if len(self.ways()) != 1:
            raise ValueError("needs exactly one of count, sum, mean, lowest, highest, first, last, list")
        return self

    def ways(self) -> dict[str, Any]:
        """Return the ways of aggregating that are given, with what they are about."""
        ways = ("count", "sum", "mean", "lowest", "highest", "first", "last", "list")
        return {way: getattr(self, way) for way in ways if getattr(self, way)}


class SetAside(Part):
    """Rows that are no part of the story, such as corrections of stock: quarantined, with the reason given here."""

    where: Conditions
    because: Annotated[str, StringConstraints(min_length=3)]


class Gather(Aggregate):
    """One value made of the rows of another table that belong to this row."""

    from_: Name = Field(alias="from")


class Table(Part):
    """Rows of files, or (with `groups` and `by`) one row for each group of another table's rows."""

    files: Texts | None = None
    format: Literal["csv", "jsonl", "parquet"] | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    quote: Annotated[str, StringConstraints(min_length=1, max_length=1)] = '"'
    encoding: str = "utf-8"
    header: list[str] | None = None
    missing: Texts = [""]
    optional: bool = False
    key: Names | None = None
    repeated: Literal["keep", "quarantine"] = "keep"
    set_aside: Annotated[list[SetAside], BeforeValidator(_as_list)] = []
    belongs: dict[Name, Annotated[Belongs, BeforeValidator(lambda v: v if isinstance(v, dict) else {"by": v})]] = {}
    columns: dict[Name, Annotated[Column, _under("kind")]] = {}
    compute: dict[Name, str] = {}
    gathers: dict[Name, Gather] = {}
    groups: Name | None = None
    by: dict[Name, str] = {}
    values: dict[Name, Aggregate] = {}

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Table:
        if (self.files is None) == (self.groups is None):
            raise ValueError("needs either `files` (rows of files) or `groups` (rows of another table, grouped)")
        if self.files is not None and not self.columns:
            raise ValueError("needs `columns`: the columns that are used, each with its kind")
        if self.files is not None and (self.by or self.values):
            raise ValueError("has `by` or `values`, which only a table with `groups` has")
        if self.groups is not None and not self.by:
            raise ValueError("needs `by`: the names and columns by which the rows are grouped")
        if self.groups is not None and (self.columns or self.key or self.set_aside or self.repeated != "keep"):
            raise ValueError(
                "has `columns`, `key`, `repeated` or `set_aside`; a table with `groups` has `by` (its key) and `values`"
            )
        return self


class Person(Part):
    """Who an event is about, where a rule does not say it itself."""

    user_id: str | None = None
    anonymous_id: str | None = None
    guest_id: str | None = None
    """Stands in as the anonymous id on rows that have no user id."""
    group_id: str | None = None


class Rule(Person):
    """One kind of event: from which rows, when, by whom. `id` makes it the same event when it is imported again."""

    from_: Name = Field(alias="from")
    where: Conditions | None = None
    id: str | None = None
    at: str
    channel: str | None = None
    properties: dict[str, Any] = {}


class CustomerRule(Rule):
    """Traits of a customer (an `identify` call)."""

    traits: dict[str, Any] = {}


class AccountRule(Rule):
    """Traits of an account and its membership (a `group` call)."""

    traits: dict[str, Any] = {}


class EventRule(Rule):
    """Something that happened (a `track` call)."""

    event: str


class Settled(Part):
    """The event that fulfils or withdraws a promise."""

    event: str
    at: str
    where: Conditions | None = None
    properties: dict[str, Any] = {}


class PromiseRule(Rule):
    """Something that the company promised: until when, or how much; and what fulfilled or withdrew it."""

    touchpoint: str
    due: str | None = None
    due_date_only: bool = False
    promised: str | None = None
    actual: str | None = None
    unit: str = "days"
    fulfilled: Settled | None = None
    withdrawn: Settled | None = None

    @model_validator(mode="after")
    def _has_a_measure(self) -> PromiseRule:
        if (self.due is None) == (self.promised is None):
            raise ValueError("needs either `due` (a time) or `promised` (an amount)")
        if self.promised is not None and (self.actual is None or self.fulfilled is None):
            raise ValueError("promises an amount, so it needs `actual` (the amount that came) and `fulfilled` (when it came)")
        return self


class RatingRule(Rule):
    """What a customer answered on a scale, with the words given."""

    touchpoint: str
    value: str
    scale: list[float] = Field(min_length=2, max_length=2)
    about: Literal["experience", "effort", "expectation"] = "experience"
    text: Texts | None = None
    instrument: str | None = None

    @field_validator("scale")
    @classmethod
    def _has_two_ends(cls, value: list[float]) -> list[float]:
        if value[0] == value[1]:
            raise ValueError("needs two different ends, the worst answer first and the best last, such as [1, 5]")
        return value


class RevenueRule(Rule):
    """Money billed, paid or given back."""

    amount: str
    currency: str | None = None
    kind: Literal["billed", "paid", "refunded"]
    event: str | None = None


class TouchpointPart(Part):
    """A touchpoint as a workspace keeps it; its key stands before it."""

    name: str
    names: dict[str, str] = {}
    stage: str
    owner: str = "operations"
    weight: float = Field(1.0, gt=0)
    events: Annotated[list[str], BeforeValidator(_as_list)] = []
    pages: Annotated[list[str], BeforeValidator(_as_list)] = []
    where: dict[str, Texts] = {}
    norm: float | None = Field(None, ge=0, le=100)
    target: float | None = Field(None, ge=0, le=100)

    @field_validator("stage")
    @classmethod
    def _is_a_stage(cls, value: str) -> str:
        if value not in STAGES:
            raise ValueError(f"must be one of the stages {', '.join(STAGES)}")
        return value


class Mapping(Part):
    """A whole mapping. Lists under further keys are for the rooms that offer a `MappingSection` of that name."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, strict=True)

    mapping: Key
    title: str = ""
    titles: dict[str, str] = {}
    about: str = ""
    zone: str | None = None
    currency: Currency | None = None
    channel: str = "web"
    most_broken: float = Field(0.5, ge=0, le=1)
    person: Person = Person()
    tables: dict[Name, Table] = Field(min_length=1)
    touchpoints: dict[Key, TouchpointPart] = {}
    customers: dict[Key, CustomerRule] = {}
    accounts: dict[Key, AccountRule] = {}
    events: dict[Key, EventRule] = {}
    promises: dict[Key, PromiseRule] = {}
    revenue: dict[Key, RevenueRule] = {}
    ratings: dict[Key, RatingRule] = {}

    @property
    def source(self) -> str:
        """The source that the events carry."""
        return f"import:{self.mapping}"

    @property
    def sections(self) -> dict[str, Any]:
        """What stands under keys that other rooms save."""
        return dict(self.model_extra or {})
