/* SPDX-License-Identifier: MIT */
/*
 * machine N [DIR]: the text of a machine with N subchannels and all else in proportion; with DIR the same machine as a
 * plain tree of directories, files and links.
 *
 * Equal attributes of the tree are one file with many links: a machine of 262,144 subchannels has millions of them, and a
 * page of memory each is more than a host has. So the tree below /sys is for reading only.
 */
#include "mem.h"
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- the machine -- */

/* One of twenty subchannels is the guests', two are OSA, one is FCP, one has no device; the others are disks. */
static void subchannel(FILE *f, unsigned long i)
{
	unsigned long ssid = i >> 16, no = i & 0xffff, kind = i % 20;

	fprintf(f, "subchannel 0.%lu.%04lx ", ssid, no);
	if (kind == 3 || kind == 4)
		fprintf(f,
			"dev=0.%lu.%04lx cu=1731/01 devtype=1732/01 chpids=10 pim=80 pam=80 "
			"qdio ccwdriver=qeth\n",
			ssid, no);
	else if (kind == 5)
		fprintf(f,
			"dev=0.%lu.%04lx cu=1731/03 devtype=1732/03 chpids=30 pim=80 pam=80 "
			"qdio ccwdriver=zfcp\n",
			ssid, no);
	else if (kind == 6)
		fprintf(f, "type=1\n");
	else
		fprintf(f,
			"dev=0.%lu.%04lx cu=3990/e9 devtype=3390/0c chpids=50,51,52,53 pim=f0 "
			"pam=f0 ccwdriver=dasd-eckd%s\n",
			ssid, no, kind < 3 ? " online=1" : "");
}

static void definition(FILE *f, const char *parent, const char *type, unsigned long i)
{
	fprintf(f,
		"file /etc/mdevctl.d/%s/%08lx-0000-4000-8000-000000000001 644 "
		"\"{\\n  \\\"mdev_type\\\": \\\"%s\\\",\\n  \\\"start\\\": \\\"auto\\\",\\n  "
		"\\\"attrs\\\": []\\n}\\n\"\n",
		parent, i, type);
}

static void to_guests(FILE *f, unsigned long i)
{
	char id[48];

	snprintf(id, sizeof(id), "0.%lu.%04lx", i >> 16, i & 0xffff);
	fprintf(f, "write /sys/devices/css0/%s/driver/unbind %s\n", id, id);
	fprintf(f, "write /sys/devices/css0/%s/driver_override \"vfio_ccw\\n\"\n", id);
	fprintf(f, "write /sys/bus/css/drivers_probe %s\n", id);
	fprintf(f, "file /etc/driverctl.d/css-%s 644 \"vfio_ccw\\n\"\n", id);
	definition(f, id, "vfio_ccw-io", i);
	if (i % 40 == 19)
		fprintf(f,
			"write /sys/devices/css0/%s/mdev_supported_types/vfio_ccw-io/create "
			"%08lx-0000-4000-8000-000000000001\n",
			id, i);
}

static void crypto(FILE *f, unsigned long n)
{
	unsigned long cards = n < 1000 ? 3 : n < 10000 ? 8 : 60;
	unsigned long domains = n < 1000 ? 4 : n < 10000 ? 20 : 85;

	fprintf(f, "ap max_adapter=255 max_domain=255 domains=");
	for (unsigned long i = 0; i < domains; i++)
		fprintf(f, "%s%02lx", i ? "," : "", i);
	fprintf(f, " control=00 features=\"APSC APXA QACT RC8A\"\n");
	for (unsigned long i = 0; i < cards; i++)
		fprintf(f, "card %02lx CEX8C\n", i);
}

static void machine(FILE *f, unsigned long n)
{
	static const char *const modules[] = { "kvm",	      "vfio",	       "mdev", "vfio_ccw",
					       "zcrypt_cex4", "dasd_eckd_mod", "qeth", "zfcp",
					       "mlx5_core",   "vfio_pci" };
	unsigned long functions = n / 20 < 4096 ? n / 20 : 4096;

	fprintf(f, "kernel 702 7.2.0-bench\nname bench\ncmdline \"\"\n");
	fprintf(f, "file /usr/sbin/mdevctl 755 \"\"\nfile /usr/sbin/driverctl 755 \"\"\n");
	fprintf(f, "file /proc/mounts 444 \"\"\nfile /proc/swaps 444 \"\"\n");
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		fprintf(f, "module %s boot\n", modules[i]);
	fprintf(f, "chp 10 type=11 chid=0110\nchp 30 type=25 chid=0130\n");
	for (unsigned i = 0; i < 4; i++)
		fprintf(f, "chp %02x type=1b chid=%04x\n", 0x50 + i, 0x150 + i);
	for (unsigned long i = 0; i < n; i++)
		subchannel(f, i);
	crypto(f, n);
	for (unsigned long i = 0; i < functions; i++)
		fprintf(f,
			"pci %04lx:00:00.0 15b3:1016 sub=15b3:0001 class=020000 driver=mlx5_core "
			"group=%lu fid=%lx uid=%lx pchid=01c4 pft=0a\n",
			i + 1, i, i + 0x100, i + 1);
	for (unsigned long i = 19; i < n; i += 20)
		to_guests(f, i);
}

/* -- the tree -- */

static void fail(const char *what)
{
	fprintf(stderr, "machine: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put_file(int pool, int dir, const char *name, const struct buf *value, unsigned mode,
		     bool shared)
{
	unsigned long long h = 1469598103934665603u;
	char key[40];
	int fd;

	for (size_t i = 0; i < value->len; i++)
		h = (h ^ (unsigned char)value->data[i]) * 1099511628211u;
	snprintf(key, sizeof(key), "%llx-%zu-%o", h, value->len, mode);
	if (shared && linkat(pool, key, dir, name, 0) == 0)
		return;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, mode);
	if (fd < 0 || write(fd, buf_str(value), value->len) != (ssize_t)value->len)
		fail(name);
	close(fd);
	if (shared)
		(void)linkat(dir, name, pool, key, 0);
}

static void put(struct sys *sys, struct buf *path, int pool, int dir, bool shared)
{
	CLEANUP(buf_done) struct buf names = { 0 };
	const char *name;
	size_t len = path->len;

	if (sys_list(sys, buf_str(path), &names) < 0)
		return;
	buf_foreach_name (&names, name) {
		CLEANUP(buf_done) struct buf value = { 0 };
		struct sys_stat st;
		int below = -1;

		path->len = len;
		if (buf_printf(path, "/%s", name) < 0 || sys_stat(sys, path->data, &st) < 0)
			continue;
		if (st.type == SYS_DIR) {
			if (mkdirat(dir, name, 0755) < 0 ||
			    (below = openat(dir, name, O_RDONLY | O_DIRECTORY)) < 0)
				fail(path->data);
			put(sys, path, pool, below, shared);
			close(below);
		} else if (st.type == SYS_LINK) {
			sys_readlink(sys, path->data, &value);
			if (symlinkat(buf_str(&value), dir, name) < 0)
				fail(path->data);
		} else {
			sys_read(sys, path->data, &value);
			put_file(pool, dir, name, &value, st.mode ? st.mode : 0600, shared);
		}
	}
	path->len = len;
}

static void tree(struct sys *sys, const char *where)
{
	static const char *const tops[] = { "/sys", "/proc", "/etc", "/run", "/usr" };
	char pool_name[4096];
	int root, pool;

	snprintf(pool_name, sizeof(pool_name), "%s.pool", where);
	if (mkdir(where, 0755) < 0 || mkdir(pool_name, 0755) < 0)
		fail(where);
	root = open(where, O_RDONLY | O_DIRECTORY);
	pool = open(pool_name, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		CLEANUP(buf_done) struct buf path = { 0 };
		int dir = -1;

		if (mkdirat(root, tops[i] + 1, 0755) < 0 || buf_adds(&path, tops[i]) < 0 ||
		    (dir = openat(root, tops[i] + 1, O_RDONLY | O_DIRECTORY)) < 0)
			fail(tops[i]);
		put(sys, &path, pool, dir, i == 0);
		close(dir);
	}
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(freep) char *text = NULL;
	struct sim_error where = { 0 };
	size_t len = 0;
	FILE *f;

	if (!n || n > 4 * 65536) {
		fprintf(stderr, "usage: machine N [DIR]\n");
		return 64;
	}
	if (argc < 3) {
		machine(stdout, n);
		return 0;
	}
	f = open_memstream(&text, &len);
	if (!f)
		fail("memory");
	machine(f, n);
	fclose(f);
	umask(0);
	if (sim_new(text, len, &sys, &where) < 0) {
		fprintf(stderr, "machine: line %u: expected %s\n", where.line, where.expected);
		return 1;
	}
	tree(sys, argv[2]);
	exit(0); /* millions of nodes go with the process */
}
