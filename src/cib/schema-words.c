/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for wrong values and names. */
#include "cib/schema-private.h"

#include <string.h>

enum { WORD_MAX = 40 }; /* longer words are not compared letter by letter */

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must be added, dropped or changed, or exchanged with the next, to make one word of the other. Case
 * aside. */
static unsigned distance(const char *left, const char *right)
{
	size_t n = strlen(left), m = strlen(right);
	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	memset(rows, 0, sizeof(rows));
	for (unsigned j = 0; j <= m; j++)
		above[j] = j;
	for (unsigned i = 1; i <= n; i++) {
		row[0] = i;
		char l = g_ascii_tolower(left[i - 1]);
		for (unsigned j = 1; j <= m; j++) {
			char r = g_ascii_tolower(right[j - 1]);
			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (l != r));
			if (i > 1 && j > 1 && l == g_ascii_tolower(right[j - 2]) && g_ascii_tolower(left[i - 2]) == r)
				row[j] = least(row[j], before[j - 2] + 1);
		}
		unsigned *free_row = before;
		before = above;
		above = row;
		row = free_row;
	}
	return above[m];
}

const char *schema_nearest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	unsigned best = 3; /* letters; and never half of the word */
	for (; *words != NULL; words++) {
		unsigned d = distance(word, *words);
		if (d < best && d * 2 < strlen(*words)) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}

static void append_words(GString *out, const char *const *words)
{
	for (bool first = true; *words != NULL; words++, first = false)
		g_string_append_printf(out, "%s%s", first ? "" : ", ", *words);
}

static void describe_integer(const struct schema_type *t, GString *out)
{
	g_string_append(out, "is no whole number");
	if (t->most != INT64_MAX)
		g_string_append_printf(out, " from %lld to %lld", (long long)t->least, (long long)t->most);
	else if (t->least != INT64_MIN)
		g_string_append_printf(out, " from %lld up", (long long)t->least);
	if (*t->words != NULL) {
		g_string_append(out, " and none of ");
		append_words(out, t->words);
	}
}

static void describe_type(const struct schema_type *t, GString *out)
{
	switch (t->kind) {
	case SCHEMA_OTHER_TEXT:
		g_string_append(out, "is no longer supported");
		break;
	case SCHEMA_INTEGER:
		describe_integer(t, out);
		break;
	case SCHEMA_BOOLEAN:
		g_string_append(out, "is neither true nor false");
		break;
	case SCHEMA_ID:
	case SCHEMA_IDREF:
		g_string_append(out, "is no name: a letter or _ first, then letters, digits and . - _");
		break;
	case SCHEMA_LIST:
		if (t->separator != '\0')
			g_string_append_printf(out, "is no list of names with \"%c\" between them", t->separator);
		else
			g_string_append(out, "has characters that do not belong there, or none");
		break;
	case SCHEMA_WORDS:
	case SCHEMA_TEXT:
	default:
		break;
	}
}

static char *nearest_hint(const char *value, const char *const *words)
{
	const char *nearest = schema_nearest(value, words);
	return nearest == NULL ? NULL : g_strdup_printf("did you mean %s?", nearest);
}

/* Other programs' truth values, which the CIB's schema does not take. */
static char *boolean_hint(const char *value)
{
	bool truth = false;
	return cib_parse_bool(value, &truth) ? g_strdup_printf("write %s", truth ? "true" : "false") : NULL;
}

static char *hint_for(const struct schema_type *t, const char *const *words, const char *value)
{
	if (t->kind == SCHEMA_BOOLEAN)
		return boolean_hint(value);
	return t->kind == SCHEMA_OTHER_TEXT || *words == NULL ? NULL : nearest_hint(value, words);
}

char *schema_describe_value(const struct schema_attribute *a, const char *name, const char *value, char **ret_hint)
{
	GString *out = g_string_new(NULL);
	GPtrArray *words = g_ptr_array_new();
	bool words_only = true;
	for (unsigned i = 0; i < a->type_count; i++) {
		const struct schema_type *t = &schema_types[a->type + i];
		for (const char *const *w = t->words; *w != NULL; w++)
			g_ptr_array_add(words, (gpointer)(uintptr_t)*w);
		words_only = words_only && t->kind == SCHEMA_WORDS;
	}
	g_ptr_array_add(words, NULL);
	const char *const *all = (const char *const *)words->pdata;
	g_string_append_printf(out, "%s=\"%s\" ", name, value);
	if (words_only) {
		g_string_append(out, words->len == 2 ? "is not " : "is none of ");
		append_words(out, all);
	} else {
		describe_type(&schema_types[a->type], out);
	}
	*ret_hint = hint_for(&schema_types[a->type], all, value);
	g_ptr_array_unref(words);
	return g_string_free(out, FALSE);
}
