/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale tag create, update, delete, config - names for several resources together. */
#include "cli/collective.h"
#include "cli/primitive.h"

#include <string.h>

enum { OPTION_BEFORE = 1, OPTION_AFTER };

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};
static const struct option update_options[] = {
	{OPTION_BEFORE, 0, "before", "ID", "Put what is added before this one"},
	{OPTION_AFTER, 0, "after", "ID", "Put what is added after this one"},
	VERB_OPTIONS_EDIT,
	{0},
};

static struct element *find(struct verb *v, const char *id)
{
	struct element *tag = element_child_by_id(document_section(v->document, NAME_TAGS), NAME_TAG, id);
	if (tag == NULL)
		(void)verb_fail(v, EXIT_NO_SUCH, "there is no tag '%s'", id);
	return tag;
}

static struct element *ref_new(struct verb *v, const struct element *tag, const char *id)
{
	if (verb_resource(v, id) == NULL)
		return NULL;
	if (element_child_by_id(tag, NAME_OBJ_REF, id) != NULL) {
		(void)verb_fail(v, EXIT_EXISTS, "%s is in tag %s already", id, element_id(tag));
		return NULL;
	}
	struct element *ref = element_new(v->document, NAME_OBJ_REF);
	element_set(ref, NAME_ID, id);
	return ref;
}

static enum exit_code change_create(struct verb *v)
{
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the new tag and what is in it");
	if (primitive_check_id(v, verb_word(v, 0)) != EXIT_OK)
		return v->code;
	struct element *tag = element_add(verb_section(v, NAME_TAGS), NAME_TAG);
	element_set(tag, NAME_ID, verb_word(v, 0));
	for (size_t i = 1; i < verb_word_count(v); i++) {
		struct element *ref = ref_new(v, tag, verb_word(v, i));
		if (ref == NULL)
			return v->code;
		element_append(tag, ref);
	}
	return EXIT_OK;
}

const struct program program_hale_tag_create = {
	.rules = {.name = "hale tag create",
		  .summary = "give resources a name together, which enable, disable, manage, unmanage and status take",
		  .words = "TAG ID…",
		  .options = edit_options},
	.change = change_create,
};

/* ---- update ---- */

static struct element *place_of(struct verb *v, const struct element *tag, bool *ret_known)
{
	const char *before = verb_value(v, OPTION_BEFORE), *after = verb_value(v, OPTION_AFTER);
	const char *by = before != NULL ? before : after;
	*ret_known = by == NULL;
	if (by == NULL)
		return NULL;
	struct element *ref = element_child_by_id(tag, NAME_OBJ_REF, by);
	*ret_known = ref != NULL;
	if (ref == NULL)
		(void)verb_fail(v, EXIT_NO_SUCH, "%s is not in tag %s", by, element_id(tag));
	return ref != NULL && before == NULL ? element_next_named(ref) : ref;
}

/* Before *next, or at the end. What is in it already is moved. */
static enum exit_code take_in(struct verb *v, struct element *tag, struct element **next, const char *id)
{
	struct element *ref = element_child_by_id(tag, NAME_OBJ_REF, id);
	bool placed = verb_has(v, OPTION_BEFORE) || verb_has(v, OPTION_AFTER);
	if (ref != NULL && ref == *next && !verb_has(v, OPTION_BEFORE)) { /* it is there already */
		*next = element_next_named(ref);
		return EXIT_OK;
	}
	if (ref != NULL && placed && ref != *next)
		element_remove(ref);
	else
		ref = ref_new(v, tag, id);
	if (ref == NULL)
		return v->code;
	element_insert(tag, ref, *next);
	return EXIT_OK;
}

/* What is added later takes its place when it was *next. */
static enum exit_code take_out(struct verb *v, const struct element *tag, struct element **next, const char *id)
{
	struct element *ref = element_child_by_id(tag, NAME_OBJ_REF, id);
	if (ref == NULL)
		return verb_fail(v, EXIT_NO_SUCH, "%s is not in tag %s", id, element_id(tag));
	if (ref == *next)
		*next = element_next_named(ref);
	element_remove(ref);
	return EXIT_OK;
}

/* add ID… and remove ID…, from the second word on. */
static enum exit_code take_changes(struct verb *v, struct element *tag, struct element *next)
{
	const char *how = "";
	for (size_t i = 1; i < verb_word_count(v); i++) {
		const char *word = verb_word(v, i);
		if (strcmp(word, "add") == 0 || strcmp(word, "remove") == 0 || strcmp(word, "delete") == 0) {
			how = word;
			continue;
		}
		if (*how == '\0')
			return verb_usage(v, "say TAG add ID…, or TAG remove ID…");
		if ((*how == 'a' ? take_in(v, tag, &next, word) : take_out(v, tag, &next, word)) != EXIT_OK)
			return v->code;
	}
	return EXIT_OK;
}

static enum exit_code change_update(struct verb *v)
{
	bool known;
	if (verb_word_count(v) < 3)
		return verb_usage(v, "say TAG add ID…, or TAG remove ID…");
	if (verb_has(v, OPTION_BEFORE) && verb_has(v, OPTION_AFTER))
		return verb_usage(v, "--before and --after: only one of them");
	struct element *tag = find(v, verb_word(v, 0));
	struct element *next = tag != NULL ? place_of(v, tag, &known) : NULL;
	if (tag == NULL || !known || take_changes(v, tag, next) != EXIT_OK)
		return v->code;
	if (element_first_named(tag, NAME_OBJ_REF) == NULL)
		return verb_fail(v, EXIT_DATA, "nothing would be left in it: hale tag delete %s", element_id(tag));
	return EXIT_OK;
}

const struct program program_hale_tag_update = {
	.rules = {.name = "hale tag update",
		  .summary = "change what is in a tag",
		  .words = "TAG [add ID…] [remove ID…]",
		  .options = update_options},
	.change = change_update,
};

static enum exit_code change_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name tags");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		struct element *tag = find(v, verb_word(v, i));
		if (tag == NULL)
			return v->code;
		references_remove(v, element_id(tag));
		element_remove(tag);
	}
	return EXIT_OK;
}

const struct program program_hale_tag_delete = {
	.rules = {.name = "hale tag delete",
		  .summary = "delete tags; what was in them stays",
		  .words = "TAG…",
		  .options = edit_options},
	.change = change_delete,
};

/* ---- config ---- */

static void print_tag(struct verb *v, const struct element *tag, json_t *all)
{
	json_t *ids = json_array();
	if (!v->json)
		(void)fprintf(v->io->out, "%s\n", element_id(tag));
	for_each_named(ref, tag, NAME_OBJ_REF)
	{
		if (!v->json)
			(void)fprintf(v->io->out, "  %s\n", element_id(ref));
		(void)json_array_append_new(ids, json_string(element_id(ref)));
	}
	(void)json_object_set_new(all, element_id(tag), ids);
}

static enum exit_code look_config(struct verb *v)
{
	const struct element *tags = document_section(v->document, NAME_TAGS);
	json_t *all = json_object();
	v->code = EXIT_OK;
	for (size_t i = 0; i < verb_word_count(v) && v->code == EXIT_OK; i++) {
		const struct element *tag = find(v, verb_word(v, i));
		if (tag != NULL)
			print_tag(v, tag, all);
	}
	if (verb_word_count(v) == 0)
		for_each_named(tag, tags, NAME_TAG) print_tag(v, tag, all);
	if (!v->json && v->code == EXIT_OK && json_object_size(all) == 0)
		(void)fputs("No tags defined\n", v->io->out);
	if (v->code == EXIT_OK)
		verb_print_json(v, all);
	else
		json_decref(all);
	return v->code;
}

const struct program program_hale_tag_config = {
	.rules = {.name = "hale tag config", .summary = "show tags", .words = "[TAG…]", .options = look_options},
	.look = look_config,
};
