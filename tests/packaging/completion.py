# SPDX-License-Identifier: MIT
"""completion.py VFIOCFG COMPLETION: lines are typed into a real bash, the tab key is pressed, and what stands there then is read."""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM, SCRIPT = (os.path.realpath(path) for path in sys.argv[1:3])
TAB, ALL, DUMP, CLEAR = "\t", "\x14", "\x07", "\x15"

# What is typed, what becomes of it. With ALL all candidates are put there.
CASES = [
    ("a command is completed", "vfiocfg li" + TAB, "vfiocfg list "),
    ("all commands are offered", "vfiocfg re" + ALL, "vfiocfg recover "),
    ("a kind of list", "vfiocfg list sub" + TAB, "vfiocfg list subchannels "),
    ("an option of the command", "vfiocfg list --filt" + TAB, "vfiocfg list --filter "),
    ("only options that the command has", "vfiocfg apply --" + ALL, "vfiocfg apply --format --override --yes "),
    ("the values of an option", "vfiocfg list --format " + ALL, "vfiocfg list --format csv json pairs table "),
    ("the second column of a list", "vfiocfg list mdevs --columns uuid,par" + TAB, "vfiocfg list mdevs --columns uuid,parent "),
    ("the values of an option before the command", "vfiocfg --mode=f" + TAB, "vfiocfg --mode=full "),
    ("the names of simulated machines", "vfiocfg --demo=lp" + ALL, "vfiocfg --demo=lpar lpar72 "),
    ("a device by its number", "vfiocfg --demo show 0.0.2b0" + ALL, "vfiocfg --demo show " + "".join(
        f"0.0.2b0{n:x} " for n in range(16))),
    ("a device by its short number", "vfiocfg --demo show f5f" + TAB, "vfiocfg --demo show f5f"),
    ("a subchannel", "vfiocfg --demo export css/0.0.031" + TAB, "vfiocfg --demo export css/0.0.031"),
    ("a queue", "vfiocfg --demo show 05.00a" + TAB, "vfiocfg --demo show 05.00ab "),
    ("a PCI function, whose name has colons", "vfiocfg --demo=x86 apply x --override 0000:00:1c" + TAB,
     "vfiocfg --demo=x86 apply x --override 0000:00:1c.0 "),
    ("a file of edits", "vfiocfg plan gue" + TAB, "vfiocfg plan guest.json "),
    ("a file behind an option", "vfiocfg check --with gue" + TAB, "vfiocfg check --with guest.json "),
    ("a directory behind --root=", "vfiocfg --root=tre" + TAB, "vfiocfg --root=tree/"),
    ("nothing behind what needs a number", "vfiocfg undo 1" + TAB, "vfiocfg undo 1"),
    ("nothing of a machine that is not there", "vfiocfg --demo=nowhere show 2" + TAB, "vfiocfg --demo=nowhere show 2"),
    ("nothing behind an unknown command", "vfiocfg nonsense " + ALL, "vfiocfg nonsense "),
    ("a state file that is not there is not made", "vfiocfg --demo --state st show 05.00a" + TAB,
     "vfiocfg --demo --state st show 05.00ab "),
]


class Bash:
    def __init__(self, place):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(place)
            os.environ.update(PATH=os.path.dirname(PROGRAM) + ":" + os.environ["PATH"], TERM="dumb", INPUTRC="/dev/null",
                              HISTFILE="", PS1="$ ")
            os.execlp("bash", "bash", "--norc", "--noprofile", "-i")
        self.type("shopt -u checkwinsize; bind 'set bell-style none' 'set completion-query-items 0'\n"
                  """bind '"\\C-t": insert-completions'\n"""
                  """bind -x '"\\C-g": printf "<%s>%s\\n" "$READLINE_LINE" "#"'\n"""
                  f". {SCRIPT}; echo rea''dy\n")
        self.until(r"ready()\r?\n")

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, regex):
        got, end = "", time.monotonic() + 20
        while not re.search(regex, got):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"only {got!r}")
            got += os.read(self.fd, 65536).decode(errors="replace")
        return re.search(regex, got).group(1)

    def completed(self, keys):
        self.type(keys + DUMP)
        line = self.until(r"<([^<>]*)>#")
        self.type(CLEAR)
        return line


def main():
    place = tempfile.mkdtemp()
    open(os.path.join(place, "guest.json"), "w").close()
    os.mkdir(os.path.join(place, "tree"))
    bash, failed = Bash(place), 0
    for number, (name, keys, expected) in enumerate(CASES, 1):
        got = bash.completed(keys)
        print(f"{'ok' if got == expected else 'not ok'} {number} - {name}")
        if got != expected:
            print(f"# expected {expected!r}, got {got!r}")
            failed = 1
    made = sorted(os.listdir(place)) != ["guest.json", "tree"]
    quick = False
    for _ in range(10):  # a machine that is busy makes one slow, and none quicker than it is
        begun = time.monotonic()
        silent = subprocess.run([PROGRAM, "--complete", "--root", "/nonexistent", "show", "2"], capture_output=True)
        quick = quick or time.monotonic() - begun < 2
    print(f"{'not ok' if made else 'ok'} {len(CASES) + 1} - no file is made")
    print(f"{'ok' if quick and not silent.stdout + silent.stderr else 'not ok'} {len(CASES) + 2} - an error is silent and quick")
    print(f"1..{len(CASES) + 2}")
    shutil.rmtree(place)
    return failed or made or not quick or bool(silent.stdout + silent.stderr)


if not shutil.which("bash"):
    print("1..0 # SKIP bash is not installed")
    sys.exit(0)
sys.exit(main())
