/* SPDX-License-Identifier: MIT */
/* What is counted for a device: read, subtracted, judged, and shown while one looks. */
#include "check.h"
#include "measure_text.h"
#include "screen.h"
#include "sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DISK "/sys/bus/ccw/devices/0.0.2b00/"

static void on(struct screen *s, const char *device)
{
	char path[96];

	screen_open(s, "lpar", 24, 80);
	snprintf(path, sizeof(path), "/sys/bus/ccw/devices/%s/cmb_enable", device);
	assert_int_equal(sys_write(s->sys, path, "1\n"), 0);
	assert_int_equal(session_rescan(s->session), 0);
}

static struct measure read_disk(const struct screen *s)
{
	struct devid dev = { BUS_CSS, "0.0.030a" };
	struct msg why = { 0 };
	struct measure m;

	assert_int_equal(session_measure(s->session, &dev, &m, &why), 0);
	return m;
}

static int64_t seconds(const struct screen *s)
{
	struct measure m = read_disk(s);

	return (m.interval * (int64_t)m.samples + 500000000) / 1000000000;
}

/* As the kernel rounds: n samples whose connect time was so many units of 128 us, over so many seconds. */
static struct measure counted(uint64_t n, int64_t units, int64_t seconds)
{
	struct measure m = { .requests = n, .samples = n, .permille = -1 };

	m.interval = n ? seconds * 1000000000 / (int64_t)n : -1;
	m.time[MEASURE_CONNECT] = n ? units * 128000 / (int64_t)n : 0;
	return m;
}

TEST(a_device_that_is_not_measured_is_refused_with_what_to_do)
{
	CLEANUP(screen_done) struct screen s = { 0 };
	struct devid dev = { BUS_CSS, "0.0.030a" };
	struct measure m;
	struct msg why = { 0 };

	screen_open(&s, "lpar", 24, 80);
	assert_int_equal(session_measure(s.session, &dev, &m, &why), -ENODATA);
	assert_int_equal(why.id, MSG_NOT_MEASURED);
	dev = (struct devid){ BUS_CSS, "0.0.0400" };
	assert_int_equal(session_measure(s.session, &dev, &m, &why), -ENODATA);
	assert_non_null(strstr(why.why, "QDIO"));
	/* under vfio_ccw, where Linux has no device of its own */
	dev = (struct devid){ BUS_CSS, "0.0.0314" };
	assert_int_equal(session_measure(s.session, &dev, &m, &why), -ENODATA);
	assert_non_null(strstr(why.what, "0.0.2b0a"));
	assert_non_null(strstr(why.why, "given to guests"));
	msg_done(&why);
}

TEST(counting_begins_empty_and_goes_on)
{
	CLEANUP(screen_done) struct screen s = { 0 };
	struct measure first, second;
	struct measured m;

	on(&s, "0.0.2b00");
	first = read_disk(&s);
	assert_int_equal(first.samples, 0);
	assert_int_equal(first.interval, -1);
	assert_int_equal(first.permille, -1);
	measure_between(NULL, &first, &m);
	assert_int_equal(m.ns, -1);
	assert_int_equal(m.time[MEASURE_CONNECT], -1);
	second = read_disk(&s);
	assert_true(second.samples > 0);
	first = second;
	second = read_disk(&s);
	measure_between(&first, &second, &m);
	assert_int_equal(m.samples, second.samples - first.samples);
	/* the averages are rounded to nanoseconds, the difference by no more than the samples */
	assert_true(m.ns > 999999000 && m.ns < 1000001000);
	assert_int_equal(m.time[MEASURE_CONNECT], 384000);
}

TEST(a_difference_of_averages_is_exact_though_the_kernel_rounds_them)
{
	struct measure was = counted(99991, 299977, 100), is = counted(100003, 300013, 105);
	struct measured m;

	measure_between(&was, &is, &m);
	assert_int_equal(m.samples, 12);
	assert_int_equal(m.time[MEASURE_CONNECT], 36 * 128000 / 12);
	assert_int_equal(m.blur, 0);
	was = counted(9000000, 27000000, 9000);
	is = counted(9000003, 27000012, 9005);
	measure_between(&was, &is, &m);
	assert_int_equal(m.blur, 3000001);
}

TEST(counters_that_went_back_began_anew_and_tell_nothing)
{
	struct measure was = counted(65500, 70000, 100), is = counted(20, 30, 105);
	CLEANUP(buf_done) struct buf advice = { 0 };
	struct measured m;

	measure_between(&was, &is, &m);
	assert_true(m.began_anew);
	assert_int_equal(m.permille, -1);
	assert_int_equal(m.time[MEASURE_CONNECT], -1);
	assert_int_equal(measure_advice(&m, &advice), 0);
	assert_non_null(strstr(buf_str(&advice), "began anew"));
}

TEST(an_idle_time_has_no_averages_but_a_utilisation_of_nothing)
{
	struct measure was = counted(100, 300, 100), is = counted(100, 300, 105);
	CLEANUP(buf_done) struct buf advice = { 0 };
	struct measured m;

	measure_between(&was, &is, &m);
	assert_int_equal(m.permille, 0);
	assert_int_equal(m.time[MEASURE_CONNECT], -1);
	assert_int_equal(measure_advice(&m, &advice), 0);
	assert_non_null(strstr(buf_str(&advice), "no request"));
}

TEST(absurd_numbers_of_a_strange_machine_are_not_known)
{
	struct measure was = counted(100, 300, 100), is = was;
	struct measured m;

	is.samples = is.requests = UINT64_MAX;
	is.time[MEASURE_CONNECT] = INT64_MAX;
	is.interval = INT64_MAX;
	measure_between(&was, &is, &m);
	assert_int_equal(m.ns, -1);
	assert_int_equal(m.permille, -1);
	measure_between(NULL, &is, &m);
	assert_int_equal(m.ns, -1);
}

TEST(requests_without_samples_are_a_guests)
{
	struct measured m = { .requests = 40, .permille = -1 };
	CLEANUP(buf_done) struct buf advice = { 0 };

	assert_int_equal(measure_advice(&m, &advice), 0);
	assert_non_null(strstr(buf_str(&advice), "emulates the measurement"));
}

TEST(each_long_time_has_its_own_sentence)
{
	static const struct {
		enum measure_time time;
		const char *says;
	} rows[] = {
		{ MEASURE_PENDING, "function pending" },  { MEASURE_CONNECT, "connect" },
		{ MEASURE_DISCONNECT, "disconnect" },	  { MEASURE_QUEUING, "queuing" },
		{ MEASURE_RESPONSE, "initial response" }, { MEASURE_BUSY, "answered busy" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct measured m = { .samples = 100, .requests = 100, .permille = 100 };
		CLEANUP(buf_done) struct buf advice = { 0 };

		m.time[rows[i].time] = 2000000;
		assert_int_equal(measure_advice(&m, &advice), 0);
		assert_non_null(strstr(buf_str(&advice), rows[i].says));
		assert_null(strstr(buf_str(&advice), "Nothing stands out"));
	}
}

TEST(a_history_is_drawn_in_characters_of_either_kind)
{
	static const int64_t values[] = { 0, 5, -1, 10 };
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(measure_history(values, 4, 10, true, &b), 0);
	assert_string_equal(buf_str(&b), "_= #");
	buf_reset(&b);
	assert_int_equal(measure_history(values, 4, 2, false, &b), 0);
	assert_string_equal(buf_str(&b), " \u2588");
}

/* -- the view -- */

TEST(a_sample_is_taken_when_it_is_due_and_only_while_the_view_is_open)
{
	CLEANUP(screen_done) struct screen s = { 0 };
	int64_t before;
	bool changed = false;

	on(&s, "0.0.2b00");
	screen_keys(&s, "2 \"find 2b00\"");
	assert_true(app_tick(s.app, 1000, &changed) < 0);
	screen_keys(&s, "m");
	screen_has(&s, "0 samples, one every 5 s");
	assert_int_equal(app_tick(s.app, 1000, &changed), 5000);
	assert_int_equal(app_tick(s.app, 3000, &changed), 3000);
	assert_false(changed);
	assert_int_equal(app_tick(s.app, 6000, &changed), 5000);
	assert_true(changed);
	screen_keys(&s, "+");
	screen_has(&s, "1 sample, one every 2 s");
	assert_int_equal(app_tick(s.app, 6100, &changed), 2000);
	screen_keys(&s, "q");
	before = seconds(&s);
	assert_true(app_tick(s.app, 99000, &changed) < 0);
	/* each reading is a second of the simulated machine: nobody else has read */
	assert_int_equal(seconds(&s), before + 1);
}

TEST(a_device_that_goes_while_one_looks_is_told_in_the_view)
{
	CLEANUP(screen_done) struct screen s = { 0 };

	on(&s, "0.0.2b00");
	screen_keys(&s, "2 \"find 2b00\" m s");
	assert_int_equal(sys_write(s.sys, DISK "cmb_enable", "0\n"), 0);
	screen_keys(&s, "s");
	screen_has(&s, "No sample came. 0.0.2b00 is not measured.");
	assert_int_equal(sys_write(s.sys, DISK "cmb_enable", "1\n"), 0);
	screen_keys(&s, "s");
	screen_lacks(&s, "No sample came.");
	screen_has(&s, "began anew");
}

TEST(line_mode_says_the_same_in_sentences)
{
	CLEANUP(screen_done) struct screen s = { 0 };

	on(&s, "0.0.2b00");
	s.app->opts.paged = s.app->opts.lines = true;
	screen_size(&s, 60, 79);
	screen_keys(&s, "\"channel; measure 2b00; sample; sample; sample\"");
	screen_has(&s, "Utilisation: since counting began ");
	screen_has(&s, "first: 7.0, 11.3, not known.");
	screen_lacks(&s, "##");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_device_that_is_not_measured_is_refused_with_what_to_do),
		CASE(counting_begins_empty_and_goes_on),
		CASE(a_difference_of_averages_is_exact_though_the_kernel_rounds_them),
		CASE(counters_that_went_back_began_anew_and_tell_nothing),
		CASE(an_idle_time_has_no_averages_but_a_utilisation_of_nothing),
		CASE(absurd_numbers_of_a_strange_machine_are_not_known),
		CASE(requests_without_samples_are_a_guests),
		CASE(each_long_time_has_its_own_sentence),
		CASE(a_history_is_drawn_in_characters_of_either_kind),
		CASE(a_sample_is_taken_when_it_is_due_and_only_while_the_view_is_open),
		CASE(a_device_that_goes_while_one_looks_is_told_in_the_view),
		CASE(line_mode_says_the_same_in_sentences),
	};

	return RUN(tests);
}
