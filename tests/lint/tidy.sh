#!/bin/sh
# SPDX-License-Identifier: MIT
# clang-tidy over one layer (its argument), with the options the layer is compiled with. Slow: suite 'long'.
. "$SOURCE_DIR/tests/lint/tap.sh"

command -v clang-tidy >/dev/null || skip_all "clang-tidy is not installed"
db=$(mktemp -d) || exit 99
trap 'rm -rf "$db"' EXIT
# clang does not know every warning that gcc does.
sed 's/-fdiagnostics-color=always//; s/-Werror //' "$BUILD_DIR/compile_commands.json" >"$db/compile_commands.json"
# The analyzer follows each function a third as far as it would by itself, in a third of the time.
depth="--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000"
for f in $(files "$1"); do
	grep -qF -- "../$f\"" "$db/compile_commands.json" || continue
	verdict "clang-tidy finds nothing in $f" "$(clang-tidy -p "$db" --quiet --extra-arg=-Wno-unknown-warning-option $depth "$f" 2>/dev/null)"
done
finish
