#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scheduler.py - the same decisions by Debian's crm_simulate and by ours: instructions, time, memory.

    bench/scheduler.py cases [FOLDER]   instructions of each case (valgrind's callgrind, which knows no noise)
    bench/scheduler.py scale            clusters of growing size: fresh ones,
    and steady ones that lost a node; time and memory
    bench/scheduler.py shapes [NAME...] clusters of one shape (shapes.py), fresh and steady, at --size and twice that:
    how the instructions of ours grow; fails where they grow to more than --most times
    bench/scheduler.py draw             the curve of the last scale run, as docs/scheduler-scale.svg

Both programs get the same files in turn,
in one run. Sizes at which theirs takes more than --limit seconds are left out for
it from there on. Results go to --out as JSON (default build/bench-scheduler.json).
"""
import argparse
import glob
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import curve
import shapes

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASES = os.path.join(ROOT, '..', 'shared', 'conformance', 'scheduler', 'xml')
CURVE = os.path.join(ROOT, 'docs', 'scheduler-scale.svg')
STEADY_MOST = 5000  # resources: the history of 20,000 on 64 nodes has 700 MB
SIZES = ((4, 100), (8, 500), (16, 1000), (16, 2000), (32, 5000), (64, 20000))


class Cluster:
    """Half of the resources in groups of five, a tenth cloned, the rest alone; with constraints between them."""

    def __init__(self, nodes, resources):
        self.nodes = [f'node{i}' for i in range(1, nodes + 1)]
        self.count = 0
        self.resources, self.constraints = [], []
        self.groups(resources // 10)
        self.clones(resources // 10)
        self.singles(resources - self.count)

    def primitive(self, agent='Dummy', role=''):
        self.count += 1
        name = f'r{self.count}'
        monitor = ''.join(f'<op id="{name}-m{i}" name="monitor" interval="{10 + i}s"{r}/>'
                          for i, r in enumerate((' role="Promoted"', ' role="Unpromoted"') if role else ('',)))
        attributes = f'<instance_attributes id="{name}-i"><nvpair id="{name}-i1" name="fake" value="{name}"/>'
        return name, (f'<primitive id="{name}" class="ocf" provider="pacemaker" type="{agent}">'
                      f'{attributes}</instance_attributes><operations>{monitor}</operations></primitive>')

    def groups(self, count):
        for g in range(count):
            self.resources.append(f'<group id="g{g}">' + ''.join(self.primitive()[1] for _ in range(5)) + '</group>')
            node = self.nodes[g % len(self.nodes)]
            self.constraints.append(f'<rsc_location id="lg{g}" rsc="g{g}" node="{node}" score="50"/>')
            if g % 2:
                self.constraints.append(f'<rsc_colocation id="cg{g}" rsc="g{g}" with-rsc="g{g - 1}" score="-100"/>')

    def clones(self, count):
        for c in range(count):
            promotable = c % 2
            meta = {'clone-max': min(4, len(self.nodes)), 'promotable': 'true' if promotable else 'false'}
            pairs = ''.join(f'<nvpair id="c{c}-{k}" name="{k}" value="{v}"/>' for k, v in meta.items())
            inside = self.primitive('Stateful', 'both')[1] if promotable else self.primitive()[1]
            meta = f'<meta_attributes id="c{c}-m">{pairs}</meta_attributes>'
            self.resources.append(f'<clone id="c{c}">{meta}{inside}</clone>')
            if self.count:
                self.constraints.append(f'<rsc_order id="oc{c}" first="c{c}" then="g{c}"/>')

    def singles(self, count):
        last = None
        for _ in range(count):
            name, text = self.primitive()
            self.resources.append(text)
            if last is not None and self.count % 2:
                together = f'rsc="{name}" with-rsc="{last}" score="INFINITY"'
                self.constraints.append(f'<rsc_colocation id="k{name}" {together}/>'
                                        f'<rsc_order id="o{name}" first="{last}" then="{name}"/>')
            last = name

    def text(self):
        nodes = ''.join(f'<node id="{i}" uname="{n}"/>' for i, n in enumerate(self.nodes, 1))
        up = 'in_ccm="true" crmd="online" join="member" expected="member"'
        states = ''.join(f'<node_state id="{i}" uname="{n}" {up}>'
                         f'<lrm id="{i}"><lrm_resources/></lrm></node_state>' for i, n in enumerate(self.nodes, 1))
        options = '<nvpair id="o1" name="stonith-enabled" value="false"/>'
        version = 'epoch="1" admin_epoch="0" num_updates="0"'
        return (f'<cib validate-with="pacemaker-3.7" have-quorum="1" {version} dc-uuid="1">'
                f'<configuration><crm_config><cluster_property_set id="o">{options}</cluster_property_set></crm_config>'
                f'<nodes>{nodes}</nodes><resources>{"".join(self.resources)}</resources>'
                f'<constraints>{"".join(self.constraints)}</constraints></configuration>'
                f'<status>{states}</status></cib>')


def measure(command, limit):
    """Seconds of processor time and MB, or None when it took too long."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p.wait(limit)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {'cpu': cpu, 'wall': time.monotonic() - start, 'exit': p.returncode}


def peak_memory(command, limit):
    """MB that the program had at most, by a process of its own that waits for it alone."""
    code = ('import resource,subprocess,sys;subprocess.run(sys.argv[1:],stdout=-3,stderr=-3);'
            'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024)')
    try:
        return float(subprocess.run([sys.executable, '-c', code, *command], stdout=subprocess.PIPE, text=True,
                                    timeout=limit,
                                    check=True).stdout)
    except subprocess.TimeoutExpired:
        return None


def instructions(command):
    p = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', *command],
                       stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r'Collected : (\d+)', p.stderr)
    return int(found.group(1)) if found else None


def run_cases(args):
    folder = args.names[0] if args.names else CASES
    files = sorted(glob.glob(os.path.join(folder, '*.xml')))
    if not files:
        sys.exit(f'no cases in {folder}')
    rows = {}
    for path in files[::args.every]:
        rows[os.path.basename(path)] = {n: instructions([p, '-x', path, '-S']) for n, p in programs(args)}
        print(os.path.basename(path), rows[os.path.basename(path)], flush=True)
    ratios = [r['ours'] / r['theirs'] for r in rows.values() if r['ours'] and r['theirs']]
    for name, _ in programs(args):
        values = [r[name] for r in rows.values() if r[name]]
        median = statistics.median(values) / 1e6
        print(f'{name}: median {median:.2f} million, sum {sum(values) / 1e9:.2f} thousand million')
    print(f'ours/theirs: median {statistics.median(ratios):.4f}, worst {max(ratios):.4f}')
    save(args, {'cases': rows})


def programs(args):
    return (('theirs', args.theirs), ('ours', args.ours))


def steady(args, fresh, folder):
    """The cluster as it is when everything runs, and the same without its second node."""
    after = os.path.join(folder, 'steady.xml')
    subprocess.run([args.ours, '-x', fresh, '-S', '-Q', '-O', after], stdout=subprocess.DEVNULL, check=True)
    lost = os.path.join(folder, 'lost.xml')
    subprocess.run([args.ours, '-x', after, '-d', 'node2', '-I', lost, '-Q'], stdout=subprocess.DEVNULL, check=True)
    return {'fresh': fresh, 'steady': after, 'node lost': lost}


def run_scale(args):
    rows, slow = [], set()
    for nodes, resources in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            fresh = os.path.join(folder, 'fresh.xml')
            with open(fresh, 'w', encoding='utf-8') as f:
                f.write(Cluster(nodes, resources).text())
            states = steady(args, fresh, folder) if resources <= STEADY_MOST else {'fresh': fresh}
            for kind, path in states.items():
                row = {'nodes': nodes, 'resources': resources, 'kind': kind}
                for name, program in programs(args):
                    if (name, kind) in slow:
                        continue
                    command = [program, '-x', path, '-R', '-Q']
                    runs = [measure(command, args.limit) for _ in range(args.repeat)]
                    if None in runs:
                        slow.add((name, kind))
                        continue
                    row[name] = {'cpu': statistics.median(r['cpu'] for r in runs), 'mb': peak_memory(command,
                                                                                                     args.limit)}
                if 'ours' in row and 'theirs' in row:
                    row['times faster'] = round(row['theirs']['cpu'] / row['ours']['cpu'], 1)
                rows.append(row)
                print(json.dumps(row), flush=True)
    save(args, {'scale': rows})


def growth(args, shape, folder):
    """The ratio of instructions at twice the size, by state."""
    counts = {'fresh': [], 'steady': []}
    for size in (args.size, 2 * args.size):
        fresh, steady_path = (os.path.join(folder, f'{shape.__name__}-{size}-{kind}.xml') for kind in counts)
        with open(fresh, 'w', encoding='utf-8') as f:
            f.write(shapes.document(shape, size))
        subprocess.run([args.ours, '-x', fresh, '-S', '-Q', '-O', steady_path], stdout=subprocess.DEVNULL, check=True)
        for kind, path in (('fresh', fresh), ('steady', steady_path)):
            counts[kind].append(instructions([args.ours, '-x', path, '-R', '-Q']) - start_cost(args, folder))
    return {kind: {'millions': [round(n / 1e6, 1) for n in counts[kind]], 'growth': round(b / a, 2)}
            for kind, (a, b) in counts.items()}


def start_cost(args, folder, cache={}):
    """What a cluster without resources takes: it says nothing about growth."""
    if args.ours not in cache:
        path = os.path.join(folder, 'empty.xml')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(shapes.document(lambda n: ('', ''), 1))
        cache[args.ours] = instructions([args.ours, '-x', path, '-R', '-Q'])
    return cache[args.ours]


def run_shapes(args):
    wanted = [s for s in shapes.SHAPES if not args.names or s.__name__ in args.names]
    rows, worst = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for shape in wanted:
            rows[shape.__name__] = growth(args, shape, folder)
            print(f'{shape.__name__:24}', json.dumps(rows[shape.__name__]), flush=True)
            worst = max(worst, *(r['growth'] for r in rows[shape.__name__].values()))
    save(args, {'shapes': rows})
    if worst > args.most:
        sys.exit(f'growth of {worst}, where {args.most} is the most')


def save(args, found):
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    old = {}
    if os.path.exists(args.out):
        with open(args.out, encoding='utf-8') as f:
            old = json.load(f)
    with open(args.out, 'w', encoding='utf-8') as f:
        json.dump({**old, **found}, f, indent=1)


def draw(args):
    if not os.path.exists(args.out):
        sys.exit(f'{args.out} is not there: measure first, by bench/scheduler.py scale --out {args.out}')
    with open(args.out, encoding='utf-8') as f:
        rows = json.load(f).get('scale')
    if not rows:
        sys.exit(f'{args.out} has no run of scale: measure first, by bench/scheduler.py scale --out {args.out}')
    with open(CURVE, 'w', encoding='utf-8') as f:
        f.write(curve.picture(rows))
    print(CURVE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=('cases', 'scale', 'shapes', 'draw'))
    parser.add_argument('names', nargs='*', metavar='FOLDER or NAME')
    parser.add_argument('--ours', default=os.path.join(ROOT, 'build', 'bin', 'crm_simulate'))
    parser.add_argument('--theirs', default='/usr/sbin/crm_simulate')
    parser.add_argument('--out', default=os.path.join(ROOT, 'build', 'bench-scheduler.json'))
    parser.add_argument('--every', type=int, default=1, help='take only every Nth case')
    parser.add_argument('--size', type=int, default=500)
    parser.add_argument('--most', type=float, default=2.6)
    parser.add_argument('--repeat', type=int, default=3)
    parser.add_argument('--limit', type=float, default=120, help='seconds')
    args = parser.parse_args()
    {'cases': run_cases, 'scale': run_scale, 'shapes': run_shapes, 'draw': draw}[args.what](args)


if __name__ == '__main__':
    main()
