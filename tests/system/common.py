# SPDX-License-Identifier: GPL-2.0-or-later
"""What the system tests share: engines by name, clusters of both kinds, ordered traffic that proves itself, and skips.

Everything runs on hosts of the lab. Environment: HALE_ENGINE (the engine under test), HALE_SYSTEM (the folder with the
programs that are built from this folder); both default to build/.
"""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

from lab import Lab, LabError, lab as lab_module  # noqa: E402,F401
from lab.cluster import CONF, ENGINE_LOG, KEY, Cluster, parse_quorum  # noqa: E402,F401

PROGRAMS = os.environ.get('HALE_SYSTEM', f'{ROOT}/build/tests/system')
HALE = [os.environ.get('HALE_ENGINE', f'{ROOT}/build/bin/hale-engine'), '-f']
COROSYNC = ['corosync', '-f']
ENGINES = {'hale': HALE, 'corosync': COROSYNC}
VERIFY = f'{PROGRAMS}/cpg-verify'
VERIFY_LOG = '/var/log/verify.log'
CLUSTER_LOG = '/var/log/cluster.log'
POLL_S = 0.1
SKIPPED = 77  # what Meson takes for "could not run here"


def missing(*needed):
    """Why this cannot be tested here, or None. Names with "/" are files that the build makes, others commands."""
    try:
        lab_module.need_root()
    except LabError as error:
        return str(error)
    for name in [HALE[0], 'corosync', 'corosync-quorumtool', *needed]:
        if '/' in name and not os.access(name, os.X_OK):
            return f'{name} is not there: build it first ("make build")'
        if '/' not in name and not shutil.which(name):
            return f'{name} is not installed: apt-get install {PACKAGES.get(name, "corosync")}'
    return None


PACKAGES = {'pacemakerd': 'pacemaker', 'crm_mon': 'pacemaker-cli-utils', 'corosync-qdevice': 'corosync-qdevice',
            'corosync-qnetd': 'corosync-qnetd', 'corosync-notifyd': 'corosync-notifyd'}


def main(*needed):
    """Run the tests of the calling file, or say why not."""
    reason = missing(*needed)
    if reason:
        print(f'SKIP {reason}')
        sys.exit(SKIPPED)
    sys.stdout.reconfigure(line_buffering=True)
    unittest.main(verbosity=2)


def wait_until(done, timeout_s, what, explain=lambda: ''):
    """Poll until `done()` is true; returns the seconds that it took."""
    begin = time.monotonic()
    while True:
        if done():
            return time.monotonic() - begin
        if time.monotonic() - begin > timeout_s:
            raise AssertionError(f'not within {timeout_s} s: {what}\n{explain()}')
        time.sleep(POLL_S)


class Ring(Cluster):
    """A cluster whose hosts may run different engines: `kinds` is host -> name in ENGINES, by default all "hale"."""

    def __init__(self, lab, kinds=None, **options):
        super().__init__(lab, **options)
        self.kinds = kinds or {}

    def start(self, *hosts):
        for host in hosts or self.lab.hosts():
            engine = ENGINES[self.kinds.get(host, 'hale')]
            self.engines[host] = self.lab.start(host, ENGINE_LOG, engine)

    def stop(self, *hosts, timeout_s=15):
        """SIGTERM; returns the seconds until the last one was gone."""
        for host in hosts:
            self.engines[host].signal(signal.SIGTERM)
        return wait_until(lambda: not any(self.engines[host].alive() for host in hosts), timeout_s,
                          f'the engines of {" ".join(hosts)} end', lambda: self.logs(CLUSTER_LOG, hosts))

    def form(self, timeout_s=40):
        self.configure()
        self.start()
        return self.wait_members(len(self.lab.hosts()), timeout_s=timeout_s)

    def tell(self, host, *command, check=True):
        return self.lab.run(host, list(command), check=check).stdout

    def value(self, host, key, map_name='icmap'):
        """A cmap value as text, or None."""
        done = self.lab.run(host, ['corosync-cmapctl', '-m', map_name, '-g', key], check=False)
        return done.stdout.rpartition(' = ')[2].strip() if done.returncode == 0 else None

    def ring_id(self, host):
        match = re.search(r'^Ring ID:\s+(\S+)', self.tell(host, 'corosync-quorumtool', '-s', check=False), re.M)
        return match.group(1) if match else None

    def log(self, host):
        return self.lab.run(host, ['cat', CLUSTER_LOG], check=False).stdout

    def views(self, hosts):
        """What quorumtool says on each host, without what is local to it."""
        found = {}
        for host in hosts:
            text = self.tell(host, 'corosync-quorumtool', '-s', '-i', check=False)
            text = re.sub(r'^(Date|Node ID):.*\n', '', text, flags=re.M)
            found[host] = text.replace(' (local)', '')
        return found

    def wait_agreed(self, hosts, timeout_s=15):
        """Until quorumtool says the same on all."""
        wait_until(lambda: len(set(self.views(hosts).values())) == 1, timeout_s, 'the same view on all',
                   lambda: '\n'.join(f'--- {host}\n{text}' for host, text in self.views(hosts).items()))

    def partition(self, *sides):
        """Nothing passes between hosts of different sides (strings or lists of hosts)."""
        for number, side in enumerate(sides):
            for other in sides[number + 1:]:
                for a in side:
                    for b in other:
                        self.lab.cut(a, b)


class Load:
    """cpg-verify on hosts of a ring, and the judgement of all that they saw."""

    def __init__(self, ring, rate=150, size_max=3000):
        self.ring, self.rate, self.size_max = ring, rate, size_max
        self.running = {}
        self.past = []  # logs of processes that are over, as (name, text)
        self.begun = collections.Counter()

    def start(self, *hosts):
        for host in hosts:
            self.collect(host)
            self.begun[host] += 1
            self.running[host] = self.ring.lab.start(
                host, VERIFY_LOG, [VERIFY, str(self.rate), str(self.size_max)])

    def collect(self, host):
        """Keep what a process of an earlier life of this host saw."""
        done = self.ring.lab.run(host, ['sh', '-c', f'cat {VERIFY_LOG} && rm {VERIFY_LOG}'], check=False)
        if done.stdout:
            self.past.append((f'{host}{self.begun[host]}', done.stdout))
        self.running.pop(host, None)

    def wait_group(self, count, timeout_s=30):
        """Until each that runs sees a group of `count`."""
        def sizes():
            return {host: group_size(self.ring.lab.run(host, ['cat', VERIFY_LOG], check=False).stdout)
                    for host in self.running}
        wait_until(lambda: set(sizes().values()) == {count}, timeout_s, f'a group of {count}', lambda: str(sizes()))

    def finish(self, settle_s=20):
        """Stop sending, let all arrive, end; returns {name: Trace} of every process that there ever was."""
        for daemon in self.running.values():
            daemon.signal(signal.SIGUSR1)
        wait_until(lambda: all('\nQ ' in self.ring.lab.run(host, ['cat', VERIFY_LOG]).stdout for host in self.running),
                   settle_s, 'all hear the last of all', lambda: self.ring.logs(VERIFY_LOG, list(self.running)))
        for daemon in self.running.values():
            daemon.signal(signal.SIGTERM)
        wait_until(lambda: not any(daemon.alive() for daemon in self.running.values()), settle_s, 'all is delivered',
                   lambda: self.ring.logs(VERIFY_LOG, list(self.running)))
        for host in list(self.running):
            self.collect(host)
        return {name: Trace(text) for name, text in self.past}


def group_size(text):
    segments = re.findall(r'^S \S+ (\S*)$', text, re.M)
    return len(segments[-1].split(',')) if segments and segments[-1] else 0


class Trace:
    """What one process saw: segments of [(ring, members), {count: hash}, end or None]; where all were silent."""

    def __init__(self, text):
        self.text = text
        self.segments, self.wrong, self.total, self.last = [], [], None, None
        for line in text.splitlines():
            kind, _, rest = line.partition(' ')
            words = rest.split()
            if kind == 'S':
                self.segments.append([(words[0], ''.join(words[1:])), {}, None])
            elif kind in ('C', 'E') and self.segments and len(words) == 2:
                count = int(words[0])
                self.segments[-1][1][count] = words[1]
                if kind == 'E':
                    self.segments[-1][2] = (count, words[1])
            elif kind == 'Q':
                self.last = f'{self.segments[-1][0]} {rest}'
            elif kind == 'T':
                self.total = [int(word) for word in words]
            elif kind == 'BAD':
                self.wrong.append(line)

    def delivered(self):
        return sum(end[0] for _, _, end in self.segments if end)


def disagreements(traces):
    """What contradicts one total order and virtual synchrony in the traces of several processes, as lines."""
    found = [f'{name}: {line}' for name, trace in traces.items() for line in trace.wrong]
    hashes, ends = {}, {}
    for name, trace in traces.items():
        for number, (key, counts, end) in enumerate(trace.segments):
            for count, value in counts.items():
                first, other = hashes.setdefault((key, count), (value, name))
                if first != value:
                    found.append(f'{name} and {other}: other messages among the first {count} of {key}')
            if number + 1 < len(trace.segments):
                following = trace.segments[number + 1][0]
                first, other = ends.setdefault((key, following), (end, name))
                if first != end:
                    found.append(f'{name} ends {key} with {end}, {other} with {first}, both go to {following}')
        if trace.total and trace.total[0] != trace.total[1]:
            found.append(f'{name}: {trace.total[1]} of {trace.total[0]} own messages came back')
    return found


class SystemTest(unittest.TestCase):
    maxDiff = None

    def assert_ordered(self, traces, last, least=1):
        """One order in all traces; those named in `last` ended in the same place after `least` messages in all."""
        found = disagreements(traces)
        self.assertFalse(found, 'the order is broken:\n' + '\n'.join(found[:20]))
        ends = {name: traces[name].last for name in last}
        self.assertEqual(1, len(set(ends.values())), f'they end differently: {ends}')
        for name in last:
            self.assertIsNotNone(traces[name].total, f'{name} did not end well:\n{traces[name].text[-500:]}')
            self.assertGreaterEqual(traces[name].delivered(), least, f'{name} saw too little')

    def assert_alive(self, ring, *hosts):
        for host in hosts:
            self.assertTrue(ring.engines[host].alive(),
                            f'the engine of {host} is gone:\n{ring.logs(ENGINE_LOG, [host])}')


def run_here(*command, timeout_s=30):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
