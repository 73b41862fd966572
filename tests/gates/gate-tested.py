#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every public function is called by a test or by the simulator.

Bug class: the function that works in the only place that calls it, until the
second place does; and the one that nobody calls at all.

A public function is one that a header of src declares, unless the header is the
module's own (NAME-internal.h, NAME-private.h). It counts as tested when its name stands as a
word in the code (not a comment) of tests/, sim/ or fuzz/.
"""
import json
import os
import re
import subprocess
import tempfile

import gate

OWN = ('-internal.h', '-private.h')
# The whole program is behind it; tests/system runs that.
PROGRAMS = ('src/daemon/node.h', 'src/daemon/manager.h')
# A core's invariants; its own step asserts them, whoever calls it.
INVARIANTS = re.compile(r'[a-z]+_check$')


def declared(paths, root):
    """(function, header) of each prototype and inline function of these headers."""
    if not paths:
        return []
    # -I: attributes around a prototype would hide it.
    argv = ['ctags', '--quiet=yes', '--options=NONE', '--language-force=C', '-I', 'MUST_CHECK', '-I', '__attribute__+',
            '--c-kinds=pf', '--output-format=json', '-f', '-', *paths]
    out = subprocess.run(argv, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [(t['name'], t['path']) for t in map(json.loads, out.splitlines())]


def untested(functions, texts):
    words = set()
    for text in texts:
        words.update(re.findall(r'\b[a-z_]\w*\b', gate.blank_code(text)))
    return [f'{header}: {name}() is called by no test' for name, header in functions
            if name not in words and not INVARIANTS.match(name)]


def check():
    headers = [p for p in gate.paths('.h') if p.startswith('src/') and not p.endswith(OWN) and p not in PROGRAMS]
    texts = [t for p, t in gate.tree('.c', '.h').items() if p.startswith(('tests/', 'sim/', 'fuzz/'))]
    return untested(declared(headers, gate.ROOT), texts)


def prove():
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, 'x.h'), 'w') as f:
            f.write('int f_plain(int a);\n/* int no(void); */\n#define MUST_CHECK __attribute__((x))\n'
                    'MUST_CHECK enum err f_checked(struct a *b,\n\tint c);\n'
                    'void f_format(const char *f, ...) __attribute__((format(printf, 1, 2)));\n'
                    'static inline int f_inline(void)\n{\n\treturn 0;\n}\ntypedef int (*callback)(void);\n')
        found = declared(['x.h'], d)
    gate.expect(found, 4, 'four functions in a header')
    gate.expect(untested(found, ['f_plain(1); f_checked(0, 0); f_format("f"); f_inline();']), 0, 'all called')
    gate.expect(untested(found, ['f_plain(1); /* f_checked */ x("f_format"); f_inline();']), 2, 'two only talked about')


if __name__ == '__main__':
    gate.run(check, prove)
