#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""clang-format has the last word on layout.

Bug class: reviews that argue about blanks, and changes that hide one new line
among fifty that were only shifted.
"""
import os
import subprocess
import tempfile

import gate

FORMATTER = 'clang-format-14'


def misformatted(files):
    if not files:
        return []
    p = subprocess.run([FORMATTER, '--dry-run', '--Werror', *files], cwd=gate.ROOT, stderr=subprocess.PIPE, text=True)
    if p.returncode == 0:
        return []
    bad = sorted({line.split(':')[0] for line in p.stderr.splitlines() if ': error: ' in line})
    return [f'{path}: not as clang-format writes it; run `make format`' for path in bad] or [p.stderr]


def check():
    return misformatted(gate.paths('.c', '.h'))


def prove():
    with tempfile.TemporaryDirectory(dir=gate.build_dir()) as d:
        with open(os.path.join(d, '.clang-format'), 'w') as f:
            f.write(gate.read('.clang-format'))
        bad, good = os.path.join(d, 'bad.c'), os.path.join(d, 'good.c')
        with open(bad, 'w') as f:
            f.write('int a(void){return 1;}\n')
        with open(good, 'w') as f:
            f.write('int a(void)\n{\n\treturn 1;\n}\n')
        gate.expect(misformatted([bad, good]), 1, 'one bad file of two')
        gate.expect(misformatted([good]), 0, 'a good file')


if __name__ == '__main__':
    gate.run(check, prove)
