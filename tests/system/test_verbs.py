#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of hale in pcs's grammar: on a file beside Debian's `pcs -f`, whose configuration must be the same, ids
too; and on a cluster of two hosts.

Where they differ on purpose: what pcs lets pass and hale refuses, or the other way round, is marked below; and hale's
own words. pcs runs within this test, one fork a command, since its start is most of its time.
"""
import difflib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

import common
import managed
from common import SystemTest, wait_until

PCS_LIB = '/usr/lib/python3/dist-packages'
START = ('<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">'
         '<configuration><crm_config/><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources/>'
         '<constraints/></configuration><status/></cib>\n')
BLOCKS = ('meta_attributes', 'instance_attributes', 'utilization', 'cluster_property_set')
EMPTY = BLOCKS + ('fencing-topology', 'tags', 'alerts', 'acls', 'operations')
DUMMIES = ['resource create A ocf:pacemaker:Dummy --no-default-ops', 'resource create B ocf:pacemaker:Dummy '
           '--no-default-ops', 'resource create C ocf:pacemaker:Stateful --no-default-ops promotable notify=true']

# Each story on a configuration of its own; both must end alike, or both refuse. A line with "!" is refused by both.
STORIES = {
    'resources': [
        'resource create VIP ocf:heartbeat:IPaddr2 ip=192.0.2.7 cidr_netmask=24 op monitor interval=30s',
        'resource create DB ocf:heartbeat:pgsql promotable notify=true',
        'resource create FS ocf:heartbeat:Filesystem device=/dev/sdb1 directory=/mnt fstype=ext4 --group web',
        'resource create W ocf:heartbeat:apache configfile=/etc/apache2/apache2.conf op monitor interval=1min start '
        'timeout=33s meta resource-stickiness=5 --group web --before FS',
        '! resource create VIP ocf:heartbeat:IPaddr2 ip=192.0.2.9',
        '! resource create V2 ocf:heartbeat:IPaddr2',
        '! resource create V2 ocf:heartbeat:IPaddr2 ip=192.0.2.9 nonsense=2',
        '! resource create V2 ocf:heartbeat:nonsense',
        'resource update VIP ip=192.0.2.8 op monitor interval=10s meta target-role=Started',
        'resource op remove VIP stop',
        'resource op add VIP stop timeout=7s',
        '! resource op remove VIP promote',
        'resource meta VIP resource-stickiness=100 target-role=',
        'resource utilization VIP cpu=2 memory=300',
        '! resource utilization VIP memory=x',
        'resource clone VIP clone-max=2',
        'resource disable VIP-clone',
        'resource unmanage VIP --monitor',
        'resource manage VIP-clone --monitor',
        'resource unclone VIP',
        'resource group add web VIP --after FS',
        'resource group remove web FS',
        'resource delete DB-clone',
        'resource delete FS',
        '! resource delete nosuch',
    ],
    'defaults': [
        'resource defaults update resource-stickiness=100 migration-threshold=3',
        'resource defaults resource-stickiness=',
        'resource defaults set create id=mine score=10 meta priority=5 rule resource ocf:heartbeat:IPaddr2',
        "resource defaults set create meta resource-stickiness=0 rule 'date gt 2026-01-01 and (date-spec hours=9-16 or "
        "date in_range 2026-01-01 to duration months=3)'",
        'resource defaults set update mine meta priority=6 failure-timeout=60s',
        '! resource defaults set delete nosuch',
        'resource op defaults update timeout=60s',
        "resource op defaults set create id=m3 meta timeout=20s rule 'resource ::IPaddr2 or op monitor interval=10s'",
        'resource op defaults set delete m3',
    ],
    'constraints': [
        *DUMMIES,
        'constraint location A prefers n1=50 n2',
        'constraint location A avoids n2=33',
        'constraint location add lid B n1 20',
        'constraint location regexp%^B avoids n2',
        '! constraint location nosuch prefers n1',
        "constraint location C-clone rule role=Promoted score=100 '#uname' eq n1 and pingd gt number 10",
        "constraint location B rule resource-discovery=never score=10 a eq string b or '(' c ne version 1.2 and d lte "
        "integer 4 ')'",
        'constraint location A rule id=rr constraint-id=cc score=10 date in_range 2026-01-01 to duration hours=3',
        'constraint order A then B',
        '! constraint order A then B',
        'constraint order promote C-clone then start A kind=Optional symmetrical=false',
        'constraint order set A B sequential=false require-all=false set C-clone action=stop setoptions kind=Serialize',
        '! constraint order A then nosuch',
        'constraint colocation add A with B -INFINITY',
        'constraint colocation add B with Promoted C-clone INFINITY id=colid',
        'constraint colocation set A B sequential=false set C-clone role=Started setoptions score=100',
        'constraint ticket add T promoted C-clone loss-policy=fence',
        'constraint ticket set A B setoptions ticket=T3 loss-policy=freeze',
        'constraint ref A',
        'constraint colocation delete A B',
        'constraint ticket delete T C-clone',
        'constraint delete lid rr',
        '! constraint delete nosuch',
        'resource ban A n1',
        'resource move-with-constraint B n2',
        'resource clear A',
        'resource delete B',
    ],
    'stonith': [
        'stonith create f1 fence_ipmilan ip=192.0.2.4 username=u password=p pcmk_host_list=n1',
        'stonith create f2 fence_ipmilan ip=192.0.2.5 pcmk_host_map="n1:1;n2:2" op monitor interval=70s --disabled',
        '! stonith create f5 fence_nosuch',
        '! stonith create f6 fence_ipmilan bogus=1',
        'stonith level add 1 n1 f1',
        '! stonith level add 1 n1 f1',
        'stonith level add 2 n1 f2 f1',
        'stonith level add 3 regexp%n.* f1',
        'stonith level add 4 attrib%rack=1 f1',
        '! stonith level add 0 n1 f1',
        'stonith level remove 2 n1',
        'stonith level delete 3 target regexp%n.*',
        'stonith enable f2',
        'stonith delete f1',
        'stonith level clear',
    ],
    'cluster': [
        'property set stonith-enabled=false no-quorum-policy=freeze',
        '! property set nonsense=1',
        'property set nonsense=1 --force',
        '! property set no-quorum-policy=frieze',
        'property unset nonsense',
        '! property unset nonsense',
        'node attribute n1 rack=1 room=7',
        'node utilization n1 cpu=2',
        '! node utilization n1 cpu=x',
        'node standby n1',
        'node maintenance --all',
        'node unmaintenance n2',
        '! node standby nosuch',
    ],
    'names': [
        *DUMMIES,
        'tag create t1 A B',
        '! tag create t2 nosuch',
        'tag update t1 add C --before A',
        'resource disable t1',
        'tag update t1 remove B',
        'alert create path=/x id=al2 description="an alert" options a=b meta timeout=15s',
        'alert recipient add al2 value=/var/log/y description=dd options a=1',
        'alert update al2 path=/y options a= meta timeout=10s',
        '! alert create id=x',
        'acl role create ro description="read all" read xpath /cib deny id A',
        '! acl role create ro',
        'acl user create bob ro',
        'acl group create staff',
        'acl role assign ro to group staff',
        'acl permission add newrole write id A',
        'acl role unassign ro from user bob',
        'acl role delete ro',
        'acl enable',
        'tag remove t1',
    ],
}


def pcs_run(path, words):
    """pcs in a process of its own; what it says and its exit code."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write, 1)
        os.dup2(write, 2)
        code = 1
        try:
            sys.modules['pcs.app'].main(['-f', path, *words])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as said:
        text = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def hale_run(path, words):
    done = subprocess.run([managed.HALE, '-f', path, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def lines(path):
    """The configuration without what means nothing: the order of values, empty blocks, ids of operations' blocks."""
    root = xml.parse(path).getroot().find('configuration')
    simplify(root)
    xml.indent(root)
    return xml.canonicalize(xml.tostring(root)).splitlines()


def simplify(element):
    element.text = element.tail = None
    for child in list(element):
        simplify(child)
        if child.tag in EMPTY and len(child) == 0:
            element.remove(child)
    if element.tag == 'op':
        for block in element:
            for pair in [block, *block]:
                pair.set('id', '-')
    if element.tag in BLOCKS + ('operations', 'resources'):
        element[:] = sorted(element, key=lambda child: (child.tag != 'rule', child.get('id') or ''))
    elif element.tag in ('primitive', 'clone', 'configuration', 'alert', 'recipient'):
        element[:] = sorted(element, key=lambda child: child.tag)


class BesidePcsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sys.path.append(PCS_LIB)
        try:
            import pcs.app  # noqa: F401
        except ImportError as error:
            raise unittest.SkipTest(f'pcs is not there: apt-get install pcs ({error})') from error

    def tell(self, story):
        with tempfile.TemporaryDirectory() as folder:
            theirs, ours = f'{folder}/pcs.xml', f'{folder}/hale.xml'
            for path in (theirs, ours):
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(START)
            for line in STORIES[story]:
                words = shlex.split(line.removeprefix('! '))
                wanted, said = pcs_run(theirs, words)
                code, answer = hale_run(ours, words)
                what = f'{line}\npcs {wanted}: {said}\nhale {code}: {answer}\n'
                self.assertEqual(line.startswith('! '), wanted != 0, what)
                self.assertEqual(wanted == 0, code == 0, what)
                self.assertEqual([], list(difflib.unified_diff(lines(theirs), lines(ours), 'pcs', 'hale', n=1,
                                                               lineterm='')), what)
                if code != 0:
                    self.assertRegex(answer, '^hale [a-z -]+: ', what)

    def test_resources(self):
        self.tell('resources')

    def test_defaults(self):
        self.tell('defaults')

    def test_constraints(self):
        self.tell('constraints')

    def test_stonith(self):
        self.tell('stonith')

    def test_cluster(self):
        self.tell('cluster')

    def test_names(self):
        self.tell('names')


class LiveTest(managed.ClusterTest):
    """One cluster; each step says how the command ends and what it prints."""

    def hale(self, line, code=0, out=None, err=None):
        done = self.lab.run('a', [managed.HALE, *shlex.split(line)], check=False)
        what = f'hale {line}: {done.returncode}\n{done.stdout}{done.stderr}'
        self.assertEqual(code, done.returncode, what)
        for text, wanted in ((done.stdout, out), (done.stderr, err)):
            if wanted is not None:
                self.assertIn(wanted, text, what)
        return done.stdout

    def test_verbs(self):
        self.form(2)
        self.changes()
        self.places()
        self.looks()
        self.wrong()
        self.fencing()

    def changes(self):
        self.hale('property set stonith-enabled=false --wait')
        self.hale('resource create w ocf:pacemaker:Dummy op monitor interval=2s --wait=30')
        self.hale('resource create x ocf:pacemaker:Dummy op monitor interval=2s --disabled')
        self.hale('resource create s ocf:pacemaker:Stateful promotable --wait')
        self.hale('status query resource w is-state started', out='True')
        self.hale('status query resource x is-state started', 2, out='False')
        self.hale('status query resource s-clone is-state promoted members any', out='True')
        self.hale('resource enable x --wai')
        self.hale('resource group add g w x --wait')
        self.hale('constraint order promote s-clone then start g')
        self.hale('constraint colocation add g with Promoted s-clone -INFINITY --wait')
        self.hale('resource op add w monitor interval=7s timeout=5s')
        self.hale('resource defaults update resource-stickiness=1')
        self.hale('tag create both w x')
        self.hale('node attribute a rack=7')
        self.assertEqual(1, len(self.running_on('w')))

    def places(self):
        at = self.running_on('w')[0]
        other = self.others(at)[0]
        self.hale('constraint colocation delete g s-clone --wait')
        self.hale(f'resource move g {other}', out=f'g is on {other}')
        self.assertEqual([other], self.running_on('w'))
        self.hale(f'resource ban g {other} --wait=20')
        self.assertEqual([at], self.running_on('w'))
        self.hale('resource clear g --wait')
        self.hale(f'node standby {other} --wait')
        self.hale('status nodes', out=f' Standby: {other}\n')
        self.hale(f'node unstandby {other} --wait')
        self.lab.run(at, ['rm', '/run/Dummy-w.state'])
        wait_until(lambda: f'{at}: 1' in self.hale('resource failcount show w'), 20, 'w has failed once')
        self.hale('status wait 20s')
        self.hale('resource cleanup w')
        wait_until(lambda: 'No failcounts' in self.hale('resource failcount show w'), 10, 'w is cleaned up')
        self.hale('resource disable both --wait')
        self.assertEqual([], self.running_on('w'))
        self.hale('resource enable both --wait')
        self.hale('resource refresh w --wait')
        self.hale('resource restart w')
        self.assertEqual(1, len(self.running_on('w')))

    def looks(self):
        for command, text in LOOKS.items():
            out = self.hale(command)
            self.assertIn(text, out, command)
        for command in JSON:
            json.loads(self.hale(f'{command} --output-format=json'))
            json.loads(self.hale(f'{command} --output-format json'))
        self.assertEqual('pacemaker-result', xml.fromstring(self.hale('status xml')).tag)
        self.assertEqual('cib', xml.fromstring(self.hale('cluster cib')).tag)
        self.assertEqual('resources', xml.fromstring(self.hale('cluster cib scope=resources')).tag)
        self.hale('cluster cib /run/work.xml')
        self.hale('-f /run/work.xml resource meta x priority=3')
        self.hale('cluster cib /run/before.xml')
        self.hale('cluster cib-push /run/work.xml diff-against=/run/before.xml --wait')
        self.hale('resource config x', out='priority=3')
        self.hale('cluster cib-upgrade')
        self.hale('cluster start', err='already')

    def wrong(self):
        for command, (code, text) in WRONG.items():
            self.hale(command, code, err=text)

    def fencing(self):
        self.cluster.change('a', 'create', managed.SWITCH, scope='resources')
        self.hale('stonith level add 1 b switch')
        self.hale('stonith level verify')
        self.hale('stonith config', out='Resource: switch (class=stonith type=fence_lab)')
        self.hale('stonith level clear')
        self.hale('stonith history update', out='the same on all nodes: 0 entries')
        self.hale('stonith history cleanup')
        self.hale('stonith history cleanup b', out='')


LOOKS = {
    'status': 'Online: [ a b ]', 'status --full': 'Node Attributes', 'resource': 'Started', 'resource config w':
    'Resource: w (class=ocf provider=pacemaker type=Dummy)', 'resource status w': 'w', 'resource defaults':
    'resource-stickiness=1', 'resource group list': 'g: w x', 'constraint': "promote resource 's-clone' then start",
    'constraint ref g': 'order-s-clone-g-mandatory', 'property': 'stonith-enabled=false', 'property describe '
    'maintenance-mode': 'Type: true or false', 'tag': '  w\n  x\n', 'acl': 'ACLs are disabled', 'alert': 'No alerts',
    'node attribute a': ' a: rack=7', 'stonith': 'NO stonith devices', 'stonith level': '', 'cluster status':
    'Cluster Status:', 'config': 'Cluster Name:', 'status resources': 'Started', 'resource agents ocf:pacemaker':
    'Dummy', 'resource standards': 'ocf', 'resource providers': 'pacemaker', 'resource describe ocf:pacemaker:Dummy':
    'Resource options:', 'stonith list fence_ipmilan --nodesc': 'fence_ipmilan', 'resource list pacemaker:Dummy':
    'ocf:pacemaker:Dummy', 'cluster verify': '', 'quorum': 'Quorate:', 'quorum status': 'Expected votes:   2',
    'status corosync': 'Membership information', 'status query resource w is-in-group g': 'True',
    'explain w': 'w', 'resource utilization': 'Resource Utilization:', 'node utilization': 'Node Utilization:',
}
JSON = ['status', 'resource status', 'resource config', 'stonith config', 'constraint', 'property', 'property defaults',
        'property describe', 'tag', 'acl', 'alert', 'resource defaults', 'resource op defaults', 'node attribute',
        'resource group list', 'stonith level', 'stonith history', 'resource failcount', 'status nodes',
        'constraint ref w', 'resource utilization']
WRONG = {  # exit code and what is said
    'resource disable ww': (105, "there is no resource 'ww', did you mean w?"),
    'resource move g c': (105, "there is no node 'c'"),
    'node standby c': (105, "there is no node 'c'"),
    'resource enable': (64, 'name resources or tags'),
    'resource enable w --nonsense': (64, 'Unknown option --nonsense'),
    'resource enable w --wait=soon': (64, 'whole seconds'),
    'resource enabl w': (64, 'there is no command "resource enabl"'),
    'resorce': (64, 'there is no command "resorce"'),
    'constraint location w prefers': (64, 'prefers NODE'),
    'constraint location w rule nonsense': (64, 'is no expression'),
    'property set no-quorum-polic=stop': (65, 'did you mean no-quorum-policy?'),
    'resource create y ocf:pacemaker:Dumy': (5, 'is not here'),
    'status --output-format=html': (64, 'there are text and json'),
    'cluster start --all': (3, 'on each node'),
    '-f /nowhere.xml status': (105, '/nowhere.xml'),
    '-f /run/work.xml resource cleanup w': (64, 'Unknown option -f'),
    'quorum expected-votes none': (64, 'whole number'),
    'stonith fence c': (105, 'c is not fenced: the cluster has no node c'),
    'stonith confirm b': (64, 'say --yes'),
}


class AllTest(SystemTest):
    """What there is: the table of commands is what help, manual and completion show."""

    def run_hale(self, *words):
        done = subprocess.run([managed.HALE, *words], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, f'hale {" ".join(words)}\n{done.stderr}')
        return done.stdout

    def test_table(self):
        table = f'{common.ROOT}/src/cli/programs.def'
        with open(table, encoding='utf-8') as f:
            names = [line.split('"')[1] for line in f if line.startswith('PROGRAM(program_hale_')]
        self.assertGreater(len(names), 100)
        shown = self.run_hale('--help')
        for name in names:
            words = name.split()[1:]
            self.assertIn(f'  {name} ', shown)
            text = self.run_hale(*words, '--help')
            self.assertIn('Usage:', text, name)
            self.assertIn('.TH ', self.run_hale('manual', *name.split()), name)
            completed = self.run_hale('complete', '--', *name.split()[:-1], words[-1][:3]).split()
            self.assertIn(words[-1], completed, name)


if __name__ == '__main__':
    managed.main()
