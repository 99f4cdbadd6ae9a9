/* SPDX-License-Identifier: MIT */
#include "snippets.h"
#include "mem.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int add_form(const struct session *s, const struct devid *devs, size_t n, enum output_as as,
		    const char *title, struct buf *ret)
{
	CLEANUP(freep) char *text = NULL;
	CLEANUP(msg_done) struct msg why = { 0 };
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int r;

	if (!f)
		return -ENOMEM;
	r = output_write(s, as, devs, n, f, &why);
	if (r < 0 && why.what)
		fprintf(f, "# %s %s\n", why.what, why.why);
	if (fclose(f) != 0 || r == -ENOMEM)
		return -ENOMEM;
	if (!*text)
		return 0;
	return buf_printf(ret, "%s%s\n%s", ret->len ? "\n" : "", title, text);
}

int snippets_make(const struct session *s, const struct devid *devs, size_t n, struct buf *ret)
{
	static const struct {
		enum output_as as;
		const char *title;
	} forms[] = {
		{ OUTPUT_QEMU, "# For QEMU:" },
		{ OUTPUT_LIBVIRT, "<!-- For libvirt: -->" },
		{ OUTPUT_VIRT_INSTALL, "# For virt-install and virt-xml:" },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(forms) && r == 0; i++)
		r = add_form(s, devs, n, forms[i].as, forms[i].title, ret);
	return r;
}

int file_put(const char *path, const char *bytes, size_t len, bool replace)
{
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL),
		      0644);
	ssize_t n;
	int r = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, bytes, len);
	if (n < 0 || (size_t)n != len)
		r = n < 0 ? -errno : -ENOSPC;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int snippets_write(const struct session *s, const struct devid *devs, size_t n, const char *dir,
		   const char *file)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf path = { 0 };
	int r = dir && file[0] != '/' ? buf_printf(&path, "%s/%s", dir, file)
				      : buf_adds(&path, file);

	if (r == 0)
		r = snippets_make(s, devs, n, &text);
	return r < 0 ? r : file_put(buf_str(&path), buf_str(&text), text.len, false);
}
