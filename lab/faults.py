# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong with the network: cuts, loss and delay between pairs of hosts, as a list of faults in the lab's record.

A fault is {kind, from, to, link, value}; from and to are hosts or "*", link is a number or None for all. The list is
turned into rules for the switch: cuts and loss are dropped by nftables where a frame passes from one port to another;
delayed frames are dropped there too and carried by a relay instead (relay.py), since kernels often lack netem.
Frames within one host, and of hosts that are added later, are covered as the stars say.
"""
import json
import os
import select
import subprocess
import sys

from . import group, net
from .error import LabError, UsageError
from .process import Process

RELAY = f'{os.path.dirname(os.path.abspath(__file__))}/relay.py'
ANY = '*'


def put(record, kind, source, target, link=None, value=None):
    """Add a fault; an older one of the same kind on the very same way is replaced."""
    way = {'kind': kind, 'from': source, 'to': target, 'link': link}
    record['faults'] = [fault for fault in record['faults'] if any(fault[key] != way[key] for key in way)]
    record['faults'].append({**way, 'value': value})


def cut(record, a, b, one_way=False, link=None):
    put(record, 'cut', a, b, link)
    if not one_way:
        put(record, 'cut', b, a, link)


def isolate(record, host, link=None):
    cut(record, host, ANY, False, link)


def disturb(record, kind, pair, value, one_way=False, link=None):
    """Loss (per cent) or delay ([ms, jitter ms]) on a pair. Nothing (0) exempts the pair from what holds for all."""
    a, b = pair
    for source, target in [(a, b)] if one_way else [(a, b), (b, a)]:
        put(record, kind, source, target, link, value)


def disturb_all(record, kind, value):
    """The same on every way; what was said of single pairs before is void."""
    record['faults'] = [fault for fault in record['faults'] if fault['kind'] != kind]
    disturb(record, kind, (ANY, ANY), value)


def prune(record):
    """Drop faults that say "nothing" where there is nothing to be exempted from."""
    general = {fault['kind'] for fault in record['faults'] if fault['from'] == ANY and not nothing(fault)}
    record['faults'] = [fault for fault in record['faults'] if fault['kind'] in general or not nothing(fault)]


def nothing(fault):
    return fault['kind'] != 'cut' and fault['value'] in (0, [0, 0])


def heal(record, *hosts):
    """Forget all faults, those of one host, or those between two."""
    if len(hosts) == 2:
        wanted = {tuple(hosts), tuple(reversed(hosts))}
        record['faults'] = [fault for fault in record['faults'] if (fault['from'], fault['to']) not in wanted]
    elif hosts:
        record['faults'] = [fault for fault in record['faults'] if hosts[0] not in (fault['from'], fault['to'])]
    else:
        record['faults'] = []


def describe(fault):
    link = '' if fault['link'] is None else f' link {fault["link"]}'
    way = f'{fault["from"]} -> {fault["to"]}{link}'
    if fault['kind'] == 'loss':
        return f'loss {way} {fault["value"]:g} %'
    if fault['kind'] == 'delay':
        delay_ms, jitter_ms = fault['value']
        return f'delay {way} {delay_ms:g} ms' + (f' +- {jitter_ms:g} ms' if jitter_ms else '')
    return f'{fault["kind"]} {way}'


def effect(record, source, target, link):
    """What happens to frames on one way: {kind: value}, the latest fault of a kind wins."""
    last = {fault['kind']: fault for fault in record['faults']
            if fault['from'] in (source, ANY) and fault['to'] in (target, ANY) and fault['link'] in (link, None)}
    return {kind: fault['value'] for kind, fault in last.items() if not nothing(fault)}


def ways(record):
    """Every way with something wrong: (source, target, link, effect)."""
    for link in range(record['links']):
        for source in record['hosts']:
            for target in record['hosts']:
                found = effect(record, source, target, link) if source != target else None
                if found:
                    yield source, target, link, found


def rules(record):
    """The nftables ruleset of the switch."""
    dropped, lossy = [], {}
    for source, target, link, found in ways(record):
        pair = f'"{net.port(source, link)}" . "{net.port(target, link)}"'
        if 'cut' in found or 'delay' in found or found['loss'] == 100:
            dropped.append(pair)
        else:
            lossy.setdefault(found['loss'], []).append(pair)
    lines = [f'iifname . oifname {{ {", ".join(dropped)} }} drop'] if dropped else []
    for percent, pairs in lossy.items():
        share = max(1, round(percent * 1000))
        lines.append(f'iifname . oifname {{ {", ".join(pairs)} }} numgen random mod 100000 < {share} drop')
    head = ['add table bridge lab', 'delete table bridge lab', 'table bridge lab {', 'chain pass {',
            'type filter hook forward priority 0; policy accept;']
    return '\n'.join([*head, *lines, '}', '}', ''])


def delays(record, ports):
    """What the relay has to carry; a cut way carries nothing."""
    return [{'from': net.port(source, link), 'to': net.port(target, link), 'mac': net.mac(record, target, link),
             'delay_ms': found['delay'][0], 'jitter_ms': found['delay'][1], 'loss_percent': found.get('loss', 0)}
            for source, target, link, found in ways(record)
            if 'delay' in found and 'cut' not in found and {net.port(source, link), net.port(target, link)} <= ports]


def apply(record):
    """Make the network what the record says. The new relay runs before the old one ends: nothing is lost for that."""
    prune(record)
    switch = net.Switch(record)
    wanted = delays(record, switch.ports()) if any(fault['kind'] == 'delay' for fault in record['faults']) else []
    old = Process.from_record(record['relay'])
    record['relay'] = start_relay(record, switch, wanted) if wanted else None
    switch.filter(rules(record))
    if old:
        old.kill()


def start_relay(record, switch, wanted):
    path = group.make(record['name'], 'switch')
    child = subprocess.Popen(switch.command([sys.executable, '-I', '-S', RELAY, path or '']), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    child.stdin.write(json.dumps(wanted))
    child.stdin.close()
    line = child.stdout.readline() if select.select([child.stdout], [], [], 10)[0] else ''
    child.stdout.close()
    if not line.strip().isdigit():
        child.kill()
        child.wait()
        raise LabError('the relay that delays frames does not start: see the message above')
    child.wait()
    return Process(int(line)).record()


def check_percent(value):
    if not 0 <= value <= 100:
        raise UsageError(f'a loss of {value:g} per cent makes no sense: give 0 to 100')
    return value


def check_delay(delay_ms, jitter_ms):
    if not 0 <= jitter_ms <= delay_ms <= 60000:
        raise UsageError(f'a delay of {delay_ms:g} ms with a jitter of {jitter_ms:g} ms makes no sense: '
                         'give 0 to 60000 ms, and a jitter not above it')
    return [delay_ms, jitter_ms]
