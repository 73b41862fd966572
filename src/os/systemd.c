/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/systemd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

bool systemd_is_here(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* One folder: the unit itself, or the template that it is an instance of. */
static bool has_unit_in(const char *folder, size_t n, const char *name)
{
	const char *at = strchr(name, '@');
	const char *ending = strrchr(name, '.') == NULL ? ".service" : "";
	char path[PATH_SIZE];

	if ((size_t)snprintf(path, sizeof path, "%.*s/%s%s", (int)n, folder, name, ending) < sizeof path &&
	    access(path, F_OK) == 0)
		return true;
	return at != NULL &&
	       (size_t)snprintf(path, sizeof path, "%.*s/%.*s@.service", (int)n, folder, (int)(at - name), name) <
		       sizeof path &&
	       access(path, F_OK) == 0;
}

bool systemd_has_unit(const char *folders, const char *name)
{
	static const char usual[] = "/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:"
				    "/usr/lib/systemd/system:/lib/systemd/system:/run/systemd/generator:"
				    "/run/systemd/generator.late";

	if (name[0] == '\0' || strchr(name, '/') != NULL)
		return false;
	for (const char *at = folders == NULL ? usual : folders; *at != '\0'; at += strspn(at, ":")) {
		size_t n = strcspn(at, ":");

		if (has_unit_in(at, n, name))
			return true;
		at += n;
	}
	return false;
}
