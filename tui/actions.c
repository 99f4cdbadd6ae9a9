/* SPDX-License-Identifier: MIT */
#include "actions.h"
#include "matrix.h"

/*
 * Order is the footer's order: what must always be seen comes first. A row whose `where` names places wins there over a
 * row with the same key that holds everywhere.
 */
const struct action actions[] = {
	{ "help", "[WORD]", { K_F1, K_F13, '?' }, W_ANY, "Help", "keys and words of this place, or help on one word", NULL, act_help },
	{ "end", "", { K_F3, K_F15, 'q' }, W_ANY, "End", "leave; asks when edits are staged", NULL, act_end },
	{ "refresh", "", { K_F5, K_F17 }, W_ANY, "Refr", "read the whole machine again", NULL, act_refresh },
	{ "up", "[N]", { K_F7, K_F19, K_PGUP, 'b' }, W_ANY, "Up", "one screen (or N rows) up", NULL, act_up },
	{ "down", "[N]", { K_F8, K_F20, K_PGDN }, W_ANY, "Down", "one screen (or N rows) down", NULL, act_down },

	{ "stage", "[DEVICE|RANGE...]", { ' ' }, W_CHANNEL | W_PCI, "Stage", "stage: to guests, or back to the host", no_row, act_stage },
	{ "stage", "[UUID...]", { ' ' }, W_MDEV, "Start/stop", "stage: start or stop the mediated device", no_row, act_stage },
	{ "toggle", "", { ' ' }, W_CRYPTO, "Toggle", "adapter, domain or queue of the matrix", matrix_none, matrix_toggle },
	{ "undo", "", { 'u', K_F9 }, W_ANY, "Undo", "take back the last edit", no_undo, act_undo },
	{ "find", "TEXT", { '/' }, W_ANY, "Find", "go to the next row with this text", NULL, act_find },
	{ "commit", "", { 'C' }, W_ANY, "Commit", "show all that will happen, then ask", no_commit, act_commit },
	{ "command", "", { ':', K_F2, K_F14 }, W_ANY, "Word", "open the ===> line to type words", NULL, act_command },
	{ "only", "FILTER", { 'f', K_F4, K_F16 }, W_TABLES, "Filter", "show only rows that match: text, column=text, 2b00-2b0f, !not", no_table, act_only },
	{ "all", "", { 'a' }, W_CHANNEL | W_PCI, NULL, "show all rows again", no_table, act_all },
	{ "all", "", { 0 }, W_ANY, NULL, "show all rows again", no_table, act_all },
	{ "reach", "[both|now|boot]", { 'p' }, W_ANY, "Now/boot", "what the next edits reach: now and at boot, now only, boot only", NULL, act_reach },

	{ "redo", "", { 'U' }, W_ANY, NULL, "do again what was taken back", no_redo, act_redo },
	{ "drop", "", { 0 }, W_ANY, NULL, "take back all edits at once", no_edits, act_clear },
	{ "unstage", "[DEVICE...]", { 'x' }, W_ANY, NULL, "take back what is staged for the row", no_row, act_unstage },
	{ "open", "[DEVICE]", { K_ENTER }, W_ANY, NULL, "everything known about the row", NULL, act_open },
	{ "again", "", { 'n' }, W_ANY, NULL, "find the same text again", NULL, act_again },
	{ "sort", "[COLUMN]", { 'o' }, W_TABLES, NULL, "order by a column; again: the other way; nothing: the natural order", no_table, act_sort },
	{ "select", "[DEVICE|RANGE...]", { 'v' }, W_TABLES, NULL, "select rows, which the next action is for", no_row, act_select },
	{ "deselect", "", { 0 }, W_TABLES, NULL, "select nothing", NULL, act_deselect },
	{ "cancel", "", { K_ESC, K_F12, K_F24 }, W_ANY, NULL, "close what is open, drop the selection, then the filter", NULL, act_cancel },

	{ "above", "", { K_UP, 'k' }, W_ANY, NULL, "one row up", NULL, act_above },
	{ "below", "", { K_DOWN, 'j' }, W_ANY, NULL, "one row down", NULL, act_below },
	{ "left", "", { K_LEFT, 'h', K_F10, K_F22 }, W_ANY, NULL, "columns on the left", NULL, act_left },
	{ "right", "", { K_RIGHT, 'l', K_F11, K_F23 }, W_ANY, NULL, "columns on the right", NULL, act_right },
	{ "top", "", { K_HOME, 'g' }, W_ANY, NULL, "first row", NULL, act_top },
	{ "bottom", "", { K_END }, W_ANY, NULL, "last row", NULL, act_bottom },

	{ "overview", "", { '1' }, W_ANY, NULL, "is this host ready; what needs attention", NULL, act_overview },
	{ "channel", "", { '2' }, W_ANY, NULL, "subchannels and their devices", NULL, act_channel },
	{ "crypto", "", { '3' }, W_ANY, NULL, "adapters x domains", NULL, act_crypto },
	{ "pci", "", { '4' }, W_ANY, NULL, "PCI functions", NULL, act_pci },
	{ "mdevs", "", { '5' }, W_ANY, NULL, "mediated devices", NULL, act_mdevs },
	{ "changes", "", { '6' }, W_ANY, NULL, "what is staged, and what a commit would do", NULL, act_changes },
	{ "goto", "DEVICE", { 0 }, W_ANY, NULL, "go to a device, wherever it is shown", NULL, act_goto },

	{ "driver", "NAME [DEVICE...]", { 0 }, W_CHANNEL | W_PCI, NULL, "stage a driver by name; \"host\" gives the device back", no_row, act_driver },
	{ "sriov", "N", { 'F' }, W_PCI, NULL, "stage the number of virtual functions", no_row, act_sriov },
	{ "new", "", { 'N' }, W_TABLES, NULL, "stage a new mediated device, on the row's device if it can have one", NULL, act_new },
	{ "start", "[UUID...]", { 0 }, W_ANY, NULL, "stage: start a mediated device", no_mdev, act_start },
	{ "stop", "[UUID...]", { 0 }, W_ANY, NULL, "stage: stop a mediated device", no_mdev, act_stop },
	{ "define", "[UUID...]", { 'd' }, W_MDEV, NULL, "stage: keep a definition for the next boot", no_mdev, act_define },
	{ "undefine", "[UUID...]", { 0 }, W_MDEV, NULL, "stage: remove the definition", no_mdev, act_undefine },
	{ "autostart", "[UUID...]", { 'a' }, W_MDEV, "Auto", "stage: start at boot, or no more", no_mdev, act_autostart },
	{ "attributes", "", { 'e' }, W_MDEV, NULL, "edit the attributes of a mediated device", no_mdev, act_attrs },
	{ "delete", "[UUID...]", { 'D' }, W_MDEV, NULL, "stage: stop and undefine", no_mdev, act_delete },
	{ "module", "NAME", { 'M' }, W_ANY, NULL, "stage loading a kernel module, e.g. vfio_ap", NULL, act_module },

	{ "new", "[UUID]", { 'n', 'N' }, W_CRYPTO, "New", "stage a new matrix", matrix_no_ap, matrix_new },
	{ "use", "[MATRIX]", { 0 }, W_CRYPTO, NULL, "choose a matrix: its letter, number, or the beginning of its UUID", matrix_none, matrix_use },
	{ "assign", "ADAPTERS DOMAINS", { 0 }, W_CRYPTO, NULL, "stage adapters and domains for the matrix, e.g. 05 0004,00ab", matrix_none, matrix_assign },
	{ "unassign", "ADAPTERS DOMAINS", { 0 }, W_CRYPTO, NULL, "stage taking them away", matrix_none, matrix_unassign },
	{ "adapters", "LIST", { 0 }, W_CRYPTO, NULL, "stage exactly these adapters", matrix_none, matrix_set_adapters },
	{ "domains", "LIST", { 0 }, W_CRYPTO, NULL, "stage exactly these usage domains", matrix_none, matrix_set_domains },
	{ "control", "[LIST]", { 0 }, W_CRYPTO, NULL, "stage exactly these control domains", matrix_none, matrix_set_control },
	{ "kdomain", "", { 'k' }, W_CRYPTO, "Control", "toggle the domain as control domain", matrix_none, matrix_toggle_control },
	{ "mode", "[masks|override|auto]", { K_F6, K_F18 }, W_CRYPTO, "Mode", "free queues by masks or by per-queue override", matrix_no_ap, matrix_mode },
	{ "everything", "", { 'A' }, W_CRYPTO, NULL, "show also adapters and domains that are not configured", NULL, matrix_show_all },

	{ "save", "FILE [replace]", { 'w' }, W_ANY, NULL, "write the edits to a file", no_edits, act_save },
	{ "load", "FILE [add]", { 0 }, W_ANY, NULL, "read edits from a file, in place of or on top of the present ones", NULL, act_load },
	{ "size", "ROWSxCOLUMNS", { 0 }, W_ANY, NULL, "tell the size of a terminal that does not know it", NULL, act_size },
	{ "repaint", "", { K_CTRL_L }, W_ANY, NULL, "draw the screen anew", NULL, act_repaint },
	{ "reboot", "", { 0 }, W_ANY, NULL, "restart the simulated machine", no_demo, act_reboot },
	{ .word = NULL },
};
