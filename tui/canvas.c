/* SPDX-License-Identifier: MIT */
#include "canvas.h"
