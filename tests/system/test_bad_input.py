#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents that are none, and files that cannot be read or written: crm_simulate, crm_verify, crm_diff and crm_rule.

Whatever they are given: they end by themselves, with an exit code that says what was wrong and a message that says
where; what they write is whole or not there. HALE_PROGRAMS: the folder of the programs under test.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get('HALE_PROGRAMS', f'{ROOT}/build/bin')
CASES = os.path.join(ROOT, 'tests', 'scheduler', 'cases', 'xml')
STEP = 100         # bytes between two cuts
MUTANTS = 150      # of documents, by a seeded hand
LONG = 2000        # constraints of a chain or ring
PATIENCE_S = 20    # nothing here takes as much as a second
DATA, CONFIGURATION, IO, MISSING = 65, 78, 74, 105
SKIPPED = 77
VALUES = ('INFINITY', '-INFINITY', '99999999999999999999', '-1', '', 'true', 'never', '9' * 400, '1e9', '2038-13-45',
          '%s%n', '../..', 'P1Y', '&#1;', 'é')


def run(program, *arguments, text=None, **more):
    p = subprocess.run([f'{PROGRAMS}/{program}', *arguments], input=text, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False, **more)
    return p.returncode, p.stdout.decode('utf-8', 'replace'), p.stderr.decode('utf-8', 'replace')


def read(name):
    with open(f'{CASES}/{name}.xml', 'rb') as f:
        return f.read()


def with_constraints(text):
    return read('colocation').replace(b'<constraints>', b'<constraints>' + text.encode())


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, content, name='cib.xml'):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as f:
            f.write(content)
        return path

    def refused(self, content, codes, message):
        """Both crm_simulate and crm_verify say no, and where."""
        path = self.file(content)
        for program, options in (('crm_simulate', ('-S',)), ('crm_verify', ('-V',))):
            code, out, err = run(program, '-x', path, *options)
            self.assertIn(code, codes, (program, content[:200], err))
            self.assertRegex(err, message)
            self.assertNotIn('Transition Summary', out)

    def survived(self, content, what=''):
        """Any answer will do that is one: an exit code of its own, and words with it unless it is 0."""
        path = self.file(content)
        for program, options in (('crm_simulate', ('-S', '-s')), ('crm_verify', ('-VV',))):
            code, _, err = run(program, '-x', path, *options)
            self.assertIn(code, (0, 1, DATA, CONFIGURATION), (program, what, err[:2000]))
            if code:
                self.assertNotEqual(err, '', (program, what))

    def test_cut(self):
        for name in ('bundle', 'promotable-move', 'colocation-set'):
            whole = read(name)
            for size in range(0, len(whole.rstrip()) - 1, STEP):
                self.refused(whole[:size], (DATA, CONFIGURATION), r'cib\.xml')
                if size:
                    self.refused(whole[:size], (DATA, CONFIGURATION), r'cib\.xml:\d+: ')

    def test_no_document(self):
        for content in (b'', b'\n', b'no XML', b'\0' * 1000, bytes(range(256)) * 20, b'BZh9' + b'\0' * 50,
                        b'<cib>' * 100000, b'<a ' + b'b="c" ' * 5000 + b'/>',
                        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
            self.refused(content, (DATA, CONFIGURATION), r'cib\.xml')
        self.refused(b'<crm/>', (CONFIGURATION, DATA), 'crm')

    def test_where(self):
        """Mistakes are told with file and line, and name what is meant."""
        for content, message in (
                (read('colocation').replace(b'id="b"', b'id="a"', 1), r'cib\.xml:\d+: .*"a"'),
                (with_constraints('<rsc_order id="o" first="a" then="nobody"/>'), r'cib\.xml:\d+: .*nobody'),
                (with_constraints('<rsc_location id="x" rsc="a" node="node1" score="many"/>'), r'cib\.xml:\d+: .*many'),
                (with_constraints('<rsc_colour id="x"/>'), r'cib\.xml:\d+: .*rsc_colour')):
            self.refused(content, (CONFIGURATION,), message)

    def test_rings(self):
        """Rings and chains of constraints end, and not after a time that grows with their square."""
        names = [f'r{i}' for i in range(LONG)]
        resources = ''.join(f'<primitive id="{n}" class="ocf" provider="p" type="T"/>' for n in names)
        pairs = list(zip(names, names[1:]))
        for ring in ([], [(names[-1], names[0])]):
            colocations = ''.join(f'<rsc_colocation id="c-{b}" rsc="{b}" with-rsc="{a}" score="INFINITY"/>'
                                  for a, b in pairs + ring)
            orders = ''.join(f'<rsc_order id="o-{b}" first="{a}" then="{b}"/>' for a, b in pairs + ring)
            for constraints in (colocations, orders):
                document = read('primitive-start').decode()
                document = re.sub(r'(?s)<resources>.*</resources>', f'<resources>{resources}</resources>', document)
                document = document.replace('<constraints/>', f'<constraints>{constraints}</constraints>')
                self.assertIn('<constraints><', document)
                self.survived(document.encode(), (bool(ring), constraints[:20]))

    def test_copies(self):
        """A number of copies beyond all reason is told, and takes no more than its limit."""
        for kind, many in (('bundle', '<bundle id="b"><docker image="i" replicas="2147483647"/></bundle>'),
                           ('clone', '<clone id="c"><meta_attributes id="m"><nvpair id="m1" name="clone-max" '
                            'value="2147483647"/><nvpair id="m2" name="globally-unique" value="true"/>'
                            '</meta_attributes><primitive id="p" class="ocf" provider="p" type="T"/></clone>')):
            document = re.sub(r'(?s)<resources>.*</resources>', f'<resources>{many}</resources>',
                              read('primitive-start').decode())
            self.survived(document.encode(), kind)
            code, _, err = run('crm_verify', '-V', '-x', self.file(document.encode()))
            self.assertEqual(code, CONFIGURATION)
            self.assertRegex(err, r'2147483647 .*more than \d+')

    def test_values(self):
        """Every value of a document in turn replaced by nonsense."""
        hand = random.Random(5)
        names = sorted(os.listdir(CASES))
        for _ in range(MUTANTS):
            name = hand.choice(names)[:-len('.xml')]
            text = read(name).decode()
            for _ in range(hand.choice((1, 1, 3))):
                at = hand.choice(list(re.finditer(r'="[^"]*"', text)))
                value = hand.choice((*VALUES, hand.choice(re.findall(r'="([^"]*)"', text))))
                text = text[:at.start()] + f'="{value}"' + text[at.end():]
            self.survived(text.encode(), name)
            self.survived(text.replace('validate-with="pacemaker-4.0"', 'validate-with="none"').encode(), name)

    def test_files(self):
        good = self.file(read('colocation'))
        for path in ('/nonexistent', self.folder, f'{good}/below'):
            self.assertEqual(run('crm_simulate', '-x', path, '-S')[0], DATA)
            self.assertEqual(run('crm_verify', '-x', path)[0], CONFIGURATION)
            self.assertEqual(run('crm_diff', '-o', path, '-n', good)[0], DATA)
            self.assertIn(path, run('crm_simulate', '-x', path, '-S')[2])
            self.assertNotEqual(run('crm_rule', '-c', '-r', 'x', '-X', path)[0], 0)

    def test_no_permission(self):
        closed = self.file(read('colocation'), 'closed.xml')
        os.chmod(closed, 0)
        os.chmod(self.folder, 0o755)
        if os.getuid() != 0:
            self.skipTest('needs root, to be somebody else')
        for program, code in (('crm_simulate', DATA), ('crm_verify', CONFIGURATION)):
            ended, _, err = run(program, '-x', closed, user=65534, group=65534)
            self.assertEqual(ended, code)
            self.assertIn('closed.xml', err)

    def test_output(self):
        good = self.file(read('colocation'))
        for option, code in (('-G', IO), ('-D', IO), ('-I', MISSING), ('-O', MISSING)):
            ended, _, err = run('crm_simulate', '-x', good, '-S', option, '/nonexist/file')
            self.assertEqual(ended, code, option)
            self.assertIn('/nonexist/file', err)

    def test_lost_words(self):
        """What could not be printed is not passed over in silence."""
        good = self.file(read('colocation'))
        for words in (('crm_simulate', '-x', good, '-S'), ('crm_simulate', '-x', good, '--output-to=/dev/full'),
                      ('hale', 'explain', 'a', '-x', good), ('hale', '--help'), ('iso8601', '-n')):
            with open('/dev/full', 'wb') as full:
                p = subprocess.run([f'{PROGRAMS}/{words[0]}', *words[1:]], stdout=full, stderr=subprocess.PIPE,
                                   timeout=PATIENCE_S, check=False)
            self.assertEqual(p.returncode, IO, words)
            self.assertIn(words[0].encode() + b': ', p.stderr)

    def test_full_disk(self):
        """On a disk without room the old file stays, and nothing lies beside it."""
        if os.getuid() != 0:
            self.skipTest('needs root, to mount a small disk')
        good = self.file(read('bundle'))
        script = ('mount -t tmpfs -o size=4k,nr_inodes=20 none "$1" && echo old > "$1/file" && '
                  '{ "$2" -x "$3" -S "$4" "$1/file" >/dev/null 2>"$5"; echo $?; cat "$1/file"; ls -A "$1"; }')
        for option in ('-G', '-D', '-I', '-O'):
            place, words = os.path.join(self.folder, 'disk'), os.path.join(self.folder, 'words')
            os.makedirs(place, exist_ok=True)
            p = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', place, f'{PROGRAMS}/crm_simulate', good,
                                option, words], stdout=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S)
            code, *rest = p.stdout.split('\n')
            self.assertNotIn(code, ('0', ''), option)
            self.assertEqual(rest[:3], ['old', 'file', ''], option)
            with open(words, encoding='utf-8') as f:
                self.assertIn(f'{place}/file', f.read())


if __name__ == '__main__':
    if not os.access(f'{PROGRAMS}/crm_simulate', os.X_OK):
        print(f'SKIP {PROGRAMS}/crm_simulate is not there: build it first ("make build")')
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
