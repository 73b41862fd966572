#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Access control beside Debian's cibadmin: what a user sees, and which changes are refused.

A seeded hand writes roles with permissions of every kind and selector over a small configuration, and changes it.
Two things are left alone. The order of elements: about that we ask for rights where Pacemaker does not. And whether an
element has the attribute that a permission selects by: Debian's 2.1.5 asks after the change, so that who may write
what is described may describe what he likes; we ask before it. HALE_ACCESS_CHECK: tests/cib's program around our rules.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = os.environ.get('HALE_ACCESS_CHECK', f'{ROOT}/build/tests/cib/access-check')
THEIRS = '/usr/sbin/cibadmin'
SEEDS = 60
DENIED = 4
INVALID = 78  # by the schema, which cibadmin asks too
SKIPPED = 77

TEMPLATE = '''
<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
<crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="ea" name="enable-acl" value="true"/>
<nvpair id="mm" name="maintenance-mode" value="false"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"><instance_attributes id="n1-a"><nvpair id="n1-s" name="standby" value="off"/>
</instance_attributes></node><node id="2" uname="n2"/></nodes>
<resources><primitive id="A" class="ocf" provider="pacemaker" type="Dummy" description="first">
<meta_attributes id="A-m"><nvpair id="A-r" name="target-role" value="Started"/>
<nvpair id="A-i" name="is-managed" value="true"/></meta_attributes>
<instance_attributes id="A-a"><nvpair id="A-f" name="fake" value="1"/></instance_attributes></primitive>
<group id="G"><primitive id="B" class="ocf" provider="pacemaker" type="Dummy"/>
<primitive id="C" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="C-m">
<nvpair id="C-r" name="target-role" value="Started"/></meta_attributes></primitive></group></resources>
<constraints><rsc_location id="L" rsc="A" node="n1" score="5"/><rsc_location id="M" rsc="G" node="n2" score="-3"/>
</constraints><acls><acl_target id="u"><role id="r1"/><role id="r2"/></acl_target>
<acl_target id="T" name="w"><role id="r2"/></acl_target><acl_role id="r1"/><acl_role id="r2"/></acls>
</configuration><status/></cib>
'''
SELECTORS = [
    {'xpath': '/cib'}, {'xpath': '/cib'}, {'xpath': '//resources'}, {'xpath': '//meta_attributes'},
    {'xpath': "//nvpair[@name='target-role']"}, {'xpath': "//nvpair[@name='target-role']/.."}, {'xpath': '//@score'},
    {'xpath': '//primitive[@description]'}, {'xpath': '/cib/configuration/acls'}, {'xpath': "//*[@id='G']/primitive"},
    {'xpath': '//rsc_location[@score > 0]'}, {'reference': 'A'}, {'reference': 'C-m'}, {'reference': 'L'},
    {'reference': 'cib-bootstrap-options'}, {'object-type': 'nvpair'}, {'object-type': 'primitive'},
    {'object-type': 'constraints'}, {'object-type': 'primitive', 'attribute': 'description'},
    {'object-type': 'node'}, {'object-type': 'nvpair', 'attribute': 'value'}, {'object-type': 'nodes'},
]


def configuration(hand):
    root = ElementTree.fromstring(TEMPLATE)
    for role in root.iter('acl_role'):
        for n in range(hand.randrange(5)):
            kind = hand.choice(['read', 'read', 'write', 'write', 'deny'])
            name = f'{role.get("id")}-{n}'
            ElementTree.SubElement(role, 'acl_permission', id=name, kind=kind, **hand.choice(SELECTORS))
    return root


def edit(hand, root, number):
    """A change that leaves the document valid and the order of what stays alone."""
    nvpairs = [e for e in root.iter('nvpair')]
    primitives = [e for e in root.iter('primitive')]
    parents = {child: parent for parent in root.iter() for child in parent}
    what = hand.randrange(9)
    if what == 0:
        hand.choice(nvpairs).set('value', 'Stopped')
    elif what == 1:
        gone = hand.choice(nvpairs)
        parents[gone].remove(gone)
    elif what == 2:
        sets = [e for e in root.iter() if e.tag in ('meta_attributes', 'instance_attributes')]
        ElementTree.SubElement(hand.choice(sets), 'nvpair', id=f'new-{number}', name='target-role', value='Started')
    elif what == 3:
        primitives[0].set('description', 'changed')
    elif what == 4:
        hand.choice(primitives).set('type', 'Stateful')
    elif what == 5:
        meta = ElementTree.SubElement(hand.choice(primitives), 'meta_attributes', id=f'set-{number}')
        name = hand.choice(['target-role', 'priority'])
        ElementTree.SubElement(meta, 'nvpair', id=f'pair-{number}', name=name, value='1')
    elif what == 6:
        constraints = root.find('.//constraints')
        ElementTree.SubElement(constraints, 'rsc_location', id=f'loc-{number}', rsc='A', node='n2', score='7')
    elif what == 7:
        constraints = root.find('.//constraints')
        if len(constraints):
            constraints.remove(hand.choice(list(constraints)))
    else:
        role = hand.choice(list(root.iter('acl_role')))
        ElementTree.SubElement(role, 'acl_permission', id=f'more-{number}', kind='write', xpath='/cib')


def plain(text):
    """A document without its formatting and the order of attributes."""
    if not text.strip():
        return None

    def pack(e):
        return (e.tag, sorted(e.attrib.items()), [pack(child) for child in e])
    return pack(ElementTree.fromstring(text))


class Access(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, root):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as f:
            f.write(ElementTree.tostring(root))
        return path

    def theirs(self, path, user, *arguments):
        """cibadmin works on a copy: it keeps files and counts up."""
        work = os.path.join(self.folder, 'work.xml')
        shutil.copy(path, work)
        environment = {'CIB_file': work, 'CIB_user': user, 'PATH': os.environ['PATH']}
        p = subprocess.run([THEIRS, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True)
        return p.returncode, p.stdout

    def ours(self, *arguments):
        p = subprocess.run([OURS, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return p.returncode, p.stdout

    def test_reading(self):
        counts = {0: 0, DENIED: 0}
        for seed in range(SEEDS):
            root = configuration(random.Random(seed))
            path = self.file('cib.xml', root)
            for user in ('u', 'w', 'T', 'root'):
                with self.subTest(seed=seed, user=user):
                    code, text = self.ours('read', user, path)
                    their_code, their_text = self.theirs(path, user, '--query')
                    self.assertEqual(code, their_code)
                    self.assertEqual(plain(text), plain(their_text))
                    counts[code] += 1
        self.assertGreater(min(counts.values()), SEEDS // 4)

    def test_changing(self):
        counts = {0: 0, DENIED: 0}
        for seed in range(SEEDS):
            hand = random.Random(seed)
            root = configuration(hand)
            path = self.file('cib.xml', root)
            for number in range(hand.choice([1, 1, 1, 2])):
                edit(hand, root, number)
            new = self.file('new.xml', root)
            for user in ('u', 'w', 'root'):
                with self.subTest(seed=seed, user=user):
                    their_code, _ = self.theirs(path, user, '--replace', '--xml-file', new)
                    if their_code == INVALID:
                        continue
                    self.assertEqual(self.ours('change', user, path, new)[0], their_code)
                    counts[their_code] += 1
        self.assertGreater(min(counts.values()), SEEDS // 4)


def missing():
    for path, what in ((OURS, 'build it first ("make test")'), (THEIRS, 'apt-get install pacemaker-cli-utils')):
        if not os.path.exists(path):
            return f'{path} is not there: {what}'
    if os.geteuid() != 0:
        return 'cibadmin takes other users\' names from root alone'
    return None


if __name__ == '__main__':
    reason = missing()
    if reason:
        print(f'SKIP {reason}')
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
