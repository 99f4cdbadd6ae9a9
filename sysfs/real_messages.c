/* SPDX-License-Identifier: MIT */
/* The kernel's messages, of this host only: a device node in any other tree is nobody's to open. */
#include "real_in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { RECORD_MAX = 8192, RECORDS_MAX = 1000000, KMSG_MAJOR = 1, KMSG_MINOR = 11 };

static int open_kmsg(struct real *r)
{
	CLEANUP(closep) int fd = real_open(r, "/dev/kmsg", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int ret;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != makedev(KMSG_MAJOR, KMSG_MINOR))
		return -ENOENT;
	ret = fd;
	fd = -1;
	return ret;
}

/* The older half goes, from the beginning of a record: its second line begins with a blank. */
static void drop_half(struct buf *b, size_t from)
{
	const char *at = b->data + from + (b->len - from) / 2;

	while ((at = strchr(at, '\n')) && at[1] == ' ')
		at++;
	if (!at) {
		b->len = from;
	} else {
		size_t left = (size_t)(b->data + b->len - (at + 1));

		memmove(b->data + from, at + 1, left);
		b->len = from + left;
	}
	b->data[b->len] = '\0';
}

/* One read(2) is one record. Others may write faster than we read: an end comes all the same. */
int real_messages(struct sys *sys, struct buf *ret)
{
	struct real *r = real_of(sys);
	CLEANUP(closep) int fd = r->host ? open_kmsg(r) : -ENOENT;
	size_t from = ret->len;
	char record[RECORD_MAX];

	if (fd < 0)
		return fd;
	for (int i = 0; i < RECORDS_MAX; i++) {
		ssize_t n = read(fd, record, sizeof(record));

		if (n < 0 && (errno == EINTR || errno == EPIPE || errno == EINVAL))
			continue; /* overwritten meanwhile, or longer than any should be */
		if (n <= 0)
			return n < 0 && errno != EAGAIN ? -errno : 0;
		if (buf_add(ret, record, (size_t)n) < 0)
			return -ENOMEM;
		if (ret->len - from > SYS_VALUE_MAX)
			drop_half(ret, from);
	}
	return 0;
}
