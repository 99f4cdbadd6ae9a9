/* SPDX-License-Identifier: MIT */
#include "batch.h"
#include "batch_part.h"
#include "sheet.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct batch_command batch_commands[] = {
	{ "list",
	  "[subchannels|chpids|ap|pci|mdevs|all] [--format table|json|pairs|csv] [--columns "
	  "A,B,...] "
	  "[--filter EXPR] [--with FILE]",
	  "what there is, what it is bound to now and after the next boot", batch_list },
	{ "show", "DEVICE [--format table|json] [--with FILE]",
	  "everything about one device, and why it can or can't be given away", batch_show },
	{ "check", "[--format table|json|pairs|csv] [--with FILE]",
	  "what is wrong with what runs, what is defined, what a file would do", batch_check },
	{ "doctor", "[--format table|json|pairs|csv]",
	  "is this host ready, what is missing, what to do", batch_doctor },
	{ "plan", "FILE|- [--format table|json]", "the steps that a file of edits would take",
	  batch_plan },
	{ "apply", "FILE|- [--yes] [--override DEVICE ...] [--format table|json]",
	  "commit a file of edits", batch_apply },
	{ "export",
	  "[--as edits|commands|qemu|libvirt|nodedev|virt-install] [--with FILE] [DEVICE|UUID...]",
	  "what is given to guests, as other programs take it", batch_export },
	{ "history", "[--format table|json|pairs|csv]", "past commits", batch_history },
	{ "undo", "N|all [--yes] [--override DEVICE ...] [--format table|json]",
	  "take a past commit back, or everything", batch_undo },
	{ "measure",
	  "DEVICE [--interval SECONDS] [--count N] [--format table|json] | CHPID --save NAME",
	  "what the channel subsystem counts for a device, sample by sample", batch_measure },
	{ "setup", "[--answers FILE] [--yes] [--override DEVICE ...]",
	  "guided: questions, their review, a commit, the lines to hand over", batch_setup },
	{ "capture", "FILE [--replace]",
	  "pack what is looked at, for --root, --demo and diff elsewhere", batch_capture },
	{ "diff", "FILE [FILE] [--format table|json|pairs|csv]",
	  "what changed between two captures, or a capture and now", batch_diff },
	{ "recover", "[--files]", "finish or undo an interrupted commit", batch_recover },
	{ 0 },
};

const struct batch_command *batch_command(const char *name)
{
	for (const struct batch_command *c = batch_commands; c->name; c++)
		if (str_eq(c->name, name))
			return c;
	return NULL;
}

/* Before everything else; those that would commit say it when they refuse. */
static void say_interrupted(struct batch *b, const struct batch_command *c)
{
	const struct interrupted *i = session_interrupted(b->session);
	CLEANUP(msg_done) struct msg m = { 0 };

	if (!i || !i->found || c->run == batch_apply || c->run == batch_undo ||
	    c->run == batch_recover)
		return;
	msg_make(&m, MSG_INTERRUPTED_FIRST, "when", i->when, NULL);
	batch_say(b, &m);
}

bool batch_help(int argc, char **argv, FILE *f)
{
	const struct batch_command *c = argc > 1 ? batch_command(argv[0]) : NULL;
	bool asked = false;

	for (int i = 1; c && i < argc; i++)
		asked = asked || str_eq(argv[i], "--help");
	if (asked)
		fprintf(f, "usage: vfiocfg [OPTIONS] %s%s%s\n  %s\nvfiocfg(8) has the rest.\n",
			c->name, *c->args ? " " : "", c->args, c->help);
	return asked;
}

int batch_run(struct batch *b)
{
	const struct batch_command *c = b->argc > 0 ? batch_command(b->argv[0]) : NULL;
	struct msg m = { 0 };
	int code;

	if (!b->in)
		b->in = stdin;
	if (!c)
		return batch_usage(b, "there is no such command");
	say_interrupted(b, c);
	code = c->run(b);
	/* A reader that has gone away has seen all it wanted. */
	if ((fflush(b->out) == 0 && !ferror(b->out)) || errno == EPIPE)
		return code;
	msg_make(&m, MSG_OUTPUT_LOST, "error", errno_words(errno ? errno : EIO), NULL);
	batch_say(b, &m);
	msg_done(&m);
	return code < EXIT_ERRORS || code == EXIT_CHANGES ? EXIT_ERRORS : code;
}

void batch_say(struct batch *b, const struct msg *m)
{
	fflush(b->out);
	batch_line(b->err, 2, "vfiocfg: %s%s%s%s%s", m->what ? m->what : "",
		   m->why && *m->why ? " " : "", m->why ? m->why : "",
		   m->todo && *m->todo ? " " : "", m->todo ? m->todo : "");
}

int batch_usage(struct batch *b, const char *problem, ...)
{
	const struct batch_command *c = b->argc > 0 ? batch_command(b->argv[0]) : NULL;
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(buf_done) struct buf usage = { 0 };
	struct msg m = { 0 };
	va_list ap;

	va_start(ap, problem);
	buf_vprintf(&text, problem, ap);
	va_end(ap);
	if (c)
		buf_printf(&usage, "vfiocfg %s%s%s", c->name, *c->args ? " " : "", c->args);
	for (c = c ? NULL : batch_commands; c && c->name; c++)
		buf_printf(&usage, "%s%s", usage.len ? ", " : "one of ", c->name);
	msg_make(&m, MSG_USAGE, "command", b->argc > 0 ? b->argv[0] : "vfiocfg", "problem",
		 buf_str(&text), "expected", buf_str(&usage), NULL);
	batch_say(b, &m);
	msg_done(&m);
	return EXIT_USAGE;
}

int batch_failed(struct batch *b, int err, const struct msg *m)
{
	struct msg own = { 0 };

	if (m && m->what && *m->what) {
		batch_say(b, m);
	} else {
		msg_make(&own, err == -ENOMEM ? MSG_NO_MEMORY : MSG_FAILED, "error",
			 errno_words(-err), NULL);
		batch_say(b, &own);
	}
	msg_done(&own);
	return err == -EBUSY || err == -ESTALE ? EXIT_LOCKED : EXIT_ERRORS;
}

void batch_opts_done(struct batch_opts *o)
{
	free(o->overrides);
	o->overrides = NULL;
}

static const struct option long_options[] = {
	{ "format", required_argument, NULL, 'f' },   { "columns", required_argument, NULL, 'c' },
	{ "filter", required_argument, NULL, 'F' },   { "as", required_argument, NULL, 'a' },
	{ "with", required_argument, NULL, 'w' },     { "yes", no_argument, NULL, 'y' },
	{ "override", required_argument, NULL, 'o' }, { "answers", required_argument, NULL, 'A' },
	{ "files", no_argument, NULL, 'I' },	      { "interval", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },    { "save", required_argument, NULL, 's' },
	{ "replace", no_argument, NULL, 'R' },	      { 0 },
};

static bool is_allowed(const char *allowed, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = allowed; (p = strstr(p, name)); p += n)
		if ((p == allowed || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

/* One option into its place. 0 or an exit code. */
static int take_option(struct batch *b, int opt, const char *arg, struct batch_opts *o)
{
	switch (opt) {
	case 'f':
		if (format_parse(arg, &o->format) < 0)
			return batch_usage(b, "there is no format \"%s\"", arg);
		break;
	case 'c':
		o->columns = arg;
		break;
	case 'F':
		o->filter = arg;
		break;
	case 'a':
		o->as = arg;
		break;
	case 'A':
		o->answers = arg;
		break;
	case 'i':
		o->interval = arg;
		break;
	case 'n':
		o->count = arg;
		break;
	case 's':
		o->save = arg;
		break;
	case 'w':
		o->with = arg;
		break;
	case 'y':
		o->yes = true;
		break;
	case 'R':
		o->replace = true;
		break;
	case 'I':
		o->files = true;
		break;
	case 'o':
		o->overrides[o->n_overrides++] = arg;
		break;
	}
	return 0;
}

static int parse_options(struct batch *b, const char *allowed, struct batch_opts *o)
{
	int opt, which = -1, r = 0;

	optind = 0; /* from the start, whoever parsed before */
	opterr = 0;
	while (r == 0 && (opt = getopt_long(b->argc, b->argv, ":", long_options, &which)) != -1) {
		if (opt == ':')
			return batch_usage(b, "%s wants a value", b->argv[optind - 1]);
		if (opt == '?' && optopt > 0 && optopt < 128 && b->argv[optind - 1][1] != '-')
			return batch_usage(b, "-%c is not an option here", optopt);
		if (opt == '?')
			return batch_usage(b,
					   "%s is no option of this command; --demo, --root and "
					   "the like stand before it",
					   b->argv[optind - 1]);
		if (!is_allowed(allowed, long_options[which].name))
			return batch_usage(b, "--%s is not an option here",
					   long_options[which].name);
		r = take_option(b, opt, optarg, o);
	}
	return r;
}

int batch_options(struct batch *b, const char *allowed, size_t least, size_t most,
		  struct batch_opts *ret)
{
	struct batch_opts o = { 0 };
	int r;

	o.overrides = calloc((size_t)b->argc + 1, sizeof(*o.overrides));
	if (!o.overrides)
		return batch_failed(b, -ENOMEM, NULL);
	r = parse_options(b, allowed, &o);
	if (r == 0) {
		o.args = b->argv + optind;
		o.n_args = (size_t)(b->argc - optind);
		if (o.n_args < least)
			r = batch_usage(b, "something is missing");
		else if (o.n_args > most)
			r = batch_usage(b, "\"%s\" is too much", o.args[most]);
	}
	if (r)
		batch_opts_done(&o);
	else
		*ret = o;
	return r;
}

static int read_all(FILE *f, struct buf *ret)
{
	char chunk[4096];
	size_t n;
	int r = 0;

	while (r == 0 && ret->len <= EDITS_MAX && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		r = buf_add(ret, chunk, n);
	if (r == 0 && ferror(f))
		r = errno ? -errno : -EIO;
	return r < 0 ? r : ret->len > EDITS_MAX ? -EFBIG : 0;
}

static int read_edits(struct batch *b, const char *file, struct buf *ret)
{
	bool std = str_eq(file, "-");
	FILE *f = std ? b->in : fopen(file, "re");
	int r;

	if (!f)
		return -errno;
	r = read_all(f, ret);
	if (!std)
		fclose(f);
	return r;
}

int batch_load(struct batch *b, const char *file)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	CLEANUP(msg_done) struct msg m = { 0 };
	int r;

	if (!file)
		return 0;
	r = read_edits(b, file, &text);
	if (r < 0 && r != -ENOMEM)
		msg_make(&m, MSG_FILE_UNREADABLE, "file", file, "error", errno_words(-r), NULL);
	if (r == 0)
		r = session_load(b->session, buf_str(&text), text.len,
				 str_eq(file, "-") ? "standard input" : file, false, &m);
	return r < 0 ? batch_failed(b, r, &m) : 0;
}

int batch_find(struct batch *b, const char *name, struct devid *ret)
{
	CLEANUP(msg_done) struct msg m = { 0 };
	CLEANUP(buf_done) struct buf names = { 0 };
	struct found found;
	int r = session_find(b->session, name, &found);

	if (r == -EEXIST && session_found_text(b->session, &found, &names) == 0)
		msg_make(&m, MSG_MANY_DEVICES, "device", name, "candidates", buf_str(&names), NULL);
	else if (r == -ENOENT)
		msg_make(&m, MSG_NO_DEVICE, "device", name, NULL);
	if (r < 0)
		return batch_failed(b, r == -EEXIST ? -EINVAL : r, &m);
	*ret = found.v[0];
	return 0;
}

/* 0: it goes to no terminal, or to one that does not say. */
static int columns_of(FILE *f)
{
	struct winsize size;
	int fd = fileno(f);

	return fd >= 0 && isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct grid_look batch_look(const struct batch *b)
{
	return (struct grid_look){ .bold = b->color, .width = columns_of(b->out) };
}

void batch_line(FILE *f, int indent, const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	int cols = columns_of(f), room = cols - 1;
	const char *rest;
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (cols < 40) {
		fprintf(f, "%s\n", buf_str(&text));
		return;
	}
	for (const char *at = buf_str(&text); *at; at = rest, room = cols - 1 - indent) {
		size_t n = text_break(at, room, &rest);

		fprintf(f, "%*s%.*s\n", at == buf_str(&text) ? 0 : indent, "", (int)n, at);
	}
}

void batch_json_open(struct batch *b, const char *word, const char *rows)
{
	fprintf(b->out, "{\"vfiocfg-%s\": 1, \"%s\": [", word, rows);
}

void batch_json_close(struct batch *b)
{
	fputs("\n]}\n", b->out);
}
