#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Small rules that a machine keeps better than a reader.

Bug class: each has its own; see RULES. Together they are the things that every
review would otherwise have to look for by eye.
"""
import os
import re

import gate

CODE = ('.c', '.h', '.py', '.def', 'meson.build', 'Makefile')
WIDTH = 120
LICENCE = 'SPDX-License-Identifier: GPL-2.0-or-later'
UNFINISHED = re.compile(r'\b(' + '|'.join(('TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK')) + r')\b|^\s*#\s*if\s+0\b', re.M)
# Where a file of ours or of the system may be; anything else is somebody's own machine.
# (/no/such and /nonexist are those that nobody has; what begins with /cib is a place in a configuration.)
SYSTEM = {'cib', 'no', 'nonexist', 'bin', 'boot', 'dev', 'etc', 'lib', 'mnt', 'opt', 'proc', 'run', 'sbin', 'srv', 'sys', 'tmp',
          'usr', 'var'}
# No files, or none that is there: paths of the local API, names on D-Bus, what tests know to be missing.
ELSEWHERE = {'v1', 'org', 'nowhere'}
SYSTEM_VAR = {'lib', 'log', 'run', 'cache', 'spool'}
PATH = re.compile(r'(?:(?<=[\s"\'`(=,:])|^)/([a-z][a-z0-9_.-]*)/([a-zA-Z0-9_.-]*)', re.M)
# The tree speaks of the product; how and by whom it is made is told elsewhere.
FOREIGN = re.compile(r'\b(sessions?|subagents?|chat ?bots?|workplace)\b', re.I)
CONDITION = re.compile(r'^\s*#\s*(?:if|ifdef|ifndef|elif|else)\b.*$', re.M)
COMMENT = re.compile(r'/\*.*?\*/', re.S)
MANGLED = re.compile(r'^\s*\*(?=[^\s*/])', re.M)
GUARD = re.compile(r'^#ifndef (\w+_H)\n#define \1$', re.M)


def is_code(path, text):
    return path.endswith(CODE) or gate.is_script(path, text)


def lacks_licence(path, text):
    """A file whose terms are unknown cannot be packaged."""
    if is_code(path, text) and os.path.basename(path) not in ('meson.build', '__init__.py') and LICENCE not in text[:300]:
        yield 1, f'no line "{LICENCE}" at its head'


def is_unfinished(path, text):
    """Marks of unfinished work are promises that nobody keeps."""
    for m in UNFINISHED.finditer(text):
        yield line_of(text, m), f'"{m.group(0).strip()}": finish it, or say why it can wait in a sentence'


def names_a_machine(path, text):
    """A path of the author's machine works on the author's machine."""
    for m in PATH.finditer(text):
        top, below = m.groups()
        if top.startswith('hale') or top in ELSEWHERE:
            continue
        if top not in SYSTEM or (top == 'var' and below not in SYSTEM_VAR):
            yield line_of(text, m), f'"{m.group(0)}": no place that every machine has'


def speaks_of_others(path, text):
    """Words that mean nothing to a reader of the product."""
    for m in FOREIGN.finditer(text):
        yield line_of(text, m), f'"{m.group(0)}" is not a word of this field'


def has_conditions(path, text):
    """Code that is compiled only elsewhere rots unseen; src/os has one whole file a choice."""
    if not path.endswith(('.c', '.h')) or path.startswith('src/os/') or not path.startswith(('src/', 'sim/')):
        return
    for m in CONDITION.finditer(GUARD.sub('', text, count=1)):
        yield line_of(text, m), f'"{m.group(0).strip()}": conditions of the preprocessor belong in src/os'


def is_too_wide(path, text):
    """Lines that a side-by-side comparison cuts."""
    if not path.endswith(('.c', '.h', '.py', 'meson.build')) and not gate.is_script(path, text):
        return
    for number, line in enumerate(text.split('\n'), 1):
        if len(line.expandtabs(8)) > WIDTH:
            yield number, f'{len(line.expandtabs(8))} columns; {WIDTH} is the limit'


def has_mangled_comment(path, text):
    """clang-format joins an indented list in a comment to the line above it, and takes the blank after the star."""
    if not path.endswith(('.c', '.h')):
        return
    for comment in COMMENT.finditer(text):
        for m in MANGLED.finditer(comment.group(0)):
            number = text.count('\n', 0, comment.start() + m.start()) + 1
            yield number, 'no blank after the star: the formatter has joined these lines; indent them by a tab, and shorter'


def has_loose_ends(path, text):
    """Blanks at ends of lines and a missing last newline show up as changes later."""
    if text and not text.endswith('\n'):
        yield text.count('\n') + 1, 'no newline at the end'
    for m in re.finditer(r'[ \t]+$', text, re.M):
        if is_code(path, text):
            yield line_of(text, m), 'blanks at the end of the line'


RULES = [lacks_licence, is_unfinished, names_a_machine, speaks_of_others, has_conditions, is_too_wide, has_mangled_comment,
         has_loose_ends]


def line_of(text, match):
    return text.count('\n', 0, match.start()) + 1


def untidy(files):
    found = []
    for path, text in files.items():
        for rule in RULES:
            found += [f'{path}:{number}: {what}' for number, what in rule(path, text)]
    return found


def is_text(path):
    return not path.endswith(('.png', '.bin', '.pcap', '.gz'))


def check():
    own = os.path.relpath(os.path.abspath(__file__), gate.ROOT)
    return untidy({p: gate.read(p) for p in gate.paths() if is_text(p) and p != own})


def prove():
    head = f'/* {LICENCE} */\n'
    good = head + '#ifndef A_H\n#define A_H\n/* see /etc/corosync/corosync.conf and a/b */\n#endif\n'
    gate.expect(untidy({'src/base/a.h': good}), 0, 'a tidy header')
    for text in ('int a;\n', head + '/* TO' + 'DO */\n', head + 'char *p = "/home/me/x";\n', head + '/* /var/tmp/x */\n',
                 head + '/* this session */\n', head + '#ifdef A\n', head + '#if 1\n', head + '/*' + ' x' * 60 + ' */\n',
                 head + 'int a; \n', head + 'int a;',
                 head + '/* a list:\n *joined\n */\n'):
        gate.expect(untidy({'src/base/a.c': text}), 1, repr(text))


if __name__ == '__main__':
    gate.run(check, prove)
