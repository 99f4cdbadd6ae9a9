# SPDX-License-Identifier: MIT
"""vfiocfg on a real 3270: panels, PF keys, line commands, guided set-up, the matrix, a commit; CLEAR, PA1, a lost line.

terminal.py KERNEL MODEL: runs tests/kernel/guest and s3270. Screens are kept in screenshots/3270; UPDATE_SCREENS=1 writes them.
"""
import os
import re
import sys

import s3270
from s3270 import Differs, keep

KERNEL, MODEL = sys.argv[1], int(sys.argv[2])
SIZE = {2: "22x80", 4: "41x80"}[MODEL]
DISK = "7e270a25-e163-4922-af60-757fc8ed48c6"
MATRIX = "669d9b23-fe1b-4ecb-be08-a2fabca99b71"
cases = []


def case(function):
    cases.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Differs(what)


def row_of(screen, text):
    """The number in front of the row that holds a text."""
    for line in screen.splitlines():
        if text in line:
            return re.match(r"\s*(\d+)", line).group(1)
    raise Differs(f"no row with {text} in\n{screen}")


def leave(guest, terminal, status=0):
    terminal.type("quit")
    got = guest.ended()
    expect(got == status, f"exit {got}")


@case
def the_program_chooses_panels_by_itself(guest, terminal):
    guest.start()
    terminal.wait("===>", "Overview")
    rows = terminal.page()
    expect(len(rows) == int(SIZE[:2]), f"{len(rows)} rows")
    keep(f"overview-{SIZE}", rows)


@case
def pf_keys_do_what_their_banks_say(guest, terminal):
    terminal.type("channel")
    first = terminal.wait("0.0.2b09")
    keep(f"channel-{SIZE}", terminal.page())
    terminal.pf(13)
    terminal.wait("help")
    keep(f"help-{SIZE}", terminal.page())
    terminal.pf(15)
    expect(terminal.wait("0.0.2b09") == first, "PF15 does not come back to the page")
    terminal.pf(20)
    terminal.wait("===>")
    terminal.pf(19)
    expect(terminal.wait("0.0.2b09") == first, "PF19 does not come back up")


@case
def an_empty_line_does_nothing(guest, terminal):
    before = terminal.wait("===>")
    terminal.type("")
    expect(terminal.wait("===>") == before, "the page is another one")


@case
def a_line_command_stages_and_takes_back(guest, terminal):
    row = row_of(terminal.wait("0.0.2b09"), "0.0.2b09")
    terminal.type(f"{row} stage")
    terminal.wait("1 staged")
    keep(f"staged-{SIZE}", terminal.page())
    terminal.type("undo")
    expect("staged" not in terminal.wait("===>").splitlines()[0], "still staged")


@case
def guided_set_up_asks_and_can_be_left(guest, terminal):
    terminal.type("setup")
    terminal.wait("===>")
    keep(f"setup-{SIZE}", terminal.page())
    terminal.type("end")
    terminal.wait("0.0.2b09")


@case
def the_example_is_put_together_and_committed(guest, terminal):
    row = row_of(terminal.wait("0.0.2b09"), "0.0.2b09")
    terminal.type(f"{row} new")
    terminal.wait("UUID")
    terminal.type(f"3={DISK}")
    terminal.wait(DISK)
    terminal.type("ok")
    terminal.wait("staged")
    terminal.type(f"crypto; new {MATRIX}")
    terminal.wait("staged", MATRIX[:8])
    terminal.type("assign 05 0004,00ab")
    terminal.wait("2 staged")
    keep(f"matrix-{SIZE}", terminal.page())
    terminal.type("commit")
    terminal.wait("yes")
    keep(f"commit-{SIZE}", terminal.page())
    terminal.type("yes")
    terminal.wait("ommitted")
    keep(f"committed-{SIZE}", terminal.page())
    terminal.type("end")
    leave(guest, terminal)
    found = guest.run(f"readlink /sys/bus/css/devices/0.0.0001/driver; cat /sys/devices/vfio_ap/matrix/{MATRIX}/matrix; "
                      f"ls /etc/mdevctl.d/*")
    expect("vfio_ccw" in found and "05.0004\n05.00ab\n" in found and found.count("-") == 8, found)


@case
def the_commit_is_taken_back_by_panels(guest, terminal):
    guest.start()
    terminal.wait("===>", "Overview")
    terminal.type("revert all; commit")
    terminal.wait("yes")
    terminal.type("yes")
    terminal.wait("ommitted")
    terminal.type("end")
    leave(guest, terminal)
    found = guest.run("cat /sys/bus/css/devices/0.0.0001/driver_override; ls /sys/bus/mdev/devices; ls /etc/driverctl.d")
    expect("vfio_ccw" not in found and "-" not in found, found)


@case
def clear_leaves_the_program_running(guest, terminal):
    guest.start()
    terminal.wait("===>", "Overview")
    terminal.act("Clear()")
    terminal.type("")
    terminal.wait("===>", "Overview")
    terminal.type("channel")
    terminal.wait("0.0.2b09")


@case
def pa1_ends_no_work_without_a_word(guest, terminal):
    row = row_of(terminal.wait("0.0.2b09"), "0.0.2b09")
    terminal.type(f"{row} stage")
    terminal.wait("1 staged")
    terminal.act("PA(1)")
    s3270.time.sleep(1)
    terminal.type("")
    keep(f"pa1-{SIZE}", terminal.page() if terminal.wait("===>") else [])


def main():
    guest = s3270.Guest(KERNEL)
    terminal = s3270.Terminal(MODEL, guest.port)
    failed = 0
    try:
        terminal.connect()
        for number, function in enumerate(cases, 1):
            name = function.__name__.replace("_", " ")
            try:
                function(guest, terminal)
                print(f"ok {number} - {name}", flush=True)
            except Differs as why:
                failed += 1
                print(f"not ok {number} - {name}")
                print("\n".join("# " + line for line in str(why).splitlines()), flush=True)
                if os.environ.get("STOP"):
                    break
        print(f"1..{len(cases)}")
    finally:
        terminal.quit()
        guest.end()
    sys.exit(1 if failed else 0)


main()
