"""Lays the corridor out as a map: stages from start to end, touchpoints as boxes, moves as bands that never run through a box.

A move to the next stage crosses the gutter between two columns; one that skips stages gets a slot of its own in each column that it
passes; one within a stage is an arc beside the column; one back to an earlier stage runs through the gutters and a lane below.
Pure functions: they know no language and no page, and place everything for left to right or mirrored.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from corridor.ground.statistics import TOO_FEW
from corridor.ground.vocabulary import STAGES, Touchpoint
from corridor.understand.facts import Corridor, Move, Snarl, Stop

WIDTH = 1200
MARGIN = 40
GUTTER = 46
"""The least space between two columns; the rest of a column's pitch is the box."""
WIDEST_BOX = 148
HEADER = 40
SPACE = 13
"""Between two things in a column."""
LINE = 15
PILL = 20
TALLEST = 46
"""What the most visited touchpoint adds to the height of a box."""
THICKEST = 30
MOST_FORWARD, MOST_BACK = 38, 7
LEAST_SHARE = 0.004
"""A move made by a smaller part of all customers stands in the table only."""
OFTEN_MET = 0.05
"""A snarl without a price has a pill if this part of a touchpoint's customers meet it."""
LANE = 17
LABELS = 18
LATIN, PERSIAN = 6.4, 5.3
"""Mean width of a letter of a name in each script."""


@dataclass(slots=True)
class Box:
    """A touchpoint on the map; the pills of its snarls hang below it."""

    stop: Stop
    lines: tuple[str, ...]
    name: str
    column: int
    pills: tuple[Snarl, ...]
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def middle(self) -> float:
        """The height at which bands meet it."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        """The lower edge of the box itself, above its pills."""
        return self.y + self.height

    @property
    def pill_places(self) -> list[tuple[Snarl, float]]:
        """Each pill with its upper edge."""
        return [(snarl, self.bottom + 4 + number * (PILL + 3)) for number, snarl in enumerate(self.pills)]


@dataclass(slots=True)
class Slot:
    """The place in a column where a move passes that skips this stage."""

    move: Move
    wanted: float
    height: float
    y: float = 0.0

    @property
    def middle(self) -> float:
        """The height at which the band passes."""
        return self.y + self.height / 2


@dataclass(slots=True)
class Band:
    """A drawn move: an area (`forward`) or a line (`within`, `back`) with its arrow head and the place of its label."""

    move: Move
    kind: str
    path: str
    thickness: float = 0.0
    head: str = ""
    label: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with the snarls of the stage as a whole."""

    stage: str
    x: float
    middle: float
    pills: tuple[tuple[Snarl, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The finished map."""

    width: float
    height: float
    columns: list[Column]
    boxes: list[Box]
    bands: list[Band]
    hidden: int
    """Moves that are too rare to be drawn."""


@dataclass(slots=True)
class Plan:
    """What is laid out while the map is made."""

    pitch: float
    box_width: float
    columns: list[list[Box]]
    slots: list[list[Slot]] = field(default_factory=list)

    def left(self, column: int) -> float:
        """The left edge of a column."""
        return MARGIN + column * self.pitch + (self.pitch - GUTTER - self.box_width) / 2

    def right(self, column: int) -> float:
        """The right edge of a column."""
        return self.left(column) + self.box_width


def draw(corridor: Corridor, touchpoints: Iterable[Touchpoint], language: str = "en", *, mirrored: bool = False) -> Drawing:
    """Return the map of a corridor; `mirrored` has the stages go from right to left."""
    names = {touchpoint.key: touchpoint.names.get(language, touchpoint.name) for touchpoint in touchpoints}
    stages = [stage for stage in STAGES if any(stop.stage == stage for stop in corridor.stops)]
    pitch = (WIDTH - 2 * MARGIN + GUTTER) / max(len(stages), 1)
    plan = Plan(pitch, min(WIDEST_BOX, pitch - GUTTER), [[] for _ in stages])
    most = max((stop.customers for stop in corridor.stops), default=1)
    for stop in corridor.stops:
        column = stages.index(stop.stage)
        plan.columns[column].append(_box(stop, names.get(stop.key, stop.key), column, corridor, plan, most))
    boxes = {box.stop.key: box for boxes in plan.columns for box in boxes}
    forward, within, back, hidden = _chosen(corridor, boxes)
    pills = _stage_pills(corridor, stages)
    top = HEADER + max((len(found) for found in pills.values()), default=0) * (PILL + 4)
    thickness = _thickness(forward, boxes)
    bottom = _place(plan, forward, boxes, thickness, top)
    bands = _forward(plan, forward, boxes, thickness) + _within(plan, within, boxes) + _back(plan, back, boxes, bottom)
    _label(bands, boxes.values())
    height = bottom + (len(back) + 1) * LANE if back else bottom + 8
    columns = [
        Column(stage, plan.left(number), plan.left(number) + plan.box_width / 2, tuple(pills.get(stage, ())))
        for number, stage in enumerate(stages)
    ]
    drawing = Drawing(WIDTH, round(height), columns, list(boxes.values()), bands, hidden)
    return _mirror(drawing) if mirrored else drawing


def _box(stop: Stop, name: str, column: int, corridor: Corridor, plan: Plan, most: int) -> Box:
    pills = _pills([snarl for snarl in corridor.snarls if snarl.where == stop.key], stop)
    lines = wrap(name, plan.box_width - 17)
    height = 12 + LINE * (len(lines) + 1) + TALLEST * stop.customers / most
    return Box(stop, lines, name, column, pills, plan.left(column), 0.0, plan.box_width, height)


def _pills(here: list[Snarl], stop: Stop) -> tuple[Snarl, ...]:
    """Return the snarls worth a pill: the worst of each kind, if it has a price or many of those who come here meet it."""
    worst: dict[str, Snarl] = {}
    for snarl in sorted(here, key=lambda snarl: (-(snarl.price or 0), -snarl.customers)):
        if snarl.price is not None or snarl.customers >= max(TOO_FEW, OFTEN_MET * stop.customers):
            worst.setdefault(snarl.kind, snarl)
    return tuple(worst.values())[:2]


def wrap(name: str, room: float) -> tuple[str, ...]:
    """Return a name in at most two lines of this width; what does not fit is cut, and the whole name is in the tooltip."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer) > room and len(lines) < 2:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(_cut(line, room) for line in lines)


def width_of(text: str) -> float:
    """Return about how wide a text is; joiners and vowel signs take no room."""
    letters = [letter for letter in text if unicodedata.category(letter) not in ("Cf", "Mn")]
    return sum(PERSIAN if letter >= "\u0590" else LATIN for letter in letters)


def _cut(line: str, room: float) -> str:
    if width_of(line) <= room:
        return line
    while line and width_of(line) > room - LATIN:
        line = line[:-1]
    return line.rstrip(" \u200c") + "…"


def _chosen(corridor: Corridor, boxes: dict[str, Box]) -> tuple[list[Move], list[Move], list[Move], int]:
    """Return the moves worth drawing (forward, within a stage, back) and how many are left out. Coming again to the same is none."""
    other = [move for move in corridor.moves if move.came_from != move.to and move.came_from in boxes and move.to in boxes]
    least = max(TOO_FEW, LEAST_SHARE * corridor.customers)
    often = sorted((move for move in other if move.customers >= least), key=lambda move: -move.customers)

    def steps(move: Move) -> int:
        return boxes[move.to].column - boxes[move.came_from].column

    ahead = [move for move in often if steps(move) >= 0][:MOST_FORWARD]
    forward = [move for move in ahead if steps(move) > 0]
    within = [move for move in ahead if steps(move) == 0]
    back = [move for move in often if steps(move) < 0][:MOST_BACK]
    return forward, within, back, len(other) - len(ahead) - len(back)


def _stage_pills(corridor: Corridor, stages: list[str]) -> dict[str, list[tuple[Snarl, float]]]:
    found: dict[str, list[tuple[Snarl, float]]] = {}
    for snarl in corridor.snarls:
        if snarl.where in stages:
            places = found.setdefault(snarl.where, [])
            if len(places) < 2:
                places.append((snarl, HEADER - 8 + len(places) * (PILL + 4)))
    return found


def _thickness(forward: list[Move], boxes: dict[str, Box]) -> dict[Move, float]:
    """Return how thick each move is: by its customers, and so that all bands find room at their boxes."""
    most = max((move.customers for move in forward), default=1)
    wanted = {move: max(1.5, THICKEST * move.customers / most) for move in forward}
    shrink = dict.fromkeys(forward, 1.0)
    for key, box in boxes.items():
        for side in ([m for m in forward if m.came_from == key], [m for m in forward if m.to == key]):
            total = sum(wanted[move] for move in side)
            for move in side:
                shrink[move] = min(shrink[move], (box.height - 6) / total)
    return {move: max(1.0, wanted[move] * shrink[move]) for move in forward}


def _place(plan: Plan, forward: list[Move], boxes: dict[str, Box], thickness: dict[Move, float], top: float) -> float:
    """Stack each column, with slots for the moves that pass it; return where the map of boxes ends."""
    plan.slots = [[] for _ in plan.columns]
    _stack(plan, top)
    for move in forward:
        start, end = boxes[move.came_from], boxes[move.to]
        for column in range(start.column + 1, end.column):
            way = (column - start.column) / (end.column - start.column)
            wanted = start.middle + way * (end.middle - start.middle)
            plan.slots[column].append(Slot(move, wanted, thickness[move] + 3))
    return _stack(plan, top)


def _stack(plan: Plan, top: float) -> float:
    stacks = []
    for boxes, slots in zip(plan.columns, plan.slots, strict=True):
        gaps: list[list[Slot]] = [[] for _ in range(len(boxes) + 1)]
        edges = [box.middle for box in boxes]
        for slot in sorted(slots, key=lambda slot: slot.wanted):
            gaps[sum(edge < slot.wanted for edge in edges)].append(slot)
        stack: list[Box | Slot] = []
        for number, found in enumerate(gaps):
            stack.extend(found)
            stack.extend(boxes[number : number + 1])
        stacks.append(stack)
    heights = [sum(_height(one) for one in stack) + SPACE * (len(stack) - 1) for stack in stacks]
    tallest = max(heights, default=0.0)
    for stack, height in zip(stacks, heights, strict=True):
        y = top + (tallest - height) / 2
        for one in stack:
            one.y = y
            y += _height(one) + SPACE
    return top + tallest + SPACE


def _height(one: Box | Slot) -> float:
    return one.height + len(one.pills) * (PILL + 3) + 4 * bool(one.pills) if isinstance(one, Box) else one.height


def _forward(plan: Plan, forward: list[Move], boxes: dict[str, Box], thickness: dict[Move, float]) -> list[Band]:
    leaving = _ports(forward, boxes, thickness, lambda move: move.came_from, lambda move: boxes[move.to].middle)
    entering = _ports(forward, boxes, thickness, lambda move: move.to, lambda move: boxes[move.came_from].middle)
    passing = {(slot.move, column): slot.middle for column, slots in enumerate(plan.slots) for slot in slots}
    bands = []
    for move in forward:
        start, end, half = boxes[move.came_from].column, boxes[move.to].column, thickness[move] / 2
        points = [(plan.right(start), leaving[move])]
        for column in range(start + 1, end):
            points += [(plan.left(column), passing[move, column]), (plan.right(column), passing[move, column])]
        points.append((plan.left(end), entering[move]))
        upper = _smooth([(x, y - half) for x, y in points])
        lower = _smooth([(x, y + half) for x, y in reversed(points)], joined=True)
        label = ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2)
        bands.append(Band(move, "forward", f"{upper} {lower} Z", thickness[move], label=label))
    return bands


def _ports(
    moves: list[Move],
    boxes: dict[str, Box],
    thickness: dict[Move, float],
    at: Callable[[Move], str],
    towards: Callable[[Move], float],
) -> dict[Move, float]:
    """Return the height at which each move meets its box: stacked around the middle, in the order of where they go."""
    found = {}
    for key, box in boxes.items():
        side = sorted((move for move in moves if at(move) == key), key=towards)
        y = box.middle - sum(thickness[move] for move in side) / 2
        for move in side:
            found[move] = y + thickness[move] / 2
            y += thickness[move]
    return found


def _smooth(points: list[tuple[float, float]], *, joined: bool = False) -> str:
    """Return a path through the points that leaves and enters each level; it never leaves the gutter between two of them."""
    (x, y), *rest = points
    parts = [f"{'L' if joined else 'M'}{x:.1f},{y:.1f}"]
    for to_x, to_y in rest:
        middle = (x + to_x) / 2
        parts.append(f"C{middle:.1f},{y:.1f} {middle:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}")
        x, y = to_x, to_y
    return " ".join(parts)


def _within(plan: Plan, within: list[Move], boxes: dict[str, Box]) -> list[Band]:
    """Draw arcs beside the column: down on its far side, up on its near side."""
    bands = []
    most = max((move.customers for move in within), default=1)
    for move in within:
        start, end = boxes[move.came_from], boxes[move.to]
        down = start.y < end.y
        edge, out = (plan.right(start.column), 1) if down else (plan.left(start.column), -1)
        from_y, to_y = (start.bottom - 9, end.y + 9) if down else (start.y + 9, end.bottom - 9)
        bulge = edge + out * min(GUTTER - 6, 18 + abs(to_y - from_y) / 14)
        path = f"M{edge:.1f},{from_y:.1f} C{bulge:.1f},{from_y:.1f} {bulge:.1f},{to_y:.1f} {edge + out * 6:.1f},{to_y:.1f}"
        thick = max(1.2, 6 * move.customers / most)
        label = (edge + 0.75 * (bulge - edge), (from_y + to_y) / 2)
        bands.append(Band(move, "within", path, thick, _head(edge, to_y, -out), label))
    return bands


def _back(plan: Plan, back: list[Move], boxes: dict[str, Box], bottom: float) -> list[Band]:
    """Draw lines out to the gutter, down to a lane below all boxes, back, and up to the touchpoint."""
    bands = []
    most = max((move.customers for move in back), default=1)
    ordered = sorted(back, key=lambda move: boxes[move.came_from].column - boxes[move.to].column)
    for number, move in enumerate(ordered):
        start, end = boxes[move.came_from], boxes[move.to]
        aside = 6 + (number * 5) % (MARGIN - 10)
        out, into = plan.right(start.column) + aside, plan.left(end.column) - aside
        from_y, to_y, lane = start.bottom - 5, end.bottom - 5, bottom + (number + 0.5) * LANE
        path = (
            f"M{plan.right(start.column):.1f},{from_y:.1f} H{out - 4:.1f} Q{out:.1f},{from_y:.1f} {out:.1f},{from_y + 4:.1f} "
            f"V{lane - 6:.1f} Q{out:.1f},{lane:.1f} {out - 6:.1f},{lane:.1f} "
            f"H{into + 6:.1f} Q{into:.1f},{lane:.1f} {into:.1f},{lane - 6:.1f} "
            f"V{to_y + 4:.1f} Q{into:.1f},{to_y:.1f} {into + 4:.1f},{to_y:.1f} H{plan.left(end.column) - 5:.1f}"
        )
        thick = max(1.2, 5 * move.customers / most)
        bands.append(Band(move, "back", path, thick, _head(plan.left(end.column), to_y, 1), ((out + into) / 2, lane)))
    return bands


def _head(x: float, y: float, way: int) -> str:
    """Return an arrow head whose tip touches a box at this point; `way` is 1 to the right."""
    return f"M{x:.1f},{y:.1f} L{x - way * 7:.1f},{y - 4:.1f} L{x - way * 7:.1f},{y + 4:.1f} Z"


def _label(bands: list[Band], boxes: Iterable[Box]) -> None:
    """Leave a label only to the busiest moves whose label touches neither a box nor another label."""
    taken = [(box.x, box.y, box.x + box.width, box.bottom + len(box.pills) * (PILL + 3) + 4) for box in boxes]
    left = LABELS
    for band in sorted(bands, key=lambda band: (band.kind == "within", -band.move.customers)):
        x, y = band.label or (0.0, 0.0)
        place = (x - 21, y - 8, x + 21, y + 8)
        touches = any(place[0] < b[2] and b[0] < place[2] and place[1] < b[3] and b[1] < place[3] for b in taken)
        if touches or not left or band.move.median_wait_s < 60:
            band.label = None
            continue
        taken.append(place)
        left -= 1


def _mirror(drawing: Drawing) -> Drawing:
    """Return the map from right to left."""
    for box in drawing.boxes:
        box.x = WIDTH - box.x - box.width
    for band in drawing.bands:
        band.path, band.head = _mirrored_path(band.path), _mirrored_path(band.head)
        band.label = (WIDTH - band.label[0], band.label[1]) if band.label else None
    columns = [Column(one.stage, WIDTH - one.x, WIDTH - one.middle, one.pills) for one in drawing.columns]
    return Drawing(drawing.width, drawing.height, columns, drawing.boxes, drawing.bands, drawing.hidden)


def _mirrored_path(path: str) -> str:
    parts = []
    for part in path.split():
        letter, numbers = (part[0], part[1:]) if part[0].isalpha() else ("", part)
        if letter == "V" or not numbers:
            parts.append(part)
            continue
        x, comma, rest = numbers.partition(",")
        parts.append(f"{letter}{WIDTH - float(x):.1f}{comma}{rest}")
    return " ".join(parts)
