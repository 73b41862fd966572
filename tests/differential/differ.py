#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""differ.py - does our scheduler decide as another one does, over random clusters?

    differ.py [--ours PROGRAM] [--theirs PROGRAM] [--seeds 1..500] [--what scores,dot,summary,exp]
    differ.py --shrink SEED [--what …]     the smallest document that still differs
    differ.py --keep DIR                   documents and outputs of what differs
    differ.py --cases DIR                  documents of that folder, changed by the seed, instead of random clusters
    differ.py --theirs PACEMAKER_3 --record --seeds 1..100
    differ.py --decided                    ours alone: does it decide what was recorded?
    differ.py --survive --cases DIR        ours alone: documents of that folder, damaged by the seed (damage.py): each
                                           is decided or refused within seconds, and no sanitizer has a word to say

Both programs have crm_simulate's interface. Lines whose order means nothing are
sorted, and what only names the program (feature set, ids of actions with --no-ids) is
blanked. A cluster on which theirs crashes or produces no valid transition is counted apart.

Debian's program is Pacemaker 2.1, which decides otherwise where known.py says so: whole documents then cannot be
compared with it. So for the first seeds decided.json has a digest of what Pacemaker 3 decided (--record, with its
crm_simulate, when both agreed): on these seeds ours must decide that, whatever Debian's does.
"""
import argparse
import copy
import difflib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

import damage
import known
from clusters import Cluster
from mutations import Mutation

SKIPPED = 77
SECONDS_MOST = 60
KINDS = ('scores', 'dot', 'exp', 'summary')
DECIDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'decided.json')


def normal(kind, text, plain):
    text = re.sub(r'crm_feature_set="[^"]*"|batch-limit="\d*"', '', text)
    lines = [' '.join(line.split()) for line in text.splitlines() if line.strip()]
    if plain:
        lines = known.plain(lines)
    if kind == 'scores':
        return sorted(lines)
    if kind == 'dot':
        return lines[:1] + sorted(set(lines[1:-1])) + lines[-1:]
    return lines


class Program:
    def __init__(self, path, old=False, plain=False):
        self.path, self.old, self.plain = path, old, plain
        self.env = {**os.environ, 'LC_ALL': 'C', 'TZ': 'UTC'}

    def run(self, arguments, folder, seconds=SECONDS_MOST, before=None):
        env = {**self.env, 'CIB_shadow_dir': folder}
        return subprocess.run([self.path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors='replace', env=env, timeout=seconds, cwd=folder, preexec_fn=before,
                              check=False)

    def outputs(self, document, kinds):
        """(kind -> lines, ''), or None and why when the program failed."""
        try:
            return self.outputs_in_time(document, kinds)
        except subprocess.TimeoutExpired:
            return None, f'no answer within {SECONDS_MOST} s'

    def outputs_in_time(self, document, kinds):
        if self.old:  # refuses documents of a newer feature set as soon as it writes
            document = re.sub(r'(<cib [^>]*crm_feature_set=")[^"]*', r'\g<1>3.16.1', document, count=1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'cib.xml')
            with open(path, 'w', encoding='utf-8') as f:
                f.write(document)
            found = {}
            if set(kinds) - {'summary'}:
                p = self.run(['-x', path, '-D', 'dot', '-G', 'exp', '-sRQ'], folder)
                if p.returncode != 0:
                    return None, f'exit {p.returncode}: {p.stderr[:300]}'
                found['scores'] = normal('scores', p.stdout, self.plain)
                for kind in ('dot', 'exp'):
                    with open(os.path.join(folder, kind), encoding='utf-8') as f:
                        found[kind] = normal(kind, f.read(), self.plain)
            if 'summary' in kinds:
                p = self.run(['-x', path, '-S'], folder)
                if p.returncode != 0:
                    return None, f'exit {p.returncode}: {p.stderr[:300]}'
                found['summary'] = normal('summary', p.stdout, self.plain)
            return {k: found[k] for k in kinds}, ''


def short(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def digests(document, outputs):
    """What is kept of a decision: that of the document, and of each kind of output in the words of known.py."""
    found = {kind: short('\n'.join(sorted(known.plain(lines)))) for kind, lines in outputs.items()}
    return {'document': short(document), **found}


class Decided:
    """What Pacemaker 3 decided about the clusters of some seeds."""

    def __init__(self, path=DECIDED):
        self.path, self.seeds = path, {}
        if os.path.exists(path):
            with open(path, encoding='utf-8') as f:
                self.seeds = json.load(f)

    def wrong(self, seed, document, outputs):
        """The kinds of output that are not what was decided; None when nothing is known of this document."""
        kept = self.seeds.get(str(seed))
        if kept is None:
            return None
        now = digests(document, outputs)
        if kept['document'] != now['document']:
            sys.exit(f'seed {seed} makes another cluster than when {self.path} was written; record it anew, see --help')
        return [kind for kind in outputs if kept[kind] != now[kind]]

    def write(self, seeds):
        rows = [f'"{seed}": {json.dumps(row)}' for seed, row in sorted(seeds.items())]
        with open(self.path, 'w', encoding='utf-8') as f:
            f.write('{\n' + ',\n'.join(rows) + '\n}\n')


def record(ours, theirs, seeds):
    """Keeps what both decided; where they differ, or theirs failed, nothing. Of other seeds what was kept stays."""
    kept = {int(seed): row for seed, row in Decided().seeds.items()}
    for seed in seeds:
        kept.pop(seed, None)
        document = Cluster(seed).text()
        verdict, wrong, _ = compare(ours, theirs, document, KINDS)
        if verdict == 'same':
            kept[seed] = digests(document, ours.outputs(document, KINDS)[0])
        else:
            print(f'seed {seed}: not kept: {verdict} {" ".join(wrong)}', flush=True)
    Decided().write(kept)
    print(f'{len(kept)} decisions in {DECIDED}')


def check_decided(ours, decided, kinds):
    """Ours alone against all that is recorded; 1 when it decides otherwise anywhere."""
    found = []
    for seed in map(int, decided.seeds):
        document = Cluster(seed).text()
        mine, why = ours.outputs(document, kinds)
        wrong = decided.wrong(seed, document, mine) if mine is not None else [why]
        if wrong:
            found.append(seed)
            print(f'seed {seed}: Pacemaker 3 decided otherwise: {" ".join(wrong)}', flush=True)
    print(f'{len(decided.seeds) - len(found)} as decided, {len(found)} different')
    return 1 if found or not decided.seeds else 0


def judge(ours, theirs, decided, seed, document, kinds):
    """As compare(); where Pacemaker 3's decision is known, that one counts."""
    verdict, what, text = compare(ours, theirs, document, kinds)
    if verdict in ('same', 'different') or not theirs.old:
        return verdict, what, text
    mine, why = ours.outputs(document, kinds)
    wrong = decided.wrong(seed, document, mine) if mine is not None else None
    if wrong is None:
        return verdict, what, text
    if wrong:
        return 'different', wrong, f'{DECIDED}: Pacemaker 3 decided otherwise {why}\n{text}'
    return 'as decided', what, text


def with_other_ids(document):
    """The same cluster, with other ids of its nodes: they mean nothing, but a hash is ordered by them."""
    at_node = r'<(?:node|node_state|lrm|transient_attributes) (?:[^>]* )?id="'
    return re.sub(rf'({at_node}|dc-uuid=")(\d+")', r'\g<1>9\2', document)


def is_chance(theirs, document, outputs):
    """Whether Pacemaker 3 itself decides otherwise as soon as nodes have other ids. With placement-strategy=balanced
    and several capacities its comparison of nodes goes round in rings, and the order of a hash decides."""
    balanced = r'name="placement-strategy"[^>]* value="balanced"|value="balanced"[^>]* name="placement-strategy"'
    if not re.search(balanced, document):
        return False
    others, _ = theirs.outputs(with_other_ids(document), [kind for kind in outputs if kind != 'exp'])
    return others is not None and any(others[kind] != outputs[kind] for kind in others)


def compare(ours, theirs, document, kinds):
    """'same', 'theirs failed', or the kinds that differ and their differences."""
    reference, why = theirs.outputs(document, kinds)
    if reference is None:
        return 'theirs failed', [why], ''
    mine, why = ours.outputs(document, kinds)
    if mine is None and theirs.old and 'An invalid transition was produced' in why:
        return 'known', ['rings of orders: Pacemaker 3 ends with an error where 2.1.5 goes on'], why
    if mine is None:
        return 'different', ['exit'], why
    wrong = [k for k in kinds if mine[k] != reference[k]]
    differences = [difflib.unified_diff(reference[k], mine[k], f'{k} theirs', f'{k} ours', lineterm='', n=1)
                   for k in wrong]
    text = '\n'.join(line for d in differences for line in d)
    why = known.reason(document, text.splitlines()) if wrong and theirs.old else None
    if wrong and not theirs.old and is_chance(theirs, document, reference):
        why = 'balanced placement: theirs decides by the order of a hash'
    if why:
        return 'known', [why], text
    return ('different' if wrong else 'same'), wrong, text


def removable(root):
    """Every element that may go, parents first."""
    kept = {'configuration', 'crm_config', 'nodes', 'resources', 'constraints', 'status'}
    return [(parent, child) for parent in root.iter() for child in parent if child.tag not in kept]


def shrink(document, still_differs):
    root = ET.fromstring(document)
    progress = True
    while progress:
        progress = False
        for parent, child in removable(root):
            if child not in list(parent):
                continue
            place = list(parent).index(child)
            parent.remove(child)
            if still_differs(ET.tostring(root, encoding='unicode')):
                progress = True
            else:
                parent.insert(place, child)
    for element in root.iter():
        for name in list(element.attrib):
            if name in ('id', 'validate-with', 'uname'):
                continue
            value = element.attrib.pop(name)
            if not still_differs(ET.tostring(root, encoding='unicode')):
                element.attrib[name] = value
    ET.indent(root)
    return ET.tostring(root, encoding='unicode')


def made(args, seed):
    """The document of a seed."""
    return (Mutation(args.cases, seed) if args.cases else Cluster(seed, args.size)).text()


def shrink_seed(args, ours, theirs, kinds):
    document = made(args, args.shrink) if not args.file else open(args.file, encoding='utf-8').read()
    verdict, wrong, _ = compare(ours, theirs, document, kinds)
    if verdict != 'different':
        sys.exit(f'does not differ: {verdict}')

    def still(candidate):
        v, w, _ = compare(ours, theirs, candidate, wrong[:1] if wrong[0] in KINDS else kinds)
        return v == 'different' and w[:1] == wrong[:1]

    small = shrink(document, still)
    print(small)
    print(compare(ours, theirs, small, kinds)[2])


def keep(folder, seed, **files):
    if folder:
        os.makedirs(folder, exist_ok=True)
        for name, content in files.items():
            with open(os.path.join(folder, f'{seed}.{name}'), 'wb') as f:
                f.write(content)


def survive(args, ours, seeds):
    """Ours alone with what is damaged; 1 when it did not do well anywhere."""
    counts = {'decided': 0, 'refused': 0, 'bad': 0}
    begin = time.monotonic()
    for seed in seeds:
        if time.monotonic() - begin > args.seconds:
            print(f'ended before seed {seed}: {args.seconds:.0f} seconds are over')
            break
        d = damage.Damage(args.cases, seed)
        why, has_decided = damage.harm_done(ours.run, d)
        counts['bad' if why else 'decided' if has_decided else 'refused'] += 1
        if why:
            print(f'seed {seed}: {d.name}, {" ".join(d.done)}: {why}', flush=True)
            keep(args.keep, seed, xml=d.data)
    print(', '.join(f'{n} {k}' for k, n in counts.items()))
    return 1 if counts['bad'] or not counts['decided'] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--ours', default='build/bin/crm_simulate')
    parser.add_argument('--theirs', default='/usr/sbin/crm_simulate')
    parser.add_argument('--old', action='store_true', help='theirs is Pacemaker 2.1')
    parser.add_argument('--seeds', default='1..200')
    parser.add_argument('--size', type=float, default=1.0)
    parser.add_argument('--what', default='scores,dot,summary')
    parser.add_argument('--shrink', type=int)
    parser.add_argument('--file', help='shrink this document instead of a seed\'s')
    parser.add_argument('--keep')
    parser.add_argument('--cases')
    parser.add_argument('--record', action='store_true', help='keep what theirs, Pacemaker 3, decides')
    parser.add_argument('--decided', action='store_true', help='ours alone, against all that was kept')
    parser.add_argument('--survive', action='store_true', help='ours alone, with damaged documents of --cases')
    parser.add_argument('--seconds', type=float, default=float('inf'), help='end after this time')
    args = parser.parse_args()
    needed = ((args.ours, 'build it first ("make build")'), (args.theirs, 'apt-get install pacemaker-cli-utils'))
    for path, remedy in needed[:1 if args.decided or args.survive else 2]:
        if not os.access(path, os.X_OK):
            print(f'SKIP {path} is not there: {remedy}')
            return SKIPPED
    ours = Program(os.path.abspath(args.ours), plain=args.old)
    theirs = Program(os.path.abspath(args.theirs), args.old, args.old)
    unknown = set(args.what.split(',')) - set(KINDS)
    if unknown:
        parser.error(f'--what {args.what}: there is no {", ".join(sorted(unknown))}; there are {", ".join(KINDS)}')
    kinds = [k for k in KINDS if k in args.what.split(',')]
    if not re.fullmatch(r'\d+\.\.\d+', args.seeds):
        parser.error(f'--seeds {args.seeds}: write the first and the last, as in 1..200')
    first, last = (int(n) for n in args.seeds.split('..'))
    if args.survive:
        if not args.cases:
            parser.error('--survive needs --cases, a folder of documents')
        return survive(args, ours, range(first, last + 1))
    if args.record:
        record(ours, theirs, range(first, last + 1))
        return 0
    if args.shrink is not None or args.file:
        args.shrink = args.shrink or 0
        shrink_seed(args, ours, theirs, kinds)
        return 0
    if args.decided:
        return check_decided(ours, Decided(), kinds)
    decided = Decided(DECIDED if args.size == 1.0 and not args.cases else '')
    counts = {'same': 0, 'as decided': 0, 'known': 0, 'different': 0, 'theirs failed': 0}
    begin = time.monotonic()
    for seed in range(first, last + 1):
        if time.monotonic() - begin > args.seconds:
            print(f'ended before seed {seed}: {args.seconds:.0f} seconds are over')
            break
        document = made(args, seed)
        verdict, wrong, text = judge(ours, theirs, decided, seed, document, kinds)
        counts[verdict] += 1
        if verdict == 'known':
            print(f'seed {seed}: as known: {wrong[0]}', flush=True)
        if verdict == 'theirs failed':
            print(f'seed {seed}: theirs failed: {wrong[0]}', flush=True)
        if verdict == 'different':
            print(f'seed {seed}: {" ".join(wrong)}\n{text}', flush=True)
            keep(args.keep, seed, xml=document.encode(), diff=text.encode())
    print(', '.join(f'{n} {k}' for k, n in counts.items()))
    return 1 if counts['different'] or not counts['same'] else 0


if __name__ == '__main__':
    sys.exit(main())
