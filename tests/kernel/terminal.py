# SPDX-License-Identifier: MIT
"""vfiocfg on a real 3270: panels, PF keys, line commands, guided set-up, the matrix, a commit; CLEAR, PA1, a lost line.

terminal.py KERNEL MODEL: runs tests/kernel/guest and s3270. Screens are kept in screenshots/3270; UPDATE_SCREENS=1 writes them.
"""
import os
import re
import sys
import time

import s3270
from s3270 import Differs, keep, until

KERNEL, MODEL = sys.argv[1], int(sys.argv[2])
SIZE = {2: "22x80", 4: "41x80"}[MODEL]
DISK = "7e270a25-e163-4922-af60-757fc8ed48c6"
UUID = re.compile(r"[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}"), lambda found: re.sub(r"[0-9a-f]", "0", found[0])
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


def begin(guest, terminal):
    guest.start()
    return terminal.wait("===>", "Overview")


def leave(guest, terminal, status=0):
    terminal.type("end")
    try:
        got = guest.ended(20)
    except Differs as why:
        raise Differs(f"{why}\n{terminal.text()}") from None
    expect(got == status, f"exit {got}\n{terminal.text()}")


@case
def the_program_chooses_panels_by_itself(guest, terminal):
    begin(guest, terminal)
    rows = terminal.page()
    expect(len(rows) == int(SIZE[:2]), f"{len(rows)} rows")
    keep(f"overview-{SIZE}", rows)


@case
def pf_keys_do_what_their_banks_say(guest, terminal):
    terminal.type("channel")
    first = terminal.wait("0.0.2b09")
    keep(f"channel-{SIZE}", terminal.page())
    terminal.pf(13)
    terminal.wait("Words of this place")
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
def guided_set_up_leads_to_a_commit(guest, terminal):
    answers = (("Set-up: 1", "ok"), ("Set-up: 2", "channel"), ("Set-up: 3", "2b09"), ("Set-up: 4", "both"), ("Type yes", "yes"),
               ("Committed.", "end"))
    terminal.type("setup")
    for number, (text, answer) in enumerate(answers, 1):
        terminal.wait(text)
        keep(f"setup-{number}-{SIZE}", terminal.page(), UUID)
        terminal.type(answer)
    terminal.wait("0.0.2b09")
    leave(guest, terminal)
    expect("/0.0.0001/" in guest.run("readlink /sys/bus/mdev/devices/*; vfiocfg undo 1 --yes"), "no mediated device")
    begin(guest, terminal)
    terminal.type("channel")


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
    terminal.wait("adapters 05  domains 0004 00ab")
    keep(f"matrix-{SIZE}-{KERNEL}", terminal.page())
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
    begin(guest, terminal)
    terminal.type("revert all; commit")
    terminal.wait("yes")
    terminal.type("yes")
    terminal.wait("ommitted")
    terminal.type("end")
    leave(guest, terminal)
    found = guest.run("cat /sys/bus/css/devices/0.0.0001/driver_override; ls /sys/bus/mdev/devices; ls /etc/driverctl.d")
    expect("vfio_ccw" not in found and "-" not in found, found)


# -- what the keys of a 3270, and a line that breaks, do to a program --


def stage_2b09(terminal):
    terminal.type("channel")
    row = row_of(terminal.wait("0.0.2b09"), "0.0.2b09")
    terminal.type(f"{row} stage")
    terminal.wait("1 staged")


def press_clear(terminal):
    """The driver draws the page again, or the keyboard stays locked, at once or from the next key on: a new connection helps."""
    try:
        terminal.act("Clear()", 10)
    except Differs:
        print("# the terminal is stuck at CLEAR")
        terminal.connect()
    time.sleep(1)


def free_keyboard(terminal):
    try:
        terminal.act("Wait(5,Unlock)")
        terminal.act("Enter()", 5)
    except Differs:
        print("# CLEAR has locked the keyboard for good")
        terminal.connect()
    time.sleep(2)


def come_back(guest, terminal):
    """Whoever comes back finds the edits, in the program or kept by it."""
    if guest.has_ended():
        print(f"# the program was ended: {guest.ended()}")
        guest.start()
        screen = terminal.wait("===>", "Edits were staged")
        keep(f"reconnected-{SIZE}", terminal.page())
        terminal.type("resume")
    else:
        terminal.type("repaint")
    terminal.wait("1 staged")
    terminal.type("channel")
    terminal.wait("0.0.2b09", "vfio_ccw *")


@case
def clear_loses_nothing(guest, terminal):
    begin(guest, terminal)
    stage_2b09(terminal)
    press_clear(terminal)
    free_keyboard(terminal)
    come_back(guest, terminal)


@case
def pa1_asks_before_edits_are_forgotten(guest, terminal):
    terminal.act("PA(1)")
    terminal.wait("staged and not committed")
    terminal.type("no")
    terminal.wait("1 staged", "0.0.2b09")


@case
def who_loses_the_line_finds_the_edits_again(guest, terminal):
    terminal.disconnect()
    time.sleep(2)
    terminal.connect()
    time.sleep(1)
    come_back(guest, terminal)
    terminal.type("undo")
    terminal.wait("===>")
    leave(guest, terminal)


def hold_up(guest, terminal):
    """A commit whose first step the kernel keeps waiting, as somebody has the device open. Returns which it takes back."""
    guest.run(f"""
        cat >/run/held.json <<END
{{"vfiocfg-edits":1,"mdevs":[{{"uuid":"{DISK}","parent":"0.0.0001","type":"vfio_ccw-io","start":"auto","active":true}}]}}
END
        vfiocfg apply /run/held.json --yes || exit 1
        group=$(basename $(readlink /sys/bus/mdev/devices/{DISK}/iommu_group))
        labtr hold 600 $group {DISK} >/run/held & echo $! >/run/holder
        until grep -q get_device=ok /run/held; do usleep 100000; done""")
    begin(guest, terminal)
    number = guest.run("vfiocfg history | tail -n 1").split()[0]
    terminal.type(f"revert {number}; commit")
    terminal.wait("to override")
    keep(f"protected-{SIZE}", terminal.page())
    for name in ("0.0.0001", DISK):
        terminal.type(name)
    terminal.wait("Type yes")
    terminal.type("yes")
    terminal.wait("The word cancel stops")
    time.sleep(1)
    return number


def let_go(guest):
    guest.run("kill $(cat /run/holder)")


def finish(guest, terminal):
    """Whoever sees the end of the commit leaves; else the program does by itself."""
    until("the commit is finished", lambda: guest.has_ended() or "Committed." in terminal.text())
    if not guest.has_ended():
        terminal.type("end")
        leave(guest, terminal)


def state_of_disk(guest):
    return guest.run(f"ls -d /sys/bus/mdev/devices/{DISK} /etc/mdevctl.d/0.0.0001/{DISK} 2>/dev/null; vfiocfg history; true")


@case
def clear_in_the_middle_of_a_commit_disturbs_nothing(guest, terminal):
    hold_up(guest, terminal)
    press_clear(terminal)
    let_go(guest)
    free_keyboard(terminal)
    finish(guest, terminal)
    said = state_of_disk(guest)
    expect("/sys/" not in said and "/etc/" not in said, said)


@case
def pa1_in_the_middle_of_a_commit_stops_it_and_recover_brings_all_back(guest, terminal):
    number = hold_up(guest, terminal)
    terminal.act("PA(1)")
    terminal.wait("Commit: result", "has not answered yet")
    keep(f"stopped-{SIZE}", terminal.page())
    let_go(guest)
    terminal.type("end")
    terminal.type("end")
    terminal.wait("staged and not committed")
    terminal.type("yes")
    expect(guest.ended() == 0, "it ended otherwise")
    guest.run("vfiocfg recover || [ $? = 3 ]")
    said = state_of_disk(guest)
    expect("/sys/" in said and "/etc/" in said, said)
    guest.run(f"vfiocfg undo {number} --yes")


@case
def a_commit_is_finished_though_the_line_is_lost(guest, terminal):
    hold_up(guest, terminal)
    terminal.disconnect()
    time.sleep(0.5)
    let_go(guest)
    terminal.connect()
    finish(guest, terminal)
    said = state_of_disk(guest)
    expect("/sys/" not in said and "/etc/" not in said, said)
    begin(guest, terminal)
    terminal.type("changes")
    terminal.wait("committed")
    leave(guest, terminal)


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
        terminal.disconnect()
        guest.end()
    sys.exit(1 if failed else 0)


main()
