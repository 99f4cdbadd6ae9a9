# SPDX-License-Identifier: MIT
"""tools.py: what people use today and one run of vfiocfg, on the same mounted machine. Runs inside of tests/interop/witness.

Prints a line of JSON for each figure on stdout and a table on stderr, as figure.h does. Every round has devices of its own: nothing
is undone in between. N: how many devices a round binds (200). With the word "lists" on any tree that is in /sys: the lists alone.
ROOT is where the machine is; empty: this machine is given away, see tests/kernel/tools.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

ROOT, VFIOCFG, N = os.environ["ROOT"], os.environ["VFIOCFG"], int(os.environ.get("N", "200"))
CSS = ROOT + "/sys/bus/css"
DEVICES = ROOT + "/sys/devices/css0"
COUNTED = os.path.exists(f"{ROOT}/.count")
UUID = "{:08x}-0000-4000-8000-0000000000ff"
made = 0


def figure(name, n, values, unit):
    values = sorted(values)
    median, p95 = statistics.median(values), values[(len(values) * 95 + 99) // 100 - 1]
    print(json.dumps({"name": name, "n": n, "median": round(median, 3), "p95": round(p95, 3), "unit": unit}), flush=True)
    print(f"{name:<28} {n:8} {median:12.3f} {p95:12.3f} {unit}", file=sys.stderr)


def clock(fn, *args):
    start = time.monotonic()
    fn(*args)
    return (time.monotonic() - start) * 1e3


def asked():
    """How often the mounted file system was asked for anything so far, and how often to sync; of a plain tree nobody knows."""
    if not COUNTED:
        return 0, 0
    with open(f"{ROOT}/.count") as f:
        return tuple(int(n) for n in f.read().split())


def counted(fn, *args):
    """How long it takes, what is asked and synced meanwhile, and the processors' time of it."""
    def cpu():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (used.ru_utime + used.ru_stime) * 1e3
    used, before = cpu(), asked()
    took = clock(fn, *args)
    return took, *(b - a for a, b in zip(before, asked())), cpu() - used


def run(*args, text="", ok=(0,)):
    done = subprocess.run(args, input=text, capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def vfiocfg(*args, **more):
    return run(VFIOCFG, *(("--root", ROOT, "--live") if ROOT else ()), *args, **more)


def write(path, text, files=None):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(fd, text.encode())
    if files is None:
        os.close(fd)
    else:
        files.append(fd)


def bare_loop(ids, uuids):
    """The same writes, and nothing is looked at. The files are synced once all are written, and each of their directories once."""
    files, dirs = [], [f"{ROOT}/etc/mdevctl.d", f"{ROOT}/etc/driverctl.d"]
    for i in ids:
        write(f"{DEVICES}/{i}/driver/unbind", i)
        write(f"{DEVICES}/{i}/driver_override", "vfio_ccw\n")
        write(f"{CSS}/drivers_probe", i)
    for i, u in zip(ids, uuids):
        write(f"{DEVICES}/{i}/mdev_supported_types/vfio_ccw-io/create", u)
    for i, u in zip(ids, uuids):
        dirs.append(f"{ROOT}/etc/mdevctl.d/{i}")
        os.makedirs(dirs[-1], exist_ok=True)
        write(f"{dirs[-1]}/{u}", '{\n  "mdev_type": "vfio_ccw-io",\n  "start": "auto",\n  "attrs": []\n}\n', files)
        write(f"{ROOT}/etc/driverctl.d/css-{i}", "vfio_ccw\n", files)
    files += [os.open(d, os.O_RDONLY) for d in dirs]
    for fd in files:
        os.fsync(fd)
        os.close(fd)


def edits(ids, uuids):
    return json.dumps({"vfiocfg-edits": 1, "drivers": {f"css/{i}": "vfio_ccw" for i in ids}, "mdevs": [
        {"uuid": u, "parent": i, "type": "vfio_ccw-io", "start": "auto", "active": True} for i, u in zip(ids, uuids)]})


def commit(ids, uuids):
    vfiocfg("apply", "-", "--yes", text=edits(ids, uuids))


def tools(ids, uuids):
    for i in ids:
        run("driverctl", "-b", "css", "set-override", i, "vfio_ccw")
    for i, u in zip(ids, uuids):
        run("mdevctl", "start", "-u", u, "-p", i, "-t", "vfio_ccw-io")


def rest():
    """Until udev has seen to every event, where there is one: else each round pays for the one before."""
    if not ROOT:
        run("udevadm", "settle", "--timeout=3000")


def at_rest(fn, *args):
    fn(*args)
    rest()


def take(free):
    global made
    rest()
    ids, uuids = [free.pop() for _ in range(N)], []
    for _ in ids:
        made += 1
        uuids.append(UUID.format(0xb0000000 + made))
    return ids, uuids


def lists():
    """Theirs against ours with the same columns, and with all that ours shows. Requests and processors' time do not depend on load."""
    n = len(os.listdir(DEVICES))
    mdevs = ("mdevs", "uuid,parent,type,state,start")
    pairs = [("driverctl.list", 1, ("driverctl", "-b", "css", "list-devices"), ("subchannels", "subchannel,bound,override")),
             ("mdevctl.list", 7, ("mdevctl", "list"), mdevs), ("mdevctl.list.defined", 7, ("mdevctl", "list", "-d"), mdevs)]
    for name, rounds, theirs, (word, columns) in pairs:
        all_of = [(counted(run, *theirs), counted(vfiocfg, "list", word, "--columns", columns), counted(vfiocfg, "list", word))
                  for _ in range(rounds)]
        figure(name, n, [a[0] for a, _, _ in all_of], "ms")
        figure(name + ".ratio", n, [a[0] / b[0] for a, b, _ in all_of], "times")
        figure(name + ".whole.ratio", n, [a[0] / c[0] for a, _, c in all_of], "times")
        figure(name + ".cpu.ratio", n, [a[3] / b[3] for a, b, _ in all_of], "times")
        if COUNTED:
            figure(name + ".requests.ratio", n, [a[1] / b[1] for a, b, _ in all_of], "times")
            figure(name + ".whole.requests.ratio", n, [a[1] / c[1] for a, _, c in all_of], "times")


def main():
    rows = json.loads(vfiocfg("list", "subchannels", "--format", "json"))["items"]
    free = [r["subchannel"] for r in rows if r["bound"] == "io_subchannel" and r["online"] == "no" and not r["blocked"]]
    rounds = min(3, (len(free) // N - 1) // 2)
    if rounds < 1:
        sys.exit(f"only {len(free)} free subchannels")
    lists()
    bare, ours, looks = [], [], []
    for _ in range(rounds):
        a, b = take(free), take(free)
        bare.append(counted(at_rest, bare_loop, *a))
        # The first look finds the names that the loop has made, which the commit then need not: only the second compares.
        looks.append([counted(lambda: vfiocfg("plan", "-", text=edits(*b), ok=(0, 10))) for _ in range(2)][1])
        ours.append(counted(at_rest, commit, *b))
    all_of = list(zip(ours, looks, bare))
    figure("bare.loop", N, [b[0] for b in bare], "ms")
    figure("commit", N, [o[0] for o in ours], "ms")
    figure("commit.ratio", N, [o[0] / b[0] for o, _, b in all_of], "loops")
    # What is read before the plan is there is read to decide; the rest is the commit's own. Requests do not depend on load.
    figure("commit.net.ratio", N, [(o[0] - l[0]) / b[0] for o, l, b in all_of], "loops")
    if COUNTED:
        figure("bare.requests", N, [b[1] for b in bare], "requests")
        figure("commit.net.requests", N, [o[1] - l[1] for o, l, _ in all_of], "requests")
        figure("commit.net.requests.ratio", N, [(o[1] - l[1]) / b[1] for o, l, b in all_of], "loops")
        figure("bare.syncs", N, [b[2] for b in bare], "syncs")
        figure("commit.syncs", N, [o[2] for o in ours], "syncs")
    theirs = clock(at_rest, tools, *take(free))
    figure("tools", N, [theirs], "ms")
    figure("tools.ratio", N, [theirs / o[0] for o in ours], "commits")


if sys.argv[1:] == ["lists"]:
    lists()
else:
    main()
