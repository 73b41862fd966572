# SPDX-License-Identifier: GPL-2.0-or-later
"""damage.py - a document of the public cases, damaged by a seed: what a disk, an editor's slip or an enemy makes of it.

A seed chooses a case and either what means nothing (blanks, comments, quotes, order of attributes: then the decision
must stay), or one to four kinds of harm: pieces of text that go, come twice or change places, elements likewise,
numbers beyond all reason, references to nothing or to the wrong thing, ids that are there twice, deep nesting. Of the
harmed ones every other is not checked against the schema, so that the decision itself meets what is wrong.
"""
import os
import random
import re
import resource
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from mutations import names

HUGE = ('2147483647', '2147483648', '-2147483649', '4294967296', '9223372036854775807', '-9223372036854775808',
        '18446744073709551616', '9' * 400, '1' + '0' * 5000, '-0', '1e308', '0x7fffffff', '2147483647s',
        'P99999999999Y', '2147483647-12-31', '+INFINITY', '-INFINITY')
STRANGE = ('', ' ', '%s%n%p', '../../etc', '#default', 'é\u20ac\U0001f600', '\u202e', ':', '_', 'a' * 3000, '\n\t',
           '@', '$', '[', '(((', '*', '!', '!(', '^(.*)(.*)(.*)\\1\\2\\3$', '((((a{1,99}){1,99}){1,99}){1,99})', 'null',
           'true', 'never', 'Promoted', 'fence', '#uname', 'R/-/P2M', '2024-02-30T25:61:61', 'with space', 'x:0', ':0')
REFERENCES = ('rsc', 'with-rsc', 'first', 'then', 'node', 'id-ref', 'template', 'ref', 'target', 'ticket', 'uname',
              'rsc-pattern', 'dc-uuid', 'on_node', 'migrate_source', 'migrate_target', 'devices', 'container')
MANY = (2, 3, 20, 300)
DEEP = (2, 10, 150, 250)
ELEMENTS_MOST = 20000


def pieces(hand, size):
    """A span of a text of this size."""
    begin = hand.randrange(size)
    return begin, min(size, begin + hand.choice((1, 2, 10, 100, 2000)))


class Damage:
    def __init__(self, folder, seed):
        self.hand = random.Random(f'damage {seed}')
        self.name = self.hand.choice(names(folder))
        self.root = ET.parse(os.path.join(folder, self.name + '.xml')).getroot()
        self.root.attrib.setdefault('execution-date', '1400000000')
        self.before = ET.tostring(self.root, encoding='unicode').encode()
        self.harmless = self.hand.random() < 0.2
        self.done = []
        if self.harmless:
            self.data = self.rewritten()
            return
        if self.hand.random() < 0.5:
            self.root.set('validate-with', 'none')
        kinds = (self.drop, self.repeat, self.copy, self.move, self.swap, self.lose_attribute, self.swap_values,
                 self.huge, self.huge, self.strange, self.refer, self.refer, self.same_id, self.nest)
        for _ in range(self.hand.randint(1, 4)):
            self.do(self.hand.choice(kinds))
        self.data = ET.tostring(self.root, encoding='unicode').encode('utf-8', 'surrogatepass')
        if self.hand.random() < 0.25:
            self.do(self.hand.choice((self.cut, self.hole, self.double, self.swap_spans, self.flip)))

    def do(self, kind):
        kind()
        self.done.append(kind.__name__)

    # --- of trees ---
    def elements(self):
        return list(self.root.iter())

    def with_parents(self):
        return [(parent, child) for parent in self.root.iter() for child in parent]

    def pick(self):
        pairs = self.with_parents()
        return self.hand.choice(pairs) if pairs else (None, None)

    def values(self, wanted=lambda name, value: True):
        return [(e, name) for e in self.root.iter() for name, value in e.attrib.items() if wanted(name, value)]

    def set_some(self, places, values):
        if places:
            element, name = self.hand.choice(places)
            element.set(name, self.hand.choice(values))

    def drop(self):
        parent, child = self.pick()
        if child is not None:
            parent.remove(child)

    def repeat(self):
        parent, child = self.pick()
        if child is None:
            return
        size, times = len(list(child.iter())), self.hand.choice(MANY)
        times = min(times, max(1, ELEMENTS_MOST // size))
        at = list(parent).index(child)
        own_ids = self.hand.random() < 0.5
        for i in range(times):
            twin = ET.fromstring(ET.tostring(child))
            for e in twin.iter() if own_ids else ():
                if e.get('id'):
                    e.set('id', f'{e.get("id")}-{i}')
            parent.insert(at, twin)

    def copy(self):
        _, child = self.pick()
        if child is not None and len(list(child.iter())) < ELEMENTS_MOST:
            self.hand.choice(self.elements()).append(ET.fromstring(ET.tostring(child)))

    def move(self):
        parent, child = self.pick()
        if child is None:
            return
        parent.remove(child)
        self.hand.choice(self.elements()).append(child)

    def swap(self):
        (one, a), (other, b) = self.pick(), self.pick()
        if a is None or b in a.iter() or a in b.iter():
            return
        i, j = list(one).index(a), list(other).index(b)
        one[i], other[j] = b, a

    def lose_attribute(self):
        places = self.values()
        if places:
            element, name = self.hand.choice(places)
            del element.attrib[name]

    def swap_values(self):
        places = self.values()
        if places:
            (a, name), (b, other) = self.hand.choice(places), self.hand.choice(places)
            value, another = a.get(name), b.get(other)
            a.set(name, another)
            b.set(other, value)

    def huge(self):
        self.set_some(self.values(lambda name, value: re.search(r'^[-+]?\d|INFINITY|^P\d', value)), HUGE)

    def strange(self):
        self.set_some(self.values(), STRANGE)

    def refer(self):
        ids = [e.get('id') for e in self.root.iter() if e.get('id')] or ['x']
        self.set_some(self.values(lambda name, value: name in REFERENCES),
                      (self.hand.choice(ids), self.hand.choice(ids), 'nobody', self.hand.choice(STRANGE)))

    def same_id(self):
        ids = [e.get('id') for e in self.root.iter() if e.get('id')]
        self.set_some(self.values(lambda name, value: name == 'id'), ids)

    def nest(self):
        """An element within itself, deep."""
        parent, child = self.pick()
        if child is None:
            return
        at = list(parent).index(child)
        parent.remove(child)
        inner = child
        for i in range(self.hand.choice(DEEP)):
            outer = ET.Element(child.tag, {**child.attrib, **({'id': f'{child.get("id")}-{i}'} if child.get('id')
                                                               else {})})
            outer.append(inner)
            inner = outer
        parent.insert(at, inner)

    # --- of text ---
    def cut(self):
        self.data = self.data[:self.hand.randrange(len(self.data))]

    def hole(self):
        begin, end = pieces(self.hand, len(self.data))
        self.data = self.data[:begin] + self.data[end:]

    def double(self):
        begin, end = pieces(self.hand, len(self.data))
        self.data = self.data[:end] + self.data[begin:]

    def swap_spans(self):
        a, b = sorted(pieces(self.hand, len(self.data)) for _ in range(2))
        if a[1] <= b[0]:
            d = self.data
            self.data = d[:a[0]] + d[b[0]:b[1]] + d[a[1]:b[0]] + d[a[0]:a[1]] + d[b[1]:]

    def flip(self):
        data = bytearray(self.data)
        for _ in range(self.hand.choice((1, 3, 30))):
            data[self.hand.randrange(len(data))] = self.hand.randrange(256)
        self.data = bytes(data)

    # --- what means nothing ---
    def rewritten(self):
        self.done.append('rewritten')
        tags = re.split(r'(<[^>]*>)', self.before.decode())
        text = ''.join(self.tag(piece) if piece.startswith('<') else self.between() for piece in tags if piece.strip())
        return self.hand.choice((b'', b'\xef\xbb\xbf', b'<?xml version="1.0" encoding="UTF-8"?>\n')) + text.encode()

    def between(self):
        return self.hand.choice(('', '\n', ' \t\r\n  '))

    def tag(self, tag):
        """A tag in another form, and perhaps a comment behind it; nothing but comments is outside of the root."""
        comment = f'<!-- <nvpair name="no"/> {self.hand.random()} -->' if self.hand.random() < 0.1 else ''
        name, rest, end = re.fullmatch(r'<(/?[\w-]+)(.*?)(/?)>', tag, re.DOTALL).groups()
        attributes = re.findall(r'([\w:-]+)="([^"]*)"', rest)
        self.hand.shuffle(attributes)
        words = ''.join(self.hand.choice((' ', '\n\t', '   ')) + self.attribute(*a) for a in attributes)
        if end and self.hand.random() < 0.3:
            return f'<{name}{words}></{name} >{comment}{self.between()}'
        return f'<{name}{words}{end}>{comment}{self.between()}'

    def attribute(self, name, value):
        if self.hand.random() < 0.1:
            value = ''.join(f'&#x{ord(c):x};' for c in value) if '&' not in value else value
        equals = self.hand.choice(('=', ' = ', '=', '\n='))
        quote = "'" if "'" not in value and self.hand.random() < 0.3 else '"'
        return f'{name}{equals}{quote}{value}{quote}'


# --- what must hold ---

SECONDS_MOST = 10  # of the processor
PATIENCE_S = 120
DATA, CONFIGURATION = 65, 78
WORDS_OF_SANITIZERS = re.compile(r'Sanitizer|runtime error:')


def ended_badly(p):
    """Why this end of a program is none; None: it is one. p is None: it took too long."""
    if p is None:
        return f'no answer within {PATIENCE_S} s'
    if p.returncode == -signal.SIGXCPU:
        return f'no answer within {SECONDS_MOST} s of the processor'
    if p.returncode not in (0, 1, DATA, CONFIGURATION) or WORDS_OF_SANITIZERS.search(p.stderr):
        return f'exit {p.returncode}: {p.stderr[:3000]}'
    if p.returncode and not p.stderr:
        return f'exit {p.returncode} without a word'
    return None


def limit_processor():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MOST, SECONDS_MOST + 1))


def decided(run, data, folder):
    """The process that decided, or None. run: arguments, folder -> that process."""
    path = os.path.join(folder, 'cib.xml')
    with open(path, 'wb') as f:
        f.write(data)
    try:
        return run(['-x', path, '-S', '-s'], folder, PATIENCE_S, limit_processor)
    except subprocess.TimeoutExpired:
        return None


def harm_done(run, damage):
    """What our program did wrong with the document, or None; and whether it decided anything."""
    with tempfile.TemporaryDirectory() as folder:
        p = decided(run, damage.data, folder)
        why = ended_badly(p)
        if why is None and damage.harmless and p.stdout != decided(run, damage.before, folder).stdout:
            why = 'decided otherwise than about the same in another form'
        return why, p is not None and p.returncode == 0
