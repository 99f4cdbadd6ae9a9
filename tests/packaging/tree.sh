# SPDX-License-Identifier: MIT
# For the scripts here: a copy of the sources, as a release has them. Nothing of what git ignores, everything else.
. "$SOURCE_DIR/tests/lint/tap.sh"

temp=$(mktemp -d) || exit 99
trap 'rm -rf "$temp"' EXIT
umask 022

copy_tree() { # to
	mkdir -p "$1"
	files '*' | tar -c -T - | tar -x -C "$1"
}

# The end of a log as something that speaks against it, when a command fails.
told() { # command...
	"$@" </dev/null >"$temp/log" 2>&1 || tail -n 40 "$temp/log"
}
