/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "batch.h"
#include "real.h"
#include "sim.h"
#include "term.h"

int main(void)
{
	return 0;
}
