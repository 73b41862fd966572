# SPDX-License-Identifier: GPL-2.0-or-later
"""clusters.py - random clusters by seed: configuration and status in one document, every feature mixed.

A cluster is an ElementTree that follows the schema. What is random is chosen by
one generator, so a seed gives the same cluster on every machine; classes of
features are switched on and off for each seed, so that small sets of them meet.
"""
import random
import xml.etree.ElementTree as ET

FEATURES = ('groups', 'clones', 'promotable', 'bundles', 'remote', 'guests', 'templates', 'tags', 'rules', 'sets',
            'tickets',
            'utilization', 'failures', 'pending', 'migration', 'fencing', 'standby', 'maintenance', 'unmanaged',
            'health',
            'attributes', 'colocation', 'ordering', 'locations', 'notify', 'digests', 'removed', 'probes', 'topology')
NOW = 1700000000
TASKS = {'Started': 'start', 'Promoted': 'promote'}


class Cluster:
    def __init__(self, seed, size=1.0):
        self.dice = random.Random(seed)
        self.size = size
        self.on = {f for f in FEATURES if self.dice.random() < 0.4}
        self.count = 0
        self.call = 0
        self.root = ET.Element('cib', {'validate-with': 'pacemaker-3.9', 'epoch': '1', 'num_updates': '1',
                                       'admin_epoch': '0',
                                       'crm_feature_set': '3.19.0', 'have-quorum': self.pick(('1', '1', '1', '0')),
                                       'execution-date': str(NOW), 'dc-uuid': '1'})
        configuration = ET.SubElement(self.root, 'configuration')
        self.options = ET.SubElement(configuration, 'crm_config')
        self.nodes_xml = ET.SubElement(configuration, 'nodes')
        self.resources_xml = ET.SubElement(configuration, 'resources')
        self.constraints = ET.SubElement(configuration, 'constraints')
        self.configuration = configuration
        self.status = ET.SubElement(self.root, 'status')
        self.nodes, self.remotes = [], []
        self.primitives = []   # (id, parent kind, promotable, element)
        self.top = []          # (id, kind)
        self.instances = {}    # history id -> how many may be on one node
        self.build()

    # --- dice ---
    def pick(self, items):
        return self.dice.choice(list(items))

    def chance(self, p):
        return self.dice.random() < p

    def number(self, low, high):
        return self.dice.randint(low, high)

    def name(self, prefix):
        self.count += 1
        return f'{prefix}{self.count}'

    def score(self):
        return self.pick(('INFINITY', '-INFINITY', '100', '-100', '1', '50', '-5', '1000', '200', 'INFINITY'))

    # --- pieces ---
    def pairs(self, parent, tag, values, score=None):
        block = ET.SubElement(parent, tag, {'id': self.name(tag[:2] + '-')})
        if score is not None:
            block.set('score', str(score))
        for name, value in values.items():
            ET.SubElement(block, 'nvpair', {'id': self.name('nv-'), 'name': name, 'value': str(value)})
        return block

    def rule(self, parent, **more):
        rule = ET.SubElement(parent, 'rule', {'id': self.name('rule-'), **more})
        if self.chance(0.3):
            rule.set('boolean-op', self.pick(('and', 'or')))
        for _ in range(self.number(1, 2)):
            kind = self.number(0, 3)
            if kind == 0:
                ET.SubElement(rule, 'expression', {'id': self.name('ex-'), 'attribute': '#uname',
                                                   'operation': self.pick(('eq', 'ne')),
                                                   'value': self.pick(self.nodes)})
            elif kind == 1:
                ET.SubElement(rule, 'expression', {'id': self.name('ex-'), 'attribute': self.pick(('color', 'rack',
                                                                                                   'ping')),
                                                   'operation': self.pick(('defined', 'not_defined'))})
            elif kind == 2:
                ET.SubElement(rule, 'expression', {'id': self.name('ex-'), 'attribute': self.pick(('color', 'rack',
                                                                                                   'ping')),
                                                   'operation': self.pick(('lt', 'gt', 'lte', 'gte', 'eq', 'ne')),
                                                   'type': self.pick(('number', 'string', 'integer', 'version')),
                                                   'value': str(self.number(0, 3))})
            else:
                later = self.chance(0.5)
                when = {'operation': 'gt', 'start': self.pick(('2023-11-01', '2024-01-01'))} if later \
                    else {'operation': 'lt', 'end': '2023-11-01'}
                ET.SubElement(rule, 'date_expression', {'id': self.name('ex-'), **when})
        return rule

    def meta(self):
        values = {}
        if self.chance(0.2):
            values['priority'] = self.pick((1, 5, 10, -1))
        if self.chance(0.3):
            values['resource-stickiness'] = self.pick((0, 1, 100, 'INFINITY'))
        if self.chance(0.1):
            values['target-role'] = self.pick(('Started', 'Stopped', 'Stopped'))
        if 'unmanaged' in self.on and self.chance(0.2):
            values['is-managed'] = 'false'
        if 'maintenance' in self.on and self.chance(0.1):
            values['maintenance'] = 'true'
        if 'failures' in self.on and self.chance(0.4):
            values['migration-threshold'] = self.number(1, 3)
        if 'failures' in self.on and self.chance(0.3):
            values['failure-timeout'] = self.pick(('60s', '10min'))
        if 'migration' in self.on and self.chance(0.5):
            values['allow-migrate'] = 'true'
        if self.chance(0.1):
            values['multiple-active'] = self.pick(('stop_start', 'stop_only', 'block', 'stop_unexpected'))
        if self.chance(0.1):
            values['requires'] = self.pick(('nothing', 'quorum', 'fencing'))
        if self.chance(0.1):
            values['critical'] = 'false'
        return values

    def operations(self, element, promotable):
        ops = ET.SubElement(element, 'operations')
        roles = [None]
        if promotable:
            roles = ['Promoted', 'Unpromoted']
        if self.chance(0.7):
            for i, role in enumerate(roles):
                op = ET.SubElement(ops, 'op', {'id': self.name('op-'), 'name': 'monitor', 'interval': f'{10 + i}s'})
                if role:
                    op.set('role', role)
                if 'failures' in self.on and self.chance(0.3):
                    op.set('on-fail', self.pick(('ignore', 'block', 'stop', 'restart', 'fence', 'standby')))
                if self.chance(0.3):
                    op.set('timeout', '30s')
        if self.chance(0.1):
            ET.SubElement(ops, 'op', {'id': self.name('op-'), 'name': 'monitor', 'interval': '15s', 'role': 'Stopped'})
        for task in ('start', 'stop'):
            if 'failures' in self.on and self.chance(0.2):
                op = ET.SubElement(ops, 'op', {'id': self.name('op-'), 'name': task, 'interval': '0'})
                op.set('on-fail', self.pick(('ignore', 'block', 'fence')))
        if len(ops) == 0:
            element.remove(ops)

    def primitive(self, parent, promotable=False, kind='top'):
        name = self.name('rsc')
        element = ET.SubElement(parent, 'primitive', {'id': name})
        if 'templates' in self.on and self.templates and not promotable and self.chance(0.4):
            element.set('template', self.pick(self.templates))
        else:
            element.attrib.update({'class': 'ocf', 'provider': 'pacemaker',
                                   'type': 'Stateful' if promotable else 'Dummy'})
        meta = self.meta()
        if meta:
            self.pairs(element, 'meta_attributes', meta)
        if self.chance(0.3):
            self.pairs(element, 'instance_attributes', {'fake': self.name('v')})
        self.operations(element, promotable)
        if 'utilization' in self.on and self.chance(0.7):
            self.pairs(element, 'utilization', {'cpu': self.number(1, 4), 'ram': self.number(1, 8)})
        self.primitives.append((name, kind, promotable, element))
        return name

    def group(self, parent, promotable=False, kind='group'):
        name = self.name('grp')
        element = ET.SubElement(parent, 'group', {'id': name})
        if self.chance(0.2):
            self.pairs(element, 'meta_attributes', self.meta() or {'priority': 2})
        for _ in range(self.number(1, 3)):
            self.primitive(element, promotable, kind)
        return name

    def clone(self, promotable):
        name = self.name('cln')
        element = ET.SubElement(self.resources_xml, 'clone', {'id': name})
        meta = {}
        if promotable:
            meta['promotable'] = 'true'
            if self.chance(0.3):
                meta['promoted-max'] = self.number(1, 2)
            if self.chance(0.2):
                meta['promoted-node-max'] = self.number(1, 2)
        if self.chance(0.3):
            meta['clone-max'] = self.number(1, 4)
        if self.chance(0.15):
            meta['clone-node-max'] = 2
        if self.chance(0.15):
            meta['globally-unique'] = 'true'
        if self.chance(0.4):
            meta['interleave'] = self.pick(('true', 'false'))
        if self.chance(0.2):
            meta['ordered'] = 'true'
        if 'notify' in self.on and self.chance(0.6):
            meta['notify'] = 'true'
        if self.chance(0.2):
            meta['clone-min'] = 1
        if self.chance(0.05):
            meta['target-role'] = self.pick(('Stopped', 'Unpromoted') if promotable else ('Stopped',))
        if meta:
            self.pairs(element, 'meta_attributes', meta)
        unique = meta.get('globally-unique') == 'true'
        kind = 'unique' if unique else 'promotable' if promotable else 'clone'
        before = len(self.primitives)
        if 'groups' in self.on and self.chance(0.3):
            self.group(element, promotable, kind)
        else:
            self.primitive(element, promotable, kind)
        for primitive in self.primitives[before:]:
            self.instances[primitive[0]] = int(meta.get('clone-max', len(self.nodes)))
        self.top.append((name, 'promotable' if promotable else 'clone'))

    def bundle(self):
        name = self.name('bnd')
        element = ET.SubElement(self.resources_xml, 'bundle', {'id': name})
        inside = self.chance(0.7)
        engine = ET.SubElement(element, self.pick(('docker', 'podman')), {'image': 'img:latest'})
        replicas = self.number(1, 3)
        engine.set('replicas', str(replicas))
        if inside and 'promotable' in self.on:
            engine.set('promoted-max', '1')
        if self.chance(0.3):
            engine.set('replicas-per-host', '2')
        if self.chance(0.3):
            engine.set('run-command', '/bin/run')
        network = {}
        if self.chance(0.6):
            network['ip-range-start'] = f'192.168.1.{self.number(2, 200)}'
        if inside and not network:
            network['control-port'] = '3121'
        if network:
            net = ET.SubElement(element, 'network', network)
            if self.chance(0.5):
                ET.SubElement(net, 'port-mapping', {'id': self.name('port-'), 'port': '80'})
        if self.chance(0.5):
            storage = ET.SubElement(element, 'storage')
            ET.SubElement(storage, 'storage-mapping', {'id': self.name('st-'), 'source-dir': '/srv',
                                                       'target-dir': '/mnt',
                                                       'options': 'rw'})
        if inside:
            self.primitive(element, 'promotable' in self.on, 'bundle')
        self.top.append((name, 'bundle'))

    def add_resources(self):
        self.templates = []
        if 'templates' in self.on:
            name = self.name('tpl')
            template = ET.SubElement(self.resources_xml, 'template', {'id': name, 'class': 'ocf',
                                                                      'provider': 'pacemaker',
                                                                      'type': 'Dummy'})
            self.operations(template, False)
            self.templates.append(name)
        if 'fencing' in self.on:
            name = self.name('fence')
            fence = ET.SubElement(self.resources_xml, 'primitive', {'id': name, 'class': 'stonith',
                                                                    'type': 'fence_dummy'})
            if self.chance(0.5):
                ops = ET.SubElement(fence, 'operations')
                ET.SubElement(ops, 'op', {'id': self.name('op-'), 'name': 'monitor', 'interval': '60s'})
            self.primitives.append((name, 'fence', False, fence))
            self.top.append((name, 'primitive'))
        for _ in range(max(1, int(self.number(2, 7) * self.size))):
            kinds = ['primitive', 'primitive']
            kinds += ['group'] if 'groups' in self.on else []
            kinds += ['clone'] if 'clones' in self.on else []
            kinds += ['promotable'] if 'promotable' in self.on else []
            kinds += ['bundle'] if 'bundles' in self.on else []
            kind = self.pick(kinds)
            if kind == 'primitive':
                self.top.append((self.primitive(self.resources_xml), 'primitive'))
            elif kind == 'group':
                self.top.append((self.group(self.resources_xml), 'group'))
            elif kind == 'bundle':
                self.bundle()
            else:
                self.clone(kind == 'promotable')
        if 'remote' in self.on:
            name = self.name('remote')
            element = ET.SubElement(self.resources_xml, 'primitive', {'id': name, 'class': 'ocf',
                                                                      'provider': 'pacemaker',
                                                                      'type': 'remote'})
            if self.chance(0.5):
                self.pairs(element, 'instance_attributes', {'reconnect_interval': '60'})
            ops = ET.SubElement(element, 'operations')
            ET.SubElement(ops, 'op', {'id': self.name('op-'), 'name': 'monitor', 'interval': '20s'})
            self.primitives.append((name, 'remote', False, element))
            self.top.append((name, 'primitive'))
            self.remotes.append(name)
        if 'guests' in self.on:
            plain = [e for n, k, p, e in self.primitives if k == 'top' and e.get('class') == 'ocf']
            if plain:
                guest = self.name('guest')
                self.pairs(self.pick(plain), 'meta_attributes', {'remote-node': guest})
                self.remotes.append(guest)

    def add_options(self):
        options = {'stonith-enabled': 'true' if 'fencing' in self.on else 'false'}
        if self.chance(0.4):
            options['no-quorum-policy'] = self.pick(('stop', 'freeze', 'ignore', 'demote', 'suicide'))
        if self.chance(0.15):
            options['symmetric-cluster'] = 'false'
        if 'utilization' in self.on:
            options['placement-strategy'] = self.pick(('default', 'utilization', 'minimal', 'balanced'))
        if 'maintenance' in self.on and self.chance(0.15):
            options['maintenance-mode'] = 'true'
        if self.chance(0.05):
            options['stop-all-resources'] = 'true'
        if self.chance(0.1):
            options['start-failure-is-fatal'] = 'false'
        if self.chance(0.1):
            options['stop-orphan-resources'] = 'false'
        if self.chance(0.1):
            options['startup-fencing'] = 'false'
        if self.chance(0.1):
            options['concurrent-fencing'] = 'false'
        if self.chance(0.1):
            options['shutdown-lock'] = 'true'
        if self.chance(0.1):
            options['priority-fencing-delay'] = '15s'
        if 'health' in self.on:
            options['node-health-strategy'] = self.pick(('migrate-on-red', 'only-green', 'progressive', 'custom',
                                                         'none'))
        self.pairs(self.options, 'cluster_property_set', options).set('id', 'cib-bootstrap-options')

    def resource(self, kinds=None):
        choice = [n for n, k in self.top if kinds is None or k in kinds]
        choice += [n for n, k, _, _ in self.primitives if k == 'group' and kinds is None]
        return self.pick(choice) if choice else None

    def role_of(self, name):
        return dict(self.top).get(name) == 'promotable' and self.chance(0.5)

    def add_locations(self):
        for _ in range(self.number(1, 4)):
            location = ET.SubElement(self.constraints, 'rsc_location', {'id': self.name('loc'), 'rsc': self.resource()})
            if 'rules' in self.on and self.chance(0.4):
                more = {'score': self.score()}
                if self.chance(0.15):
                    more = {'score-attribute': 'ping'}
                if self.role_of(location.get('rsc')):
                    more['role'] = 'Promoted'
                self.rule(location, **more)
                continue
            location.attrib.update({'node': self.pick(self.nodes + self.remotes), 'score': self.score()})
            if self.role_of(location.get('rsc')):
                location.set('role', 'Promoted')
            if 'probes' in self.on and self.chance(0.3):
                location.set('resource-discovery', self.pick(('always', 'never', 'exclusive')))

    def add_colocations(self):
        for _ in range(self.number(1, 4)):
            one, other = self.resource(), self.resource()
            if one == other:
                continue
            c = ET.SubElement(self.constraints, 'rsc_colocation', {'id': self.name('col'), 'score': self.score()})
            if 'sets' in self.on and self.chance(0.25):
                for names in ([one], [other]):
                    third = self.resource()
                    names += [third] if third not in (one, other) else []
                    s = ET.SubElement(c, 'resource_set', {'id': self.name('set-')})
                    if self.chance(0.3):
                        s.set('sequential', 'false')
                    for n in names:
                        ET.SubElement(s, 'resource_ref', {'id': n})
                continue
            c.attrib.update({'rsc': one, 'with-rsc': other})
            if self.role_of(one):
                c.set('rsc-role', self.pick(('Promoted', 'Unpromoted', 'Started')))
            if self.role_of(other):
                c.set('with-rsc-role', self.pick(('Promoted', 'Unpromoted', 'Started')))
            if self.chance(0.15):
                c.set('influence', self.pick(('true', 'false')))
            if 'attributes' in self.on and self.chance(0.2):
                c.set('node-attribute', 'rack')

    def add_orders(self):
        for _ in range(self.number(1, 4)):
            one, other = self.resource(), self.resource()
            if one == other:
                continue
            o = ET.SubElement(self.constraints, 'rsc_order', {'id': self.name('ord')})
            if self.chance(0.6):
                o.set('kind', self.pick(('Mandatory', 'Optional', 'Serialize')))
            if self.chance(0.2):
                o.set('symmetrical', self.pick(('true', 'false')))
                if o.get('kind') == 'Serialize':
                    o.attrib.pop('symmetrical')
            if 'sets' in self.on and self.chance(0.25):
                for names in ([one], [other]):
                    third = self.resource()
                    names += [third] if third not in (one, other) else []
                    s = ET.SubElement(o, 'resource_set', {'id': self.name('set-')})
                    if self.chance(0.3):
                        s.set('sequential', 'false')
                        if self.chance(0.5):
                            s.set('require-all', 'false')
                    for n in names:
                        ET.SubElement(s, 'resource_ref', {'id': n})
                continue
            o.attrib.update({'first': one, 'then': other})
            if self.role_of(one):
                o.set('first-action', self.pick(('start', 'promote', 'demote', 'stop')))
            if self.role_of(other):
                o.set('then-action', self.pick(('start', 'promote')))
            if self.chance(0.1):
                o.set('require-all', 'false')

    def add_tickets(self):
        for _ in range(self.number(1, 2)):
            name = self.resource()
            t = ET.SubElement(self.constraints, 'rsc_ticket', {'id': self.name('tic'), 'ticket': 'T', 'rsc': name})
            if self.role_of(name):
                t.set('rsc-role', 'Promoted')
            if self.chance(0.7):
                t.set('loss-policy', self.pick(('stop', 'demote', 'fence',
                                                'freeze') if dict(self.top).get(name) == 'promotable'
                                               else ('stop', 'fence', 'freeze')))
        if self.chance(0.7):
            state = ET.SubElement(ET.SubElement(self.status, 'tickets'), 'ticket_state', {'id': 'T'})
            state.set('granted', self.pick(('true', 'false')))
            if self.chance(0.2):
                state.set('standby', 'true')

    # --- status ---
    def operation(self, history, rsc, task, interval=0, rc=0, status=0, expect=0, **more):
        self.call += 1
        call = -1 if status == -1 else self.call
        if status == -1:
            rc = 193
        key = f'{self.call}:1:{expect}:aaaaaaaa-1111-2222-3333-444444444444'
        failed = status == 0 and rc != expect or status > 0
        entry = f'{rsc}_last_failure_0' if failed else f'{rsc}_{task}_{interval}' if interval or 'migrate' in task \
            else f'{rsc}_last_0'
        for old in history.findall('lrm_rsc_op'):
            if old.get('id') == entry:
                history.remove(old)
        ET.SubElement(history, 'lrm_rsc_op', {
            'id': entry, 'operation_key': f'{rsc}_{task}_{interval}', 'operation': task, 'crm-debug-origin': 'test',
            'crm_feature_set': '3.19.0', 'transition-key': key, 'transition-magic': f'{status}:{rc};{key}',
            'on_node': self.on_node, 'call-id': str(call), 'rc-code': str(rc), 'op-status': str(status),
            'interval': str(interval), 'last-rc-change': str(NOW - self.number(1, 2000)), 'exec-time': '0',
            'queue-time': '0',
            **({'op-digest': self.pick(('f2317cad3d54cec5d7d7aa7d0bf35cf8', '00112233445566778899aabbccddeeff'))}
               if 'digests' in self.on or self.chance(0.5) else {'op-digest': 'f2317cad3d54cec5d7d7aa7d0bf35cf8'}),
               **more})

    def history(self, resources, name, kind, promotable, element, active):
        agent = {k: element.get(k) for k in ('class', 'provider', 'type') if element.get(k)}
        if not agent:
            agent = {'class': 'ocf', 'provider': 'pacemaker', 'type': 'Dummy'}
        ids = [name] if kind != 'unique' else [f'{name}:{self.number(0, 2)}']
        for rsc in ids:
            history = ET.SubElement(resources, 'lrm_resource', {'id': rsc, **agent})
            state = self.number(0, 9)
            if not active and state < 7:
                self.operation(history, rsc, 'monitor', rc=7, expect=7)
                continue
            if not active and state < 8 and 'failures' in self.on:
                self.operation(history, rsc, 'monitor', rc=self.pick((5, 1, 2)), expect=7)
                continue
            if 'failures' in self.on and self.chance(0.15):
                task = self.pick(('start', 'stop', 'monitor', 'promote' if promotable else 'start'))
                if task == 'stop':
                    self.operation(history, rsc, 'start')
                self.operation(history, rsc, task, interval=10000 if task == 'monitor' else 0,
                               rc=self.pick((1, 7, 5, 6, 9 if promotable else 1)), status=self.pick((0, 0, 2, 4)))
                continue
            if 'pending' in self.on and self.chance(0.2):
                self.operation(history, rsc, self.pick(('start', 'stop', 'monitor')), status=-1)
                continue
            if self.chance(0.1):
                self.operation(history, rsc, 'stop')
                continue
            if 'migration' in self.on and kind == 'top' and self.chance(0.3) and len(self.nodes) > 1:
                self.operation(history, rsc, 'start')
                other = self.pick([n for n in self.nodes if n != self.on_node])
                task = self.pick(('migrate_to', 'migrate_from'))
                source, target = (self.on_node, other) if task == 'migrate_to' else (other, self.on_node)
                self.operation(history, rsc, task, rc=self.pick((0, 0, 1)), status=self.pick((0, 0, -1)),
                               migrate_source=source, migrate_target=target)
                continue
            self.operation(history, rsc, 'start')
            if promotable and self.chance(0.4):
                self.operation(history, rsc, 'promote')
            if self.chance(0.5):
                promoted = history[-1].get('operation') == 'promote'
                self.operation(history, rsc, 'monitor', interval=10000, rc=8 if promoted else 0,
                               expect=8 if promoted else 0)

    def transient(self, state, node):
        values = {}
        for name, kind, promotable, _ in self.primitives:
            if promotable and self.chance(0.6):
                values[f'master-{name}'] = self.pick((5, 10, 100, 1, -1))
            if 'failures' in self.on and self.chance(0.15):
                values[f'fail-count-{name}#{self.pick(("start_0", "monitor_10000", "stop_0"))}'] = \
                    self.pick((1, 2, 'INFINITY'))
                key = list(values)[-1].replace('fail-count', 'last-failure')
                values[key] = NOW - self.number(1, 1000)
        if 'attributes' in self.on and self.chance(0.6):
            values['ping'] = self.number(0, 200)
        if 'health' in self.on and self.chance(0.5):
            values['#health-disk'] = self.pick(('red', 'yellow', 'green', '-5'))
        if self.chance(0.05):
            values['shutdown'] = str(NOW - 10)
        if values:
            block = ET.SubElement(state, 'transient_attributes', {'id': state.get('id')})
            self.pairs(block, 'instance_attributes', values)

    def node_state(self, number, node):
        state = ET.SubElement(self.status, 'node_state', {'id': str(number), 'uname': node})
        kind = self.number(0, 19)
        up = {'in_ccm': 'true', 'crmd': 'online', 'join': 'member', 'expected': 'member'}
        if kind == 0:
            up = {'in_ccm': 'false', 'crmd': 'offline', 'join': 'down', 'expected': 'down'}
        elif kind == 1:
            up = {'in_ccm': 'false', 'crmd': 'offline', 'join': 'down', 'expected': 'member'}
        elif kind == 2:
            up = {'in_ccm': 'true', 'crmd': 'offline', 'join': 'down', 'expected': 'member'}
        elif kind == 3:
            up = {'in_ccm': 'true', 'crmd': 'online', 'join': 'down', 'expected': 'down'}
        state.attrib.update(up)
        return state

    def place(self):
        """Where each primitive is active: name -> nodes."""
        places = {}
        everywhere = self.nodes + self.remotes
        group_home = {}
        for name, kind, _, element in self.primitives:
            if kind in ('clone', 'promotable', 'unique'):
                nodes = self.dice.sample(self.nodes, min(len(self.nodes), self.instances.get(name, 1)))
                places[name] = nodes if self.chance(0.8) else nodes[:1]
            elif kind == 'bundle':
                places[name] = []
            elif kind == 'group':
                home = group_home.setdefault(name[:4], self.pick(self.nodes))
                places[name] = [home] if self.chance(0.8) else []
            else:
                home = self.pick(self.nodes if kind in ('fence', 'remote') else everywhere)
                places[name] = [home] if self.chance(0.6) else []
                if kind == 'top' and self.chance(0.05):
                    places[name] = self.dice.sample(self.nodes, min(2, len(self.nodes)))
        return places

    def add_status(self):
        places = self.place()
        for number, node in list(enumerate(self.nodes, 1)) + [(r, r) for r in self.remotes]:
            if self.chance(0.05):
                continue
            self.on_node = node
            if node in self.remotes:
                if self.chance(0.5):
                    continue
                state = ET.SubElement(self.status, 'node_state', {'id': node, 'uname': node, 'remote_node': 'true'})
            else:
                state = self.node_state(number, node)
            if self.chance(0.05):
                continue
            lrm = ET.SubElement(state, 'lrm', {'id': str(number)})
            resources = ET.SubElement(lrm, 'lrm_resources')
            for name, kind, promotable, element in self.primitives:
                if kind == 'bundle' or (node in self.remotes and kind in ('fence', 'remote')):
                    continue
                active = node in places[name]
                if active or self.chance(0.6):
                    self.history(resources, name, kind, promotable, element, active)
            if 'removed' in self.on and self.chance(0.4):
                gone = ET.Element('primitive', {'class': 'ocf', 'provider': 'pacemaker', 'type': 'Dummy'})
                self.history(resources, 'gone', 'top', False, gone, self.chance(0.6))
            self.transient(state, node)

    def add_nodes(self):
        for i in range(1, self.number(2, 5) + 1):
            name = f'node{i}'
            element = ET.SubElement(self.nodes_xml, 'node', {'id': str(i), 'uname': name})
            self.nodes.append(name)
            values = {}
            if 'standby' in self.on and self.chance(0.25):
                values['standby'] = 'on'
            if 'maintenance' in self.on and self.chance(0.15):
                values['maintenance'] = 'true'
            if 'attributes' in self.on:
                values.update({'color': self.number(0, 3), 'rack': self.number(1, 2)})
            if values:
                self.pairs(element, 'instance_attributes', values)
            if 'utilization' in self.on:
                self.pairs(element, 'utilization', {'cpu': self.number(2, 8), 'ram': self.number(4, 16)})

    def build(self):
        self.add_nodes()
        self.add_resources()
        self.add_options()
        if 'locations' in self.on:
            self.add_locations()
        if 'colocation' in self.on:
            self.add_colocations()
        if 'ordering' in self.on:
            self.add_orders()
        if 'tickets' in self.on:
            self.add_tickets()
        if 'tags' in self.on and len(self.top) > 1:
            tags = ET.SubElement(self.configuration, 'tags')
            tag = ET.SubElement(tags, 'tag', {'id': self.name('tag')})
            for name, _ in self.dice.sample(self.top, 2):
                ET.SubElement(tag, 'obj_ref', {'id': name})
            ET.SubElement(self.constraints, 'rsc_location', {'id': self.name('loc'), 'rsc': tag.get('id'),
                                                             'node': self.pick(self.nodes), 'score': self.score()})
        if self.chance(0.3):
            defaults = ET.SubElement(self.configuration, 'rsc_defaults')
            self.pairs(defaults, 'meta_attributes', {'resource-stickiness': self.pick((0, 1, 100))})
        self.add_status()

    def text(self):
        return ET.tostring(self.root, encoding='unicode')


if __name__ == '__main__':
    import sys
    print(Cluster(int(sys.argv[1])).text())
