# SPDX-License-Identifier: GPL-2.0-or-later
"""mutations.py - a document of the public cases, changed by a seed: what no case has, between what the cases have.

A seed chooses a case and one to four changes of it: something goes, a word becomes another one of its kind, an option,
a constraint, an operation or a result comes. The document stays one that follows the schema, mostly; where it does not,
both programs have to refuse it.
"""
import glob
import os
import random
import xml.etree.ElementTree as ET

SCORES = ('INFINITY', '-INFINITY', '100', '-100', '0', '1', '-1', '500', '1000000', '-2000')
BOOLEANS = ('true', 'false')
ROLES = ('Started', 'Stopped', 'Promoted', 'Unpromoted')
ACTIONS = ('start', 'stop', 'promote', 'demote')
RESULTS = ('0', '7', '1', '5', '8', '9', '2', '6', '190', '191')
# Attributes of elements whose words are a choice.
WORDS = {
    'kind': ('Mandatory', 'Optional', 'Serialize'), 'symmetrical': BOOLEANS, 'score': SCORES, 'role': ROLES,
    'rsc-role': ROLES, 'with-rsc-role': ROLES, 'first-action': ACTIONS, 'then-action': ACTIONS,
    'sequential': BOOLEANS, 'require-all': BOOLEANS, 'action': ACTIONS, 'influence': BOOLEANS,
    'loss-policy': ('stop', 'demote', 'fence', 'freeze'), 'granted': BOOLEANS, 'standby': BOOLEANS,
    'on-fail': ('ignore', 'block', 'stop', 'restart', 'fence', 'standby', 'demote', 'restart-container'),
    'rc-code': RESULTS, 'op-status': ('0', '-1', '1', '2', '3', '4', '5', '8'), 'interval': ('0', '10000', '5s'),
    'in_ccm': BOOLEANS, 'crmd': ('online', 'offline'), 'join': ('member', 'down', 'pending', 'banned'),
    'expected': ('member', 'down'), 'have-quorum': ('0', '1'), 'resource-discovery': ('always', 'never', 'exclusive'),
    'record-pending': BOOLEANS, 'enabled': BOOLEANS, 'boolean-op': ('and', 'or'), 'operation':
    ('eq', 'ne', 'lt', 'gt', 'lte', 'gte', 'defined', 'not_defined'), 'replicas': ('1', '2', '3', '4'),
    'replicas-per-host': ('1', '2'), 'promoted-max': ('0', '1', '2'), 'ordering': ('group', 'listed'),
    'node-attribute': ('#uname', 'rack', 'site'), 'priority': ('0', '1', '10', '-1'),
}
META = {
    'target-role': ROLES, 'is-managed': BOOLEANS, 'maintenance': BOOLEANS, 'priority': ('0', '1', '10', '-1'),
    'resource-stickiness': SCORES, 'migration-threshold': ('0', '1', '2', 'INFINITY'),
    'failure-timeout': ('0', '60s', '100d'), 'multiple-active': ('stop_start', 'stop_only', 'block', 'stop_unexpected'),
    'requires': ('nothing', 'quorum', 'fencing', 'unfencing'), 'critical': BOOLEANS, 'allow-migrate': BOOLEANS,
    'allow-unhealthy-nodes': BOOLEANS, 'container-attribute-target': ('host',),
}
CLONE_META = {
    'clone-max': ('0', '1', '2', '3', '5'), 'clone-node-max': ('1', '2', '3'), 'promoted-max': ('0', '1', '2', '3'),
    'promoted-node-max': ('0', '1', '2'), 'interleave': BOOLEANS, 'ordered': BOOLEANS, 'notify': BOOLEANS,
    'globally-unique': BOOLEANS, 'clone-min': ('0', '1', '2'), 'promotable': BOOLEANS,
}
OPTIONS = {
    'no-quorum-policy': ('stop', 'freeze', 'ignore', 'demote', 'suicide', 'fence'), 'symmetric-cluster': BOOLEANS,
    'fencing-enabled': BOOLEANS, 'fencing-action': ('reboot', 'off', 'poweroff'), 'startup-fencing': BOOLEANS,
    'maintenance-mode': BOOLEANS, 'stop-all-resources': BOOLEANS, 'stop-removed-resources': BOOLEANS,
    'stop-removed-actions': BOOLEANS, 'stop-orphan-resources': BOOLEANS, 'start-failure-is-fatal': BOOLEANS,
    'enable-startup-probes': BOOLEANS, 'concurrent-fencing': BOOLEANS, 'priority-fencing-delay': ('0', '15s'),
    'placement-strategy': ('default', 'utilization', 'minimal', 'balanced'), 'remove-after-stop': BOOLEANS,
    'node-health-strategy': ('none', 'migrate-on-red', 'only-green', 'progressive', 'custom'),
    'node-health-base': ('0', '100'), 'node-pending-timeout': ('0', '2h'), 'shutdown-lock': BOOLEANS,
    'shutdown-lock-limit': ('0', '10min'), 'cluster-delay': ('60s', '10s'), 'have-watchdog': BOOLEANS,
    'fencing-watchdog-timeout': ('0', '10s', '-1'), 'fence-remote-without-quorum': BOOLEANS,
    'batch-limit': ('0', '1'), 'migration-limit': ('-1', '0', '2'),
}
NODE = {'standby': BOOLEANS, 'maintenance': BOOLEANS, '#health-disk': ('red', 'yellow', 'green', '-10'),
        'rack': ('1', '2'), 'site': ('a', 'b'), 'terminate': BOOLEANS, 'shutdown': ('0', '1399900000')}
MAY_GO = ('rsc_location', 'rsc_colocation', 'rsc_order', 'rsc_ticket', 'lrm_rsc_op', 'lrm_resource', 'op', 'nvpair',
          'node_state', 'primitive', 'clone', 'group', 'resource_ref', 'expression', 'rule', 'ticket_state', 'lrm',
          'meta_attributes', 'transient_attributes', 'resource_set', 'master', 'fencing-level', 'tag', 'node')


def names(folder):
    return sorted(os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(folder, '*.xml')))


class Mutation:
    def __init__(self, folder, seed):
        self.dice = random.Random(seed)
        self.name = self.dice.choice(names(folder))
        self.root = ET.parse(os.path.join(folder, self.name + '.xml')).getroot()
        self.root.attrib.setdefault('execution-date', '1400000000')
        self.count = 0
        self.done = []
        changes = (self.drop, self.word, self.word, self.word, self.option, self.meta, self.meta, self.node_attribute,
                   self.location, self.colocation, self.order, self.result, self.operation, self.ticket, self.failures,
                   self.copy_history)
        for _ in range(self.dice.randint(1, 4)):
            change = self.dice.choice(changes)
            change()
            self.done.append(change.__name__)

    def text(self):
        return ET.tostring(self.root, encoding='unicode')

    def pick(self, items):
        items = list(items)
        return self.dice.choice(items) if items else None

    def new_id(self):
        self.count += 1
        return f'mutation-{self.count}'

    def all(self, *tags):
        return [e for e in self.root.iter() if e.tag in tags]

    def section(self, tag):
        found = self.root.find(f'configuration/{tag}')
        return found if found is not None else ET.SubElement(self.root.find('configuration'), tag)

    def resources(self):
        return [e.get('id') for e in self.all('primitive', 'group', 'clone', 'master', 'bundle') if e.get('id')]

    def nodes(self):
        return [e.get('uname') for e in self.all('node') if e.get('uname')]

    # --- changes ---
    def drop(self):
        candidates = [(p, e) for p in self.root.iter() for e in p if e.tag in MAY_GO]
        if candidates:
            tag = self.pick(sorted({e.tag for _, e in candidates}))
            parent, element = self.pick((p, e) for p, e in candidates if e.tag == tag)
            parent.remove(element)

    def word(self):
        places = [(e, name) for e in self.root.iter() for name in e.attrib if name in WORDS]
        if places:
            name = self.pick(sorted({n for _, n in places}))
            element, _ = self.pick((e, n) for e, n in places if n == name)
            element.set(name, self.pick(WORDS[name]))

    def pair(self, parent, block_tag, name, value, first=True):
        """Where the name has a value it gets another one."""
        block = parent.find(block_tag)
        if block is None:
            block = ET.Element(block_tag, {'id': self.new_id()})
            parent.insert(0 if first else len(parent), block)
        if block.get('id-ref'):
            return
        for pair in block.findall('nvpair'):
            if pair.get('name') == name:
                pair.set('value', value)
                return
        ET.SubElement(block, 'nvpair', {'id': self.new_id(), 'name': name, 'value': value})

    def option(self):
        name = self.pick(OPTIONS)
        self.pair(self.section('crm_config'), 'cluster_property_set', name, self.pick(OPTIONS[name]))

    def meta(self):
        element = self.pick(self.all('primitive', 'group', 'clone', 'master', 'bundle'))
        if element is None:
            return
        words = CLONE_META if element.tag in ('clone', 'master') and self.dice.random() < 0.6 else META
        name = self.pick(words)
        self.pair(element, 'meta_attributes', name, self.pick(words[name]), element.tag != 'bundle')

    def node_attribute(self):
        node = self.pick(e for e in self.all('node') if e.get('uname'))
        name = self.pick(NODE)
        if node is not None and self.dice.random() < 0.6:
            self.pair(node, 'instance_attributes', name, self.pick(NODE[name]))
        elif self.all('node_state'):
            state = self.pick(self.all('node_state'))
            block = state.find('transient_attributes')
            if block is None:
                block = ET.SubElement(state, 'transient_attributes', {'id': state.get('id') or 'x'})
            self.pair(block, 'instance_attributes', name, self.pick(NODE[name]))

    def location(self):
        rsc, node = self.pick(self.resources()), self.pick(self.nodes())
        if rsc is None or node is None:
            return
        more = self.pick(({}, {}, {'resource-discovery': self.pick(WORDS['resource-discovery'])},
                          {'role': self.pick(ROLES)}))
        ET.SubElement(self.section('constraints'), 'rsc_location', {
            'id': self.new_id(), 'rsc': rsc, 'node': node, 'score': self.pick(SCORES), **more})

    def colocation(self):
        one, other = self.pick(self.resources()), self.pick(self.resources())
        if one is None or one == other:
            return
        c = ET.SubElement(self.section('constraints'), 'rsc_colocation', {
            'id': self.new_id(), 'rsc': one, 'with-rsc': other, 'score': self.pick(SCORES)})
        for name in ('rsc-role', 'with-rsc-role', 'influence', 'node-attribute'):
            if self.dice.random() < 0.2:
                c.set(name, self.pick(WORDS[name]))

    def order(self):
        one, other = self.pick(self.resources()), self.pick(self.resources())
        if one is None or one == other:
            return
        o = ET.SubElement(self.section('constraints'), 'rsc_order', {'id': self.new_id(), 'first': one, 'then': other})
        for name in ('kind', 'symmetrical', 'first-action', 'then-action', 'require-all'):
            if self.dice.random() < 0.25:
                o.set(name, self.pick(WORDS[name]))

    def ticket(self):
        rsc = self.pick(self.resources())
        if rsc is not None:
            t = ET.SubElement(self.section('constraints'), 'rsc_ticket', {
                'id': self.new_id(), 'ticket': 'mutation', 'rsc': rsc, 'loss-policy': self.pick(WORDS['loss-policy'])})
            if self.dice.random() < 0.3:
                t.set('rsc-role', self.pick(ROLES))

    def operation(self):
        rsc = self.pick(self.all('primitive'))
        if rsc is None:
            return
        ops = rsc.find('operations')
        if ops is None:
            ops = ET.SubElement(rsc, 'operations')
        name = self.pick(('monitor', 'monitor', 'start', 'stop', 'promote', 'demote', 'migrate_to'))
        op = ET.SubElement(ops, 'op', {'id': self.new_id(), 'name': name,
                                       'interval': self.pick(('10s', '7s')) if name == 'monitor' else '0'})
        for attribute in ('role', 'on-fail', 'enabled'):
            if self.dice.random() < 0.35:
                op.set(attribute, self.pick(WORDS[attribute]))

    def result(self):
        """Another end of an operation: all of its attributes that tell it agree."""
        op = self.pick(self.all('lrm_rsc_op'))
        if op is None or ':' not in (op.get('transition-key') or ''):
            return
        op.set('rc-code', self.pick(RESULTS))
        op.set('op-status', self.pick(('0', '0', '0', '2', '4', '-1')))
        op.set('transition-magic', f'{op.get("op-status")}:{op.get("rc-code")};{op.get("transition-key")}')

    def failures(self):
        state, rsc = self.pick(self.all('node_state')), self.pick(self.all('primitive'))
        if state is None or rsc is None:
            return
        block = state.find('transient_attributes')
        if block is None:
            block = ET.SubElement(state, 'transient_attributes', {'id': state.get('id') or 'x'})
        name = f'{rsc.get("id")}#{self.pick(("start_0", "monitor_10000", "stop_0"))}'
        self.pair(block, 'instance_attributes', f'fail-count-{name}', self.pick(('1', '3', 'INFINITY')))
        self.pair(block, 'instance_attributes', f'last-failure-{name}', '1399999990')

    def copy_history(self):
        """What one node tells of a resource, another one tells too."""
        history, resources = self.pick(self.all('lrm_resource')), self.pick(self.all('lrm_resources'))
        if history is None or any(h.get('id') == history.get('id') for h in resources):
            return
        resources.append(ET.fromstring(ET.tostring(history)))
