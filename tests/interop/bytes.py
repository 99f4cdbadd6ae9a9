# SPDX-License-Identifier: MIT
"""Files which vfiocfg writes are those which mdevctl and driverctl write for the same content. Runs inside of witness."""
import os
import random

import world
from world import apply, case, definition, driverctl, mdevctl, read, same

GPU = "0000:65:00.0"
TYPE = "nvidia-470"
OURS = "11111111-0000-4000-8000-000000000001"
THEIRS = "22222222-0000-4000-8000-000000000002"


def by_mdevctl(start, attrs):
    mdevctl("define", "-u", THEIRS, "-p", GPU, "-t", TYPE, *(["-a"] if start == "auto" else []))
    for name, value in attrs:
        mdevctl("modify", "-u", THEIRS, "--addattr", name, f"--value={value}")
    data = read(definition(GPU, THEIRS))
    mdevctl("undefine", "-u", THEIRS)
    return data


def by_vfiocfg(start, attrs):
    apply({"mdevs": [{"uuid": OURS, "parent": GPU, "type": TYPE, "start": start, "active": False, "live": False,
                      "attrs": [{name: value} for name, value in attrs]}]})
    data = read(definition(GPU, OURS))
    apply({"mdevs": [{"uuid": OURS, "delete": True}]})
    return data


def compare(start, attrs):
    same(f"the file of {start} {attrs}", by_mdevctl(start, attrs), by_vfiocfg(start, attrs))


@case
def a_definition_without_attributes_is_the_same_file():
    compare("auto", [])
    compare("manual", [])


@case
def attributes_in_any_order_and_twice_are_the_same_file():
    compare("auto", [("assign_domain", "0xab"), ("assign_adapter", "5"), ("assign_domain", "4"), ("assign_domain", "4"), ("b", "")])


@case
def every_character_is_escaped_the_same():
    compare("manual", [("a", "".join(map(chr, range(1, 0x30)))), ("b", "/\\\"'<>&\x7f\x80\u2028\ufeffé\U0001f600")])


@case
def random_attributes_are_the_same_file():
    dice = random.Random(int(os.environ.get("SEED", "1")))
    letters = "aZ09_-./\\\"'\t\n\r\b\f\x01\x1f\x7f é\u20ac{}[]:,$%"
    for _ in range(int(os.environ.get("ROUNDS", "20")) // 4):
        compare(dice.choice(("auto", "manual")),
                [("n" + "".join(dice.choice("abc_.-\"\\é") for _ in range(dice.randrange(5))),
                  "".join(dice.choice(letters) for _ in range(dice.randrange(20)))) for _ in range(dice.randrange(6))])


@case
def a_change_of_a_file_of_mdevctls_is_the_same_file():
    mdevctl("define", "-u", THEIRS, "-p", GPU, "-t", TYPE, "-a")
    mdevctl("modify", "-u", THEIRS, "--addattr", "a", "--value", "1/2")
    apply({"mdevs": [{"uuid": THEIRS, "start": "manual"}]})
    ours = read(definition(GPU, THEIRS))
    mdevctl("modify", "-u", THEIRS, "--auto")
    mdevctl("modify", "-u", THEIRS, "--manual")
    same("the file", read(definition(GPU, THEIRS)), ours)
    same("mode", 0o644, os.stat(definition(GPU, THEIRS)).st_mode & 0o777)
    mdevctl("undefine", "-u", THEIRS)


@case
def the_commands_it_exports_make_the_same_file():
    edit = {"uuid": OURS, "parent": GPU, "type": TYPE, "start": "manual", "active": False,
            "attrs": [{"a": "-x"}, {"b": "it's \"$HOME\" \\"}]}
    apply({"mdevs": [edit]})
    ours, commands = read(definition(GPU, OURS)), world.vfiocfg("export", "--as", "commands", OURS)
    apply({"mdevs": [{"uuid": OURS, "delete": True}]})
    world.run("sh", "-e", "-c", commands, rc=0)
    same("the file", ours, read(definition(GPU, OURS)))


@case
def a_driver_override_is_the_same_file():
    path = f"{world.DRIVERCTL_DIR}/pci-0000:3b:00.1"
    driverctl("set-override", "0000:3b:00.1", "vfio-pci")
    theirs, mode = read(path), os.stat(path).st_mode
    driverctl("unset-override", "0000:3b:00.1")
    same("gone", False, os.path.exists(path))
    apply({"drivers": {"pci/0000:3b:00.1": "vfio-pci"}})
    same("the file", (theirs, mode), (read(path), os.stat(path).st_mode))


world.main()
