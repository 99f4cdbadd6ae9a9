# SPDX-License-Identifier: MIT
"""The Ansible role does what an edits file says, once, and nothing in check mode. Runs inside of witness."""
import json
import os
import re
import shutil
import sys
import tempfile

import world
from world import ROOT, VFIOCFG, Differs, case, driver_of, run, same

PLAYBOOK = shutil.which("ansible-playbook", path="/usr/bin:/usr/local/bin") or ""
ROLES = os.path.join(os.environ["SOURCE_DIR"], "packaging/ansible/roles")
TAPE = {"drivers": {"css/0.0.0700": "vfio_ccw"}}
BACK = {"drivers": {"css/0.0.0700": None}}
HOME = {"drivers": {"css/0.0.0002": "vfio_ccw"}}


def play(edits, *options, overrides=(), rc=0):
    """(how many tasks changed something, what was printed)"""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(ROOT)) as place:
        book = os.path.join(place, "book.yml")
        role = {"role": "vfiocfg", "vfiocfg_edits": edits, "vfiocfg_overrides": list(overrides),
                "vfiocfg_program": [VFIOCFG, "--root", ROOT, "--live"]}
        with open(book, "w") as f:
            json.dump([{"hosts": "all", "gather_facts": False, "roles": [role]}], f)
        os.environ.update(ANSIBLE_ROLES_PATH=ROLES, ANSIBLE_HOME=place, ANSIBLE_LOCAL_TEMP=place, ANSIBLE_REMOTE_TEMP=place,
                          ANSIBLE_NOCOLOR="1", ANSIBLE_NOCOWS="1", ANSIBLE_LOCALHOST_WARNING="0")
        ran = run(PLAYBOOK, "-v", "-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3",
                  *options, book)
    if ran.rc != rc:
        raise Differs(f"expected exit {rc} of {ran}")
    return int(re.search(r"changed=(\d+)", ran.out).group(1)), ran.out + ran.err


def tape():
    return driver_of("css", "0.0.0700")


@case
def check_mode_tells_and_touches_nothing():
    changed, said = play(TAPE, "--check")
    same("tasks that changed", 1, changed)
    same("the driver", "io_subchannel", tape())
    if "bind 0.0.0700 to vfio_ccw" not in said:
        raise Differs(f"the steps are not shown: {said}")


@case
def a_play_does_what_the_edits_say():
    same("tasks that changed", 1, play(TAPE)[0])
    same("the driver", "vfio_ccw", tape())


@case
def a_second_play_changes_nothing():
    same("tasks that changed", 0, play(TAPE)[0])
    same("tasks that would change", 0, play(TAPE, "--check")[0])
    same("commits", 1, len(json.loads(world.vfiocfg("history", "--format", "json"))["commits"]))


@case
def what_the_host_would_miss_fails_the_play_and_stays():
    _, said = play(HOME, rc=2)
    same("the driver", "io_subchannel", driver_of("css", "0.0.0002"))
    if "/home" not in said:
        raise Differs(f"the reason is not told: {said}")


@case
def edits_that_are_none_fail_in_check_mode_too():
    _, said = play({"driver": {}}, "--check", rc=2)
    if "expected one of" not in said:
        raise Differs(f"the reason is not told: {said}")


@case
def null_gives_it_back():
    same("tasks that changed", 1, play(BACK)[0])
    same("the driver", "io_subchannel", tape())


if not PLAYBOOK:
    print("1..0 # SKIP ansible-core is not installed")
    sys.exit(0)
world.main()
