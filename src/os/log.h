/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - where lines of the log go: standard error, a file, syslog; the logging section of corosync.conf
 * (engine-wire.md §9.2).
 *
 * log_write() formats into a bounded ring of memory and returns; a thread of its own writes. So a slow disk never
 * holds the engine: when the ring is full, lines are dropped, counted, and the count is written when there is room.
 * One process has one log. log_write() may be called from one thread only, the loop's.
 */
#ifndef OS_LOG_H
#define OS_LOG_H

#include "base/catalogue.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct log;

enum log_timestamp { LOG_TIME_OFF, LOG_TIME_ON, LOG_TIME_HIRES };

/* Up to which level a subsystem speaks at each target; a target that is off has level 0. */
struct log_levels {
	uint8_t to_stderr, to_file, to_syslog;
};

struct log_options {
	const char *ident;   /* for syslog */
	const char *logfile; /* NULL: none */
	int syslog_facility; /* LOG_DAEMON, … */
	enum log_timestamp timestamp;
	struct log_levels levels[SUBSYSTEM_COUNT];
};

MUST_CHECK enum err log_open(const struct log_options *options, struct log **ret, struct error *reterr);
/* Waits until all lines are written (at most 2 s), then ends. NULL is fine. */
void log_close(struct log *l);
/* New options; when the log file cannot be opened the old options stay. */
MUST_CHECK enum err log_change(struct log *l, const struct log_options *options, struct error *reterr);
/* Opens the file anew, after it was rotated. When that fails, lines go on into the file that was open: ERR_NOT_FOUND
 * (no such folder), ERR_ACCESS, ERR_FULL or ERR_IO.
 */
MUST_CHECK enum err log_reopen(struct log *l, struct error *reterr);
/* Lines waited for, at most wait_ms; false when some are still there. */
bool log_flush(struct log *l, uint32_t wait_ms);

/* Whether a line would go anywhere: ask before costly formatting. */
bool log_wants(const struct log *l, enum subsystem s, enum level level);
void log_write(struct log *l, enum subsystem s, enum level level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A line of the catalogue, at its place and level there: the text alone, for those whose texts say it all … */
void log_message(struct log *l, enum message_id id, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* … and after what it means, for those whose texts are but names and reasons: "There is no engine yet; the manager
 * waits for one: the engine does not answer".
 */
void log_explained(struct log *l, enum message_id id, const char *text);
/* Lines dropped since the start. */
uint64_t log_dropped(const struct log *l);

/* "debug" -> LEVEL_DEBUG as logfile_priority and syslog_priority have them; false when unknown. */
bool log_level_parse(const char *word, enum level *ret);
/* "daemon" -> LOG_DAEMON; false when unknown. */
bool log_facility_parse(const char *word, int *ret);

#endif
