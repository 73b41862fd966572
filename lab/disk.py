# SPDX-License-Identifier: GPL-2.0-or-later
"""What a host writes: copy-on-write trees over the machine's own, kept in the lab's folder, and disks that are full.

Trees that hold the machine's own cluster, its logs and identity start empty in a host: the folders are there with their
owners and modes, the files are not.
"""
import os
import shutil

TREES = ['/etc', '/home', '/mnt', '/opt', '/root', '/srv', '/tmp', '/usr', '/var']
FRESH_AT_BOOT = ['/tmp']
EMPTY = ['/etc/corosync', '/etc/pacemaker', '/etc/hale', '/etc/drbd.d', '/etc/booth', '/var/lib/corosync',
         '/var/lib/pacemaker', '/var/lib/pcsd', '/var/lib/hale', '/var/lib/drbd', '/var/log', '/var/spool/cron']
ON_DISK = {'ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'bcachefs', 'overlay'}


def trees():
    """The trees to cover, parents first: the list above and every disk that is mounted below one of them."""
    found = {tree for tree in TREES if os.path.isdir(tree) and not os.path.islink(tree)}
    with open('/proc/self/mountinfo') as file:
        for line in file:
            left, _, right = line.partition(' - ')
            place = left.split()[4].encode().decode('unicode_escape')
            if right.split()[0] in ON_DISK and any(place.startswith(tree + '/') for tree in TREES) \
                    and os.path.isdir(place) and '/hale-lab/' not in place:
                found.add(place)
    return sorted(found)


def layer(disk, tree, part):
    return f'{disk}/{tree.strip("/").replace("/", "-")}/{part}'


def prepare(disk):
    """Make the folders of a host's disk; what is there already stays, except what every boot begins afresh."""
    for tree in FRESH_AT_BOOT:
        shutil.rmtree(os.path.dirname(layer(disk, tree, 'upper')), ignore_errors=True)
    covered = trees()
    new = not os.path.isdir(disk)
    for tree in covered:
        for part in ('upper', 'work'):
            os.makedirs(layer(disk, tree, part), exist_ok=True)
        copy_mode(tree, layer(disk, tree, 'upper'))
    if new:
        for folder in EMPTY:
            if os.path.isdir(folder):
                make_empty(disk, folder, [tree for tree in covered if folder.startswith(tree + '/')][-1])
    return covered


def copy_mode(source, target):
    status = os.stat(source)
    os.chown(target, status.st_uid, status.st_gid)
    os.chmod(target, status.st_mode & 0o7777)


def make_empty(disk, folder, tree):
    """Hide the machine's files in `folder`: an opaque folder in the upper layer, with the same folders in it."""
    upper = layer(disk, tree, 'upper')

    def mirror(path):
        target = upper + path[len(tree):]
        os.makedirs(target, exist_ok=True)
        copy_mode(path, target)

    parts = folder[len(tree):].strip('/').split('/')
    for depth in range(1, len(parts)):
        mirror(f'{tree}/' + '/'.join(parts[:depth]))
    for path, _, _ in os.walk(folder):
        mirror(path)
    os.setxattr(upper + folder[len(tree):], 'trusted.overlay.opaque', b'y')


def forget(disk):
    shutil.rmtree(disk, ignore_errors=True)


# Both scripts run inside the host. The content moves to a tmpfs that then shrinks to what it holds: not a byte is free.
FILL = '''
set -e
room=/dev/lab/full/$1 path=$2
[ -d "$path" ] || { echo "$path: no such folder" >&2; exit 3; }
trap 'umount -l "$room" 2>/dev/null || :' EXIT
mkdir -p "$room"
mount -t tmpfs -o mode=755 tmpfs "$room"
mkdir "$room/content"
cp -a "$path/." "$room/content/"
dd if=/dev/zero of="$room/filler" bs=4096 count=1 status=none
used_kib=$(df --output=used -k "$room" | tail -n 1 | tr -d ' ')
mount -o "remount,size=${used_kib}k" "$room"
mount --bind "$room/content" "$path"
trap - EXIT
'''
DRAIN = '''
set -e
room=/dev/lab/full/$1 path=$2
umount -l "$path"
find "$path" -xdev -mindepth 1 -delete
cp -a "$room/content/." "$path/"
umount -l "$room"
rmdir "$room"
'''
