/* SPDX-License-Identifier: MIT */
#include "output.h"
#include "output_part.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *word;
	int (*write)(const struct out *o, FILE *f, struct msg *reterr);
} kinds[] = {
	[OUTPUT_EDITS] = { "edits", out_edits },
	[OUTPUT_COMMANDS] = { "commands", out_commands },
	[OUTPUT_QEMU] = { "qemu", out_qemu },
	[OUTPUT_LIBVIRT] = { "libvirt", out_libvirt },
	[OUTPUT_NODEDEV] = { "nodedev", out_nodedev },
	[OUTPUT_VIRT_INSTALL] = { "virt-install", out_virt_install },
};

int output_as_parse(const char *word, enum output_as *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(word, kinds[i].word)) {
			*ret = (enum output_as)i;
			return 0;
		}
	return -EINVAL;
}

/* What was asked for, in the order it was asked for. */
static int collect(struct out *o, const struct devid *devs, size_t n, const char *as,
		   struct msg *reterr)
{
	char text[DEVID_TEXT];
	int r = n == 0 ? out_add_all(o) : 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = out_add(o, &devs[i]);
		if (r == -ENOENT) {
			msg_make(reterr, MSG_OUTPUT_NOTHING, "device", devid_text(&devs[i], text),
				 "as", as, NULL);
			return -EINVAL;
		}
	}
	return r;
}

static int write_items(const struct session *s, enum output_as as, const struct devid *devs,
		       size_t n, FILE *f, struct msg *reterr)
{
	CLEANUP(out_done)
	struct out o = {
		.inv = session_inventory(s),
		.desired = session_desired(s),
		.plan = session_plan(s),
		.whole = n == 0,
	};
	int r;

	if (as == OUTPUT_COMMANDS && o.whole && o.plan && !wish_empty(session_wish(s))) {
		if (session_plan_error(s))
			return msg_copy(reterr, session_plan_error(s)) < 0 ? -ENOMEM : -EINVAL;
		return out_plan(o.plan, f, reterr);
	}
	r = collect(&o, devs, n, kinds[as].word, reterr);
	if (r < 0)
		return r;
	out_number(&o);
	return kinds[as].write(&o, f, reterr);
}

int output_write(const struct session *s, enum output_as as, const struct devid *devs, size_t n,
		 FILE *f, struct msg *reterr)
{
	CLEANUP(freep) char *text = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&text, &len);
	int r, bad;

	if (!mem)
		return -ENOMEM;
	r = write_items(s, as, devs, n, mem, reterr);
	bad = ferror(mem);
	if (fclose(mem) != 0 || bad)
		return r < 0 ? r : -ENOMEM;
	if (r == 0)
		fwrite(text, 1, len, f);
	return r;
}
