# SPDX-License-Identifier: GPL-2.0-or-later
"""The record of a lab on disk: one folder a lab, `state.json` in it, changed only under a lock.

    /run/hale-lab/              HALE_LAB_DIR moves it
        .lock                   held while a lab is created or removed: no two labs get one subnet
        <lab>/state.json        what exists; replaced in one step, so readers need no lock
        <lab>/lock              held while something of the lab changes
        <lab>/disk/<host>/      what the host wrote: its persistent state
        <lab>/power/<host>/     /dev/lab/power of the host: the socket of the power switch (fence.py)
"""
import contextlib
import fcntl
import json
import os
import re
import shutil

from .error import LabError, UsageError
from .process import Process

LABS_MAX = 100
NAME = re.compile(r'[a-z][a-z0-9-]{0,30}\Z')


def run_dir():
    path = os.path.abspath(os.environ.get('HALE_LAB_DIR', '/run/hale-lab'))
    if re.search(r'[:,\\\s]', path):
        raise UsageError(f'HALE_LAB_DIR is "{path}": choose a path without blanks, colons, commas and backslashes')
    return path


def check_name(name, what):
    if not NAME.match(name):
        raise UsageError(f'"{name}" cannot name a {what}: use a small letter, then small letters, digits and "-"')
    return name


@contextlib.contextmanager
def locked(path):
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def all_labs_locked():
    os.makedirs(run_dir(), mode=0o755, exist_ok=True)
    with locked(f'{run_dir()}/.lock'):
        yield


def names():
    """Every lab of this machine, those with a broken record too."""
    try:
        return sorted(entry for entry in os.listdir(run_dir()) if NAME.match(entry))
    except FileNotFoundError:
        return []


class State:
    def __init__(self, name):
        self.name = check_name(name, 'lab')
        self.dir = f'{run_dir()}/{name}'
        self.file = f'{self.dir}/state.json'

    def exists(self):
        return os.path.exists(self.file)

    def read(self):
        try:
            with open(self.file) as file:
                return json.load(file)
        except FileNotFoundError:
            raise LabError(f'there is no lab "{self.name}": make it with "lab up 3"') from None
        except ValueError as error:
            raise LabError(f'{self.file} is damaged ({error}): remove the lab with "lab down"') from None

    def write(self, record):
        with open(f'{self.file}.new', 'w') as file:
            json.dump(record, file, indent=1)
        os.replace(f'{self.file}.new', self.file)

    @contextlib.contextmanager
    def change(self):
        """The record, for changing; it is written back also when the change fails half way."""
        if not self.exists():
            self.read()
        with locked(f'{self.dir}/lock'):
            record = self.read()
            try:
                yield record
            finally:
                self.write(record)

    def create(self, links, owner, options):
        """A new lab with a subnet that no other lab has."""
        with all_labs_locked():
            if self.exists():
                raise LabError(f'lab "{self.name}" exists: "lab add NAME" for more hosts, "lab down" to remove it, '
                               'or HALE_LAB=other for a second lab')
            taken = {State(name).index() for name in names()}
            free = [index for index in range(LABS_MAX) if index not in taken]
            if not free:
                raise LabError(f'{LABS_MAX} labs exist already: remove some with "lab gc" or "lab down"')
            os.makedirs(f'{self.dir}/disk', exist_ok=True)
            self.write({'name': self.name, 'index': free[0], 'links': links, 'switch': None, 'relay': None,
                        'fence': None,
                        'owner': owner.record() if owner else None, 'hosts': {}, 'faults': [], **options})

    def index(self):
        try:
            return self.read()['index']
        except (LabError, KeyError, TypeError):
            return None

    def owner_gone(self):
        """True when the lab has nobody: its owner died, or its record never came to be or is damaged."""
        try:
            owner = Process.from_record(self.read()['owner'])
        except (LabError, KeyError, TypeError):
            return True
        return owner is not None and not owner.alive()

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        if os.path.exists(self.dir):
            raise LabError(f'{self.dir} could not be removed: see what is in it and remove it by hand')
