#!/bin/sh
# SPDX-License-Identifier: MIT
# clang-tidy over one layer (its argument), with the options the layer is compiled with. Slow: suite 'long'.
. "$SOURCE_DIR/tests/lint/tap.sh"

command -v clang-tidy >/dev/null || skip_all "clang-tidy is not installed"
db=$(mktemp -d) || exit 99
trap 'rm -rf "$db"' EXIT
# clang does not know every warning that gcc does.
sed 's/-fdiagnostics-color=always//; s/-Werror //' "$BUILD_DIR/compile_commands.json" >"$db/compile_commands.json"
for f in $(files "$1"); do
	grep -qF -- "../$f\"" "$db/compile_commands.json" || continue
	verdict "clang-tidy finds nothing in $f" "$(clang-tidy -p "$db" --quiet --extra-arg=-Wno-unknown-warning-option "$f" 2>/dev/null)"
done
finish
