#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cluster - the same work of a whole cluster of two hosts on Debian's Corosync and Pacemaker, and on Hale, in one run.

	bench/cluster.py --programs build/bin [--runs 5] [--json out.json]

Both have default configurations, encryption, and fencing by the lab's power switch; what is measured is seen from
outside, on one clock: a page that a third host reads every 10 ms, state files of agents in the hosts.

	start       both hosts' daemons started, to: a leader is known and both nodes are online
	create      a Dummy given to the cluster, to: its agent has started it
	recover     a Dummy (monitor every second) vanishes, to: it is there again
	move        a location constraint for the other host, to: the page comes from there
	failover    the host that serves loses its power, to: the page comes from the other one
	memory      all daemons of a node, in MB: proportional (PSS) and resident (RSS)
"""
import argparse
import json
import os
import statistics
import sys
import time
import types

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

from lab import Fence, Lab  # noqa: E402  the path comes first
from lab.cluster import Cluster  # noqa: E402

NODES = ['a', 'b']
DAEMONS = ('corosync', 'pacemaker', 'hale-', 'haled')
WAIT_S = 90


def load_demo():
    """The demo's service and reader are measured here too: one copy of them."""
    path = f'{ROOT}/tools/demo'
    module = types.ModuleType('demo')
    module.__file__ = path
    with open(path) as file:
        exec(compile(file.read(), path, 'exec'), module.__dict__)  # it has no ".py" to be imported by
    return module


demo = load_demo()


def wait(true, what, timeout_s=WAIT_S, step_s=0.005):
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f'not within {timeout_s} s: {what}')
        time.sleep(step_s)
    return time.monotonic()


class Side:
    """One of the two, on a lab of its own."""

    def __init__(self, lab, programs):
        self.lab, self.programs = lab, programs
        self.cluster = Cluster(lab, hosts=NODES, crypto=True)
        self.fence = Fence(lab)
        self.fence.start()
        self.cluster.configure()
        self.address = lab.address('a').rpartition('.')[0] + '.100'
        for host in NODES:
            lab.run(host, ['sh', '-c', 'cat >/etc/demo-nginx.conf'], input=demo.NGINX.format(host=host))

    def states(self, name):
        roots = {host: entry['pid'][0] for host, entry in self.lab.record()['hosts'].items() if entry['pid']}
        return [host for host, pid in roots.items() if os.path.exists(f'/proc/{pid}/root/run/Dummy-{name}.state')]

    def memory(self, host):
        """(PSS, RSS) in MB of the daemons of a host."""
        pss = rss = 0
        for pid in self.lab.view(host).pids():
            try:
                with open(f'/proc/{pid}/comm') as comm, open(f'/proc/{pid}/smaps_rollup') as rollup:
                    if not comm.read().startswith(DAEMONS):
                        continue
                    fields = {line.split(':')[0]: int(line.split()[1]) for line in rollup if line.split()[-1] == 'kB'}
                    pss, rss = pss + fields['Pss'], rss + fields['Rss']
            except OSError:
                continue
        return pss / 1024, rss / 1024


class Hale(Side):
    name = 'Hale'

    def start(self, *hosts):
        self.cluster.start_hale(self.programs, *hosts)

    def wait_online(self):
        self.cluster.wait_hale(NODES, timeout_s=WAIT_S)

    def create(self, host, scope, text):
        self.cluster.create(host, scope, text)

    def settle(self, host):
        self.cluster.settle(host)


class Pacemaker(Side):
    name = 'Corosync+Pacemaker'

    def start(self, *hosts):
        self.cluster.start(*hosts)
        self.cluster.start_pacemaker(*hosts)

    def wait_online(self):
        self.cluster.wait_online(2, NODES, WAIT_S)
        wait(lambda: self.cluster.monitor('a').find('.//current_dc[@present="true"]') is not None, 'a DC')

    def create(self, host, scope, text):
        self.lab.run(host, ['cibadmin', '--create', '-o', scope, '--xml-text', text])

    def settle(self, host):
        self.lab.run(host, ['crm_resource', '--wait', '-T', '60'], check=False, timeout=70)


def dummy(name):
    return (f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy"><operations>'
            f'<op id="{name}-m" name="monitor" interval="1s" timeout="20s"/></operations></primitive>')


def measure(kind, programs):
    """One life of a cluster: {measure: value}."""
    found = {}
    with Lab(hosts=[*NODES, demo.READER]) as lab:
        side = kind(lab, programs)
        began = time.monotonic()
        side.start(*NODES)
        side.wait_online()
        found['start s'] = time.monotonic() - began
        reader = demo.Reader(lab, side.address)
        side.create('a', 'resources', '<primitive id="power-switch" class="stonith" type="fence_lab"/>')
        side.create('a', 'resources', demo.SERVICE.format(address=side.address))
        _, said = reader.wait(began, lambda said: said != 'nothing', WAIT_S)
        side.settle('a')
        began = time.monotonic()
        side.create('a', 'resources', dummy('d'))
        found['create s'] = wait(lambda: side.states('d'), 'd runs') - began
        side.settle('a')
        time.sleep(1.5)
        host = side.states('d')[0]
        pid = lab.record()['hosts'][host]['pid'][0]
        began = time.monotonic()
        os.unlink(f'/proc/{pid}/root/run/Dummy-d.state')
        found['recover s'] = wait(lambda: side.states('d'), 'd runs again') - began
        side.settle('a')
        found['memory PSS MB'], found['memory RSS MB'] = side.memory('a')
        at, to = said.split()[-1], [host for host in NODES if host != said.split()[-1]][0]
        began = time.monotonic()
        side.create('a', 'constraints', f'<rsc_location id="move" rsc="web" node="{to}" score="1000"/>')
        found['move s'] = reader.wait(began, lambda said: said.endswith(to), WAIT_S)[0] - began
        side.settle('a')
        time.sleep(1)
        began = time.monotonic()
        lab.kill(to)
        found['failover s'] = reader.wait(began, lambda said: said.endswith(at), WAIT_S)[0] - began
        reader.close()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--programs', default=f'{ROOT}/build/bin')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--json')
    arguments = parser.parse_args()
    results = {kind.name: [] for kind in (Pacemaker, Hale)}
    for number in range(arguments.runs):
        for kind in (Pacemaker, Hale):
            found = measure(kind, arguments.programs)
            results[kind.name].append(found)
            print(f'{number + 1} {kind.name:20}' + '  '.join(f'{name} {value:.2f}' for name, value in found.items()),
                  flush=True)
    theirs, ours = (results[kind.name] for kind in (Pacemaker, Hale))
    print(f'\n{"medians of " + str(arguments.runs):16}{Pacemaker.name:>28}{Hale.name:>28}{"ratio":>8}')
    for name in theirs[0]:
        columns = [sorted(run[name] for run in runs) for runs in (theirs, ours)]
        medians = [statistics.median(column) for column in columns]
        cells = [f'{median:.2f} ({column[0]:.2f}..{column[-1]:.2f})' for median, column in zip(medians, columns)]
        print(f'{name:16}{cells[0]:>28}{cells[1]:>28}{medians[1] / medians[0]:>8.2f}')
    if arguments.json:
        with open(arguments.json, 'w') as file:
            json.dump(results, file, indent=1)


if __name__ == '__main__':
    main()
