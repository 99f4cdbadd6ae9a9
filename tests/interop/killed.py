# SPDX-License-Identifier: MIT
"""Commits on a mounted machine killed by SIGKILL at each step and between: said first, and recovered to all or nothing. In witness."""
import json
import os
import subprocess
import time

import world
from world import Differs, ROOT, VFIOCFG, case, driver_of, mdevctl_active, mdevctl_defined, persisted, read

UUID = "00000000-0000-4000-8000-0000000000f1"
EDITS = json.dumps({"vfiocfg-edits": 1, "drivers": {"css/0.0.0313": "vfio_ccw"}, "ap": {"guest-queues": ["05.0004"]}, "mdevs": [
    {"uuid": UUID, "parent": "0.0.0313", "type": "vfio_ccw-io", "start": "auto", "active": True}]})
BACK = json.dumps({"vfiocfg-edits": 1, "drivers": {"css/0.0.0313": None}, "ap": {"host-queues": ["05.0004"]},
                   "mdevs": [{"uuid": UUID, "delete": True}]})
RULE = ROOT + "/etc/udev/rules.d/41-ap.rules"
LIVE = (VFIOCFG, "--root", ROOT, "--live")


def state():
    masks = [read(f"/sys/bus/ap/{name}") for name in ("apmask", "aqmask")]
    online = "/sys/bus/ccw/devices/0.0.2b09/online"
    return (driver_of("css", "0.0.0313"), driver_of("ap", "05.0004"), masks, mdevctl_active(), mdevctl_defined(), persisted(),
            read(online) if os.path.exists(online) else None, read(RULE) if os.path.exists(RULE) else None,
            read("/sys/bus/css/devices/0.0.0313/driver_override"))


def kill_after(lines, delay):
    """Starts the commit and kills it so many seconds after so many of its steps; whether it has fewer."""
    p = subprocess.Popen([*LIVE, "apply", "-", "--yes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         text=True)
    p.stdin.write(EDITS)
    p.stdin.close()
    seen = 0
    while seen < lines:
        line = p.stdout.readline()
        if not line:
            break
        seen += line.rstrip().endswith(": done")
    time.sleep(delay)
    p.kill()
    p.wait()
    return seen < lines


def recovered(before):
    """"begun": there was nothing to recover; else what became of it."""
    is_open = os.path.exists(ROOT + "/var/lib/vfiocfg/commit.json")
    said = world.run(*LIVE, "--mode", "line", text="end\n")
    if is_open and "A commit was interrupted" not in said.out:
        raise Differs(f"not said at the next start: {said}")
    ran = world.run(*LIVE, "recover")
    if ran.rc not in (0, 3) or os.path.exists(ROOT + "/var/lib/vfiocfg/commit.json"):
        raise Differs(f"recovering: {ran}")
    now = state()
    if world.run(*LIVE, "plan", "-", text=EDITS).rc == 0:
        return "finished" if is_open else "committed"
    world.same("neither as before nor committed", before, now)
    return "undone" if is_open else "not begun"


@case
def wherever_it_is_killed_recovering_leaves_all_or_nothing():
    came_to = {}
    for lines in range(12):
        for delay in (0, 0.02) if lines else (0.05, 0.3, 0.6):
            before = state()
            ended = kill_after(lines, delay)
            word = recovered(before)
            came_to[word] = came_to.get(word, 0) + 1
            if word in ("finished", "committed"):
                world.run(*LIVE, "apply", "-", "--yes", text=BACK, rc=0)
        if ended:
            break
    print(f"# {came_to}")
    if not came_to.get("undone"):
        raise Differs(f"none was killed in its midst: {came_to}")


world.main()
