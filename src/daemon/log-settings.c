/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/log-settings.h"

#include "base/text.h"

#include <string.h>
#include <syslog.h>

enum { KEY_MAX = 128 };

/* What one section says; a subsystem's section starts from the general one. */
struct section {
	bool to_stderr, to_file, to_syslog;
	enum level file_level, syslog_level;
	enum level debug; /* LEVEL_INFO: off */
};

static const char *value(const struct map *map, const char *prefix, const char *name)
{
	char key[KEY_MAX];
	struct text t = text_of(key, sizeof key);

	text_add(&t, "%s%s", prefix, name);
	return map_get_string(map, key);
}

static void read_switch(const struct map *map, const char *prefix, const char *name, bool *ret)
{
	const char *v = value(map, prefix, name);

	if (v != NULL)
		*ret = strcmp(v, "yes") == 0 || strcmp(v, "on") == 0;
}

static void read_level(const struct map *map, const char *prefix, const char *name, enum level *ret)
{
	const char *v = value(map, prefix, name);

	if (v != NULL)
		(void)log_level_parse(v, ret);
}

static void read_section(const struct map *map, const char *prefix, struct section *s)
{
	const char *debug = value(map, prefix, "debug");

	read_switch(map, prefix, "to_stderr", &s->to_stderr);
	read_switch(map, prefix, "to_logfile", &s->to_file);
	read_switch(map, prefix, "to_syslog", &s->to_syslog);
	read_level(map, prefix, "logfile_priority", &s->file_level);
	read_level(map, prefix, "syslog_priority", &s->syslog_level);
	if (debug == NULL)
		return;
	s->debug = strcmp(debug, "trace") == 0 ? LEVEL_TRACE : strcmp(debug, "on") == 0 ? LEVEL_DEBUG : LEVEL_INFO;
}

static uint8_t level_at(bool on, enum level level, enum level debug)
{
	if (!on)
		return 0;
	return (uint8_t)(debug > LEVEL_INFO && debug > level ? debug : level);
}

static struct log_levels levels_of(const struct section *s)
{
	return (struct log_levels){
		.to_stderr = level_at(s->to_stderr, LEVEL_INFO, s->debug),
		.to_file = level_at(s->to_file, s->file_level, s->debug),
		.to_syslog = level_at(s->to_syslog, s->syslog_level, s->debug),
	};
}

static enum log_timestamp timestamp_of(const char *word)
{
	if (word == NULL || strcmp(word, "hires") == 0)
		return LOG_TIME_HIRES;
	return strcmp(word, "on") == 0 ? LOG_TIME_ON : LOG_TIME_OFF;
}

void log_settings_read(const struct map *map, struct log_options *ret)
{
	struct section general = {.to_stderr = true,
				  .to_syslog = true,
				  .file_level = LEVEL_INFO,
				  .syslog_level = LEVEL_INFO,
				  .debug = LEVEL_INFO};
	const char *facility = map_get_string(map, "logging.syslog_facility");

	*ret = (struct log_options){.ident = "hale-engine", .syslog_facility = LOG_DAEMON};
	read_section(map, "logging.", &general);
	if (facility != NULL)
		(void)log_facility_parse(facility, &ret->syslog_facility);
	ret->timestamp = timestamp_of(map_get_string(map, "logging.timestamp"));
	ret->logfile = map_get_string(map, "logging.logfile");
	for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++) {
		struct section s = general;
		char prefix[KEY_MAX];
		struct text t = text_of(prefix, sizeof prefix);

		text_add(&t, "logging.logger_subsys.%s.", subsystem_name((enum subsystem)i));
		read_section(map, prefix, &s);
		ret->levels[i] = levels_of(&s);
	}
}
