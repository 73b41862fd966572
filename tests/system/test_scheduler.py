#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the scheduler decides, over whole documents.

	test_scheduler.py            our own cases (tests/scheduler/cases), also with what means nothing changed
	test_scheduler.py conformance   the public cases beside the project (../shared/conformance/scheduler), if there
	test_scheduler.py write         takes what is decided now for what our own cases expect: read the difference!

A case NAME is xml/NAME.xml and what is printed for it, byte for byte: summary/NAME.summary (-S), scores/NAME.scores,
dot/NAME.dot and exp/NAME.exp (-sSQ -D -G). A comment in its first lines tells what it is about. HALE_CRM_SIMULATE: the
program under test.
"""
import difflib
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = os.environ.get('HALE_CRM_SIMULATE', f'{ROOT}/build/bin/crm_simulate')
CASES = os.path.join(ROOT, 'tests', 'scheduler', 'cases')
PUBLIC = os.path.join(ROOT, '..', 'shared', 'conformance', 'scheduler')
KINDS = ('summary', 'scores', 'dot', 'exp')
VARIANTS = 4  # of each case, of those whose order or form means nothing
SKIPPED = 77


def decide(path):
    """kind -> all that is printed about the document."""
    env = {**os.environ, 'LC_ALL': 'C', 'TZ': 'UTC'}
    with tempfile.TemporaryDirectory() as folder:
        def run(*options):
            p = subprocess.run([OURS, '-x', path, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, env=env, cwd=folder, timeout=60, check=False)
            return p.stdout

        found = {'summary': run('-S'), 'scores': run('-sSQ', '-D', 'dot', '-G', 'exp')}
        for kind in ('dot', 'exp'):
            with open(os.path.join(folder, kind), encoding='utf-8') as f:
                found[kind] = f.read()
    return found


def names():
    return sorted(f[:-len('.xml')] for f in os.listdir(f'{CASES}/xml'))


def file(kind, name):
    return os.path.join(CASES, kind, f'{name}.{kind}')


def expected(name):
    found = {}
    for kind in KINDS:
        with open(file(kind, name), encoding='utf-8') as f:
            found[kind] = f.read()
    return found


# --- what means nothing ---

# Sets of which each member stands for itself. Of nvpairs of one block all names are different here, so that the rule
# "the first one counts" is not touched; the order of histories' entries is that of their call ids. Instances of clones
# get their numbers in the order of node states, as in Pacemaker, and what is active twice stays where it was found
# first, so that this order is free only elsewhere.
FREE = ('nvpair', 'node_state', 'lrm_resource', 'lrm_rsc_op', 'ticket_state', 'op', 'tag')


def shuffled(hand, root):
    ordered = root.find('.//clone') is not None or root.find(".//nvpair[@name='multiple-active']") is not None
    free_tags = [t for t in FREE if t != 'node_state' or not ordered]
    for element in root.iter():
        items = list(element.attrib.items())
        hand.shuffle(items)
        element.attrib.clear()
        element.attrib.update(items)
        children = list(element)
        free = [c for c in children if c.tag in free_tags]
        if len(free) < 2 or element.find('rule') is not None:
            continue
        hand.shuffle(free)
        following = iter(free)
        element[:] = [next(following) if c.tag in free_tags else c for c in children]


def reformatted(hand, root):
    """Blanks, comments, and sections whose order is free."""
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            continue
        for i in range(len(element), -1, -1):
            if hand.random() < 0.2:
                element.insert(i, ElementTree.Comment(' <nvpair name="no"/> '))
    for element in root.iter():
        if len(element):
            element.text = hand.choice(('', '\n', ' \t\r\n   '))
        element.tail = hand.choice(('', '\n\n', '  '))
    root.tail = '\n'


def strange(root):
    """Attributes that nobody knows, where the schema lets anything stand."""
    for element in root.iter('node_state'):
        element.set('x-colour', 'blue')
    root.set('update-client', 'someone')
    root.set('cib-last-written', 'yesterday')


def variant(name, number):
    hand = random.Random(f'{name} {number}')
    root = ElementTree.parse(f'{CASES}/xml/{name}.xml').getroot()
    if number % 2 == 0:
        shuffled(hand, root)
    if number > 0:
        reformatted(hand, root)
    if number == 3:
        strange(root)
    return ElementTree.tostring(root, 'unicode')


def without_numbers(found):
    """Actions are numbered as they are thought of, which is in the order of histories."""
    exp = re.sub(r'(<(?:rsc_op|pseudo_event|crm_event) id=)"\d+"', r'\1""', found['exp'])
    return {**found, 'exp': '\n'.join(sorted(exp.splitlines()))}


class Cases(unittest.TestCase):
    def same(self, name, want, got):
        for kind in KINDS:
            if want[kind] != got[kind]:
                lines = difflib.unified_diff(want[kind].splitlines(), got[kind].splitlines(), 'expected', 'decided',
                                             lineterm='', n=1)
                self.fail(f'{name}: {kind}\n' + '\n'.join(lines))

    def test_cases(self):
        self.assertGreaterEqual(len(names()), 49)
        for name in names():
            with self.subTest(name):
                self.same(name, expected(name), decide(f'{CASES}/xml/{name}.xml'))

    def test_every_kind(self):
        """All kinds of resources and constraints occur in the cases."""
        found = set()
        for name in names():
            with open(f'{CASES}/xml/{name}.xml', encoding='utf-8') as f:
                found.update(re.findall(r'<([\w-]+)', f.read()))
        wanted = {'primitive', 'group', 'clone', 'bundle', 'template', 'tag', 'rsc_location', 'rsc_colocation',
                  'rsc_order', 'rsc_ticket', 'resource_set', 'rule', 'date_expression', 'utilization',
                  'fencing-level', 'rsc_defaults', 'op_defaults', 'ticket_state', 'transient_attributes'}
        self.assertEqual(wanted - found, set())

    def test_what_means_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'cib.xml')
            for name in names():
                for number in range(VARIANTS):
                    with self.subTest(name, variant=number):
                        with open(path, 'w', encoding='utf-8') as f:
                            f.write(variant(name, number))
                        self.same(name, without_numbers(expected(name)), without_numbers(decide(path)))


def conformance():
    if not os.path.exists(f'{PUBLIC}/run'):
        print('SKIP the public cases (../shared/conformance/scheduler) are not beside the project')
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        command = [f'{PUBLIC}/run', '-b', OURS, '-w', ','.join(KINDS), '-o', folder]
        return subprocess.run(command, check=False).returncode


def write():
    for name in names():
        for kind, text in decide(f'{CASES}/xml/{name}.xml').items():
            os.makedirs(f'{CASES}/{kind}', exist_ok=True)
            with open(file(kind, name), 'w', encoding='utf-8') as f:
                f.write(text)
    return 0


if __name__ == '__main__':
    if not os.access(OURS, os.X_OK):
        print(f'SKIP {OURS} is not there: build it first ("make build")')
        sys.exit(SKIPPED)
    if sys.argv[1:] in (['conformance'], ['write']):
        sys.exit({'conformance': conformance, 'write': write}[sys.argv[1]]())
    unittest.main(verbosity=1)
