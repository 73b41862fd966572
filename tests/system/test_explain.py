#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `hale explain` says is true, for whole documents: those of docs/examples, and the public scheduler cases.

explain-check (tests/report) proves for each that all contributions add up to the printed scores and that each action's
reason names its cause. EXPLAIN_CHECK and HALE: the programs under test. The cases are used where they lie
(../shared/conformance); without them only the examples are checked, and that is said.
"""
import glob
import json
import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECK = os.environ.get('EXPLAIN_CHECK', f'{ROOT}/build/tests/report/explain-check')
HALE = os.environ.get('HALE', f'{ROOT}/build/bin/hale')
EXAMPLES = sorted(glob.glob(f'{ROOT}/docs/examples/*.xml'))
CASES = sorted(glob.glob(f'{ROOT}/../shared/conformance/scheduler/xml/*.xml'))
SHOWN = 25  # of the cases, every so-many-th is shown as JSON


def check(files):
    p = subprocess.run([CHECK, *files], stdout=subprocess.PIPE, text=True)
    sums = re.search(r'(\d+) documents, (\d+) scores, (\d+) promotion scores, (\d+) actions, (\d+) faults', p.stdout)
    return p.returncode, p.stdout, [int(n) for n in sums.groups()] if sums else None


def explain(*arguments):
    p = subprocess.run([HALE, 'explain', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return p.returncode, p.stdout, p.stderr


class Explain(unittest.TestCase):
    def expect_true(self, files):
        code, out, sums = check(files)
        self.assertEqual(code, 0, out[-4000:])
        self.assertEqual(sums[0], len(files))
        return sums

    def test_examples(self):
        self.assertTrue(EXAMPLES)
        sums = self.expect_true(EXAMPLES)
        self.assertGreater(sums[1], 0)
        self.assertGreater(sums[3], 0)

    def test_check_can_fail(self):
        self.assertEqual(check(['/nowhere.xml'])[0], 1)

    def test_cases(self):
        if not CASES:
            self.skipTest('../shared/conformance is not here')
        _, scores, promotions, actions, _ = self.expect_true(CASES)
        print(f'{len(CASES)} cases: {scores} scores, {promotions} promotion scores, {actions} actions')
        self.assertGreater(min(scores, promotions, actions), len(CASES))

    def test_json_has_its_fields(self):
        for file in EXAMPLES + CASES[::SHOWN]:
            code, out, err = explain('-x', file, '--transition', '--output-format', 'json')
            self.assertEqual(code, 0, err)
            for number, action in enumerate(json.loads(out)['actions'], 1):
                self.assertEqual(action['number'], number)
                self.assertTrue(action['reason']['code'] and action['reason']['text'], file)
                self.assertTrue(all(n < number for n in action['after']))

    def test_every_resource_of_the_examples_is_explained(self):
        for file in EXAMPLES:
            with open(file, encoding='utf-8') as f:
                ids = re.findall(r'<(?:primitive|group|clone|bundle) id="([^"]+)"', f.read())
            for rsc in ids:
                code, out, err = explain('-x', file, rsc, '--output-format', 'json')
                self.assertEqual(code, 0, err)
                for node in json.loads(out)['nodes']:
                    total = node['contributions'][-1]['total'] if node['contributions'] else 0
                    self.assertEqual(node['score'], total, rsc)


if __name__ == '__main__':
    unittest.main()
