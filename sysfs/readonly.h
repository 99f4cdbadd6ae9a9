/* SPDX-License-Identifier: MIT */
/*
 * A machine that can be looked at and nothing else, whatever the inner one allows.
 *
 * Rule: every mutation is -EROFS before anybody hears of it. The inner machine is not owned.
 */
#ifndef READONLY_H
#define READONLY_H

#include "sys.h"

int readonly_new(struct sys *inner, struct sys **ret); /* 0 or -ENOMEM */

#endif
