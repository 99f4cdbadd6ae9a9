#!/bin/sh
# SPDX-License-Identifier: MIT
# Each layer sees itself and what is below it, nothing above. What decides is the include path that each layer is really compiled with.
. "$SOURCE_DIR/tests/lint/tap.sh"

path_of() { # a source file: the -I options of its library, as in the build
	grep '"command"' "$BUILD_DIR/compile_commands.json" | grep -F -- " -c ../$1\"" |
		grep -oE -- '-I[^ "]+' | tr '\n' ' '
}

compiles() { # header, include path
	# shellcheck disable=SC2086
	(cd "$BUILD_DIR" && printf '#include "%s"\n' "$1" | "${CC:-cc}" -D_GNU_SOURCE $2 -fsyntax-only -x c -)
}

may() { # layer, a source file of it, header
	path=$(path_of "$2")
	[ -n "$path" ] || { verdict "$1 has an include path" "$2 is not in compile_commands.json"; return; }
	verdict "$1 sees $3" "$(compiles "$3" "$path" 2>&1)"
}

may_not() { # layer, a source file of it, header, include path with which it would compile
	path=$(path_of "$2")
	[ -n "$path" ] || { verdict "$1 has an include path" "$2 is not in compile_commands.json"; return; }
	verdict "$1 does not see $3" "$(compiles "$3" "$path" >/dev/null 2>&1 && echo "it compiles with $path")"
	verdict "$3 compiles where it may be seen" "$(compiles "$3" "$path $4" 2>&1)"
}

all="-I$SOURCE_DIR/tui -I$SOURCE_DIR/model -I$SOURCE_DIR/sysfs -I$SOURCE_DIR/sysfs/base"
may tui tui/canvas.c session.h
may tui tui/canvas.c mem.h
may_not tui tui/canvas.c sys.h "$all"
may_not tui tui/canvas.c real.h "$all"
may_not tui tui/canvas.c sim.h "$all"
may model model/msg.c sys.h
may_not model model/msg.c canvas.h "$all"
may_not model model/msg.c app.h "$all"
may sysfs sysfs/sys.c mem.h
may_not sysfs sysfs/sys.c session.h "$all"
may_not sysfs sysfs/sys.c app.h "$all"
may_not base sysfs/base/mem.c sys.h "$all"
verdict "no include climbs over the fence by a path" "$(grep -nE '#include "[^"]*/' $(files 'sysfs/*.[ch]' 'model/*.[ch]' 'tui/*.[ch]'))"
verdict "what only the machine's layer may do stays in it" "$(code_with '\b(open|openat|fopen|creat|opendir)\(' $(files 'model/*.c'))"
verdict "no path of the kernel stands in the front ends" "$(code_with '"([^"]*[^A-Z"])?/sys\b' $(files 'tui/*.c' | grep -v '^tui/main\.c$'))"
verdict "only the terminal's room includes ncurses" "$(grep -nE '#include <(ncurses[a-z]*|curses|panel|form|menu|term)[./]' $(files '*.[ch]' | grep -v '^tui/term\(_key\)\?\.c$'))"
verdict "the machine's layer knows no tool's json" "$(grep -nE '#include <json' $(files 'sysfs/*.[ch]'))"
verdict "no shell is ever called" "$(code_with '\b(system|popen|execl|execlp|execv|execvp|execve|posix_spawn)\(' $(files 'sysfs/*.c' 'model/*.c' 'tui/*.c'))"
verdict "nobody sleeps" "$(code_with '\b(sleep|usleep|nanosleep|clock_nanosleep)\(' $(files 'sysfs/*.c' 'model/*.c' 'tui/*.c'))"
finish
