/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/upgrade-private.h"

#include "base/version.h"

#include <stdarg.h>
#include <string.h>

enum { SCHEMA_2_0 = 2000, SCHEMA_3_0 = 3000, SCHEMA_NEWEST = 4000 };

static const struct schema_series {
	int major, minor_max;
} series[] = {{1, 3}, {2, 10}, {3, 10}, {4, 0}};

/* A number without sign and leading zeros that ends before `end`; -1 otherwise. */
static int read_part(const char **text, char end)
{
	const char *at = *text;
	int number = 0;
	if (*at == '0' && at[1] != end)
		return -1;
	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (*at - '0');
		if (number > 999)
			return -1;
	}
	if (at == *text || *at != end)
		return -1;
	*text = at + 1;
	return number;
}

int cib_schema_number(const char *name)
{
	static const char prefix[] = "pacemaker-";
	if (name == NULL || strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	const char *at = name + sizeof(prefix) - 1;
	int major = read_part(&at, '.');
	int minor = major < 0 ? -1 : read_part(&at, '\0');
	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++)
		if (series[i].major == major && minor >= 0 && minor <= series[i].minor_max)
			return major * 1000 + minor;
	return -1;
}

enum err cib_check_age(const struct document *d, struct error *reterr)
{
	static const char prefix[] = "pacemaker-", newest[] = CIB_SCHEMA_NEWEST;
	const size_t skip = sizeof(prefix) - 1;
	const char *schema = element_get_or(document_root(d), NAME_VALIDATE_WITH, "");
	const char *features = element_get_or(document_root(d), NAME_CRM_FEATURE_SET, "");
	if (strncmp(schema, prefix, skip) == 0 && cib_schema_number(schema) < 0 &&
	    version_compare(schema + skip, newest + skip) > 0)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "its schema is %.40s, and the newest that this release knows is " CIB_SCHEMA_NEWEST
				 ": install a newer release",
				 schema);
	if (version_compare(features, CIB_FEATURE_SET) > 0)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "its crm_feature_set is %.40s, and this release knows " CIB_FEATURE_SET
				 " and older ones: install a newer release",
				 features);
	return ERR_OK;
}

bool cib_is_unchecked(const struct document *d)
{
	const char *schema = element_get(document_root(d), NAME_VALIDATE_WITH);
	return schema != NULL && strcmp(schema, "none") == 0;
}

void upgrade_each(struct upgrade *u, struct element *e, upgrade_visit visit)
{
	for (struct element *child = e->first, *next; child != NULL; child = next) {
		next = child->next;
		upgrade_each(u, child, visit);
	}
	visit(u, e);
}

void upgrade_note(struct upgrade *u, const struct element *e, const char *format, ...)
{
	if (u->notes == NULL)
		return;
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	problems_add(u->notes, e, text, NULL);
}

void upgrade_drop(struct upgrade *u, struct element *e)
{
	element_remove(e);
	u->changed = true;
}

bool upgrade_has(const struct element *e, cib_name name, const char *value)
{
	const char *own = element_get(e, name);
	return own != NULL && strcmp(own, value) == 0;
}

struct element *upgrade_new(struct upgrade *u, cib_name name, const char *id, const struct element *like)
{
	struct element *e = element_new(u->document, name);
	e->line = like->line;
	element_set(e, NAME_ID, id);
	g_hash_table_add(u->copies, e);
	return e;
}

const char *upgrade_text(struct upgrade *u, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	const char *kept = arena_string(document_arena(u->document), text);
	g_free(text);
	return kept;
}

static enum err take_steps(struct upgrade *u, int number, struct error *reterr)
{
	enum err e = ERR_OK;
	if (number < SCHEMA_2_0)
		upgrade_to_2(u);
	if (number < SCHEMA_3_0)
		e = upgrade_to_3(u, reterr);
	if (e == ERR_OK && !cib_validate(u->document, NULL))
		e = upgrade_to_4(u, reterr);
	return e;
}

/* When a step fails the document is what it was. */
static enum err upgrade_from(struct upgrade *u, int number, struct error *reterr)
{
	struct document *d = u->document;
	if (number < SCHEMA_3_0 || !cib_validate(d, NULL)) {
		struct element *before = element_copy(d, document_root(d));
		enum err e = take_steps(u, number, reterr);
		if (e != ERR_OK) {
			document_set_root(d, before);
			return e;
		}
	}
	element_set(document_root(d), NAME_VALIDATE_WITH, CIB_SCHEMA_NEWEST);
	return ERR_OK;
}

enum err cib_upgrade(struct document *d, struct error *reterr)
{
	return cib_upgrade_noting(d, NULL, reterr);
}

enum err cib_upgrade_noting(struct document *d, GPtrArray *notes, struct error *reterr)
{
	if (cib_is_unchecked(d))
		return ERR_OK;
	const char *schema = element_get(document_root(d), NAME_VALIDATE_WITH);
	if (schema == NULL)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "<cib> has no validate-with: add the schema that it was written for, such as "
				 "validate-with=\"" CIB_SCHEMA_NEWEST "\"");
	int number = cib_schema_number(schema);
	if (number < 0)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "validate-with=\"%s\" names no schema that is known; the newest is " CIB_SCHEMA_NEWEST,
				 schema);
	if (number >= SCHEMA_NEWEST)
		return ERR_OK;
	struct upgrade u = {.document = d, .notes = notes, .copies = g_hash_table_new(NULL, NULL)};
	enum err e = upgrade_from(&u, number, reterr);
	g_hash_table_destroy(u.copies);
	return e;
}
