#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""iso8601, crm_rule and the decisions of rules beside Pacemaker's: thousands of dates, durations, periods, rules and
blocks of values, made from a seed. What rules and blocks decide is read from the scores and the transition of its
crm_simulate, and from our tests/rules/rules-check.

Output and exit status must be the same; of errors only the status, since ours say more. Where we differ on purpose,
REASONS says why. Referee are Debian's programs (2.1.5), or with RULES_REFEREE=DIRECTORY those of another release, whose
differences are then fewer. Without a referee: "SKIP reason".

    test_rules.py [--seed N] [--count N]
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HALE = os.environ.get('HALE', f'{ROOT}/build/src/cli/hale')
RULES_CHECK = os.environ.get('RULES_CHECK', f'{ROOT}/build/tests/rules/rules-check')
REFEREE = os.environ.get('RULES_REFEREE', '')
TIMEOUT_S = 20
OPTIONS = argparse.Namespace(seed=1, count=400)


def referee(name):
    """The path of their program, or None: missing, or a link to ours."""
    path = os.path.join(REFEREE, name) if REFEREE else shutil.which(name) or f'/usr/sbin/{name}'
    real = os.path.realpath(path)
    return path if os.path.exists(path) and os.path.basename(real) != 'hale' else None


def run(path, name, args, stdin=None, zone='UTC'):
    """(exit status, output); what stands on stderr is not compared."""
    env = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'TZ': zone,
           'LD_LIBRARY_PATH': os.environ.get('RULES_REFEREE_LIBS', '') if path != HALE else ''}
    r = subprocess.run([name, *args], executable=path, env=env, input=stdin, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, check=False)
    return r.returncode, r.stdout


def digits(rng, width, low, high):
    """A number, mostly with all its digits and mostly within its limits."""
    n = rng.choice([rng.randint(low, high)] * 12 + [0, low, high, high + 1, rng.randint(0, 99)])
    return str(n) if rng.random() < 0.08 else f'{n:0{width}}'


def year(rng):
    return rng.choice([rng.randint(1, 9999), rng.randint(1890, 2110), rng.randint(1990, 2050), rng.choice([
        1, 4, 100, 400, 1900, 1970, 2000, 2004, 2020, 2038, 2100, 9999])])


def date(rng):
    y = year(rng)
    form = rng.randrange(6)
    if form == 0:
        packed = f'{rng.randint(1, 12):02}{rng.randint(1, 28):02}'
        return f'{y:04}{packed}' if rng.random() < 0.7 else f'{y:04}{rng.randint(0, 99)}'
    if form == 1:
        return f'{y:04}-{digits(rng, 3, 1, 366)}'
    if form == 2:
        return f'{y:04}-W{digits(rng, 2, 1, 53)}-{digits(rng, 1, 1, 7)}'
    return f'{y:04}-{digits(rng, 2, 1, 12)}-{digits(rng, 2, 1, 31)}'


def clock(rng):
    h, m, s = digits(rng, 2, 0, 23), digits(rng, 2, 0, 59), digits(rng, 2, 0, 59)
    return rng.choice([f'{h}:{m}:{s}', f'{h}:{m}:{s}', f'{h}:{m}', h, f'{h}{m}{s}', f'{h}{m}', '24:00:00', '00:00:00',
                       '23:59:59', f'{h}:{m}:{s}.5', f'{h}:{m}:{s},25'])


def zone(rng):
    h, m = rng.randint(0, 14), rng.choice([0, 0, 0, 30, 45])
    return rng.choice(['', '', 'Z', ' Z', f'+{h:02}:{m:02}', f'-{h:02}:{m:02}', f' +{h:02}:{m:02}', f' -{h:02}{m:02}',
                       f'+{h:02}', f' -{h}:{m}', ' ', ' UTC'])


def moment(rng):
    rest = rng.choice(['', ' ', 'T', 'T', ' '])
    if rest:
        rest += clock(rng) + zone(rng)
    spoiled = rng.choice(['', 'x', ' x', '-', '-1', 'T']) if rng.random() < 0.05 else ''
    if rng.random() < 0.03:
        return rng.choice(['epoch', 'EPOCH', 'epoch ', 'epochal', '', ' ', '-', 'W', 'P', '2005', '2005-', '200501',
                           '2005-1-1', '2005 01 15', '+2005-01-01', '2005-+1-1', '20050115T103000', '2005015'])
    return date(rng) + rest + spoiled


def duration(rng):
    parts = ''.join(f'{rng.choice(["", "", "", "-", "+"])}{rng.randint(0, rng.choice([3, 30, 400]))}{u}'
                    for u in 'YMWD' if rng.random() < 0.35)
    times = ''.join(f'{rng.randint(0, rng.choice([3, 60, 5000]))}{u}' for u in 'HMS' if rng.random() < 0.4)
    if rng.random() < 0.05:
        return rng.choice(['P', 'PT', 'P1', 'PT5', 'P1.5D', 'P2147483647S', 'P2147483648S', 'P99999999999Y', 'P1X',
                           '1D', 'P1D ', 'P1D/x', 'PT1H1H', 'P1Y1Y', 'P-1D', 'P1D-1D', 'PT2147483647H', 'P0D', 'PT0S'])
    return 'P' + parts + ('T' + times if times else '')


def modifiers(rng):
    return [m for m in ('-L', '-O', '-W', '-s', '-S') if rng.random() < 0.15]


def dates(rng, count):
    return [['-d', moment(rng), *modifiers(rng)] for _ in range(count)]


def durations(rng, count):
    return [['-D', duration(rng)] for _ in range(count)]


def sums(rng, count):
    return [['-d', moment(rng), '-D', duration(rng), *modifiers(rng)] for _ in range(count)]


def periods(rng, count):
    def half():
        return rng.choice([moment, moment, duration])(rng)
    return [['-p', f'{half()}/{half()}', *modifiers(rng)] for _ in range(count)]


# --- configurations -------------------------------------------------------------------------------------------------

class Writer:
    """Random rules and blocks; ids are numbered, so that all are different."""

    def __init__(self, rng, odd):
        self.rng, self.odd, self.count, self.blocks = rng, odd, 0, []

    def id(self):
        self.count += 1
        return f'id="x{self.count}"'

    def one(self, *choices):
        return self.rng.choice(choices)

    def wrong(self, good, *bad):
        return self.rng.choice(bad) if self.rng.random() < self.odd else good

    def expression(self):
        attribute = self.one('rack', 'cpu', 'load', 'os', 'nope', '#uname', '#kind', 'mixed')
        operation = self.one('defined', 'not_defined', 'eq', 'ne', 'lt', 'lte', 'gt', 'gte')
        text = f'attribute="{attribute}" operation="{self.wrong(operation, "is", "", "EQ")}"'
        has_value = operation not in ('defined', 'not_defined')
        if has_value != (self.rng.random() < self.odd / 4):
            value = self.one('a7', 'A7', '8', '10', '1.5', '1.50', '12.10', 'n1', 'N2', 'cluster', '-3', 'x', '08',
                             '' if REFEREE else '9')  # 2.1.5 takes an empty value for none
            source = self.one('', '', '', 'literal', 'param', 'meta')
            if source in ('param', 'meta'):
                value = self.one('a', 'b', 'c', 'nope')
            text += f' value="{value}"' + (f' value-source="{source}"' if source else '')
        # Of versions, 2.1.5 only knows those that are some.
        type_ = self.one('', '', '', 'string', 'integer', 'number', 'version' if REFEREE else 'string')
        type_ = self.wrong(type_, 'float') if type_ else ''
        return f'<expression {self.id()} {text}' + (f' type="{type_}"' if type_ else '') + '/>'

    def moment(self):
        text = f'{self.rng.randint(2019, 2026)}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}'
        if self.rng.random() < 0.7:
            text += f' {self.rng.randint(0, 23):02}:{self.rng.randint(0, 59):02}:00'
            text += self.one('Z', ' Z', ' +02:00', '')
        return self.wrong(text, '2020', 'x', '', '2020-02-30', '2021-W07-3', '2020-366', '20200101T120000')

    def date_expression(self):
        form = self.rng.randrange(5)
        if form == 0:
            return f'<date_expression {self.id()} operation="gt" start="{self.moment()}"/>'
        if form == 1:
            return f'<date_expression {self.id()} operation="lt" end="{self.moment()}"/>'
        if form == 2:
            return f'<date_expression {self.id()} operation="in_range" start="{self.moment()}" end="{self.moment()}"/>'
        if form == 3:
            units = ' '.join(f'{u}="{self.wrong(self.rng.randint(1, 40), "x", "1x", "", "-3", "99999999999")}"'
                             for u in ('years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds')
                             if self.rng.random() < 0.25)
            return (f'<date_expression {self.id()} operation="in_range" start="{self.moment()}">'
                    f'<duration {self.id()} {units}/></date_expression>')
        return (f'<date_expression {self.id()} operation="date_spec"><date_spec {self.id()} {self.spec()}/>'
                '</date_expression>')

    def spec(self):
        limits = {'years': (2019, 2026), 'months': (1, 12), 'monthdays': (1, 31), 'hours': (0, 23),
                  'minutes': (0, 59), 'seconds': (0, 59), 'yeardays': (1, 366), 'weekyears': (2019, 2026),
                  'weeks': (1, 53), 'weekdays': (1, 7)}
        text = ''
        for name, (low, high) in limits.items():
            if self.rng.random() < 0.25:
                a, b = sorted((self.rng.randint(low, high), self.rng.randint(low, high)))
                limits_text = self.one(f'{a}-{b}', f'{a}-{b}', f'{a}-', f'-{b}', a)
                text += f'{name}="{self.wrong(limits_text, "", "-", "1-2-3", "x", " 1")}" '
        return text

    def rule(self, more='', depth=0):
        combination = self.one('', 'boolean-op="and"', 'boolean-op="or"', 'boolean-op="or"')
        conditions = ''.join(
            self.rule('', depth + 1) if depth < 2 and self.rng.random() < 0.2 else
            self.one(self.expression, self.date_expression)() for _ in range(self.one(1, 1, 2, 3)))
        return f'<rule {self.id()} {combination} {more}>{conditions}</rule>'

    def pair(self):
        value_ = self.one('1', '8', '10', 'a7', '1.5', '', '#default')
        return f'<nvpair {self.id()} name="{self.one(*"abcdef")}" value="{value_}"/>'

    def block(self, kind):
        same = [i for k, i in self.blocks if k == kind]
        # The snapshots of main after 3.0 look for the block in the resource alone, where it never is; 2.1.5 finds it.
        if same and self.rng.random() < 0.15 and not REFEREE:
            return f'<{kind} id-ref="{self.rng.choice(same)}"/>'
        own = self.id()
        self.blocks.append((kind, own[4:-1]))
        score = self.one('', '', 'score="1"', 'score="2"', 'score="-5"', 'score="INFINITY"')
        pairs = ''.join(self.pair() for _ in range(self.rng.randint(0, 4)))
        return f'<{kind} {own} {score}>{self.rule() if self.rng.random() < 0.4 else ""}{pairs}</{kind}>'

    def primitive(self, name):
        blocks = ''.join(self.block(self.one('instance_attributes', 'instance_attributes', 'meta_attributes'))
                         for _ in range(self.rng.randint(0, 4)))
        return f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy">{blocks}</primitive>'

    def cib(self, resources):
        attributes = [{'rack': 'A7', 'cpu': '8', 'load': '1.5', 'os': '12.4', 'mixed': '9x'},
                      {'rack': 'b1', 'cpu': '16', 'load': '10', 'os': '12.10'}, {}]
        nodes = states = ''
        for n, values in enumerate(attributes, 1):
            pairs = ''.join(f'<nvpair {self.id()} name="{k}" value="{v}"/>' for k, v in values.items())
            nodes += (f'<node id="{n}" uname="n{n}"><instance_attributes {self.id()}>{pairs}</instance_attributes>'
                      '</node>')
            states += (f'<node_state id="{n}" uname="n{n}" in_ccm="true" crmd="online" join="member" '
                       f'expected="member"><lrm id="{n}"><lrm_resources/></lrm></node_state>')
        primitives = ''.join(self.primitive(f'r{i}') for i in range(resources))
        locations = ''.join(f'<rsc_location id="l{i}" rsc="r{i}">{self.rule("""score="7" """)}</rsc_location>'
                            for i in range(resources))
        options = ''.join(f'<nvpair {self.id()} name="{k}" value="{v}"/>' for k, v in {
            'stonith-enabled': 'false', 'fencing-enabled': 'false', 'no-quorum-policy': 'ignore'}.items())
        return ('<cib validate-with="none" admin_epoch="0" epoch="1" num_updates="0" crm_feature_set="3.0.0" '
                f'have-quorum="1" dc-uuid="1"><configuration><crm_config>'
                f'<cluster_property_set id="cib-bootstrap-options">{options}</cluster_property_set></crm_config>'
                f'<nodes>{nodes}</nodes><resources>{primitives}</resources>'
                f'<constraints>{locations}</constraints></configuration><status>{states}</status></cib>')


def decisions_of_theirs(simulate, folder, now):
    """(scores, values): {(resource, node): score}, {(resource, node it starts on): {name: value}}"""
    graph = os.path.join(folder, 'graph.xml')
    env = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C', 'TZ': 'UTC', 'CIB_shadow_dir': folder,
           'PCMK_schema_directory': os.environ.get('RULES_REFEREE_SCHEMAS', '/usr/share/pacemaker'),
           'LD_LIBRARY_PATH': os.environ.get('RULES_REFEREE_LIBS', '')}
    r = subprocess.run([simulate, '-x', os.path.join(folder, 'cib.xml'), '-t', now, '-sQ', '-G', graph], env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=TIMEOUT_S)
    scores = {(m[1], m[2]): m[3] for m in re.finditer(r': (r\d+) allocation score on (n\d): (\S+)', r.stdout)}
    values = {}
    for op in ElementTree.parse(graph).iter('rsc_op'):
        if op.get('operation') == 'start':
            found = {k: v for k, v in op.find('attributes').attrib.items() if len(k) == 1}
            values[op.find('primitive').get('id'), op.get('on_node')] = found
    return scores, values


def decisions_of_ours(folder, now):
    r = subprocess.run([RULES_CHECK, os.path.join(folder, 'cib.xml'), now], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, check=True)
    scores, values = {}, {}
    for line in r.stdout.splitlines():
        kind, rsc, node, text = line.split(' ', 3)
        if kind == 'location':
            scores[rsc, node] = '7' if text == 'yes' else '0'
        else:
            name, _, value_ = text.partition('=')
            values.setdefault((rsc, node), {})[name] = value_
    return scores, values


# --- where we differ on purpose -------------------------------------------------------------------------------------

def value(args, option):
    return args[args.index(option) + 1] if option in args else ''


def reads_on(args, _theirs, _ours):
    start, slash, end = value(args, '-p').partition('/')
    time = re.match(r'[0-9W-]+[T ](.*)', start) or re.match(r'T(.*)', start)
    return slash and time and 'Z' not in start and ('Z' in end or not re.search(r'[ +-]', time.group(1)))


def begins_before_year_1(args, _theirs, _ours):
    """By counting with years of 365 and months of 30 days."""
    text = value(args, '-p') or value(args, '-d') + '/' + value(args, '-D')
    written = re.search(r'P([^/]*)', text)
    years = re.search(r'(?:^|/)\+?(\d{4})', text)
    if written is None or years is None:
        return False
    length = {'Y': 365, 'M': 30, 'W': 7, 'D': 1}
    days = sum(int(n) * length[u] for n, u in re.findall(r'([+-]?\d+)([YMWD])', written.group(1).split('T')[0]))
    before = -days if text.startswith('P') else days
    return int(years.group(1)) * 365 + before < 4 * 365


def is_beyond(args, theirs, ours):
    return args[0] == '-c' and theirs[0] == 1 and ours[0] == 78


def ends_on_366(args, _theirs, ours):
    """The last day of a leap year and some years: their day 366 of a year that has 365; ours is the day after."""
    text = ours[1] + ' '.join(args)
    return re.search(r'-366|12-31|1231|W5[23]-|W01-', text) and re.search(r'P[^T/]*Y', ' '.join(args))


def joins_zone(args, _theirs, _ours):
    return re.search(r'[T ][0-9:.,]+[+-]', value(args, '-d') + '/' + value(args, '-p'))


def has_zero(args, theirs, ours):
    zero = r'\d{3}-0{1,3}\b|-\d\d?-0{1,2}(?!\d)|-W0|-0\b|\b\d{4}[01]?\d00?\b|\b\d{5}\b'
    return ours[0] == 2 and theirs[0] == 0 and re.search(zero, value(args, '-d') + '/' + value(args, '-p'))


def is_nothing(args, theirs, ours):
    d = re.search(r'P[0-9A-Z+-]*', value(args, '-D') or value(args, '-p'))
    return d is not None and ours[0] == 2 and theirs[0] == 0


def is_plural(_args, theirs, ours):
    return theirs[1].replace('1 second)', '1 seconds)') == ours[1]


def is_midnight(_args, _theirs, ours):
    return '24:00:00' in ours[1]


def is_large(args, _theirs, _ours):
    return re.search(r'\d{8}', value(args, '-D'))


# (why, for which cases); what Debian's release does in its own way is another list.
ALWAYS = [
    ('a number beyond 32 bits in a rule is their general error, ours is of the configuration', is_beyond),
    ('they look for the zone of a period\'s start also in its end', reads_on),
    ('they count a day 366 in years of 365 days', ends_on_366),
    ('they are lost before year 1, we stay there', begins_before_year_1),
]
DEBIAN = [
    ('2.1.5 overlooks a zone without a blank before it', joins_zone),
    ('2.1.5 takes day, month and week 0', has_zero),
    ('2.1.5 takes durations of nothing', is_nothing),
    ('2.1.5 prints "1 second" where 3.0 prints "1 seconds"', is_plural),
    ('2.1.5 prints 24:00:00 as the next day', is_midnight),
    ('2.1.5 lets numbers of more than 32 bits overflow', is_large),
]
REASONS = ALWAYS + ([] if REFEREE else DEBIAN)


class Compared(unittest.TestCase):
    """Each case by both programs."""

    def compare(self, name, cases, zones=('UTC',), stdin=None):
        theirs = referee(name)
        if theirs is None:
            self.skipTest(f'SKIP there is no {name} of Pacemaker here')
        jobs = [(args, z) for args in cases for z in zones]
        with ThreadPoolExecutor(2) as pool:
            ours = list(pool.map(lambda j: run(HALE, name, j[0], stdin, j[1]), jobs))
            want = list(pool.map(lambda j: run(theirs, name, j[0], stdin, j[1]), jobs))
        wrong, explained = [], {}
        for (args, z), w, o in zip(jobs, want, ours):
            if w == o:
                continue
            why = next((reason for reason, test in REASONS if test(args, w, o)), None)
            if why is None:
                wrong.append(f'TZ={z} {name} {args}: theirs {w}, ours {o}')
            else:
                explained[why] = explained.get(why, 0) + 1
        for why, n in explained.items():
            print(f'{n} of {len(jobs)}: {why}')
        self.assertGreater(len(jobs) - sum(explained.values()), len(jobs) * 2 // 3, 'too much is explained away')
        if wrong:
            self.fail('\n'.join([f'{len(wrong)} of {len(jobs)} differ', *wrong[:20]]))

    def rng(self):
        return random.Random(f'{OPTIONS.seed} {self.id()}')

    def test_dates(self):
        self.compare('iso8601', dates(self.rng(), OPTIONS.count))

    def test_durations(self):
        self.compare('iso8601', durations(self.rng(), OPTIONS.count))

    def test_sums(self):
        self.compare('iso8601', sums(self.rng(), OPTIONS.count))

    def test_periods(self):
        self.compare('iso8601', periods(self.rng(), OPTIONS.count))


    def test_crm_rule(self):
        """Each rule of a configuration at some dates."""
        rng = self.rng()
        writer = Writer(rng, 0.1 if REFEREE else 0)
        rules = [f'<rsc_location id="l{i}" rsc="r">' + writer.rule('score="7"') + '</rsc_location>' for i in range(60)]
        ids = re.findall(r'<rule id="([^"]*)"', ''.join(rules)) + ['nope']
        text = ('<cib validate-with="none"><configuration><crm_config/><nodes/><resources/><constraints>'
                f'{"".join(rules)}</constraints></configuration><status/></cib>')
        dates_ = [writer.moment() for _ in range(8)]
        cases = [['-c', '-r', rng.choice(ids), '-d', rng.choice(dates_), '-X', '-'] for _ in range(OPTIONS.count // 2)]
        self.compare('crm_rule', cases, stdin=text)

    def test_decisions(self):
        """Rules of locations and rules, scores and references of blocks, as the scheduler uses them."""
        simulate = referee('crm_simulate')
        if simulate is None:
            self.skipTest('SKIP there is no crm_simulate of Pacemaker here')
        rng, wrong, total, endless = self.rng(), [], 0, 0
        for n in range(max(OPTIONS.count // 40, 1)):
            with tempfile.TemporaryDirectory() as folder:
                text = Writer(rng, 0.1 if REFEREE and n % 2 else 0).cib(40)
                with open(os.path.join(folder, 'cib.xml'), 'w', encoding='utf-8') as f:
                    f.write(text)
                now = f'{rng.randint(2019, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}'
                now += f' 0{rng.randint(0, 9)}:10:00Z'
                try:
                    scores, values = decisions_of_theirs(simulate, folder, now)
                except subprocess.TimeoutExpired:
                    endless += 1
                    continue
                our_scores, our_values = decisions_of_ours(folder, now)
            for key, score in our_scores.items():
                total += 1
                if scores.get(key) != score:
                    rule = re.search(f'<rsc_location id="l{key[0][1:]}".*?</rsc_location>', text).group(0)
                    wrong.append(f'{now} {key}: theirs {scores.get(key)}, ours {score}: {rule}')
            for key, found in values.items():
                total += 1
                if our_values.get(key, {}) != found:
                    rsc = re.search(f'<primitive id="{key[0]}".*?</primitive>', text).group(0)
                    wrong.append(f'{now} {key}: theirs {found}, ours {our_values.get(key, {})}: {rsc}')
        if endless:
            print(f'{endless} configurations that their scheduler did not finish within {TIMEOUT_S} s')
        if total == 0:
            self.skipTest('SKIP their scheduler finished none')
        if wrong:
            self.fail('\n'.join([f'{len(wrong)} of {total} differ', *wrong[:10]]))


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=400)
    OPTIONS, others = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + others)
