/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/agent-catalogue.h"

#include "os/file.h"

#include <glib.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct waiter {
	void (*fn)(void *arg, const struct agent_entry *entry);
	void *arg;
};

/* What tells one state of an agent's file from another; all 0 for what has no file. */
struct file_state {
	int64_t changed_ns, size;
};

struct entry {
	struct agent_catalogue *catalogue;
	char *name, *class_, *provider, *type; /* name: "ocf:heartbeat:IPaddr2" */
	struct file_state file;
	bool known;
	mono_time known_since;
	char *text, *why;
	size_t size;
	struct arena arena; /* of the metadata */
	struct agent_metadata metadata;
	GArray *waiters; /* struct waiter */
	bool queued;
	struct child *child;
	struct timer timeout;
};

struct agent_catalogue {
	struct loop *loop;
	const struct agent_places *places;
	char *dir;
	struct log *log;
	GHashTable *entries; /* by name */
	GQueue queue;        /* entries that wait for a run */
	uint32_t runs;
};

struct agent_catalogue *catalogue_new(struct loop *l, const struct agent_places *places, const char *dir,
				      struct log *log)
{
	struct agent_catalogue *c = g_new0(struct agent_catalogue, 1);

	c->loop = l;
	c->places = places;
	c->dir = g_strdup(dir);
	c->log = log;
	c->entries = g_hash_table_new(g_str_hash, g_str_equal);
	g_queue_init(&c->queue);
	return c;
}

static void entry_forget(struct entry *e)
{
	g_clear_pointer(&e->text, g_free);
	g_clear_pointer(&e->why, g_free);
	arena_fini(&e->arena);
	e->metadata = (struct agent_metadata){0};
	e->known = false;
}

static void entry_free(struct entry *e)
{
	loop_timer_cancel(e->catalogue->loop, &e->timeout);
	child_close(e->child);
	entry_forget(e);
	g_array_free(e->waiters, TRUE);
	g_free(e->name);
	g_free(e->class_);
	g_free(e->provider);
	g_free(e->type);
	g_free(e);
}

void catalogue_free(struct agent_catalogue *c)
{
	GHashTableIter i;
	void *e;

	if (c == NULL)
		return;
	g_hash_table_iter_init(&i, c->entries);
	while (g_hash_table_iter_next(&i, NULL, &e))
		entry_free(e);
	g_hash_table_destroy(c->entries);
	g_queue_clear(&c->queue);
	g_free(c->dir);
	g_free(c);
}

/* --- what is known --- */

static void entry_tell(struct entry *e)
{
	struct agent_entry told = {
		.text = e->text, .size = e->size, .metadata = e->text == NULL ? NULL : &e->metadata, .why = e->why};
	GArray *waiters = e->waiters;

	e->waiters = g_array_new(FALSE, FALSE, sizeof(struct waiter));
	for (guint i = 0; i < waiters->len; i++) {
		struct waiter *w = &g_array_index(waiters, struct waiter, i);

		w->fn(w->arg, &told);
	}
	g_array_free(waiters, TRUE);
}

/* Takes a text if it is metadata. */
static enum err entry_set(struct entry *e, const char *text, size_t size, struct error *reterr)
{
	struct agent_metadata m;

	entry_forget(e);
	enum err r = metadata_read(text, size, e->name, &e->arena, &m, reterr);
	if (r != ERR_OK) {
		arena_fini(&e->arena);
		return r;
	}
	e->metadata = m;
	e->text = g_strndup(text, size);
	e->size = strlen(e->text);
	e->known = true;
	return ERR_OK;
}

static void entry_fail(struct entry *e, const char *why)
{
	entry_forget(e);
	e->why = g_strdup(why);
	e->known = true;
	e->known_since = loop_clock();
	log_message(e->catalogue->log, MSG_AGENT_METADATA_BAD, "%s: %s", e->name, why);
	entry_tell(e);
}

/* --- on disk: a first line with the state of the agent's file, then the text --- */

static bool path_of(const struct entry *e, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/%s.xml", e->catalogue->dir, e->name);

	return e->catalogue->dir != NULL && n > 0 && (size_t)n < size;
}

static char *head_of(const struct entry *e)
{
	return g_strdup_printf("%" PRId64 " %" PRId64 "\n", e->file.changed_ns, e->file.size);
}

static bool entry_load(struct entry *e)
{
	char path[PATH_MAX];
	size_t n, head_size;
	bool loaded = false;

	if (e->file.size == 0 || !path_of(e, path, sizeof path))
		return false;
	char *content = g_malloc(METADATA_MAX + 64), *head = head_of(e);
	head_size = strlen(head);
	if (file_read(path, content, METADATA_MAX + 64, &n, NULL) == ERR_OK && n > head_size &&
	    memcmp(content, head, head_size) == 0)
		loaded = entry_set(e, content + head_size, n - head_size, NULL) == ERR_OK;
	g_free(content);
	g_free(head);
	return loaded;
}

static void entry_store(const struct entry *e)
{
	char path[PATH_MAX];
	struct error why;

	if (e->file.size == 0 || !path_of(e, path, sizeof path))
		return;
	char *head = head_of(e), *content = g_strconcat(head, e->text, NULL);
	/* It can be asked for again. */
	if (file_write_lasting(path, bytes_of(content, strlen(content)), 0644, &why) != ERR_OK)
		log_write(e->catalogue->log, SUBSYSTEM_EXECUTOR, LEVEL_INFO, "keeping metadata: %s", why.text);
	g_free(content);
	g_free(head);
}

/* --- asking the agent --- */

static void catalogue_go_on(struct agent_catalogue *c);

static void on_answer(void *arg, const struct child_end *end)
{
	struct entry *e = arg;
	struct agent_catalogue *c = e->catalogue;
	struct error why;

	e->child = NULL;
	c->runs--;
	if (!timer_is_set(&e->timeout))
		(void)error_set(&why, ERR_IO, "it gave no metadata within %d s", CATALOGUE_TIMEOUT_MS / 1000);
	else if (!end->started)
		(void)error_set(&why, ERR_IO, "it could not be run: %s", strerror(end->error));
	else if (end->rc != 0 || end->signal != 0)
		(void)error_set(&why, ERR_IO, "asked for its metadata it ended with %s %d",
				end->signal != 0 ? "signal" : "code", end->signal != 0 ? end->signal : end->rc);
	else if (end->out_lost > 0)
		(void)error_set(&why, ERR_FULL, "its metadata have more than %d bytes", METADATA_MAX);
	else
		why.code = entry_set(e, end->out, strlen(end->out), &why);
	loop_timer_cancel(c->loop, &e->timeout);
	if (e->known) {
		entry_store(e);
		entry_tell(e);
	} else {
		entry_fail(e, why.text);
	}
	catalogue_go_on(c);
}

static void on_timeout(void *arg)
{
	struct entry *e = arg;

	child_kill(e->child);
}

static void entry_ask(struct entry *e)
{
	struct agent_catalogue *c = e->catalogue;
	struct operation op = {.id = 1,
			       .rsc = e->type,
			       .class_ = e->class_,
			       .provider = e->provider,
			       .type = e->type,
			       .action = "meta-data"};
	struct arena arena = {0};
	struct agent_refusal no;
	struct agent_call call;
	struct error why;

	if (!agent_prepare(c->places, &op, &arena, &call, &no)) {
		entry_fail(e, no.reason);
		arena_fini(&arena);
		return;
	}
	struct child_plan plan = {.path = call.path,
				  .argv = call.argv,
				  .env = call.env,
				  .input = call.input,
				  .input_size = call.input_size,
				  .output_max = METADATA_MAX};
	if (child_start(c->loop, &plan, on_answer, e, &e->child, &why) == ERR_OK) {
		c->runs++;
		loop_timer_set(c->loop, &e->timeout, CATALOGUE_TIMEOUT_MS);
	} else {
		entry_fail(e, why.text);
	}
	arena_fini(&arena);
}

static void catalogue_go_on(struct agent_catalogue *c)
{
	while (c->runs < CATALOGUE_RUNS && c->queue.length > 0) {
		struct entry *e = g_queue_pop_head(&c->queue);

		e->queued = false;
		entry_ask(e);
	}
}

/* --- wanting --- */

void catalogue_unwant(struct agent_catalogue *c, const void *arg)
{
	GHashTableIter i;
	void *e;

	g_hash_table_iter_init(&i, c->entries);
	while (g_hash_table_iter_next(&i, NULL, &e)) {
		GArray *waiters = ((struct entry *)e)->waiters;

		for (guint n = waiters->len; n > 0; n--)
			if (g_array_index(waiters, struct waiter, n - 1).arg == arg)
				(void)g_array_remove_index(waiters, n - 1);
	}
}

static struct entry *entry_of(struct agent_catalogue *c, const struct agent_key *key)
{
	char *name = g_strjoin(":", key->class_, key->provider == NULL ? key->type : key->provider,
			       key->provider == NULL ? NULL : key->type, NULL);
	struct entry *e = g_hash_table_lookup(c->entries, name);

	if (e != NULL) {
		g_free(name);
		return e;
	}
	e = g_new0(struct entry, 1);
	e->catalogue = c;
	e->name = name;
	e->class_ = g_strdup(key->class_);
	e->provider = g_strdup(key->provider);
	e->type = g_strdup(key->type);
	e->waiters = g_array_new(FALSE, FALSE, sizeof(struct waiter));
	timer_init(&e->timeout, on_timeout, e);
	(void)g_hash_table_insert(c->entries, e->name, e);
	return e;
}

static struct file_state file_state_of(const struct entry *e)
{
	struct file_state s = {0};
	struct arena arena = {0};
	struct stat st;
	const char *path = agent_path(e->catalogue->places, e->class_, e->provider, e->type, &arena);

	if (path != NULL && stat(path, &st) == 0)
		s = (struct file_state){.changed_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
					.size = st.st_size};
	arena_fini(&arena);
	return s;
}

static bool is_fresh(const struct entry *e, struct file_state now)
{
	if (!e->known || now.changed_ns != e->file.changed_ns || now.size != e->file.size)
		return false;
	return e->text != NULL || mono_time_since_ms(loop_clock(), e->known_since) < CATALOGUE_RETRY_S * UINT64_C(1000);
}

void catalogue_want(struct agent_catalogue *c, const struct agent_key *key,
		    void (*fn)(void *arg, const struct agent_entry *entry), void *arg)
{
	struct entry *e = entry_of(c, key);
	struct file_state file = file_state_of(e);

	g_array_append_vals(e->waiters, &(struct waiter){.fn = fn, .arg = arg}, 1);
	if (e->child != NULL || e->queued)
		return; /* asked already */
	bool known = is_fresh(e, file);
	if (!known) {
		entry_forget(e);
		e->file = file;
		known = entry_load(e);
	}
	if (known) {
		entry_tell(e);
		return;
	}
	e->queued = true;
	g_queue_push_tail(&c->queue, e);
	catalogue_go_on(c);
}
