"""Pictures of figures as SVG, drawn on the server: shapes alone, for every figure stands beside them as text.

Colours are the style sheet's (`fill` by class), so that they follow dark and print.
"""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 600, 140
GAP = 0.25
"""Of a day's width, left free."""


def bar(*parts: float, most: float) -> str:
    """One bar of parts beside each other, as wide as its share of `most`; hidden from screen readers."""
    x, drawn = 0.0, []
    for number, part in enumerate(parts, 1):
        width = 100 * max(0.0, part) / most if most > 0 else 0.0
        drawn.append(f'<rect class="part{number}" x="{x:.2f}" width="{width:.2f}" height="10"/>')
        x += width
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{''.join(drawn)}</svg>"
    )


def columns(rows: Sequence[tuple[int, int]], title: str, words: str) -> str:
    """Two columns a row, side by side, as high as the greatest; `title` and `words` are read aloud."""
    most = max((max(row) for row in rows), default=0) or 1
    step = WIDTH / max(1, len(rows))
    wide = step * (1 - GAP) / 2
    drawn = []
    for number, row in enumerate(rows):
        for part, count in enumerate(row, 1):
            high = HEIGHT * count / most
            x = number * step + step * GAP / 2 + (part - 1) * wide
            drawn.append(
                f'<rect class="part{part}" x="{x:.1f}" y="{HEIGHT - high:.1f}" '
                f'width="{wide:.1f}" height="{high:.1f}"/>'
            )
    return (
        f'<svg class="columns" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(f"{title}. {words}")}">'
        f'<line class="axis" x1="0" y1="{HEIGHT}" x2="{WIDTH}" y2="{HEIGHT}"/>{"".join(drawn)}</svg>'
    )
