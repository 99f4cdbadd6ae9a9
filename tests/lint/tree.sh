#!/bin/sh
# SPDX-License-Identifier: MIT
# What holds for every file: licence line, sizes, names of tests, and nothing in it of the machine it was written on.
. "$SOURCE_DIR/tests/lint/tap.sh"

sources=$(files '*.c' '*.h')
scripts=$(files run '.ci/run' 'tests/*.sh' 'tests/*.py' 'tests/harness/*' 'tests/s390x/*' 'tests/kernel/*' | grep -v '\.\([ch]\|build\)$')

# Not those that have no comments, are what a program printed or are held to their bytes, and not texts for people.
no_licence() {
	for f in $sources; do
		head -1 "$f" | grep -qxF '/* SPDX-License-Identifier: MIT */' || echo "$f"
	done
	files '*' | grep -vE '\.(c|h|md|out|txt|json|files)$|^(LICENSE|\.gitignore)$|^packaging/debian/(changelog|copyright|docs|source/format)$' |
		grep -vE '^(screenshots|tests/(captures|machines|traces|screens|fuzz/(corpus|small.machine)))' | while read -r f; do
		head -3 "$f" | grep -qE '^(#|/\*|\.\\") SPDX-License-Identifier: MIT( \*/)?$' || echo "$f"
	done
}

# Examples are commits that are there; a tarball and a shallow clone have none.
lost_commits() {
	[ -e .git ] && [ "$(git rev-parse --is-shallow-repository)" = false ] || return 0
	grep -oE '^\| \*\*.*`[0-9a-f]{7}`' CONTRIBUTING.md | grep -oE '`[0-9a-f]{7}`' | tr -d '`' | while read -r commit; do
		git merge-base --is-ancestor "$commit" HEAD || echo "$commit is no commit of this history"
	done
}

# The pictures themselves are held to the program by the test "screens".
pictures() {
	grep -oE '\(screenshots/[^)]*\)' README.md | tr -d '()' | while read -r f; do [ -s "$f" ] || echo "README.md shows $f, which is not there"; done
}

untested_rules() {
	grep -oE 'R\(rule_[a-z_]+, "[a-z-]+"' model/rules_table.h | sed 's/.*"\(.*\)"/\1/' | while read -r rule; do
		grep -qF "\"$rule\"" $(files 'tests/unit/*.c') || echo "$rule"
	done
}

# Who wants to put something at the top asks whether it has no room yet.
top() {
	files '*' | sed 's|/.*||' | sort -u | grep -vxE '\.ci|\.clang-format|\.clang-tidy|\.editorconfig|\.gitignore|CHANGELOG\.md|CONTRIBUTING\.md|LICENSE|README\.md|SECURITY\.md|man|meson\.build|meson_options\.txt|model|packaging|run|screenshots|sysfs|tests|tui'
}

# A function is what stands between { and } at the beginning of a line.
long_functions() {
	awk 'FNR == 1 { start = 0 }
	     /^\{/ { start = FNR }
	     /^\}/ && start { if (FNR - start - 1 > 70) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0 }' $sources
}

long_files() {
	for f in $sources; do
		lines=$(wc -l <"$f")
		[ "$lines" -le 600 ] || echo "$f: $lines lines"
	done
}

# Lower-case words with underscores, three at least: a sentence that is true or isn't.
bad_names() {
	grep -nE '^TEST\(' $(files 'tests/*.c') | grep -vE 'TEST\([a-z0-9]+(_[a-z0-9]+){2,}\)'
}

# A test that is written and not listed never runs.
unlisted() {
	for f in $(files 'tests/*.c'); do
		grep -oE '^TEST\([a-z0-9_]+' "$f" | sed 's/TEST(//' | while read -r name; do
			[ "$(grep -cE "\b$name\b" "$f")" -ge 2 ] || echo "$f: $name"
		done
	done
}

untested() {
	for f in $(files 'tests/unit/*.c'); do
		name=$(basename "$f" .c)
		grep -qF "'$name'" tests/meson.build || echo "$f is not in tests/meson.build"
	done
}

# Hosts that may be named: namespaces and homes of projects we speak of. The patterns have a hole so that they don't find themselves.
foreign() {
	grep -nIE '/wor[k]/|/tmp/brie[f]|/roo[t]/' $(files '*') | grep -vE '^(screenshots|tests/(machines|captures|traces|screens))/'
	grep -nIoE 'https?://[A-Za-z0-9.-]+' $(files '*') |
		grep -vE '://(www\.w3\.org|github\.com|(www\.|docs\.)?kernel\.org|libvirt\.org|(www\.)?qemu\.org|www\.debian\.org|www\.ibm\.com|spdx\.org|json-c\.github\.io)$'
}

untidy() {
	grep -nIE '[ 	]+$' $(files '*.c' '*.h' '*.sh' '*.build' '*.py' '*.md' 'packaging/*' run .ci/run)
	for f in $sources $scripts; do
		[ -z "$(tail -c1 "$f")" ] || echo "$f: no newline at the end"
	done
}

verdict "every file names its licence" "$(no_licence)"
verdict "nothing new stands at the top of the tree" "$(top)"
verdict "the commits which CONTRIBUTING.md names are there" "$(lost_commits 2>&1)"
verdict "every picture of the README is there" "$(pictures)"
verdict "no function has over 70 lines" "$(long_functions)"
verdict "no file has over 600 lines" "$(long_files)"
verdict "every test's name is a sentence" "$(bad_names)"
verdict "every test that is written is run" "$(unlisted)"
verdict "every rule is named by a test" "$(untested_rules)"
verdict "every test program is built" "$(untested)"
verdict "nothing names a machine it was made on" "$(foreign)"
verdict "no line ends in blanks" "$(untidy)"
verdict "no struct hides behind a typedef" "$(code_with 'typedef (struct|union|enum)' $(files 'sysfs/*.[ch]' 'model/*.[ch]' 'tui/*.[ch]'))"
finish
