/* SPDX-License-Identifier: MIT */
/* Definitions of mediated devices: the parent's name in the first line, the file's bytes behind it. */
#include "attrs.h"
#include "fuzz.h"
#include "jsontext.h"
#include "scan.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

#define UUID "1c0ffee2-9a3b-4c1d-8e57-2f6b7d9c0a11"

/* Does every member of the old text that is not ours stand in the new one with the same value? */
static void keeps_foreign(const struct buf *old, const struct buf *new)
{
	CLEANUP(json_putp) struct json_object *a = NULL;
	CLEANUP(json_putp) struct json_object *b = NULL;
	struct parse_error ignored;

	MUST(json_read(old->data, old->len, &a, &ignored) == 0);
	MUST(json_read(new->data, new->len, &b, &ignored) == 0);
	json_object_object_foreach(a, key, value)
	{
		struct json_object *other = NULL;

		if (str_eq(key, "mdev_type") || str_eq(key, "start") || str_eq(key, "attrs"))
			continue;
		MUST(json_object_object_get_ex(b, key, &other));
		MUST(json_object_equal(value, other));
	}
}

static void round_trip(const struct mdev_def *d, struct strtab *tab)
{
	CLEANUP(buf_done) struct buf old = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf again = { 0 };
	struct parse_error where = { 0 };
	struct mdev_def *e = NULL;

	MUST(buf_add(&old, d->bytes, d->n_bytes) == 0);
	MUST(mdevctl_write(d->type, d->start, d->attrs, d->n_attrs, d->bytes, d->n_bytes, &text) ==
	     0);
	keeps_foreign(&old, &text);
	MUST(mdevctl_read(d->path, buf_str(&text), text.len, tab, &e, &where) == 0);
	MUST(str_eq(d->type, e->type) && d->start == e->start);
	MUST(attrs_eq(d->attrs, d->n_attrs, e->attrs, e->n_attrs));
	MUST(mdevctl_write(e->type, e->start, e->attrs, e->n_attrs, e->bytes, e->n_bytes, &again) ==
	     0);
	MUST(text.len == again.len && !memcmp(text.data, again.data, text.len));
	mdev_def_unref(e);
}

/* Its matrix written back into its attributes means the same matrix. */
static void matrix_trip(const struct mdev_def *d)
{
	struct attr *attrs = NULL;
	size_t n = d->n_attrs;
	struct matrix m, was = def_matrix(d);

	if (!d->is_matrix)
		return;
	MUST(attrs_copy(d->attrs, d->n_attrs, &attrs) == 0);
	MUST(attrs_from_matrix(&attrs, &n, &was) == 0);
	MUST(attrs_to_matrix(attrs, n, &m) == 0 && matrix_eq(&m, &was));
	attrs_free(attrs, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *parent = fuzz_line(&data, &size);
	CLEANUP(freep) char *bytes = fuzz_string(data, size);
	CLEANUP(buf_done) struct buf path = { 0 };
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct strtab *tab = strtab_new();
	struct parse_error where = { 0 };
	struct mdev_def *d = NULL;
	int r;

	if (mdevctl_path(parent, UUID, &path) == 0)
		MUST(fuzz_below(buf_str(&path), MDEVCTL_DIR));
	/* What a directory's listing could contain; the reader must judge it by itself. */
	MUST(buf_printf(&raw, MDEVCTL_DIR "/%s/" UUID, parent) == 0);
	r = mdevctl_read(buf_str(&raw), bytes, size, tab, &d, &where);
	if (r == 0) {
		MUST(fuzz_below(d->path, MDEVCTL_DIR));
		round_trip(d, tab);
		matrix_trip(d);
		mdev_def_unref(d);
	} else {
		MUST(where.line > 0 && where.column > 0 && where.expected[0]);
	}
	strtab_free(tab);
	return 0;
}
