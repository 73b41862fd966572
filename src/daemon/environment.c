/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/environment.h"

#include "os/file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 256 * 1024 };

static bool is_ours(const char *name)
{
	static const char *const beginnings[] = {"PCMK_", "HA_", "SBD_", "HALE_", "OCF_", "CIB_"};
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

static char *trimmed(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	for (size_t n = strlen(text); n > 0 && isspace((unsigned char)text[n - 1]); n--)
		text[n - 1] = '\0';
	return text;
}

static char *unquoted(char *value)
{
	size_t n = strlen(value);
	if (n < 2 || (value[0] != '"' && value[0] != '\'') || value[n - 1] != value[0])
		return value;
	value[n - 1] = '\0';
	return value + 1;
}

static void take_line(char *line)
{
	char *name = trimmed(line), *equal;
	if (strncmp(name, "export ", 7) == 0)
		name = trimmed(name + 7);
	equal = strchr(name, '=');
	if (*name == '#' || equal == NULL)
		return;
	*equal = '\0';
	if (is_ours(name))
		(void)setenv(name, unquoted(trimmed(equal + 1)), 0);
}

void environment_read(const char *path)
{
	struct error error;
	size_t len;
	char *text = malloc(FILE_MAX), *rest = text;
	if (text != NULL && file_read(path, text, FILE_MAX - 1, &len, &error) == ERR_OK) {
		text[len] = '\0';
		for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
			take_line(line);
	}
	free(text);
}

void environment_complete(void)
{
	const char *facility = getenv("PCMK_logfacility");
	if (facility == NULL)
		facility = "daemon";
	(void)setenv("PCMK_logfacility", facility, 0);
	(void)setenv("HA_logfacility", facility, 0);
	(void)setenv("HA_LOGFACILITY", facility, 0);
	(void)setenv("PCMK_service", "pacemaker-execd", 0);
	(void)setenv("PCMK_cluster_type", "corosync", 0);
	(void)setenv("HA_cluster_type", "corosync", 0);
	if (getenv("PCMK_debug") != NULL)
		(void)setenv("HA_debug", getenv("PCMK_debug"), 0);
	if (getenv("PCMK_logfile") != NULL)
		(void)setenv("HA_logfile", getenv("PCMK_logfile"), 0);
}
