/* SPDX-License-Identifier: MIT */
/*
 * The persistent formats of mdevctl, driverctl and chzdev, read and written byte for byte as they
 * do.
 *
 * Rule: nothing here opens a file. Reading keeps what it does not understand; writing starts from
 * the bytes that
 * were read. Sources: mdevctl 1.4.0, driverctl 0.111-0.121, s390-tools 2.43 (zdev/src/ap.c).
 */
#ifndef STORE_H
#define STORE_H

#include "inventory.h"
#include "mem.h"

/* Where a text is wrong, for a problem or a message. */
struct parse_error {
	unsigned line, column; /* 1.. */
	char expected[120];
	bool harmless; /* of mdevctl's: it skips the file or can read it, and goes on to the next */
};

/* -- mdevctl: store_mdevctl.c -- */
#define MDEVCTL_DIR "/etc/mdevctl.d"
/*
 * A definition from its file. path gives uuid and parent. 0, -ENOMEM, -EINVAL with reterr. A
 * "start" other than
 * "auto" is manual; unknown keys are kept in bytes.
 */
int mdevctl_read(const char *path, const char *bytes, size_t len, struct strtab *tab,
		 struct mdev_def **ret, struct parse_error *reterr);
/*
 * The file for a definition: exactly mdevctl's bytes (2-space indent, mdev_type, start, attrs; "[]"
 * for none; no
 * final newline). old (may be NULL): bytes whose unknown keys and order of keys are kept. 0,
 * -ENOMEM, -EINVAL (old is not JSON).
 */
int mdevctl_write(const char *type, enum start start, const struct attr *attrs, size_t n_attrs,
		  const char *old, size_t old_len, struct buf *ret);
int mdevctl_path(const char *parent, const char *uuid, struct buf *ret);

/* -- driverctl: store_driverctl.c -- */
#define DRIVERCTL_DIR "/etc/driverctl.d"
/* "css-0.0.0313" -> css/0.0.0313; -EINVAL: not a name that is loaded at boot. */
int driverctl_name_parse(const char *file_name, struct devid *ret);
int driverctl_path(const struct devid *dev, struct buf *ret);
/* -EINVAL: empty or unusable */
int driverctl_read(const char *bytes, size_t len, struct buf *ret_driver);
/* name and one newline */
int driverctl_write(const char *driver, struct buf *ret);

/* -- chzdev's ap type: store_ap.c -- */
#define AP_RULE_PATH "/etc/udev/rules.d/41-ap.rules"
#define AP_LOCK_PATH "/run/lock/s390apconfig.lock"
int ap_rule_read(const char *bytes, size_t len, struct ap_rule *ret, struct parse_error *reterr);
/*
 * The rule in its 2.40 form; a mask may be left out (NULL). Both NULL: the file is to be removed,
 * ret stays empty.
 */
int ap_rule_write(const struct ap_mask *apmask, const struct ap_mask *aqmask, struct buf *ret);

/* -- modules-load.d: our own file, one module a line -- */
#define OWN_MODULES_PATH "/etc/modules-load.d/vfiocfg.conf"

/* -- cio_ignore: store_ccw.c -- */
/*
 * Words of cio_ignore= or of /proc/cio_ignore, "all,!condev,!0.0.2b09-0.0.2b0f", appended to
 * *ranges.
 */
int cio_ignore_parse(const char *words, struct ccw_range **ranges, size_t *n);

#endif
