#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the manager's programs answer as XML, and with which options and exit codes.

	test_xml.py          our own cases (tests/scheduler/cases/result), and options beside Debian's programs
	test_xml.py write    takes what is answered now for what our own cases expect: read the difference!

result/NAME.xml is what `crm_simulate -S -s -U -A -c --output-as=xml` answers about xml/NAME.xml, but for the request.
Debian's Pacemaker is 2.1.5: of it only those commands are compared whose answers Pacemaker 3 did not change; the
version of the interface and the words of errors are evened out. HALE_PROGRAMS: the folder of the programs under test.
"""
import difflib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = os.environ.get('HALE_PROGRAMS', f'{ROOT}/build/bin')
THEIRS = '/usr/sbin'
CASES = os.path.join(ROOT, 'tests', 'scheduler', 'cases')
XML = f'{CASES}/xml'
SKIPPED = 77
SIMULATION = ('-S', '-s', '-U', '-A', '-c', '--output-as=xml')
ENVIRONMENT = {**os.environ, 'LC_ALL': 'C', 'TZ': 'UTC'}

# Options of which both must answer the same: %N is one of our own documents.
SAME = '''
iso8601 -d "2019-09-24 00:30:00Z"
iso8601 -d "2019-09-24 00:30:00Z" -s
iso8601 -d "2019-09-24 00:30:00Z" -S
iso8601 -d "2019-09-24 00:30:00Z" -O
iso8601 -d "2019-09-24 00:30:00Z" -W
iso8601 -p 2005-040/2005-043
iso8601 -d 2005-040 -E "2005-02-09 00:00:00Z"
iso8601 -d 2005-040 -E 2005-02-09
iso8601 -d bad
crm_diff -o %node-lost -n %node-lost
crm_rule -c
crm_rule -r x
crm_simulate --bogus
'''.strip().splitlines()

# What Pacemaker 3 answers, written by us: command, exit code, what standard output holds.
ANSWERS = (
    ('crm_simulate -x %node-lost -R --output-as=html', 105, None),
    ('crm_simulate -x %node-lost -R --output-to=/nonexist/file', 105, None),
    ('crm_simulate -x %node-lost --bogus', 64, None),
    ('crm_simulate -x %node-lost -N many', 64, None),
    ('crm_simulate -x /nonexist', 65, None),
    ('crm_simulate -x %node-lost -G /nonexist/file', 74, 'Current cluster status:'),
    ('crm_simulate -x %node-lost -D /nonexist/file', 74, 'Current cluster status:'),
    ('crm_simulate -L', 102, None),
    ('crm_simulate -x %node-lost --output-as=none -S', 0, None),
    ('crm_simulate -x %node-lost -t never', 0, 'Setting effective cluster time: never'),
    ('crm_simulate -x %node-lost -Q', 0, None),
    ('crm_simulate -x %node-lost -s -Q', 0, 'allocation score on'),
    ('crm_simulate -x %utilization-balanced -U', 0, 'Utilization Information:\n  * Original: '),
    ('crm_simulate -x %node-lost -s -U', 0, 'Assignment Scores and Utilization Information:'),
    ('crm_simulate -x %node-lost -A -c -j', 0, 'Migration Summary:'),
    ('crm_simulate -x %node-lost -u n9 -S', 0, '  * Bringing node n9 online'),
    ('crm_simulate -x %node-lost -q 0 -w 1 -R', 0, '  * Setting quorum: 0\n  * Setting watchdog: 1\n'),
    ('crm_simulate -x %ticket -g t -r u -b v -e w', 0, '  * Making ticket v standby\n  * Activating ticket w\n'),
    ('crm_simulate -x %node-lost -q 1 -d n1 --output-as=xml', 0,
     '<modifications quorum="1">\n    <modify_node action="Offline" node="n1"/>\n  </modifications>'),
    ('crm_simulate -P %', 0, 'Timings:\n  * Testing '),
    ('crm_simulate -P % -N 2 --output-as=xml', 0, '<timings>\n    <timing file="'),
    ('crm_simulate -P /nonexist', 105, None),
    ('crm_verify -x %node-lost --output-as=xml', 0, '<status code="0" message="OK"/>'),
    ('crm_verify -X "<nope/>" --output-as=xml', 78, '<status code="78" message="Invalid configuration">\n    <errors>'),
    ('crm_verify -L', 102, None),
    ('crm_verify', 1, None),
    ('crm_verify -x %node-lost --output-as=html', 1, None),
    ('crm_diff --output-as=html', 1, None),
    ('crm_rule --output-as=html', 1, None),
    ('iso8601 --output-as=html', 105, None),
    ('iso8601 -d 2005-040 -D P1M --output-as=xml', 0,
     '  <date>2005-02-09 00:00:00Z</date>\n  <duration> 1 month </duration>\n  <duration_ends>2005-03-09 00:00:00Z'),
    ('iso8601 -p 2005-040/P1D --output-as=xml', 0, '  <period>\n    <start>2005-02-09 00:00:00Z</start>\n'),
    ('crm_diff -o %node-lost -n %node-lost --output-as=xml', 0, '>\n  <status code="0" message="OK"/>\n'),
    ('crm_diff -O "<a/>" -N "<a b=\'1\'/>" --output-as=xml', 1, '  <patchset><![CDATA[<diff format="2">\n'),
    ('crm_diff -O "<a/>"', 64, None),
    ('crm_rule -c --output-as=xml', 64, '<status code="64" message="Incorrect usage">\n    <errors>\n'),
)


def run(folder, command, stdin=None):
    """(exit code, standard output) of a command line, with our documents for %NAME."""
    words = [f'{XML}/{w[1:]}.xml' if re.match('%.', w) else XML if w == '%' else w for w in shlex.split(command)]
    with tempfile.TemporaryDirectory() as place:
        p = subprocess.run([f'{folder}/{words[0]}', *words[1:]], input=stdin, capture_output=True, text=True,
                           env={**ENVIRONMENT, 'CIB_shadow_dir': place}, cwd=place, timeout=60, check=False)
    return p.returncode, p.stdout


def even(text):
    """Without what differs from call to call and from release to release."""
    text = re.sub(r'api-version="[^"]*" request="[^"]*"', '', text)
    return re.sub(r'<error>.*?</error>', '<error/>', text)


def names():
    return sorted(f[:-len('.xml')] for f in os.listdir(XML))


def answer(name):
    code, out = run(OURS, ' '.join(('crm_simulate', '-x', f'%{name}', *SIMULATION)))
    return code, re.sub(r' request="[^"]*"', '', out, count=1)


class Results(unittest.TestCase):
    def test_cases(self):
        self.assertGreaterEqual(len(names()), 49)
        for name in names():
            with self.subTest(name), open(f'{CASES}/result/{name}.xml', encoding='utf-8') as f:
                code, got = answer(name)
                want = f.read()
                self.assertIn(f'<status code="{code}"', got)
                lines = difflib.unified_diff(want.splitlines(), got.splitlines(), 'expected', 'answered', lineterm='')
                self.assertEqual(got, want, '\n'.join(lines))

    def test_text_and_xml_agree(self):
        """Every score and every change of the text stands in the XML too."""
        for name in names():
            with self.subTest(name):
                _, out = run(OURS, f'crm_simulate -x %{name} -R -s')
                _, xml = run(OURS, f'crm_simulate -x %{name} -R -s --output-as=xml')
                root = ElementTree.fromstring(xml)
                self.assertEqual(len(re.findall(r' score on ', out)),
                                 len(root.findall('.//node_weight')) + len(root.findall('.//promotion_score[@node]')))
                summary = out.split('Transition Summary:\n')[1]
                self.assertEqual(len(re.findall(r'^  \* ', summary, re.M)), len(list(root.find('actions'))))

    def test_own_answers(self):
        """hale explain and hale simulate tell as XML what they tell as JSON."""
        for name in ('node-lost', 'promotable-move', 'bundle'):
            for words in ('explain --transition', 'simulate --each-node-lost', 'simulate'):
                with self.subTest(name, words=words):
                    _, out = run(OURS, f'hale {words} -x %{name} --output-format json')
                    _, xml = run(OURS, f'hale {words} -x %{name} --output-format xml')
                    self.same(json.loads(out), ElementTree.fromstring(xml))

    def same(self, value, element):
        for key, part in value.items():
            if isinstance(part, dict):
                self.same(part, element.find(key))
            elif isinstance(part, list):
                children = list(element.find(key))
                self.assertEqual(len(children), len(part), key)
                for one, child in zip(part, children):
                    if isinstance(one, dict):
                        self.same(one, child)
                    else:
                        self.assertEqual(child.text, str(one))
            elif part is not None:
                self.assertEqual(element.get(key), json.dumps(part) if not isinstance(part, str) else part, key)


class Options(unittest.TestCase):
    def test_answers(self):
        for command, code, out in ANSWERS:
            with self.subTest(command):
                got = run(OURS, command)
                self.assertEqual(got[0], code, got[1])
                if out is None:
                    self.assertEqual(got[1], '')
                else:
                    self.assertIn(out, got[1])

    def test_beside_debian(self):
        if shutil.which('iso8601', path=THEIRS) is None:
            self.skipTest("Debian's pacemaker-cli-utils is not installed")
        for command in SAME:
            with self.subTest(command):
                ours, theirs = run(OURS, command), run(THEIRS, command)
                self.assertEqual((ours[0], even(ours[1])), (theirs[0], even(theirs[1])))

    def test_files(self):
        """What is saved is read again, and decides the same."""
        with tempfile.TemporaryDirectory() as folder:
            code, out = run(OURS, f'crm_simulate -x %node-lost -d n1 -S -I {folder}/in -O {folder}/out')
            self.assertEqual(code, 0)
            summary = out[out.index('Transition Summary:'):out.index('Revised')]
            self.assertIn(summary, run(OURS, f'crm_simulate -x {folder}/in -S')[1])
            after = run(OURS, f'crm_simulate -x {folder}/out')[1]
            self.assertEqual(out[out.index('Revised'):].split('\n', 1)[1].strip(),
                             after[after.index('Current'):].split('\n', 1)[1].strip())
            run(OURS, f'crm_simulate -x %node-lost -D {folder}/dot -V')
            with open(f'{folder}/dot', encoding='utf-8') as f:
                self.assertRegex(f.read(), r'_0 \w+ \(\d+\)"')


def write():
    os.makedirs(f'{CASES}/result', exist_ok=True)
    for name in names():
        with open(f'{CASES}/result/{name}.xml', 'w', encoding='utf-8') as f:
            f.write(answer(name)[1])
    return 0


if __name__ == '__main__':
    if not os.access(f'{OURS}/crm_simulate', os.X_OK):
        print(f'SKIP {OURS}/crm_simulate is not there: build it first ("make build")')
        sys.exit(SKIPPED)
    if sys.argv[1:] == ['write']:
        sys.exit(write())
    unittest.main(verbosity=1)
