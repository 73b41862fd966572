#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's corosync-qdevice and corosync-qnetd: two nodes and an arbitrator, on Corosync and on our engine. The vote is
counted, a split is decided, the arbitrator dies and returns; each step must look the same on both engines.

    test_qdevice.py --show ENGINE       play the scenario on "hale" or "corosync" and print what is seen
"""
import re
import sys
import time

from common import CLUSTER_LOG, Lab, Ring, SystemTest, main, wait_until
from lab.cluster import section

ARBITRATOR = 'c'
NODES = ['a', 'b']
QNETD_LOG, QDEVICE_LOG = '/var/log/qnetd.log', '/var/log/qdevice.log'
SETTLE_S = 30
STEADY = 4  # times in a row that all must look the same


class Arbitrated(Ring):
    """Two nodes, a and b; c is no node but runs corosync-qnetd."""

    def __init__(self, lab, kind, algorithm):
        super().__init__(lab, kinds={host: kind for host in NODES}, totem=['token: 1000'], two_node=False)
        self.algorithm = algorithm

    def node(self, host, number):
        return '' if host == ARBITRATOR else super().node(host, number)

    def configuration(self):
        net = section('net', [f'host: {self.lab.address(ARBITRATOR)}', f'algorithm: {self.algorithm}', 'tls: off',
                              'tie_breaker: lowest'], '\t\t')
        device = f'\tdevice {{\n\t\tmodel: net\n\t\tvotes: 1\n\t\ttimeout: 3000\n\t\tsync_timeout: 5000\n{net}\t}}\n'
        provider = 'provider: corosync_votequorum\n'
        return super().configuration().replace(provider, provider + device)

    def start_arbitrator(self):
        self.tell(ARBITRATOR, 'sh', '-c', 'mkdir -p /run/corosync-qnetd /etc/corosync/qnetd')
        self.engines[ARBITRATOR] = self.lab.start(
            ARBITRATOR, QNETD_LOG, ['corosync-qnetd', '-f', '-s', 'off'])

    def start_devices(self, *hosts):
        for host in hosts:
            self.tell(host, 'sh', '-c', 'mkdir -p /run/corosync-qdevice')
            self.lab.start(host, QDEVICE_LOG, ['corosync-qdevice', '-f'])

    def sight(self, host):
        """What a node says of votes, flags and members, in one line."""
        done = self.lab.run(host, ['timeout', '20', 'corosync-quorumtool', '-s', '-i'], check=False)
        if done.returncode == 124:
            raise AssertionError(f'{host}: corosync-quorumtool hangs:' + self.logs(CLUSTER_LOG, NODES))
        text = done.stdout
        fields = {key: ' '.join(re.findall(rf'^{key}:\s+(.*?)\s*$', text, re.M))
                  for key in ('Quorate', 'Expected votes', 'Total votes', 'Quorum', 'Flags')}
        members = re.findall(r'^\s*(\d+)\s+(\d+)\s+(\S+)', text.partition('Membership information')[2], re.M)
        members = ' '.join('/'.join(member) for member in members)
        return (f'{fields["Quorate"] or "gone"}, votes {fields["Total votes"]} of {fields["Expected votes"]}, '
                f'quorum {fields["Quorum"]}, {fields["Flags"]}; {members}')


class Scenario:
    """One series of events; `seen` is (step, {host: sight})."""

    def __init__(self, kind, algorithm):
        self.kind, self.algorithm = kind, algorithm
        self.seen = []

    def run(self):
        with Lab(hosts=3) as self.lab:
            self.ring = Arbitrated(self.lab, self.kind, self.algorithm)
            self.ring.configure(NODES)
            self.ring.start(*NODES)
            self.ring.wait_members(2, hosts=NODES)
            self.ring.start_arbitrator()
            self.ring.start_devices(*NODES)
            self.step('all are there', NODES, 'Qdevice')
            self.split()
            self.arbitrator_dies()
            self.node_dies()
        return self.seen

    def step(self, name, hosts, wanted):
        """Wait until the sights stand still and each of `hosts` has `wanted` (a pattern, or one a host) in it."""
        patterns = wanted if isinstance(wanted, dict) else {host: wanted for host in hosts}
        last, same = None, 0

        def settled():
            nonlocal last, same
            now = {host: self.ring.sight(host) for host in hosts}
            same = same + 1 if now == last else 0
            last = now
            return same >= STEADY and all(re.search(patterns[host], now[host]) for host in hosts)

        begin = time.monotonic()
        wait_until(settled, SETTLE_S, f'{self.kind}, {self.algorithm}: {name}: {patterns}',
                   lambda: f'{last}\n' + self.ring.logs(CLUSTER_LOG, hosts) +
                   self.ring.logs(QDEVICE_LOG, hosts) + self.ring.logs(QNETD_LOG, [ARBITRATOR]))
        print(f'{self.kind:8} {self.algorithm}: {name}: {time.monotonic() - begin:.1f} s')
        self.seen.append((name, last))

    def split(self):
        """The arbitrator sees both halves: the one with the lowest node id wins, the other one must stop."""
        self.lab.cut('a', 'b')
        self.step('a and b are cut', NODES, {'a': '^Yes.*; 1/1/A,V,NMW 0/1/', 'b': '^No.*; 2/1/A,NV,NMW 0/0'})
        self.lab.heal()
        self.step('healed', NODES, '^Yes, votes 3 of 3.*; 1/1/A,V,NMW 2/1/A,V,NMW 0/1')
        self.lab.isolate('a')
        self.step('a is cut off from all', NODES, {'a': '^No.*; 1/1/A,NV,NMW 0/0', 'b': '^Yes.*; 2/1/A,V,NMW 0/1'})
        self.lab.heal()
        self.step('a is back', NODES, '^Yes, votes 3 of 3.*; 1/1/A,V,NMW 2/1/A,V,NMW 0/1')

    def arbitrator_dies(self):
        """Two votes of three are left: both go on without the device."""
        self.lab.kill(ARBITRATOR)
        self.step('the arbitrator is dead', NODES, '^Yes, votes 2 of 3')
        self.lab.boot(ARBITRATOR)
        self.ring.start_arbitrator()
        self.step('the arbitrator is back', NODES, '^Yes, votes 3 of 3.*; 1/1/A,V,NMW 2/1/A,V,NMW 0/1')

    def node_dies(self):
        self.lab.kill('b')
        self.step('b is dead', ['a'], '^Yes, votes 2 of 3.*; 1/1/A,V,NMW 0/1/')
        self.lab.boot('b')
        self.ring.start('b')
        self.step('b is back without its device', NODES, '^Yes')
        self.ring.start_devices('b')
        self.step('b is back', NODES, '^Yes, votes 3 of 3.*; 1/1/A,V,NMW 2/1/A,V,NMW 0/1')
        self.lab.kill(ARBITRATOR)
        self.lab.kill('b')
        self.step('a is all that is left', ['a'], '^No, votes 1 of 3.*; 1/1/A,NV,NMW 0/0/')


class Qdevice(SystemTest):
    def compare(self, algorithm):
        ours, reference = Scenario('hale', algorithm).run(), Scenario('corosync', algorithm).run()
        self.assertEqual(dict(reference), dict(ours))

    def test_ffsplit(self):
        self.compare('ffsplit')

    def test_lms(self):
        self.compare('lms')


if __name__ == '__main__':
    if sys.argv[1:2] == ['--show']:
        for engine in sys.argv[2:]:
            for algorithm in ('ffsplit', 'lms'):
                for name, sights in Scenario(engine, algorithm).run():
                    print(f'{name}:', *(f'\n    {host}: {sight}' for host, sight in sights.items()))
        sys.exit()
    main('corosync-qdevice', 'corosync-qnetd')
