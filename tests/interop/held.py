# SPDX-License-Identifier: MIT
"""A removal that the kernel holds up as long as a guest has the device open, in every front end. Runs inside of witness."""
import json
import os
import pty
import re
import select
import signal
import struct
import fcntl
import subprocess
import tempfile
import termios
import time

import world
from world import Differs, ROOT, VFIOCFG, case, mdevctl_active, sim

UUID = "b7a1d2c4-55e0-4f3a-9d21-6a0f8c1e2b0a"
WHO = "guest db1 (pid 4711)"
EDITS = json.dumps({"vfiocfg-edits": 1, "mdevs": [{"uuid": UUID, "active": False}]})
FILE = os.path.join(tempfile.mkdtemp(), "edits.json")
with open(FILE, "w") as f:
    f.write(EDITS)


def squeezed(text):
    """Spaces apart: a screen moves the cursor in place of them, and lines break where they like."""
    return re.sub(r"\s", "", re.sub(r"\x1b(\[[0-9;?]*[@-~]|[()].|.)", "", text))


class Seen:
    """What a program writes."""
    def __init__(self, fd):
        self.fd, self.bytes, self.at = fd, b"", 0

    def until(self, word, seconds=20):
        """Waits for a word behind what was waited for before."""
        end = time.monotonic() + seconds
        while True:
            said = squeezed(self.bytes.decode("utf-8", "replace"))
            found = said.find(squeezed(word), self.at)
            if found >= 0:
                self.at = found + len(squeezed(word))
                return
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise Differs(f"never said {word!r}: {self.bytes[-1500:]}")
            try:
                more = os.read(self.fd, 65536)
            except OSError:
                more = b""
            if not more:
                raise Differs(f"ended without {word!r}: {self.bytes[-1500:]}")
            self.bytes += more


class Terminal(Seen):
    def __init__(self, *args, term="xterm", size=(24, 80)):
        self.pid, fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = term
            os.execv(VFIOCFG, [VFIOCFG, "--root", ROOT, "--live", *args])
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        super().__init__(fd)

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        return os.waitpid(self.pid, 0)[1]


def batch():
    p = subprocess.Popen([VFIOCFG, "--root", ROOT, "--live", "apply", FILE, "--yes", "--override", "mdev/" + UUID],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p, Seen(p.stdout.fileno())


def again():
    """The guest lets go, the kernel finishes, recovering makes the device anew, and the guest has it once more."""
    code = world.run(VFIOCFG, "--root", ROOT, "--live", "recover")
    if code.rc != 4 or "may still carry it out" not in code.err or UUID not in mdevctl_active():
        raise Differs(f"recovering while it is held up: {code}")
    sim(f"release {UUID}")
    code = world.run(VFIOCFG, "--root", ROOT, "--live", "recover")
    if code.rc != 3 or "was undone" not in code.err or UUID not in mdevctl_active():
        raise Differs(f"recovering after it was let go: {code}")
    hold()


def hold():
    sim(f"hold {UUID} 4711 qemu-system-s39")


@case
def batch_says_who_holds_the_device_and_is_given_up_by_ctrl_c():
    p, seen = batch()
    seen.until("held up, since the device is open; ^C gives up")
    seen.until(WHO)
    p.send_signal(signal.SIGINT)
    seen.until("may still carry this step out")
    if p.wait() != 4:
        raise Differs(f"exit {p.returncode}")
    again()


@case
def a_program_killed_while_the_kernel_holds_its_write_up_leaves_it_open():
    p, seen = batch()
    seen.until("held up")
    p.kill()
    p.wait()
    again()


@case
def batch_gives_up_by_itself_where_nobody_is_asked():
    began = time.monotonic()
    p, seen = batch()
    seen.until("held up")
    seen.until("may still carry this step out")
    if p.wait() != 4 or time.monotonic() - began < 5:
        raise Differs(f"exit {p.returncode} after {time.monotonic() - began} s")
    again()


def staged(mode, **how):
    """A front end with the edits loaded, at the commit's last question."""
    t = Terminal("--mode", mode, **how)
    t.until("Is this host ready?")
    if mode == "full":
        t.type(":")
    t.type(f"load {FILE}\r")
    t.until("1 staged" if mode == "full" else "taged")
    t.type("C" if mode == "full" else "commit\r")
    t.until("Type the device's id")
    t.type(f"mdev/{UUID}\r")
    t.until("yes to carry this out")
    t.type("yes\r")
    return t


def interactive(mode, give_up, seconds=0, **how):
    t = staged(mode, **how)
    try:
        t.until("held up")
        t.until(WHO)
        t.until("goes on once the device is let go of")
        t.until("gives up waiting")
        time.sleep(seconds)
        t.type(give_up)
        t.until("may still carry this step out")
    finally:
        t.end()
    again()


@case
def full_screen_says_who_holds_the_device_and_waits_until_it_is_given_up():
    # The deadline of those whom nobody watches passes; a person may wait as long as he likes.
    interactive("full", "c", seconds=11)


@case
def a_panel_says_who_holds_the_device_and_waits_until_it_is_given_up():
    interactive("panel", "cancel\r", term="linux", size=(22, 80))


@case
def line_mode_says_who_holds_the_device_and_waits_until_it_is_given_up():
    interactive("line", "cancel\r", term="dumb")


@case
def who_lets_go_in_time_lets_the_commit_go_on():
    t = staged("full")
    try:
        t.until(WHO)
        t.until("gives up waiting")
        sim(f"release {UUID}")
        t.until("Committed")
    finally:
        t.end()
    if UUID in mdevctl_active():
        raise Differs("the device is still there")


world.main()
