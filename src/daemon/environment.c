/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/environment.h"

#include "os/file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Debian's agents call most of ours by this folder, and not by PATH. */
static void name_folder(const char *folder)
{
	char tool[4096];
	int n = snprintf(tool, sizeof(tool), "%s/crm_attribute", folder);
	if (n < (int)sizeof(tool) && access(tool, X_OK) == 0)
		(void)setenv("HA_SBIN_DIR", folder, 0);
}

void environment_path(const char *folder)
{
	static const char usual[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	const char *before = getenv("PATH");
	size_t len = strlen(folder);
	name_folder(folder);
	if (before == NULL || before[0] == '\0')
		before = usual;
	if (strncmp(before, folder, len) == 0 && (before[len] == ':' || before[len] == '\0'))
		return;
	size_t size = len + strlen(before) + 2;
	char *path = malloc(size);
	if (path == NULL)
		return;
	(void)snprintf(path, size, "%s:%s", folder, before);
	(void)setenv("PATH", path, 1);
	free(path);
}

const char *environment_manager_user(void)
{
	const char *user = getenv("HALE_MANAGER_USER");
	return user != NULL && user[0] != '\0' ? user : "hacluster";
}
