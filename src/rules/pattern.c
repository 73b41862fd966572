/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/pattern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 200 };

/* How long an expression becomes with its repetitions written out. */
struct measure {
	const char *at;
	size_t sizes[DEPTH_MAX + 1]; /* of the groups that are open, from the outermost */
	size_t last;                 /* of what a repetition would repeat */
	unsigned depth;
	const char *wrong;
};

static void add_atom(struct measure *m, size_t size)
{
	m->sizes[m->depth] += size;
	m->last = size;
	if (m->sizes[m->depth] > PATTERN_WRITTEN_MAX)
		m->wrong = "its repetitions make it too large";
}

/* "[^]a-z[:digit:]]": a bracket at its beginning, or in a class, does not end it. */
static void skip_brackets(struct measure *m)
{
	const char *at = m->at;
	at += *at == '^';
	at += *at == ']';
	while (*at != '\0' && *at != ']') {
		const char *end = NULL;
		if (at[0] == '[' && at[1] != '\0' && strchr(":.=", at[1]) != NULL)
			end = strstr(at + 2, (const char[]){at[1], ']', '\0'});
		at = end != NULL ? end + 2 : at + 1;
	}
	m->at = at + (*at == ']');
	add_atom(m, 1);
}

/* "3}", "3,}", "3,5}" or ",5}": how often at most, where that is a number, else one more than at least. 0: it is none,
 * and means itself. */
static size_t read_times(const char *at, const char **ret_end)
{
	char *end;
	size_t least = strtoul(at, &end, 10), most = least;
	if (*end == ',') {
		const char *second = end + 1;
		most = strtoul(second, &end, 10);
		if (end == second)
			most = least + 1;
	} else if (end == at) {
		return 0;
	}
	if (*end != '}')
		return 0;
	*ret_end = end + 1;
	return most > least ? most : least;
}

static void repeat(struct measure *m)
{
	const char *end = m->at;
	size_t times = read_times(m->at, &end);
	if (end == m->at) {
		add_atom(m, 1);
		return;
	}
	m->at = end;
	size_t before = m->last;
	if (times > PATTERN_WRITTEN_MAX || before * times > PATTERN_WRITTEN_MAX) {
		m->wrong = "its repetitions make it too large";
	} else if (times > 1) {
		add_atom(m, before * (times - 1));
		m->last = before * times;
	}
}

static void open_group(struct measure *m)
{
	if (m->depth == DEPTH_MAX) {
		m->wrong = "its groups are too deep";
		return;
	}
	m->sizes[++m->depth] = 1;
}

static void close_group(struct measure *m)
{
	size_t size = m->sizes[m->depth];
	if (m->depth == 0) {
		add_atom(m, 1);
		return;
	}
	m->depth--;
	add_atom(m, size);
}

static void escape(struct measure *m)
{
	if (*m->at >= '1' && *m->at <= '9')
		m->wrong = "a part of it refers to another part, which may take for ever";
	m->at += *m->at != '\0';
	add_atom(m, 1);
}

static const char *measure(const char *text)
{
	struct measure m = {.at = text};
	if (strnlen(text, PATTERN_SIZE_MAX + 1) > PATTERN_SIZE_MAX)
		return "it is too long";
	while (*m.at != '\0' && m.wrong == NULL) {
		switch (*m.at++) {
		case '\\':
			escape(&m);
			break;
		case '[':
			skip_brackets(&m);
			break;
		case '(':
			open_group(&m);
			break;
		case ')':
			close_group(&m);
			break;
		case '{':
			repeat(&m);
			break;
		case '*':
		case '+':
		case '?':
			break;
		default:
			add_atom(&m, 1);
		}
	}
	return m.wrong;
}

const char *pattern_compile(const char *text, int flags, regex_t *ret_pattern)
{
	const char *wrong = measure(text);
	if (wrong == NULL && regcomp(ret_pattern, text, REG_EXTENDED | flags) != 0)
		wrong = "it is no regular expression";
	return wrong;
}
