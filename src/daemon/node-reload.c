/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-reload.c - the configuration read again while running.
 *
 * The file is read in the loop. When there are names in it, a thread looks these up, which may take as long as name
 * servers like; then all is brought into force in the loop again.
 */
#include "daemon/log-settings.h"
#include "daemon/node-internal.h"

#include "base/text.h"
#include "conf/reload.h"

#include <stdlib.h>
#include <string.h>

static const char refused[] = "the reload is refused, the old configuration stays in force";

/* What a round of three nodes takes on one machine, twice: see bench/ and docs/decisions. */
enum {
	PACE_US = 400,
	KEYS_WAIT_STEP_MS = 50,
	KEYS_WAIT_MS = 3000, /* that an earlier change of keys may take before another one is refused */
};

void node_ring_config(const struct totem_config *config, struct ring_config *ret)
{
	const struct totem_timers *t = &config->timers;

	*ret = (struct ring_config){
		.token_ms = t->token_ms,
		.token_warning_percent = t->token_warning_percent,
		.token_retransmit_ms = t->token_retransmit_ms,
		.hold_ms = t->hold_ms,
		.join_ms = t->join_ms,
		.send_join_ms = t->send_join_ms,
		.consensus_ms = t->consensus_ms,
		.merge_ms = t->merge_ms,
		.fail_recv_const = t->fail_recv_rotations,
		.seqno_unchanged_const = t->seqno_unchanged_rotations,
		.window_size = t->window_size,
		.max_messages = t->max_messages,
		.miss_count_const = t->miss_count,
		.pace_us = PACE_US,
		.net_mtu = config->netmtu - 2 * MCAST_HEADER,
		.cancel_token_hold_on_retransmit = t->cancel_token_hold_on_retransmit != 0,
	};
}

static void tell_problems(struct node *n, const struct settings *s)
{
	for (uint32_t i = 0; i < s->problems.count; i++) {
		const struct conf_problem *p = &s->problems.list[i];
		char line[CONF_PROBLEM_TEXT + 300];
		struct text t = text_of(line, sizeof line);

		conf_problem_text(p, &t);
		node_log(n, p->severity == CONF_ERROR ? MSG_CONFIG_PROBLEM : MSG_CONFIG_NOTICE, line);
	}
}

static const char *first_error(const struct settings *s)
{
	for (uint32_t i = 0; i < s->problems.count; i++)
		if (s->problems.list[i].severity == CONF_ERROR)
			return s->problems.list[i].text;
	return "the configuration cannot be used";
}

static bool key_differs(const struct settings *a, const struct settings *b)
{
	return !bytes_eq(bytes_of(a->key, a->key_len), bytes_of(b->key, b->key_len));
}

static void transport_change(struct node *n, const struct settings *next, const struct reload_plan *plan)
{
	const struct totem_config *now = &n->settings->totem;
	struct error why;

	for (uint32_t i = 0; i < plan->nodes_removed.count; i++)
		transport_node_remove(n->transport, plan->nodes_removed.ids[i]);
	for (uint32_t i = 0; i < now->node_count; i++)
		for (uint8_t l = 0; l < LINKS_MAX; l++)
			if ((plan->links_removed >> l & 1) && totem_config_node(&next->totem, now->nodes[i].id) != NULL)
				transport_link_remove(n->transport, now->nodes[i].id, l);
	if (node_links_set(n, &next->totem, &why) != ERR_OK)
		node_log(n, MSG_LINK_REFUSED, why.text);
}

/* The parts of the plan that the transport's library carries out. What it refuses is told; the ring goes on with what
 * it had.
 */
static void knet_change_by(struct node *n, const struct settings *next, const struct reload_plan *plan)
{
	const struct knet_options options = node_knet_options(n, next);
	const struct knet_compression compression = {.model = next->totem.compression.model,
						     .threshold = next->totem.compression.threshold,
						     .level = next->totem.compression.level};
	struct error why;

	if (plan->knet && knet_change(n->transport, &options, &why) != ERR_OK)
		node_log(n, MSG_LINK_REFUSED, why.text);
	if (plan->compression && knet_compression_set(n->transport, &compression, &why) != ERR_OK)
		node_log(n, MSG_LINK_REFUSED, why.text);
}

/* New keys are laid beside those in use before anything is changed: what the library refuses, the reload refuses. */
static void crypto_prepare(struct node *n, struct settings *next)
{
	const struct knet_crypto crypto = node_knet_crypto(next);
	struct error why;

	if (knet_crypto_prepare(n->transport, &crypto, &why) != ERR_OK)
		conf_problem_add(&next->problems, CONF_ERROR, next->path, 0, "the new key or cipher cannot be used: %s",
				 why.text);
	else
		next->prepared = true;
}

static void log_change_by(struct node *n)
{
	struct log_options options;
	struct error why;

	log_settings_read(&n->engine->map, &options);
	if (n->background)
		for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++)
			options.levels[i].to_stderr = 0;
	if (log_change(n->log, &options, &why) != ERR_OK)
		node_log(n, MSG_LOG_NOT_OPENED, why.text);
	if (n->knet) {
		const struct knet_options knet = node_knet_options(n, n->settings);

		if (knet_change(n->transport, &knet, &why) != ERR_OK)
			node_log(n, MSG_LINK_REFUSED, why.text);
	}
}

static void tell(struct node *n, enum message_id id, const char *what, const char *detail)
{
	char line[CONF_PROBLEM_TEXT + 100];
	struct text t = text_of(line, sizeof line);

	text_add(&t, "%s: %s", what, detail);
	node_log(n, id, line);
}

static void ring_change(struct node *n, const struct totem_config *config)
{
	struct ring_config ring;

	node_ring_config(config, &ring);
	engine_configure(n->engine, &ring);
}

/* Everything is checked: the new settings take the place of the old ones. */
static void adopt(struct node *n, struct settings *next, const struct reload_plan *plan)
{
	transport_change(n, next, plan);
	if (n->knet)
		knet_change_by(n, next, plan);
	settings_free(n->settings);
	n->settings = next;
	ring_change(n, &next->totem);
	node_loss_watch(n, &next->totem);
	if (plan->logging)
		log_change_by(n);
	tell(n, MSG_RELOADED, "the configuration was read again and is in force", next->path);
}

static bool reload_with(struct node *n, struct settings *next, struct reload_plan *plan)
{
	if (next->problems.errors == 0) {
		reload_compare(&n->settings->totem, &next->totem, &n->engine->map, &next->conf, plan, &next->problems);
		plan->crypto = n->knet && (plan->crypto || key_differs(n->settings, next));
	}
	if (next->problems.errors == 0 && plan->crypto)
		crypto_prepare(n, next);
	if (next->problems.errors == 0 && reload_apply(&n->engine->map, &next->conf, &next->totem, &next->problems)) {
		tell_problems(n, next);
		return true;
	}
	if (next->prepared)
		knet_crypto_cancel(n->transport);
	tell_problems(n, next);
	tell(n, MSG_RELOAD_REFUSED, refused, first_error(next));
	return false;
}

static void refuse(struct node *n, const char *why)
{
	tell(n, MSG_RELOAD_REFUSED, refused, why);
	reload_begin(&n->engine->map);
	reload_end(&n->engine->map, STATUS_INVALID_PARAM, why);
	engine_reloaded(n->engine, loop_now(n->loop), STATUS_INVALID_PARAM, false);
}

/* On its way through the thread. */
struct reload {
	struct node *node; /* for the loop only: the thread may outlive it */
	struct settings *next;
	uint32_t waited_ms;
};

static void complete(void *arg)
{
	settings_complete(((struct reload *)arg)->next);
}

static void drop(void *arg)
{
	settings_free(((struct reload *)arg)->next);
	free(arg);
}

static bool crypto_differs(const struct settings *a, const struct settings *b)
{
	const struct crypto_config *x = &a->totem.crypto, *y = &b->totem.crypto;

	return strcmp(x->model, y->model) != 0 || strcmp(x->cipher, y->cipher) != 0 || strcmp(x->hash, y->hash) != 0 ||
	       key_differs(a, b);
}

/* All nodes make a change of keys within a few turns of the token, if they make it. */
static bool must_wait(const struct node *n, const struct reload *r)
{
	return n->knet && r->waited_ms < KEYS_WAIT_MS && knet_crypto_changes(n->transport) &&
	       crypto_differs(n->settings, r->next);
}

static void apply(struct node *n, struct reload *r)
{
	struct reload_plan plan = {0};
	char message[CONF_PROBLEM_TEXT] = "";
	bool good;

	if (must_wait(n, r)) {
		r->waited_ms += KEYS_WAIT_STEP_MS;
		n->reload_waiting = r;
		loop_timer_set(n->loop, &n->reload_wait, KEYS_WAIT_STEP_MS);
		return;
	}
	n->reload_waiting = NULL;
	reload_begin(&n->engine->map);
	good = reload_with(n, r->next, &plan);
	if (good) {
		adopt(n, r->next, &plan);
	} else {
		(void)strncpy(message, first_error(r->next), sizeof message - 1);
		settings_free(r->next);
	}
	free(r);
	reload_end(&n->engine->map, good ? STATUS_OK : STATUS_INVALID_PARAM, good ? NULL : message);
	engine_reloaded(n->engine, loop_now(n->loop), good ? STATUS_OK : STATUS_INVALID_PARAM,
			good && n->knet && plan.crypto);
}

static void completed(void *arg)
{
	struct reload *r = arg;

	r->node->reloader = NULL;
	apply(r->node, r);
}

static void waited(void *arg)
{
	struct node *n = arg;

	apply(n, n->reload_waiting);
}

void node_reload_init(struct node *n)
{
	timer_init(&n->reload_wait, waited, n);
}

void node_reload_close(struct node *n)
{
	worker_close(n->reloader);
	if (n->reload_waiting != NULL)
		drop(n->reload_waiting);
}

void node_reload(struct node *n)
{
	struct reload *r = calloc(1, sizeof *r);
	const struct worker_job job = {complete, completed, drop, r};
	struct error why;

	if (r == NULL) {
		refuse(n, "there is no memory for another configuration");
		return;
	}
	r->node = n;
	r->next = settings_reload(n->settings, &n->engine->map, &why);
	if (r->next != NULL && !settings_ask_names(r->next)) {
		settings_complete(r->next);
		apply(n, r);
		return;
	}
	if (r->next != NULL && worker_start(n->loop, &job, &n->reloader, &why) == ERR_OK)
		return;
	drop(r);
	refuse(n, why.text);
}

void node_crypto(struct node *n, uint8_t phase)
{
	struct error why;
	enum err e = phase == 1 ? knet_crypto_use(n->transport, &why) : knet_crypto_drop(n->transport, &why);

	if (e != ERR_OK)
		node_log(n, MSG_CRYPTO_REFUSED, why.text);
}

/* Times of the ring can be set one by one; what breaks a rule is told and not used. */
static void timers_change(struct node *n)
{
	struct conf *conf = calloc(1, sizeof *conf);
	struct conf_problems *problems = calloc(1, sizeof *problems);

	if (conf != NULL && problems != NULL) {
		conf_init(conf, &n->engine->map, NULL);
		conf_problems_init(problems);
		if (totem_timers_reread(&n->settings->totem, conf, problems)) {
			settings_set_pings(&n->settings->totem);
			totem_config_publish(&n->settings->totem, &n->engine->map);
			ring_change(n, &n->settings->totem);
		} else if (problems->count > 0) {
			node_log(n, MSG_CONFIG_PROBLEM, problems->list[0].text);
		}
	}
	free(problems);
	free(conf);
}

void node_config_changed(struct node *n, const char *key)
{
	if (strncmp(key, "totem.", 6) == 0)
		timers_change(n);
	else if (strncmp(key, "logging.", 8) == 0)
		log_change_by(n);
}
