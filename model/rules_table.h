/* SPDX-License-Identifier: MIT */
/*
 * The list of rules: check, name, one line for people. rules.c makes rules[] of it.
 */
#ifndef RULES_TABLE_H
#define RULES_TABLE_H

#include "rules_part.h"

#define RULES(R) R(rule_no_device, "no-device", "an edit names a device that is not there")

#define DECLARE(fn, name, about) rule_fn fn;
RULES(DECLARE)
#undef DECLARE

#endif
