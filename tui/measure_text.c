/* SPDX-License-Identifier: MIT */
#include "measure_text.h"
#include "mem.h"
#include "snippets.h"

#include <errno.h>
#include <stdio.h>

struct devid measure_device(const struct session *s, const struct devid *dev)
{
	const struct subch *sch = NULL;
	struct ccwid id;

	if (dev->bus == BUS_CSS && ccwid_parse(dev->name, &id) == 0)
		sch = inventory_subch(session_inventory(s), id);
	return sch && sch->has_dev ? devid_ccw(sch->dev) : *dev;
}

const char *measure_ms(int64_t ns, char *text, size_t size)
{
	double ms = (double)ns / 1e6;

	if (ns < 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.*f",
			 ms < 9.9995   ? 3
			 : ms < 99.995 ? 2
			 : ms < 999.95 ? 1
				       : 0,
			 ms);
	return text;
}

const char *measure_percent(int permille, char *text, size_t size)
{
	if (permille < 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%d.%d", permille / 10, permille % 10);
	return text;
}

const char *measure_seconds(int64_t ns, char *text, size_t size)
{
	if (ns < 0)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.*f", ns < 999950000000 ? 1 : 0, (double)ns / 1e9);
	return text;
}

int measure_history(const int64_t *values, size_t n, size_t width, bool ascii, struct buf *ret)
{
	static const char *const blocks[] = { "\u2581", "\u2582", "\u2583", "\u2584",
					      "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const plain[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	size_t from = n > width ? n - width : 0;
	int64_t most = 1;
	int r = 0;

	for (size_t i = from; i < n; i++)
		most = MAX(most, values[i]);
	for (size_t i = from; i < n && r == 0; i++) {
		double share = (double)values[i] / (double)most;
		size_t level = values[i] > 0 ? MIN((size_t)(share * 8), 7u) : 0;

		r = buf_adds(ret, values[i] < 0 ? " " : ascii ? plain[level] : blocks[level]);
	}
	return r;
}

static int put_block(const struct buf *bytes, const char *dir, const char *name, const char *block,
		     struct buf *ret_said, struct msg *reterr)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	int r = dir && name[0] != '/' ? buf_printf(&path, "%s/%s.%s", dir, name, block)
				      : buf_printf(&path, "%s.%s", name, block);

	r = r < 0 ? r : file_put(buf_str(&path), bytes->data ? bytes->data : "", bytes->len, false);
	if (r < 0 && r != -ENOMEM)
		msg_make(reterr, MSG_FILE_UNWRITABLE, "file", buf_str(&path), "error",
			 errno_words(-r), NULL);
	return r < 0 ? r
		     : buf_printf(ret_said, "%s%s.%s (%zu bytes)", ret_said->len ? ", " : "", name,
				  block, bytes->len);
}

int blocks_save(const struct session *s, const struct devid *chp, const char *dir, const char *name,
		struct buf *ret_said, struct msg *reterr)
{
	int r = 0;

	for (size_t i = 0; r == 0; i++) {
		CLEANUP(buf_done) struct buf bytes = { 0 };
		const char *block = "";

		r = session_block(s, chp, i, &block, &bytes, reterr);
		if (r == 0)
			r = put_block(&bytes, dir, name, block, ret_said, reterr);
	}
	return r == -ERANGE ? 0 : r;
}
