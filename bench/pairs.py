#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pairs - ordered messages through Debian's Corosync and through Hale's engine, second by second in turns.

Both rings are up at once, each on a lab of its own; one idles while the other works. So the two samples of a pair are
taken within seconds of each other, and other work on the machine meets both alike. What is shown is the median of the
pairs' ratios. Beside the rate stands what a message costs: processor time of all engines by the number of messages,
which other work on the machine changes much less than it changes rates.

	bench/pairs.py                                       2, 3 and 5 hosts, clear and encrypted, all sizes
	bench/pairs.py --hosts 3 --sizes 1024 --crypto on    one row
	bench/pairs.py --idle 8 --hosts 2,16 --crypto off    no messages: processor and memory of idle nodes
	bench/pairs.py --engine before=/tmp/hale-engine      a third engine, for instance from before a change
"""
import argparse
import contextlib
import os
import statistics
import sys
import time

from bench import (ROOT, SIZES, WINDOWS, Engine, Ring, bytes_word, circumstances, cpu_ns, crypto_word, memory_mb,
                   numbers)
from lab import Lab

LONE = 0  # in place of a size: one small message at a time
QUIET_S = 12  # until a new ring is idle


class Sample:
    """One load on one ring."""

    def __init__(self, ring, size, seconds, window):
        before = [cpu_ns(p) for p in ring.pids()]
        if size == LONE:
            reports = ring.load(1, size=64, window=1, rate=100, seconds=seconds)
        else:
            reports = ring.load(1, size=size, window=window or WINDOWS[size], seconds=seconds)
        work_ns = sum(cpu_ns(p) - b for p, b in zip(ring.pids(), before))
        self.rate = min(r['messages_s'] for r in reports)
        self.mb_s = min(r['mb_s'] for r in reports)
        self.p50, self.p99 = reports[0]['p50_us'], reports[0]['p99_us']
        self.cost_us = work_ns / 1e3 / max(r['delivered'] for r in reports)


class Idle:
    """What rings cost that do nothing, all at the same time; means of their nodes."""

    def __init__(self, ring, seconds, works_ns):
        pids = ring.pids()
        self.percent = works_ns / len(pids) / seconds / 1e7
        self.resident = sum(memory_mb(p, 'Rss') for p in pids) / len(pids)
        self.locked = sum(memory_mb(p, 'Locked') for p in pids) / len(pids)


def ratio(samples, other, value):
    """Median, least and greatest of the pairs' ratios."""
    ratios = [value(ours) / max(value(theirs), 1e-9) for theirs, ours in zip(samples, other)]
    return f'{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})'


def middle(samples, value, form):
    return format(statistics.median(value(s) for s in samples), form)


VALUES = {'rate': ('messages/s', lambda s: s.rate, ',.0f'), 'mb': ('MB/s', lambda s: s.mb_s, '.1f'),
          'cost': ('us of processor', lambda s: s.cost_us, '.1f'), 'p50': ('median, us', lambda s: s.p50, '.0f'),
          'p99': ('99 of 100, us', lambda s: s.p99, '.0f'), 'percent': ('% of a core', lambda s: s.percent, '.3f'),
          'resident': ('MB resident', lambda s: s.resident, '.1f'), 'locked': ('MB locked', lambda s: s.locked, '.1f')}


def show(hosts, what, keys, samples):
    """A row for each value: all engines, and each but the first beside the first."""
    names = list(samples)
    for key in keys:
        word, value, form = VALUES[key]
        cells = [middle(samples[n], value, form) for n in names]
        # The ratio of bytes is that of messages; what is nothing has none.
        bare = key in ('mb', 'locked')
        ratios = ['' if bare else ratio(samples[names[0]], samples[n], value) for n in names[1:]]
        print(f'| {hosts} | {what}, {word} | {" | ".join(cells + ratios)} |', flush=True)


def load_all(args, rings, hosts, crypto):
    for size in args.sizes:
        samples = {name: [] for name in rings}
        for _ in range(args.pairs):
            for name, ring in rings.items():
                samples[name].append(Sample(ring, size, args.seconds, args.window))
        what = 'a lone message' if size == LONE else bytes_word(size)
        keys = ('p50', 'p99', 'cost') if size == LONE else ('rate', 'mb', 'cost')
        show(hosts, f'{what}, {crypto_word(crypto)}', keys, samples)


def rest_all(args, rings, hosts):
    samples = {name: [] for name in rings}
    time.sleep(QUIET_S)
    for _ in range(args.pairs):
        before = {name: sum(cpu_ns(p) for p in ring.pids()) for name, ring in rings.items()}
        began = time.monotonic()
        time.sleep(args.idle)
        seconds = time.monotonic() - began
        for name, ring in rings.items():
            samples[name].append(Idle(ring, seconds, sum(cpu_ns(p) for p in ring.pids()) - before[name]))
    show(hosts, 'an idle node', ('percent', 'resident', 'locked'), samples)


def measure(args, engines, hosts, crypto):
    with contextlib.ExitStack() as stack:
        rings = {}
        for engine in engines:
            lab = stack.enter_context(Lab(hosts=hosts))
            rings[engine.name] = stack.enter_context(Ring(lab, engine, args.programs, crypto))
            rings[engine.name].start()
        time.sleep(1)
        if args.idle:
            rest_all(args, rings, hosts)
        else:
            load_all(args, rings, hosts, crypto)


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--programs', default=os.path.join(ROOT, 'build', 'bin'), type=os.path.abspath)
    a.add_argument('--hosts', type=numbers, default=(2, 3, 5), help='sizes of the ring, like 2,3,5')
    a.add_argument('--sizes', type=numbers, default=(*SIZES, LONE), help='bytes of a message; 0: a lone one')
    a.add_argument('--crypto', type=lambda t: tuple(w == 'on' for w in t.split(',')), default=(False, True),
                   help='off, on or off,on')
    a.add_argument('--seconds', type=float, default=1.0, help='length of one load')
    a.add_argument('--idle', type=float, default=0, metavar='SECONDS', help='no messages; each look takes so long')
    a.add_argument('--window', type=int, default=0, metavar='N',
                   help='messages under way, instead of the usual number for each size')
    a.add_argument('--pairs', type=int, default=7, help='how often each engine is measured')
    a.add_argument('--engine', action='append', default=[], metavar='NAME=PROGRAM', help='one more engine')
    a.add_argument('--only', action='store_true', help='only those of --engine; the first is the yardstick')
    args = a.parse_args()
    for size in args.sizes:
        if size != LONE and size not in WINDOWS:
            a.error(f'--sizes {size}: known are {LONE}, {", ".join(map(str, WINDOWS))}')
    return args


def main():
    args = arguments()
    engines = [] if args.only else [Engine('Corosync', ['corosync', '-f']),
                                    Engine('Hale', [os.path.join(args.programs, 'hale-engine'), '-f'])]
    engines += [Engine(name, [os.path.abspath(program), '-f'])
                for name, _, program in (e.partition('=') for e in args.engine)]
    first = engines[0].name
    print(f'{time.strftime("%Y-%m-%d %H:%M")}, {circumstances(engines)}\n')
    print(f'| hosts | | {" | ".join([e.name for e in engines] + [f"{e.name} / {first}" for e in engines[1:]])} |')
    print('|--|--|' + '--|' * (2 * len(engines) - 1))
    for hosts in args.hosts:
        for crypto in args.crypto:
            measure(args, engines, hosts, crypto)
    return 0


if __name__ == '__main__':
    sys.exit(main())
