/* SPDX-License-Identifier: MIT */
/* Files of driverctl: the name in the first line, the bytes behind it. */
#include "fuzz.h"
#include "store.h"

#include <string.h>

static void check_name(const char *name)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct devid dev;

	if (driverctl_name_parse(name, &dev) < 0)
		return;
	MUST(driverctl_path(&dev, &path) == 0);
	MUST(fuzz_below(buf_str(&path), DRIVERCTL_DIR));
	MUST(str_eq(strrchr(buf_str(&path), '/') + 1, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *name = fuzz_line(&data, &size);
	CLEANUP(freep) char *bytes = fuzz_string(data, size);
	CLEANUP(buf_done) struct buf driver = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf again = { 0 };

	check_name(name);
	if (driverctl_read(bytes, size, &driver) < 0)
		return 0;
	MUST(name_ok(buf_str(&driver)));
	MUST(driverctl_write(buf_str(&driver), &text) == 0);
	MUST(driverctl_read(buf_str(&text), text.len, &again) == 0);
	MUST(str_eq(buf_str(&driver), buf_str(&again)));
	return 0;
}
