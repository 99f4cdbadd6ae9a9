/* SPDX-License-Identifier: MIT */
#include "scan.h"
void scan_uses(struct scan *s){(void)s;}
