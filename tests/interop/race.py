# SPDX-License-Identifier: MIT
"""Several programs at once on one mounted machine: vfiocfg with itself, with driverctl and with mdevctl. Runs inside of witness."""
import json
import os
import subprocess

import world
from world import Differs, ROOT, VFIOCFG, case, driver_of, driverctl, mdevctl, mdevctl_defined, persisted, read, sim, write

LOCK = ROOT + "/run/lock/vfiocfg.lock"
UUIDS = [f"00000000-0000-4000-8000-0000000000e{n}" for n in range(3)]


def start(edits):
    p = subprocess.Popen([VFIOCFG, "--root", ROOT, "--live", "apply", "-", "--yes"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    p.stdin.write(json.dumps({"vfiocfg-edits": 1, **edits}))
    p.stdin.close()
    return p


def end(p):
    said = p.stdout.read()
    return p.wait(), said


@case
def who_holds_the_lock_is_named_by_its_pid_and_program():
    holder = subprocess.Popen(["sleep", "60"])
    write(LOCK, f"{holder.pid}\n")
    sim(f"process {holder.pid} sleep")
    code, said = end(start({"drivers": {"css/0.0.0316": "vfio_ccw"}}))
    holder.kill()
    holder.wait()
    if code == 0 or f"{holder.pid} (sleep)" not in said or "holds the lock" not in said:
        raise Differs(f"exit {code}: {said}")
    code, said = end(start({"drivers": {"css/0.0.0316": "vfio_ccw"}}))
    if code:
        raise Differs(f"the lock of a dead process is not taken over: {said}")


@case
def of_two_at_once_each_commits_or_says_why_not():
    for _ in range(4):
        both = [start({"drivers": {f"css/0.0.03{n}": "vfio_ccw"}}) for n in (17, 18)]
        done = [end(p) for p in both]
        for n, (code, said) in zip((17, 18), done):
            there = persisted().get(("css", f"0.0.03{n}")) == "vfio_ccw"
            if there != (code == 0) or (code and "lock" not in said and "changed" not in said):
                raise Differs(f"0.0.03{n}: exit {code}, file {there}: {said}")
        if all(code for code, _ in done):
            raise Differs(f"none committed: {done}")
        world.apply({"drivers": {f"css/0.0.03{n}": None for n, (code, _) in zip((17, 18), done) if not code}})


@case
def recovering_beside_a_commit_never_undoes_it():
    for n in range(4):
        p = start({"drivers": {"css/0.0.0318": "vfio_ccw"}})
        others = [subprocess.run([VFIOCFG, "--root", ROOT, "--live", "recover"], capture_output=True, text=True)
                  for _ in range(3 + 2 * n)]
        code, said = end(p)
        for other in others:
            told = other.stdout + other.stderr
            if "lock" not in told and "no commit was interrupted" not in told.lower():
                raise Differs(f"recover: exit {other.returncode}: {told}")
        if code and "lock" not in said:
            raise Differs(f"exit {code}: {said}")
        driver = driver_of("css", "0.0.0318")
        if (driver == "vfio_ccw") != (code == 0) or (persisted().get(("css", "0.0.0318")) == "vfio_ccw") != (code == 0):
            raise Differs(f"exit {code}, driver {driver}, files {persisted()}: {said}")
        if code == 0:
            world.apply({"drivers": {"css/0.0.0318": None}})


@case
def of_two_that_recover_a_killed_commit_one_does_and_the_other_says_so():
    for n in range(6):
        p = start({"drivers": {"css/0.0.0318": "vfio_ccw"}})
        seen = 0
        while seen <= n % 3 and p.stdout.readline():
            seen += 1
        p.kill()
        p.wait()
        p.stdout.close()
        both = [subprocess.Popen([VFIOCFG, "--root", ROOT, "--live", "recover"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True) for _ in range(2)]
        done = [end(p) for p in both]
        there = driver_of("css", "0.0.0318") == "vfio_ccw", persisted().get(("css", "0.0.0318")) == "vfio_ccw"
        if there[0] != there[1] or os.path.exists(ROOT + "/var/lib/vfiocfg/commit.json"):
            raise Differs(f"driver and file: {there}: {done}")
        for code, said in done:
            if code not in (0, 3) and "lock" not in said and "no commit was interrupted" not in said.lower():
                raise Differs(f"recover: {done}")
        if there[0]:
            world.apply({"drivers": {"css/0.0.0318": None}})


def driverctl_meanwhile(device, driver):
    """driverctl sets an override while a commit about another device runs; both must stand afterwards."""
    p = start({"drivers": {"css/0.0.0319": driver}})
    driverctl("-b", "css", "set-override", device, driver)
    code, said = end(p)
    override = read(f"/sys/bus/css/devices/{device}/driver_override").decode().strip()
    found = persisted().get(("css", device)), override, driver_of("css", device)
    if found != (driver, driver, driver):
        raise Differs(f"driverctl's override of {device} is lost, file, override, driver: {found}; exit {code}: {said}")
    if (persisted().get(("css", "0.0.0319")) == driver) != (code == 0):
        raise Differs(f"0.0.0319: exit {code}, files {persisted()}: {said}")


@case
def what_driverctl_sets_meanwhile_stands_in_its_file_and_in_sysfs():
    for device in ("0.0.030f", "0.0.0310"):
        driverctl_meanwhile(device, "vfio_ccw")
        driverctl("-b", "css", "unset-override", "0.0.0319", rc=(0, 1))


@case
def what_mdevctl_does_meanwhile_is_kept():
    for uuid in UUIDS:
        p = start({"mdevs": [{"uuid": UUIDS[0][:-2] + "f" + uuid[-1], "parent": "0.0.0313", "type": "vfio_ccw-io",
                              "start": "manual", "active": False}]})
        mdevctl("define", "-u", uuid, "-p", "0.0.0313", "-t", "vfio_ccw-io")
        code, said = end(p)
        if ("0.0.0313", uuid) not in mdevctl_defined():
            raise Differs(f"mdevctl's definition {uuid} is lost: exit {code}, {said}")
        ours = os.path.exists(world.definition("0.0.0313", UUIDS[0][:-2] + "f" + uuid[-1]))
        if ours != (code == 0):
            raise Differs(f"exit {code}, ours is there: {ours}: {said}")


world.main()
