#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Cores are pure, read from their object files and not from their promises.

Bug class: a static variable, a clock, a malloc or a system call in a core. It
works in the daemon; in the simulator sixteen nodes share it, a seed no longer
replays, and the run that found the bug cannot be repeated.

Checked: no writable data (sections .data, .bss and their kin, common symbols),
and no undefined symbol besides those of other cores, mem*, str*, assert and what
the compiler puts in their place. Text may be formatted and parsed where TEXT says.
"""
import glob
import json
import os
import re
import subprocess
import sys

import gate

ALLOWED = re.compile(r'(__)?(mem|str)[a-z]+(_chk)?$|__assert_fail$|__stack_chk_fail$|_GLOBAL_OFFSET_TABLE_$')
# strto* reads numbers (the locale is "C" in every program); strdup and its like allocate.
FORBIDDEN = re.compile(r'(__)?str(n?dup|tok|error|coll|xfrm|ftime|signal|to).*|memalign')
TEXT_CALLS = re.compile(r'(__)?v?snprintf(_chk)?$|__isoc\d+_strto\w+$|strto(l|ul|ll|ull)$|__errno_location$')
TEXT = ('src/base/text.c', 'src/base/arena.c', 'src/map/', 'src/conf/')
# Above the engine: GLib's containers and strings; text; sorting; libxml2 where its home is. No clock, no files.
MANAGER = tuple(f'src/{f}/' for f in gate.MANAGER_CORES)
# JSON's objects keep the order in which members came.
JSON = ('src/executor/wire', 'src/store/archive')
CONTAINERS = re.compile(
    r'g_(string|hash_table|array|ptr_array|byte_array|s?list|queue|tree|str[a-z]*|ascii|checksum|compute_checksum|'
    r'malloc|realloc|new|free|clear_pointer|strv|utf8|unichar|qsort|direct|int|int64|bsearch|slice|memdup2|assertion|'
    r'once|base64|regex|match_info|error_free)(_\w+)?0?(_n)?$')
CALLS = re.compile(
    r'(qsort|bsearch|reg(comp|exec|free|error)|is[a-z]+|to(lower|upper)|__ctype_\w+_loc|abs|labs|llabs|(l?l)?div|'
    r'ceil|floor|round|sscanf|__isoc\d+_v?sscanf)$')
# How alerts print a moment that they are given, in a zone that they are given: no clock, no files of zones.
MOMENTS = re.compile(r'g_(date_time_(new_from_unix_utc|to_timezone|format|unref)|time_zone_(new_offset|unref))$')
WRITABLE = re.compile(r'\.(data(?!\.rel\.ro)|bss|tdata|tbss|sdata|sbss)|\*COM\*')


def symbols(path):
    """(name, class letter, section) of each symbol of an object file."""
    out = subprocess.run(['nm', '--format=sysv', path], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [line.split('|') for line in out.splitlines() if line.count('|') == 6]
    return [(r[0].strip(), r[2].strip(), r[6].strip()) for r in rows if r[0].strip() != 'Name']


def source_of(path):
    """src/base/pool.c of …/src/base/libbase.a.p/pool.c.o"""
    folder = os.path.basename(os.path.dirname(os.path.dirname(path)))
    return f'src/{folder}/{os.path.basename(path)[:-2]}'


def may_call(name, source, own):
    if name in own:
        return True
    if TEXT_CALLS.match(name) and not source.startswith(MANAGER):
        return source.startswith(TEXT)
    if source == 'src/base/arena.c' and name in ('malloc', 'free', 'abort', 'vsnprintf'):
        return True
    if source.startswith(MANAGER) and may_call_above(name, source):
        return True
    return bool(ALLOWED.match(name)) and not FORBIDDEN.match(name)


def may_call_above(name, source):
    library = (source.startswith('src/cib/') and name.startswith(('xml', '__xml')) or
               source.startswith(JSON) and name.startswith('json'))
    return library or bool(TEXT_CALLS.match(name) or CONTAINERS.match(name) or CALLS.match(name) or
                           MOMENTS.match(name))


def defined(objects):
    return {name for rows in objects.values() for name, letter, _ in rows if letter in 'TDRVWi'}


def impurities(objects, generated=()):
    """objects: source -> symbols; generated: names that objects without a source in the tree define"""
    own = defined(objects) | set(generated)
    found = []
    for source, rows in objects.items():
        for name, letter, section in rows:
            if letter == 'U' and not may_call(name, source, own):
                found.append(f'{source}: calls {name}; a core needs no more than its event, its pool and its caller')
            elif WRITABLE.match(section) and letter in 'bBdDCsSgG':
                found.append(f'{source}: {name} is writable data; state belongs in the core\'s own struct')
    return found


def objects_of(build):
    found = {}
    for folder in gate.CORES:
        for path in glob.glob(os.path.join(build, 'src', folder, '*.p', '*.o')):
            found[source_of(path)] = path
    return found


def check():
    with open(os.path.join(gate.build_dir(), 'compile_commands.json')) as f:
        commands = json.load(f)
    if any('-fsanitize' in c['command'] for c in commands):
        print('a sanitizer adds calls of its own; objects are read in the plain build')
        sys.exit(77)
    paths = objects_of(gate.build_dir())
    present = {p: symbols(o) for p, o in paths.items() if os.path.exists(os.path.join(gate.ROOT, p))}
    generated = defined({p: symbols(o) for p, o in paths.items() if p not in present})
    cores = tuple(f'src/{f}/' for f in gate.CORES)
    missing = {p for p in gate.paths('.c') if p.startswith(cores)} - set(present)
    missing = [f'{p}: has no object in {gate.build_dir()}; is it in its meson.build?' for p in sorted(missing)]
    return missing + impurities(present, generated)


def compiled(source, text):
    path = os.path.join(gate.build_dir(), 'gate-purity-proof.o')
    subprocess.run(['cc', '-O1', '-fPIC', '-c', '-xc', '-', '-o', path], input=text, text=True, check=True)
    rows = symbols(path)
    os.unlink(path)
    return impurities({source: rows})


def prove():
    pure = ('#include <string.h>\nstatic const char *const n[] = {"a", "b"};\n'
            'const char *f(int i) { return strchr(n[i & 1], i); }\n')
    gate.expect(compiled('src/totem/x.c', pure), 0, 'a pure object')
    gate.expect(compiled('src/totem/x.c', 'static int n; int f(void) { return n++; }'), 1, 'a static counter')
    gate.expect(compiled('src/totem/x.c', 'static int n = 3; int f(void) { return n++; }'), 1, 'a static with a value')
    gate.expect(compiled('src/totem/x.c', '#include <time.h>\nlong f(void) { return time(0); }'), 1, 'a clock')
    malloc = '#include <stdlib.h>\nvoid *f(int n) { return malloc(n); }'
    strdup = '#include <string.h>\nchar *f(char *s) { return strdup(s); }'
    gate.expect(compiled('src/totem/x.c', malloc), 1, 'an allocation')
    gate.expect(compiled('src/totem/x.c', strdup), 1, 'a hidden one')
    number = '#include <stdlib.h>\nlong f(char *s) { return strtol(s, 0, 10); }'
    gate.expect(compiled('src/totem/x.c', number), 1, 'parsing in a ring')
    gate.expect(compiled('src/conf/x.c', number), 0, 'parsing in the configuration')


if __name__ == '__main__':
    gate.run(check, prove)
