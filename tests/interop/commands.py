# SPDX-License-Identifier: MIT
"""The commands that are exported do what `apply` does. Runs inside of witness.

Two machines of one kind stand side by side. On one the exported script is run by sh, with the real mdevctl and driverctl (and
a chzdev as its source has it, since no package brings one here); on the other the same edits are committed. After each wish
the two machines, files included, must be equal.
"""
import json
import os
import re
import subprocess
import sys

import world
from world import ROOT, VFIOCFG, case, read, run, same

MACHINE = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
OTHER = os.path.join(os.path.dirname(ROOT), "other")
FIRST = "00000000-0000-4000-8000-0000000000a1"
SECOND = "00000000-0000-4000-8000-0000000000a2"
MATRIX = "00000000-0000-4000-8000-0000000000b1"
OTHER_MATRIX = "00000000-0000-4000-8000-0000000000b2"
GPU = "0000:65:00.0"


def lay_over_etc(places):
    """A minimal host has not all directories: made in a layer that only this test sees."""
    layer = os.path.join(os.path.dirname(ROOT), "etc")
    os.mkdir(layer)
    run("mount", "-t", "tmpfs", "tmpfs", layer, rc=0)
    for name in ("upper", "work"):
        os.mkdir(f"{layer}/{name}")
    if run("mount", "-t", "overlay", "-o", f"lowerdir=/etc,upperdir={layer}/upper,workdir={layer}/work", "overlay", "/etc").rc:
        print(f"1..0 # SKIP one of {' '.join(places)} is missing, and there is no overlay to make it in")
        sys.exit(0)
    for place in places:
        os.makedirs(place, exist_ok=True)
    for place in (world.MDEVCTL_DIR, world.DRIVERCTL_DIR):  # what was mounted there is below the layer now
        run("mount", "--bind", ROOT + place, place, rc=0)


def mount_both():
    """The other machine, and the places of this one's files where commands expect them."""
    os.mkdir(OTHER)
    run(os.environ["SIMFS"], "--daemon", MACHINE, OTHER, rc=0)
    for root in (ROOT, OTHER):
        for place in ("/etc/driverctl.d", "/etc/mdevctl.d/scripts.d/callouts", "/etc/mdevctl.d/scripts.d/notifiers",
                      "/etc/modules-load.d", "/etc/udev/rules.d"):
            os.makedirs(root + place, exist_ok=True)
    places = ("/etc/modules-load.d", "/etc/udev/rules.d")
    if not all(map(os.path.isdir, places)):
        lay_over_etc(places)
    for place in places:
        run("mount", "--bind", ROOT + place, place, rc=0)


# What is no part of a machine's state: this program's own records, the order in which things happened, and directories
# that mdevctl leaves empty.
PASSING = re.compile(r"\w+ (/var|/run/lock|/\.sim/events|/\.sim/past)")


def machine(root):
    """Everything of a machine, line by line."""
    path = os.path.join(os.path.dirname(ROOT), "saved")
    with open(root + "/.sim", "w") as f:
        f.write("save " + path)
    lines = [line for line in read(path).decode().splitlines() if not PASSING.match(line)]
    return [line for line in lines
            if not (line.startswith("dir /etc/") and not any(x.split(" ")[1].startswith(line[4:] + "/") for x in lines))]


def compare():
    script, applied = machine(ROOT), machine(OTHER)
    if script != applied:
        lost, gained = sorted(set(applied) - set(script)), sorted(set(script) - set(applied))
        raise world.Differs("only applied:\n" + "\n".join(lost[:12]) + "\nonly by commands:\n" + "\n".join(gained[:12]))


def run_script(edits):
    text = run(VFIOCFG, "--root", ROOT, "export", "--as", "commands", "--with", "-", text=edits, rc=0).out
    path = os.path.join(os.path.dirname(ROOT), "script")
    with open(path, "w") as f:
        f.write(text)
    environment = {**os.environ, "PATH": os.path.join(HERE, "standin") + ":" + os.environ["PATH"]}
    done = subprocess.run(["sh", path], capture_output=True, text=True, env=environment)
    if done.returncode or done.stderr:
        raise world.Differs(f"the script ended with {done.returncode}: {done.stderr}\n{text}")


def both(edits, overrides=()):
    text = json.dumps({"vfiocfg-edits": 1, **edits})
    run_script(text)
    words = [w for o in overrides for w in ("--override", o)]
    run(VFIOCFG, "--root", OTHER, "--live", "apply", "-", "--yes", *words, text=text, rc=0)
    compare()


def history():
    return json.loads(run(VFIOCFG, "--root", OTHER, "history", "--format", "json", rc=0).out)["commits"]


def undo(number, overrides=()):
    """The commit's undo as commands on one machine, by its word on the other."""
    record = json.loads(read(f"{OTHER}/var/lib/vfiocfg/history/{number:04}.json"))
    run_script(record["undo"])
    words = [w for o in overrides for w in ("--override", o)]
    run(VFIOCFG, "--root", OTHER, "--live", "undo", str(number), "--yes", *words, rc=0)
    compare()


def only(*machines):
    return case if MACHINE in machines else lambda function: function


z = only("lpar", "lpar72")


@case
def both_machines_are_equal_at_first():
    compare()


@z
def the_well_known_example_is_the_same_and_so_is_its_undo():
    readme = read(os.path.join(os.environ["SOURCE_DIR"], "README.md")).decode()
    both(json.loads(re.search(r"```json\n(.*?)```", readme, re.S).group(1)))
    undo(len(history()))


@z
def a_device_that_is_online_is_the_same():
    both({"drivers": {"css/0.0.030c": "vfio_ccw"}})
    both({"drivers": {"css/0.0.030c": None}})


@z
def a_driver_for_now_and_one_for_the_next_boot_are_the_same():
    both({"drivers": {"css/0.0.0316": {"driver": "vfio_ccw", "persist": False},
                      "css/0.0.0317": {"driver": "vfio_ccw", "live": False}}})
    both({"drivers": {"css/0.0.0316": None, "css/0.0.0317": None}})


@z
def a_definition_its_start_its_change_and_its_end_are_the_same():
    mdev = {"uuid": FIRST, "parent": "0.0.0313", "type": "vfio_ccw-io"}
    both({"mdevs": [{**mdev, "start": "manual", "active": False}]})
    both({"mdevs": [{"uuid": FIRST, "start": "auto"}]})
    both({"mdevs": [{"uuid": FIRST, "active": True}]})
    both({"mdevs": [{"uuid": FIRST, "active": False}]})
    both({"mdevs": [{"uuid": FIRST, "delete": True}], "drivers": {"css/0.0.0313": None}})


@z
def a_matrix_that_grows_shrinks_and_goes_is_the_same():
    both({"mdevs": [{"uuid": MATRIX, "parent": "matrix", "type": "vfio_ap-passthrough", "start": "auto", "active": True,
                     "adapters": ["0x05"], "domains": ["0x0004"], "control-domains": ["0x0004"]}]})
    both({"mdevs": [{"uuid": MATRIX, "adapters": ["0x05", "0x06"], "domains": ["0x0004", "0x00ab"]}]})
    both({"mdevs": [{"uuid": MATRIX, "adapters": ["0x06"], "domains": ["0x00ab"], "control-domains": []}]})
    both({"mdevs": [{"uuid": MATRIX, "delete": True}]})


@z
def a_matrix_for_the_next_boot_and_one_for_now_are_the_same():
    matrix = {"parent": "matrix", "type": "vfio_ap-passthrough"}
    both({"mdevs": [{**matrix, "uuid": MATRIX, "start": "auto", "live": False, "active": False,
                     "adapters": ["0x05"], "domains": ["0x0005"]},
                    {**matrix, "uuid": OTHER_MATRIX, "persist": False, "active": True,
                     "adapters": ["0x05"], "domains": ["0x0042"]}]})
    both({"mdevs": [{"uuid": MATRIX, "delete": True}, {"uuid": OTHER_MATRIX, "delete": True}]})


@z
def masks_and_what_they_were_before_are_the_same():
    both({"ap": {"guest-queues": ["05.0004", "05.0005", "05.0042", "05.00ab"]}})
    undo(len(history()))


@only("lpar72")
def queues_by_override_are_the_same():
    running = "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"
    for root in (ROOT, OTHER):
        with open(root + "/.sim", "w") as f:
            f.write("release " + running)
    both({"mdevs": [{"uuid": running, "active": False}]}, ("mdev/" + running,))
    both({"ap": {"mode": "override", "guest-queues": ["06.0005"]}})
    undo(len(history()))


@only("x86")
def functions_and_mediated_devices_of_functions_are_the_same():
    both({"drivers": {"pci/0000:17:00.0": "vfio-pci", "pci/0000:17:00.1": "vfio-pci", "pci/0000:17:00.2": "vfio-pci",
                      "pci/0000:17:00.3": "vfio-pci", "pci/0000:3b:00.1": {"driver": "vfio-pci", "persist": False}}},
         ("0000:17:00.0", "0000:17:00.1"))
    both({"mdevs": [{"uuid": FIRST, "parent": GPU, "type": "nvidia-470", "start": "auto", "active": True},
                    {"uuid": SECOND, "parent": GPU, "type": "nvidia-468", "start": "manual", "active": False,
                     "attrs": [{"vgpu_params": "plugin0.a=\"it's $HOME\\n\" # &"}, {"vgpu_params": "again"}]}]})
    both({"mdevs": [{"uuid": SECOND, "attrs": [{"vgpu_params": "-1"}]}, {"uuid": FIRST, "start": "manual"}]})
    both({"mdevs": [{"uuid": SECOND, "delete": True}, {"uuid": FIRST, "active": False}]})
    both({"drivers": {**{f"pci/0000:17:00.{n}": None for n in range(4)}, "pci/0000:3b:00.1": None}})


@only("x86")
def virtual_functions_are_the_same_and_so_is_their_end():
    both({"sriov": {"pci/0000:3b:00.1": 2}})
    undo(len(history()))


@case
def everything_taken_back_at_once_is_the_same():
    numbers = [c["number"] for c in history() if c["result"] == "committed"]
    for number in reversed(numbers[-2:]):
        record = json.loads(read(f"{OTHER}/var/lib/vfiocfg/history/{number:04}.json"))
        if run(VFIOCFG, "--root", OTHER, "plan", "-", text=record["undo"]).rc == 10:
            undo(number)


mount_both()
world.main()
