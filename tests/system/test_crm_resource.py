#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crm_resource beside Debian's, on a file: the same exit codes, texts, XML and resulting configurations. And on a
cluster of two hosts, where what it says and does is looked at from outside.

HALE_PROGRAMS: the folder of our programs.
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

from managed import HALE, SWITCH, ClusterTest, dummy, main, wait_until

OURS = f"{os.environ.get('HALE_PROGRAMS', os.path.dirname(HALE))}/crm_resource"
THEIRS = '/usr/sbin/crm_resource'


def operation(rsc, task, call, code, interval=0, suffix='last_0'):
    return (f'<lrm_rsc_op id="{rsc}_{suffix}" operation_key="{rsc}_{task}_{interval}" operation="{task}" '
            f'crm_feature_set="3.15.0" transition-key="1:1:{code}:e" transition-magic="0:{code};1:1:{code}:e" '
            f'call-id="{call}" rc-code="{code}" op-status="0" interval="{interval}" last-rc-change="1600000000" '
            'exec-time="12" queue-time="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/>')


def history(rsc, *operations):
    return (f'<lrm_resource id="{rsc}" class="ocf" provider="pacemaker" type="Dummy">{"".join(operations)}'
            '</lrm_resource>')


def state(number, name, *histories):
    return (f'<node_state id="{number}" uname="{name}" in_ccm="true" crmd="online" join="member" expected="member">'
            f'<lrm id="{number}"><lrm_resources>{"".join(histories)}</lrm_resources></lrm></node_state>')


def meta(owner, **values):
    pairs = ''.join(f'<nvpair id="{owner}-meta-{name}" name="{name.replace("_", "-")}" value="{value}"/>'
                    for name, value in values.items())
    return f'<meta_attributes id="{owner}-meta">{pairs}</meta_attributes>'


def agent(name, more=''):
    return f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy">{more}</primitive>'


CIB = ('<cib crm_feature_set="3.15.0" validate-with="pacemaker-3.7" epoch="5" num_updates="3" admin_epoch="0" '
       'have-quorum="1" dc-uuid="1"><configuration><crm_config><cluster_property_set id="o">'
       '<nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>'
       '<nodes><node id="1" uname="a"/><node id="2" uname="b"/><node id="3" uname="c"/></nodes><resources>'
       '<template id="t" class="ocf" provider="pacemaker" type="Dummy">' + meta('t', priority=3) + '</template>'
       '<primitive id="web" template="t"><instance_attributes id="web-ia"><nvpair id="web-fake" name="fake" value="1"/>'
       '</instance_attributes><operations><op id="web-m" name="monitor" interval="10s"/></operations></primitive>'
       + agent('off', meta('off', target_role='Stopped')) +
       '<clone id="all">' + agent('each') + '</clone>'
       '<clone id="prom">' + meta('prom', promotable='true') + agent('db', meta('db', is_managed='true')) + '</clone>'
       '<group id="g">' + agent('m1') + agent('m2') + '</group></resources><constraints>'
       '<rsc_colocation id="c1" rsc="g" with-rsc="web" score="INFINITY"/>'
       '<rsc_colocation id="c2" rsc="off" with-rsc="prom" with-rsc-role="Promoted" score="5"/>'
       '<rsc_colocation id="c3" rsc="web" with-rsc="off" score="-7"/>'
       '<rsc_location id="l1" rsc="web" node="a" score="100"/>'
       '<rsc_location id="cli-prefer-g" rsc="g" role="Started" node="b" score="INFINITY"/>'
       '<rsc_location id="cli-ban-off-on-c" rsc="off" role="Started"><rule id="cli-ban-off-on-c-rule" '
       'score="-INFINITY" boolean-op="and"><expression id="cli-ban-off-on-c-expr" attribute="#uname" operation="eq" '
       'value="c" type="string"/><date_expression id="cli-ban-off-on-c-lifetime" operation="lt" '
       'end="2020-01-01 00:00:00Z"/></rule></rsc_location></constraints></configuration><status>'
       + state(1, 'a', history('web', operation('web', 'start', 5, 0),
                               operation('web', 'monitor', 6, 0, 10000, 'monitor_10000')),
               history('each', operation('each', 'start', 7, 0)), history('db', operation('db', 'promote', 9, 0)),
               history('off', operation('off', 'stop', 8, 0)))
       + state(2, 'b', history('web', operation('web', 'monitor', 2, 7)),
               history('each', operation('each', 'start', 3, 0)), history('db', operation('db', 'start', 4, 0)))
       + state(3, 'c') + '</status></cib>')

# Why an answer differs; then exit codes and configurations alone are compared. A number: 2.1 has another exit code than
# Pacemaker 3, which has this one; then configurations. BETTER: ours succeeds and changes something.
WORDS = 'Pacemaker 3 has other words'
CLONE = "theirs shows the scheduler's own attribute clone"
SETTINGS = '2.1 does not tell in XML what was set'
BETTER = 'theirs does not do what its help says'

QUESTIONS = [
    (['-L'], None), (['--list'], None), (['-l'], None), (['-O'], None), (['-o'], None), (['-O', '-N', 'a'], None),
    (['-o', '-r', 'web'], None), (['-O', '-r', 'off'], None), (['-o', '-r', 'off', '-N', 'a'], None),
    (['-W', '-r', 'web'], None), (['--locate', '--resource', 'each'], None), (['-W', '-r', 'all'], None),
    (['-W', '-r', 'db'], None), (['-W', '-r', 'prom'], None), (['-W', '-r', 'db:0'], None), (['-W', '-r', 'g'], None),
    (['-W', '-Q', '-r', 'all'], None), (['-W', '-r', 'nix'], None), (['-W'], WORDS), (['-W', '-N', 'nix'], WORDS),
    (['-W', '-r', 'web', '-N', 'nix'], None),
    (['-q', '-r', 'web'], None), (['-w', '-r', 'web'], None), (['-q', '-r', 'g'], None), (['-q', '-r', 'all'], None),
    (['-q', '-r', 'each'], CLONE),
    (['-g', 'fake', '-r', 'web'], None), (['-g', 'nix', '-r', 'web'], None),
    (['-g', 'priority', '--meta', '-r', 'web'], None), (['-m', '-g', 'target-role', '-r', 'off'], None),
    (['-z', '-g', 'cpu', '-r', 'web'], None),
    (['-G', 'class', '-r', 'off'], WORDS),
    (['-Y'], None), (['-Y', '-r', 'web'], None), (['-Y', '-r', 'off'], None), (['-Y', '-N', 'a'], None),
    (['-Y', '-r', 'web', '-N', 'b'], None), (['--why', '-r', 'g'], None),
    (['-a', '-r', 'web'], None), (['-A', '-r', 'web'], None), (['-a', '-r', 'm1'], None), (['-A', '-r', 'prom'], None),
    (['-a', '-r', 'off'], None), (['--constraints', '--recursive', '-r', 'g'], None),
    (['--digests', '-r', 'web', '-N', 'a'], None), (['--digests', '-r', 'web', '-N', 'b', 'fake=7'], None),
    (['--digests', '-r', 'g', '-N', 'a'], None), (['--digests', '-r', 'web'], WORDS),
    (['--list-ocf-providers'], None), (['--list-agents', 'ocf:pacemaker'], None),
    (['--list-agents', 'ocf:heartbeat'], None), (['--list-agents', 'nix'], WORDS),
    (['--list-ocf-alternatives', 'Dummy'], None), (['--list-ocf-alternatives', 'nix'], WORDS),
    (['--show-metadata', 'ocf:pacemaker:Dummy'], None), (['--show-metadata', 'nix'], None),
    (['--show-metadata', 'ocf:nix:nix'], WORDS),
    (['--validate', '--class', 'ocf', '--provider', 'pacemaker', '--agent', 'Dummy'], None),
    (['--validate', '--class', 'ocf', '--provider', 'heartbeat', '--agent', 'IPaddr2'], None),
    (['--validate', '--class', 'ocf', '--provider', 'pacemaker', '--agent', 'Nix'], WORDS),
    (['--validate', '-r', 'off', 'fake=2'], None), (['--force-check', '-r', 'm1'], None),
    (['--force-check', '-r', 'g'], None), (['--force-start', '-r', 'all'], None),
    (['-C', '-r', 'web', '-N', 'a'], None), (['-R'], None), (['-F', '-r', 'web', '-N', 'a'], 0),
    (['--restart', '-r', 'off'], None), (['--restart', '-r', 'web', '-N', 'b'], None),
    (['--nix'], None), (['--expired'], None), (['-L', 'nix'], WORDS),
]
CHANGES = [
    (['-r', 'web', '-p', 'fake', '-v', '2'], None), (['-r', 'web', '-p', 'state', '-v', '/x'], None),
    (['-r', 'web', '--meta', '-p', 'target-role', '-v', 'Stopped'], None), (['-r', 'web', '-p', 'fake'], None),
    (['-r', 'each', '-m', '-p', 'priority', '-v', '1'], None), (['-r', 'all', '-m', '-p', 'priority', '-v', '1'], None),
    (['-r', 'db', '-m', '-p', 'is-managed', '-v', 'false'], None),
    (['-r', 'prom', '-m', '-p', 'is-managed', '-v', 'false'], None),
    (['-r', 'prom', '-m', '-p', 'is-managed', '-v', 'false', '--force'], None),
    (['-r', 'g', '-m', '-p', 'target-role', '-v', 'Stopped'], None),
    (['-r', 'm1', '-m', '-p', 'target-role', '-v', 'Stopped'], None),
    (['-r', 'web', '-m', '-p', 'target-role', '-v', 'Stopped', '--recursive'], None),
    (['-r', 'web', '-z', '-p', 'cpu', '-v', '2'], None), (['-r', 'off', '-p', 'target-role', '-v', 'x'], None),
    (['-r', 'off', '-p', 'target-role', '-v', 'x', '--force'], None),
    (['-r', 'web', '-s', 'mine', '-p', 'x', '-v', 'y'], None),
    (['-r', 'web', '-d', 'fake'], None), (['-r', 'web', '-d', 'nix'], None),
    (['-r', 'off', '-m', '-d', 'target-role'], None),
    (['-r', 'db', '-m', '-d', 'is-managed'], None), (['-r', 'prom', '-m', '-d', 'is-managed'], None),
    (['-S', 'description', '-r', 'm1', '-t', 'primitive', '-v', 'd'], WORDS),
    (['-M', '-r', 'web'], WORDS), (['-M', '-r', 'web', '-N', 'b'], None), (['-M', '-r', 'web', '-N', 'a'], None),
    (['-M', '-r', 'web', '-N', 'b', '--force'], WORDS), (['-M', '-r', 'g', '-N', 'a'], None),
    (['-M', '-r', 'off'], None), (['-M', '-r', 'all'], None), (['-M', '-r', 'prom'], WORDS),
    (['-M', '-r', 'prom', '--promoted', '-N', 'b'], None), (['-M', '-r', 'prom', '--master', '-N', 'b'], None),
    (['-M', '-r', 'web', '--promoted', '-N', 'b'], None), (['-M', '-r', 'web', '-N', 'nix'], None),
    (['-M', '-r', 'db:0', '-N', 'b'], None),
    (['-B', '-r', 'web'], WORDS), (['-B', '-r', 'web', '-N', 'b', '-Q'], None), (['-B', '-r', 'all'], None),
    (['-B', '-r', 'prom', '--promoted', '-Q'], None), (['-B', '-r', 'off', '-N', 'c', '-Q'], BETTER),
    (['-B', '-r', 'web', '-u', 'nix'], None),
    (['-U', '-r', 'g'], None), (['-U', '-r', 'g', '-N', 'a'], None), (['-U', '-r', 'g', '-N', 'a', '--force'], None),
    (['-U', '-r', 'g', '-N', 'b', '-Q'], None), (['-U', '-r', 'off'], None), (['-U', '--expired'], None),
    (['-U', '--expired', '-r', 'g'], None), (['-U', '-r', 'off', '--expired', '-N', 'c'], BETTER),
    (['-D', '-r', 'm2', '-t', 'primitive'], None), (['-D', '-r', 'nix', '-t', 'primitive'], 0),
    (['-D', '-r', 'm2'], 64),
]
# Words of results in 2.1, and in 3.
RESULTS = {'complete': 'Done', 'ok': 'OK', 'not running': 'Not running', 'not configured': 'Not configured'}
VERSIONS = ('admin_epoch', 'epoch', 'num_updates', 'cib-last-written', 'update-origin', 'update-client', 'update-user',
            'crm_feature_set')
NEWER = ('removed', 'maintenance', 'node-attribute')


def words(text):
    """An answer of 2.1 as 3 gives it."""
    text = re.sub(r'\): complete$', '): Done', text, flags=re.M)
    return re.sub(r'(returned \d+ )\(([a-z ]+)', lambda m: f'{m[1]}({RESULTS.get(m[2], m[2])}', text)


def answer(text):
    """XML without what the releases differ in."""
    if not text.startswith('<'):
        return text
    root = xml.fromstring(text)
    for element in root.iter():
        for name in NEWER + ('request', 'api-version'):
            element.attrib.pop(name, None)
        for name in ('message', 'execution_message', 'status'):
            if name in element.attrib:
                element.set(name, RESULTS.get(element.get(name), element.get(name)))
    return xml.canonicalize(xml.tostring(root), strip_text=True)


def document(path):
    root = xml.parse(path).getroot()
    for name in VERSIONS:
        root.attrib.pop(name, None)
    return xml.canonicalize(xml.tostring(root), strip_text=True)


class Beside(unittest.TestCase):
    """Each command on a file of its own."""

    def setUp(self):
        if not os.path.exists(THEIRS):
            self.skipTest(f'SKIP {THEIRS} is not installed')
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def outcome(self, program, arguments):
        """(exit code, standard output, errors, the configuration afterwards)"""
        path = f'{self.folder}/cib.xml'
        with open(path, 'w', encoding='utf-8') as file:
            file.write(CIB)
        environment = {'PATH': os.environ['PATH'], 'CIB_file': path, 'TZ': 'UTC', 'LC_ALL': 'C'}
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, timeout=60,
                              check=False)
        return done.returncode, answer(words(done.stdout)), words(done.stderr), document(path)

    def compare(self, requests, more=(), settings=False):
        wrong = []
        for arguments, why in requests:
            theirs, ours = (self.outcome(program, [*arguments, *more]) for program in (THEIRS, OURS))
            if why is None and settings and '-p' in arguments:
                why = SETTINGS
            same = theirs == ours
            if isinstance(why, int):
                same = (why, theirs[3]) == (ours[0], ours[3])
            elif why == BETTER:
                same = ours[0] == 0 and ours[3] != self.outcome('/bin/true', [])[3]
            elif why is not None:
                same = (theirs[0], theirs[3]) == (ours[0], ours[3])
            if not same and (theirs[0] >= 0 or ours[0] < 0):
                both = [(a, b) for a, b in zip(theirs, ours) if a != b]
                wrong.append(f'{" ".join([*arguments, *more])}: {both}')
        self.assertEqual([], wrong, '\n'.join(wrong))

    def test_questions(self):
        self.compare(QUESTIONS)

    def test_questions_as_xml(self):
        self.compare(QUESTIONS, ['--output-as=xml'])

    def test_changes(self):
        self.compare(CHANGES)

    def test_changes_as_xml(self):
        self.compare(CHANGES, ['--output-as=xml'], settings=True)

    def test_help_names_what_programs_look_for(self):
        text = subprocess.run([OURS, '--help-all'], capture_output=True, text=True, check=True).stdout
        for name in ('--expired', '--digests', '--list-options', '--promoted', '--validate', '--wait'):
            self.assertIn(name, text)


# Where the watch over what must not run twice does not look.
EACH = '/var/lib/each.state'


class Live(ClusterTest):
    """One cluster, on which one thing is done after the other."""

    def tool(self, *arguments, host='a', code=0):
        done = self.lab.run(host, ['/usr/sbin/crm_resource', *arguments], check=False)
        self.assertEqual(code, done.returncode, f'{arguments}: {done.stdout}{done.stderr}')
        return done.stdout

    def test_all(self):
        self.form(2)
        for host in self.lab.hosts():
            self.lab.run(host, ['ln', '-sf', HALE, '/usr/sbin/crm_resource'])
        self.cluster.create('a', 'resources', SWITCH)
        self.cluster.create('a', 'resources', dummy('web'))
        self.cluster.create('a', 'resources', f'<clone id="all">{dummy("each", state=EACH)}</clone>')
        self.wait_running('web', 'ab')
        self.tool('--wait', '--timeout=20s')
        self.each_since('b')
        for step in (self.where_it_is, self.moving, self.parameters, self.failing, self.restarting, self.checking,
                     self.wrong):
            with self.subTest(step.__name__):
                step()

    def life(self, name):
        """Where it runs and since when; None: it does not run on one host."""
        hosts = self.running_on(name)
        return (hosts[0], self.incarnation(hosts[0], name)) if len(hosts) == 1 else None

    def each_since(self, host):
        return os.stat(f'{self.watch.roots()[host]}{EACH}').st_mtime_ns

    def where_it_is(self):
        host = self.running_on('web')[0]
        for asked in 'ab':
            self.assertEqual(f'resource web is running on: {host}\n', self.tool('--locate', '-r', 'web', host=asked))
        self.assertEqual({'a', 'b'}, set(self.tool('-Q', '-W', '-r', 'all').split()))
        self.assertIn('Full List of Resources:\n', self.tool('-L'))
        self.assertRegex(self.tool('-O', '-r', 'web', '-N', host), r'web_start_0 \(node=., call=\d+, rc=0')

    def moving(self):
        host = self.running_on('web')[0]
        other = self.others(host)[0]
        self.tool('-M', '-r', 'web', '-N', host, code=108)
        self.tool('-M', '-r', 'web', '-N', other)
        self.wait_running('web', other)
        self.assertIn('cli-ban-web-on-', self.tool('-B', '-r', 'web', '-u', 'PT1H'))
        self.wait_running('web', host)
        cleared = self.tool('-U', '-r', 'web')
        self.assertEqual(f'Removing constraint: cli-ban-web-on-{other}\nRemoving constraint: cli-prefer-web\n', cleared)
        self.assertEqual([], list(self.cluster.cib('b', scope='constraints')))
        self.tool('--wait')

    def parameters(self):
        self.tool('-r', 'web', '-p', 'fake', '-v', 'changed', host='b')
        self.assertEqual('changed\n', self.tool('-r', 'web', '-g', 'fake'))
        self.tool('-r', 'web', '-m', '-p', 'target-role', '-v', 'Stopped')
        wait_until(lambda: self.running_on('web') == [], 20, 'web stops')
        self.assertIn("should remain stopped", self.tool('--why', '-r', 'web'))
        self.tool('-r', 'web', '-m', '-d', 'target-role')
        self.wait_running('web', 'ab')
        self.tool('--wait')

    def failing(self):
        before = self.life('web')
        host = before[0]
        self.tool('-F', '-r', 'web', '-N', host, host=self.others(host)[0])
        wait_until(lambda: self.fail_count('a', 'web') != {}, 20, 'the failure counts')
        wait_until(lambda: self.life('web') not in (None, before), 20, 'web is started again')
        self.assertIn(f'Cleaned up web on {host}\n', self.tool('-C', '-r', 'web'))
        wait_until(lambda: self.fail_count('a', 'web') == {}, 20, 'no failure counts any more')
        self.assertIn('Cleaned up web on ', self.tool('--refresh', '-r', 'web'))
        self.tool('--wait')
        self.wait_running('web', 'ab')

    def restarting(self):
        before = self.life('web')
        said = self.tool('--restart', '-r', 'web')
        self.assertEqual('Waiting for 1 resources to stop:\n * web\nWaiting for 1 resources to start again:\n * web\n',
                         said)
        self.assertNotIn(self.life('web'), (None, before))
        since = self.each_since('b')
        self.tool('--restart', '-r', 'all', '-N', 'b')
        self.assertNotEqual(since, self.each_since('b'))
        self.assertEqual([], list(self.cluster.cib('a', scope='constraints')))
        self.assertEqual([], [e for e in self.cluster.cib('a', scope='resources').iter('nvpair')
                              if e.get('name') == 'target-role'])

    def checking(self):
        host = self.running_on('web')[0]
        self.assertIn('returned 0 (OK)', self.tool('--force-check', '-r', 'web', host=host))
        self.assertIn('returned 7 (Not running)',
                      self.tool('--force-check', '-r', 'web', host=self.others(host)[0], code=7))
        root = xml.fromstring(self.tool('--digests', '-r', 'web', '-N', host, '--output-as=xml'))
        entry = [e for e in self.cluster.cib('a', scope='status').iter('lrm_rsc_op')
                 if e.get('operation_key') == 'web_start_0' and e.get('rc-code') == '0']
        self.assertIn(root.find('.//digest[@type="all"]').get('hash'), [e.get('op-digest') for e in entry])

    def wrong(self):
        self.tool('-W', '-r', 'nix', code=105)
        self.tool('-F', '-r', 'web', '-N', 'nix', code=105)
        self.tool('-r', 'web', '--element', '-p', 'class', '-v', 'nix', code=78)
        self.tool('--restart', '-r', 'web', '-N', self.others(self.running_on('web')[0])[0], code=105)


if __name__ == '__main__':
    main()
