# SPDX-License-Identifier: GPL-2.0-or-later
"""known.py - where Pacemaker 3 decides or speaks otherwise than 2.1.5: a difference to Debian's that is none of ours.

TEXTS are the same decision in other words: both sides are brought to one form. REASONS are other decisions: each has a
rule that recognises the cluster that it can happen in, and what of the output it may touch; a difference anywhere else
counts. Ours and Pacemaker's main decide alike in the clusters in which these were found.
"""
import re
import xml.etree.ElementTree as ET

TEXTS = (
    # Score lines name other functions, and are not in every one of them.
    (r'^(pcmk__\w+|native|group|clone|bundle)_(allocate|assign|color)\b', r'\1_assign'),
    # Maintenance is told apart from being unmanaged, and uniqueness is told.
    (r'\b(unmanaged|maintenance)\b', 'unmanaged'),
    (r'\(unmanaged, disabled\)', '(disabled, unmanaged)'),
    (r' \(unique\)', ''),
    (r'\bunique, |, unique\b', ''),
    # What agents' exit codes mean is written with a capital.
    (r'\((Not installed|Invalid parameter|Not configured|Insufficient privileges|Error occurred|Not running|'
     r'Unimplemented|Fatal error|Done|Error|Timed out|Unknown|Not supported|Cancelled|Pending|No agent)',
     lambda m: m.group(0).lower()),
)
# A promoted role that no node has, has no score in 2.1.5 ("on none") and -INFINITY in 3 ("(inactive)").
DROPPED = re.compile(r'promotion score (on none|\(inactive\))')


def plain(lines):
    found = []
    for line in lines:
        if DROPPED.search(line):
            continue
        for pattern, form in TEXTS:
            line = re.sub(pattern, form, line)
        found.append(line)
    return found


def is_member_colocated(document):
    """Whether a colocation names a member of a group, and not the group."""
    root = ET.fromstring(document)
    members = {p.get('id') for group in root.iter('group') for p in group.iter('primitive')}
    named = {e.get(name) for tag, name in (('rsc_colocation', 'rsc'), ('rsc_colocation', 'with-rsc'),
                                           ('resource_ref', 'id')) for e in root.iter(tag)}
    return bool(members & named) and '<rsc_colocation ' in document


# (reason, what of the document it needs, what lines of the difference it covers). One element of these kinds touches
# whatever is placed after it, so that those which decide places cover all lines.
REASONS = (
    ('bundles: replicas are placed as instances are, and probed and ordered otherwise since 2.1.6', r'<bundle ', r''),
    ('unique clones: instances keep their nodes since 2.1.7 (clone-recover-no-shuffle)', r'globally-unique', r''),
    ('remote nodes: probes and fencing of guests and remotes are ordered otherwise', r'type="remote"|remote-node', r''),
    ('instances: those that run are placed first, and what is with or after them follows (clone-recover-no-shuffle)',
     r'<clone ', r''),
    ('groups: what a member is with counts for the group (coloc-with-inner-group-member)', is_member_colocated, r''),
    ('groups: a member that does not run starts after those behind it have stopped', r'<group ',
     r'^"\S+_stop_0 [^"]*" -> "\S+_start_0 [^"]*" \[ style = dashed\]$'),
    ('maintenance: what runs in two places, one of them in maintenance, is no longer watched in the other',
     r'"maintenance"', r'(?i)cancel|_monitor_[1-9]|monitor='),
    ('groups: members are counted once in the colocations of their group (group-anticolocation)',
     r'(?s)<group .*<rsc_colocation ', r'allocation score on|stonith'),
    ('colocations: what those count that are with a resource in turn (colocation-vs-stickiness)',
     r'<rsc_colocation ', r'allocation score on'),
    ('rules: a node that lacks the score-attribute gets no score by the rule, where it was -INFINITY',
     r' score-attribute=', r''),
    ('fencing: a node whose resource cannot be stopped is fenced once more, without a chain', r'class="stonith"',
     r'stonith|Fenc|_stopped_|_start_|Stopped|Started|UNCLEAN|Online|OFFLINE|action:|Transition|Restart|Recover|Move|'
     r'Stop'),
)


def reason(document, difference):
    """Why Pacemaker 3 differs from 2.1.5 in these lines of a unified difference; None: it must not. Of several such
    differences in one cluster each line must be covered by one that can happen in it."""
    lines = [line[1:] for line in difference if re.match(r'[-+](?!--|\+\+)', line)]
    possible = [(why, covered) for why, needed, covered in REASONS
                if (needed(document) if callable(needed) else re.search(needed, document))]
    for why, covered in possible:
        if all(re.search(covered, line) for line in lines):
            return why
    found = {line: next((why for why, covered in possible if re.search(covered, line)), None) for line in lines}
    return None if None in found.values() else ' and '.join(dict.fromkeys(found.values())) or None
