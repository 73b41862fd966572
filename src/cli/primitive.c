/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/primitive.h"

#include "cli/known-options.h"
#include "cli/nvset.h"
#include "rules/interval.h"

#include <stdlib.h>
#include <string.h>

/* ---- operations ---- */

static const char *modern_role(const char *role)
{
	if (role != NULL && g_ascii_strcasecmp(role, "master") == 0)
		return "Promoted";
	if (role != NULL && g_ascii_strcasecmp(role, "slave") == 0)
		return "Unpromoted";
	return role;
}

static int64_t interval_ms(const struct element *op)
{
	int64_t ms = 0;
	(void)interval_parse_ms(element_get_or(op, NAME_INTERVAL, "0"), &ms);
	return ms;
}

/* Two of an action cannot have one interval: results are told apart by it. */
static void make_interval_unique(struct verb *v, const struct element *operations, struct element *op)
{
	const char *name = element_get_or(op, NAME_NAME, ""), *wanted = element_get_or(op, NAME_INTERVAL, "0s");
	bool again = interval_ms(op) > 0;
	while (again) {
		again = false;
		for_each_named(other, operations, NAME_OP)
		{
			again = again || (other != op && strcmp(element_get_or(other, NAME_NAME, ""), name) == 0 &&
					  interval_ms(other) == interval_ms(op));
		}
		if (again)
			element_set(op, NAME_INTERVAL,
				    arena_printf(v->io->arena, "%llds", (long long)interval_ms(op) / 1000 + 1));
	}
	if (strcmp(wanted, element_get_or(op, NAME_INTERVAL, "0s")) != 0)
		verb_warn(v, "%s every %s is there already; this one is done every %s", name, wanted,
			  element_get(op, NAME_INTERVAL));
}

static struct element *operations_of(struct element *primitive)
{
	struct element *e = element_first_named(primitive, NAME_OPERATIONS);
	return e != NULL ? e : element_add(primitive, NAME_OPERATIONS);
}

static const char *operation_id(struct verb *v, const struct element *primitive, const struct element *op)
{
	return verb_free_id(v, "%s-%s-interval-%s", element_id(primitive), element_get_or(op, NAME_NAME, ""),
			    element_get_or(op, NAME_INTERVAL, "0s"));
}

/* An interval, an id; put into its place. */
static void finish_operation(struct verb *v, struct element *primitive, struct element *op)
{
	struct element *operations = operations_of(primitive);
	if (element_get(op, NAME_INTERVAL) == NULL)
		element_set(op, NAME_INTERVAL,
			    strcmp(element_get_or(op, NAME_NAME, ""), "monitor") == 0 ? "60s" : "0s");
	make_interval_unique(v, operations, op);
	if (*element_id(op) == '\0')
		element_set(op, NAME_ID, operation_id(v, primitive, op));
	element_append(operations, op);
}

/* Its id stands first, as people expect, and is known last. */
static struct element *operation_new(struct verb *v, const char *name)
{
	struct element *op = element_new(v->document, NAME_OP);
	element_set(op, NAME_ID, "");
	element_set(op, NAME_NAME, name);
	return op;
}

static bool is_recommended(const struct agent_action *a, bool only_monitor)
{
	static const char *const never[] = {"meta-data", "status", "validate-all"};
	if (only_monitor)
		return strcmp(a->name, "monitor") == 0;
	for (size_t i = 0; i < G_N_ELEMENTS(never); i++)
		if (strcmp(a->name, never[i]) == 0)
			return false;
	return a->name[0] != '\0';
}

/* That was given, not by ourselves. */
static bool has_operation(const struct element *primitive, const char *name)
{
	for_each_named(op, element_first_named(primitive, NAME_OPERATIONS), NAME_OP)
	{
		if (strcmp(element_get_or(op, NAME_NAME, ""), name) == 0)
			return true;
	}
	return false;
}

static void add_recommended(struct verb *v, struct element *primitive, const struct agent_action *a)
{
	struct element *op = operation_new(v, a->name);
	const char *role = modern_role(a->role);
	bool recurs = strcmp(a->name, "monitor") == 0;
	element_set(op, NAME_INTERVAL, !recurs ? "0s" : a->interval != NULL ? a->interval : "60s");
	if (role != NULL)
		element_set(op, NAME_ROLE, role);
	if (a->timeout != NULL)
		element_set(op, NAME_TIMEOUT, a->timeout);
	if (a->start_delay != NULL && strcmp(a->start_delay, "0") != 0 && strcmp(a->start_delay, "0s") != 0)
		element_set(op, NAME_START_DELAY, a->start_delay);
	finish_operation(v, primitive, op);
	if (a->depth != NULL && strcmp(a->depth, "0") != 0)
		(void)nvset_put(v, op, NAME_INSTANCE_ATTRIBUTES, "OCF_CHECK_LEVEL", a->depth);
}

void primitive_default_operations(struct verb *v, struct element *primitive, const struct agent_info *info,
				  bool only_monitor)
{
	bool *given = g_new0(bool, info->action_count + 1);
	for (size_t i = 0; i < info->action_count; i++)
		given[i] = has_operation(primitive, info->actions[i].name);
	for (size_t i = 0; i < info->action_count; i++)
		if (!given[i] && is_recommended(&info->actions[i], only_monitor))
			add_recommended(v, primitive, &info->actions[i]);
	g_free(given);
	if (!has_operation(primitive, "monitor"))
		add_recommended(v, primitive, &(struct agent_action){.name = "monitor"});
}

/* The one that "op ACTION …" means: same action, and same interval and role where those are said. */
static struct element *find_operation(const struct element *primitive, const char *name, const char *role)
{
	for_each_named(op, element_first_named(primitive, NAME_OPERATIONS), NAME_OP)
	{
		const char *its = element_get(op, NAME_ROLE);
		if (strcmp(element_get_or(op, NAME_NAME, ""), name) == 0 &&
		    (role == NULL || (its != NULL && g_ascii_strcasecmp(its, role) == 0)))
			return op;
	}
	return NULL;
}

/* Attributes of <op> in the schema; everything else is a parameter of the operation. */
static enum exit_code put_operation_value(struct verb *v, struct element *op, const char *name, const char *value)
{
	if (known_find(known_operation_options, name) == NULL) {
		(void)nvset_put(v, op, NAME_INSTANCE_ATTRIBUTES, name, value);
		return EXIT_OK;
	}
	if (known_check(v, known_operation_options, "option of an operation", name, value) != EXIT_OK)
		return v->code;
	element_set(op, document_name(v->document, name),
		    *value == '\0'              ? NULL
		    : strcmp(name, "role") == 0 ? modern_role(value)
						: value);
	return EXIT_OK;
}

static enum exit_code check_action(struct verb *v, const char *name, const struct agent_info *info)
{
	if (info->why == NULL && info->action_count > 0 && agent_info_action(info, name, NULL) == NULL &&
	    verb_object(v, EXIT_DATA, "%s knows no operation %s", agent_name_text(&info->agent, v->io->arena), name) !=
		    EXIT_OK)
		return v->code;
	return EXIT_OK;
}

/* What the schema knows of an operation, or (parameters) the rest, whose block is named after the operation. */
static enum exit_code put_values(struct verb *v, struct element *op, const GPtrArray *words, bool parameters)
{
	const char *key, *value;
	for (guint i = 1; i < words->len; i++) {
		if (!pair_parse(v, g_ptr_array_index(words, i), &key, &value))
			return v->code;
		if ((known_find(known_operation_options, key) == NULL) != parameters)
			continue;
		if (strcmp(key, "id") == 0 && primitive_check_id(v, value) != EXIT_OK)
			return v->code;
		if (put_operation_value(v, op, key, value) != EXIT_OK)
			return v->code;
	}
	return EXIT_OK;
}

static enum exit_code put_operation(struct verb *v, struct element *primitive, const GPtrArray *words,
				    const struct agent_info *info)
{
	const char *name = g_ptr_array_index(words, 0), *role = NULL;
	for (guint i = 1; i < words->len; i++)
		if (strncmp(g_ptr_array_index(words, i), "role=", 5) == 0)
			role = modern_role((const char *)g_ptr_array_index(words, i) + 5);
	if (check_action(v, name, info) != EXIT_OK)
		return v->code;
	struct element *op = find_operation(primitive, name, role);
	bool is_new = op == NULL;
	if (is_new)
		op = operation_new(v, name);
	const char *before = arena_string(v->io->arena, element_get_or(op, NAME_INTERVAL, "0s"));
	bool is_named_by_it = !is_new && strcmp(element_id(op), arena_printf(v->io->arena, "%s-%s-interval-%s",
									     element_id(primitive), name, before)) == 0;
	if (put_values(v, op, words, false) != EXIT_OK)
		return v->code;
	if (is_new)
		finish_operation(v, primitive, op);
	else if (is_named_by_it && strcmp(element_get_or(op, NAME_INTERVAL, "0s"), before) != 0)
		element_set(op, NAME_ID, operation_id(v, primitive, op));
	return put_values(v, op, words, true);
}

enum exit_code primitive_add_operation(struct verb *v, struct element *primitive, const GPtrArray *words,
				       const struct agent_info *info)
{
	const char *name = g_ptr_array_index(words, 0);
	struct element *op = operation_new(v, name);
	if (check_action(v, name, info) != EXIT_OK || put_values(v, op, words, false) != EXIT_OK)
		return v->code;
	if (element_get(op, NAME_INTERVAL) == NULL)
		element_set(op, NAME_INTERVAL, strcmp(name, "monitor") == 0 ? "60s" : "0s");
	for_each_named(other, element_first_named(primitive, NAME_OPERATIONS), NAME_OP)
	{
		if (strcmp(element_get_or(other, NAME_NAME, ""), name) == 0 && interval_ms(other) == interval_ms(op))
			return verb_fail(
				v, EXIT_EXISTS, "%s has %s every %s already: %s; change it with hale resource update",
				element_id(primitive), name, element_get(op, NAME_INTERVAL), element_id(other));
	}
	finish_operation(v, primitive, op);
	return put_values(v, op, words, true);
}

/* ---- all of it ---- */

static enum exit_code put_pairs(struct verb *v, struct element *primitive, cib_name kind, const GPtrArray *words)
{
	const char *name, *value;
	for (guint i = 0; i < words->len; i++) {
		if (!pair_parse(v, g_ptr_array_index(words, i), &name, &value))
			return v->code;
		if (kind == NAME_META_ATTRIBUTES &&
		    known_check(v, known_meta_attributes, "meta-attribute", name, value) != EXIT_OK)
			return v->code;
		(void)nvset_put(v, primitive, kind, name, value);
	}
	return EXIT_OK;
}

enum exit_code primitive_fill(struct verb *v, struct element *primitive, const struct primitive_words *w,
			      const struct agent_info *info)
{
	enum exit_code code = put_pairs(v, primitive, NAME_INSTANCE_ATTRIBUTES, w->parameters);
	if (code == EXIT_OK)
		code = put_pairs(v, primitive, NAME_META_ATTRIBUTES, w->meta);
	if (code == EXIT_OK)
		code = put_pairs(v, primitive, NAME_UTILIZATION, w->utilization);
	for (guint i = 0; code == EXIT_OK && i < w->operations->len; i++)
		code = put_operation(v, primitive, g_ptr_array_index(w->operations, i), info);
	return code;
}

struct agent_info primitive_agent(struct verb *v, const struct element *primitive)
{
	const char *template = element_get(primitive, NAME_TEMPLATE);
	const struct element *of = template != NULL ? document_by_id(v->document, template) : primitive;
	of = of != NULL ? of : primitive;
	struct agent_info info = {.agent = {.class_ = element_get_or(of, NAME_CLASS, ""),
					    .provider = element_get(of, NAME_PROVIDER),
					    .type = element_get_or(of, NAME_TYPE, "")}};
	agent_infos_read(v, &info, 1);
	return info;
}

enum exit_code primitive_check_id(struct verb *v, const char *id)
{
	bool fits = g_ascii_isalpha(id[0]) || id[0] == '_' || (unsigned char)id[0] >= 0x80;
	for (const char *c = id; *c != '\0'; c++)
		fits = fits && (g_ascii_isalnum(*c) || strchr("-_.", *c) != NULL || (unsigned char)*c >= 0x80);
	if (!fits)
		return verb_fail(v, EXIT_DATA,
				 "'%s' cannot be an id: one begins with a letter and has letters, digits, - _ and .",
				 id);
	const struct element *taken = document_by_id(v->document, id);
	if (taken != NULL)
		return verb_fail(v, EXIT_EXISTS, "there is a <%s> with the id '%s' already", element_tag(taken), id);
	return EXIT_OK;
}

/* ---- parameters ---- */

/* Those that the cluster itself understands. */
static bool is_general(const struct agent_info *info, const char *name)
{
	bool fence = strcmp(info->agent.class_, "stonith") == 0;
	return strcmp(name, "trace_ra") == 0 || strcmp(name, "trace_file") == 0 || strncmp(name, "CRM_meta_", 9) == 0 ||
	       (fence && (strncmp(name, "pcmk_", 5) == 0 || strcmp(name, "provides") == 0 ||
			  strcmp(name, "stonith-timeout") == 0 || strcmp(name, "priority") == 0));
}

static enum exit_code check_known(struct verb *v, const struct agent_info *info, const char *name)
{
	if (agent_info_parameter(info, name) != NULL || is_general(info, name))
		return EXIT_OK;
	const char **names = arena_array(v->io->arena, const char *, info->parameter_count + 1);
	for (size_t i = 0; i < info->parameter_count; i++)
		names[i] = info->parameters[i].name;
	return verb_object(v, EXIT_DATA, "%s knows no parameter '%s'%s", agent_name_text(&info->agent, v->io->arena),
			   name, verb_similar(v, name, names, info->parameter_count));
}

static enum exit_code check_value(struct verb *v, const struct agent_parameter *p, const char *value)
{
	bool truth;
	char *end;
	if (p == NULL || strncmp(value, "lrm://", 6) == 0)
		return EXIT_OK;
	if (strcmp(p->type, "integer") == 0) {
		(void)strtoll(value, &end, 10);
		if (end == value || *end != '\0')
			return verb_object(v, EXIT_DATA, "%s=%s: it must be a whole number", p->name, value);
	}
	if (strcmp(p->type, "boolean") == 0 && !cib_parse_bool(value, &truth))
		return verb_object(v, EXIT_DATA, "%s=%s: it must be true or false", p->name, value);
	return EXIT_OK;
}

static const struct element *find_same(const struct element *in, const struct element *primitive, const char *name,
				       const char *value)
{
	for_each_child(child, in)
	{
		const struct element *found = NULL;
		const char *its =
			child->name == NAME_PRIMITIVE ? nvset_get(child, NAME_INSTANCE_ATTRIBUTES, name) : NULL;
		bool same_agent =
			strcmp(element_get_or(child, NAME_TYPE, ""), element_get_or(primitive, NAME_TYPE, "")) == 0 &&
			strcmp(element_get_or(child, NAME_PROVIDER, ""),
			       element_get_or(primitive, NAME_PROVIDER, "")) == 0;
		if (child->name != NAME_PRIMITIVE && element_is_resource(child))
			found = find_same(child, primitive, name, value);
		else if (child != primitive && same_agent && its != NULL && strcmp(its, value) == 0)
			found = child;
		if (found != NULL)
			return found;
	}
	return NULL;
}

static enum exit_code check_unique(struct verb *v, const struct element *primitive, const struct agent_parameter *p,
				   const char *value)
{
	if (p == NULL || !p->unique)
		return EXIT_OK;
	const struct element *other = find_same(verb_section(v, NAME_RESOURCES), primitive, p->name, value);
	if (other == NULL)
		return EXIT_OK;
	return verb_object(v, EXIT_EXISTS, "%s=%s: %s has this value already, and no two may have the same", p->name,
			   value, element_id(other));
}

/* The cluster gives a fence agent its target and action. */
static bool is_given_by_cluster(const struct agent_info *info, const char *name)
{
	static const char *const names[] = {"action", "port", "plug", "nodename", "method"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(info->agent.class_, "stonith") == 0 && strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Under its own name, or under one that stands in for it. */
static bool is_given(const struct element *primitive, const struct agent_info *info, const struct agent_parameter *p)
{
	if (nvset_get(primitive, NAME_INSTANCE_ATTRIBUTES, p->name) != NULL)
		return true;
	if (p->obsoletes != NULL && nvset_get(primitive, NAME_INSTANCE_ATTRIBUTES, p->obsoletes) != NULL)
		return true;
	for (size_t i = 0; i < info->parameter_count; i++) {
		const struct agent_parameter *other = &info->parameters[i];
		bool stands_in = (other->obsoletes != NULL && strcmp(other->obsoletes, p->name) == 0) ||
				 (p->replaced_by != NULL && strcmp(other->name, p->replaced_by) == 0);
		if (stands_in && nvset_get(primitive, NAME_INSTANCE_ATTRIBUTES, other->name) != NULL)
			return true;
	}
	return false;
}

static enum exit_code check_missing(struct verb *v, const struct element *primitive, const struct agent_info *info)
{
	GString *missing = g_string_new(NULL);
	unsigned count = 0;
	for (size_t i = 0; i < info->parameter_count; i++) {
		const struct agent_parameter *p = &info->parameters[i];
		if (p->required && !p->deprecated && (p->otherwise == NULL || *p->otherwise == '\0') &&
		    !is_given_by_cluster(info, p->name) && !is_given(primitive, info, p))
			g_string_append_printf(missing, "%s%s", count++ > 0 ? ", " : "", p->name);
	}
	enum exit_code code = EXIT_OK;
	if (count > 0)
		code = verb_object(v, EXIT_DATA, "%s needs the parameter%s %s",
				   agent_name_text(&info->agent, v->io->arena), count > 1 ? "s" : "", missing->str);
	(void)g_string_free(missing, TRUE);
	return code;
}

enum exit_code primitive_check(struct verb *v, const struct element *primitive, const struct agent_info *info)
{
	if (info->why != NULL)
		return verb_object(v, EXIT_NOT_INSTALLED, "nothing can be checked: %s is not here, or %s%s",
				   agent_name_text(&info->agent, v->io->arena), info->why,
				   agent_name_similar(v, &info->agent));
	for_each_named(pair, nvset_find(primitive, NAME_INSTANCE_ATTRIBUTES), NAME_NVPAIR)
	{
		const char *name = element_get_or(pair, NAME_NAME, ""), *value = element_get_or(pair, NAME_VALUE, "");
		const struct agent_parameter *p = agent_info_parameter(info, name);
		if (check_known(v, info, name) != EXIT_OK || check_value(v, p, value) != EXIT_OK ||
		    check_unique(v, primitive, p, value) != EXIT_OK)
			return v->code;
		if (p != NULL && p->deprecated && p->replaced_by != NULL)
			verb_warn(v, "%s is an old name; today's is %s", name, p->replaced_by);
	}
	return check_missing(v, primitive, info);
}
