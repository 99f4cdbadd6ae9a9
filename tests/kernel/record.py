# SPDX-License-Identifier: MIT
"""Records traces on the emulated machine, and compares them with those that there are.

record.py KERNEL [-o DIR] SCRIPT...    in one boot, in this order; -o: writes DIR/kKERNEL-SCRIPT.jsonl.
Without -o a script is a trace of tests/traces, and what is recorded has to be the same. BUILD, LAB: see guest.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
CHANNEL_DEVICES = re.compile(r"/devices/css0/[^/]+/[0-9a-f]\.[0-9a-f]\.[0-9a-f]{4}(/|$)|/devices/virtual/bdi/")
NVME_DEVICES = re.compile(r"/nvme|/devices/virtual/bdi/259:")  # they come some time after the probe
CHANNEL_PATHS = re.compile(r"/sys/bus/ccw/devices(/|$)")
FIELDS = ("op", "path", "value", "data", "ret", "errno", "err")
COUNT = "COMPLETECOUNT"
COUNT_PATH = "/sys/bus/ap/bindings_complete_count"


def record(kernel, scripts):
    """What the machine makes of scripts: a list of lines for each."""
    with tempfile.TemporaryDirectory() as share:
        for number, script in enumerate(scripts):
            (pathlib.Path(share) / f"script{number}").write_bytes(pathlib.Path(script).read_bytes())
        # Recordings write to files in /host/out; their own place is where the shell is.
        command = ("mount -t tmpfs tmpfs /host && mkdir /host/out || exit 1;"
                   "n=0; while [ -e script$n ]; do"
                   " /tests/kernel-record script$n trace$n >/dev/null || exit 1; n=$((n + 1)); done")
        env = {**os.environ, "SHARE": share}
        guest = subprocess.run([HERE / "guest", kernel, command], env=env, stdout=subprocess.PIPE, text=True)
        if "# SKIP" in guest.stdout:
            print(guest.stdout, end="")
            sys.exit(0)
        if guest.returncode:
            sys.exit(f"Bail out! {guest.stdout}")
        return [(pathlib.Path(share) / f"trace{n}").read_text().splitlines() for n in range(len(scripts))]


def load(lines):
    """[(header, [step...])...]"""
    traces = []
    for line in map(json.loads, lines):
        if "state" in line:
            traces.append((line, []))
        else:
            traces[-1][1].append(line)
    return traces


def first_count(header, steps):
    """Completed bindings are counted from the boot; where no attribute tells how many, the first event does."""
    if COUNT_PATH in header["state"]:
        return int(header["state"][COUNT_PATH])
    return next((int(e[COUNT]) - 1 for s in steps for e in s["uevents"] if COUNT in e), 0)


def uncounted(text):
    """Without what is counted in the order in which devices were found: virtio's, disks' letters, minors, sequence numbers."""
    return re.sub(r'(?<=virtio)\d+|\bvd[a-z]\b|(?<=bdi/254:)\d+|(?<="MINOR":")\d+|(?<="DISKSEQ":")\d+', "N", text)


def key(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class Trace:
    """One side of a comparison: the state so far, what comes by itself apart from the rest."""

    def __init__(self, header, steps):
        self.count = first_count(header, steps)
        self.state = {}
        self.fold(header["state"])
        self.events = []

    def fold(self, delta):
        for path, value in delta.items():
            if path == COUNT_PATH and value:
                value = str(int(value) - self.count)
            if value is None:
                self.state.pop(path, None)
            else:
                self.state[path] = value

    def step(self, step):
        self.fold(step["delta"])
        self.events = []
        for event in step["uevents"]:
            if NVME_DEVICES.search(event["DEVPATH"]):
                continue
            if COUNT in event:
                event = {**event, COUNT: str(int(event[COUNT]) - self.count)}
            self.events.append((bool(CHANNEL_DEVICES.search(event["DEVPATH"])), uncounted(key(event))))

    def now(self):
        """What happens within a write: state and events."""
        state = {p: v for p, v in self.state.items() if not CHANNEL_PATHS.match(p)}
        return state, [text for late, text in self.events if not late]

    def later(self):
        """What channel devices do by themselves afterwards: events."""
        return collections.Counter(text for late, text in self.events if late)

    def channel(self):
        """The state of channel devices, their presence as paths of their own."""
        state = {p: v for p, v in self.state.items() if CHANNEL_PATHS.match(p)}
        state.update((name, True) for name in state.pop("/sys/bus/ccw/devices", {"dir": []})["dir"])
        return state


class Lag:
    """Whether what channel devices did in an old trace is what they do now, if later: paths go through the same values."""

    def __init__(self):
        self.past = collections.defaultdict(list)  # values that a path had now, in their order
        self.at = collections.Counter()  # how far the old trace has come in them
        self.events = collections.Counter()  # how many more of them were now than in the old trace
        self.missed = set()  # paths that were written to before they came

    def step(self, old, new):
        """What the old trace has and we have not had: paths, events."""
        was, now = old.channel(), new.channel()
        ahead = []
        for path in sorted(set(was) | set(now) | set(self.past)):
            past = self.past[path]
            if not past or past[-1] != now.get(path):
                past.append(now.get(path))
            if was.get(path) in past[self.at[path]:]:
                self.at[path] = past.index(was.get(path), self.at[path])
            elif path not in self.missed:
                ahead.append(path)
        self.events.update(new.later())
        self.events.subtract(old.later())
        return ahead + [event for event, n in self.events.items() if n < 0]


class Comparison:
    def __init__(self, name):
        self.name = name
        self.counts = collections.Counter()
        self.said = []

    def differ(self, where, what, given, got):
        self.counts["differ"] += 1
        self.said.append(f"{where} {what}: {given!r:.400} was recorded, now {got!r:.400}")

    def trace(self, given, got):
        (header, steps), (header2, steps2) = given, got
        a, b = Trace(header, steps), Trace(header2, steps2)
        lag = Lag()
        lag.step(a, b)
        self.counts["traces"] += 1
        self.state(header["trace"], "begins with", a.state, b.state)
        for step, step2 in zip(steps, steps2, strict=True):
            path = step["path"]
            if a.channel().get(path) != b.channel().get(path) and step["ret"] < 0 <= step2["ret"]:
                lag.missed.add(path)
                step2 = {**step2, **{f: step[f] for f in FIELDS if f in step}}
                self.counts["wrote to a channel device too early"] += 1
            a.step(step)
            b.step(step2)
            self.step(f"{header['trace']} {step['i']}", (step, a), (step2, b), lag)
        if a.channel() != b.channel():
            self.counts["ends before its channel devices came"] += 1

    def state(self, where, what, a, b):
        if a == b:
            return True
        paths = [p for p in sorted(set(a) | set(b)) if a.get(p) != b.get(p)]
        self.differ(where, f"{what} {paths[0]}", a.get(paths[0]), b.get(paths[0]))
        return False

    def step(self, where, given, got, lag):
        (step, a), (step2, b) = given, got
        self.counts["steps"] += 1
        for field in FIELDS:
            if step.get(field) != step2.get(field):
                return self.differ(where, f"{step['op']} {step['path']} {field}", step.get(field), step2.get(field))
        (state, events), (state2, events2) = a.now(), b.now()
        if events != events2:
            return self.differ(where, "events", events, events2)
        if not self.state(where, "is then", state, state2):
            return None
        ahead = lag.step(a, b)
        if ahead:
            return self.differ(where, "channel devices", ahead, None)
        if step == step2:
            self.counts["same"] += 1
        elif a.channel() != b.channel() or a.later() != b.later():
            self.counts["channel devices came later"] += 1
        else:
            self.counts["same but for numbers counted from the boot"] += 1
        return None

    def tell(self, number):
        print(f"{'not ' if self.counts['differ'] else ''}ok {number} - {self.name}")
        print("# " + ", ".join(f"{n} {what}" for what, n in self.counts.items()))
        for line in self.said[:20]:
            print("#   " + line)


def compare(scripts, recorded):
    failed = 0
    sums = collections.Counter()
    for number, (script, lines) in enumerate(zip(scripts, recorded), 1):
        c = Comparison(pathlib.Path(script).stem)
        given, got = load(pathlib.Path(script).read_text().splitlines()), load(lines)
        for pair in zip(given, got, strict=True):
            c.trace(*pair)
        c.tell(number)
        failed += c.counts["differ"] > 0
        sums += c.counts
    print("# together: " + ", ".join(f"{n} {what}" for what, n in sums.items()))
    print(f"1..{len(scripts)}")
    return failed


def main():
    kernel, *scripts = sys.argv[1:]
    out = None
    if scripts[0] == "-o":
        out, scripts = pathlib.Path(scripts[1]), scripts[2:]
    recorded = record(kernel, scripts)
    if not out:
        sys.exit(1 if compare(scripts, recorded) else 0)
    for script, lines in zip(scripts, recorded):
        stem = pathlib.Path(script).stem
        name = stem if stem.startswith(f"k{kernel}-") else f"k{kernel}-{stem}"
        (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
