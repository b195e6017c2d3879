"""Pictures as SVG, without a library: a page has to open everywhere, for years."""

from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 1000, 220, 56, 22, 12
COLORS = {"kill": "#c0392b", "freeze": "#2980b9", "postgres": "#8e44ad", "promote": "#8e44ad", "store": "#d35400",
          "provider": "#16a085", "disk": "#7f8c8d", "clock": "#b7950b", "ended": "#000000"}


def lines(series: dict[str, tuple[str, list[float]]], bands: list[tuple[float, float, str]], wanted: float) -> str:
    """Curves of one value a second, each with its color, over bands of faults; `wanted` is a dashed line."""
    length = max((len(values) for _, values in series.values()), default=1) or 1
    top = max([wanted, *(value for _, values in series.values() for value in values)]) * 1.1 or 1

    def x(second: float) -> float:
        return round(LEFT + max(0, min(length, second)) / length * (WIDTH - LEFT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP), 1)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">']
    for begin, end, kind in bands:
        color = COLORS.get(kind.split("_")[0], "#7f8c8d")
        parts.append(f'<rect x="{x(begin)}" y="{TOP}" width="{max(1.5, x(end) - x(begin))}" height="{HEIGHT - BOTTOM - TOP}"'
                     f' fill="{color}" opacity=".18"><title>{escape(kind)}</title></rect>')
    for share in (0, 0.5, 1):
        value = top / 1.1 * share
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y(value)}" y2="{y(value)}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:.0f}</text>')
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y(wanted)}" y2="{y(wanted)}" stroke="#555" stroke-dasharray="4 4"/>')
    for name, (color, values) in series.items():
        points = " ".join(f"{x(second + 0.5)},{y(value)}" for second, value in enumerate(values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.4">'
                     f"<title>{escape(name)}</title></polyline>")
    step = max(1, length // 10)
    parts += [f'<text x="{x(second)}" y="{HEIGHT - 6}">{second} s</text>' for second in range(0, length, step)]
    return "".join(parts) + "</svg>"
