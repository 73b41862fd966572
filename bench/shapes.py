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


SHAPES = (group, groups, colocation_chain, order_chain, colocation_hub, colocation_hub_inverse, order_hub,
          order_hub_inverse, location_hub, patterns, rules, sets, interleaved, instances, notifying, promotable,
          bundles, replicas, tickets, weights, templates)


def document(shape, n, nodes=8):
    """The cluster of this shape and size, fresh, as text."""
    resources, constraints, *more = shape(n)
    options = {'fencing-enabled': 'false', **(more[0] if more else {})}
    options = ''.join(f'<nvpair id="o-{k}" name="{k}" value="{v}"/>' for k, v in options.items())
    names = [f'node{i}' for i in range(1, nodes + 1)]
    members = ''.join(f'<node id="{i}" uname="{name}">{utilization(name, 100 * n)}</node>'
                      for i, name in enumerate(names, 1))
    states = ''.join(f'<node_state id="{i}" uname="{name}" in_ccm="true" crmd="online" join="member"'
                     f' expected="member"><lrm id="{i}"><lrm_resources/></lrm></node_state>'
                     for i, name in enumerate(names, 1))
    return ('<cib validate-with="pacemaker-4.0" have-quorum="1" epoch="1" admin_epoch="0" num_updates="0" dc-uuid="1">'
            f'<configuration><crm_config><cluster_property_set id="o">{options}</cluster_property_set></crm_config>'
            f'<nodes>{members}</nodes><resources>{resources}</resources><constraints>{constraints}</constraints>'
            f'</configuration><status>{states}</status></cib>')
