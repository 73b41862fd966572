/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/log.h"

#include "os/file.h"
#include "os/loop.h"
#include "os/resolve.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { RING_LINES = 2048, LINE_MAX_BYTES = 480, CLOSE_WAIT_MS = 2000 };

struct line {
	wall_time at;
	uint8_t subsystem, level;
	uint8_t targets;
	uint16_t len;
	char text[LINE_MAX_BYTES];
};

enum { TO_STDERR = 1, TO_FILE = 2, TO_SYSLOG = 4 };

enum { FILE_KEEP = -2, FILE_NONE = -1 };

struct log {
	/* The caller's side. */
	struct log_levels levels[SUBSYSTEM_COUNT];
	char path[PATH_MAX]; /* "": no file */

	/* Between both. The ring: head is moved by the caller only, tail by the writer only. */
	_Atomic uint32_t head, tail;
	sem_t work;
	_Atomic uint64_t dropped;
	_Atomic bool stop;
	_Atomic int next_file; /* for the writer to take, or FILE_KEEP */
	_Atomic int timestamp, facility;
	char ident[32];
	char prefix[128]; /* "[pid] host ident", as corosync.log has it */
	pthread_t thread;

	/* The writer's side. */
	int file;
	uint64_t dropped_told;

	struct line lines[RING_LINES];
};

/* --- the writer --- */

static size_t stamp(const struct log *l, wall_time at, char *ret, size_t size)
{
	time_t seconds = (time_t)(at.ns / 1000000000u);
	struct tm tm;
	if (atomic_load(&l->timestamp) == LOG_TIME_OFF || !localtime_r(&seconds, &tm))
		return 0;
	size_t n = strftime(ret, size, "%b %d %H:%M:%S", &tm);
	if (atomic_load(&l->timestamp) == LOG_TIME_HIRES)
		n += (size_t)snprintf(ret + n, size - n, ".%03u", (unsigned int)(at.ns / 1000000u % 1000u));
	n += (size_t)snprintf(ret + n, size - n, " ");
	return n;
}

static const char *level_word(uint8_t level)
{
	static const char *const words[] = {
		[LEVEL_CRITICAL] = "crit", [LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning",
		[LEVEL_NOTICE] = "notice", [LEVEL_INFO] = "info",   [LEVEL_DEBUG] = "debug",
		[LEVEL_TRACE] = "trace"};
	return level <= LEVEL_TRACE && words[level] ? words[level] : "alert";
}

static void line_write(struct log *l, const struct line *line)
{
	char text[LINE_MAX_BYTES + 256];
	const char *subsystem = subsystem_name((enum subsystem)line->subsystem);
	size_t at = stamp(l, line->at, text, sizeof text);
	int n = snprintf(text + at, sizeof text - at, "%s %s [%s] %.*s\n", l->prefix, level_word(line->level),
			 subsystem, (int)line->len, line->text);
	size_t len = at + (n < 0 ? 0 : (size_t)n < sizeof text - at ? (size_t)n : sizeof text - at - 1);
	ssize_t r = 0;
	if (line->targets & TO_STDERR)
		r = write(STDERR_FILENO, text, len);
	if (line->targets & TO_FILE && l->file >= 0)
		r = write(l->file, text, len);
	(void)r; /* there is nowhere left to complain */
	if (line->targets & TO_SYSLOG)
		syslog((line->level > LEVEL_DEBUG ? LOG_DEBUG : line->level) | atomic_load(&l->facility), "[%s] %.*s",
		       subsystem, (int)line->len, line->text);
}

static void dropped_write(struct log *l, const struct line *like)
{
	uint64_t dropped = atomic_load(&l->dropped);
	if (dropped == l->dropped_told)
		return;
	struct line line = {
		.at = like->at, .subsystem = SUBSYSTEM_MAIN, .level = LEVEL_WARNING, .targets = like->targets};
	line.len = (uint16_t)snprintf(line.text, sizeof line.text,
				      "%llu lines were not written because the log's disk or syslog was too slow",
				      (unsigned long long)(dropped - l->dropped_told));
	l->dropped_told = dropped;
	line_write(l, &line);
}

static void file_take(struct log *l)
{
	int next = atomic_exchange(&l->next_file, FILE_KEEP);
	if (next == FILE_KEEP)
		return;
	if (l->file >= 0)
		close(l->file);
	l->file = next;
}

/* One post a line, and some to look at the other orders. */
static void *writer_run(void *arg)
{
	struct log *l = arg;
	for (;;) {
		while (sem_wait(&l->work) < 0 && errno == EINTR)
			continue;
		file_take(l);
		uint32_t tail = atomic_load(&l->tail);
		if (tail != atomic_load(&l->head)) {
			const struct line *line = &l->lines[tail % RING_LINES];
			line_write(l, line);
			dropped_write(l, line);
			atomic_store(&l->tail, tail + 1);
		} else if (atomic_load(&l->stop)) {
			return NULL;
		}
	}
}

/* --- the caller --- */

bool log_wants(const struct log *l, enum subsystem s, enum level level)
{
	const struct log_levels *w = &l->levels[s];
	return level <= w->to_stderr || level <= w->to_file || level <= w->to_syslog;
}

__attribute__((format(printf, 4, 0))) static void write_line(struct log *l, enum subsystem s, enum level level,
							     const char *format, va_list args)
{
	const struct log_levels *w = &l->levels[s];
	uint8_t targets = (uint8_t)((level <= w->to_stderr ? TO_STDERR : 0) | (level <= w->to_file ? TO_FILE : 0) |
				    (level <= w->to_syslog ? TO_SYSLOG : 0));
	if (targets == 0)
		return;
	uint32_t head = atomic_load(&l->head);
	if (head - atomic_load(&l->tail) == RING_LINES) {
		atomic_fetch_add(&l->dropped, 1);
		return;
	}
	struct line *line = &l->lines[head % RING_LINES];
	line->at = loop_wall();
	line->subsystem = (uint8_t)s;
	line->level = (uint8_t)level;
	line->targets = targets;
	int n = vsnprintf(line->text, sizeof line->text, format, args);
	line->len = (uint16_t)(n < 0 ? 0 : (size_t)n < sizeof line->text ? (size_t)n : sizeof line->text - 1);
	atomic_store(&l->head, head + 1);
	(void)sem_post(&l->work);
}

void log_write(struct log *l, enum subsystem s, enum level level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	write_line(l, s, level, format, args);
	va_end(args);
}

void log_message(struct log *l, enum message_id id, const char *format, ...)
{
	const struct message_entry *m = message_entry(id);
	va_list args;
	va_start(args, format);
	write_line(l, m->subsystem, m->level, format, args);
	va_end(args);
}

void log_explained(struct log *l, enum message_id id, const char *text)
{
	const char *means = message_entry(id)->means;
	size_t len = strlen(means);
	bool stops = len > 0 && means[len - 1] == '.';
	log_message(l, id, "%.*s: %s", (int)(len - stops), means, text);
}

uint64_t log_dropped(const struct log *l)
{
	return atomic_load(&l->dropped);
}

static void file_give(struct log *l, int file)
{
	int untaken = atomic_exchange(&l->next_file, file);
	if (untaken >= 0)
		close(untaken);
	(void)sem_post(&l->work);
}

static enum err open_error(int number)
{
	switch (number) {
	case EACCES:
		return ERR_ACCESS;
	case ENOENT:
		return ERR_NOT_FOUND;
	case ENOSPC:
		return ERR_FULL;
	default:
		return ERR_IO;
	}
}

static enum err file_open(const char *path, int *ret_file, struct error *reterr)
{
	*ret_file = FILE_NONE;
	if (!path || path[0] == '\0')
		return ERR_OK;
	int file = file_open_or_create(path, O_WRONLY | O_APPEND, 0600);
	if (file < 0)
		return error_set(reterr, open_error(errno), "%s: opening the log file: %s", path, strerror(errno));
	*ret_file = file;
	return ERR_OK;
}

enum err log_change(struct log *l, const struct log_options *options, struct error *reterr)
{
	int file;
	enum err e = file_open(options->logfile, &file, reterr);
	if (e != ERR_OK)
		return e;
	(void)snprintf(l->path, sizeof l->path, "%s", options->logfile ? options->logfile : "");
	memcpy(l->levels, options->levels, sizeof l->levels);
	atomic_store(&l->timestamp, (int)options->timestamp);
	atomic_store(&l->facility, options->syslog_facility);
	file_give(l, file);
	return ERR_OK;
}

enum err log_reopen(struct log *l, struct error *reterr)
{
	int file;
	enum err e = file_open(l->path, &file, reterr);
	if (e == ERR_OK)
		file_give(l, file);
	return e;
}

bool log_flush(struct log *l, uint32_t wait_ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), wait_ms);
	while (atomic_load(&l->tail) != atomic_load(&l->head)) {
		if (!mono_time_before(loop_clock(), until))
			return false;
		(void)usleep(1000);
	}
	return true;
}

/* The thread takes no signals: they are the loop's. */
static int writer_start(struct log *l)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&l->thread, NULL, writer_run, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

enum err log_open(const struct log_options *options, struct log **ret, struct error *reterr)
{
	struct log *l = calloc(1, sizeof *l);
	if (!l)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the log");
	(void)snprintf(l->ident, sizeof l->ident, "%s", options->ident);
	char host[65];
	resolve_nodename(host, sizeof host);
	(void)snprintf(l->prefix, sizeof l->prefix, "[%d] %s %s", (int)getpid(), host, l->ident);
	l->file = FILE_NONE;
	atomic_store(&l->next_file, FILE_KEEP);
	(void)sem_init(&l->work, 0, 0);
	enum err e = log_change(l, options, reterr);
	if (e != ERR_OK) {
		free(l);
		return e;
	}
	openlog(l->ident, LOG_PID, options->syslog_facility);
	int r = writer_start(l);
	if (r != 0) {
		file_take(l);
		if (l->file >= 0)
			close(l->file);
		free(l);
		return error_set(reterr, ERR_IO, "starting the log's thread: %s", strerror(r));
	}
	*ret = l;
	return ERR_OK;
}

void log_close(struct log *l)
{
	if (!l)
		return;
	bool written = log_flush(l, CLOSE_WAIT_MS);
	atomic_store(&l->stop, true);
	(void)sem_post(&l->work);
	if (!written) {
		/* Its thread hangs in a write: leave both to the end of the process. */
		pthread_detach(l->thread);
		return;
	}
	pthread_join(l->thread, NULL);
	if (l->file >= 0)
		close(l->file);
	sem_destroy(&l->work);
	closelog();
	free(l);
}

/* --- words of corosync.conf --- */

bool log_level_parse(const char *word, enum level *ret)
{
	static const struct {
		const char *word;
		enum level level;
	} words[] = {{"emerg", LEVEL_CRITICAL}, {"alert", LEVEL_CRITICAL}, {"crit", LEVEL_CRITICAL},
		     {"err", LEVEL_ERROR},      {"error", LEVEL_ERROR},    {"warning", LEVEL_WARNING},
		     {"notice", LEVEL_NOTICE},  {"info", LEVEL_INFO},      {"debug", LEVEL_DEBUG},
		     {"trace", LEVEL_TRACE}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].word, word) == 0) {
			*ret = words[i].level;
			return true;
		}
	}
	return false;
}

bool log_facility_parse(const char *word, int *ret)
{
	static const struct {
		const char *word;
		int facility;
	} words[] = {
		{"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},     {"daemon", LOG_DAEMON},
		{"ftp", LOG_FTP},       {"kern", LOG_KERN},         {"lpr", LOG_LPR},       {"mail", LOG_MAIL},
		{"news", LOG_NEWS},     {"syslog", LOG_SYSLOG},     {"user", LOG_USER},     {"uucp", LOG_UUCP},
		{"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
		{"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},     {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].word, word) == 0) {
			*ret = words[i].facility;
			return true;
		}
	}
	return false;
}
