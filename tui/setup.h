/* SPDX-License-Identifier: MIT */
/*
 * Guided set-up: numbered questions with defaults, the same for all front ends, which only print
 * and read lines.
 *
 * Rule: answers are kept here and nothing is staged before the last question is answered; then
 * everything is staged as one
 * edit, which setup_take_back undoes.
 */
#ifndef SETUP_H
#define SETUP_H

#include "mem.h"
#include "session.h"

enum setup_step {
	SETUP_READY,   /* is the host ready; load what is missing? */
	SETUP_KIND,    /* channel device, crypto, PCI function, mediated type */
	SETUP_MATRIX,  /* changing one only: which */
	SETUP_WHICH,   /* devices, or adapters, or types */
	SETUP_DOMAINS, /* crypto only */
	SETUP_CONTROL, /* crypto only */
	SETUP_WHEN,    /* now, at boot, both */
	SETUP_REVIEW,  /* staged: the front end shows findings and steps, and commits */
};

/* SETUP_CHANGE: a matrix that there is already */
enum setup_kind { SETUP_CHANNEL, SETUP_CRYPTO, SETUP_CHANGE, SETUP_PCI, SETUP_TYPE, SETUP_KINDS };

struct setup_option {
	char name[88]; /* may be typed in place of the number */
	char text[160];
	char why_not[120]; /* "": can be chosen */
	unsigned number;   /* 0: it can't */
	struct devid dev;
	unsigned id; /* adapter, domain, kind, which of the parent's types */
	bool taken;
};

struct setup_question {
	const char *key;	      /* of an answers file: "which" */
	const char *title;	      /* "3 Which channel devices?" */
	struct buf about;	      /* lines above the options, may be empty */
	struct setup_option *options; /* owned */
	size_t n, cap;
	unsigned normal; /* number of the default; 0: there is none */
	bool several;
};

struct setup {
	struct session *session; /* not owned */
	enum setup_step step;
	struct setup_question question; /* of this step */
	bool load;
	enum setup_kind kind;
	struct devid *devs; /* chosen; owned */
	unsigned *ids;	    /* with each: which type; owned */
	size_t n_devs;
	struct ap_mask adapters, domains, control;
	char change[UUID_TEXT]; /* the matrix to be changed */
	/* What was answered, or stands, by step: an empty answer takes it again. */
	char said[SETUP_REVIEW][512];
	struct reach reach;
	char uuid[UUID_TEXT]; /* of the first mediated device, when it was given; else "" */
	struct devid *made;   /* what the result is about; owned */
	size_t n_made;
	size_t depth; /* undo depth after staging */
};

int setup_new(struct session *s, struct setup **ret); /* with the first question; 0 or -ENOMEM */
struct setup *setup_free(struct setup *s);
void setup_freep(struct setup **s);
/*
 * An answer: numbers ("2", "1,3-5"), names, "" for the default. 0: on to the next question; -EINVAL
 * with reterr: asked
 * again; -ENOMEM. The answer before SETUP_REVIEW stages.
 */
int setup_answer(struct setup *s, const char *text, struct msg *reterr);
/* To the question before; false: this is the first. Answers are kept, what was staged is taken back. */
bool setup_back(struct setup *s);
/* Takes back what was staged and not committed. */
void setup_take_back(struct setup *s);
/* Was what the review shows committed? Asked when the front end's commit has ended. */
bool setup_committed(const struct setup *s);

#endif
