"""The picture of the warehouse's lineage, from dbt's manifest.

`python -m scripts.reference.lineage MANIFEST` writes docs/images/warehouse-lineage.svg; `dbt parse` writes the manifest.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

ROOT: Final = Path(__file__).resolve().parents[2]
PICTURE: Final = ROOT / "docs" / "images" / "warehouse-lineage.svg"
COLOURS: Final = {
    "source": "#8d99ae",
    "staging": "#4c8bbf",
    "snapshots": "#4c8bbf",
    "intermediate": "#b08d57",
    "marts": "#c9a227",
    "exposure": "#7a5195",
}
_BOX: Final = (196, 24)
_GAP: Final = (44, 10)
_MARGIN: Final = 16
_SWEEPS: Final = 12

Edges = dict[str, list[str]]


def lineage_svg(manifest: dict[str, Any]) -> str:
    """Return the lineage as SVG: sources on the left, exposures on the right, each box as far left as its parents let it.

    Parameters
    ----------
    manifest
        What dbt wrote as manifest.json.
    """
    layers, parents = _graph(manifest)
    columns = _columns(layers, parents)
    places = _places(columns, parents)
    width = _MARGIN * 2 + len(columns) * _BOX[0] + (len(columns) - 1) * _GAP[0]
    height = _MARGIN * 2 + max(len(column) for column in columns) * (_BOX[1] + _GAP[1])
    lines = [_edge(places[parent], places[child]) for child in sorted(parents) for parent in sorted(parents[child])]
    boxes = [_box(key, layers[key], places[key]) for key in sorted(places)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    )
    return "\n".join([head, *lines, *boxes, "</svg>"]) + "\n"


def _graph(manifest: dict[str, Any]) -> tuple[dict[str, str], Edges]:
    layers = {key: "source" for key in manifest["sources"]} | {key: "exposure" for key in manifest["exposures"]}
    parents: Edges = {key: node["depends_on"]["nodes"] for key, node in manifest["exposures"].items()}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "snapshot"):
            layers[key] = "snapshots" if node["resource_type"] == "snapshot" else str(node["path"]).partition("/")[0]
            parents[key] = node["depends_on"]["nodes"]
    return layers, parents


def _columns(layers: dict[str, str], parents: Edges) -> list[list[str]]:
    depths: dict[str, int] = {}

    def depth(key: str) -> int:
        if key not in depths:
            depths[key] = 1 + max((depth(parent) for parent in parents.get(key, ())), default=-1)
        return depths[key]

    last = max(depth(key) for key, layer in layers.items() if layer != "exposure") + 1
    columns: list[list[str]] = [[] for _ in range(last + 1)]
    for key in sorted(layers):
        columns[last if layers[key] == "exposure" else depth(key)].append(key)
    return columns


def _places(columns: list[list[str]], parents: Edges) -> dict[str, tuple[float, float]]:
    """Return each box's corner; boxes stand near their neighbours, so that few lines cross."""
    neighbours: Edges = {key: [] for column in columns for key in column}
    for child, found in parents.items():
        for parent in found:
            neighbours[child].append(parent)
            neighbours[parent].append(child)
    rows = {key: float(row) for column in columns for row, key in enumerate(column)}
    tallest = max(map(len, columns))
    for _ in range(_SWEEPS):
        for column in columns:
            means = {key: sum(rows[other] for other in neighbours[key]) / max(1, len(neighbours[key])) for key in column}
            column.sort(key=lambda key: (means[key], key))
            offset = (tallest - len(column)) / 2
            rows |= {key: offset + row for row, key in enumerate(column)}
    return {
        key: (_MARGIN + number * (_BOX[0] + _GAP[0]), _MARGIN + rows[key] * (_BOX[1] + _GAP[1]))
        for number, column in enumerate(columns)
        for key in column
    }


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1, x2, y2 = start[0] + _BOX[0], start[1] + _BOX[1] / 2, end[0], end[1] + _BOX[1] / 2
    bend = _GAP[0] * 0.7
    curve = f"M{x1:.0f} {y1:.0f}C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    return f'<path d="{curve}" fill="none" stroke="#c4c9d1"/>'


def _box(key: str, layer: str, place: tuple[float, float]) -> str:
    parts = key.split(".")
    name = ".".join(parts[-2:]) if layer == "source" else parts[-1]
    x, y = place
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_BOX[0]}" height="{_BOX[1]}" rx="4" fill="{COLOURS[layer]}"/>'
        f'<text x="{x + 8:.0f}" y="{y + 16:.0f}" fill="#ffffff">{escape(name)}</text>'
    )


def main(arguments: list[str]) -> int:
    """Write the picture from the manifest that is named."""
    PICTURE.write_text(lineage_svg(json.loads(Path(arguments[0]).read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
