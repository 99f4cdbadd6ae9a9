# SPDX-License-Identifier: MIT
"""What vfiocfg foretold of a reboot is what driverctl and mdevctl make of it. Runs inside of witness.

Each round scatters a random configuration over the machine, asks what will be after a reboot, starts the kernel anew and runs
the real tools in the order of its events, as udev and systemd do. ROUNDS=n runs n of them, SEED=n starts elsewhere.
"""
import collections
import glob
import json
import os
import random
import re
import shutil
import sys

import world
from world import case, definition, read, run, sim, try_sim, write

MACHINE = sys.argv[1]
tally = collections.Counter()
ROUNDS = int(os.environ.get("ROUNDS", "20"))
SEED = int(os.environ.get("SEED", "1"))
GPU = "0000:65:00.0"

# -- the programs of a boot --


def load_modules():
    for path in sorted(glob.glob(world.ROOT + "/etc/modules-load.d/*.conf")):
        for line in read(path).decode(errors="replace").splitlines():
            if re.fullmatch(r"[\w-]+", line.strip()):
                try_sim("load " + line.strip())


def free_devices():
    path = world.ROOT + "/etc/udev/rules.d/41-cio-ignore.rules"
    for words in re.findall(r"echo (free [^>]*?) > /proc/cio_ignore", read(path).decode()) if os.path.exists(path) else ():
        write_quietly(world.ROOT + "/proc/cio_ignore", words)


def write_quietly(path, value):
    try:
        with open(path, "w") as f:
            f.write(value)
    except OSError:
        pass


def chzdev_ap():
    """41-ap.rules, which udev carries out and chzdev only writes."""
    path = world.ROOT + "/etc/udev/rules.d/41-ap.rules"
    text = read(path).decode(errors="replace") if os.path.exists(path) else ""
    for mask, value in re.findall(r'^ATTR\{[^}]*/(a[pq]mask)\}="([^"]*)"', text, re.M):
        write_quietly(f"/sys/bus/ap/{mask}", value)
    if "kmod load vfio_ap" in text:
        try_sim("load vfio_ap")


def answer(action, subsystem, devpath, variables, done):
    name = os.path.basename(devpath)
    if action == "add" and os.path.exists(f"{world.DRIVERCTL_DIR}/{subsystem}-{name}"):
        # %I of the unit's instance
        run("driverctl", "load-override", f"{subsystem}-{name}".replace("-", "/"))
    if (action == "add" or "MDEV_STATE=registered" in variables) and os.path.isdir(f"{world.MDEVCTL_DIR}/{name}"):
        run("mdevctl", "start-parent-mdevs", name)
    if subsystem == "ap" and "BINDINGS=complete" in variables and "ap" not in done:
        done.add("ap")
        chzdev_ap()


def boot():
    world.events()
    sim("kernel-reboot")
    load_modules()
    free_devices()
    done = set()
    waiting = world.events()
    while waiting:
        for action, subsystem, devpath, *variables in waiting:
            answer(action, subsystem, devpath, variables, done)
        waiting = world.events()


# -- configurations --


def uuid(dice):
    return "%08x-0000-4000-8000-%012x" % (dice.getrandbits(32), dice.getrandbits(48))


def definition_text(dice, mdev_type, start, attrs):
    return json.dumps({"mdev_type": mdev_type, "start": start, "attrs": attrs}, indent=2)


def some_file(dice, parent):
    """What is not a definition, or is one that mdevctl stumbles over."""
    name, text = dice.choice((
        (uuid(dice), ""), (uuid(dice), "{ broken"), (uuid(dice), "[]"), (uuid(dice), '{"mdev_type": "x", "start": "auto", "attrs": {}}'),
        (uuid(dice), '{"mdev_type": "x", "start": "auto", "attrs": [{}]}'), (uuid(dice), '{"mdev_type": "x"}'),
        (uuid(dice), '{"mdev_type": "x", "start": "manual", "attrs": [{"a": 1}]}'),
        (uuid(dice), '{"mdev_type": "x", "start": "manual", "more": 1}'),
        (uuid(dice), '{"mdev_type": "x", "start": "manual", "attrs": [{"a/b": "1"}]}'),
        (uuid(dice), '{"mdev_type": "x", "start": "auto", "attrs": [{"../../x": "1"}]}'),
        (uuid(dice), '{"mdev_type": "x", "start": "manual", "attrs": null} trailing'),
        (uuid(dice).upper(), definition_text(dice, "x", "manual", [])),
        ("README", "no definition"), (uuid(dice) + ".bak", definition_text(dice, "x", "auto", []))))
    write(definition(parent, name), text)


def some_override(dice, bus, devices, drivers):
    driver = dice.choice(drivers)
    write(f"{world.DRIVERCTL_DIR}/{bus}-{dice.choice(devices)}", driver + "\n" if driver else "")


def some_x86(dice):
    devices = ["0000:17:00.0", "0000:17:00.1", "0000:3b:00.1", "0000:60:00.0", "0000:5f:00.0", "0000:99:00.0"]
    if dice.random() < 0.2:
        devices.append(GPU)
    for _ in range(dice.randrange(4)):
        some_override(dice, "pci", devices, ["vfio-pci", "vfio-pci", "none", "no-such-driver", ""])
    parents = [GPU] * 6 + ["0000:66:00.0"]
    for _ in range(dice.randrange(5)):
        write(definition(dice.choice(parents), uuid(dice)),
              definition_text(dice, dice.choice(("nvidia-468", "nvidia-470", "nvidia-472", "nvidia-474", "nvidia-1")),
                              dice.choice(("auto", "auto", "auto", "manual", "AUTO")),
                              dice.choice(([], [], [], [{"no_such": "1"}]))))
    if dice.random() < 0.3:
        some_file(dice, GPU)


def some_css(dice):
    channels = ["0.0.0313", "0.0.0316", "0.0.0317", "0.0.0318"]
    for channel in channels:
        if dice.random() < 0.6:
            some_override(dice, "css", [channel], ["vfio_ccw"] * 4 + ["io_subchannel", "none", "no_such", ""])
    for _ in range(dice.randrange(5)):
        write(definition(dice.choice(channels + ["0.0.0999"]), uuid(dice)),
              definition_text(dice, dice.choice(["vfio_ccw-io"] * 5 + ["vfio_ccw-x"]), dice.choice(("auto", "auto", "manual")),
                              dice.choice(([], [], [], [{"no_such": "1"}]))))
    if dice.random() < 0.25:
        some_file(dice, dice.choice(channels))


def some_matrix(dice):
    numbers = [("assign_adapter", dice.choice((5, 6, 0xA, 0x14))) for _ in range(dice.randrange(3))]
    numbers += [("assign_domain", dice.choice((4, 5, 0x42, 0xAB))) for _ in range(dice.randrange(3))]
    if dice.random() < 0.2:
        numbers.append(("assign_control_domain", dice.choice((4, 5, 300))))
    return [{name: dice.choice((str, hex))(n)} for name, n in numbers]


def some_mask(dice):
    bits = [1] * 256
    for n in (4, 5, 6, 0xA, 0x14, 0x42, 0xAB):
        bits[n] = dice.randrange(2)
    return "0x%064x" % int("".join(map(str, bits)), 2)


def some_ap(dice):
    rule = world.ROOT + "/etc/udev/rules.d/41-ap.rules"
    if dice.random() < 0.8:
        text = read(TEMPLATE).decode()
        for mask in ("apmask", "aqmask"):
            text = re.sub(mask + r'\}="[^"]*"', f'{mask}}}="{some_mask(dice)}"', text)
            if dice.random() < 0.1:
                text = re.sub(r"^ATTR\{[^}]*" + mask + ".*\n", "", text, flags=re.M)
        write(rule, text)
    elif os.path.exists(rule):
        os.unlink(rule)
    for _ in range(dice.randrange(4)):
        attrs = some_matrix(dice)
        if dice.random() < 0.1:
            attrs.append({"assign_domain": dice.choice(("5,6", "x", "010", "0x1000"))})
        write(definition("matrix", uuid(dice)),
              definition_text(dice, "vfio_ap-passthrough", dice.choice(("auto", "auto", "manual")), attrs))
    if dice.random() < 0.15:
        some_file(dice, "matrix")


TEMPLATE = (world.ROOT or "") + "/etc/udev/rules.d/41-ap.rules.template"
KINDS = {"x86": (some_x86,), "lpar": (some_css, some_ap), "lpar72": (some_css, some_ap), "zvm": ()}


def scatter(dice):
    for path in glob.glob(world.MDEVCTL_DIR + "/*"):
        if os.path.basename(path) != "scripts.d":
            shutil.rmtree(path)
    for path in glob.glob(world.DRIVERCTL_DIR + "/*"):
        os.unlink(path)
    for kind in KINDS[MACHINE]:
        kind(dice)


def configuration():
    text = ""
    for path in sorted(glob.glob(world.MDEVCTL_DIR + "/*/*") + glob.glob(world.DRIVERCTL_DIR + "/*") +
                       glob.glob(world.ROOT + "/etc/udev/rules.d/41-ap.rules")):
        if os.path.isfile(path):
            text += f"{path}:\n{read(path).decode()}\n"
    return text


# -- foretold and found --


def wrong(item, active):
    """What is not as foretold, or None."""
    foretold, why = item["after_reboot"] or None, item["after_why"]
    if foretold == "uncertain":
        return None
    if item["kind"] == "mdev":
        found = "active" if item["uuid"] in active else "not active"
    else:
        bus, _, device = item["id"].partition("/")
        found = world.driver_of(bus, device)
    return None if found == foretold else f"{item['id']}: foretold {foretold} ({why}), is {found}"


def round_of(seed):
    scatter(random.Random(seed))
    before, config = world.listing(), configuration()
    boot()
    active = world.run("mdevctl", "list", rc=0).out
    differs = [w for w in (wrong(item, active) for item in before.values() if item["kind"] in ("mdev", "pci", "subchannel")) if w]
    if differs:
        raise world.Differs(f"SEED={seed} ROUNDS=1\n" + "\n".join(differs) + "\n" + config)
    tally["uncertain"] += sum(i["after_reboot"] == "uncertain" for i in before.values())
    for item in before.values():
        if item["kind"] == "mdev" and item["after_reboot"] != "uncertain":
            tally[("stays down: " + item["after_why"]) if item["after_reboot"] == "not active" else item["type"] + " active"] += 1
        elif "vfio" in (item["after_reboot"] or ""):
            tally["bound to " + item["after_reboot"]] += 1


@case
def the_machine_comes_up_as_foretold():
    before = world.listing()
    boot()
    active = mdevctl_text()
    world.same("not as foretold", [], [w for w in (wrong(i, active) for i in before.values() if "after_why" in i) if w])


def mdevctl_text():
    return world.run("mdevctl", "list", rc=0).out


@case
def random_configurations_come_up_as_foretold():
    failures = []
    if os.path.exists(TEMPLATE.removesuffix(".template")):
        shutil.copy(TEMPLATE.removesuffix(".template"), TEMPLATE)
    for seed in range(SEED, SEED + ROUNDS):
        try:
            round_of(seed)
        except world.Differs as why:
            failures.append(str(why))
    print(f"# {ROUNDS} configurations, {len(failures)} not as foretold; right were:")
    for what, n in sorted(tally.items()):
        print(f"# {n:5} {what}")
    if failures:
        raise world.Differs("\n".join(failures[:int(os.environ.get('SHOW', '3'))]))


world.main()
