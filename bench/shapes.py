# SPDX-License-Identifier: GPL-2.0-or-later
"""shapes - clusters of one shape that grow with n, each of which some way to decide would make quadratic.

`bench/scheduler.py shapes` decides each at n and at 2n and compares the instructions.
"""


def primitive(name, inside='', agent='Dummy'):
    return (f'<primitive id="{name}" class="ocf" provider="pacemaker" type="{agent}">{inside}'
            f'<operations><op id="{name}-m" name="monitor" interval="10s"/></operations></primitive>')


def primitives(n):
    return ''.join(primitive(f'r{i}') for i in range(n))


def meta(name, **pairs):
    pairs = ''.join(f'<nvpair id="{name}-{k}" name="{k.replace("_", "-")}" value="{v}"/>' for k, v in pairs.items())
    return f'<meta_attributes id="{name}-meta">{pairs}</meta_attributes>'


def utilization(name, cpu):
    return f'<utilization id="{name}-u"><nvpair id="{name}-cpu" name="cpu" value="{cpu}"/></utilization>'


def clone(name, nodes, inside, **pairs):
    return f'<clone id="{name}">{meta(name, clone_max=nodes, **pairs)}{inside}</clone>'


# --- each gives resources and constraints, perhaps options and what a node has ---

def group(n):
    return '<group id="g">' + primitives(n) + '</group>', ''


def groups(n):
    return ''.join(f'<group id="g{g}">' + ''.join(primitive(f'r{g}-{i}') for i in range(10)) + '</group>'
                   for g in range(n // 10)), ''


def colocation_chain(n):
    return primitives(n), ''.join(f'<rsc_colocation id="c{i}" rsc="r{i}" with-rsc="r{i - 1}" score="100"/>'
                                  for i in range(1, n))


def order_chain(n):
    return primitives(n), ''.join(f'<rsc_order id="o{i}" first="r{i - 1}" then="r{i}"/>' for i in range(1, n))


def colocation_hub(n):
    return primitives(n + 1), ''.join(f'<rsc_colocation id="c{i}" rsc="r{i}" with-rsc="r0" score="100"/>'
                                      for i in range(1, n + 1))


def colocation_hub_inverse(n):
    return primitives(n + 1), ''.join(f'<rsc_colocation id="c{i}" rsc="r0" with-rsc="r{i}" score="100"/>'
                                      for i in range(1, n + 1))


def order_hub(n):
    return primitives(n + 1), ''.join(f'<rsc_order id="o{i}" first="r0" then="r{i}"/>' for i in range(1, n + 1))


def order_hub_inverse(n):
    return primitives(n + 1), ''.join(f'<rsc_order id="o{i}" first="r{i}" then="r0"/>' for i in range(1, n + 1))


def location_hub(n):
    return primitives(1), ''.join(f'<rsc_location id="l{i}" rsc="r0" node="node1" score="1"/>' for i in range(n))


def patterns(n):
    return primitives(n), ''.join(f'<rsc_location id="l{i}" rsc-pattern="^r[0-9]*{i}$" node="node1" score="1"/>'
                                  for i in range(10))


def rules(n):
    return primitives(n), ''.join(
        f'<rsc_location id="l{i}" rsc="r{i}"><rule id="l{i}r" score="5"><expression id="l{i}e" attribute="#uname"'
        f' operation="eq" value="node1"/></rule></rsc_location>' for i in range(n))


def sets(n):
    references = ''.join(f'<resource_ref id="r{i}"/>' for i in range(n))
    return primitives(n), (f'<rsc_order id="order"><resource_set id="os">{references}</resource_set></rsc_order>'
                           f'<rsc_colocation id="c" score="100"><resource_set id="cs">{references}</resource_set>'
                           '</rsc_colocation>')


def interleaved(n):
    clones = ''.join(clone(f'c{i}', 8, primitive(f'r{i}'), interleave='true') for i in range(n // 10))
    return clones, ''.join(f'<rsc_order id="o{i}" first="c{i - 1}" then="c{i}"/><rsc_colocation id="k{i}"'
                           f' rsc="c{i}" with-rsc="c{i - 1}" score="INFINITY"/>' for i in range(1, n // 10))


def instances(n):
    return clone('c', n, primitive('r'), clone_node_max=n, globally_unique='true'), ''


def members(n):
    """Of a cloned group, which are found by their ids on each node."""
    return clone('c', 4, '<group id="g">' + primitives(n) + '</group>'), ''


def notifying(n):
    return ''.join(clone(f'c{i}', 8, primitive(f'r{i}'), notify='true') for i in range(n // 10)), ''


def promotable(n):
    return ''.join(clone(f'c{i}', 8, primitive(f'r{i}', agent='Stateful'), promotable='true')
                   for i in range(n // 10)), ''


def bundle(name, replicas):
    return (f'<bundle id="{name}"><podman image="i" replicas="{replicas}" replicas-per-host="{replicas}"/>'
            f'<network ip-range-start="10.0.0.1" control-port="9999"/>{primitive("in-" + name)}</bundle>')


def bundles(n):
    return ''.join(bundle(f'b{i}', 2) for i in range(n // 10)), ''


def replicas(n):
    return f'<bundle id="b"><podman image="i" replicas="{n}" replicas-per-host="{n}"/></bundle>', ''


def tickets(n):
    return primitives(n), ''.join(f'<rsc_ticket id="t{i}" rsc="r{i}" ticket="t{i % 10}" loss-policy="stop"/>'
                                  for i in range(n))


def weights(n):
    return ''.join(primitive(f'r{i}', utilization(f'r{i}', 1 + i % 3)) for i in range(n)), '', {
        'placement-strategy': 'balanced'}


def templates(n):
    return ('<template id="t" class="ocf" provider="pacemaker" type="Dummy"/>'
            + ''.join(f'<primitive id="r{i}" template="t"/>' for i in range(n))), (
                '<rsc_location id="l" rsc="t" node="node1" score="5"/>')


def own_tickets(n):
    return primitives(n), ''.join(f'<rsc_ticket id="t{i}" rsc="r{i}" ticket="t{i}" loss-policy="stop"/>'
                                  for i in range(n))


def tagged(n):
    references = ''.join(f'<obj_ref id="r{i}"/>' for i in range(n))
    return primitives(n), '<rsc_location id="l" rsc="t" node="node1" score="5"/>', {}, {
        'tags': f'<tags><tag id="t">{references}</tag></tags>'}


def alternatives(n):
    expressions = ''.join(f'<expression id="e{i}" attribute="#uname" operation="eq" value="n{i}"/>' for i in range(n))
    return primitives(1), ('<rsc_location id="l" rsc="r0"><rule id="l-r" score="5" boolean-op="or">'
                           f'{expressions}</rule></rsc_location>')


def alternative_patterns(n):
    words = '|'.join(f'r{i}' for i in range(100))
    return primitives(n), ''.join(f'<rsc_location id="l{i}" rsc-pattern="^({words})$" node="node1" score="1"/>'
                                  for i in range(3))


def operations(n):
    """All of one resource, most of them at work."""
    monitors = ''.join(f'<op id="op{i}" name="monitor" interval="{i + 20}s"/>' for i in range(n))
    return (f'<primitive id="r0" class="ocf" provider="pacemaker" type="Dummy"><operations>{monitors}'
            '</operations></primitive>', '')


def attributes(n):
    pairs = ''.join(f'<nvpair id="a{i}" name="a{i}" value="1"/>' for i in range(n))
    return primitives(10), '', {}, {'attributes': pairs}


def defaults(n):
    """Values that are taken away again."""
    pairs = ''.join(f'<nvpair id="d{k}-{i}" name="m{i}" value="{value}"/>'
                    for k, value in enumerate(('1', '#default')) for i in range(n))
    return primitive('r0', f'<meta_attributes id="d">{pairs}</meta_attributes>'), ''


def blocks(n):
    inside = ''.join(f'<meta_attributes id="b{i}" score="{i * 7 % 100}"><nvpair id="b{i}-p" name="m{i}" value="1"/>'
                     '</meta_attributes>' for i in range(n))
    return primitive('r0', inside), ''


def entry(rsc, task, interval_ms, call, rc=0, **more):
    """An <lrm_rsc_op>."""
    key = f'{call}:1:0:11111111-2222-3333-4444-555555555555'
    pairs = {'id': f'{rsc}_{task}_{interval_ms}', 'operation': task, 'operation_key': f'{rsc}_{task}_{interval_ms}',
             'crm_feature_set': '3.20.5', 'on_node': 'node1', 'call-id': call, 'rc-code': rc, 'op-status': 0,
             'interval': interval_ms, 'transition-key': key, 'transition-magic': f'0:{rc};{key}',
             'last-rc-change': 1600000000 + call, 'op-digest': '0' * 32, **more}
    return '<lrm_rsc_op ' + ' '.join(f'{name.replace("_r", "-r")}="{value}"' for name, value in pairs.items()) + '/>'


def history(rsc, entries):
    return {'history': f'<lrm_resource id="{rsc}" class="ocf" provider="pacemaker" type="Dummy">{entries}'
            '</lrm_resource>'}


def old_monitors(n):
    """Recurring operations that are no longer configured, with other parameters."""
    return primitive('r0'), '', {}, history('r0', entry('r0', 'start', 0, 1) + ''.join(
        entry('r0', 'monitor', 1000 * (i + 20), i + 2) for i in range(n)))


def old_failures(n):
    """Failures that have expired, and a fail count."""
    inside = meta('r0', failure_timeout='60s')
    return primitive('r0', inside), '', {}, {
        'attributes': '<nvpair id="f1" name="fail-count-r0#monitor_10000" value="3"/>'
                      '<nvpair id="f2" name="last-failure-r0#monitor_10000" value="1600000000"/>',
        **history('r0', entry('r0', 'start', 0, 1) + ''.join(
            entry('r0', 'monitor', 1000 * (i + 20), i + 2, 1, exit_reason='broken') for i in range(n)))}


def blocking_failures(n):
    """Failures with on-fail=block, so that all entries may matter to each of them."""
    on_fail = primitive('r0', meta('r0', failure_timeout='60s')).replace('<op id', '<op on-fail="block" id')
    _, _, _, more = old_failures(n)
    return on_fail, '', {}, more


def same_calls(n):
    """Entries that no number tells apart."""
    return primitive('r0'), '', {}, history('r0', entry('r0', 'start', 0, 1) + ''.join(
        entry('r0', 'monitor', 10000, 5, id=f'x{i}') for i in range(n)))


def removed(n):
    """Resources that are only in the status."""
    more = [history(f'x{i}', entry(f'x{i}', 'start', 0, i + 1))['history'] for i in range(n)]
    return primitives(2), '', {}, {'history': ''.join(more)}


def levels(n):
    level = ''.join(f'<fencing-level id="fl{i}" target="node1" index="{i % 9 + 1}" devices="d"/>' for i in range(n))
    return primitive('d').replace('class="ocf" provider="pacemaker" type="Dummy"', 'class="stonith" type="f"'), '', {
        'fencing-enabled': 'true'}, {'topology': f'<fencing-topology>{level}</fencing-topology>'}


SHAPES = (group, groups, colocation_chain, order_chain, colocation_hub, colocation_hub_inverse, order_hub,
          order_hub_inverse, location_hub, patterns, rules, sets, interleaved, instances, members, notifying,
          promotable, bundles, replicas, tickets, weights, templates, own_tickets, tagged, alternatives,
          alternative_patterns, operations, attributes, defaults, blocks, old_monitors, old_failures,
          blocking_failures, same_calls, removed, levels)


def state(number, name, more):
    """What a node tells; more: what is in its history and its attributes."""
    values = (f'<transient_attributes id="{number}"><instance_attributes id="s{number}">{more["attributes"]}'
              '</instance_attributes></transient_attributes>' if 'attributes' in more else '')
    return (f'<node_state id="{number}" uname="{name}" in_ccm="true" crmd="online" join="member" expected="member">'
            f'<lrm id="{number}"><lrm_resources>{more.get("history", "")}</lrm_resources></lrm>{values}</node_state>')


def document(shape, n, nodes=8):
    """The cluster of this shape and size, fresh, as text."""
    resources, constraints, options, more = (*shape(n), {}, {})[:4]
    options = {'fencing-enabled': 'false', **options}
    options = ''.join(f'<nvpair id="o-{k}" name="{k}" value="{v}"/>' for k, v in options.items())
    names = [f'node{i}' for i in range(1, nodes + 1)]
    members = ''.join(f'<node id="{i}" uname="{name}">{utilization(name, 100 * n)}</node>'
                      for i, name in enumerate(names, 1))
    states = ''.join(state(i, name, more if i == 1 else {}) for i, name in enumerate(names, 1))
    return ('<cib validate-with="pacemaker-4.0" have-quorum="1" epoch="1" admin_epoch="0" num_updates="0" dc-uuid="1">'
            f'<configuration><crm_config><cluster_property_set id="o">{options}</cluster_property_set></crm_config>'
            f'<nodes>{members}</nodes><resources>{resources}</resources><constraints>{constraints}</constraints>'
            f'{more.get("topology", "")}{more.get("tags", "")}</configuration><status>{states}</status></cib>')
