# SPDX-License-Identifier: MIT
# Cases in the guest's shell: check SENTENCE COMMAND...; finish.
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

finish() {
	echo "1..$number"
	exit $failed
}
