#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Agents, unmodified, on clusters of two and three hosts: start, monitor, fail, recover, move, the death of a host,
promote. What an agent says is not believed: addresses, processes, mounts and answers are looked at from outside.
"""
import os
import sys
import time
import unittest

import common
from managed import KIND, SWITCH, ClusterTest, main, prefer, wait_until

AGENTS = '/usr/lib/ocf/resource.d'
POSTGRES = '/usr/lib/postgresql/15/bin'
once = unittest.skipIf(KIND == 'corosync', 'SKIP on Corosync: the manager is the same, one number of hosts is enough')


def primitive(name, agent, parameters=None, interval_s=1, more=''):
    """`agent`: heartbeat:IPaddr2, pacemaker:Dummy, lsb:thing."""
    kind, _, type_ = agent.rpartition(':')
    where = f'class="{kind}"' if kind in ('lsb', 'stonith', 'systemd') else f'class="ocf" provider="{kind}"'
    pairs = ''.join(f'<nvpair id="{name}-{key}" name="{key}" value="{value}"/>'
                    for key, value in (parameters or {}).items())
    attributes = f'<instance_attributes id="{name}-ia">{pairs}</instance_attributes>' if pairs else ''
    return (f'<primitive id="{name}" {where} type="{type_}">{attributes}<operations>'
            f'<op id="{name}-m" name="monitor" interval="{interval_s}s" timeout="30s"/>{more}</operations></primitive>')


LSB = '''#!/bin/sh
# A service of the old kind: a process, and a script that follows the rules for its exit codes.
pid=/run/thing.pid
alive() { [ -s $pid ] && kill -0 $(cat $pid) 2>/dev/null; }
case $1 in
start) alive && exit 0; setsid sleep 100000 </dev/null >/dev/null 2>&1 & echo $! >$pid;;
stop) alive && kill $(cat $pid); rm -f $pid;;
status) alive && exit 0; exit 3;;
*) exit 2;;
esac
'''
UNIT = '[Service]\nExecStart=exec sleep 200000\n'
BUS = '''<busconfig><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>'''
NGINX = 'user root; pid /run/nginx.pid; error_log /var/log/e.log; events { } http { access_log off; ' \
        'server { listen 80; location / { return 200 "nginx"; } location /nginx_status { stub_status; } } }'
APACHE = '''ServerRoot /etc/apache2
PidFile /run/apache-test.pid
Listen 81
ServerName localhost
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule status_module /usr/lib/apache2/modules/mod_status.so
ErrorLog /var/log/apache-error.log
DocumentRoot /srv
<Location /server-status>
SetHandler server-status
</Location>
'''
DATABASE = f'''rm -rf /var/lib/pg && mkdir -p /var/lib/pg /run/postgresql &&
chown postgres /var/lib/pg /run/postgresql &&
su postgres -c "{POSTGRES}/initdb -N -A trust -D /var/lib/pg" >/dev/null'''
BUS_START = '''mkdir -p /run/dbus /run/systemd/system /etc/systemd/system && cat >/etc/test-bus.conf &&
dbus-daemon --config-file=/etc/test-bus.conf --fork --nopidfile --nosyslog'''


class Service:
    """One kind of agent. `needs`: files of the machine; `files`: what hosts get; `before`: a command that prepares a
    host; `runs`: a command that says from outside whether it runs; `fails`: one that breaks it."""

    def __init__(self, name, agent, runs, fails, parameters=None, needs=(), files=(), before=None):
        self.name, self.agent, self.runs, self.fails = name, agent, runs, fails
        self.text = primitive(name, agent, parameters)
        self.needs, self.files, self.before = needs, files, before

    def missing(self):
        kind, _, type_ = self.agent.rpartition(':')
        agent = [f'{AGENTS}/{kind}/{type_}'] if kind in ('heartbeat', 'pacemaker') else []
        return [path for path in [*agent, *self.needs] if not os.path.exists(path)]

    def prepare(self, lab, host):
        for path, text in self.files:
            lab.run(host, ['sh', '-c', f'mkdir -p $(dirname {path}) && cat >{path} && chmod 755 {path}'], input=text)
        if self.before:
            lab.run(host, ['sh', '-c', self.before], timeout=60)


def mounted(folder):
    return f'grep -q " {folder} " /proc/mounts'


def services(address):
    fake = f'{common.PROGRAMS}/fake-systemd'
    found = [
        Service('address', 'heartbeat:IPaddr2', f'ip -o addr | grep -q " {address}/"',
                f'ip addr del {address}/24 dev eth0', {'ip': address, 'cidr_netmask': 24}),
        Service('nginx', 'heartbeat:nginx', '[ "$(curl -s -m1 http://127.0.0.1:80/)" = nginx ]', 'pkill -KILL -x nginx',
                {'configfile': '/etc/test-nginx.conf', 'status10url': 'http://127.0.0.1/nginx_status'},
                ['/usr/sbin/nginx'], [('/etc/test-nginx.conf', NGINX)]),
        Service('apache', 'heartbeat:apache', 'curl -s -m1 http://127.0.0.1:81/server-status >/dev/null',
                'pkill -KILL -x apache2',
                {'configfile': '/etc/test-apache.conf', 'statusurl': 'http://127.0.0.1:81/server-status'},
                ['/usr/sbin/apache2'], [('/etc/test-apache.conf', APACHE)]),
        Service('bound', 'heartbeat:Filesystem', mounted('/srv/to'), 'umount /srv/to',
                {'device': '/srv/from', 'directory': '/srv/to', 'fstype': 'none', 'options': 'bind'},
                before='mkdir -p /srv/from /srv/to'),
        Service('memory', 'heartbeat:Filesystem', mounted('/srv/memory'), 'umount /srv/memory',
                {'device': 'tmpfs', 'directory': '/srv/memory', 'fstype': 'tmpfs'}, before='mkdir -p /srv/memory'),
        Service('db', 'heartbeat:pgsql', 'pgrep -x postgres >/dev/null', 'pkill -KILL -x postgres',
                {'pgctl': f'{POSTGRES}/pg_ctl', 'psql': '/usr/bin/psql', 'pgdata': '/var/lib/pg',
                 'config': '/var/lib/pg/postgresql.conf', 'logfile': '/var/lib/pg/log'},
                [f'{POSTGRES}/postgres'], before=DATABASE),
        Service('d', 'pacemaker:Dummy', '[ -e /run/Dummy-d.state ]', 'rm /run/Dummy-d.state'),
        Service('thing', 'lsb:thing', '/etc/init.d/thing status', 'kill $(cat /run/thing.pid)',
                files=[('/etc/init.d/thing', LSB)]),
        Service('unit', 'systemd:unit', 'pgrep -fx "sleep 200000" >/dev/null', 'pkill -KILL -fx "sleep 200000"',
                needs=[fake, '/usr/bin/dbus-daemon'], files=[('/etc/systemd/system/unit.service', UNIT)]),
    ]
    for service in found:
        if service.missing():
            print(f'SKIP {service.name}: not installed: {" ".join(service.missing())}', file=sys.stderr)
    return [service for service in found if not service.missing()]


class Agents(ClusterTest):
    """All of them at once: what takes long takes long beside the others."""

    def before_hale(self):
        address = self.lab.address('a').rpartition('.')[0] + '.100'
        self.services = services(address)
        self.look = '; '.join(f'if {service.runs}; then echo {service.name}; fi' for service in self.services)
        for host in self.lab.hosts():
            for service in self.services:
                service.prepare(self.lab, host)
            if any(service.name == 'unit' for service in self.services):
                self.lab.run(host, ['sh', '-c', BUS_START], input=BUS)
                self.lab.start(host, '/var/log/fake-systemd.log', [f'{common.PROGRAMS}/fake-systemd'])

    def where(self):
        """{service: hosts on which it runs}, as seen from outside."""
        found = {service.name: [] for service in self.services}
        for host in self.cluster.running():
            for name in self.lab.run(host, ['sh', '-c', self.look], check=False).stdout.split():
                found[name].append(host)
        return found

    def wait_all(self, what, good, timeout_s=40):
        """Until each service runs on one host, and good(name, host); returns {service: host}."""
        def wrong():
            return {name: hosts for name, hosts in self.where().items()
                    if len(hosts) != 1 or not good(name, hosts[0])}
        took_s = wait_until(lambda: not wrong(), timeout_s, what,
                            lambda: f'{wrong()}{self.cluster.hale_logs(self.cluster.running())}')
        print(f'{len(self.services)} services, {len(self.lab.hosts())} hosts: {what} after {took_s:.1f} s')
        return {name: hosts[0] for name, hosts in self.where().items()}

    def failed(self):
        answer = self.cluster.api('a', 'GET', '/v1/attributes')[1]
        return {entry['name'][len('fail-count-'):].partition('#')[0] for entry in answer
                if entry['name'].startswith('fail-count-')}

    def check_agents(self, count):
        self.form(count)
        self.defaults(**{'resource-stickiness': 100})
        for text in (SWITCH, *(service.text for service in self.services)):
            self.cluster.create('a', 'resources', text)
        at = self.wait_all('all run once', lambda name, host: True)
        self.cluster.settle('a')
        for service in self.services:
            self.lab.run(at[service.name], ['sh', '-c', service.fails])
        everything = {service.name for service in self.services}
        wait_until(lambda: self.failed() == everything, 30, 'all failures are seen',
                   lambda: f'{everything - self.failed()}{self.cluster.hale_logs(self.cluster.running())}')
        self.wait_all('all have recovered where they were', lambda name, host: host == at[name])
        self.cluster.settle('a')
        to = {name: self.others(host)[0] for name, host in at.items()}
        for name, host in to.items():
            self.cluster.create('a', 'constraints', prefer(name, host, 1000))
        self.wait_all('all have moved', lambda name, host: host == to[name])
        self.cluster.settle('a')
        victim = max(self.others('a'), key=list(to.values()).count)
        self.lab.kill(victim)
        self.wait_all(f'all run without {victim}', lambda name, host: host != victim)
        self.assertEqual([victim], self.fenced())

    def test_on_two_hosts(self):
        self.check_agents(2)

    @once
    def test_on_three_hosts(self):
        self.check_agents(3)


class Others(ClusterTest):
    def promoted(self, hosts):
        """The one that is promoted, once one is and all others are not."""
        states = {}

        def one_is():
            for host in hosts:
                text = self.lab.run(host, ['cat', '/run/Stateful-s.state'], check=False).stdout
                states[host] = text.strip().lower().replace('master', 'promoted').replace('slave', 'unpromoted')
            return sorted(states.values()) == ['promoted'] + ['unpromoted'] * (len(hosts) - 1)
        wait_until(one_is, 25, 'one is promoted',
                   lambda: f'{states}{self.cluster.hale_logs(self.cluster.running())}')
        return next(host for host in hosts if states[host] == 'promoted')

    def check_promotable(self, count):
        """Promoted, moved, failed, and its host lost."""
        self.form(count)
        self.cluster.create('a', 'resources', SWITCH)
        text = primitive('s', 'pacemaker:Stateful', more='<op id="s-p" name="monitor" role="Promoted" interval="2s" '
                                                         'timeout="20s"/>', interval_s=3)
        self.cluster.create('a', 'resources', f'<clone id="all"><meta_attributes id="all-m"><nvpair id="all-p" '
                            f'name="promotable" value="true"/></meta_attributes>{text}</clone>')
        hosts = self.lab.hosts()
        first = self.promoted(hosts)
        self.cluster.settle('a')
        to = self.others(first)[0]
        self.cluster.create('a', 'constraints', f'<rsc_location id="l" rsc="all" role="Promoted" node="{to}" '
                                                'score="1000"/>')
        wait_until(lambda: self.promoted(hosts) == to, 20, f'{to} is promoted instead')
        self.cluster.settle('a')
        self.lab.run(to, ['rm', '/run/Stateful-s.state'])
        time.sleep(0.5)
        self.promoted(hosts)
        self.cluster.settle('a')
        last = self.promoted(hosts)
        self.lab.kill(last)
        self.assertNotEqual(last, self.promoted(self.others(last)))
        self.assertEqual([last], self.fenced())

    @once
    def test_promotable_on_two_hosts(self):
        self.check_promotable(2)

    def test_promotable_on_three_hosts(self):
        self.check_promotable(3)

    @once
    def test_a_fence_agent_of_debian(self):
        """fence_dummy writes into a file what it is asked for."""
        if not os.path.exists('/usr/sbin/fence_dummy'):
            self.skipTest('SKIP fence-agents is not installed')
        self.form(2)
        self.cluster.create('a', 'resources', primitive('fence', 'stonith:fence_dummy', {
            'type': 'file', 'status_file': '/var/log/fence_dummy.status', 'pcmk_host_list': 'a b'}, interval_s=5))
        self.cluster.settle('a')
        self.lab.kill('b')
        wait_until(lambda: any(entry['target'] == 'b' and entry['succeeded'] for entry in
                               self.cluster.api('a', 'GET', '/v1/fences')[1]), 30, 'b is fenced by fence_dummy',
                   lambda: str(self.cluster.api('a', 'GET', '/v1/fences')) + self.cluster.hale_logs(['a']))


if __name__ == '__main__':
    main('curl')
