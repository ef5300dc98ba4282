"""Draw the rooms of both packages: ``python3 course.py run python docs/rooms.py``.

A room is a folder of a package, with what its ``__init__`` says of it. What is drawn is read from
the imports; an arrow that follows from others is left out. A test holds the picture to the code.
"""

from __future__ import annotations

import ast
import html
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "_static" / "rooms.svg"
PACKAGES = ("course_utils", "autograde")
INSIDE = "autograde.jail.inside"
"""What runs in the jail is a room of its own: it imports nothing of the others."""

WIDTH, HEIGHT, GAP, FLOOR, MARGIN = 172, 40, 18, 78, 24

Arrows = dict[str, set[str]]
"""For each room the rooms that it imports."""


def room_of(package: str, module: str) -> str:
    """Return the room of a module, "" for one that is in none."""
    if module.startswith(f"{INSIDE}."):
        return "jail/inside"
    first, _, rest = module.partition(".")
    room = rest.split(".")[0]
    is_room = first == package and (ROOT / package / room / "__init__.py").is_file()
    return room if is_room else ""


def arrows_of(package: str) -> Arrows:
    """Return which room imports which, without the facade and the commands' entry."""
    found: Arrows = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        room = room_of(package, module)
        if not room:
            continue
        below = {room_of(package, name) for name in imported(path, module)}
        found.setdefault(room, set()).update(below - {"", room})
    return found


def imported(path: Path, module: str) -> Iterator[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            # `from package import room` names a room as well.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def without_detours(arrows: Arrows) -> Arrows:
    """Leave out the arrows that follow from others."""
    reached: Arrows = {}
    for room in TopologicalSorter(arrows).static_order():
        reached[room] = set().union(*({low, *reached[low]} for low in arrows[room]))
    return {
        room: {low for low in lows if not any(low in reached[other] for other in lows)}
        for room, lows in arrows.items()
    }


def floors_of(arrows: Arrows) -> list[list[str]]:
    """Return the rooms floor by floor, the lowest first."""
    floor: dict[str, int] = {}
    for room in TopologicalSorter(arrows).static_order():
        floor[room] = 1 + max((floor[low] for low in arrows[room]), default=-1)
    above = {room: [high for high in arrows if room in arrows[high]] for room in arrows}
    # As high as may be, so that whoever looks for a room finds it below those that use it.
    for room in reversed(list(TopologicalSorter(arrows).static_order())):
        floor[room] = min((floor[high] for high in above[room]), default=floor[room] + 1) - 1
    return [sorted(r for r in floor if floor[r] == n) for n in range(max(floor.values()) + 1)]


def says(package: str, room: str) -> str:
    """Return the first sentence of a room's docstring."""
    tree = ast.parse((ROOT / package / room / "__init__.py").read_text(encoding="utf-8"))
    return " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())


def drawn(package: str, left: float, bottom: float) -> tuple[list[str], float]:
    """Return one package as lines of SVG, and how wide it is."""
    arrows = without_detours(arrows_of(package))
    floors = floors_of(arrows)
    wide = max(len(floor) * (WIDTH + GAP) - GAP for floor in floors)
    place: dict[str, tuple[float, float]] = {}
    for number, floor in enumerate(floors):
        start = left + (wide - len(floor) * (WIDTH + GAP) + GAP) / 2
        for position, room in enumerate(floor):
            place[room] = start + position * (WIDTH + GAP), bottom - number * FLOOR - HEIGHT
    lines = []
    for room, lows in sorted(arrows.items()):
        for low in sorted(lows):
            (x, y), (u, v) = place[room], place[low]
            x, u, y = x + WIDTH / 2, u + WIDTH / 2, y + HEIGHT
            bend = min(60.0, (v - y) / 2)
            kind = "arrow far" if v - y > FLOOR else "arrow"
            way = f"M{x:g} {y:g} C{x:g} {y + bend:g} {u:g} {v - bend:g} {u:g} {v - 3:g}"
            title = f"<title>{room} imports {low}</title>"
            lines.append(f'<path class="{kind}" d="{way}">{title}</path>')
    for room, (x, y) in sorted(place.items()):
        lines += [
            f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
            f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 5:g}">{room}'
            f"<title>{html.escape(says(package, room))}</title></text>",
        ]
    top = bottom - len(floors) * FLOOR
    lines.append(f'<text class="head" x="{left + wide / 2:g}" y="{top:g}">{package}</text>')
    return lines, wide


STYLE = """\
text { font: 15px sans-serif; text-anchor: middle; fill: #1a1a1a }
.head { font-size: 19px; font-weight: bold }
rect { fill: #eaf3fa; stroke: #0072b2; stroke-width: 1.5 }
.arrow { fill: none; stroke: #555; stroke-width: 1.2; marker-end: url(#tip) }
.far { stroke: #aaa }"""


def picture() -> str:
    """Return the picture of both packages."""
    tall = max(len(floors_of(without_detours(arrows_of(p)))) for p in PACKAGES)
    bottom = MARGIN + 30 + tall * FLOOR
    lines: list[str] = []
    left: float = MARGIN
    for package in PACKAGES:
        some, wide = drawn(package, left, bottom)
        lines += some
        left += wide + 3 * GAP
    box = f"0 0 {left - 3 * GAP + MARGIN:g} {bottom + MARGIN:g}"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
        '<rect x="0" y="0" width="100%" height="100%" style="fill:#fff;stroke:none"/>',
    ]
    return "\n".join([*head, *lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: written")
