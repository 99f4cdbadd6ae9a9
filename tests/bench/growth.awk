# SPDX-License-Identifier: MIT
#
# growth.awk FIGURES: of whatever takes time, how many times as long it takes on a machine twice as large (2: linear, 4: quadratic), from
# each size to the next; and how much longer the first paint takes than on a machine of 4,000 subchannels.

function say(name, n, value, unit)
{
	printf "{\"name\": \"%s\", \"n\": %d, \"median\": %.3f, \"p95\": %.3f, \"unit\": \"%s\"}\n", name, n, value, value, unit
	printf "%-28s %8d %12.3f %12.3f %s\n", name, n, value, value, unit | "cat >&2"
}

BEGIN { FS = "[\":, {}]+" }

# What is done to many rows at once is doubled where it is measured, with the rows.
$11 == "ms" && $3 !~ /bulk/ {
	if ($3 in size && $5 > size[$3] && median[$3] > 0)
		say($3 ".doubled", $5, exp(log($7 / median[$3]) * log(2) / log($5 / size[$3])), "times")
	size[$3] = $5
	median[$3] = $7
}

$3 == "first.paint" && $5 == 4000 { lpar = $7 }
$3 == "first.paint" && $5 > 4000 && lpar { say("first.paint.ratio", $5, $7 / lpar, "of 4,000") }
