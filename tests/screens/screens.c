/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "screen.h"

/*
 * Whole screens as files: one row here, one file beside. UPDATE_SCREENS=1 in the environment rewrites the files; what changed is then
 * looked at before it is committed.
 */
struct shot {
	const char *name, *machine;
	int rows, cols;
	const char *keys;
	bool color, picture;
	bool panel; /* words are typed; the last column stays free */
};

/* clang-format off */
static const struct shot shots[] = {
	{ "overview", "lpar", 24, 80, "", true, true },
	{ "overview-15x60", "lpar", 15, 60, "" },
	{ "overview-43x132", "lpar", 43, 132, "" },
	{ "channel", "lpar", 24, 80, "2 \"find 2b09\"", true, false },
	{ "channel-15x60", "lpar", 15, 60, "2 \"find 2b09\" space" },
	{ "channel-43x132", "lpar", 43, 132, "2 \"find 2b09\" space", true, true },
	{ "channel-24x80", "lpar", 24, 80, "2 \"find 2b09\" space", true, true },
	{ "channel-filter", "lpar", 24, 80, "2 \"only 2b\" down v v" },
	{ "channel-refused", "lpar", 24, 80, "2 \"find f5f0\" space" },
	{ "channel-line", "lpar", 24, 80, "2 /" },
	{ "channel-right", "lpar", 24, 80, "2 right right right" },
	{ "channel-detail", "lpar", 24, 80, "2 \"find 2b0a\" enter" },
	{ "paths", "lpar", 24, 80, "2 tab \"find 0.50\"" },
	{ "paths-43x132", "lpar", 43, 132, "2 tab \"find 0.40\" space \"find 0.41\" c" },
	{ "paths-last", "lpar", 24, 80, "\"chpids; vary off 0.51 0.52 0.53; vary off 0.50; goto 0.50\"" },
	{ "paths-changes", "lpar", 24, 80, "\"vary off 0.40; count 2b02; changes\"" },
	{ "paths-detail", "lpar", 24, 80, "\"chpids; open 0.52\" F8" },
	{ "show", "lpar", 43, 132, "\"open dasda\"" },
	{ "show-15x60", "lpar", 15, 60, "\"open 5,171\" F8" },
	{ "panel-paths-22x80", "lpar", 22, 79, "\"chpids; vary 0.40\"", .panel = true },
	{ "panel-show-22x80", "lpar", 22, 79, "\"open 2b0a\" \"down\" \"down\"", .panel = true },
	{ "crypto", "lpar", 24, 80, "3", true, false },
	{ "matrix-24x80", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004,00ab\"", true, true },
	{ "matrix-conflict", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 14 0004,00ab\"" },
	{ "matrix-party", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 14 0004,00ab; party\"" },
	{ "matrix-remedy", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 14 0004,00ab; remedy\"" },
	{ "matrix-override", "lpar72", 24, 80, "3 \"mode override\"" },
	{ "matrix-compare", "lpar", 24, 80, "3 \"compare B\"" },
	{ "matrix-boot", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004; time boot\"" },
	{ "matrix-range", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71\" v down right" },
	{ "matrix-ranged", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71\" v down right space" },
	{ "matrix-everything", "lpar", 24, 80, "3 A end pgdn" },
	{ "matrix-two", "lpar", 43, 132, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05,06 0004-0005; control 0004,00ab; use A; compare C\"", true, true },
	{ "matrix-builder", "lpar", 43, 132, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05,14 0005,00ab; control 00ab\" down down down right", true, true },
	{ "matrix-adapter", "lpar", 24, 80, "3 left" },
	{ "matrix-domain", "lpar", 24, 80, "3 up" },
	{ "matrix-empty", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71\"" },
	{ "matrix-now", "lpar72", 24, 80, "3 t" },
	{ "matrix-full", "full", 24, 80, "3 \"find ff.00ff\"" },
	{ "matrix-full-43x132", "full", 43, 132, "3 \"find ff.00ff\"" },
	{ "matrix-full-62x160", "full", 62, 160, "3 \"find 81.0042; use 83; assign 81 -\"" },
	{ "matrix-full-two", "full", 43, 132, "3 \"find 12.0042; use 19; compare 67; assign - ff\"" },
	{ "matrix-full-15x60", "full", 15, 60, "3 \"find ff.00c8\"" },
	{ "crypto-15x60", "lpar", 15, 60, "3" },
	{ "crypto-43x132", "lpar", 43, 132, "3" },
	{ "pci", "x86", 24, 80, "4 down down down", true, true },
	{ "measure", "lpar", 24, 80, "2 \"count on 2b00; commit; yes; end; measure 2b00\" s s s s s s s s s s s s" },
	{ "measure-first", "lpar", 24, 80, "2 \"count on 2b01; commit; yes; end; find 2b01; measure\"" },
	{ "measure-43x132", "lpar", 43, 132, "2 \"count on 2b00; commit; yes; end; measure 2b00; sample; sample; sample; slower\"" },
	{ "measure-15x60", "lpar", 15, 60, "2 \"count on 2b00; commit; yes; end; measure 2b00; sample; sample\"" },
	{ "measure-refused", "lpar", 24, 80, "2 \"find f5f0\" m" },
	{ "panel-measure-22x80", "lpar", 22, 79, "\"channel; count on 2b00; commit; yes; end; measure 2b00; sample; sample\"", .panel = true },
	{ "pci-15x60", "x86", 15, 60, "4" },
	{ "pci-43x132", "x86", 43, 132, "4 \"find 17:00.0\" space", true, false },
	{ "mediated", "lpar", 24, 80, "5", true, false },
	{ "mediated-15x60", "lpar", 15, 60, "5" },
	{ "mediated-43x132", "lpar", 43, 132, "5 down space" },
	{ "changes-none", "lpar", 24, 80, "6" },
	{ "changes", "lpar", 24, 80, "\"stage 2b09\" 6", true, true },
	{ "changes-15x60", "lpar", 15, 60, "\"stage 2b09\" 6" },
	{ "changes-43x132", "lpar", 43, 132, "\"stage 2b09\" 6" },
	{ "commit", "lpar", 24, 80, "\"stage 2b09\" C", true, true },
	{ "commit-refused", "zvm", 24, 80, "\"stage 0100\" C" },
	{ "committed", "lpar", 24, 80, "\"stage 2b09\" C y e s enter" },
	{ "setup", "empty", 24, 80, "G", true, false },
	{ "setup-kind", "lpar", 24, 80, "G enter" },
	{ "setup-which", "lpar", 24, 80, "G enter \"channel\"", true, true },
	{ "setup-refused", "lpar", 24, 80, "G enter \"crypto; 05; 0004,0099\"" },
	{ "setup-review", "lpar", 24, 80, "G enter \"channel; 2b09; both; end\"" },
	{ "disable", "lpar", 24, 80, "5 \"disable b7a1d2c4; changes\"" },
	{ "commit-write", "lpar", 24, 80, "3 \"new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004; commit; yes\" w" },
	{ "quit", "lpar", 24, 80, "\"stage 2b09\" 2 q" },
	{ "help", "lpar", 24, 80, "2 ?" },
	{ "help-word", "lpar", 24, 80, "\"help stage\"" },
	{ "unknown-key", "lpar", 24, 80, "2 z" },
	{ "too-small", "lpar", 14, 59, "" },
	{ "empty-doctor", "empty", 24, 80, "R", true, false },
	{ "empty-overview", "empty", 24, 80, "" },
	{ "empty-channel", "empty", 24, 80, "2" },
	{ "empty-crypto", "empty", 24, 80, "3" },
	{ "empty-pci", "empty", 24, 80, "4" },
	{ "empty-mediated", "empty", 24, 80, "5" },
	{ "hostile-overview", "hostile", 24, 80, "" },
	{ "hostile-channel", "hostile", 24, 80, "2" },
	{ "hostile-crypto", "hostile", 24, 80, "3" },
	{ "hostile-mediated", "hostile", 24, 80, "5" },
#ifdef HAVE_ARCHIVE
	{ "capture-overview", "capture:ap-6.12-sysfs-configured.tar.gz", 24, 80, "" },
	{ "capture-crypto", "capture:ap-6.12-sysfs-configured.tar.gz", 24, 80, "3 \"time boot\"" },
	{ "capture-refused", "capture:ap-6.12-sysfs-configured.tar.gz", 24, 80, "\"driver vfio_ccw 0.0.0001\" C y e s enter" },
#endif
	{ "zvm-overview", "zvm", 24, 80, "" },
	{ "zvm-channel", "zvm", 24, 80, "2", true, false },
	{ "panel-overview-22x80", "lpar", 22, 79, "\"repaint\"", .panel = true },
	{ "panel-channel-22x80", "lpar", 22, 79, "\"channel; find 2b09; stage\"", true, true, .panel = true },
	{ "panel-matrix-22x80", "lpar", 22, 79, "\"crypto; new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004,00ab\"", .panel = true },
	{ "panel-commit-22x80", "lpar", 22, 79, "\"stage 2b09; commit\"", .panel = true },
	{ "panel-overview-30x80", "lpar", 30, 79, "\"repaint\"", .panel = true },
	{ "panel-channel-30x80", "lpar", 30, 79, "\"channel; find 2b09; stage\"", .panel = true },
	{ "panel-matrix-30x80", "lpar", 30, 79, "\"crypto; new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004,00ab\"", .panel = true },
	{ "panel-commit-30x80", "lpar", 30, 79, "\"stage 2b09; commit\"", .panel = true },
	{ "panel-overview-41x80", "lpar", 41, 79, "\"repaint\"", .panel = true },
	{ "panel-channel-41x80", "lpar", 41, 79, "\"channel; find 2b09; stage\"", .panel = true },
	{ "panel-matrix-41x80", "lpar", 41, 79, "\"crypto; new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004,00ab\"", .panel = true },
	{ "panel-commit-41x80", "lpar", 41, 79, "\"stage 2b09; commit\"", .panel = true },
	{ "panel-overview-25x132", "lpar", 25, 131, "\"repaint\"", .panel = true },
	{ "panel-channel-25x132", "lpar", 25, 131, "\"channel; find 2b09; stage\"", .panel = true },
	{ "panel-matrix-25x132", "lpar", 25, 131, "\"crypto; new 669d9b23-fe1b-4ecb-be08-a2fabca99b71; assign 05 0004,00ab\"", .panel = true },
	{ "panel-commit-25x132", "lpar", 25, 131, "\"stage 2b09; commit\"", .panel = true },
};
/* clang-format on */

static void shoot(void **state)
{
	const struct shot *shot = *state;
	struct screen s;

	screen_open(&s, shot->machine, shot->rows, shot->cols);
	s.app->opts.paged = shot->panel;
	screen_keys(&s, shot->keys);
	screen_golden(&s, shot->name, shot->color, shot->picture);
	screen_done(&s);
}

TEST(no_screen_is_twice_in_the_list)
{
	for (size_t i = 0; i < ARRAY_SIZE(shots); i++)
		for (size_t k = i + 1; k < ARRAY_SIZE(shots); k++)
			assert_string_not_equal(shots[i].name, shots[k].name);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(shots) + 1];

	for (size_t i = 0; i < ARRAY_SIZE(shots); i++)
		tests[i] = (struct CMUnitTest){ .name = shots[i].name,
						.test_func = shoot,
						.initial_state = (void *)(uintptr_t)&shots[i] };
	tests[ARRAY_SIZE(shots)] = (struct CMUnitTest)CASE(no_screen_is_twice_in_the_list);
	return RUN(tests);
}
