# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster on the hosts of a lab: corosync.conf and authkey for all, an engine and Pacemaker started, answers awaited.

    with Lab(hosts=3) as lab:
        cluster = Cluster(lab, crypto=True)
        cluster.configure()
        cluster.start()
        cluster.wait_members(3)

Works with any engine that reads corosync.conf and answers Corosync's tools; `engine` is its command, in the foreground.
The files are written into the hosts' own /etc, so they outlive `kill` and `boot`.
"""
import base64
import os
import re
import time
import xml.etree.ElementTree as xml

from .error import LabError

CONF, KEY = '/etc/corosync/corosync.conf', '/etc/corosync/authkey'
ENGINE_LOG, MANAGER_LOG = '/var/log/engine.log', '/var/log/manager.log'
POLL_S = 0.05
MANAGER_FOLDERS = {'/var/lib/pacemaker': '750', '/var/lib/pacemaker/cib': '750', '/var/lib/pacemaker/pengine': '750',
                   '/var/lib/pacemaker/blackbox': '750', '/var/lib/pacemaker/cores': '750', '/run/crm': '750',
                   '/run/pacemaker': '750', '/var/log/pacemaker': '770'}


class Cluster:
    """`totem` and `quorum` are extra lines of those sections; `two_node` None means: when there are two hosts."""

    def __init__(self, lab, name='lab', crypto=False, totem=(), quorum=(), two_node=None, node_ids=None, links=None,
                 engine=('corosync', '-f')):
        self.lab = lab
        self.name = name
        self.crypto = crypto
        self.totem = list(totem)
        self.quorum = list(quorum)
        self.two_node = two_node
        self.node_ids = node_ids or {}
        self.links = links
        self.engine = list(engine)
        self.key = os.urandom(256)
        self.engines = {}
        self.managers = {}

    # -- configuration

    def configuration(self):
        """The text of corosync.conf, the same on every host."""
        cipher, digest = ('aes256', 'sha256') if self.crypto else ('none', 'none')
        totem = ['version: 2', f'cluster_name: {self.name}', 'transport: knet', f'crypto_cipher: {cipher}',
                 f'crypto_hash: {digest}', *self.totem]
        hosts = self.lab.hosts()
        quorum = ['provider: corosync_votequorum', *self.quorum]
        if self.two_node or (self.two_node is None and len(hosts) == 2):
            quorum.append('two_node: 1')
        logging = ['to_logfile: yes', 'logfile: /var/log/cluster.log', 'to_syslog: no', 'timestamp: hires']
        parts = [section('totem', totem),
                 'nodelist {\n' + ''.join(self.node(host, number) for number, host in enumerate(hosts, 1)) + '}\n',
                 section('quorum', quorum), section('logging', logging)]
        return ''.join(parts)

    def node(self, host, number):
        links = self.lab.record()['links'] if self.links is None else self.links
        lines = [f'ring{link}_addr: {self.lab.address(host, link)}' for link in range(links)]
        return section('node', [*lines, f'name: {host}', f'nodeid: {self.node_ids.get(host, number)}'], '\t')

    def configure(self, hosts=None):
        text = self.configuration()
        for host in hosts or self.lab.hosts():
            self.lab.run(host, ['sh', '-c', f'mkdir -p /etc/corosync && cat >{CONF}'], input=text)
            self.lab.run(host, ['sh', '-c', f'umask 377; rm -f {KEY}; base64 -d >{KEY}'],
                         input=base64.b64encode(self.key).decode())

    # -- the engine

    def start(self, *hosts):
        """Start the engine on some hosts, by default on all; does not wait for anything."""
        for host in hosts or self.lab.hosts():
            self.engines[host] = self.lab.start(host, ENGINE_LOG, self.engine)

    def members(self, host):
        """(node ids that the engine of this host sees, whether it has quorum); ([], False) while it does not answer."""
        done = self.lab.run(host, ['corosync-quorumtool', '-s', '-i'], check=False)
        return parse_quorum(done.stdout)

    def wait_members(self, count, hosts=None, quorate=True, timeout_s=30):
        """Wait until each of `hosts` (default: all that run) sees `count` members and quorum; returns seconds."""
        hosts = hosts or self.running()

        def wrong():
            seen = {host: self.members(host) for host in hosts}
            return {host: answer for host, answer in seen.items() if (len(answer[0]), answer[1]) != (count, quorate)}

        what = f'{count} members with{"" if quorate else "out"} quorum'
        return wait(wrong, timeout_s, what, lambda: self.logs(ENGINE_LOG, hosts))

    def running(self):
        return [name for name, host in self.lab.status()['hosts'].items() if host['state'] == 'up']

    def logs(self, log, hosts):
        ends = {host: self.lab.run(host, ['tail', '-n', '15', log], check=False).stdout for host in hosts}
        return ''.join(f'\n--- {host} {log}\n{end}' for host, end in ends.items())

    # -- Pacemaker

    def start_pacemaker(self, *hosts):
        """Start Debian's Pacemaker; the engine must run there."""
        for host in hosts or self.lab.hosts():
            if self.lab.run(host, ['id', 'hacluster'], check=False).returncode:
                raise LabError('there is no user "hacluster": apt-get install pacemaker')
            for folder, mode in MANAGER_FOLDERS.items():
                self.lab.run(host, ['install', '-d', '-o', 'hacluster', '-g', 'haclient', '-m', mode, folder])
            self.managers[host] = self.lab.start(host, MANAGER_LOG, ['pacemakerd', '-f'])

    def online(self, host):
        """Names of the nodes that Pacemaker on this host sees online."""
        return [node.get('name') for node in self.monitor(host).iterfind('./nodes/node[@online="true"]')]

    def started(self, host, resource):
        """Where Pacemaker on this host says that a resource runs."""
        found = self.monitor(host).iterfind(f'.//resource[@id="{resource}"][@role="Started"]/node')
        return [node.get('name') for node in found]

    def monitor(self, host):
        done = self.lab.run(host, ['crm_mon', '-1', '--output-as=xml'], check=False)
        try:
            return xml.fromstring(done.stdout)
        except xml.ParseError:  # it does not answer yet
            return xml.Element('nothing')

    def wait_online(self, count, hosts=None, timeout_s=60):
        hosts = hosts or self.running()

        def wrong():
            seen = {host: self.online(host) for host in hosts}
            return {host: nodes for host, nodes in seen.items() if len(nodes) != count}

        return wait(wrong, timeout_s, f'{count} nodes online', lambda: self.logs(MANAGER_LOG, hosts))


def section(name, lines, indent=''):
    return ''.join([f'{indent}{name} {{\n', *(f'{indent}\t{line}\n' for line in lines), f'{indent}}}\n'])


def parse_quorum(text):
    """Node ids and quorum out of `corosync-quorumtool -s`."""
    body = text.partition('Membership information')[2]
    ids = [int(match) for match in re.findall(r'^\s*(\d+)\s+\d+\s', body, re.MULTILINE)]
    return sorted(ids), bool(re.search(r'^Quorate:\s+Yes', text, re.MULTILINE))


def wait(wrong, timeout_s, what, explain):
    """Poll until `wrong()` finds nothing; returns the seconds it took."""
    begin = time.monotonic()
    while True:
        found = wrong()
        now_s = time.monotonic() - begin
        if not found:
            return now_s
        if now_s > timeout_s:
            raise LabError(f'no {what} within {timeout_s} s; instead: {found}{explain()}')
        time.sleep(POLL_S)
