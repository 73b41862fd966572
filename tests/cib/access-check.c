/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access-check - shows what a user may see and do, for tests that compare it with other programs.
 *
 *	access-check read USER FILE        the document as the user sees it; exit code 4 when that is nothing
 *	access-check change USER FILE NEW  exit code 0 when the user may make NEW of FILE, 4 when not
 */
#include "cib/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DENIED = 4 };

static struct document *read_document(const char *path)
{
	char *text = NULL;
	gsize size = 0;
	struct document *d = NULL;
	struct error error = {0};
	if (!g_file_get_contents(path, &text, &size, NULL) || document_parse(text, size, path, &d, &error) != ERR_OK) {
		(void)fprintf(stderr, "%s: cannot be read: %s\n", path, error.text);
		exit(2);
	}
	g_free(text);
	return d;
}

static int show(const struct document *d, const struct access_user *user)
{
	struct access *rights = access_is_needed(d, user->name) ? access_new(d, d, user) : NULL;
	struct document *seen = rights == NULL ? document_clone(d) : access_filter(rights);
	GString *out = g_string_new(NULL);
	if (seen != NULL)
		element_print(document_root(seen), out);
	(void)fputs(out->str, stdout);
	g_string_free(out, TRUE);
	int code = seen == NULL ? DENIED : 0;
	document_free(seen);
	access_free(rights);
	return code;
}

static int change(const struct document *d, const struct document *now, const struct access_user *user)
{
	struct error error = {0};
	if (!access_is_needed(d, user->name) || access_check_change(d, now, user, &error) == ERR_OK)
		return 0;
	(void)fprintf(stderr, "%s\n", error.text);
	return DENIED;
}

int main(int argc, char **argv)
{
	bool changing = argc == 5 && strcmp(argv[1], "change") == 0;
	if (!changing && !(argc == 4 && strcmp(argv[1], "read") == 0))
		return 2;
	const struct access_user user = {.name = argv[2]};
	struct document *d = read_document(argv[3]);
	struct document *now = changing ? read_document(argv[4]) : NULL;
	int code = changing ? change(d, now, &user) : show(d, &user);
	document_free(d);
	document_free(now);
	return code;
}
