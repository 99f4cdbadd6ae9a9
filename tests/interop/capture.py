# SPDX-License-Identifier: MIT
"""A capture of a machine that answers as files do shows what the machine shows. Runs inside of witness."""
import json
import os
import re
import sys
import tarfile
import tempfile

import world
from world import Differs, ROOT, VFIOCFG, apply, case, run, same, vfiocfg, write

KEPT = tempfile.TemporaryDirectory()
TEMP = KEPT.name
FILE = TEMP + "/captured.tar.gz"
SECRETS = ("hunter2", "swordfish", "s3cret")


def devices():
    return [i["id"] for i in json.loads(vfiocfg("list", "all", "--format", "json"))["items"]]


def looks():
    """The commands that only look, each with all that it prints."""
    yield ["list", "all", "--format", "json"]
    yield ["list", "chpids", "--format", "json"]
    yield ["check", "--format", "json"]
    yield ["export"]
    yield ["export", "--as", "libvirt"]
    yield ["history", "--format", "json"]
    for device in devices()[::5]:
        yield ["show", device, "--format", "json"]


def of(where, command):
    return run(VFIOCFG, *where, *command).out


def plant():
    """Things of which a capture has nothing, in files that are read and in files that are not."""
    write(ROOT + "/etc/shadow", "root:hunter2:1::::::\n")
    write(ROOT + "/etc/ssh/ssh_host_ed25519_key", "hunter2\n")
    write(ROOT + "/etc/crypttab", "data /dev/dasdb1 none password=swordfish\n")
    write(ROOT + "/etc/fstab", "//nas/x /x cifs username=me,password=s3cret,ro 0 0\n")


@case
def a_capture_shows_what_the_machine_shows():
    plant()
    vfiocfg("capture", FILE)
    for command in looks():
        same(" ".join(command), of(["--root", ROOT], command), of(["--root", FILE], command))
        same("rehearsed " + " ".join(command), of(["--root", ROOT], command), of(["--demo=" + FILE], command))


@case
def an_unpacked_capture_shows_it_too():
    tree = TEMP + "/tree"
    with tarfile.open(FILE) as t:
        t.extractall(tree)
    for command in looks():
        same(" ".join(command), of(["--root", ROOT], command), of(["--root", tree], command))


@case
def nothing_in_a_capture_is_a_secret():
    with tarfile.open(FILE) as t:
        for entry in t:
            text = t.extractfile(entry).read().decode(errors="replace") if entry.isfile() else entry.linkname
            for secret in SECRETS:
                if secret in text:
                    raise Differs(f"{entry.name} has a secret: {text}")
            if re.match(r"etc/(shadow|ssh/)", entry.name):
                raise Differs(f"{entry.name} is in the capture")


@case
def every_entry_of_a_capture_is_a_plain_file_a_directory_or_a_link_that_stays_inside():
    with tarfile.open(FILE) as t:
        for entry in t:
            if not (entry.isfile() or entry.isdir() or entry.issym()):
                raise Differs(f"{entry.name} is of type {entry.type}")
            if entry.name.startswith("/") or ".." in entry.name.split("/"):
                raise Differs(f"{entry.name} leads out")
            if entry.issym() and not entry.linkname.startswith("/"):
                to = os.path.normpath(os.path.join("/x", os.path.dirname(entry.name), entry.linkname))
                if not to.startswith("/x"):
                    raise Differs(f"{entry.name} -> {entry.linkname} leads out")


@case
def a_machine_does_not_differ_from_its_capture():
    same("exit status", 0, run(VFIOCFG, "--root", ROOT, "diff", FILE).rc)


@case
def what_is_committed_is_the_difference():
    apply({"drivers": {"css/0.0.0313": "vfio_ccw"}})
    ran = run(VFIOCFG, "--root", ROOT, "diff", FILE, "--format", "json", rc=10)
    found = {(c["group"], c["device"], c["fact"], c["before"], c["after"]) for c in json.loads(ran.out)["changes"]}
    same("changes", {("binding", "css/0.0.0313", "driver", "io_subchannel", "vfio_ccw"),
                     ("binding", "css/0.0.0313", "driver override", "none", "vfio_ccw"),
                     ("definitions", "css/0.0.0313", "driver override at boot", None, "vfio_ccw"),
                     ("definitions", "css/0.0.0313", "after reboot", "io_subchannel", "vfio_ccw")}, found)


@case
def a_rehearsal_on_a_capture_takes_the_same_steps_to_the_same_end():
    edits = json.dumps({"vfiocfg-edits": 1, "ap": {"guest-queues": ["0a.0004"]}})
    for where in (["--root", ROOT, "--live"], ["--demo=" + TEMP + "/after.tar.gz", "--state", TEMP + "/state"]):
        if "--live" in where:
            vfiocfg("capture", TEMP + "/after.tar.gz")
            steps = run(VFIOCFG, *where, "plan", "-", "--format", "json", text=edits, rc=10).out
            run(VFIOCFG, *where, "apply", "-", "--yes", text=edits, rc=0)
        else:
            same("steps", steps, run(VFIOCFG, *where, "plan", "-", "--format", "json", text=edits, rc=10).out)
            run(VFIOCFG, *where, "apply", "-", "--yes", text=edits, rc=0)
    same("list", of(["--root", ROOT], ["list", "all", "--format", "json"]),
         of(["--demo=" + TEMP + "/after.tar.gz", "--state", TEMP + "/state"], ["list", "all", "--format", "json"]))


if "libarchive" in run(VFIOCFG, "--demo=empty", "capture", TEMP + "/try.tar").err:
    print("1..0 # SKIP built without libarchive")
    sys.exit(0)
world.main()
