#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our check and a RelaxNG validator agree on every document: test_schema.py CIB_CHECK CIB_RNG DATA [SUITE].

The tables in the program are made from cib.rng by our own compiler and walked by our
own code; libxml2 (xmllint) reads the same file by the book. Each document of the
conformance suite, where it is at hand, and every way to break tests/cib/data/everything.xml
at one place must get the same verdict from both: each element removed, doubled, misspelt,
moved, put where it does not belong; each attribute removed, misspelt, given any value that
means something elsewhere, or added where it does not belong; and many with two such faults.
A sample of 150, or with --count=0 all 33,000, for which libxml2 takes half an hour.
With --schema=FILE another schema takes the part of cib.rng; --seed=N takes another sample.
"""
import copy
import glob
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

VALUES = ['', 'x', 'two words', '5', '-5', '+5', '0', '10', '99999999999999999999', '9' * 25, '1.5', 'true', 'yes',
          'TRUE', 'INFINITY', '-INFINITY', 'Started', 'started', ' Started ', 'start', 'Mandatory', 'ocf', 'eq',
          'in_range',
          'member', 'a,b', 'a,,b', ',a', 'poweroff', 'stonith-action', 'restart-type', 'can_fail', 'p1', '1a', 'a:b',
          '\u00e4', 'pacemaker-1.1', 'none', '8-', 'g']


def places(root):
    """(parent, index) of all elements below the root, except in the status."""
    found = []
    for parent in root.iter():
        found += [(parent, i) for i in range(len(parent)) if parent.tag not in ('status', 'node_state', 'lrm')]
    return found


def element_faults(root):
    """Functions that each break a copy of the document at one place; they take the copy's list of places."""
    tags = sorted({e.tag for e in root.iter()})
    for at in range(len(places(root))):
        yield lambda p, at=at: p[at][0].remove(p[at][0][p[at][1]])
        yield lambda p, at=at: p[at][0].insert(p[at][1], copy.deepcopy(p[at][0][p[at][1]]))
        yield lambda p, at=at: setattr(p[at][0][p[at][1]], 'tag', p[at][0][p[at][1]].tag[:-1] + 'x')
        yield lambda p, at=at: move(p[at], 0)
        yield lambda p, at=at: move(p[at], None)
        yield lambda p, at=at: p[at][0][p[at][1]].clear()
    for at in range(0, len(places(root))):
        for tag in tags[at % 3::3]:
            yield lambda p, at=at, tag=tag: tree.SubElement(p[at][0][p[at][1]], tag, {'id': 'new'})


def move(place, to):
    parent, index = place
    child = parent[index]
    parent.remove(child)
    parent.insert(len(parent) if to is None else to, child)


def attribute_faults(root):
    names = sorted({n for e in root.iter() for n in e.attrib})
    for at, (parent, index) in enumerate(places(root)):
        for name in parent[index].attrib:
            yield lambda p, at=at, name=name: p[at][0][p[at][1]].attrib.pop(name)
            yield lambda p, at=at, name=name: misspell(p[at][0][p[at][1]], name)
            for value in VALUES:
                yield lambda p, at=at, name=name, value=value: p[at][0][p[at][1]].set(name, value)
        for name in names:
            if name not in parent[index].attrib:
                yield lambda p, at=at, name=name: p[at][0][p[at][1]].set(name, VALUES[(at + len(name)) % len(VALUES)])


def misspell(element, name):
    value = element.attrib.pop(name)
    element.set(name[1:] + name[0], value)


def variants(root, seed, count):
    """count of them, chosen by seed; all single faults and 2,000 pairs when count is 0."""
    faults = list(element_faults(root)) + list(attribute_faults(root))
    randomness = random.Random(seed)
    pairs = [randomness.sample(faults, 2) for _ in range(2000)]
    sets = [[f] for f in faults] + pairs
    for chosen in randomness.sample(sets, count) if count else sets:
        broken = copy.deepcopy(root)
        at = places(broken)
        try:
            for fault in chosen:
                fault(at)
        except (ValueError, KeyError, IndexError):
            continue  # the first fault took away what the second was to break
        yield broken


def verdicts_of_xmllint(schema, files):
    p = subprocess.run(['xmllint', '--noout', '--relaxng', schema, *files], stderr=subprocess.PIPE, check=False,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (20, 20)))
    found = {}
    for line in p.stderr.decode('utf-8', 'replace').splitlines():
        for ending, verdict in ((' validates', 'valid'), (' fails to validate', 'invalid')):
            if line.endswith(ending):
                found[line.removesuffix(ending)] = verdict
    return found


def patient_verdicts(schema, files):
    """libxml2 tries alternatives one by one, and for some broken documents that has no end: those have no verdict."""
    found = {}
    for file in files:
        argv = ['sh', '-c', 'ulimit -t 1; exec xmllint --noout --relaxng "$0" "$1"', schema, file]
        p = subprocess.run(argv, stderr=subprocess.DEVNULL, check=False)
        found[file] = {0: 'valid', 3: 'invalid'}.get(p.returncode, 'endless' if p.returncode < 0 else p.returncode)
    return found


def our_verdicts(program, files):
    out = subprocess.run([program, 'valid', *files], stdout=subprocess.PIPE, check=True).stdout
    found, silent = {}, []
    lines, known = out.decode().splitlines(), set(files)
    for i, line in enumerate(lines):
        name, _, verdict = line.rpartition(' ')
        if name in known:
            found[name] = verdict
            if verdict == 'invalid' and not (i + 1 < len(lines) and lines[i + 1].startswith(name + ':')):
                silent.append(name)
    return found, silent


def compare(program, schema, files, verdicts):
    """Files on which the two differ, or that are invalid without a problem that has a line."""
    theirs = verdicts(schema, files)
    ours, silent = our_verdicts(program, files)
    differ = [f'{f}: xmllint says {theirs.get(f)}, we say {ours.get(f)}' for f in files
              if theirs.get(f) not in ('endless', ours.get(f))]
    counts = {v: list(ours.values()).count(v) for v in ('valid', 'invalid')}
    counts['endless'] = list(theirs.values()).count('endless')
    return differ + [f'{f}: invalid without a word' for f in silent], counts


def main():
    options = dict(a[2:].split('=') for a in sys.argv[1:] if a.startswith('--'))
    program, schema, data, *suite = [a for a in sys.argv[1:] if not a.startswith('--')]
    schema = options.get('schema', schema)
    if shutil.which('xmllint') is None:
        print('xmllint is not installed (libxml2-utils)')
        return 77
    wrong = []
    if suite and os.path.isdir(suite[0]):
        found, counts = compare(program, schema, sorted(glob.glob(os.path.join(suite[0], '*.xml'))),
                                verdicts_of_xmllint)
        print(f'conformance suite: {counts}')
        wrong += found
    else:
        print('no ../shared/conformance: our own documents only')
    root = tree.parse(os.path.join(data, 'everything.xml')).getroot()
    with tempfile.TemporaryDirectory() as directory:
        files = []
        for number, broken in enumerate(variants(root, int(options.get('seed', 1)), int(options.get('count', 150)))):
            files.append(os.path.join(directory, f'{number}.xml'))
            tree.ElementTree(broken).write(files[-1], encoding='utf-8')
        found, total = compare(program, schema, files, patient_verdicts)
        wrong += found
        print(f'variants: {total}')
        if wrong and 'keep' in options:
            for line in wrong:
                name = line.split(':')[0]
                if os.path.exists(name):
                    shutil.copy(name, options['keep'])
    if total['invalid'] < 75 or total['valid'] < 15 or total['endless'] > total['invalid'] / 10:
        wrong.append(f'too few variants to mean anything: {total}')
    print('\n'.join(wrong[:40]))
    return 1 if wrong else 0


sys.exit(main())
