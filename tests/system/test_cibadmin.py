#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cibadmin beside Debian's, on files: the same exit codes, and the same documents afterwards.

Debian's is Pacemaker 2.1.5, ours follows 3: what differs is named with each request, with its reason. A difference that
is not there any more fails too. HALE_CIBADMIN: the program under test.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = os.environ.get('HALE_CIBADMIN', f'{ROOT}/build/src/cli/cibadmin')
THEIRS = '/usr/sbin/cibadmin'
SKIPPED = 77

X = '<primitive id="x" class="ocf" provider="heartbeat" type="Dummy"/>'
Y = '<primitive id="y" class="ocf" provider="heartbeat" type="Dummy"/>'
Z = '<primitive id="z" class="ocf" provider="heartbeat" type="Dummy"/>'
TAG = '<tag id="t"><obj_ref id="x"/></tag>'
MEMBERS = f'{X}<group id="g">{Y}</group>'


def cib(version='admin_epoch="1" epoch="5" num_updates="3"', policy='stop', resources=MEMBERS):
    return (f'<cib crm_feature_set="3.15.0" validate-with="pacemaker-3.9" {version}><configuration><crm_config>'
            '<cluster_property_set id="cib-bootstrap-options">'
            f'<nvpair id="o1" name="no-quorum-policy" value="{policy}"/></cluster_property_set></crm_config>'
            f'<nodes><node id="1" uname="a"/></nodes><resources>{resources}</resources><constraints/></configuration>'
            '<status><node_state id="1" uname="a"/></status></cib>')


def patch(source, target, digest=''):
    return (f'<diff format="2"{digest}><version><source admin_epoch="1" epoch="{source}" num_updates="3"/>'
            f'<target admin_epoch="1" epoch="{target}" num_updates="0"/></version><change operation="modify" '
            'path="/cib/configuration/crm_config/cluster_property_set[@id=\'cib-bootstrap-options\']'
            '/nvpair[@id=\'o1\']">'
            '<change-list><change-attr name="value" operation="set" value="freeze"/></change-list><change-result>'
            '<nvpair id="o1" name="no-quorum-policy" value="freeze"/></change-result></change></diff>')


# What differs, and why.
SCOPE = 'Pacemaker 3 says 70 where 2.1 said 76 to a section that it does not know'
UNSCOPED = 'Pacemaker 3 says 78 where 2.1 said 105 to what does not belong below the root'
NO_XML = 'Pacemaker 3 says 65 where 2.1 said 78 to what is no XML'
COUNT = '2.1 forgets that what --allow-create creates is a change of the configuration, and counts num_updates alone'
DROPPED = 'of an older schema, ours minds only what its upgrade does not drop; it drops a group without members'
OLD_DIGEST = '2.1 makes this digest as it makes that of files'
STRICT = 'ours does not take an expression that cannot be read for one that selects nothing'
SECOND = 'ours changes the first match that has it, and not only the very first'
BY_XPATH = 'Pacemaker has no create by XPath'
DIGEST = 'ours says 104 when the digest of a patch is wrong'

# arguments, text for standard input or None, why they differ or None
REQUESTS = [
    (['-B'], None, None),
    (['-C', '-o', 'resources', '-X', Z], None, None),
    (['-C', '-o', 'resources', '-X', X], None, None),
    (['-C', '-o', 'resources', '-X', Y], None, None),
    (['-C', '-X', Z], None, UNSCOPED),
    (['-C', '-o', 'bogus', '-X', Z], None, SCOPE),
    (['-C', '-o', 'tags', '-X', TAG], None, None),
    (['-C', '-o', 'configuration', '-X', f'<tags>{TAG}</tags>'], None, None),
    (['-C', '-o', 'resources', '-p'], cib(resources=Z), None),
    (['-C', '-o', 'status', '-X', '<node_state id="2"/>'], None, None),
    (['-C', '-o', 'resources', '-X', '<primitive id="z"/>'], None, None),
    (['-C', '-A', '//group', '-X', Z], None, BY_XPATH),
    (['-C', '-x', '/dev/null'], None, NO_XML),
    (['-M', '-X', '<nvpair id="o1" value="freeze"/>'], None, None),
    (['-M', '-X', '<primitive id="nope"/>'], None, None),
    (['-M', '-c', '-o', 'resources', '-X', Z], None, COUNT),
    (['--modify', '--allow-create', '-o', 'tags', '-X', TAG], None, COUNT),
    (['-M', '-X', '<cib admin_epoch="admin_epoch++"/>'], None, None),
    (['-M', '-X', '<cib epoch="1"/>'], None, None),
    (['-M', '-X', '<cib foo="1"/>'], None, None),
    (['-M', '-o', 'status', '-X', '<node_state id="1" crmd="online"/>'], None, None),
    (['-M', '-X', '<nvpair id="o1" value="stop"/>'], None, None),
    (['-M', '-X', '<primitive id="y"><meta_attributes id="m"><nvpair id="n" name="a" value="1"/></meta_attributes>'
      '</primitive>'], None, None),
    (['-M', '-A', '//group', '-X', '<primitive id="y" description="d"/>'], None, None),
    (['-M', '-A', '//resources/*', '-X', '<primitive id="y" description="d"/>'], None, SECOND),
    (['-M', '-A', '//nope', '-X', X], None, None),
    (['-M', '-A', '//a[', '-X', X], None, STRICT),
    (['-D', '-X', '<primitive id="x"/>'], None, None),
    (['-D', '-X', '<primitive id="y"/>'], None, DROPPED),
    (['-D', '-X', '<primitive id="nope"/>'], None, None),
    (['-D', '-A', '//primitive'], None, None),
    (['-D', '-A', '//nope'], None, None),
    (['--delete-all', '--force', '--xpath=//primitive|//group'], None, None),
    (['--delete-all', '--xpath=//primitive'], None, None),
    (['-E'], None, None),
    (['-R', '-o', 'resources', '-X', '<resources/>'], None, None),
    (['--replace', '--verbose', '--xml-pipe', '--scope', 'configuration'], cib(policy='freeze'), None),
    (['-R', '-X', '<primitive id="x" class="ocf" provider="pacemaker" type="Dummy"/>'], None, None),
    (['-R', '-X', '<primitive id="nope"/>'], None, None),
    (['-R', '-o', 'tags', '-X', '<tags/>'], None, None),
    (['-R', '-p'], cib(version='admin_epoch="1" epoch="9" num_updates="3"', policy='freeze'), None),
    (['-R', '-p'], cib(version='admin_epoch="1" epoch="4" num_updates="3"', policy='freeze'), None),
    (['-P', '-p'], patch(5, 6), None),
    (['-P', '-p'], patch(4, 5), None),
    (['-P', '-p'], patch(7, 8), None),
    (['-P', '-p'], patch(5, 6, ' digest="00"'), DIGEST),
    (['-Q'], None, None),
    (['-Ql'], None, None),
    (['-Q', '-A', '//primitive'], None, None),
    (['-Q', '-A', '//primitive[@id="x"]'], None, None),
    (['-Q', '-A', '//nope'], None, None),
    (['-Q', '-o', 'tags'], None, None),
    (['-Q', '-o', 'nodes'], None, None),
    (['-Q', '-e', '-A', '//primitive'], None, None),
    (['-5', '-X', '<cib/>'], None, None),
    (['-6', '-X', '<cib/>'], None, OLD_DIGEST),
    (['-u'], None, None),
]


def canonical(text):
    if not text.startswith('<'):
        return text
    return ElementTree.canonicalize(text, strip_text=True)


def outcome(program, arguments, text, folder):
    """(exit code, standard output, the document afterwards)"""
    path = os.path.join(folder, 'cib.xml')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(cib())
    p = subprocess.run([program, *arguments], input=text or '', stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       text=True, env={**os.environ, 'CIB_file': path}, check=False)
    with open(path, encoding='utf-8') as f:
        after = f.read()
    # 2.1 stamps the file when it writes it
    root = ElementTree.fromstring(after)
    for name in ('cib-last-written', 'update-origin', 'update-client', 'update-user'):
        root.attrib.pop(name, None)
    return p.returncode, canonical(p.stdout), ElementTree.canonicalize(ElementTree.tostring(root), strip_text=True)


class Cibadmin(unittest.TestCase):
    def test_requests(self):
        with tempfile.TemporaryDirectory() as folder:
            for arguments, text, why in REQUESTS:
                with self.subTest(arguments=arguments, text=text):
                    ours, theirs = (outcome(p, arguments, text, folder) for p in (OURS, THEIRS))
                    if ours[0] != 0:  # what went wrong is told in other words
                        ours, theirs = (ours[0], ours[2]), (theirs[0], theirs[2])
                    if why is None:
                        self.assertEqual(ours, theirs)
                    else:
                        self.assertNotEqual(ours, theirs, f'no longer true: {why}')

    def test_pipe(self):
        """A configuration may come by a descriptor, as from a shell's <(…)."""
        command = f'CIB_file=/dev/fd/3 "{OURS}" -Q -o nodes 3< <(cat "$0")'
        with tempfile.NamedTemporaryFile('w', suffix='.xml') as f:
            f.write(cib())
            f.flush()
            p = subprocess.run(['bash', '-c', command, f.name], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(p.returncode, 0)
        self.assertEqual(canonical(p.stdout.strip()), '<nodes><node id="1" uname="a"></node></nodes>')


if __name__ == '__main__':
    if not os.path.exists(THEIRS) or shutil.which('bash') is None:
        print("Debian's cibadmin is not here: nothing to compare with")
        sys.exit(SKIPPED)
    unittest.main()
