#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is around the manager on a machine: programs that are told of events, inputs of decisions on disk, the list of
nodes as the engine has it after a reload."""
import glob
import gzip
import os
import pwd
import subprocess
import time

import managed
from common import wait_until
from lab.process import root_of

HALE = os.environ.get('HALE_CLI', f'{os.path.dirname(managed.DAEMONS)}/cli/hale')
SAMPLE = '/usr/share/pacemaker/alerts/alert_file.sh.sample'
LOG = '/var/log/alerts.txt'
ALERTS = f'''<alerts><alert id="file" path="/run/alert_file.sh">
<select><select_nodes/><select_fencing/><select_resources/><select_attributes/></select>
<recipient id="file-log" value="{LOG}"/></alert></alerts>'''


def last_byte(path):
    with open(path, 'rb') as f:
        return f.read()[-1:]


class MachineTest(managed.ClusterTest):
    def told(self, host):
        return self.lab.run(host, ['cat', LOG], check=False).stdout

    def wait_told(self, host, text):
        wait_until(lambda: text in self.told(host), 10, f'{host} is told: {text}',
                   lambda: self.told(host) + self.cluster.hale_logs([host]))

    def test_alerts(self):
        if not os.path.exists(SAMPLE) and not os.path.exists(SAMPLE + '.gz'):
            self.skipTest(f'{SAMPLE} is not there (Debian: pacemaker-cli-utils)')
        opened = open(SAMPLE, 'rb') if os.path.exists(SAMPLE) else gzip.open(SAMPLE + '.gz')
        with opened as sample:
            program = sample.read().decode()
        self.form(2)
        for host in self.lab.hosts():
            self.lab.run(host, ['sh', '-c', 'cat > /run/alert_file.sh && chmod 755 /run/alert_file.sh && '
                                f'touch {LOG} && chmod 666 {LOG}'], input=program)
        self.cluster.change('a', 'create', managed.SWITCH, scope='resources')
        self.cluster.change('a', 'create', ALERTS, scope='configuration')
        self.cluster.change('a', 'create', managed.dummy('web'), scope='resources')
        at, _ = self.wait_running('web', ['a', 'b'])
        other = self.others(at)[0]
        self.wait_told(at, f"Resource operation 'start' for 'web' on '{at}': OK")
        self.wait_told(at, f"Resource operation 'monitor (1000)' for 'web' on '{at}': OK")
        self.assertNotIn("'web'", self.told(other))
        self.lab.run(at, ['rm', '/run/Dummy-web.state'])
        self.wait_told(at, f"Resource operation 'monitor (1000)' for 'web' on '{at}': Not running")
        wait_until(lambda: any("Attribute 'fail-count-web#monitor_1000'" in self.told(h) for h in ('a', 'b')), 10,
                   'the leader tells the attribute')
        self.lab.kill(at)
        self.wait_told(other, f"Node '{at}' is now 'lost'")
        self.wait_told(other, f'Fencing Operation reboot of {at} by {other}')
        self.wait_told(other, f"Resource operation 'start' for 'web' on '{other}': OK")

    def test_inputs(self):
        self.form(1)
        self.cluster.change('a', 'create', managed.SWITCH, scope='resources')
        self.cluster.change('a', 'create', managed.dummy('web'), scope='resources')
        self.wait_running('web', ['a'])
        folder = f'{self.watch.roots()["a"]}/var/lib/hale/pengine'
        wait_until(lambda: glob.glob(f'{folder}/pe-input-*.bz2'), 10, 'inputs are kept')
        starts = []
        for path in glob.glob(f'{folder}/pe-*.bz2'):
            done = subprocess.run(['crm_simulate', '-S', '-x', path], executable=HALE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(0, done.returncode, f'{path}: {done.stdout}')
            starts.append('web             start on a' in done.stdout)
        self.assertTrue(any(starts), 'the decision to start web is replayed')
        self.assertIn('saving inputs in /var/lib/hale/pengine/pe-input-', self.cluster.hale_logs(['a']))

    def test_watchdog(self):
        """A file stands for the device: it shows that it is fed, is fed no more when the manager hangs, and is let go
        of at an orderly end."""
        self.form(1)
        device = f'{self.watch.roots()["a"]}/run/dog'
        self.lab.run('a', ['sh', '-c', ': > /run/dog && mkdir -p /etc/hale && '
                           'printf "HALE_WATCHDOG=/run/dog\nHALE_WATCHDOG_TIMEOUT=2\n" > /etc/hale/hale.conf'])
        self.kill_daemon('a', 'haled')
        manager = self.kill_daemon('a', 'manager')
        self.cluster.start_hale(managed.PROGRAMS, 'a', engine=managed.ENGINE)
        self.wait_new_pid('a', 'manager', manager)
        wait_until(lambda: os.path.getsize(device) > 2, 15, 'the watchdog is fed',
                   lambda: self.cluster.hale_logs(['a']))
        wait_until(lambda: 'have-watchdog' in self.text_of('a', 'crm_config'), 15, 'the option says so')
        pid = self.pid_of('a', 'manager')
        self.lab.run('a', ['kill', '-STOP', pid])
        time.sleep(2)
        before = os.path.getsize(device)
        time.sleep(2)
        self.assertEqual(before, os.path.getsize(device), 'a manager that hangs is no reason to feed')
        self.lab.run('a', ['kill', '-CONT', pid])
        wait_until(lambda: os.path.getsize(device) > before, 10, 'fed again')
        self.lab.run('a', ['kill', self.pid_of('a', 'haled')])
        wait_until(lambda: last_byte(device) == b'V', 20, 'let go of at the end',
                   lambda: self.cluster.hale_logs(['a']))

    def text_of(self, host, scope):
        return managed.canonical(self.cluster.cib(host, scope=scope))

    def test_environment(self):
        """What agents find, as under Pacemaker's executor."""
        self.form(1)
        with open(f'/proc/{self.watched_pid("executor")}/environ', 'rb') as environ:
            names = dict(entry.split('=', 1) for entry in environ.read().decode().split('\0') if '=' in entry)
        self.assertEqual('daemon', names['HA_LOGFACILITY'])
        self.assertEqual('pacemaker-execd', names['PCMK_service'])
        self.assertEqual(managed.PROGRAMS, names['PATH'].split(':')[0])
        self.check_the_manager_is_not_root()
        self.check_logs_are_opened_anew()

    def check_the_manager_is_not_root(self):
        with open(f'/proc/{self.watched_pid("manager")}/status') as status:
            lines = dict(line.rstrip().split(':\t', 1) for line in status if ':\t' in line)
        users = {which: pwd.getpwnam(which) for which in ('root', 'hacluster')}
        self.assertEqual({str(users['hacluster'].pw_uid)}, set(lines['Uid'].split('\t')))
        self.assertEqual({str(users['hacluster'].pw_gid)}, set(lines['Gid'].split('\t')))
        self.assertEqual(0, int(lines['CapEff'], 16) | int(lines['CapPrm'], 16))
        root = self.watch.roots()['a']
        for path, user, group, mode in (('/run/hale', 'root', 'hacluster', 0o1775),
                                        ('/run/hale/api.sock', 'hacluster', 'hacluster', 0o660),
                                        ('/run/hale/executor.sock', 'root', 'hacluster', 0o660),
                                        ('/var/lib/hale/pengine', 'hacluster', 'hacluster', 0o750),
                                        ('/var/lib/hale/metadata', 'root', 'root', 0o755),
                                        ('/var/lib/hale/cib.xml', 'hacluster', 'hacluster', 0o600)):
            status = os.stat(root + path)
            self.assertEqual((users[user].pw_uid, users[group].pw_gid, mode),
                             (status.st_uid, status.st_gid, status.st_mode & 0o7777), path)
        old = self.kill_daemon('a', 'manager')  # and again, with what it left
        self.wait_new_pid('a', 'manager', old)
        self.cluster.wait_hale()

    def check_logs_are_opened_anew(self):
        pids = [self.pid_of('a', which) for which in managed.PID_FILES]
        folder = f'{self.watch.roots()["a"]}/var/log/hale'
        for name in ('haled', 'manager'):
            os.rename(f'{folder}/{name}.log', f'{folder}/{name}.old')
        self.lab.run('a', ['kill', '-HUP', self.pid_of('a', 'haled')])
        wait_until(lambda: all(os.path.exists(f'{folder}/{name}.log') for name in ('haled', 'manager')), 5,
                   'the logs are opened anew')
        self.cluster.create('a', 'resources', managed.dummy('web'))
        wait_until(lambda: os.path.getsize(f'{folder}/manager.log') > 0, 10, 'lines go on')
        self.assertEqual(pids, [self.pid_of('a', which) for which in managed.PID_FILES])

    def watched_pid(self, which):
        """As this machine counts, not the host."""
        wanted = self.lab.run('a', ['cat', f'/proc/{self.pid_of("a", which)}/cmdline']).stdout
        name = wanted.split('\0')[0]
        root = os.stat(self.watch.roots()['a'] + '/run')
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                same = os.stat(f'{root_of(pid)}/run')
                with open(f'/proc/{pid}/cmdline') as line:
                    if line.read().split('\0')[0] == name and os.path.samestat(same, root):
                        return pid
            except OSError:
                continue
        self.fail(f'{name} is not there')


if __name__ == '__main__':
    managed.main(HALE)
