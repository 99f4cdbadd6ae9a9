# SPDX-License-Identifier: MIT
"""Whatever one of vfiocfg, mdevctl and driverctl does to a machine, the others report the same. Runs inside of witness."""
import json
import os
import re
import sys

import world
from world import apply, case, driverctl, mdevctl, read, same, sim

MACHINE = sys.argv[1]
S390 = MACHINE != "x86"
GPU = "0000:65:00.0"
FREE = "0.0.0313"
UUID = "7e270a25-e163-4922-af60-757fc8ed48c6"
OTHER = "0b5c4be0-3d9c-4d0c-9a7e-7f2a8d1c0e01"
MATRIX = "669d9b23-fe1b-4ecb-be08-a2fabca99b71"


def example():
    """The edits file in README.md."""
    readme = read(os.path.join(os.environ["SOURCE_DIR"], "README.md")).decode()
    return json.loads(re.search(r"```json\n(.*?)```", readme, re.S).group(1))


def only(*machines):
    """A case of these machines alone."""
    return case if MACHINE in machines else lambda function: function



@case
def the_machine_as_it_is_looks_the_same_to_all():
    world.agree()


@only("lpar", "lpar72")
def the_well_known_example_is_the_same_to_all():
    before = {u for u in world.mdevctl_active()}
    apply(example())
    same("started", {*before, UUID, MATRIX}, {u for u in world.mdevctl_active()})
    same("override", "vfio_ccw", dict(x.split() for x in driverctl("-b", "css", "list-overrides").splitlines())[FREE])
    world.agree()


@only("lpar", "lpar72")
def a_definition_only_and_an_active_one_only_are_the_same_to_all():
    apply({"mdevs": [{"uuid": MATRIX, "active": False}, {"uuid": UUID, "persist": False, "active": False},
                     {"uuid": OTHER, "parent": "0.0.0316", "type": "vfio_ccw-io", "start": "manual", "defined": True,
                      "active": False}]})
    world.agree()
    apply({"mdevs": [{"uuid": OTHER, "active": True}, {"uuid": UUID, "start": "manual", "active": True}]})
    world.agree()


@only("lpar", "lpar72")
def a_device_given_back_is_the_same_to_all():
    apply({"mdevs": [{"uuid": OTHER, "delete": True}], "drivers": {"css/0.0.0316": None}})
    same("file", None, world.persisted().get(("css", "0.0.0316")))
    world.agree()


@only("x86")
def functions_and_mediated_devices_of_functions_are_the_same_to_all():
    apply({"drivers": {"pci/0000:17:00.0": "vfio-pci", "pci/0000:17:00.1": "vfio-pci",
                       "pci/0000:17:00.2": "vfio-pci", "pci/0000:17:00.3": "vfio-pci",
                       "pci/0000:3b:00.1": {"driver": "vfio-pci", "persist": False}},
           "mdevs": [{"uuid": UUID, "parent": GPU, "type": "nvidia-470", "start": "auto", "active": True},
                     {"uuid": OTHER, "parent": GPU, "type": "nvidia-468", "start": "manual", "active": False,
                      "attrs": [{"vgpu_params": 'plugin0.a="b\\c/d"'}, {"b": ""}, {"vgpu_params": "again"}]}]},
          overrides=("0000:17:00.0", "0000:17:00.1"))
    world.agree()


@only("x86")
def what_is_given_back_is_the_same_to_all():
    apply({"drivers": {**{f"pci/0000:17:00.{n}": None for n in range(4)}, "pci/0000:3b:00.1": None,
                       "pci/0000:60:00.0": {"driver": None, "persist": False}},
           "mdevs": [{"uuid": UUID, "active": False, "start": "manual"}, {"uuid": OTHER, "active": False}]})
    world.agree()


def by_mdevctl(parent, mdev_type, attr):
    """Each step of mdevctl's own, looked at after it."""
    mdevctl("define", "-u", "00000000-0000-4000-8000-0000000000aa", "-p", parent, "-t", mdev_type, "-a")
    yield
    mdevctl("modify", "-u", "00000000-0000-4000-8000-0000000000aa", "--addattr", attr[0], "--value", attr[1])
    yield
    mdevctl("modify", "-u", "00000000-0000-4000-8000-0000000000aa", "--addattr", attr[0], "--value", "/\"\\\x7f\té", "--index", "0")
    yield
    mdevctl("modify", "-u", "00000000-0000-4000-8000-0000000000aa", "--manual")
    yield
    mdevctl("modify", "-u", "00000000-0000-4000-8000-0000000000aa", "--delattr", "--index", "0")
    mdevctl("modify", "-u", "00000000-0000-4000-8000-0000000000aa", "--delattr")
    yield
    mdevctl("start", "-u", "00000000-0000-4000-8000-0000000000aa")
    yield
    mdevctl("undefine", "-u", "00000000-0000-4000-8000-0000000000aa")
    yield
    mdevctl("stop", "-u", "00000000-0000-4000-8000-0000000000aa")
    yield


@only("x86", "lpar")
def what_mdevctl_does_is_shown_and_survives_an_edit_of_something_else():
    parent, mdev_type = (FREE, "vfio_ccw-io") if S390 else (GPU, "nvidia-470")
    if S390:
        for uuid in [u for u, (p, _, _) in world.mdevctl_active().items() if p == FREE]:
            apply({"mdevs": [{"uuid": uuid, "delete": True}]})
        driverctl("-b", "css", "set-override", FREE, "vfio_ccw")
    path = world.definition(parent, "00000000-0000-4000-8000-0000000000aa")
    flip = True
    for _ in by_mdevctl(parent, mdev_type, ("vgpu_params", "a=1")):
        bytes_before = read(path) if os.path.exists(path) else None
        something_else(flip)
        flip = not flip
        same("bytes after an edit of something else", bytes_before, read(path) if os.path.exists(path) else None)
        world.agree()


def something_else(flip):
    """An edit beside; done and taken back in turn."""
    name = "css/0.0.0318" if S390 else "pci/0000:60:00.0"
    apply({"drivers": {name: ("vfio_ccw" if S390 else "vfio-pci") if flip else None}})


@only("x86", "lpar")
def what_driverctl_does_is_shown_and_survives_an_edit_of_something_else():
    bus, device, driver = ("css", "0.0.0317", "vfio_ccw") if S390 else ("pci", "0000:3b:00.1", "vfio-pci")
    path = f"{world.DRIVERCTL_DIR}/{bus}-{device}"
    for words in (("set-override", device, driver), ("--nosave", "unset-override", device),
                  ("--noprobe", "set-override", device, "none"), ("unset-override", device)):
        driverctl("-b", bus, *words)
        bytes_before = read(path) if os.path.exists(path) else None
        something_else(True)
        something_else(False)
        same("bytes after an edit of something else", bytes_before, read(path) if os.path.exists(path) else None)
        world.agree()


@case
def a_boot_looks_the_same_to_all():
    sim("reboot")
    world.agree()


@only("lpar", "lpar72")
def a_matrix_made_by_mdevctl_is_the_same_to_all():
    uuid = "00000000-0000-4000-8000-0000000000bb"
    mdevctl("define", "-u", uuid, "-p", "matrix", "-t", "vfio_ap-passthrough")
    for attr, value in (("assign_adapter", "0x14"), ("assign_domain", "171"), ("assign_control_domain", "0xab")):
        mdevctl("modify", "-u", uuid, "--addattr", attr, "--value", value)
    world.agree()
    mdevctl("start", "-u", uuid)
    world.agree()
    mdevctl("stop", "-u", uuid)
    mdevctl("undefine", "-u", uuid)
    world.agree()


world.main()
