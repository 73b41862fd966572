# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of whole clusters share: hosts with a power switch, Hale's daemons on each, and a watch from outside
over what must never be: a resource that runs twice.

HALE_DAEMONS is the folder of the daemons (default build/bin). KIND=corosync runs all of it on Debian's Corosync
instead of our engine: the manager must not know the difference.
"""
import contextlib
import os
import threading
import time
import xml.etree.ElementTree as xml

import common
from common import Lab, SystemTest, wait_until  # noqa: F401
from lab import Fence, LabError  # noqa: F401
from lab.cluster import Cluster
from lab.process import root_of

DAEMONS = os.path.abspath(os.environ.get('HALE_DAEMONS', f'{common.ROOT}/build/bin'))
KIND = os.environ.get('KIND', 'hale')
ENGINE = '/usr/sbin/corosync' if KIND == 'corosync' else None
HALE = os.path.abspath(os.environ.get('HALE', f'{common.ROOT}/build/bin/hale'))
PROGRAMS = '/opt/hale'  # in each host: the daemons and what agents call, beside each other as where they are installed
CALLED_BY_AGENTS = ['crm_attribute', 'crm_master', 'attrd_updater', 'crm_node']
PID_FILES = {'manager': '/run/hale/manager.pid', 'executor': '/run/hale/executor.pid', 'haled': '/run/hale/haled.pid',
             'engine': '/run/corosync.pid'}
WATCH_S = 0.005
SWITCH = '<primitive id="switch" class="stonith" type="fence_lab"/>'


def main(*needed):
    common.main(f'{DAEMONS}/haled', f'{DAEMONS}/hale-manager', f'{DAEMONS}/hale-executor', *needed)


def dummy(name, interval_s=1, **parameters):
    """Debian's ocf:pacemaker:Dummy; with `start_s` and the like it takes so long."""
    pairs = ''.join(f'<nvpair id="{name}-{key}" name="{key}" value="{value}"/>' for key, value in parameters.items())
    return (f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy">'
            f'<instance_attributes id="{name}-ia">{pairs}</instance_attributes><operations>'
            f'<op id="{name}-m" name="monitor" interval="{interval_s}s" timeout="20s"/></operations></primitive>')


def prefer(resource, node, score='INFINITY'):
    return f'<rsc_location id="{resource}-at-{node}" rsc="{resource}" node="{node}" score="{score}"/>'


class Watch(threading.Thread):
    """Looks into all hosts again and again for the state files of ocf:pacemaker:Dummy."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab = lab
        self.found = []
        self.looks = 0
        self.ends = threading.Event()

    def roots(self):
        return {host: root_of(entry['pid'][0]) for host, entry in self.lab.record()['hosts'].items() if entry['pid']}

    def run(self):
        ended = False
        while not ended:  # a short case is looked at, too
            with contextlib.suppress(OSError, LabError):  # a host that goes away while it is looked at
                self.look()
            ended = self.ends.wait(WATCH_S)

    def look(self):
        roots = self.roots()
        first = {host: states(root) for host, root in roots.items()}
        self.looks += 1
        for host, names in first.items():
            for other, others in first.items():
                # what was seen at the one before and is there still ran while the other one's was seen
                for name in names & others if host < other else ():
                    if name in states(roots[host]) and name in states(roots[other]):
                        self.found.append(f'{time.monotonic():.3f}: {name} runs on {host} and {other}')

    def stop(self):
        self.ends.set()
        self.join()
        return self.found


def states(root):
    """Names of the Dummies that run in a host."""
    with os.scandir(f'{root}/run') as entries:
        return {entry.name[6:-6] for entry in entries
                if entry.name.startswith('Dummy-') and entry.name.endswith('.state')}


class ClusterTest(SystemTest):
    """Each case has hosts, a switch and a cluster of its own; whatever it does, nothing may have run twice."""

    def form(self, count=3, links=1, **options):
        lab = Lab(hosts=count, links=links)
        self.lab = lab.__enter__()
        self.addCleanup(lab.__exit__, None, None, None)
        self.fence = Fence(self.lab)
        self.fence.start()
        for host in self.lab.hosts():
            self.install(host)
        self.cluster = Cluster(self.lab, **options)
        self.cluster.configure()
        self.before_hale()
        self.cluster.start_hale(PROGRAMS, engine=ENGINE)
        took_s = self.cluster.wait_hale()
        self.watch = Watch(self.lab)
        self.watch.start()
        self.addCleanup(self.check_watch)
        return took_s

    def before_hale(self):
        """The hosts are up, and nothing runs yet: for tests that need more of them."""

    def install(self, host):
        """Debian's programs of the same names are gone: agents must find ours."""
        self.lab.run(host, ['sh', '-c', 'cd /usr/sbin && rm -f "$@" && mkdir -p "$0" && cd "$0" && ln -s '
                            f'{DAEMONS}/haled {DAEMONS}/hale-engine {DAEMONS}/hale-executor {DAEMONS}/hale-manager . '
                            f'&& for name in "$@"; do ln -s {HALE} "$name"; done', PROGRAMS, *CALLED_BY_AGENTS])

    def fenced(self):
        return [entry['target'] for entry in self.fence.history() if entry['action'] in ('off', 'reboot')]

    def check_watch(self):
        found = self.watch.stop()
        self.assertGreater(self.watch.looks, 0)
        self.assertEqual([], found[:5], 'something ran twice')

    def defaults(self, **values):
        """Meta-attributes of all resources."""
        pairs = ''.join(f'<nvpair id="default-{name}" name="{name}" value="{value}"/>'
                        for name, value in values.items())
        self.cluster.change('a', 'modify', f'<meta_attributes id="defaults">{pairs}</meta_attributes>',
                            scope='rsc_defaults', allow_create=1)

    # -- looking from outside

    def running_on(self, name):
        """Hosts on which this Dummy runs."""
        return sorted(host for host, root in self.watch.roots().items()
                      if os.path.exists(f'{root}/run/Dummy-{name}.state'))

    def incarnation(self, host, name):
        """Changes when the agent was started again."""
        status = os.stat(f'{self.watch.roots()[host]}/run/Dummy-{name}.state')
        return status.st_ino, status.st_mtime_ns

    def wait_running(self, name, hosts, timeout_s=20):
        """Until it runs on exactly one of `hosts`; returns (that one, seconds)."""
        took_s = wait_until(lambda: len(self.running_on(name)) == 1 and self.running_on(name)[0] in hosts, timeout_s,
                            f'{name} runs on one of {" ".join(hosts)}',
                            lambda: f'{self.running_on(name)}{self.cluster.hale_logs(self.cluster.running())}')
        return self.running_on(name)[0], took_s

    def others(self, host):
        return [other for other in self.lab.hosts() if other != host]

    # -- doing

    def kill_daemon(self, host, which):
        """SIGKILL; returns its pid."""
        pid = self.pid_of(host, which)
        self.lab.run(host, ['kill', '-KILL', pid])
        return pid

    def pid_of(self, host, which):
        return self.lab.run(host, ['cat', PID_FILES[which]]).stdout.split()[0]

    def wait_new_pid(self, host, which, old, timeout_s=15):
        def back():
            done = self.lab.run(host, ['cat', PID_FILES[which]], check=False)
            return done.stdout.split() not in ([], [old]) and alive(self.lab, host, done.stdout.split()[0])
        return wait_until(back, timeout_s, f'{which} of {host} is started again')

    def return_host(self, host):
        """A host that is down boots, and its service manager starts haled."""
        if self.lab.view(host).state() == 'down':
            self.lab.boot(host)
        self.cluster.start_hale(PROGRAMS, host, engine=ENGINE)

    def fail_count(self, host, name):
        answer = self.cluster.api(host, 'GET', '/v1/attributes')[1]
        return {entry['node']: entry['value'] for entry in answer
                if entry['name'].startswith(f'fail-count-{name}')}

    def recorded(self, host, name):
        """How often an operation of this resource failed, by the status that all see."""
        return [op for op in self.cluster.cib(host, scope='status').iter('lrm_rsc_op')
                if op.get('operation_key', '').startswith(f'{name}_')]

    def same_everywhere(self):
        """All hosts have the same configuration and status."""
        def texts():
            return {canonical(self.cluster.cib(host)) for host in self.cluster.running()}
        wait_until(lambda: len(texts()) == 1, 10, 'the same document on all hosts',
                   lambda: '\n\n'.join(sorted(texts())))


def canonical(element):
    return xml.canonicalize(xml.tostring(element))


def alive(lab, host, pid):
    return lab.run(host, ['kill', '-0', pid], check=False).returncode == 0

