#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""crm_diff beside Debian's: the same patches to the letter, and each applies what the other made.

Documents are those of ../shared/conformance, edited by a seeded hand: attributes set, dropped and turned round,
elements removed, added and moved. Debian's Pacemaker is 2.1.5; two of its habits are older than ours and evened out
here: it escapes apostrophes, and it writes form 1 for documents without a new crm_feature_set. Comments, which it pairs
in another way than Pacemaker 3, are left out. HALE_CRM_DIFF: the program under test.
"""
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = os.environ.get('HALE_CRM_DIFF', f'{ROOT}/build/bin/crm_diff')
THEIRS = '/usr/sbin/crm_diff'
DOCUMENTS = os.path.join(ROOT, '..', 'shared', 'conformance', 'scheduler', 'xml')
PAIRS = 250
SIZE_MAX = 60000  # bytes of a document: many small ones tell more than few large ones
SKIPPED = 77


def run(program, *arguments, text=None):
    """(exit code, output) of a program; what it says on standard error is not part of the agreement."""
    p = subprocess.run([program, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return p.returncode, p.stdout


def plain(text):
    return text.replace('&apos;', "'")


def shuffle_attributes(hand, element):
    items = list(element.attrib.items())
    hand.shuffle(items)
    element.attrib.clear()
    element.attrib.update(items)


def edit(hand, root, number):
    """One random edit of a tree."""
    parents = [e for e in root.iter() if len(e)]
    parent = hand.choice(parents)
    child = hand.choice(list(parent))
    what = hand.randrange(6)
    if what == 0:
        parent.remove(child)
    elif what == 1:
        parent.insert(hand.randrange(len(parent) + 1), ElementTree.Element('nvpair', id=f'new-{number}', name='a<b'))
    elif what == 2:
        parent.remove(child)
        parent.insert(hand.randrange(len(parent) + 1), child)
    elif what == 3:
        child.set(hand.choice(['value', 'score', 'x-new']), hand.choice(['1', 'two words', '<&>']))
    elif what == 4:
        names = [n for n in child.attrib if n != 'id']
        if names:
            del child.attrib[hand.choice(names)]
    else:
        shuffle_attributes(hand, child)


def unique(parent):
    """Siblings that share a name and an id cannot be told apart by any path."""
    keys = [(e.tag, e.get('id')) for e in parent]
    return len(keys) == len(set(keys)) and all(unique(e) for e in parent)


def document(path):
    root = ElementTree.parse(path).getroot()  # drops comments
    root.set('crm_feature_set', '3.16.2')
    return root


def pairs():
    """(name, old, new) as files' texts, the same in every run."""
    hand = random.Random(1)
    paths = [p for p in sorted(glob.glob(f'{DOCUMENTS}/*.xml')) if os.path.getsize(p) < SIZE_MAX]
    hand.shuffle(paths)
    for path in paths:
        old = document(path)
        if not unique(old):
            continue
        new = ElementTree.fromstring(ElementTree.tostring(old))
        for number in range(hand.choice([0, 1, 1, 3, 10])):
            edit(hand, new, number)
        if unique(new):
            yield os.path.basename(path), ElementTree.tostring(old, 'unicode'), ElementTree.tostring(new, 'unicode')


class CrmDiff(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path

    def both(self, *arguments):
        """What both print and return; must be the same."""
        code, text = run(OURS, *arguments)
        their_code, their_text = run(THEIRS, *arguments)
        self.assertEqual(code, their_code, arguments)
        self.assertEqual(plain(text).strip(), plain(their_text).strip(), arguments)
        return code, text, their_text

    def test_pairs(self):
        different = 0
        for (name, old, new), number in zip(pairs(), range(PAIRS)):
            with self.subTest(name):
                before, after = self.file('old.xml', old), self.file('new.xml', new)
                code, ours, theirs = self.both('-o', before, '-n', after)
                self.both('--no-version', '--original', before, '--new', after)
                different += code
                if code == 0:
                    continue
                our_patch, their_patch = self.file('ours', ours), self.file('theirs', theirs)
                made = {run(OURS, '-o', before, '-p', their_patch), run(OURS, '-o', before, '-p', our_patch)}
                self.assertEqual(len(made), 1, 'both patches give us the same')
                result = self.file('made.xml', made.pop()[1])
                self.assertEqual(run(OURS, '-o', after, '-n', result), (0, ''))
                their_made = run(THEIRS, '-o', before, '-p', our_patch)
                self.assertEqual(their_made[0], 0)
                self.assertEqual(run(OURS, '-o', after, '-n', self.file('made.xml', their_made[1])), (0, ''))
        self.assertGreater(different, PAIRS // 2)

    def test_digest(self):
        """With --cib: versions and the digest; the patch made by one is taken by the other."""
        old = '<cib crm_feature_set="3.16.2" admin_epoch="0" epoch="1" num_updates="0" update-user="a"><status/></cib>'
        new = old.replace('epoch="1"', 'epoch="2"').replace('<status/>', '<status><node_state id="1"/></status>')
        before, after = self.file('old.xml', old), self.file('new.xml', new)
        _, ours, theirs = self.both('--cib', '-o', before, '-n', after)
        self.assertIn('digest="', ours)
        self.both('-c', '-o', before, '-p', self.file('p', theirs))
        self.both('-c', '-o', before, '-p', self.file('p', ours))
        self.both('-c', '-o', after, '-p', self.file('p', ours))  # too old: 103
        damaged = ours.replace('digest="', 'digest="x')
        self.both('-c', '-o', before, '-p', self.file('p', damaged))

    def test_ways_in(self):
        old, new = '<cib crm_feature_set="3.16.2" a="1"/>', '<cib crm_feature_set="3.16.2" a="2"/>'
        before, after = self.file('old.xml', old), self.file('new.xml', new)
        self.both('-O', old, '-N', new)
        self.assertEqual(run(OURS, '-O', old, '-o', '/nonexistent', '-N', new)[0], 1)  # as Pacemaker 3
        self.both(f'-o{before}', f'-n{after}')
        self.both(f'--original={before}', f'--new-string={new}', '-VV')
        for patch in ('<diff format="2"/>', '<diff format="2"><change operation="zap" path="/cib"/></diff>',
                      '<diff format="2"><change operation="modify" path="/cib/x"/></diff>'):
            self.both('-o', before, '-p', self.file('patch', patch))
        for text in (old, new):
            self.assertEqual(run(OURS, '-o', '-', '-n', before, text=text)[0], int(text == new))
        packed = subprocess.run(['bzip2', '-c', before], stdout=subprocess.PIPE, check=True).stdout
        with open(os.path.join(self.folder, 'old.xml.bz2'), 'wb') as f:
            f.write(packed)
        self.both('-o', f'{self.folder}/old.xml.bz2', '-n', after)

    def test_exit_codes(self):
        good, bad = self.file('good.xml', '<cib crm_feature_set="3.16.2"/>'), self.file('bad.xml', 'no XML')
        self.assertEqual(self.both('-o', good, '-n', good)[0], 0)
        self.assertEqual(self.both('-o', bad, '-n', good)[0], 65)
        self.assertEqual(self.both('-o', good, '-n', bad)[0], 65)
        self.assertEqual(self.both('-o', good, '-n', '/nonexistent')[0], 65)
        self.assertEqual(self.both('-o', good, '-n', good, '-u', '-c')[0], 64)
        self.assertEqual(self.both('-o', good, '--bogus')[0], 64)
        # What libxml2 would repair is no document for us.
        self.assertEqual(run(OURS, '-o', good, '-n', self.file('cut.xml', '<cib'))[0], 65)
        # Pacemaker 3 says what is missing where 2.1.5 took nothing for bad XML.
        self.assertEqual(run(OURS, '-o', good)[0], 64)
        self.assertEqual(run(OURS, '-n', good)[0], 64)
        # Form 1 is gone.
        self.assertEqual(run(OURS, '-o', good, '-p', self.file('p', '<diff format="1"/>')), (1, ''))


def missing():
    for path, what in ((OURS, 'build it first ("make build")'), (THEIRS, 'apt-get install pacemaker-cli-utils'),
                       (DOCUMENTS, 'the suite of documents is not beside the project')):
        if not os.path.exists(path):
            return f'{path} is not there: {what}'
    return None


if __name__ == '__main__':
    reason = missing()
    if reason:
        print(f'SKIP {reason}')
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
