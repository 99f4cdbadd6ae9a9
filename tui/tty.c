/* SPDX-License-Identifier: MIT */
#include "tty.h"
#include "crash.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void watched(sigset_t *set)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGWINCH, SIGCONT, SIGTSTP };

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
		sigaddset(set, sigs[i]);
}

static void set_raw(struct tty *t)
{
	struct termios now = t->before;

	if (!t->raw || !t->taken)
		return;
	/* Signals stay: PA1 of a 3270 is ^C. CR is never sent by a 3270 and by all others. */
	now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	now.c_iflag |= ICRNL;
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	tcsetattr(t->in, TCSADRAIN, &now);
}

int tty_open(struct tty *t, bool raw, bool is_3270)
{
	sigset_t set;

	*t = (struct tty){ .in = STDIN_FILENO, .out = STDOUT_FILENO, .raw = raw, .signals = -1 };
	t->taken = tcgetattr(t->in, &t->before) == 0;
	t->is_3270 = is_3270;
	t->echo = raw && t->taken && !is_3270;
	watched(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signals < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	crash_guard(t->taken ? &t->before : NULL, "", 0);
	set_raw(t);
	return 0;
}

void tty_close(struct tty *t)
{
	sigset_t set;

	if (t->signals < 0)
		return;
	if (t->raw && t->taken)
		tcsetattr(t->in, TCSADRAIN, &t->before);
	crash_release();
	buf_done(&t->late);
	close(t->signals);
	t->signals = -1;
	watched(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void write_all(struct tty *t, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(t->out, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

void tty_write(struct tty *t, const char *text, size_t len)
{
	write_all(t, buf_str(&t->late), t->late.len);
	buf_reset(&t->late);
	write_all(t, text, len);
}

void tty_write_soon(struct tty *t, const char *text, size_t len)
{
	struct pollfd fd = { .fd = t->out, .events = POLLOUT };

	if (poll(&fd, 1, 0) > 0)
		tty_write(t, text, len);
	else
		(void)buf_add(&t->late, text, len);
}

void tty_size(const struct tty *t, int *ret_rows, int *ret_cols)
{
	struct winsize w = { 0 };

	if (ioctl(t->out, TIOCGWINSZ, &w) < 0 || !w.ws_row || !w.ws_col)
		w = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	*ret_rows = w.ws_row;
	*ret_cols = w.ws_col;
}

/* -- reading -- */

static void drop_typed(struct tty *t, size_t n)
{
	memmove(t->typed, t->typed + n, t->n_typed - n);
	t->n_typed -= n;
}

static bool hung_up(const struct tty *t)
{
	struct pollfd fd = { .fd = t->in, .events = POLLIN };

	return poll(&fd, 1, 0) > 0 && fd.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static void fill(struct tty *t)
{
	size_t room = sizeof(t->typed) - t->n_typed;
	ssize_t n = room ? read(t->in, t->typed + t->n_typed, room) : 0;

	if (n > 0)
		t->n_typed += (size_t)n;
	else if (room && n == 0 && isatty(t->in) && !hung_up(t))
		t->ended = true;
	else if (room && (n == 0 || (errno != EINTR && errno != EAGAIN)))
		t->gone = true;
}

static void echo(struct tty *t, const char *text)
{
	if (t->echo)
		tty_write(t, text, strlen(text));
}

static void rub_out(struct tty *t)
{
	if (!t->n_line)
		return;
	do {
		t->n_line--;
	} while (t->n_line && ((unsigned char)t->line[t->n_line] & 0xc0) == 0x80);
	echo(t, "\b \b");
}

/* A byte that is no function key; true: it ended the line, which is in ret_text. */
static bool take_byte(struct tty *t, unsigned char byte, char *ret_text)
{
	char shown[2] = { (char)byte, '\0' };

	if (byte == '\n') {
		t->cut = t->cutting;
		t->cutting = false;
		memcpy(ret_text, t->line, t->n_line);
		ret_text[t->n_line] = '\0';
		t->n_line = 0;
		return true;
	}
	if (byte == '\b' || byte == 0x7f) {
		rub_out(t);
	} else if (byte >= 0x20 && t->n_line == sizeof(t->line) - 1) {
		t->cutting = true;
	} else if (byte >= 0x20) {
		t->line[t->n_line++] = (char)byte;
		echo(t, shown);
	}
	return false;
}

/* true: *ret says what came of what was typed. */
static bool take_raw(struct tty *t, char *ret_text, uint32_t *ret_key, enum tty_event *ret)
{
	size_t n;

	while ((n = tty_decode(t->typed, t->n_typed, ret_key)) > 0) {
		drop_typed(t, n);
		if (*ret_key == 4 && !t->n_line) { /* VEOF is no longer the terminal's business */
			*ret = TTY_EOF;
			return true;
		}
		if (*ret_key >= K_BASE) {
			*ret = TTY_KEY;
			return true;
		}
		if (*ret_key < 0x100 && *ret_key != K_NONE &&
		    take_byte(t, (unsigned char)*ret_key, ret_text)) {
			*ret = TTY_LINE;
			return true;
		}
	}
	return false;
}

/* A line that is too long loses its end, which must not become a line of its own; a last line without newline counts. */
static bool take_line(struct tty *t, char *ret_text)
{
	const char *end = memchr(t->typed, '\n', t->n_typed);
	size_t n = end ? (size_t)(end - t->typed) : t->n_typed, out = 0;

	if (!end && t->n_typed == sizeof(t->typed)) {
		t->cutting = true;
		t->n_typed = 0;
	}
	if (!end && !(t->n_typed && t->gone))
		return false;
	for (size_t i = 0; i < n && out < 255; i++)
		if (t->typed[i] != '\r' && t->typed[i] != '\0')
			ret_text[out++] = t->typed[i];
	ret_text[out] = '\0';
	t->cut = t->cutting || n > 255;
	t->cutting = false;
	drop_typed(t, n + (end != NULL));
	return true;
}

/* CLEAR on a 3270 sent SIGHUP, and the terminal was there. One that is gone says so when it is read. */
static bool is_harmless(const struct tty *t, uint32_t sig)
{
	return sig == SIGHUP && t->is_3270 && !hung_up(t);
}

static bool take_signal(struct tty *t, uint32_t *ret_key, enum tty_event *ret)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGCONT)
		set_raw(t);
	t->suspend = t->suspend || info.ssi_signo == SIGTSTP;
	*ret = info.ssi_signo == SIGCONT || info.ssi_signo == SIGWINCH ||
			       info.ssi_signo == SIGTSTP || is_harmless(t, info.ssi_signo)
		       ? TTY_RESIZE
		       : TTY_SIGNAL;
	*ret_key = info.ssi_signo;
	return true;
}

/* The shell gets the terminal as it was. By the signal itself, which stops nothing that nobody could continue. */
static void suspend(struct tty *t)
{
	sigset_t set, before;

	t->suspend = false;
	if (t->raw && t->taken)
		tcsetattr(t->in, TCSADRAIN, &t->before);
	raise(SIGTSTP);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	set_raw(t);
}

/* A line that is only what a function key sends is that key. */
static enum tty_event line_or_key(char *text, uint32_t *ret_key)
{
	size_t len = strlen(text);
	char *to = text;

	if (*text == '\033' && tty_decode(text, len, ret_key) == len && *ret_key >= K_BASE)
		return TTY_KEY;
	for (const char *from = text; *from; from++)
		if ((unsigned char)*from >= 0x20)
			*to++ = *from;
	*to = '\0';
	tty_brackets(text);
	return TTY_LINE;
}

enum tty_event tty_next(struct tty *t, int more, int wait_ms, char ret_text[static 256],
			uint32_t *ret_key)
{
	enum tty_event what = TTY_LINE;
	int n;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = t->in, .events = POLLIN },
			{ .fd = t->signals, .events = POLLIN },
			{ .fd = more, .events = POLLIN },
		};

		if (t->raw ? take_raw(t, ret_text, ret_key, &what) : take_line(t, ret_text))
			return t->raw && what != TTY_LINE ? what : line_or_key(ret_text, ret_key);
		if (t->suspend)
			suspend(t); /* SIGCONT has all shown again */
		if (t->left) {	    /* came while a commit ran */
			*ret_key = t->left;
			t->left = 0;
			return TTY_SIGNAL;
		}
		if (t->ended) {
			t->ended = false;
			return TTY_EOF;
		}
		if (t->gone)
			return TTY_END;
		n = poll(fds, ARRAY_SIZE(fds), wait_ms);
		if (n < 0 && errno != EINTR)
			return TTY_END;
		if (n == 0)
			return TTY_TIME;
		if (fds[1].revents && take_signal(t, ret_key, &what)) {
			if (!t->suspend)
				return what;
			continue;
		}
		if (fds[0].revents)
			fill(t);
		else if (fds[2].revents)
			return TTY_MACHINE;
	}
}

static bool is_cancel(const char *line, size_t n)
{
	return n >= 6 && !strncasecmp(line, "cancel", 6) && (n == 6 || line[6] == '\r');
}

bool tty_asked_to_stop(struct tty *t)
{
	struct pollfd fd = { .fd = t->in, .events = POLLIN };
	enum tty_event what = TTY_LINE;
	uint32_t sig;
	bool stop = false;

	/* Who hangs up has said yes before: it is finished, and the history tells. The others want it to end. */
	while (take_signal(t, &sig, &what)) {
		stop = stop || (what == TTY_SIGNAL && sig != SIGHUP);
		if (what == TTY_SIGNAL && sig != SIGINT)
			t->left = sig;
	}
	if (!t->gone && t->n_typed < sizeof(t->typed) && poll(&fd, 1, 0) > 0)
		fill(t);
	for (size_t from = 0, i = 0; i < t->n_typed; i++)
		if (t->typed[i] == '\n') {
			stop = stop || is_cancel(t->typed + from, i - from);
			from = i + 1;
		}
	return stop;
}
