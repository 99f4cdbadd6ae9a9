/* SPDX-License-Identifier: MIT */
/*
 * What a 3270 makes of a panel's bytes: one byte a cell, and only home, clear, new lines. Anything else fails the test, as does a
 * page that doesn't fit, and brackets: what a real one shows for them depends on its code page. Held against that one in
 * tests/kernel/terminal.py.
 */
#ifndef MODEL_H
#define MODEL_H

#include "check.h"

#include <stdio.h>
#include <string.h>

struct model {
	int rows, cols, row, col;
	char cells[64][160];
};

static inline void model_clear(struct model *m)
{
	memset(m->cells, ' ', sizeof(m->cells));
	m->row = m->col = 0;
}

static inline void model_put(struct model *m, unsigned char c)
{
	if (c < 0x20 || c >= 0x7f || c == '[' || c == ']')
		fail_msg("byte %02x is no character of a 3270", c);
	if (m->col >= m->cols || m->row >= m->rows)
		fail_msg("row %d, column %d is outside of %dx%d", m->row, m->col, m->rows, m->cols);
	m->cells[m->row][m->col++] = (char)c;
}

static inline void model_feed(struct model *m, const char *bytes)
{
	for (; *bytes; bytes++) {
		if (!strncmp(bytes, "\033[H", 3)) {
			m->row = m->col = 0;
			bytes += 2;
		} else if (!strncmp(bytes, "\033[J", 3)) {
			assert_true(m->row == 0 && m->col == 0);
			model_clear(m);
			bytes += 2;
		} else if (*bytes == '\n') {
			m->row++;
		} else if (*bytes == '\r') {
			m->col = 0;
		} else {
			model_put(m, (unsigned char)*bytes);
		}
	}
}

/* Text and blanks of a row, without those at its end. */
static inline const char *model_row(const struct model *m, int row, char text[static 161])
{
	int n = m->cols;

	while (n > 0 && m->cells[row][n - 1] == ' ')
		n--;
	snprintf(text, 161, "%.*s", n, m->cells[row]);
	return text;
}

static inline int model_find(const struct model *m, const char *what)
{
	char text[161];

	for (int row = 0; row < m->rows; row++)
		if (strstr(model_row(m, row, text), what))
			return row;
	return -1;
}

#endif
