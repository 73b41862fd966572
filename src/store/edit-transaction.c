/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several changes as one: Pacemaker's <cib_transaction>. */
#include "store/edit-private.h"

#include <stdlib.h>
#include <string.h>

/* Bits of cib_callopt that mean something for a change. */
enum { OPTION_XPATH = 1 << 1, OPTION_MULTIPLE = 1 << 2, OPTION_CAN_CREATE = 1 << 3, OPTION_SCORES = 1 << 11 };

static const struct {
	const char *word;
	enum edit_kind kind;
} requests[] = {
	{"cib_create", EDIT_CREATE},    {"cib_modify", EDIT_MODIFY},   {"cib_delete", EDIT_DELETE},
	{"cib_replace", EDIT_REPLACE},  {"cib_erase", EDIT_ERASE},     {"cib_bump", EDIT_BUMP},
	{"cib_apply_diff", EDIT_PATCH}, {"cib_upgrade", EDIT_UPGRADE},
};

static const char *get(const struct element *e, const char *name)
{
	cib_name known = document_known_name(e->document, name);
	return known == NAME_NONE ? NULL : element_get(e, known);
}

static bool request_kind(const char *word, enum edit_kind *ret)
{
	for (size_t i = 0; word != NULL && i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (strcmp(word, requests[i].word) == 0) {
			*ret = requests[i].kind;
			return true;
		}
	}
	return false;
}

static const struct element *data_of(const struct element *command)
{
	for_each_child(child, command) if (strcmp(element_tag(child), "cib_calldata") == 0) return element_first(child);
	return NULL;
}

static enum edit_verdict apply_command(struct work *all, const struct element *command, unsigned number)
{
	const char *word = get(command, "cib_op"), *section = get(command, "cib_section");
	const char *bits = get(command, "cib_callopt");
	unsigned long options = bits == NULL ? 0 : strtoul(bits, NULL, 10);
	struct edit one = {.allow_create = (options & OPTION_CAN_CREATE) != 0,
			   .expand_scores = (options & OPTION_SCORES) != 0};
	if (!request_kind(word, &one.kind)) {
		(void)error_set(all->reterr, ERR_INVALID, "request %u: \"%s\" is nothing that a transaction can do",
				number, word == NULL ? "" : word);
		return EDIT_MISPLACED;
	}
	*((options & OPTION_XPATH) != 0 ? &one.xpath : &one.scope) = section;
	if (one.kind == EDIT_DELETE && (options & OPTION_MULTIPLE) != 0)
		one.kind = EDIT_DELETE_ALL;
	struct work w = {.edit = &one, .now = all->now, .body = data_of(command), .reterr = all->reterr};
	enum edit_verdict v = edit_kind_apply(&w);
	all->now = w.now;
	if (v != EDIT_DONE)
		(void)error_wrap(all->reterr, ERR_INVALID, "request %u, %s", number, word);
	return v;
}

enum edit_verdict edit_transaction_apply(struct work *w)
{
	if (w->body == NULL || strcmp(element_tag(w->body), "cib_transaction") != 0) {
		(void)error_set(w->reterr, ERR_INVALID, "a transaction is a <cib_transaction>");
		return EDIT_MISPLACED;
	}
	enum edit_verdict v = EDIT_DONE;
	unsigned number = 0;
	for_each_child(command, w->body)
	{
		number++;
		if (strcmp(element_tag(command), "cib_command") != 0) {
			(void)error_set(w->reterr, ERR_INVALID, "<%s> is no <cib_command>", element_tag(command));
			return EDIT_MISPLACED;
		}
		v = apply_command(w, command, number);
		if (v != EDIT_DONE)
			return v;
	}
	return v;
}
