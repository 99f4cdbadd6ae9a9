# SPDX-License-Identifier: MIT
"""The simulated machine a witness stands on: mdevctl, driverctl and vfiocfg at work, what each of them sees, and TAP.

Rule: imported inside of tests/interop/witness only; refuses anything else, since mdevctl writes below /etc.
"""
import glob
import json
import os
import re
import subprocess
import sys

ROOT = os.environ.get("ROOT", "")
VFIOCFG = os.environ.get("VFIOCFG", "")
FUSE = 0x65735546
MDEVCTL_DIR = "/etc/mdevctl.d"
DRIVERCTL_DIR = "/etc/driverctl.d"

for place in ("/sys", MDEVCTL_DIR, DRIVERCTL_DIR):
    kind = subprocess.run(["stat", "-f", "-c", "%t", place], capture_output=True, text=True).stdout
    if not ROOT or int(kind or "0", 16) != FUSE:
        sys.exit(f"{place} is the real one: run this with tests/interop/witness")


class Ran:
    def __init__(self, args, done):
        self.args, self.rc, self.out, self.err = args, done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"{' '.join(self.args)}: exit {self.rc}\n{self.out}{self.err}"


class Differs(AssertionError):
    pass


def run(*args, text=None, rc=None):
    """A command's result; with rc it must have ended so."""
    ran = Ran(args, subprocess.run(args, input=text or "", capture_output=True, text=True))
    if rc is not None and ran.rc not in (rc if isinstance(rc, tuple) else (rc,)):
        raise Differs(f"expected exit {rc} of {ran}")
    return ran


def mdevctl(*args, rc=0):
    return run("mdevctl", *args, rc=rc).out.strip()


def driverctl(*args, rc=0):
    return run("driverctl", *args, rc=rc).out


def vfiocfg(*args, text=None, rc=0):
    return run(VFIOCFG, "--root", ROOT, *args, text=text, rc=rc).out


def apply(edits, overrides=(), rc=0):
    """Commits edits on the machine, live and persistent."""
    words = [w for o in overrides for w in ("--override", o)]
    return vfiocfg("--live", "apply", "-", "--yes", *words, text=json.dumps({"vfiocfg-edits": 1, **edits}), rc=rc)


def listing(what="all"):
    return {i["id"]: i for i in json.loads(vfiocfg("list", what, "--format", "json"))["items"]}


def sim(word):
    with open(ROOT + "/.sim", "w") as f:
        f.write(word)


def try_sim(word):
    try:
        sim(word)
        return True
    except OSError:
        return False


def events():
    with open(ROOT + "/.sim") as f:
        return [line.split() for line in f.read().split("\n") if line]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def driver_of(bus, device):
    """The bound driver; None: unbound; "-": no such device."""
    device = f"/sys/bus/{bus}/devices/{device}"
    if not os.path.exists(device):
        return "-"
    link = device + "/driver"
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else None


def flatten(dump):
    """mdevctl's [{parent: [{uuid: x}]}] as {(parent, uuid): x}."""
    return {(parent, name): x for one in json.loads(dump or "[]") for parent, devices in one.items()
            for device in devices for name, x in device.items()}


def mdevctl_active():
    """{uuid: (parent, type, start or None where it is not defined)}"""
    seen = {}
    for line in mdevctl("list").splitlines():
        uuid, parent, mdev_type, start, *defined = line.split()
        seen[uuid] = (parent, mdev_type, start if defined else None)
    return seen


def mdevctl_defined():
    return flatten(mdevctl("list", "-d", "--dumpjson"))


def definition(parent, uuid):
    return f"{MDEVCTL_DIR}/{parent}/{uuid}"


def persisted():
    """What driverctl's directory says (0.111 has no list-persisted): {(bus, device): driver}."""
    files = {}
    for path in glob.glob(DRIVERCTL_DIR + "/*-*"):
        bus, device = os.path.basename(path).split("-", 1)
        files[bus, device] = read(path).decode().rstrip("\n")
    return files


def same(what, theirs, ours):
    if theirs != ours:
        raise Differs(f"{what}\ntheirs: {theirs!r}\n  ours: {ours!r}")


# -- both views compared --


def agree_mdevs(items):
    items = {i["uuid"]: i for i in items if i["kind"] == "mdev"}
    active, defined = mdevctl_active(), mdevctl_defined()
    same("mediated devices", sorted({*active, *(u for _, u in defined)}), sorted(items))
    for uuid, item in items.items():
        is_active = item["bound"] in ("active", "drifted")
        same(f"{uuid} is active", uuid in active, is_active)
        mine = [(p, d) for (p, u), d in defined.items() if u == uuid]
        if is_active:
            parent, mdev_type, _ = active[uuid]
            same(f"{uuid}", (parent, mdev_type), (item["parent"], item["type"]))
        starts = {d["start"] for _, d in mine} or {"-"}
        if (item["start"] or "-") not in starts:
            raise Differs(f"{uuid} starts {starts}, {item['start']}")
    agree_definitions(defined)


def agree_definitions(defined):
    """Types, start and attributes as the export has them."""
    edits = {(m["parent"], m["uuid"]): m for m in json.loads(vfiocfg("export")).get("mdevs", [])}
    for key, theirs in defined.items():
        ours = edits.get(key)
        if not ours:
            raise Differs(f"{key} is defined and not exported: {sorted(edits)}")
        same(f"{key}: type", theirs["mdev_type"], ours["type"])
        same(f"{key}: start", theirs["start"], ours["start"])
        same(f"{key}: attributes", as_numbers(theirs["attrs"]), as_numbers(as_attrs(ours)))


def as_attrs(edit):
    if "attrs" in edit:
        return edit["attrs"]
    names = (("adapters", "assign_adapter"), ("domains", "assign_domain"), ("control-domains", "assign_control_domain"))
    return [{name: value} for key, name in names for value in edit.get(key, [])]


def as_numbers(attrs):
    """The export of a matrix is of numbers, whatever their spelling."""
    if not all(name.startswith("assign_") for attr in attrs for name in attr):
        return attrs
    return sorted((name, int(value, 0)) for attr in attrs for name, value in attr.items())


def agree_types(items):
    theirs = {}
    for (parent, name), t in flatten(mdevctl("types", "--dumpjson")).items():
        theirs.setdefault(parent, {})[name] = t["available_instances"]
    ours = {}
    for item in items:
        if item["kind"] == "pci" and item["types"]:
            ours[item["address"]] = {w.split()[0]: int(w.split()[1]) for w in item["types"].split(", ")}
    same("types of functions", {p: t for p, t in theirs.items() if ":" in p}, ours)


def agree_overrides(items):
    files = persisted()
    for bus, kind, name in (("css", "subchannel", "subchannel"), ("pci", "pci", "address")):
        mine = [i for i in items if i["kind"] == kind]
        if not mine:
            continue
        theirs = dict(line.split() for line in driverctl("-b", bus, "list-overrides", rc=(0, 1)).splitlines())
        same(f"overrides on {bus}", theirs, {i[name]: i["bound"] or "(none)" for i in mine if i["override"]})
        same(f"files for {bus}", {d: v for (b, d), v in files.items() if b == bus},
             {i[name]: i["persistent"] for i in mine if i["persistent"]})
        for item in mine:
            same(f"driver of {item[name]}", driver_of(bus, item[name]), item["bound"] or None)


def agree():
    items = list(listing().values())
    agree_mdevs(items)
    agree_types(items)
    agree_overrides(items)


# -- TAP --

cases = []


def case(function):
    cases.append(function)
    return function


def report(function, number):
    name = re.sub("_", " ", function.__name__)
    try:
        function()
    except (Differs, OSError, ValueError, KeyError, subprocess.SubprocessError) as why:
        print(f"not ok {number} - {name}")
        for line in f"{type(why).__name__}: {why}".splitlines():
            print(f"# {line}")
        return False
    print(f"ok {number} - {name}")
    return True


def main():
    chosen = [c for c in cases if os.environ.get("ONLY", "") in c.__name__]
    results = [report(function, i + 1) for i, function in enumerate(chosen)]
    print(f"1..{len(chosen)}")
    sys.exit(0 if all(results) else 1)
