/* SPDX-License-Identifier: MIT */
/*
 * A machine as a sorted list of facts, for comparing it with another. Only compare*.c include this.
 *
 * Rule: a fact that is not known has no entry; "none" is a value.
 */
#ifndef COMPARE_PART_H
#define COMPARE_PART_H

#include "compare.h"
#include "mem.h"

enum fact {
	FACT_DEVICE, /* the thing itself: each device that is there */
	FACT_MACHINE,
	FACT_KERNEL,
	FACT_GRANTED_ADAPTERS,
	FACT_GRANTED_DOMAINS,
	FACT_GRANTED_CONTROL,
	FACT_NUMBER,
	FACT_TYPE,
	FACT_PATHS,
	FACT_USABLE,
	FACT_CONFIGURED,
	FACT_CHECKSTOP,
	FACT_VARY,
	FACT_PCHID,
	FACT_SPEED,
	FACT_GROUP,
	FACT_FID,
	FACT_APMASK,
	FACT_AQMASK,
	FACT_MODULE,
	FACT_DRIVER,
	FACT_OVERRIDE,
	FACT_ONLINE,
	FACT_MEASURED,
	FACT_CM_ENABLE,
	FACT_VFS,
	FACT_MDEV, /* the thing itself: each active mediated device */
	FACT_MDEV_TYPE,
	FACT_PARENT,
	FACT_ADAPTERS,
	FACT_DOMAINS,
	FACT_CONTROL,
	FACT_GUEST_ADAPTERS,
	FACT_GUEST_DOMAINS,
	FACT_USED_BY,
	FACT_CMDLINE,
	FACT_TOOLS,
	FACT_IGNORED,
	FACT_AUTOLOAD,
	FACT_RULE_APMASK,
	FACT_RULE_AQMASK,
	FACT_BOOT_DRIVER,
	FACT_DEFINITION, /* the thing itself */
	FACT_DEF_TYPE,
	FACT_START,
	FACT_DEF_ADAPTERS,
	FACT_DEF_DOMAINS,
	FACT_DEF_CONTROL,
	FACT_ATTRS,
	FACT_NAMED_BY, /* the thing itself: a guest's definition that names a mediated device */
	FACT_AFTER,
	FACT_COUNT
};
extern const char *const account_facts[FACT_COUNT]; /* for people and for programs */

struct entry {
	enum compare_group group;
	struct devid dev; /* BUS_NONE: the host */
	char *of;	  /* which of several that a device may have; "" the only one; owned */
	enum fact fact;
	enum entry_kind {
		ENTRY_FACT,  /* of something: told by both, or not compared */
		ENTRY_THING, /* comes and goes; its value only tells what it is */
		ENTRY_KEPT,  /* comes and goes, and its value counts */
	} kind;
	char *value; /* owned */
};

struct account {
	struct entry *v; /* as entry_cmp has it */
	size_t n, cap;
	const struct session *s;
	unsigned without; /* LACKS_...: parts to be left out */
	int err;
};

/* Adds an entry; value NULL: it is not known, which adds nothing. What goes wrong is told by account->err. */
void account_add(struct account *account, enum compare_group group, const struct devid *dev,
		 enum fact fact, const char *value);
void account_addf(struct account *account, enum compare_group group, const struct devid *dev,
		  enum fact fact, const char *fmt, ...) PRINTF(5, 6);
/* A thing that is there; of: "" or which of several. */
void account_thing(struct account *account, enum compare_group group, const struct devid *dev,
		   const char *of, enum fact fact, const char *value);
void account_kept(struct account *account, const struct devid *dev, enum fact fact,
		  const char *value);
void account_yes_no(struct account *account, enum compare_group group, const struct devid *dev,
		    enum fact fact, tri_t value);
void account_mask(struct account *account, enum compare_group group, const struct devid *dev,
		  enum fact fact, const struct ap_mask *mask, bool domains);

void account_devices(struct account *account); /* hardware, what it is bound to and who has it */
void account_definitions(struct account *account); /* what is kept for the next boot */

/* 0 or -ENOMEM. */
int account_make(const struct session *s, unsigned without, struct account *ret);
void account_done(struct account *account);
int entry_cmp(const struct entry *a, const struct entry *b);
enum { ACCOUNT_LABEL = 64 };
void account_label(const struct session *s, const struct entry *e, char *text, size_t size);

#endif
