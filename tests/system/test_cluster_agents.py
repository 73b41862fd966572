#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's agents, unmodified, on clusters: start, monitor, fail, recover, promote, move. What an agent says is not
believed: addresses, processes, mounts and answers are looked at from outside.
"""
import os
import unittest

from managed import SWITCH, ClusterTest, main, prefer, wait_until

AGENTS = '/usr/lib/ocf/resource.d'


def primitive(name, agent, parameters=None, interval_s=1, more=''):
    """`agent`: heartbeat:IPaddr2, pacemaker:Dummy, lsb:thing."""
    kind, _, type_ = agent.rpartition(':')
    where = f'class="{kind}"' if kind in ('lsb', 'stonith') else f'class="ocf" provider="{kind}"'
    pairs = ''.join(f'<nvpair id="{name}-{key}" name="{key}" value="{value}"/>'
                    for key, value in (parameters or {}).items())
    attributes = f'<instance_attributes id="{name}-ia">{pairs}</instance_attributes>' if pairs else ''
    return (f'<primitive id="{name}" {where} type="{type_}">{attributes}<operations>'
            f'<op id="{name}-m" name="monitor" interval="{interval_s}s" timeout="30s"/>{more}</operations></primitive>')


def need(agent):
    kind, _, type_ = agent.partition(':')
    if not os.path.exists(f'{AGENTS}/{kind}/{type_}'):
        raise unittest.SkipTest(f'SKIP {agent} is not installed')


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
NGINX = 'user root; pid /run/nginx.pid; error_log /var/log/e.log; events { } http { access_log off; ' \
        'server { listen 80; location / { return 200 "HOST"; } location /nginx_status { stub_status; } } }'
APACHE = '''ServerRoot /etc/apache2
PidFile /run/apache-test.pid
Listen 80
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


class Agents(ClusterTest):
    def serve(self, text, runs, fails, count=2, timeout_s=25):
        """start, fail and recover, move, and the death of a host; `runs` says whether it does on a host, from
        outside; `fails` is the shell command that breaks it."""
        self.cluster.create('a', 'resources', text)
        name = text.partition('id="')[2].partition('"')[0]

        def only(hosts):
            wait_until(lambda: [host for host in self.cluster.running() if runs(host)] in [[host] for host in hosts],
                       timeout_s, f'{name} runs on one of {" ".join(hosts)}',
                       lambda: self.cluster.hale_logs(self.cluster.running()))
            return [host for host in self.cluster.running() if runs(host)][0]

        host = only(self.lab.hosts())
        self.cluster.settle('a')
        self.lab.run(host, ['sh', '-c', fails])
        wait_until(lambda: self.failures(name) > 0, timeout_s, f'the failure of {name} is seen')
        only([host])
        other = self.others(host)[0]
        self.cluster.create('a', 'constraints', prefer(name, other, 1000))
        only([other])
        self.cluster.settle('a')
        self.lab.kill(other)
        only(self.others(other))
        self.assertEqual([other], self.fenced())

    def failures(self, name):
        return sum(int(value) for value in self.fail_count('a', name).values())

    def begin(self, *agents, count=2):
        for agent in agents:
            need(agent)
        self.form(count)
        self.cluster.create('a', 'resources', SWITCH)

    def shell(self, host, text):
        return self.lab.run(host, ['sh', '-c', text], check=False)

    def has_process(self, host, name):
        return self.shell(host, f'pgrep -x {name}').returncode == 0

    def test_address(self):
        self.begin('heartbeat:IPaddr2')
        address = self.lab.address('a').rpartition('.')[0] + '.100'
        self.serve(primitive('address', 'heartbeat:IPaddr2', {'ip': address, 'cidr_netmask': 24}),
                   lambda host: f' {address}/' in self.shell(host, 'ip -o addr').stdout,
                   f'ip addr del {address}/24 dev eth0')

    def test_nginx(self):
        self.begin('heartbeat:nginx')
        for host in 'ab':
            self.lab.run(host, ['sh', '-c', 'cat >/etc/test-nginx.conf'], input=NGINX.replace('HOST', host))
        self.serve(primitive('nginx', 'heartbeat:nginx', {
            'configfile': '/etc/test-nginx.conf', 'status10url': 'http://127.0.0.1/nginx_status'}),
                   lambda host: self.shell(host, 'curl -s -m1 http://127.0.0.1/').stdout == host,
                   'pkill -KILL -x nginx')

    def test_apache(self):
        self.begin('heartbeat:apache')
        if not os.path.exists('/usr/sbin/apache2'):
            self.skipTest('SKIP apache2 is not installed')
        for host in 'ab':
            self.lab.run(host, ['sh', '-c', 'cat >/etc/test-apache.conf'], input=APACHE)
        self.serve(primitive('apache', 'heartbeat:apache', {
            'configfile': '/etc/test-apache.conf', 'statusurl': 'http://127.0.0.1/server-status'}),
                   lambda host: self.shell(host, 'curl -s -m1 http://127.0.0.1/server-status').returncode == 0,
                   'pkill -KILL -x apache2')

    def test_file_system(self):
        self.begin('heartbeat:Filesystem')
        for host in 'ab':
            self.lab.run(host, ['mkdir', '-p', '/var/lib/from', '/var/lib/to'])
        self.serve(primitive('files', 'heartbeat:Filesystem', {
            'device': '/var/lib/from', 'directory': '/var/lib/to', 'fstype': 'none', 'options': 'bind'}),
                   lambda host: ' /var/lib/to ' in self.shell(host, 'cat /proc/mounts').stdout, 'umount /var/lib/to')

    def test_postgresql(self):
        self.begin('heartbeat:pgsql')
        if not os.path.exists('/usr/lib/postgresql/15/bin/postgres'):
            self.skipTest('SKIP postgresql-15 is not installed')
        for host in 'ab':
            self.lab.run(host, ['sh', '-c', 'rm -rf /var/lib/pg && mkdir -p /var/lib/pg /run/postgresql && '
                                'chown postgres /var/lib/pg /run/postgresql && su postgres -c '
                                '"/usr/lib/postgresql/15/bin/initdb -N -A trust -D /var/lib/pg"'])
        self.serve(primitive('db', 'heartbeat:pgsql', {
            'pgctl': '/usr/lib/postgresql/15/bin/pg_ctl', 'psql': '/usr/bin/psql', 'pgdata': '/var/lib/pg',
            'config': '/var/lib/pg/postgresql.conf', 'logfile': '/var/lib/pg/log'}),
                   lambda host: self.has_process(host, 'postgres'), 'pkill -KILL -x postgres', timeout_s=45)

    def test_a_script_of_the_old_kind(self):
        self.begin()
        for host in 'ab':
            self.lab.run(host, ['sh', '-c', 'cat >/etc/init.d/thing && chmod 755 /etc/init.d/thing'], input=LSB)
        self.serve(primitive('thing', 'lsb:thing'),
                   lambda host: self.shell(host, '/etc/init.d/thing status').returncode == 0,
                   'kill $(cat /run/thing.pid)')

    def test_promotable(self):
        self.begin('pacemaker:Stateful', count=3)
        text = primitive('s', 'pacemaker:Stateful', more='<op id="s-p" name="monitor" role="Promoted" interval="2s" '
                                                         'timeout="20s"/>', interval_s=3)
        self.cluster.create('a', 'resources', f'<clone id="all"><meta_attributes id="all-m"><nvpair id="all-p" '
                            f'name="promotable" value="true"/></meta_attributes>{text}</clone>')

        def state(host):
            return self.shell(host, 'cat /run/Stateful-s.state').stdout.strip().lower()

        def promoted(hosts):
            def now():
                return sorted(state(host) for host in hosts)
            wait_until(lambda: now() in (['promoted'] + ['unpromoted'] * (len(hosts) - 1),
                                         ['master'] + ['slave'] * (len(hosts) - 1)), 25,
                       'one is promoted', lambda: f'{now()}{self.cluster.hale_logs(self.cluster.running())}')
            return [host for host in hosts if state(host) in ('promoted', 'master')][0]

        first = promoted(self.lab.hosts())
        self.cluster.settle('a')
        self.lab.kill(first)
        second = promoted(self.others(first))
        self.assertNotEqual(first, second)
        self.assertEqual([first], self.fenced())
        self.lab.run(second, ['rm', '/run/Stateful-s.state'])
        promoted(self.others(first))

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
