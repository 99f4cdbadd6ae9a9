/* SPDX-License-Identifier: MIT */
/* Names of devices, masks, and words of cio_ignore: what is taken is well formed, and its own text is taken for the same. */
#include "fuzz.h"
#include "ids.h"
#include "mask.h"
#include "sim_text.h"
#include "store.h"

#include <string.h>

static void check_devid(const char *text)
{
	char shown[DEVID_TEXT];
	struct devid id, again;

	if (devid_parse(text, &id) < 0)
		return;
	MUST(name_ok(id.name));
	MUST(devid_parse(devid_text(&id, shown), &again) == 0 && devid_eq(&id, &again));
}

static void check_numbers(const char *text)
{
	struct ccwid ccw, ccw2;
	struct pciid pci, pci2;
	char uuid[UUID_TEXT];
	struct devid id;
	apqn_t q, q2;

	if (ccwid_parse(text, &ccw) == 0) {
		id = devid_ccw(ccw);
		MUST(ccwid_parse(id.name, &ccw2) == 0 && ccwid_cmp(ccw, ccw2) == 0);
	}
	if (apqn_parse(text, &q) == 0) {
		id = devid_queue(q);
		MUST(apqn_parse(id.name, &q2) == 0 && q == q2);
	}
	if (pciid_parse(text, &pci) == 0) {
		id = devid_pci(pci);
		MUST(pciid_parse(id.name, &pci2) == 0 && str_eq(id.name, devid_pci(pci2).name));
	}
	if (uuid_normal(text, uuid) == 0)
		MUST(uuid_normal(uuid, uuid) == 0 && name_ok(uuid));
}

/* Two parsers of the kernel's spelling, written apart: the model's and the simulated kernel's. */
static void check_mask(const char *text)
{
	struct ap_mask m = mask_all(), again = { 0 };
	struct sim_mask kernel;
	char shown[MASK_TEXT], from_kernel[SIM_MASK_TEXT];
	int r = mask_parse(text, &m);

	memset(&kernel, 0xff, sizeof(kernel));
	MUST((r == 0) == (sim_mask_parse(text, &kernel) == 0));
	mask_text(&m, shown);
	sim_mask_text(&kernel, from_kernel);
	MUST(!strcmp(shown, from_kernel));
	MUST(mask_parse(shown, &again) == 0 && mask_eq(&m, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = fuzz_string(data, size);
	CLEANUP(freep) struct ccw_range *ranges = NULL;
	CLEANUP(freep) char *safe = text_safe(text);
	size_t n = 0;

	check_devid(text);
	check_numbers(text);
	check_mask(text);
	MUST(safe && !strchr(safe, '\n'));
	fuzz_harmless(safe, strlen(safe));
	if (name_ok(text))
		MUST(!strchr(text, '/') && text[0] != '.' && strlen(text) <= 255);
	cio_ignore_parse(text, &ranges, &n);
	for (size_t i = 0; i < n; i++)
		MUST(ccwid_cmp(ranges[i].from, ranges[i].to) <= 0);
	return 0;
}
