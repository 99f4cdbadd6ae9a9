#!/bin/sh
# SPDX-License-Identifier: MIT
# manual.sh PAGE...: the manual pages are clean mdoc, and nothing of their templates is left.
#
# Lines longer than 80 bytes are one sentence each; pages of other packages need not be installed.
for page; do
	set -- "$@" "$(realpath "$page")"
	shift
done
. "$SOURCE_DIR/tests/lint/tap.sh"

for page; do
	name=$(basename "$page")
	verdict "$name has no line of its template left" "$(grep -n '^@[A-Z]*@$' "$page")"
	if command -v groff >/dev/null; then
		verdict "groff finds nothing in $name" "$(groff -ww -z -mdoc -Tutf8 -K utf8 "$page" 2>&1)"
	else
		verdict "groff finds nothing in $name # SKIP groff is not installed"
	fi
	if command -v man >/dev/null; then
		verdict "man finds nothing in $name" "$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings=w -l "$page" 2>&1 >/dev/null)"
	else
		verdict "man finds nothing in $name # SKIP man is not installed"
	fi
	if command -v mandoc >/dev/null; then
		verdict "mandoc finds nothing in $name" "$(mandoc -Tlint "$page" 2>/dev/null |
			grep -vE 'longer than 80 bytes|referenced manual not found|outdated mandoc.db')"
	else
		verdict "mandoc finds nothing in $name # SKIP mandoc is not installed"
	fi
	verdict "$name is read on 80 columns" "$(MANWIDTH=80 groff -mdoc -Tascii -rLL=78n "$page" 2>/dev/null |
		sed 's/.\x08//g' | grep -nE '^.{81}')"
done
finish
