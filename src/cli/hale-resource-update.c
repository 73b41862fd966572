/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource update, meta - changes of a resource's parameters, operations and meta-attributes. */
#include "cli/known-options.h"
#include "cli/nvset.h"
#include "cli/primitive.h"

#include <string.h>

static const struct option options[] = {VERB_OPTIONS_EDIT, {0}};

static enum exit_code put_meta(struct verb *v, struct element *e, const char *word)
{
	const char *name, *value;
	if (!pair_parse(v, word, &name, &value))
		return v->code;
	if (known_check(v, known_meta_attributes, "meta-attribute", name, value) != EXIT_OK)
		return v->code;
	(void)nvset_put(v, e, NAME_META_ATTRIBUTES, name, value);
	return EXIT_OK;
}

static enum exit_code change_meta(struct verb *v)
{
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the resource and what to set");
	struct element *e = verb_resource(v, verb_word(v, 0));
	if (e == NULL)
		return v->code;
	for (size_t i = 1; i < verb_word_count(v); i++)
		if (put_meta(v, e, verb_word(v, i)) != EXIT_OK)
			return v->code;
	return EXIT_OK;
}

const struct program program_hale_resource_meta = {
	.rules = {.name = "hale resource meta",
		  .summary = "set meta-attributes of a resource",
		  .words = "ID NAME=VALUE…",
		  .details = "NAME= without a value takes one away.\n\nExample: hale resource meta web "
			     "resource-stickiness=100 migration-threshold=3",
		  .options = options},
	.change = change_meta,
};

/* Of what is no primitive, name=value are meta-attributes. */
static enum exit_code update_collective(struct verb *v, struct element *e, const struct primitive_words *w)
{
	if (w->operations->len + w->utilization->len > 0)
		return verb_fail(v, EXIT_DATA, "%s is a <%s>, which has no operations and no utilization",
				 element_id(e), element_tag(e));
	for (guint i = 0; i < w->parameters->len + w->meta->len; i++) {
		const char *word = i < w->parameters->len ? g_ptr_array_index(w->parameters, i)
							  : g_ptr_array_index(w->meta, i - w->parameters->len);
		if (put_meta(v, e, word) != EXIT_OK)
			return v->code;
	}
	return EXIT_OK;
}

static enum exit_code update(struct verb *v, struct element *e, const struct primitive_words *w)
{
	if (w->collective != NULL || w->group != NULL || w->bundle != NULL)
		return verb_fail(v, EXIT_USAGE,
				 "where a resource stands is changed by hale resource clone, promotable "
				 "and group");
	if (e->name != NAME_PRIMITIVE && e->name != NAME_TEMPLATE)
		return update_collective(v, e, w);
	struct agent_info info = primitive_agent(v, e);
	enum exit_code code = primitive_fill(v, e, w, &info);
	/* What was wrong before is not this command's concern. */
	return code == EXIT_OK && w->parameters->len > 0 && e->name == NAME_PRIMITIVE ? primitive_check(v, e, &info)
										      : code;
}

static enum exit_code change_update(struct verb *v)
{
	struct primitive_words w;
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the resource and what to set");
	struct element *e = verb_resource(v, verb_word(v, 0));
	if (e == NULL)
		return v->code;
	enum exit_code code = primitive_words_read(v, 1, &w);
	if (code == EXIT_OK)
		code = update(v, e, &w);
	primitive_words_fini(&w);
	return code;
}

const struct program program_hale_resource_update = {
	.rules = {.name = "hale resource update",
		  .summary = "change parameters, operations and meta-attributes of a resource",
		  .words = "ID [NAME=VALUE…] [op ACTION NAME=VALUE…]… [meta NAME=VALUE…]",
		  .details = "NAME= without a value takes one away. Of an operation that is there, only what is named "
			     "changes. A changed parameter restarts the resource unless its agent can reload it: "
			     "hale simulate shows what would happen.",
		  .options = options},
	.change = change_update,
};
