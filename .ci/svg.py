"""Makes a picture of a terminal's content: `svg.py TITLE < FRAME > PICTURE`.

The frame is text with the escape sequences of colours and weights, as `tmux capture-pane -e -p` writes it. The picture needs no
font but any of fixed width, and refers to nothing outside of itself.
"""

import re
import sys
import unicodedata
from xml.sax.saxutils import escape

# One cell, and the size of its letters.
WIDTH, HEIGHT, SIZE = 8.4, 18, 14
BACKGROUND, TEXT = "#101418", "#d6dbe0"
PALETTE = [
    "#30363d", "#ff7b72", "#57c26a", "#e3b341", "#6cb6ff", "#d2a8ff", "#56d4dd", "#d6dbe0",
    "#6e7681", "#ffa198", "#7ee787", "#f2cc60", "#96d0ff", "#e2c5ff", "#8ae6ee", "#ffffff",
]
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m")


def indexed(number):
    """A colour of the 256."""
    if number < 16:
        return PALETTE[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#%02x%02x%02x" % tuple(steps[number // place % 6] for place in (36, 6, 1))


def follow(style, codes):
    """The style after a sequence."""
    style = dict(style)
    codes = [int(code or 0) for code in codes.split(";")]
    while codes:
        code = codes.pop(0)
        plane = "front" if code < 40 or 90 <= code < 100 else "back"
        if code == 0:
            style = {}
        elif code in (1, 2, 7):
            style[code] = True
        elif code in (22, 27):
            for weight in (1, 2) if code == 22 else (7,):
                style.pop(weight, None)
        elif code in (38, 48) and codes:
            kind = codes.pop(0)
            style[plane] = indexed(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % tuple(codes[:3])
            codes = codes if kind == 5 else codes[3:]
        elif code in (39, 49):
            style.pop(plane, None)
        elif 30 <= code < 38 or 40 <= code < 48:
            style[plane] = PALETTE[code % 10]
        elif 90 <= code < 98 or 100 <= code < 108:
            style[plane] = PALETTE[8 + code % 10]
    return style


def runs(line, style):
    """The line in pieces of one style each, with the column where each begins and its width; then the style at its end."""
    pieces, column = [], 0
    for place, part in enumerate(SEQUENCE.split(line)):
        if place % 2:
            style = follow(style, part)
        elif part:
            width = sum(0 if unicodedata.combining(it) else 1 + (unicodedata.east_asian_width(it) in "WF") for it in part)
            pieces.append((column, width, part, style))
            column += width
    return pieces, style


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    style, below, above, columns = {}, [], [], 0
    for row, line in enumerate(lines):
        pieces, style = runs(line, style)
        for column, width, text, look in pieces:
            columns = max(columns, column + width)
            front, back = look.get("front", TEXT), look.get("back")
            if look.get(7):
                front, back = back or BACKGROUND, look.get("front", TEXT)
            x, y = 10 + column * WIDTH, 10 + row * HEIGHT
            if back:
                below.append(f'<rect x="{x:.1f}" y="{y}" width="{width * WIDTH:.1f}" height="{HEIGHT}" fill="{back}"/>')
            if text.strip():
                weight = ' font-weight="bold"' if look.get(1) else ""
                faint = ' opacity="0.6"' if look.get(2) else ""
                above.append(
                    f'<text x="{x:.1f}" y="{y + 14}" textLength="{width * WIDTH:.1f}" fill="{front}"{weight}{faint}>{escape(text)}</text>'
                )
    width, height = 20 + columns * WIDTH, 20 + len(lines) * HEIGHT
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}">')
    print(f"<title>{escape(sys.argv[1])}</title>")
    print(f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>')
    print(f'<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="{SIZE}" xml:space="preserve">')
    print("\n".join(below + above))
    print("</g>\n</svg>")


main()
