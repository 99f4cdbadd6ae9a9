/* SPDX-License-Identifier: MIT */
/*
 * The parts of guided set-up. Only setup*.c include this.
 */
#ifndef SETUP_PART_H
#define SETUP_PART_H

#include "mem.h"
#include "setup.h"

/* Answers to the question for control domains that are no domain. */
enum { SETUP_ID_NONE = 256, SETUP_ID_SAME };

/* Makes the question of the present step; 0 or -ENOMEM. setup_ask.c */
int setup_ask(struct setup *s);
void setup_question_done(struct setup_question *q);
/* Stages what was answered as one edit; 0 or as session_merge. setup_stage.c */
int setup_stage(struct setup *s, struct msg *reterr);
/* The modules that loading is offered for; at most so many names go into ret. */
size_t setup_modules(const struct session *s, const char **ret, size_t most);

#endif
