#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""No function over 70 lines or 15 branches, no file over 700 lines (a test may list more cases).

Bug class: the 600-line function. Nobody wrote one; everybody added ten lines.

What is over the line already stands in tools/ratchet.json with its present size
and may only shrink: growing fails, and so does an entry that is larger than what
it describes. `tests/gates/gate-ratchet.py --tighten`
lowers the entries; nothing raises them.

A branch is if, for, while, case, ?:, && or ||. Of a switch that only maps values
(each case a return or an assignment) the cases do not count: that is a table. Nor do
the lines of a constant table, `static const ... = {...};`, count as lines of a function.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import gate

LINES, BRANCHES, FILE_LINES = 70, 15, 700
BASELINE = os.path.join(gate.ROOT, 'tools', 'ratchet.json')
BRANCH = re.compile(r'\b(?:if|for|while|case)\b|\?|&&|\|\|')
TABLE_CASE = re.compile(r'(?:\bcase\b[^:;{}]*:\s*)+'
                        r'(?:return\b[^;]*;|[\w.\->\[\]]+\s*=[^;]*;\s*break;|\w+\([^;{}]*\);\s*break;)')


def functions(path, root):
    """(name, first line, last line) of the functions that a C file defines."""
    argv = ['ctags', '--quiet=yes', '--options=NONE', '--languages=C', '--c-kinds=f', '--fields=+ne',
            '--output-format=json', '-f', '-', path]
    out = subprocess.run(argv, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    tags = [json.loads(line) for line in out.splitlines()]
    return [(t['name'], t['line'], t['end']) for t in tags if 'end' in t]


def table_lines(body):
    """How many lines of a body are constant tables."""
    lines = 0
    for m in re.finditer(r'\bstatic const\b', body):
        depth, seen_value = 0, False
        for at in range(m.end(), len(body)):
            seen_value |= body[at] == '=' and depth == 0
            depth += (body[at] == '{') - (body[at] == '}')
            if body[at] == ';' and depth == 0:
                lines += body.count('\n', m.start(), at) + 1 if seen_value else 0
                break
    return lines


def branches(body):
    return len(BRANCH.findall(TABLE_CASE.sub(' ', body)))


def measure(paths, root):
    """name -> (what, size, limit) of everything that is over a limit"""
    over = {}
    for path in paths:
        with open(os.path.join(root, path), encoding='utf-8') as f:
            lines = gate.blank_code(f.read()).split('\n')
        if len(lines) - 1 > FILE_LINES and not path.startswith('tests/'):
            over[f'{path} lines'] = len(lines) - 1
        for name, first, last in functions(path, root):
            body = '\n'.join(lines[first - 1:last])
            size = last - first + 1 - table_lines(body)
            if size > LINES:
                over[f'{path}:{name} lines'] = size
            if branches(body) > BRANCHES:
                over[f'{path}:{name} branches'] = branches(body)
    return over


def complaints(over, allowed):
    found = []
    for what, size in over.items():
        if what not in allowed:
            found.append(f'{what}: {size}; red lines: {LINES}, {BRANCHES}, and {FILE_LINES} lines a file; split it')
        elif size > allowed[what]:
            found.append(f'{what}: grew from {allowed[what]} to {size}; it may only shrink')
    for what, size in allowed.items():
        if over.get(what, 0) < size:
            found.append(f'{what}: has shrunk below {size}; well done, now run tests/gates/gate-ratchet.py --tighten')
    return found


def sources():
    return [p for p in gate.paths('.c') if p.split('/')[0] in ('src', 'sim', 'fuzz', 'bench', 'tests', 'tools')]


def baseline():
    with open(BASELINE) as f:
        return json.load(f)


def check():
    return complaints(measure(sources(), gate.ROOT), baseline())


def tighten():
    over, old = measure(sources(), gate.ROOT), baseline()
    new = {what: min(size, over[what]) for what, size in old.items() if what in over}
    with open(BASELINE, 'w') as f:
        json.dump(new, f, indent='\t', sort_keys=True)
        f.write('\n')


def prove():
    with tempfile.TemporaryDirectory() as d:
        def over(text):
            with open(os.path.join(d, 'x.c'), 'w') as f:
                f.write(text)
            return measure(['x.c'], d)
        long_one = 'int f(int a)\n{\n' + '\ta++;\n' * 80 + '\treturn a;\n}\n'
        bushy = 'int f(int a)\n{\n' + '\tif (a)\n\t\ta++;\n' * 16 + '\treturn a;\n}\n'
        cases = ''.join(f'\tcase {i}:\n\t\treturn {i};\n' for i in range(20))
        table = 'int f(int a)\n{\n\tswitch (a) {\n' + cases + '\t}\n\treturn 0;\n}\n'
        gate.expect(complaints(over('int f(void)\n{\n\treturn 0;\n}\n'), {}), 0, 'a short function')
        gate.expect(complaints(over(table), {}), 0, 'a table of values')
        gate.expect(complaints(over(long_one), {}), 1, 'a long function')
        cases = 'int f(int a)\n{\n\tstatic const struct {\n\t\tint b;\n\t} c[] = {\n' + '\t\t{1},\n' * 80
        gate.expect(complaints(over(cases + '\t};\n\n\treturn c[a].b;\n}\n'), {}), 0, 'a table of cases')
        gate.expect(complaints(over(cases + '\t};\n' + '\ta++;\n' * 80 + '\treturn c[a].b;\n}\n'), {}), 1, 'and code')
        gate.expect(complaints(over(bushy), {}), 1, 'a bushy function')
        gate.expect(complaints(over(long_one), {'x.c:f lines': 84}), 0, 'a known long function')
        gate.expect(complaints(over(long_one), {'x.c:f lines': 83}), 1, 'one that grew')
        gate.expect(complaints(over(long_one), {'x.c:f lines': 90}), 1, 'one that shrank')
        gate.expect(complaints(over('\n' * 701), {}), 1, 'a long file')


if __name__ == '__main__':
    if sys.argv[1:] == ['--tighten']:
        tighten()
    else:
        gate.run(check, prove)
