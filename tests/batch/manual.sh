#!/bin/sh
# SPDX-License-Identifier: MIT
# manual.sh PAGE...: the manual pages are clean mdoc, and nothing of their templates is left.
command -v groff >/dev/null || exit 77
bad=0
for page; do
	warnings=$(groff -ww -z -mdoc -Tutf8 -K utf8 "$page" 2>&1)
	left=$(grep -n '^@[A-Z]*@$' "$page")
	long=$(awk 'length > 200 { print FILENAME ": " FNR ": too long" }' "$page")
	[ -z "$warnings$left$long" ] && continue
	printf '%s: %s %s %s\n' "$page" "$warnings" "$left" "$long" >&2
	bad=1
done
exit $bad
