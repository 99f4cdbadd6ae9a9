# SPDX-License-Identifier: MIT
# Cases in the guest's shell: check SENTENCE COMMAND...; finish. What vfiocfg lists is held against the tree by bound.
number=0 failed=0

check() {
	local name=$1
	number=$((number + 1))
	shift
	if "$@"; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		failed=1
	fi
}

exits() { # status, command: what it said is told when it ended otherwise
	local expected=$1 status=0
	shift
	"$@" >/run/exits 2>&1 || status=$?
	[ "$status" = "$expected" ] && return
	echo "# exit $status of $*"
	sed 's/^/# /' /run/exits
	return 1
}

same() {
	diff -a "$1" "$2" >/run/diff && return
	head -n 40 /run/diff | sed 's/^/# /'
	return 1
}

driver_of() { basename "$(readlink "$1/driver" 2>/dev/null)" 2>/dev/null; }

# list KIND COLUMN...: one line a row, the values separated by bars
list() {
	local kind=$1
	shift
	vfiocfg list "$kind" --format csv --columns "$(echo "$@" | tr ' ' ,)" | tr -d '\r"' | tail -n +2 | tr , '|'
}

bound() { # kind, column of the name, bus's directory, names
	list "$1" "$2" bound | sort >/run/said
	for name in $4; do
		echo "$name|$(driver_of "$3/$name")"
	done | sort >/run/found
	same /run/found /run/said
}

finish() {
	echo "1..$number"
	exit $failed
}
