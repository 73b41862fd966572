# SPDX-License-Identifier: GPL-2.0-or-later
"""curve.py - what scheduler.py scale measured, as a picture (SVG) with both axes logarithmic."""
import html
import math

WIDTH, HEIGHT, LEFT, TOP, SIDE = 480, 400, 60, 30, 300  # of a panel, and of the square within it that has the curves
PROGRAMS = (('theirs', "Debian's 2.1.5", '#c0392b'), ('ours', 'Hale', '#1f5fa8'))
KINDS = (('fresh', ''), ('steady', '7 4'), ('node lost', '2 3'))
PANELS = (('cpu', 'seconds of the processor'), ('mb', 'MB of memory'))


def decades(values):
    """The powers of ten around them."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def place(value, span, length):
    low, high = span
    return (math.log10(value) - low) / (high - low) * length


def number(power):
    return str(10 ** power) if power >= 0 else f'{10 ** power:.{-power}f}'


def text(x, y, words, anchor='middle'):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{html.escape(words, quote=False)}</text>'


def line(x1, y1, x2, y2, colour, dashes=''):
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ''
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashed}/>')


def frame(across, up, title):
    """The grid of a panel, with its numbers."""
    yield text(SIDE / 2, -12, title)
    yield text(SIDE / 2, SIDE + 40, 'resources')
    for power in range(across[0], across[1] + 1):
        x = place(10 ** power, across, SIDE)
        yield line(x, 0, x, SIDE, '#cccccc')
        yield text(x, SIDE + 18, number(power))
    for power in range(up[0], up[1] + 1):
        y = SIDE - place(10 ** power, up, SIDE)
        yield line(0, y, SIDE, y, '#cccccc')
        yield text(-6, y + 4, number(power), 'end')


def curve(points, across, up, colour, dashes):
    where = [(place(x, across, SIDE), SIDE - place(y, up, SIDE)) for x, y in points]
    for (x1, y1), (x2, y2) in zip(where, where[1:]):
        yield line(x1, y1, x2, y2, colour, dashes)
    for x, y in where:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'


def panel(rows, unit, title):
    measured = [r[name][unit] for r in rows for name, _, _ in PROGRAMS if r.get(name) and r[name][unit]]
    across, up = decades([r['resources'] for r in rows]), decades(measured)
    yield from frame(across, up, title)
    for name, _, colour in PROGRAMS:
        for kind, dashes in KINDS:
            yield from curve([(r['resources'], r[name][unit]) for r in rows
                              if r['kind'] == kind and r.get(name) and r[name][unit]], across, up, colour, dashes)


def legend():
    for i, (_, name, colour) in enumerate(PROGRAMS):
        for k, (kind, dashes) in enumerate(KINDS):
            x, y = LEFT + k * 260, HEIGHT + 15 + i * 20
            yield line(x, y - 4, x + 40, y - 4, colour, dashes)
            yield text(x + 48, y, f'{name}, {kind}', 'start')


def picture(rows):
    """The SVG of the rows that scheduler.py scale wrote."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(PANELS) * WIDTH} {HEIGHT + 50}" '
             'font-family="sans-serif" font-size="12" stroke-width="1.5">',
             '<rect width="100%" height="100%" fill="white"/>']
    for i, (unit, title) in enumerate(PANELS):
        parts += [f'<g transform="translate({LEFT + i * WIDTH},{TOP})">', *panel(rows, unit, title), '</g>']
    return '\n'.join([*parts, *legend(), '</svg>', ''])
