/* SPDX-License-Identifier: MIT */
/*
 * What the halves of the replay program say to each other.
 *
 * Rule: steps are the JSON objects of a recording's lines; nobody here owns one.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "sim.h"
#include "sim_tree.h"
#include "trace.h"

/*
 * Gives the queues of a machine the order of registration that shows in a recording's walks over
 * the bus.
 */
void replay_order(struct sys *sys, struct json_object **steps, size_t n);

#endif
