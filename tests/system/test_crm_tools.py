#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crm_ticket, crmadmin, crm_error, crm_mon and stonith_admin beside Debian's, on a file: the same exit codes, texts and
resulting configurations. And on a cluster of two hosts, where what they say and do is looked at from outside.

HALE_PROGRAMS: the folder of our programs.
"""
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

from managed import HALE, SWITCH, ClusterTest, dummy, main, wait_until

OURS = os.environ.get('HALE_PROGRAMS', os.path.dirname(HALE))
THEIRS = '/usr/sbin'

CIB = ('<cib crm_feature_set="3.15.0" validate-with="pacemaker-3.7" epoch="5" num_updates="3" admin_epoch="0" '
       'have-quorum="1" dc-uuid="1"><configuration><crm_config><cluster_property_set id="o">'
       '<nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>'
       '<nodes><node id="1" uname="a"/><node id="2" uname="b"/></nodes><resources>'
       '<primitive id="web" class="ocf" provider="pacemaker" type="Dummy"/>'
       '<primitive id="far" class="ocf" provider="pacemaker" type="remote"/></resources><constraints>'
       '<rsc_ticket id="web-T" rsc="web" ticket="T" loss-policy="stop"/></constraints></configuration><status>'
       '<node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member"/>'
       '<tickets><ticket_state id="T" granted="false" standby="false" owner="1"/></tickets></status></cib>')

# What is compared: exit code and what is printed, or, where words are others in Pacemaker 3, the exit code alone.
QUESTIONS = [
    ('crm_ticket -l', False), ('crm_ticket -w', True), ('crm_ticket -q -t T', True), ('crm_ticket -c -t T', True),
    ('crm_ticket -t T -G owner', True), ('crm_ticket -t T -G nix -d 7', True), ('crm_ticket -t T -G nix', False),
    ('crm_ticket -l -t nix', False), ('crm_ticket -g', False),
    ('crmadmin -N', True), ('crmadmin --nodes=remote', True), ('crmadmin --nodes=cluster -B', True),
    ('crmadmin -N -q', True), ('crmadmin -D', False), ('crmadmin -P', False), ('crmadmin', False),
    ('crm_error -X 102', True), ('crm_error -n 201', True), ('crm_error -rn -- -1005', True), ('crm_error 5 6', True),
    ('stonith_admin -I', False), ('stonith_admin -L', None), ('stonith_admin', False),
    ('stonith_admin -K -a fence_nix', False), ('stonith_admin -M -a fence_nix', False),
    ('crm_mon -1 --exclude=all --include=nodes --node=a', True), ('crm_mon -1 --include=nix', False),
]
CHANGES = [['-t T -s', '-t T -a', '-t T -S owner -v 3'], ['-t T -r --force', '-t new -S x -v 1 -S y -v 2'],
           ['-t T -D owner'], ['-t T -C', '-t T -C']]


def ticket_states(path):
    root = xml.parse(path).getroot()
    return sorted(sorted(e.items()) for e in root.iter('ticket_state'))


class Beside(unittest.TestCase):
    def ask(self, folder, command, where):
        path = os.path.join(where, 'ours.xml' if folder == OURS else 'theirs.xml')
        if not os.path.exists(path):
            with open(path, 'w', encoding='utf-8') as f:
                f.write(CIB)
        name, *words = command.split()
        env = dict(os.environ, CIB_file=path, LC_ALL='C')
        done = subprocess.run([f'{folder}/{name}', *words], env=env, capture_output=True, text=True, timeout=60,
                              check=False)
        return done.returncode, done.stdout, path

    @unittest.skipUnless(os.path.exists(f'{THEIRS}/crm_ticket'), "Debian's tools are not installed")
    def test_answers(self):
        for command, whole in QUESTIONS:
            with self.subTest(command), tempfile.TemporaryDirectory() as where:
                code, text, _ = self.ask(OURS, command, where)
                if whole is None:  # theirs needs its daemon
                    self.assertEqual((0, '0 fence devices found\n'), (code, text))
                    continue
                code_2, text_2, _ = self.ask(THEIRS, command, where)
                self.assertEqual(code_2, code)
                if whole:
                    self.assertEqual(text_2, text)

    @unittest.skipUnless(os.path.exists(f'{THEIRS}/crm_ticket'), "Debian's tools are not installed")
    def test_tickets(self):
        for steps in CHANGES:
            with self.subTest(steps), tempfile.TemporaryDirectory() as where:
                for step in steps:
                    code, _, path = self.ask(OURS, f'crm_ticket {step}', where)
                    code_2, _, path_2 = self.ask(THEIRS, f'crm_ticket {step}', where)
                    self.assertEqual(code_2, code, step)
                self.assertEqual(ticket_states(path_2), ticket_states(path))


class Live(ClusterTest):
    """One cluster, on which one thing is done after the other."""

    def tool(self, command, host='a', code=0):
        name, *words = command.split()
        done = self.lab.run(host, [f'/usr/sbin/{name}', *words], check=False)
        self.assertEqual(code, done.returncode, f'{command}: {done.stdout}{done.stderr}')
        return done.stdout

    def test_all(self):
        self.form(2)
        for host in self.lab.hosts():
            for name in ('crm_ticket', 'crmadmin', 'crm_mon', 'crm_failcount', 'stonith_admin'):
                self.lab.run(host, ['ln', '-sf', HALE, f'/usr/sbin/{name}'])
        self.cluster.create('a', 'resources', SWITCH)
        self.cluster.create('a', 'resources', dummy('web'))
        self.wait_running('web', 'ab')
        for step in (self.leading, self.tickets, self.record):
            with self.subTest(step.__name__):
                step()

    def leading(self):
        said = self.tool('crmadmin -D')
        self.assertRegex(said, '^Designated Controller is: [ab]\n$')
        leader = said.split()[-1]
        for host in 'ab':
            self.assertEqual(said, self.tool('crmadmin -D', host))
            wait_until(lambda: 'S_IDLE: ok' in self.tool(f'crmadmin -S {leader}', host), 20, 'the leader is idle')
        self.assertIn('S_NOT_DC: ok', self.tool(f'crmadmin -S {self.others(leader)[0]}'))
        self.assertEqual('running\n', self.tool('crmadmin -P -q'))

    def tickets(self):
        self.cluster.create('a', 'constraints', '<rsc_ticket id="t" rsc="web" ticket="T" loss-policy="stop"/>')
        wait_until(lambda: self.running_on('web') == [], 20, 'web stops without its ticket')
        self.tool('crm_ticket -t T -g', code=107)
        self.tool('crm_ticket -t T -g --force -S owner -v 5', host='b')
        self.wait_running('web', 'ab')
        self.assertEqual('5\n', self.tool('crm_ticket -t T -G owner'))
        self.assertRegex(self.tool('crm_mon -1 -c'), r'\* T\tgranted last-granted="')
        self.tool('crm_ticket -t T -s')
        wait_until(lambda: self.running_on('web') == [], 20, 'web stops with its ticket in standby')
        self.tool('crm_ticket -t T -a')
        self.wait_running('web', 'ab')

    def record(self):
        self.assertEqual('switch\n1 fence device found\n', self.tool('stonith_admin -L'))
        self.tool('stonith_admin -F nix', code=105)
        self.fence.fault('fail')
        self.tool('stonith_admin -F b --tag hand', code=1)
        self.fence.heal()
        self.assertEqual('Node b has never been fenced\n', self.tool('stonith_admin -h b'))
        for host in 'ab':
            said = self.tool('stonith_admin -V -H b', host)
            self.assertRegex(said, '^turning off of b failed .*=stonith_admin.hand,')
            self.assertEqual('0 events found\n', self.tool('stonith_admin -V -H nix', host))
        self.tool('stonith_admin -H * -c', 'b')
        self.assertEqual('0 events found\n', self.tool('stonith_admin -V -H *'))


if __name__ == '__main__':
    main()
