#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh [SECONDS] [TARGET...]: libFuzzer with AddressSanitizer and UBSan on each target for so long, one after another. New inputs
# are kept in build-fuzz/corpus, what breaks a promise in build-fuzz/found (add it to tests/fuzz/corpus once it is fixed). Fails if
# anything was found.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
BUILD=${BUILD:-build-fuzz}
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
	seconds=$1
	shift
fi
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

[ -f "$BUILD/build.ninja" ] || CC=clang meson setup "$BUILD" -Dfuzz=true -Db_lundef=false >&2
ninja -C "$BUILD" fuzzers >&2
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)

status=0
for target; do
	mkdir -p "$BUILD/corpus/$target" "$BUILD/found/$target"
	log=$BUILD/found/$target.log
	result=ok
	"$BUILD/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -timeout=20 -entropic=0 -rss_limit_mb=2000 -max_len=4096 -print_final_stats=1 \
		-artifact_prefix="$BUILD/found/$target/" "$BUILD/corpus/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1 || result=FOUND
	[ $result = ok ] || status=1
	echo "$result $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions in $seconds s"
	[ $result = ok ] || grep -E 'does not hold|runtime error|^SUMMARY' "$log" | head -3
done
exit $status
