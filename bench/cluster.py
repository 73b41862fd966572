#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cluster - the same work of a whole cluster of two hosts on Debian's Corosync and Pacemaker, and on Hale, in one run.

	bench/cluster.py --programs build/bin [--runs 5] [--json out.json]

Both have default configurations, encryption, and fencing by the lab's power switch; what is measured is seen from
outside, on one clock: a page that a third host reads every 10 ms, state files of agents in the hosts.

	start       both hosts' daemons started, to: a leader is known and both nodes are online
	create      a resource given to the cluster, to: its agent has started it
	seen        a resource (monitor each second) vanishes at a moment spread evenly between two monitors, to: the
	            agent's monitor is about to say so
	recover     from there to: the agent has started it again
	move        a location constraint for the other host, to: the agent has started it there
	page moved  the same with an address and nginx, to: the page comes from there
	failover    the host that serves loses its power, to: the page comes from the other one
	memory      all daemons of a node, in MB: proportional (PSS) and resident (RSS)
	status      one run of `hale status`, or of `crm_mon -1`, in a host

Debian's Dummy needs some 30 to 60 ms for whatever it is asked. So "create", "recover" and "move" are measured with an
agent that does the same in a millisecond or two, each five times in a life; "Dummy" beside a name means Debian's.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import types

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

from lab import Fence, Lab  # noqa: E402  the path comes first
from lab.cluster import Cluster  # noqa: E402
from lab.process import root_of  # noqa: E402

NODES = ['a', 'b']
DAEMONS = ('corosync', 'pacemaker', 'hale-', 'haled')
WAIT_S = 90
TIMES = 5
AGENTS = '/usr/lib/ocf/resource.d/bench'
# What it found goes into files, whose times are looked at afterwards.
QUICK = '''#!/bin/sh
state=/run/Dummy-$OCF_RESOURCE_INSTANCE.state
case $1 in
start) : >$state;;
stop) rm -f $state;;
monitor) [ -e $state ] && exit 0; : >/run/missed-$OCF_RESOURCE_INSTANCE; exit 7;;
meta-data) cat <<END
<?xml version="1.0"?>
<resource-agent name="quick" version="1"><version>1.1</version>
<longdesc lang="en">A state file.</longdesc><shortdesc lang="en">A state file</shortdesc><parameters/>
<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="10s"/><action name="meta-data" timeout="5s"/></actions>
</resource-agent>
END
;;
*) exit 3;;
esac
'''


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
            lab.run(host, ['sh', '-c', f'mkdir -p {AGENTS} && cd {AGENTS} && cat >quick && chmod 755 quick'],
                    input=QUICK)

    def root(self, host):
        return root_of(self.lab.record()['hosts'][host]['pid'][0])

    def states(self, name):
        roots = {host: entry['pid'][0] for host, entry in self.lab.record()['hosts'].items() if entry['pid']}
        return [host for host, pid in roots.items() if os.path.exists(f'{root_of(pid)}/run/Dummy-{name}.state')]

    def program(self, name):
        return name if name.startswith('/') else os.path.abspath(f'{self.programs}/{name}')

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
    status = 'hale', 'status'

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
    status = '/usr/sbin/crm_mon', '-1'

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


def resource(name, agent='provider="bench" type="quick"'):
    return (f'<primitive id="{name}" class="ocf" {agent}><operations>'
            f'<op id="{name}-m" name="monitor" interval="1s" timeout="20s"/></operations></primitive>')


def create(side, name, *agent):
    """Seconds until it is started."""
    began = time.monotonic()
    side.create('a', 'resources', resource(name, *agent))
    took_s = wait(lambda: side.states(name), f'{name} runs') - began
    side.settle('a')
    return took_s


def recover(side, name, delay_s):
    """(seconds until its monitor saw, and from there until it was started again)."""
    root = side.root(side.states(name)[0])
    state, missed = f'{root}/run/Dummy-{name}.state', f'{root}/run/missed-{name}'
    if os.path.exists(missed):  # of the probe before its start
        os.unlink(missed)
    time.sleep(delay_s)
    began = time.time()
    os.unlink(state)
    wait(lambda: side.states(name), f'{name} runs again')
    seen, again = os.stat(missed).st_mtime, os.stat(state).st_mtime
    side.settle('a')
    return seen - began, again - seen


def move(side, name):
    to = [host for host in NODES if host not in side.states(name)][0]
    began = time.monotonic()
    side.create('a', 'constraints', f'<rsc_location id="move-{name}" rsc="{name}" node="{to}" score="1000"/>')
    took_s = wait(lambda: side.states(name) == [to], f'{name} runs on {to}') - began
    side.settle('a')
    return took_s


def look(side):
    """Seconds of one look at the status, the quickest of several: the machine does other things, too."""
    command = side.lab.view('a').command([side.program(side.status[0]), *side.status[1:]])
    took_s = []
    for _ in range(10):
        began = time.monotonic()
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        took_s.append(time.monotonic() - began)
    return min(took_s)


def small_things(side, found):
    found['create s, Dummy'] = create(side, 'd', 'provider="pacemaker" type="Dummy"')
    names = [f'q{number}' for number in range(TIMES)]
    found['create s'] = statistics.median(create(side, name) for name in names)
    times = [recover(side, name, number / TIMES) for number, name in enumerate(names)]
    found['seen s'], found['recover s'] = (statistics.median(column) for column in zip(*times))
    found['move s'] = statistics.median(move(side, name) for name in names)


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
        small_things(side, found)
        found['status s'] = look(side)
        found['memory PSS MB'], found['memory RSS MB'] = side.memory('a')
        at, to = said.split()[-1], [host for host in NODES if host != said.split()[-1]][0]
        began = time.monotonic()
        side.create('a', 'constraints', f'<rsc_location id="move" rsc="web" node="{to}" score="1000"/>')
        found['page moved s'] = reader.wait(began, lambda said: said.endswith(to), WAIT_S)[0] - began
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
            print(f'{number + 1} {kind.name:20}' + '  '.join(f'{name} {value:.3f}' for name, value in found.items()),
                  flush=True)
    theirs, ours = (results[kind.name] for kind in (Pacemaker, Hale))
    print(f'\n{"medians of " + str(arguments.runs):16}{Pacemaker.name:>28}{Hale.name:>28}{"ratio":>8}')
    for name in theirs[0]:
        columns = [sorted(run[name] for run in runs) for runs in (theirs, ours)]
        medians = [statistics.median(column) for column in columns]
        cells = [f'{median:.3f} ({column[0]:.3f}..{column[-1]:.3f})' for median, column in zip(medians, columns)]
        print(f'{name:16}{cells[0]:>28}{cells[1]:>28}{medians[1] / medians[0]:>8.2f}')
    if arguments.json:
        with open(arguments.json, 'w') as file:
            json.dump(results, file, indent=1)


if __name__ == '__main__':
    main()
