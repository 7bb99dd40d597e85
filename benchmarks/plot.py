"""A result as a picture: rates against size, and the aims. It needs matplotlib, which only the benchmarks have."""

from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.results import Line, Result
from benchmarks.targets import Aim, aims

COLOURS = {
    "create": "#b5532a",
    "get": "#2a6db5",
    "list 100, warm": "#2f8f5b",
    "list 100, cold": "#8a5fb0",
    "no filter, first page": "#aaaaaa",
    "no filter, deep page": "#333333",
}


def plot(result: Result, path: Path) -> None:
    """Draw what a result has."""
    import_module("matplotlib").use("agg")
    pyplot: Any = import_module("matplotlib.pyplot")
    growths = {name: result.sections[name].lines for name in result.sections if name.startswith("growth")}
    figure, axes = pyplot.subplots(1, len(growths) + 1, figsize=(6 + 5.5 * len(growths), 5.5), layout="constrained")
    axes = list(axes) if growths else [axes]
    for axis, (name, lines) in zip(axes, growths.items(), strict=False):
        _growth(axis, name, lines)
    _aims(axes[-1], [aim for aim in aims(result) if aim.reached])
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _growth(axis: Any, name: str, lines: list[Line]) -> None:
    for operation, colour in COLOURS.items():
        points = sorted((line.activities, line.rate, line.limit) for line in lines if line.operation == operation)
        sizes = [size for size, _, _ in points]
        axis.plot(sizes, [rate.median for _, rate, _ in points], "o-", color=colour, label=operation)
        axis.fill_between(
            sizes,
            [rate.lowest for _, rate, _ in points],
            [rate.highest for _, rate, _ in points],
            color=colour,
            alpha=0.15,
        )
        alone = [(size, limit.median) for size, _, limit in points if limit is not None]
        if alone:
            axis.plot(*zip(*alone, strict=True), ":", color=colour, label=f"{operation}: the database alone")
    axis.set(xscale="log", yscale="log", xlabel="activities", ylabel="a second")
    axis.set_title(f"{'PostgreSQL' if 'postgresql' in name else 'SQLite'}, 32 clients; the first and the deep page 8")
    axis.grid(visible=True, which="both", alpha=0.2)
    axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncol=2)


def _aims(axis: Any, found: list[Aim]) -> None:
    """How far each aim is reached; what is to be small is turned round."""
    shares = [
        aim.reached / aim.bound if aim.kind == "at least" else aim.bound / aim.reached for aim in found if aim.reached
    ]
    colours = ["#2f8f5b" if share >= 1 else "#b5532a" for share in shares]
    axis.barh([aim.name for aim in found], [min(share, 4) for share in shares], color=colours)
    axis.axvline(1, color="black", linewidth=1)
    axis.invert_yaxis()
    axis.tick_params(axis="y", labelsize=7)
    axis.set_xlabel("reached, as a multiple of the aim (cut at 4)")
