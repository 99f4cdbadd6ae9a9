/* SPDX-License-Identifier: MIT */
/* The rule of chzdev's type ap: only what is exactly of its form is ever rewritten. */
#include "fuzz.h"
#include "store.h"

#include <string.h>

static const struct ap_mask *if_has(bool has, const struct ap_mask *m)
{
	return has ? m : NULL;
}

static void round_trip(const struct ap_rule *rule)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct parse_error where = { 0 };
	struct ap_rule again = { 0 };

	MUST(ap_rule_write(if_has(rule->has_apmask, &rule->apmask),
			   if_has(rule->has_aqmask, &rule->aqmask), &text) == 0);
	if (!text.len)
		return;
	MUST(ap_rule_read(buf_str(&text), text.len, &again, &where) == 0);
	MUST(again.ours_to_write && again.loads_vfio_ap);
	MUST(again.has_apmask == rule->has_apmask && again.has_aqmask == rule->has_aqmask);
	MUST(!rule->has_apmask || mask_eq(&again.apmask, &rule->apmask));
	MUST(!rule->has_aqmask || mask_eq(&again.aqmask, &rule->aqmask));
	free(again.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *bytes = fuzz_string(data, size);
	struct parse_error where = { 0 };
	struct ap_rule rule = { 0 };

	if (ap_rule_read(bytes, size, &rule, &where) < 0) {
		MUST(where.line > 0 && where.column > 0);
		return 0;
	}
	MUST(!memcmp(rule.bytes, bytes, size));
	if (rule.ours_to_write)
		round_trip(&rule);
	free(rule.bytes);
	return 0;
}
