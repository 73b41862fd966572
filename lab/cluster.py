# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster on the hosts of a lab: corosync.conf and authkey for all, an engine and Pacemaker started, answers awaited.

    with Lab(hosts=3) as lab:
        cluster = Cluster(lab, crypto=True)
        cluster.configure()
        cluster.start()
        cluster.wait_members(3)

    cluster.start_hale('build/bin')     # haled on each host, instead of start(): engine, executor and manager
    cluster.wait_hale()
    cluster.create('a', 'resources', '<primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/>')
    cluster.settle('a')
    cluster.places('a', 'd')            # {'b': 'Started'}

Works with any engine that reads corosync.conf and answers Corosync's tools; `engine` is its command, in the foreground.
The files are written into the hosts' own /etc, so they outlive `kill` and `boot`.
"""
import base64
import http.client
import json
import os
import re
import socket
import time
import urllib.parse
import xml.etree.ElementTree as xml

from .error import LabError
from .process import root_of

CONF, KEY = '/etc/corosync/corosync.conf', '/etc/corosync/authkey'
ENGINE_LOG, MANAGER_LOG = '/var/log/engine.log', '/var/log/manager.log'
HALED_LOG = '/var/log/haled.log'
HALE_LOGS = ['/var/log/hale/haled.log', '/var/log/hale/manager.log', HALED_LOG]
API = '/run/hale/api.sock'
POLL_S = 0.05
MANAGER_FOLDERS = {'/var/lib/pacemaker': '750', '/var/lib/pacemaker/cib': '750', '/var/lib/pacemaker/pengine': '750',
                   '/var/lib/pacemaker/blackbox': '750', '/var/lib/pacemaker/cores': '750', '/run/crm': '750',
                   '/run/pacemaker': '750', '/var/log/pacemaker': '770'}


class Cluster:
    """`totem` and `quorum` are extra lines of those sections; `two_node` None means: when there are two hosts. `hosts`
    are those of the lab that are in the cluster, by default all."""

    def __init__(self, lab, name='lab', crypto=False, totem=(), quorum=(), two_node=None, node_ids=None, links=None,
                 hosts=None, engine=('corosync', '-f')):
        self.lab = lab
        self.nodes = hosts
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
        self.haleds = {}

    def hosts(self):
        """Those of the lab that are in the cluster."""
        return list(self.nodes or self.lab.hosts())

    # -- configuration

    def configuration(self):
        """The text of corosync.conf, the same on every host."""
        cipher, digest = ('aes256', 'sha256') if self.crypto else ('none', 'none')
        totem = ['version: 2', f'cluster_name: {self.name}', 'transport: knet', f'crypto_cipher: {cipher}',
                 f'crypto_hash: {digest}', *self.totem]
        hosts = self.hosts()
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
        for host in hosts or self.hosts():
            self.lab.run(host, ['sh', '-c', f'mkdir -p /etc/corosync && cat >{CONF}'], input=text)
            self.lab.run(host, ['sh', '-c', f'umask 377; rm -f {KEY}; base64 -d >{KEY}'],
                         input=base64.b64encode(self.key).decode())

    # -- the engine

    def start(self, *hosts):
        """Start the engine on some hosts, by default on all; does not wait for anything."""
        for host in hosts or self.hosts():
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
        return [name for name, host in self.lab.status()['hosts'].items()
                if host['state'] == 'up' and name in self.hosts()]

    def logs(self, log, hosts):
        ends = {host: self.lab.run(host, ['tail', '-n', '15', log], check=False).stdout for host in hosts}
        return ''.join(f'\n--- {host} {log}\n{end}' for host, end in ends.items())

    # -- Pacemaker

    def start_pacemaker(self, *hosts):
        """Start Debian's Pacemaker; the engine must run there."""
        for host in hosts or self.hosts():
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


    # -- Hale

    def start_hale(self, programs, *hosts, engine=None):
        """Start haled, which starts the rest; `engine` is another engine than Hale's own, as "/usr/sbin/corosync"."""
        for host in hosts or self.hosts():
            self.haleds[host] = self.lab.start(host, HALED_LOG, haled_command(programs, engine))

    def stop_hale(self, *hosts, timeout_s=60):
        """As a service manager would: resources are moved away first. Returns seconds."""
        for host in hosts:
            self.haleds[host].signal(15)
        return wait(lambda: [host for host in hosts if self.haleds[host].alive()], timeout_s, 'end of haled',
                    lambda: self.hale_logs(hosts))

    def api(self, host, method, path, body=None, timeout_s=70, **query):
        """A request to the API of a host: (status, answer), JSON as what it says, anything else as text."""
        return api(self.lab, host, method, path, body, timeout_s, **query)

    def status(self, host):
        """What /v1/status says; {} while it does not answer."""
        try:
            return self.api(host, 'GET', '/v1/status', timeout_s=5)[1]
        except LabError:
            return {}

    def cib(self, host, **query):
        status, answer = self.api(host, 'GET', '/v1/cib', **query)
        if status != 200:
            raise LabError(f'host {host}: the configuration cannot be read: {answer}')
        return xml.fromstring(answer)

    def change(self, host, op, body=None, **query):
        """A change of the configuration; LabError in the cluster's own words when it is refused."""
        query = {name.replace('_', '-'): value for name, value in query.items()}
        status, answer = self.api(host, 'POST', '/v1/cib', body, op=op, **query)
        if status != 200:
            raise LabError(f'host {host}: {op} is refused: {answer}')

    def create(self, host, scope, body):
        self.change(host, 'create', body, scope=scope)

    def set_property(self, host, **values):
        pairs = ''.join(f'<nvpair id="cib-bootstrap-options-{name}" name="{name}" value="{value}"/>'
                        for name, value in ((name.replace('_', '-'), value) for name, value in values.items()))
        self.change(host, 'modify', f'<cluster_property_set id="cib-bootstrap-options">{pairs}</cluster_property_set>',
                    scope='crm_config', allow_create=1)

    def settle(self, host, timeout_s=30):
        """Until nothing is left to do."""
        status, answer = self.api(host, 'POST', '/v1/wait', json.dumps({'timeout_ms': int(timeout_s * 1000)}),
                                  timeout_s=timeout_s + 10)
        if status != 200:
            raise LabError(f'host {host}: the cluster does not come to rest: {answer}{self.hale_logs(self.running())}')

    def places(self, host, resource):
        """Where a resource is active as the recorded history says: {node: 'Started' | 'Promoted'}."""
        found = {}
        for node in self.cib(host, scope='status').iter('node_state'):
            for entry in node.iter('lrm_resource'):
                if entry.get('id').split(':')[0] == resource:
                    role = role_of(entry)
                    if role:
                        found[node.get('uname')] = role
        return found

    def wait_hale(self, hosts=None, members=None, timeout_s=30):
        """Until each of `hosts` sees quorum, one leader and `members` (default: these) online; returns seconds."""
        hosts = hosts or self.running()
        members = sorted(members or hosts)

        def wrong():
            seen = {host: self.status(host) for host in hosts}
            return {host: answer for host, answer in seen.items() if not agreed(answer, members)}

        return wait(wrong, timeout_s, f'agreement of {" ".join(members)}', lambda: self.hale_logs(hosts))

    def leader(self, host):
        names = [member['name'] for member in self.status(host).get('members', []) if member['leader']]
        return names[0] if names else None

    def hale_logs(self, hosts):
        return ''.join(self.logs(log, [host]) for host in hosts if host in self.running() for log in HALE_LOGS)


def haled_command(programs, engine=None):
    programs = os.path.abspath(programs)
    return [f'{programs}/haled', '-f', '--programs', programs, *(['--engine', engine] if engine else [])]


def agreed(status, members):
    names = sorted(member['name'] or '' for member in status.get('members', []))
    return (status.get('view') == 'agreed' and status.get('quorate') and names == members
            and sum(member['leader'] for member in status['members']) == 1)


def role_of(entry):
    """What the newest entries of a resource's history say that it is."""
    role = None
    for op in sorted(entry.iter('lrm_rsc_op'), key=lambda op: int(op.get('call-id'))):
        name, code = op.get('operation'), op.get('rc-code')
        if name == 'stop' and code == '0' or name == 'monitor' and code == '7':
            role = None
        elif name == 'promote' and code == '0' or name == 'monitor' and code == '8':
            role = 'Promoted'
        elif name in ('start', 'demote', 'monitor') and code == '0':
            role = role if name == 'monitor' and role else 'Started'
        if name == 'demote' and code == '0':
            role = 'Started'
    return role


class Channel(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, timeout_s):
        super().__init__('localhost', timeout=timeout_s)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def api(lab, host, method, path, body=None, timeout_s=70, **query):
    """The socket of a host is reached through /proc: no program has to be started inside."""
    init = lab.view(host).init()
    text = urllib.parse.urlencode({name: str(value) for name, value in query.items()})
    channel = Channel(f'{root_of(init.pid if init else 0)}{API}', timeout_s)
    try:
        channel.request(method, path + (f'?{text}' if text else ''), body)
        response = channel.getresponse()
        answer = response.read().decode()
        is_json = 'json' in (response.getheader('Content-Type') or '')
        return response.status, json.loads(answer) if is_json else answer
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LabError(f'host {host}: the API at {API}: {error or type(error).__name__}') from None
    finally:
        channel.close()


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
