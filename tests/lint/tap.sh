# SPDX-License-Identifier: MIT
# For the lint scripts: cd to the sources, verdicts in TAP. A verdict is good when there is nothing to report.
cd "$SOURCE_DIR" || exit 99
n=0

verdict() { # what is so, what speaks against it
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '# %s\n' "$1:" >&2
		printf '%s\n' "$2" | head -40 >&2
		failed=1
	fi
}

finish() {
	echo "1..$n"
	exit "${failed:-0}"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# The files of the tree, also those not yet committed; a tarball has no git.
files() {
	if [ -e .git ] && command -v git >/dev/null; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		for pattern; do find . -path './build*' -prune -o -path "./$pattern" -type f -print | sed 's|^\./||'; done
	fi | while read -r f; do [ -f "$f" ] && echo "$f"; done
}

# A source without its comments, its lines where they were.
bare() {
	"${CC:-cc}" -fpreprocessed -dD -E -w -x c "$1" 2>/dev/null
}

# Lines of code (comments apart) that match, as file: line.
code_with() { # extended regular expression, files...
	regex=$1
	shift
	for f; do
		bare "$f" | grep -v '^# ' | grep -E -- "$regex" | sed "s|^|$f: |"
	done
}
