#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench - the same loads on Debian's Corosync and on Hale's engine, one after the other in one run.

Machines differ and are noisy, so each measure is taken in turns (Corosync, Hale, Corosync, Hale ...) on the same hosts
of one lab, medians are shown with the least and the greatest value, and only the ratio of one run says anything.

	bench/bench.py short                     everything but calm, small
	bench/bench.py throughput latency        these measures, at full size
	bench/bench.py detect --hosts 2,5,8 --runs 5 --json out.json

Measures: throughput (messages and MB a second), latency (a lone message), start (first start to full membership),
detect (host killed to the others' new membership, default configuration), idle (memory and CPU of an idle member),
calm (changes of membership under trouble that nobody should answer with one: should be none).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from lab import Lab, LabError  # noqa: E402  the path comes first
from lab.cluster import Cluster  # noqa: E402

SIZES = (64, 1024, 8192, 65536, 1048576)
WINDOWS = {64: 256, 1024: 256, 8192: 256, 65536: 64, 1048576: 4}
LOG = '/var/log/engine.log'
SETTLE_S = 1.0
# measure -> (what one run at full size takes, what a short one takes)
PLANS = {
    'throughput': ({'hosts': (2, 3, 5), 'crypto': (False, True), 'sizes': SIZES, 'seconds': 1.5, 'runs': 5},
                   {'hosts': (3,), 'crypto': (False, True), 'sizes': (64, 1024, 65536), 'seconds': 1.0, 'runs': 3}),
    'latency': ({'hosts': (2, 3, 5), 'crypto': (False, True), 'seconds': 4.0, 'runs': 5},
                {'hosts': (3,), 'crypto': (False, True), 'seconds': 2.0, 'runs': 3}),
    'start': ({'hosts': (3, 16), 'runs': 5}, {'hosts': (3,), 'runs': 3}),
    'detect': ({'hosts': (2, 5, 8), 'runs': 5}, {'hosts': (2,), 'runs': 2}),
    'calm': ({'hosts': (3,), 'seconds': 20.0, 'runs': 3}, None),
    'idle': ({'hosts': (2, 16), 'seconds': 12.0, 'settle': 12.0, 'runs': 1},
             {'hosts': (2,), 'seconds': 5.0, 'settle': 5.0, 'runs': 1}),
}


class Engine:
    """One of the two sides: its name in the table, its command, its pids on this machine."""

    def __init__(self, name, command):
        self.name = name
        self.command = command


class Ring:
    """An engine running on all hosts of a lab, from enter to exit."""

    def __init__(self, lab, engine, programs, crypto=False):
        self.lab, self.engine, self.programs = lab, engine, programs
        self.cluster = Cluster(lab, crypto=crypto, engine=engine.command)
        self.hosts = lab.hosts()

    def __enter__(self):
        self.cluster.configure()
        return self

    def __exit__(self, *exception):
        for daemon in self.cluster.engines.values():
            daemon.kill()
        deadline = time.monotonic() + 5
        while any(d.alive() for d in self.cluster.engines.values()) and time.monotonic() < deadline:
            time.sleep(0.02)

    def client(self, host, program, *argv):
        # The engines are real-time; clients at a common priority would measure whatever else the machine does.
        argv = ['nice', '-n', '-15', os.path.join(self.programs, program), *argv]
        command = self.lab.view(host).command(argv)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def start(self):
        """Start everywhere at once; returns seconds until every member told its clients of the full membership."""
        watchers = {h: self.client(h, 'ring-watch', len(self.hosts)) for h in self.hosts}
        time.sleep(0.2)
        began = time.monotonic_ns()
        with ThreadPoolExecutor(len(self.hosts)) as pool:
            list(pool.map(self.cluster.start, self.hosts))
        return max(self.last_view(w, h) for h, w in watchers.items()) / 1e9 - began / 1e9

    def last_view(self, watcher, host, timeout_s=90):
        """When this watcher saw what it waited for, in nanoseconds of the monotonic clock."""
        try:
            out, _ = watcher.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            watcher.kill()
            raise LabError(f'{self.engine.name} on {host}: not the expected membership in {timeout_s} s'
                           + self.cluster.logs(LOG, [host])) from None
        if watcher.returncode:
            raise LabError(f'{self.engine.name} on {host} went away' + self.cluster.logs(LOG, [host]))
        return int(out.strip().splitlines()[-1].split()[0])

    def load(self, senders, **options):
        """Reports of ring-load on all hosts."""
        words = [w for name, value in options.items() for w in (f'--{name}', str(value))]
        common = ['--members', len(self.hosts), '--senders', senders, *words]
        runs = [self.client(h, 'ring-load', *common, *(['--send'] if i < senders else []))
                for i, h in enumerate(self.hosts)]
        reports = []
        for host, run in zip(self.hosts, runs):
            out, err = run.communicate()
            if run.returncode:
                raise LabError(f'{self.engine.name} on {host}: ring-load ended with {run.returncode}: {err.strip()}')
            reports.append(json.loads(out))
        if len({r['order'] for r in reports}) != 1:
            raise LabError(f'{self.engine.name}: the members saw different messages: {reports}')
        return reports

    def pids(self):
        return [d.process.pid for d in self.cluster.engines.values()]


# -- the measures: each yields (row name, unit, "more" or "less" is better, {engine name: samples})


def table_of(engines):
    return {e.name: [] for e in engines}


def measure_throughput(lab, plan, bench):
    for crypto in plan['crypto']:
        rows = {size: table_of(bench.engines) for size in plan['sizes']}
        for _ in range(plan['runs']):
            for engine in bench.engines:
                with Ring(lab, engine, bench.clients, crypto) as ring:
                    ring.start()
                    time.sleep(SETTLE_S)
                    for size, row in rows.items():
                        reports = ring.load(1, size=size, window=WINDOWS[size], seconds=plan['seconds'])
                        row[engine.name].append(min(r['messages_s'] for r in reports))
        for size, row in rows.items():
            yield f'messages of {bytes_word(size)}, {crypto_word(crypto)}', '/s', 'more', row


def measure_latency(lab, plan, bench):
    for crypto in plan['crypto']:
        median, tail = table_of(bench.engines), table_of(bench.engines)
        for _ in range(plan['runs']):
            for engine in bench.engines:
                with Ring(lab, engine, bench.clients, crypto) as ring:
                    ring.start()
                    time.sleep(SETTLE_S)
                    report = ring.load(1, size=64, window=1, rate=100, seconds=plan['seconds'])[0]
                    median[engine.name].append(report['p50_us'])
                    tail[engine.name].append(report['p99_us'])
        yield f'a lone message, median, {crypto_word(crypto)}', 'us', 'less', median
        yield f'a lone message, 99 of 100, {crypto_word(crypto)}', 'us', 'less', tail


def measure_start(lab, plan, bench):
    row = table_of(bench.engines)
    for _ in range(plan['runs']):
        for engine in bench.engines:
            with Ring(lab, engine, bench.clients) as ring:
                row[engine.name].append(ring.start())
    yield 'start to full membership', 's', 'less', row


def measure_detect(lab, plan, bench):
    row = table_of(bench.engines)
    for _ in range(plan['runs']):
        for engine in bench.engines:
            with Ring(lab, engine, bench.clients) as ring:
                ring.start()
                time.sleep(3)
                victim, others = ring.hosts[-1], ring.hosts[:-1]
                watchers = {h: ring.client(h, 'ring-watch', len(others)) for h in others}
                time.sleep(0.5)
                began = time.monotonic_ns()
                lab.kill(victim)
                row[engine.name].append(max(ring.last_view(w, h) for h, w in watchers.items()) / 1e9 - began / 1e9)
                lab.boot(victim)
    yield 'host killed to new membership', 's', 'less', row


def measure_idle(lab, plan, bench):
    names = ('resident memory a node', 'locked memory a node', 'CPU of an idle node')
    rows = {name: table_of(bench.engines) for name in names}
    for _ in range(plan['runs']):
        for engine in bench.engines:
            with Ring(lab, engine, bench.clients) as ring:
                ring.start()
                time.sleep(plan['settle'])
                pids = ring.pids()
                before, began = [cpu_ns(p) for p in pids], time.monotonic_ns()
                time.sleep(plan['seconds'])
                span = time.monotonic_ns() - began
                rows[names[2]][engine.name] += [(cpu_ns(p) - b) / span * 100 for p, b in zip(pids, before)]
                rows[names[0]][engine.name] += [memory_mb(p, 'Rss') for p in pids]
                rows[names[1]][engine.name] += [memory_mb(p, 'Locked') for p in pids]
    for name in names:
        yield name, '%' if 'CPU' in name else 'MB', 'less', rows[name]


class Pauses:
    """A host stands still for so long, again and again, as it does under a snapshot or a busy hypervisor."""

    def __init__(self, lab, host, pause_s):
        self.lab, self.host, self.pause_s = lab, host, pause_s

    def __call__(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.lab.pause(self.host)
            time.sleep(self.pause_s)
            self.lab.resume(self.host)
            time.sleep(self.pause_s + 1)


def troubles(lab, host):
    """(name, what brings it, what lasts for so many seconds, what ends it)"""
    def nothing():
        pass
    yield 'load and no room on the machine', nothing, time.sleep, nothing
    yield 'load and 3 % loss', lambda: lab.loss(3), time.sleep, lambda: lab.loss(0)
    yield 'load and 60 ms delay', lambda: lab.delay(60), time.sleep, lambda: lab.delay(0)
    yield 'load and one network cut of two', lambda: lab.isolate(host, link=1), time.sleep, lab.heal
    for pause_s in (0.5, 1.0, 1.5):
        yield f'pauses of {pause_s} s', nothing, Pauses(lab, host, pause_s), nothing


def changes_during(ring, plan, bring, last, end):
    """Changes of membership that the members told their clients of, while trouble lasted and a little longer."""
    watchers = [ring.client(h, 'ring-watch') for h in ring.hosts]
    burners = [subprocess.Popen(['sh', '-c', 'while :; do :; done']) for _ in range(os.cpu_count())]
    senders = [ring.client(h, 'ring-load', '--members', len(ring.hosts), '--send', '--senders', len(ring.hosts),
                           '--size', 1024, '--seconds', plan['seconds'] + 2, '--rate', 300) for h in ring.hosts]
    time.sleep(1)
    try:
        bring()
        last(plan['seconds'])
    finally:
        end()
        time.sleep(4)
        for process in burners + senders + watchers:
            process.kill()
    # The first line of each is the membership that it found.
    return max(len(w.communicate()[0].splitlines()) - 1 for w in watchers)


def measure_calm(lab, plan, bench):
    rows = {}
    for engine in bench.engines:
        with Ring(lab, engine, bench.clients, crypto=True) as ring:
            ring.start()
            time.sleep(SETTLE_S)
            for what, bring, last, end in troubles(lab, ring.hosts[-1]):
                row = rows.setdefault(what, table_of(bench.engines))
                for _ in range(plan['runs']):
                    row[engine.name].append(changes_during(ring, plan, bring, last, end))
    for what, row in rows.items():
        yield f'changes of membership under {what}', 'number', 'less', row


def cpu_ns(pid):
    """Time on a core of all threads."""
    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat') as f:
            total += int(f.read().split()[0])
    return total


def memory_mb(pid, field):
    """Locked is what is locked and there; VmLck of the status file counts also what was only reserved."""
    with open(f'/proc/{pid}/smaps_rollup') as f:
        return next(int(line.split()[1]) for line in f if line.startswith(field + ':')) / 1024


def bytes_word(size):
    return f'{size} B' if size < 1024 else f'{size // 1024} KiB' if size < 1048576 else f'{size // 1048576} MiB'


def crypto_word(crypto):
    return 'aes256/sha256' if crypto else 'clear'


# -- the table


def figure(samples):
    """median (least to greatest)"""
    if not samples:
        return '-'
    if max(samples) == 0:
        return '0'
    digits = 0 if statistics.median(samples) >= 1000 else 1 if statistics.median(samples) >= 20 else 2
    values = [f'{v:.{digits}f}' for v in (statistics.median(samples), min(samples), max(samples))]
    return f'{values[0]} ({values[1]} to {values[2]})'


def show(result, engines):
    cells = [figure(result['samples'][e.name]) for e in engines]
    medians = [statistics.median(s) if s else 0 for s in (result['samples'][e.name] for e in engines)]
    ratio = f'{medians[1] / medians[0]:.2f}' if len(medians) == 2 and medians[0] else '-'
    print(f'| {result["hosts"]} | {result["what"]}, {result["unit"]} | {" | ".join(cells)} | {ratio} |', flush=True)


MEASURES = {'throughput': measure_throughput, 'latency': measure_latency, 'start': measure_start,
            'detect': measure_detect, 'idle': measure_idle, 'calm': measure_calm}


def circumstances(engines):
    """What a reader of the table must know of the machine, and what else it was doing."""
    versions = []
    for engine in engines:
        out = subprocess.run([engine.command[0], '-v'], stdout=subprocess.PIPE, text=True).stdout.splitlines()
        versions.append(out[0] if out else engine.name)
    load = ' '.join(f'{x:.1f}' for x in os.getloadavg())
    return f'{os.cpu_count()} cores, Linux {os.uname().release}, load average {load}; {"; ".join(versions)}'


class Bench:
    def __init__(self, args):
        self.args = args
        self.clients = os.path.abspath(args.programs)
        self.engines = [Engine('Corosync', ['corosync', '-f'])]
        hale = os.path.join(os.path.abspath(args.programs), 'hale-engine')
        if not args.only or args.only == 'hale':
            self.need(hale)
            self.engines.append(Engine('Hale', [hale, '-f']))
        if args.only == 'hale':
            del self.engines[0]
        for program in ('ring-load', 'ring-watch'):
            self.need(os.path.join(self.clients, program))
        self.results = []

    @staticmethod
    def need(program):
        if not os.access(program, os.X_OK):
            sys.exit(f'bench: there is no {os.path.normpath(program)}; run `make build`')

    def plan(self, measure):
        plan = dict(PLANS[measure][1 if self.args.short else 0])
        for name in ('hosts', 'runs', 'sizes', 'crypto', 'seconds'):
            if getattr(self.args, name) is not None and name in plan:
                plan[name] = getattr(self.args, name)
        return plan

    def run(self, measure):
        plan = self.plan(measure)
        for hosts in plan['hosts']:
            with Lab(hosts=hosts, links=2 if measure == 'calm' else 1) as lab:
                for what, unit, better, samples in MEASURES[measure](lab, plan, self):
                    result = {'measure': measure, 'hosts': hosts, 'what': what, 'unit': unit, 'better': better,
                              'samples': samples}
                    self.results.append(result)
                    show(result, self.engines)

    def run_all(self):
        print(f'{time.strftime("%Y-%m-%d %H:%M")}, {circumstances(self.engines)}\n')
        names = ' | '.join(e.name for e in self.engines)
        print(f'| hosts | median (least to greatest) | {names} | Hale / Corosync |')
        print('|--|--|' + '--|' * (len(self.engines) + 1))
        failed = False
        for measure in self.args.measures:
            try:
                self.run(measure)
            except LabError as e:
                print(f'bench: {measure}: {e}', file=sys.stderr)
                failed = True
        if self.args.json:
            with open(self.args.json, 'w') as f:
                json.dump(self.results, f, indent='\t')
        return 1 if failed else 0


def numbers(text):
    return tuple(int(n) for n in text.split(','))


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('measures', nargs='+', choices=[*MEASURES, 'all', 'short'], metavar='MEASURE')
    a.add_argument('--programs', default=os.path.join(ROOT, 'build', 'bin'), help='where hale-engine is')
    a.add_argument('--hosts', type=numbers, help='sizes of the ring, like 2,3,5')
    a.add_argument('--sizes', type=numbers, help='sizes of messages in bytes')
    a.add_argument('--crypto', type=lambda t: tuple(w == 'on' for w in t.split(',')), help='off, on or off,on')
    a.add_argument('--seconds', type=float, help='length of one load')
    a.add_argument('--runs', type=int, help='how often each engine is measured')
    a.add_argument('--only', choices=['corosync', 'hale'], help='one of the two, to look at it')
    a.add_argument('--json', help='write all samples to this file')
    args = a.parse_args()
    args.short = 'short' in args.measures
    if args.short or 'all' in args.measures:
        args.measures = [m for m in MEASURES if m != 'calm' or not args.short]
    for size in args.sizes or ():
        if size not in WINDOWS:
            a.error(f'--sizes {size}: known are {", ".join(map(str, WINDOWS))}')
    return args


if __name__ == '__main__':
    sys.exit(Bench(arguments()).run_all())
