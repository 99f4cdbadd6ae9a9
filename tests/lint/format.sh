#!/bin/sh
# SPDX-License-Identifier: MIT
# Other versions of clang-format have other opinions: 14 decides, which Debian 12 has.
. "$SOURCE_DIR/tests/lint/tap.sh"

tool=$(command -v clang-format-14 || command -v clang-format) || skip_all "clang-format is not installed"
"$tool" --version | grep -q 'version 14\.' || skip_all "clang-format is not version 14"
verdict "sources are formatted as .clang-format says" \
	"$("$tool" --dry-run -Werror $(files '*.c' '*.h') 2>&1 | grep 'error:' | sort -u -t: -k1,1)"
finish
