# SPDX-License-Identifier: MIT
"""edits_page.py VFIOCFG PAGE: what vfiocfg-edits(5) says is so: its examples are applied, and it names every member the parser knows.

A comment `.\\" try MACHINE [OPTIONS]` stands before each example, and names the simulated machine that it is for.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, PAGE = os.path.realpath(sys.argv[1]), open(sys.argv[2], encoding="utf-8").read()
EMULATOR = os.environ.get("MESON_EXE_WRAPPER", "").split()
EXAMPLE = re.compile(r'\.\\" try (\S+)(.*)\n\.Bd -literal.*\n((?:.*\n)*?)\.Ed')
# An unknown member x in every object: the message lists what may stand there.
UNKNOWN = [
    {"x": 1}, {"drivers": {"css/0.0.0313": {"x": 1}}}, {"ap": {"x": 1}}, {"mdevs": [{"x": 1}]},
    {"sriov": {"pci/0000:3b:00.0": {"vfs": 1, "x": 1}}}, {"modules": {"vfio_ap": {"x": 1}}}, {"paths": {"chp/0.50": {"x": 1}}},
]
number = failed = 0


def run(machine, state, *args, text):
    words = [*EMULATOR, PROGRAM, "--demo=" + machine, *(["--state", state] if state else []), *args]
    return subprocess.run(words, input=text, capture_output=True, text=True)


def verdict(name, problem):
    global number, failed
    number += 1
    print(f"{'not ok' if problem else 'ok'} {number} - {name}")
    if problem:
        failed = 1
        print("# " + problem.replace("\n", "\n# "))


def try_example(place, index, machine, options, text):
    state = os.path.join(place, f"state{index}")
    for command, codes in ((("plan", "-"), (10,)), (("apply", "-", "--yes", *options.split()), (0,)), (("plan", "-"), (0,))):
        ran = run(machine, state, *command, text=text)
        if ran.returncode not in codes:
            return f"{' '.join(command)}: exit {ran.returncode}, expected {codes}\n{ran.stdout}{ran.stderr}"
    return ""


def unknown_is_listed(edits):
    ran = run("lpar", None, "plan", "-", text=json.dumps({"vfiocfg-edits": 1, **edits}))
    known = re.search(r"expected one of (.*) before this value", ran.stderr)
    if not known:
        return f"no list of members in: {ran.stderr}"
    names = re.findall(r'"([\w-]+)"', known.group(1))
    grammar = PAGE[PAGE.index(".Sh GRAMMAR"):PAGE.index(".Sh MEMBERS")]
    members = PAGE[PAGE.index(".Sh MEMBERS"):PAGE.index(".Sh EXAMPLES")]
    missing = [n for n in names if f'"{n}":' not in grammar or f"\\(dq{n}\\(dq" not in members]
    return f"not on the page: {missing}" if missing else ""


with tempfile.TemporaryDirectory() as place:
    for index, example in enumerate(EXAMPLE.finditer(PAGE)):
        verdict(f"example {index + 1} is applied, and a second time does nothing", try_example(place, index, *example.groups()))
for edits in UNKNOWN:
    verdict(f"every member is described that may stand in {json.dumps(edits)}", unknown_is_listed(edits))
blocks = len(re.findall(r"^\{\n  \"vfiocfg-edits\"", PAGE, re.M))
verdict("no example is left out", "" if blocks == number - len(UNKNOWN) else f"{blocks} are on the page")
print(f"1..{number}")
sys.exit(failed)
