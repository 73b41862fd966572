/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A document with any <acls>, and behind a line "%%%" what the user "u" wants to make of it. What must hold: what is
 * shown may be read or leads to something that may; who has no mark sees nothing; an unchanged document is no change,
 * and one that only grew from what the user may not see is refused with a reason.
 */
#include "cib/access.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ELEMENTS_MAX = 1000 };

static bool any_readable(const struct access *a, const struct element *e)
{
	if (access_may_read(a, e))
		return true;
	for_each_child(child, e) if (any_readable(a, child)) return true;
	return false;
}

static size_t attributes_below(const struct element *e)
{
	size_t n = 0;
	for (unsigned i = 0; i < e->attribute_count; i++)
		n += e->attributes[i].name != NAME_ID;
	for_each_child(child, e) n += attributes_below(child);
	return n;
}

static size_t readable_attributes(const struct access *a, const struct element *e)
{
	size_t n = 0;
	for (unsigned i = 0; i < e->attribute_count && access_may_read(a, e); i++)
		n += e->attributes[i].name != NAME_ID;
	for_each_child(child, e) n += readable_attributes(a, child);
	return n;
}

static void check_reading(const struct document *d, const struct access_user *user)
{
	struct access *a = access_new(d, d, user);
	struct document *seen = access_filter(a);
	assert((seen != NULL) == any_readable(a, document_root(d)));
	assert(seen == NULL || attributes_below(document_root(seen)) == readable_attributes(a, document_root(d)));
	for_each_child(child, document_root(d)) assert(!access_may_write(a, child) || access_may_read(a, child) ||
						       !access_may_read(a, document_root(d)));
	document_free(seen);
	access_free(a);
}

static void check_change(const struct document *d, const struct document *now, const struct access_user *user)
{
	struct error error = {0};
	enum err e = access_check_change(d, now, user, &error);
	assert((e == ERR_OK) == (error.text[0] == '\0'));
	assert(access_check_change(d, d, user, NULL) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "%%%\n";
	static const char *const groups[] = {"staff", NULL};
	const struct access_user user = {.name = "u", .groups = groups};
	const char *text = (const char *)data, *end = text + size;
	const char *second = memmem(text, size, mark, sizeof(mark) - 1);
	struct document *d = NULL, *now = NULL;
	if (document_parse(text, second == NULL ? size : (size_t)(second - text), "first", &d, NULL) != ERR_OK)
		return 0;
	if (element_count(document_root(d)) < ELEMENTS_MAX) {
		(void)access_is_needed(d, user.name);
		check_reading(d, &user);
		second = second == NULL ? end : second + sizeof(mark) - 1;
		if (document_parse(second, (size_t)(end - second), "second", &now, NULL) == ERR_OK &&
		    element_count(document_root(now)) < ELEMENTS_MAX)
			check_change(d, now, &user);
	}
	document_free(d);
	document_free(now);
	return 0;
}
