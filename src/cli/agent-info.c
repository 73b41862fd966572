/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What agents say of themselves: from the cache or by asking them, read with GLib's parser because it keeps texts. */
#include "cli/agent-info.h"

#include "executor/metadata.h"
#include "os/agent.h"
#include "os/file.h"
#include "report/markup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define CACHE "/var/lib/hale/metadata"

/* ---- reading metadata ---- */

struct reading {
	struct arena *arena;
	struct agent_info *info;
	GArray *parameters, *actions;
	struct agent_parameter *parameter; /* that we are in */
	GString *text;                     /* of the element that we are in */
	bool wanted, is_metadata;
};

static const char *value_of(const char **names, const char **values, const char *name)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return values[i];
	return NULL;
}

static bool is_true(const char *value)
{
	bool truth = false;
	return value != NULL && cib_parse_bool(value, &truth) && truth;
}

static const char *keep(struct reading *r, const char *text)
{
	return text != NULL ? arena_string(r->arena, text) : NULL;
}

static void begin_parameter(struct reading *r, const char **names, const char **values)
{
	const char *name = value_of(names, values, "name");
	const struct agent_parameter p = {
		.name = keep(r, name != NULL ? name : ""),
		.type = "string",
		.brief = "",
		.text = "",
		.obsoletes = keep(r, value_of(names, values, "obsoletes")),
		.required = is_true(value_of(names, values, "required")),
		.unique = is_true(value_of(names, values, "unique")),
		.deprecated = is_true(value_of(names, values, "deprecated")),
	};
	g_array_append_val(r->parameters, p);
	r->parameter = &g_array_index(r->parameters, struct agent_parameter, r->parameters->len - 1);
}

static void take_action(struct reading *r, const char **names, const char **values)
{
	const char *name = value_of(names, values, "name");
	const struct agent_action a = {
		.name = keep(r, name != NULL ? name : ""),
		.interval = keep(r, value_of(names, values, "interval")),
		.timeout = keep(r, value_of(names, values, "timeout")),
		.role = keep(r, value_of(names, values, "role")),
		.depth = keep(r, value_of(names, values, "depth")),
		.start_delay = keep(r, value_of(names, values, "start-delay")),
		.automatic = is_true(value_of(names, values, "automatic")),
	};
	g_array_append_val(r->actions, a);
}

static void on_begin(GMarkupParseContext *context, const char *name, const char **names, const char **values,
		     void *user, GError **error)
{
	struct reading *r = user;
	(void)context;
	(void)error;
	r->wanted = strcmp(name, "shortdesc") == 0 || strcmp(name, "longdesc") == 0;
	g_string_truncate(r->text, 0);
	if (strcmp(name, "resource-agent") == 0)
		r->is_metadata = true;
	else if (strcmp(name, "parameter") == 0)
		begin_parameter(r, names, values);
	else if (strcmp(name, "action") == 0)
		take_action(r, names, values);
	else if (r->parameter != NULL && strcmp(name, "content") == 0) {
		const char *type = value_of(names, values, "type");
		r->parameter->type = keep(r, type != NULL ? type : "string");
		r->parameter->otherwise = keep(r, value_of(names, values, "default"));
	} else if (r->parameter != NULL && strcmp(name, "deprecated") == 0) {
		r->parameter->deprecated = true;
	} else if (r->parameter != NULL && strcmp(name, "replaced-with") == 0) {
		r->parameter->replaced_by = keep(r, value_of(names, values, "name"));
	}
}

static void on_end(GMarkupParseContext *context, const char *name, void *user, GError **error)
{
	struct reading *r = user;
	(void)context;
	(void)error;
	if (r->wanted) {
		const char *text = keep(r, g_strstrip(r->text->str));
		const char **to = strcmp(name, "shortdesc") == 0 ? &r->info->brief : &r->info->text;
		if (r->parameter != NULL)
			to = strcmp(name, "shortdesc") == 0 ? &r->parameter->brief : &r->parameter->text;
		if (**to == '\0') /* the first of several languages */
			*to = text;
	}
	r->wanted = false;
	if (strcmp(name, "parameter") == 0)
		r->parameter = NULL;
}

static void on_text(GMarkupParseContext *context, const char *text, gsize size, void *user, GError **error)
{
	struct reading *r = user;
	(void)context;
	(void)error;
	if (r->wanted)
		g_string_append_len(r->text, text, (gssize)size);
}

enum err agent_info_parse(const char *text, size_t size, struct arena *a, struct agent_info *info, struct error *reterr)
{
	static const GMarkupParser parser = {.start_element = on_begin, .end_element = on_end, .text = on_text};
	struct reading r = {.arena = a,
			    .info = info,
			    .parameters = g_array_new(FALSE, FALSE, sizeof(struct agent_parameter)),
			    .actions = g_array_new(FALSE, FALSE, sizeof(struct agent_action)),
			    .text = g_string_new(NULL)};
	GError *wrong = NULL;
	enum err e = ERR_OK;
	info->brief = info->text = "";
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &r, NULL);
	if (!g_markup_parse_context_parse(context, text, (gssize)size, &wrong) ||
	    !g_markup_parse_context_end_parse(context, &wrong))
		e = error_set(reterr, ERR_INVALID, "its metadata are no XML: %s", wrong->message);
	else if (!r.is_metadata)
		e = error_set(reterr, ERR_INVALID, "what it prints are no metadata");
	g_clear_error(&wrong);
	g_markup_parse_context_free(context);
	(void)g_string_free(r.text, TRUE);
	info->parameter_count = e == ERR_OK ? r.parameters->len : 0;
	info->parameters = arena_array(a, struct agent_parameter, info->parameter_count + 1);
	info->action_count = e == ERR_OK ? r.actions->len : 0;
	info->metadata = e == ERR_OK ? arena_string_n(a, text, size) : NULL;
	info->actions = arena_array(a, struct agent_action, info->action_count + 1);
	if (info->parameter_count > 0)
		memcpy(info->parameters, r.parameters->data, info->parameter_count * sizeof(*info->parameters));
	if (info->action_count > 0)
		memcpy(info->actions, r.actions->data, info->action_count * sizeof(*info->actions));
	(void)g_array_free(r.parameters, TRUE);
	(void)g_array_free(r.actions, TRUE);
	return e;
}

const struct agent_parameter *agent_info_parameter(const struct agent_info *i, const char *name)
{
	for (size_t k = 0; k < i->parameter_count; k++)
		if (strcmp(i->parameters[k].name, name) == 0)
			return &i->parameters[k];
	return NULL;
}

const struct agent_action *agent_info_action(const struct agent_info *i, const char *name, const char *role)
{
	for (size_t k = 0; k < i->action_count; k++)
		if (strcmp(i->actions[k].name, name) == 0 &&
		    (role == NULL || (i->actions[k].role != NULL && g_ascii_strcasecmp(i->actions[k].role, role) == 0)))
			return &i->actions[k];
	return NULL;
}

/* ---- the cache ---- */

static struct agent_places places_of(const struct verb *v)
{
	struct agent_places p = agent_places_usual();
	const char *root = io_environment(v->io, "OCF_ROOT"), *path = io_environment(v->io, "HALE_FENCE_PATH");
	p.ocf_root = root != NULL ? root : p.ocf_root;
	p.fence_path = path != NULL ? path : p.fence_path;
	return p;
}

/* The executor's form: a line that says which state of the agent's file this is of, and the text. */
static const char *cache_head(const struct verb *v, const struct agent_places *p, const struct agent_name *n)
{
	struct stat st;
	const char *path = agent_path(p, n->class_, n->provider, n->type, v->io->arena);
	if (path == NULL || stat(path, &st) != 0)
		return NULL;
	return arena_printf(v->io->arena, "%lld %lld\n",
			    (long long)st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec, (long long)st.st_size);
}

static const char *cache_path(const struct verb *v, const struct agent_name *n)
{
	const char *dir = io_environment(v->io, "HALE_METADATA");
	return arena_printf(v->io->arena, "%s/%s.xml", dir != NULL ? dir : CACHE, agent_name_text(n, v->io->arena));
}

static bool cache_load(const struct verb *v, const struct agent_places *p, struct agent_info *info)
{
	char *content = NULL;
	gsize size;
	struct error error;
	const char *head = cache_head(v, p, &info->agent);
	if (head == NULL || !g_file_get_contents(cache_path(v, &info->agent), &content, &size, NULL))
		return false;
	size_t skip = strlen(head);
	bool fits = size > skip && size <= METADATA_MAX && strncmp(content, head, skip) == 0 &&
		    agent_info_parse(content + skip, size - skip, v->io->arena, info, &error) == ERR_OK;
	g_free(content);
	return fits;
}

static void cache_store(const struct verb *v, const struct agent_places *p, const struct agent_name *n,
			const char *text)
{
	struct error ignored;
	const char *head = cache_head(v, p, n), *path = cache_path(v, n);
	char *dir = g_path_get_dirname(path);
	if (head != NULL && g_file_test(dir, G_FILE_TEST_IS_DIR)) {
		const char *content = arena_printf(v->io->arena, "%s%s", head, text);
		/* Who may not write there asks the agent again next time. */
		if (file_write_lasting(path, bytes_of(content, strlen(content)), 0644, &ignored) != ERR_OK)
			errno = 0;
	}
	g_free(dir);
}

/* ---- asking agents ---- */

struct asking {
	struct verb *v;
	struct agent_places places;
	struct loop *loop;
	struct agent_info *infos;
	struct question *questions;
	size_t count, next, running;
};

struct question {
	struct asking *asking;
	struct agent_info *info;
	struct child *child;
	struct timer timeout;
};

static void ask_next(struct asking *a);

static void on_timeout(void *arg)
{
	struct question *q = arg;
	q->info->why =
		arena_printf(q->asking->v->io->arena, "it gave no metadata within %d s", AGENT_INFO_TIMEOUT_MS / 1000);
	child_kill(q->child);
}

static void on_answer(void *arg, const struct child_end *end)
{
	struct question *q = arg;
	struct asking *a = q->asking;
	struct arena *arena = a->v->io->arena;
	struct error error = {0};
	loop_timer_cancel(a->loop, &q->timeout);
	a->running--;
	if (q->info->why == NULL && !end->started)
		q->info->why = arena_printf(arena, "it cannot be run: %s", strerror(end->error));
	else if (q->info->why == NULL && (end->rc != 0 || end->signal != 0))
		q->info->why =
			arena_printf(arena, "asked for its metadata it ended with %s %d",
				     end->signal != 0 ? "signal" : "code", end->signal != 0 ? end->signal : end->rc);
	else if (q->info->why == NULL && agent_info_parse(end->out, strlen(end->out), arena, q->info, &error) != ERR_OK)
		q->info->why = arena_string(arena, error.text);
	else if (q->info->why == NULL)
		cache_store(a->v, &a->places, &q->info->agent, end->out);
	ask_next(a);
}

/* False: it will not answer. */
static bool ask(struct question *q)
{
	struct asking *a = q->asking;
	const struct agent_name *n = &q->info->agent;
	struct agent_refusal no;
	struct agent_call call;
	struct error error = {0};
	const struct operation op = {.id = 1,
				     .rsc = n->type,
				     .class_ = n->class_,
				     .provider = n->provider,
				     .type = n->type,
				     .action = "meta-data"};
	if (!agent_prepare(&a->places, &op, a->v->io->arena, &call, &no)) {
		q->info->why = no.reason != NULL ? no.reason : "it has none";
		return false;
	}
	const struct child_plan plan = {.path = call.path,
					.argv = call.argv,
					.env = call.env,
					.input = call.input,
					.input_size = call.input_size,
					.output_max = METADATA_MAX};
	if (call.path == NULL || child_start(a->loop, &plan, on_answer, q, &q->child, &error) != ERR_OK) {
		q->info->why = call.path == NULL ? "it has none" : arena_string(a->v->io->arena, error.text);
		return false;
	}
	loop_timer_set(a->loop, &q->timeout, AGENT_INFO_TIMEOUT_MS);
	a->running++;
	return true;
}

static void ask_next(struct asking *a)
{
	while (a->running < AGENT_INFO_RUNS && a->next < a->count)
		(void)ask(&a->questions[a->next++]);
	if (a->running == 0)
		loop_stop(a->loop);
}

static void start_asking(void *arg)
{
	ask_next(arg);
}

/* What has no metadata but is started and stopped like all of its kind. */
static bool is_plain(const struct agent_name *n)
{
	return strcmp(n->class_, "systemd") == 0 || strcmp(n->class_, "lsb") == 0 || strcmp(n->class_, "service") == 0;
}

static GString *plain_metadata(const struct agent_info *info)
{
	struct markup m = {.out = g_string_new("<?xml version=\"1.0\"?>\n")};
	const char *kind = strcmp(info->agent.class_, "systemd") == 0 ? "systemd unit" : "service";
	char *brief = g_strdup_printf("%s %s", kind, info->agent.type);
	markup_begin(&m, "resource-agent");
	markup_attribute(&m, "name", info->agent.type);
	markup_attribute(&m, "version", "0.1");
	markup_text(&m, "version", "1.1");
	markup_text_with(&m, "longdesc", "lang", "en", brief);
	markup_text_with(&m, "shortdesc", "lang", "en", brief);
	markup_begin(&m, "parameters");
	markup_end(&m);
	markup_begin(&m, "actions");
	for (size_t i = 0; i < info->action_count; i++)
		markup_empty(&m, "action", "name", info->actions[i].name, "timeout", info->actions[i].timeout,
			     "interval", info->actions[i].interval, NULL);
	markup_empty(&m, "action", "name", "status", "timeout", "100s", NULL);
	markup_empty(&m, "action", "name", "meta-data", "timeout", "5s", NULL);
	markup_end(&m);
	markup_empty(&m, "special", "tag", info->agent.class_, NULL);
	markup_end(&m);
	g_free(brief);
	return m.out;
}

static void plain_info(struct agent_info *info, struct arena *a)
{
	static const struct agent_action actions[] = {
		{.name = "start", .timeout = "100s", .interval = "0s"},
		{.name = "stop", .timeout = "100s", .interval = "0s"},
		{.name = "monitor", .timeout = "100s", .interval = "60s"},
	};
	info->brief = info->text = "";
	info->action_count = G_N_ELEMENTS(actions);
	info->actions = arena_array(a, struct agent_action, G_N_ELEMENTS(actions));
	memcpy(info->actions, actions, sizeof(actions));
	info->parameters = arena_array(a, struct agent_parameter, 1);
	GString *metadata = plain_metadata(info);
	info->metadata = arena_string(a, metadata->str);
	(void)g_string_free(metadata, TRUE);
}

void agent_infos_read(struct verb *v, struct agent_info *infos, size_t count)
{
	struct error error = {0};
	struct asking a = {.v = v, .places = places_of(v), .infos = infos};
	a.questions = g_new0(struct question, count + 1);
	for (size_t i = 0; i < count; i++) {
		infos[i].brief = infos[i].text = "";
		if (is_plain(&infos[i].agent))
			plain_info(&infos[i], v->io->arena);
		else if (!cache_load(v, &a.places, &infos[i]))
			a.questions[a.count++] = (struct question){.asking = &a, .info = &infos[i]};
	}
	struct loop_job start = {.fn = start_asking, .arg = &a};
	for (size_t i = 0; i < a.count; i++)
		timer_init(&a.questions[i].timeout, on_timeout, &a.questions[i]);
	if (a.count > 0 && loop_open(&a.loop, &error) == ERR_OK) {
		loop_job_add(a.loop, &start);
		if (loop_run(a.loop, &error) != ERR_OK)
			verb_warn(v, "asking agents: %s", error.text);
		loop_close(a.loop);
	}
	g_free(a.questions);
}
