# SPDX-License-Identifier: MIT
"""A 3270 that is driven through s3270, and the emulated machine it belongs to."""
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Differs(AssertionError):
    pass


def until(what, condition, seconds=40):
    """The machine is slow and tells of nothing: looks until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Differs(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Terminal:
    """Model 2 has 24 rows, model 4 43; the bottom two are the driver's."""

    def __init__(self, model, port):
        self.model, self.port = model, port
        self.process = None

    def act(self, action, seconds=30):
        """What is done on a keyboard that stays locked never ends."""
        self.process.stdin.write((action + "\n").encode())
        lines, rest = [], b""
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], seconds)
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                raise Differs(f"the terminal is stuck at {action}")
            *whole, rest = (rest + part).split(b"\n")
            lines += [line.decode() for line in whole]
            if lines and lines[-1] in ("ok", "error"):
                return lines[:-1], lines[-1]

    def connect(self):
        """A new emulator each time; the machine drops the line to an older one when that ends."""
        self.disconnect()
        self.process = subprocess.Popen(["s3270", "-utf8", "-model", f"3279-{self.model}-E"], bufsize=0,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        until("connected", lambda: self.act(f"Connect(127.0.0.1:{self.port})")[1] == "ok")

    def disconnect(self):
        """As when the line breaks."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def rows(self):
        lines, _ = self.act("Ascii()")
        return [line[6:].rstrip() for line in lines if line.startswith("data:")]

    def page(self):
        """Without the two lines that belong to the driver."""
        return self.rows()[:-2]

    def text(self):
        return "\n".join(self.page())

    def wait(self, *texts, seconds=40):
        """Until all of them are to be seen, and the screen has come to rest."""
        try:
            until(repr(texts), lambda: all(t in self.text() for t in texts), seconds)
        except Differs as why:
            raise Differs(f"{why}\n{self.text()}") from None
        last = None
        while self.text() != last:
            last = self.text()
            time.sleep(0.4)
        return last

    def type(self, text):
        """A line and ENTER, as soon as the keyboard is free."""
        self.act("Wait(20,Unlock)")
        if text:
            self.act('String("%s")' % text.replace("\\", "\\\\").replace('"', '\\"'))
        self.act("Enter()")
        # The driver empties its input line a moment later; what is typed until then is added to what was.
        if text:
            until("the line is taken", lambda: text[:60] not in "\n".join(self.rows()[-2:]))

    def pf(self, number):
        self.act("Wait(20,Unlock)")
        self.act(f"PF({number})")


class Guest:
    """The machine with vfiocfg on its 3270; beside it a shell of its own for looking."""

    def __init__(self, kernel):
        self.share = tempfile.mkdtemp(prefix="vfiocfg-3270-")
        self.port = free_port()
        environment = {**os.environ, "SHARE": self.share, "PORT": str(self.port), "SECONDS_MAX": "900"}
        self.process = subprocess.Popen([HERE + "/guest", kernel, "sh /tests/terminal.sh"], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until("the machine is up", lambda: self.is_there("up") or self.process.poll() is not None, 120)
        if self.process.poll() is not None:
            said = self.process.stdout.read()
            if said.startswith("1..0"):
                print(said, end="")
                sys.exit(0)
            raise Differs(said)

    def is_there(self, name):
        return os.path.exists(f"{self.share}/{name}")

    def read(self, name):
        with open(f"{self.share}/{name}") as f:
            return f.read()

    def tell(self, command, *answers):
        for name in answers:
            if self.is_there(name):
                os.unlink(f"{self.share}/{name}")
        with open(f"{self.share}/next.new", "w") as f:
            f.write(command)
        os.rename(f"{self.share}/next.new", f"{self.share}/next")

    def start(self, *options):
        self.tell("program " + " ".join(options), "begun", "ended")
        until("the program is begun", lambda: self.is_there("begun"))

    def has_ended(self):
        return self.is_there("ended")

    def ended(self, seconds=60):
        """The program's exit status."""
        until("the program has ended", self.has_ended, seconds)
        return int(self.read("ended"))

    def run(self, command):
        """A command of the guest's shell, beside the program."""
        self.tell(command, "answered")
        until(command, lambda: self.is_there("answered"), 120)
        status, answer = int(self.read("answered")), self.read("answer")
        if status:
            raise Differs(f"exit {status} of {command}: {answer}")
        return answer

    def end(self):
        if self.process.poll() is None:
            self.tell("end")
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.terminate()
        shutil.rmtree(self.share, ignore_errors=True)


# -- screens that are kept --

SCREENS = os.path.normpath(f"{HERE}/../../screenshots/3270")
PASSING = (
    (re.compile(r"Linux \S+-lab +"), "Linux KERNEL  "),
    (re.compile(r"(commit|Commit) \d+"), r"\1 1"),
    (re.compile(r"\(pid \d+\)"), "(pid 1)"),
    (re.compile(r"\d+\.\d+ s"), "0.0 s"),
    (re.compile(r"\d\d\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?"), "2026-01-01 00:00:00"),
)


def keep(name, page, *passing):
    """Compares with screenshots/3270/NAME.txt; UPDATE_SCREENS=1 writes it."""
    text = "\n".join(page).rstrip("\n") + "\n"
    for pattern, instead in PASSING + passing:
        text = pattern.sub(instead, text)
    path = f"{SCREENS}/{name}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        os.makedirs(SCREENS, exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    with open(path) as f:
        kept = f.read()
    if kept != text:
        raise Differs(f"{path} is not what the terminal shows:\n{text}")
