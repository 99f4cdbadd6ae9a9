#!/bin/sh
# SPDX-License-Identifier: MIT
# Replays the recordings of one kernel: replay.sh PROGRAM KERNEL
exec ${MESON_EXE_WRAPPER-} "$1" -m "$SOURCE_DIR/tests/machines" "$SOURCE_DIR"/tests/traces/k"$2"-*.jsonl
