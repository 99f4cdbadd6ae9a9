/* SPDX-License-Identifier: MIT */
/* What is kept of a machine that is read, and what never is. */
#include "kernel.h"
#include "record.h"

#include <stdio.h>

/* A machine with a recorder around it. */
struct desk {
	struct sys *inner, *record;
};

static bool wants_qemu(const char *program)
{
	return str_ends(program, "qemu");
}

static struct desk desk_max(const char *machine, size_t max)
{
	struct record_opts opts = { .wants_cmdline = wants_qemu, .max_bytes = max };
	struct desk d = { .inner = sim_of_text(machine) };

	assert_int_equal(record_new(d.inner, &opts, &d.record), 0);
	return d;
}

static struct desk desk(const char *machine)
{
	return desk_max(machine, 0);
}

static void desk_done(struct desk *d)
{
	sys_free(d->record);
	sys_free(d->inner);
}

static void reads(struct desk *d, const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(d->record, path, &b), 0);
}

static void kept(struct desk *d, const char *path, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (sys_read(&record_tree(d->record)->sys, path, &b) < 0)
		fail_msg("%s is not kept", path);
	assert_string_equal(buf_str(&b), expected);
}

/* It is there, and nobody read it: that is not the same as empty. */
static void kept_by_name(struct desk *d, const char *path)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sim_type(record_tree(d->record), path), SYS_FILE);
	assert_int_equal(sys_read(&record_tree(d->record)->sys, path, &b), -EACCES);
}

static const struct record_note *note_of(struct desk *d, enum record_what what, const char *path)
{
	size_t n;
	const struct record_note *v = record_notes(d->record, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].what == what && !strcmp(v[i].path, path))
			return &v[i];
	return NULL;
}

TEST(what_is_read_is_passed_on_as_it_is_and_kept)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /etc/one 640 \"1\\n\"\n"
			     "file /etc/two 644 \"2\\n\"\n");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_read(d.record, "/etc/one", &b), 0);
	assert_string_equal(buf_str(&b), "1\n");
	kept(&d, "/etc/one", "1\n");
	assert_false(sim_has(record_tree(d.record), "/etc/two"));
	assert_int_equal(record_failed(d.record), 0);
}

TEST(the_names_in_a_directory_that_is_listed_are_kept_without_their_values)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /etc/d/one 644 \"1\\n\"\n"
			     "dir /etc/d/two\n"
			     "file /etc/d/two/deep 644 \"2\\n\"\n");
	CLEANUP(buf_done) struct buf names = { 0 };

	assert_int_equal(sys_list(d.record, "/etc/d", &names), 0);
	assert_string_equal(buf_next_name(&names, NULL), "one");
	kept_by_name(&d, "/etc/d/one");
	assert_int_equal(sim_type(record_tree(d.record), "/etc/d/two"), SYS_DIR);
	assert_false(sim_has(record_tree(d.record), "/etc/d/two/deep"));
}

TEST(a_value_behind_links_is_found_by_every_name)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /etc/real/value 644 \"v\\n\"\n"
			     "link /etc/there real\n"
			     "link /etc/far /etc/there\n");

	reads(&d, "/etc/far/value");
	kept(&d, "/etc/far/value", "v\n");
	kept(&d, "/etc/there/value", "v\n");
	kept(&d, "/etc/real/value", "v\n");
	assert_string_equal(sim_link(record_tree(d.record), "/etc/there"), "real");
}

TEST(links_that_lead_in_a_circle_end)
{
	CLEANUP(desk_done) struct desk d = desk("link /etc/a b\nlink /etc/b a\n");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_true(sys_read(d.record, "/etc/a", &b) < 0);
	assert_int_equal(record_failed(d.record), 0);
}

TEST(a_file_that_is_missing_is_no_gap_and_one_that_cannot_be_read_is)
{
	CLEANUP(desk_done) struct desk d = desk("file /etc/here 644 \"\"\n");
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct record_note *n;
	size_t count;

	assert_int_equal(sys_read(d.record, "/etc/missing", &b), -ENOENT);
	record_notes(d.record, &count);
	assert_int_equal(count, 0);
	sim_note(sim_of(d.inner), "/etc/here", 0, -EACCES);
	d.inner->ops = &sim_still_ops;
	assert_int_equal(sys_read(d.record, "/etc/here", &b), -EACCES);
	n = note_of(&d, RECORD_UNREAD, "/etc/here");
	assert_non_null(n);
	assert_int_equal(n->err, -EACCES);
	/* Whoever looks at the capture meets the same. */
	assert_int_equal(sys_read(&record_tree(d.record)->sys, "/etc/here", &b), -EACCES);
}

TEST(files_for_keys_are_never_kept_whoever_reads_them)
{
	static const char *const paths[] = {
		"/etc/shadow",	      "/etc/shadow-",
		"/etc/gshadow",	      "/etc/ssh/ssh_host_ed25519_key",
		"/etc/ssl/x",	      "/etc/pki/tls/x",
		"/etc/zkey/k",	      "/etc/libvirt/secrets/a.xml",
		"/run/user/0/x",      "/proc/7/environ",
		"/etc/guest/tls.key", "/etc/vfio/client.pem",
		"/etc/krb5.keytab",   "/etc/NetworkManager/system-connections/wlan",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char machine[128];
		struct desk d;

		snprintf(machine, sizeof(machine), "file %s 600 \"secret\"\n", paths[i]);
		d = desk(machine);
		reads(&d, paths[i]);
		if (sim_has(record_tree(d.record), paths[i]))
			fail_msg("%s is kept", paths[i]);
		desk_done(&d);
	}
}

TEST(a_harmless_name_for_a_file_of_keys_does_not_get_it_kept)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /etc/shadow 600 \"secret\"\n"
			     "link /etc/innocent shadow\n");

	reads(&d, "/etc/innocent");
	assert_false(sim_has(record_tree(d.record), "/etc/shadow"));
	assert_int_equal(sim_type(record_tree(d.record), "/etc/innocent"), SYS_LINK);
	assert_non_null(note_of(&d, RECORD_NEVER, "/etc/shadow"));
}

TEST(passwords_in_files_are_replaced_and_the_file_is_named)
{
	CLEANUP(desk_done)
	struct desk d =
		desk("file /etc/fstab 644 \"//nas/x /x cifs user=me,password=hunter2,ro 0 0\\n\"\n"
		     "file /sys/bus/token 644 \"token=1\\n\"\n");

	reads(&d, "/etc/fstab");
	reads(&d, "/sys/bus/token");
	kept(&d, "/etc/fstab", "//nas/x /x cifs user=me,password=***,ro 0 0\n");
	assert_non_null(note_of(&d, RECORD_CLEANED, "/etc/fstab"));
	/* sysfs has none where it is read, and its values are compared byte by byte. */
	kept(&d, "/sys/bus/token", "token=1\n");
}

TEST(of_command_lines_only_those_of_guests_are_kept_whole)
{
	CLEANUP(desk_done)
	struct desk d = desk("process 7 /usr/bin/qemu -name db1\n"
			     "process 8 /usr/bin/backup --to backup.example.com --user me\n");
	CLEANUP(buf_done) struct buf b = { 0 };
	static const char qemu[] = "/usr/bin/qemu\0-name\0db1";

	reads(&d, "/proc/7/cmdline");
	reads(&d, "/proc/8/cmdline");
	assert_int_equal(sim_bytes(record_tree(d.record), "/proc/7/cmdline", &b), 0);
	assert_int_equal(b.len, sizeof(qemu));
	assert_memory_equal(b.data, qemu, sizeof(qemu));
	kept(&d, "/proc/8/cmdline", "/usr/bin/backup");
}

TEST(of_open_files_only_devices_keep_their_names)
{
	CLEANUP(desk_done)
	struct desk d = desk("link /proc/7/fd/3 /home/me/diary\n"
			     "link /proc/7/fd/4 /dev/vfio/12\n");
	CLEANUP(buf_done) struct buf target = { 0 };

	assert_int_equal(sys_readlink(d.record, "/proc/7/fd/3", &target), 0);
	assert_string_equal(buf_str(&target), "/home/me/diary");
	buf_reset(&target);
	assert_int_equal(sys_readlink(d.record, "/proc/7/fd/4", &target), 0);
	assert_string_equal(sim_link(record_tree(d.record), "/proc/7/fd/3"), "-");
	assert_string_equal(sim_link(record_tree(d.record), "/proc/7/fd/4"), "/dev/vfio/12");
}

TEST(the_kernels_messages_are_kept_without_passwords)
{
	CLEANUP(desk_done)
	struct desk d = desk("file /dev/kmsg 644 \"6,1,1,-;Command line: password=hunter2\\n\"\n");
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_int_equal(sys_messages(d.record, &b), 0);
	assert_string_equal(buf_str(&b), "6,1,1,-;Command line: password=hunter2\n");
	kept(&d, "/dev/kmsg", "6,1,1,-;Command line: password=***\n");
	assert_non_null(note_of(&d, RECORD_CLEANED, "/dev/kmsg"));
}

TEST(what_has_no_room_is_named)
{
	CLEANUP(desk_done)
	struct desk d = desk_max("file /etc/one 644 \"12345678\"\n"
				 "file /etc/two 644 \"12345678\"\n",
				 12);

	reads(&d, "/etc/one");
	reads(&d, "/etc/two");
	kept(&d, "/etc/one", "12345678");
	kept_by_name(&d, "/etc/two");
	assert_non_null(note_of(&d, RECORD_TOO_MUCH, "/etc/two"));
}

TEST(nothing_can_be_changed_through_it)
{
	CLEANUP(desk_done) struct desk d = desk("file /sys/bus/ap/apmask 644 \"0\\n\"\n");

	assert_int_equal(sys_write(d.record, "/sys/bus/ap/apmask", "1"), -EROFS);
	assert_int_equal(sys_stage(d.record, "/etc/x", "1", 1), -EROFS);
	assert_int_equal(sys_load_module(d.record, "vfio_ap"), -EROFS);
	assert_reads(d.inner, "/sys/bus/ap/apmask", "0\n");
}

/* -- cleaning -- */

static void cleans(const char *text, const char *expected)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	bool some = false;

	assert_int_equal(record_clean(text, strlen(text), &b, &some), 0);
	assert_string_equal(buf_str(&b), expected);
	assert_int_equal(some, strcmp(text, expected) != 0);
}

TEST(the_values_of_words_for_secrets_are_replaced)
{
	cleans("passwd=abc", "passwd=***");
	cleans("smbpass=abc", "smbpass=***");
	cleans("wpa-psk \"abc\"; psk=\"a b\"", "wpa-psk \"abc\"; psk=\"***\"");
	cleans("a PASSWORD = 'x y z' b", "a PASSWORD = '***' b");
	cleans("{\"password\": \"x\\\"y\", \"b\": 1}", "{\"password\": \"***\"y\", \"b\": 1}");
	cleans("rd.luks.passphrase=a,b", "rd.luks.passphrase=***,b");
	cleans("token: abc\nnext", "token: ***\nnext");
	cleans("<password>abc</password>", "<password>***</password>");
	cleans("credentials=/etc/x pass=1;2", "credentials=/etc/x pass=***;2");
	cleans("-object secret,id=sec0,data=abc -x", "-object secret,id=sec0,data=*** -x");
	cleans("iscsi://me:abc@host/lun", "iscsi://me:***@host/lun");
}

TEST(what_is_no_secret_stays)
{
	cleans("", "");
	cleans("passthrough", "passthrough");
	cleans("vfio_ap-passthrough=1", "vfio_ap-passthrough=1");
	cleans("password=", "password=");
	cleans("Speculative Store Bypass: Mitigation", "Speculative Store Bypass: Mitigation");
	cleans("root=/dev/dasda1 crashkernel=256M", "root=/dev/dasda1 crashkernel=256M");
	cleans("http://kernel.org:8080/path", "http://kernel.org:8080/path");
}

TEST(what_was_cleaned_once_stays_as_it_is)
{
	static const char text[] = "passwd=*** iscsi://me:***@host";
	CLEANUP(buf_done) struct buf b = { 0 };
	bool some;

	assert_int_equal(record_clean(text, strlen(text), &b, &some), 0);
	assert_string_equal(buf_str(&b), text);
}

TEST(bytes_of_any_kind_are_taken)
{
	static const char bytes[] = "a\0password=x\0\xff";
	CLEANUP(buf_done) struct buf b = { 0 };
	bool some;

	assert_int_equal(record_clean(bytes, sizeof(bytes), &b, &some), 0);
	assert_memory_equal(b.data, "a\0password=***\0\xff", sizeof(bytes) + 2);
}

/* -- the places that a rehearsal writes to -- */

TEST(places_that_commands_are_written_to_are_kept_by_name)
{
	CLEANUP(desk_done)
	struct desk d = desk("chp 50\nsubchannel 0.0.0313 dev=0.0.2b09 devtype=3390/0c cu=3990/e9 "
			     "chpids=50\n");

	record_places(d.record);
	assert_true(sim_has(record_tree(d.record), "/sys/bus/css/drivers_probe"));
	assert_true(sim_has(record_tree(d.record), "/sys/bus/css/drivers/io_subchannel/unbind"));
	assert_true(sim_has(record_tree(d.record), "/sys/bus/css/devices/0.0.0313/driver"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_read_is_passed_on_as_it_is_and_kept),
		CASE(the_names_in_a_directory_that_is_listed_are_kept_without_their_values),
		CASE(a_value_behind_links_is_found_by_every_name),
		CASE(links_that_lead_in_a_circle_end),
		CASE(a_file_that_is_missing_is_no_gap_and_one_that_cannot_be_read_is),
		CASE(files_for_keys_are_never_kept_whoever_reads_them),
		CASE(a_harmless_name_for_a_file_of_keys_does_not_get_it_kept),
		CASE(passwords_in_files_are_replaced_and_the_file_is_named),
		CASE(of_command_lines_only_those_of_guests_are_kept_whole),
		CASE(of_open_files_only_devices_keep_their_names),
		CASE(the_kernels_messages_are_kept_without_passwords),
		CASE(what_has_no_room_is_named),
		CASE(nothing_can_be_changed_through_it),
		CASE(the_values_of_words_for_secrets_are_replaced),
		CASE(what_is_no_secret_stays),
		CASE(what_was_cleaned_once_stays_as_it_is),
		CASE(bytes_of_any_kind_are_taken),
		CASE(places_that_commands_are_written_to_are_kept_by_name),
	};

	return RUN(tests);
}
