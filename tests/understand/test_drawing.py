"""The map of the corridor: every band keeps to the gutters and lanes, whatever corridor is drawn."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.ground.vocabulary import STAGES, Touchpoint
from corridor.understand.drawing import PILL, WIDTH, Box, Drawing, draw, width_of, wrap
from corridor.understand.facts import Corridor, Move, Snarl, Stop

Point = tuple[float, float]


def points_of(path: str, steps: int = 24) -> list[Point]:
    """Follow an SVG path and return points close to each other along it."""
    found: list[Point] = []
    here = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MLCQHVZ])([^MLCQHVZ]*)", path):
        values = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", numbers)]
        if letter == "Z":
            continue
        if letter in "HV":
            values = [values[0], here[1]] if letter == "H" else [here[0], values[0]]
        stops = [here, *zip(values[::2], values[1::2], strict=True)]
        if letter == "M":
            found.append(stops[1])
        else:
            found += [_bezier(stops, step / steps) for step in range(1, steps + 1)]
        here = stops[-1]
    return found


def _bezier(points: list[Point], t: float) -> Point:
    while len(points) > 1:
        points = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for a, b in pairwise(points)]
    return points[0]


def inside(point: Point, box: Box) -> bool:
    bottom = box.bottom + len(box.pills) * (PILL + 3)
    return box.x + 0.6 < point[0] < box.x + box.width - 0.6 and box.y + 0.6 < point[1] < bottom - 0.6


names = st.text("abcdefg hijklm نوشته‌ها", min_size=1, max_size=40).filter(str.strip)


@st.composite
def corridors(draw_from: st.DrawFn) -> tuple[Corridor, list[Touchpoint]]:
    stages = draw_from(st.lists(st.sampled_from(STAGES), min_size=1, max_size=24))
    touchpoints = [Touchpoint(f"t{number}", draw_from(names), stage) for number, stage in enumerate(stages)]
    amount = st.integers(5, 5_000)
    gap = st.one_of(st.none(), st.floats(-100, 100))
    stops = [Stop(one.key, one.stage, draw_from(amount), draw_from(amount), draw_from(gap)) for one in touchpoints]
    keys = st.sampled_from([one.key for one in touchpoints])
    pairs = draw_from(st.lists(st.tuples(keys, keys), unique=True, max_size=60))
    moves = [Move(a, b, draw_from(amount), 9, draw_from(st.floats(0, 1e7)), 1e7, draw_from(gap)) for a, b in pairs]
    snarled = draw_from(st.lists(keys, max_size=6))
    snarls = [Snarl("loop", key, None, 900, draw_from(st.one_of(st.none(), st.integers(1, 10**8)))) for key in snarled]
    return Corridor(tuple(stops), tuple(moves), (*snarls, Snarl("hop", "get help", None, 9)), 1_000), touchpoints


@settings(max_examples=150, deadline=None)
@given(corridors(), st.booleans())
def test_no_band_runs_through_a_box(made: tuple[Corridor, list[Touchpoint]], mirrored: bool) -> None:
    """No point of any band lies inside a touchpoint or its pills, or outside the map; boxes do not overlap."""
    drawing = draw(*made, mirrored=mirrored)
    for band in drawing.bands:
        for point in points_of(band.path):
            hit = [box.stop.key for box in drawing.boxes if inside(point, box)]
            assert not hit, (band.move, band.kind, point, hit)
            assert 0 <= point[0] <= drawing.width, (band.move, band.kind, point)
            assert 0 <= point[1] <= drawing.height, (band.move, band.kind, point)
    for one in drawing.boxes:
        corners = [(one.x + 1, one.y + 1), (one.x + one.width / 2, one.y + one.height / 2), (one.x + 1, one.bottom - 1)]
        assert not [other for other in drawing.boxes if other is not one for corner in corners if inside(corner, other)]


@settings(max_examples=60, deadline=None)
@given(corridors())
def test_the_mirrored_map_is_the_map_in_a_mirror(made: tuple[Corridor, list[Touchpoint]]) -> None:
    """Right to left, every point is where it would be seen in a mirror."""
    plain, mirrored = draw(*made), draw(*made, mirrored=True)
    for here, there in zip(plain.bands, mirrored.bands, strict=True):
        for a, b in zip(points_of(here.path, 3), points_of(there.path, 3), strict=True):
            assert abs(WIDTH - a[0] - b[0]) < 0.2
            assert abs(a[1] - b[1]) < 0.2
    for box, seen in zip(plain.boxes, mirrored.boxes, strict=True):
        assert abs(WIDTH - box.x - box.width - seen.x) < 0.2


def test_moves_are_drawn_by_where_they_lead() -> None:
    """A move onwards is an area, one within a stage an arc, one back a line through a lane below; coming again is not drawn."""
    drawing = _small([("site", "shop"), ("shop", "till"), ("shop", "help"), ("help", "site"), ("site", "site")])
    kinds = {(band.move.came_from, band.move.to): band.kind for band in drawing.bands}
    assert kinds == {
        ("site", "shop"): "forward",
        ("shop", "till"): "within",
        ("shop", "help"): "forward",
        ("help", "site"): "back",
    }
    (back,) = [band for band in drawing.bands if band.kind == "back"]
    assert max(y for _, y in points_of(back.path)) > max(box.bottom for box in drawing.boxes)


def test_rare_moves_stand_in_the_table_only() -> None:
    """A move of fewer than five customers is not drawn but counted."""
    drawing = _small([("site", "shop")], customers=4)
    assert (drawing.bands, drawing.hidden) == ([], 1)


def test_a_label_touches_no_box_and_no_label() -> None:
    """Waits are written only where there is room."""
    drawing = _small([(a, b) for a in ("site", "shop", "till", "help") for b in ("site", "shop", "till", "help")])
    labels = [band.label for band in drawing.bands if band.label]
    assert labels
    for x, y in labels:
        assert not [box for box in drawing.boxes if inside((x, y), box)]
    assert all(abs(a[0] - b[0]) >= 42 or abs(a[1] - b[1]) >= 16 for a in labels for b in labels if a is not b)


def test_a_name_is_wrapped_to_its_box() -> None:
    """A long name takes two lines and is cut at the end; joiners take no room."""
    assert wrap("Social posts and advertisements", 90) == ("Social posts", "and advertise…")
    assert wrap("Till", 90) == ("Till",)
    assert width_of("صورت‌حساب") < width_of("صورت حساب")
    assert all(width_of(line) <= 96 for line in wrap("پیام‌رسان‌های اجتماعی و گروه‌های بسیار بزرگ", 90))


def _small(pairs: list[tuple[str, str]], customers: int = 50) -> Drawing:
    stages = {"site": "discover", "shop": "buy", "till": "buy", "help": "get help"}
    stops = tuple(Stop(key, stage, 100, 200) for key, stage in stages.items())
    moves = tuple(Move(a, b, customers, customers, 86_400, 90_000) for a, b in pairs)
    return draw(Corridor(stops, moves, (), 100), [Touchpoint(key, key, stage) for key, stage in stages.items()])
