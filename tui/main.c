/* SPDX-License-Identifier: MIT */
/*
 * The one file that sees both ends: it picks the machine, real or simulated, and the front end.
 */
#include "app.h"
#include "batch_part.h"
#include "capture.h"
#include "captured.h"
#include "choose.h"
#include "complete.h"
#include "front.h"
#include "options.h"
#include "real.h"
#include "sim.h"
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "0"
#endif

enum { MACHINE_FILE_MAX = 64 << 20 };

static const char *const machine_paths[] = { "/sys", "/proc", "/etc", "/run", "/var/lib/vfiocfg",
					     NULL };

static void say(const struct msg *m)
{
	batch_say(&(struct batch){ .out = stdout, .err = stderr }, m);
}

/* -- the surroundings -- */

/* What ncurses, the C library and the program itself ask for; everything else could only change what root does. */
static bool is_wanted(const char *variable)
{
	static const char *const wanted[] = {
		"TERM=",      "TERMINFO=",	 "TERMINFO_DIRS=",
		"ESCDELAY=",  "COLUMNS=",	 "LINES=",
		"LANG=",      "LANGUAGE=",	 "LC_",
		"TZ=",	      "NO_COLOR=",	 "HOME=",
		"SUDO_USER=", "SSH_CONNECTION=",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (str_starts(variable, wanted[i]))
			return true;
	return false;
}

static void scrub_environment(void)
{
	char **to = environ;

	for (char **from = environ; from && *from; from++)
		if (is_wanted(*from))
			*to++ = *from;
	if (to)
		*to = NULL;
}

/* Set-uid, set-gid, or a file with capabilities. For root the kernel's flag may only mean another SELinux domain. */
static bool has_borrowed_rights(void)
{
	return geteuid() != getuid() || getegid() != getgid() ||
	       (getuid() != 0 && getauxval(AT_SECURE));
}

/* For the history: who sat there, not what he had become. */
static const char *login_name(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw = sudo && *sudo ? NULL : getpwuid(getuid());

	return pw ? pw->pw_name : sudo;
}

/* -- the machine -- */

static int read_file(const char *path, struct buf *ret)
{
	FILE *f = fopen(path, "re");
	char page[65536];
	size_t n;
	int r = 0;

	if (!f)
		return -errno;
	while (r == 0 && (n = fread(page, 1, sizeof(page), f)) > 0)
		r = ret->len + n > MACHINE_FILE_MAX ? -EFBIG : buf_add(ret, page, n);
	if (r == 0 && ferror(f))
		r = -EIO;
	fclose(f);
	return r;
}

static int unreadable(const char *file, int r, struct msg *reterr)
{
	msg_make(reterr, MSG_FILE_UNREADABLE, "file", file, "error", errno_words(-r), NULL);
	return r;
}

static int machine_from_file(const char *file, struct sys **ret, struct msg *reterr)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct sim_error where = { 0 };
	char line[16];
	int r = read_file(file, &text);

	if (r < 0)
		return unreadable(file, r, reterr);
	r = sim_new(buf_str(&text), text.len, ret, &where);
	snprintf(line, sizeof(line), "%u", where.line);
	if (r == -EINVAL)
		msg_make(reterr, MSG_BAD_MACHINE, "file", file, "line", line, "expected",
			 where.expected, NULL);
	else if (r < 0)
		unreadable(file, r, reterr);
	return r;
}

/* A captured tree, packed or not, to rehearse on. 1: it is no archive. */
static int machine_from_capture(const char *path, struct sys **ret, struct msg *reterr)
{
	CLEANUP(sys_freep) struct sys *tree = NULL;
	struct capture_error e = { 0 };
	int r = capture_open_demo(path, ret, &e);

	if (r == 1) {
		r = real_new(&(struct real_opts){ .root = path, .read_only = true }, &tree);
		if (r == 0)
			r = sim_copy(tree, machine_paths, ret);
	}
	return r < 0 ? captured_error(path, r, &e, reterr) : 0;
}

static void no_machine(const char *name, struct msg *reterr)
{
	CLEANUP(buf_done) struct buf names = { 0 };

	for (const struct sim_machine *m = sim_machines; m->name; m++)
		buf_printf(&names, "%s%s", names.len ? ", " : "", m->name);
	msg_make(reterr, MSG_NO_MACHINE, "name", name, "names", buf_str(&names), NULL);
}

static int named_machine(const char *name, struct sys **ret, struct msg *reterr)
{
	int r = sim_new_named(name, ret);
	struct stat st;

	if (r != -ENOENT)
		return r < 0 ? unreadable(name, r, reterr) : 0;
	if (stat(name, &st) == 0)
		return S_ISDIR(st.st_mode) || capture_is_packed(name)
			       ? machine_from_capture(name, ret, reterr)
			       : machine_from_file(name, ret, reterr);
	no_machine(name, reterr);
	return -ENOENT;
}

static int simulated_machine(const struct options *o, struct sys **ret, struct msg *reterr)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	int r;

	if (o->state && access(o->state, F_OK) == 0)
		r = machine_from_file(o->state, &sys, reterr);
	else
		r = named_machine(o->machine ? o->machine : "lpar", &sys, reterr);
	if (r == 0 && o->state) {
		r = sim_keep(sys, o->state);
		if (r < 0)
			unreadable(o->state, r, reterr);
	}
	if (r == 0)
		*ret = TAKE(sys);
	return r;
}

/* Is --root another place than this host? */
static bool elsewhere(const char *root)
{
	struct stat tree, host;

	return root && (stat(root, &tree) < 0 || stat("/", &host) < 0 ||
			tree.st_dev != host.st_dev || tree.st_ino != host.st_ino);
}

static int open_machine(const struct options *o, bool events, struct sys **ret, struct msg *reterr)
{
	struct real_opts real = { .root = o->root ? o->root : "/",
				  .live = o->live,
				  .read_only = o->read_only,
				  .events = events };
	struct capture_error e = { 0 };
	int r = 1;

	if (o->demo)
		return simulated_machine(o, ret, reterr);
	if (o->root && elsewhere(o->root) && !o->live)
		r = capture_open(o->root, ret, &e);
	if (r <= 0)
		return r < 0 ? captured_error(o->root, r, &e, reterr) : 0;
	r = real_new(&real, ret);
	if (r == 0 && o->root && elsewhere(o->root))
		(*ret)->origin.maker = "";
	return r < 0 ? unreadable(real.root, r, reterr) : 0;
}

static void list_machines(void)
{
	for (const struct sim_machine *m = sim_machines; m->name; m++)
		printf("%-8s %s\n", m->name, m->about);
}

/* -- the front ends -- */

static struct app_opts app_opts(const struct options *o)
{
	return (struct app_opts){
		.ascii = true,
		.mono = true,
		.demo = o->demo,
		.kernel_reboot = o->demo ? sim_reboot : NULL,
		.machine_name = !o->demo     ? NULL
				: o->machine ? o->machine
					     : "lpar",
	};
}

/* Once the terminal is given back; where there is none any more nobody reads it. */
static void leave(struct app *app)
{
	CLEANUP(msg_done) struct msg m = { 0 };

	if (app && app_leave(app, &m))
		say(&m);
}

static void say_chosen(struct app *app, struct msg *chosen)
{
	if (chosen->what)
		app_say(app, LOOK_PLAIN, chosen);
}

static int run_full_screen(const struct options *o, struct session *session, struct msg *chosen)
{
	struct term_opts term = { .rows = o->rows,
				  .cols = o->cols,
				  .ascii = o->ascii,
				  .color = o->color == COLOR_WHEN_ALWAYS  ? COLOR_ALWAYS
					   : o->color == COLOR_WHEN_NEVER ? COLOR_NEVER
									  : COLOR_AUTO };
	struct app_opts opts = app_opts(o);
	struct app *app = NULL;
	struct msg m = { 0 };
	int code, r = term_open(&term);

	if (r < 0) {
		msg_make(&m, MSG_NO_TERMINAL, "why",
			 r == -ENOTTY ? "There is no terminal"
				      : "Nothing is known of this terminal (TERM)",
			 NULL);
		say(&m);
		msg_done(&m);
		return EXIT_USAGE;
	}
	opts.ascii = o->ascii || term_ascii();
	opts.mono = term_mono();
	r = app_new(session, &opts, &app);
	if (r == 0) {
		say_chosen(app, chosen);
		r = term_run(app);
	}
	code = r == 0 ? app->exit_code : EXIT_ERRORS;
	term_close();
	leave(app);
	app_free(app);
	return code;
}

static int run_by_lines(const struct options *o, struct session *session, enum mode mode,
			bool is_3270, struct msg *chosen)
{
	const char *type = getenv("TERM");
	struct front_opts front = { .rows = o->rows, .cols = o->cols, .is_3270 = is_3270 };
	struct app_opts opts = app_opts(o);
	struct app *app = NULL;
	int code, r = session_settle(session);

	front.clear =
		is_3270 || (isatty(STDOUT_FILENO) && type && *type && strcmp(type, "dumb") != 0);
	opts.paged = true;
	opts.lines = mode == MODE_LINE;
	if (r == 0)
		r = app_new(session, &opts, &app);
	if (r == 0) {
		say_chosen(app, chosen);
		r = mode == MODE_PANEL ? panel_run(app, &front) : line_run(app, &front);
	}
	code = r == 0 ? app->exit_code : EXIT_ERRORS;
	leave(app);
	app_free(app);
	return code;
}

/* By the terminal, unless --mode says it. Where there is none the full screen says so. */
static int run_interactive(const struct options *o, struct session *session)
{
	struct utsname host = { 0 };
	struct terminal_facts t = { .device = ttyname(STDIN_FILENO), .type = getenv("TERM") };
	bool is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	CLEANUP(msg_done) struct msg chosen = { 0 };
	enum mode mode = o->mode;
	char why[CHOOSE_WHY];

	uname(&host);
	t.s390 = str_starts(host.machine, "s390");
	if (is_terminal) {
		t.addressable = term_addressable();
		choose_say(mode, &t, &chosen);
		mode = mode == MODE_AUTO ? choose_mode(&t, why) : mode;
	}
	if (mode == MODE_PANEL || mode == MODE_LINE)
		return run_by_lines(o, session, mode, choose_is_3270(&t), &chosen);
	return run_full_screen(o, session, &chosen);
}

static bool wants_color(const struct options *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != COLOR_WHEN_AUTO)
		return o->color == COLOR_WHEN_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static int run_command(const struct options *o, struct session *session, int argc, char **argv)
{
	struct batch b = { .session = session,
			   .out = stdout,
			   .err = stderr,
			   .argc = argc,
			   .argv = argv,
			   .color = wants_color(o),
			   .version = VERSION };

	/* The one word that only a simulated machine has. */
	if (o->demo && argc == 1 && str_eq(argv[0], "reboot"))
		return session_reboot(session, sim_reboot) < 0 ? EXIT_ERRORS : EXIT_OK;
	return batch_run(&b);
}

static const char *why_read_only(const struct options *o, const struct sys *sys)
{
	if (o->read_only)
		return "--read-only was given";
	if (sys->writable)
		return NULL;
	if (sys->origin.maker && *sys->origin.maker)
		return "This is a capture of another machine";
	if (o->root && !o->live)
		return "This is the tree that --root names, and --live was not given";
	return "Only root may change this machine";
}

static int run(const struct options *o, int argc, char **argv)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *session = NULL;
	struct session_opts opts = { .elsewhere = elsewhere(o->root),
				     .ssh = o->demo || o->root ? NULL : getenv("SSH_CONNECTION") };
	struct msg m = { 0 };
	int r = open_machine(o, argc == 0, &sys, &m);

	if (r == 0) {
		opts.why_read_only = why_read_only(o, sys);
		opts.read_only = opts.why_read_only != NULL;
		opts.scope = batch_scope(argc, argv);
		/* Who only looks at a part of it commits nothing. */
		opts.who = opts.scope ? NULL : login_name();
		opts.background = argc == 0;
		r = session_new(sys, &opts, &session);
		if (r < 0)
			msg_make(&m, MSG_NO_MEMORY, NULL);
	}
	if (r < 0) {
		say(&m);
		msg_done(&m);
		return r == -ENOENT && o->demo ? EXIT_USAGE : EXIT_ERRORS;
	}
	return argc > 0 ? run_command(o, session, argc, argv) : run_interactive(o, session);
}

/* For the shell's completion: what can't be told now is not told. argv: behind --complete. */
static int run_complete(int argc, char **argv)
{
	CLEANUP(sys_freep) struct sys *sys = NULL;
	CLEANUP(session_freep) struct session *session = NULL;
	CLEANUP(msg_done) struct msg m = { 0 };
	struct session_opts opts = { .read_only = true, .why_read_only = "" };
	struct options o = { 0 };
	enum complete_more more = complete_words(argc, argv, stdout);

	for (const struct sim_machine *s = sim_machines; more == COMPLETE_MACHINES && s->name; s++)
		if (str_starts(s->name, strchr(argv[argc - 1], '=') + 1))
			printf("--demo=%s\n", s->name);
	if (more != COMPLETE_DEVICES || options_parse(argc + 1, argv - 1, &o, &m) < 0)
		return EXIT_OK;
	o.read_only = true;
	if (o.state && access(o.state, R_OK) < 0)
		o.state = NULL;
	opts.elsewhere = elsewhere(o.root);
	if (open_machine(&o, false, &sys, &m) == 0 && session_new(sys, &opts, &session) == 0)
		complete_devices(session, argv[argc - 1], stdout);
	return EXIT_OK;
}

static int refuse(struct msg *m)
{
	say(m);
	msg_done(m);
	return EXIT_USAGE;
}

/* Standard files that are closed: the next file opened, of the machine perhaps, would get their number and what is printed. */
static bool take_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    /* The wrong way round: whoever reads or prints all the same is told so. */
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct msg m = { 0 };

	if (!take_standard_files())
		return EXIT_ERRORS;
	if (has_borrowed_rights()) {
		msg_make(&m, MSG_SETUID, NULL);
		return refuse(&m);
	}
	scrub_environment();
	/* How letters are written: what else a language has is a dozen files more to read at each start. */
	setlocale(LC_CTYPE, "");
	if (argc > 1 && str_eq(argv[1], "--complete"))
		return run_complete(argc - 2, argv + 2);
	if (options_parse(argc, argv, &o, &m) < 0)
		return refuse(&m);
	if (o.help || o.version) {
		if (o.help)
			options_help(stdout);
		else
			puts("vfiocfg " VERSION);
		return EXIT_OK;
	}
	if (o.demo && str_eq(o.machine, "list")) {
		list_machines();
		return EXIT_OK;
	}
	if (batch_help(argc - o.command, argv + o.command, stdout))
		return EXIT_OK;
	return run(&o, argc - o.command, argv + o.command);
}
