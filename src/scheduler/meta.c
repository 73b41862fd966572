/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/meta-private.h"

#include "rules/interval.h"
#include "rules/score.h"
#include "rules/values.h"
#include "scheduler/action-key.h"
#include "scheduler/cluster.h"
#include "scheduler/unpack-private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int meta_int(const char *text, int minimum, int otherwise)
{
	char *end;
	if (text == NULL)
		return otherwise;
	long long value = strtoll(text, &end, 10);
	if (end == text || value < minimum)
		return minimum;
	return value > INT_MAX ? INT_MAX : (int)value;
}

/* --- where they come from --- */

static void add_xml_attributes(struct resource *r)
{
	for (unsigned i = 0; i < r->xml->attribute_count; i++) {
		const struct attribute *a = &r->xml->attributes[i];
		if (a->name == NAME_ID || a->name == NAME_CLASS || a->name == NAME_PROVIDER || a->name == NAME_TYPE)
			continue; /* what it is, not how it is treated */
		if (strcasecmp(a->value, "#default") != 0)
			(void)table_add(r->meta, document_name_text(r->cluster->document, a->name), a->value);
	}
}

void meta_unpack(struct resource *r, int number)
{
	struct cluster *c = r->cluster;
	struct rule_input in = rule_input_of(c, r, NULL);
	r->meta = table_new(&c->arena);
	if (number >= 0)
		table_set(r->meta, "clone", number_text(c, number));
	add_xml_attributes(r);
	for (const struct resource *of = r; of != NULL; of = of->parent)
		values_unpack(of->xml, NAME_META_ATTRIBUTES, &in, NULL, r->meta, &c->recheck_by);
	values_unpack(c->rsc_defaults, NAME_META_ATTRIBUTES, &in, NULL, r->meta, &c->recheck_by);
	if (r->parent != NULL)
		table_add_all(r->meta, r->parent->meta);
}

/* --- what they say --- */

static void read_scores(struct resource *r)
{
	struct cluster *c = r->cluster;
	const char *text = resource_meta(r, "priority");
	if (!cluster_score_parse(c, text, 0, &r->priority))
		cluster_complain(c, r->xml, false, "resource '%s': priority '%s' is no score; 0 is used", r->id, text);
	text = resource_meta(r, "resource-stickiness");
	if (text != NULL && strcasecmp(text, "default") != 0 && !cluster_score_parse(c, text, 0, &r->stickiness))
		cluster_complain(c, r->xml, false, "resource '%s': resource-stickiness '%s' is no score; 0 is used",
				 r->id, text);
	text = resource_meta(r, "migration-threshold");
	r->migration_threshold = SCORE_INFINITY;
	if (text == NULL || strcasecmp(text, "default") == 0)
		return;
	if (cluster_score_parse(c, text, SCORE_INFINITY, &r->migration_threshold) && r->migration_threshold >= 0)
		return;
	cluster_complain(c, r->xml, false, "resource '%s': migration-threshold '%s' is no score; INFINITY is used",
			 r->id, text);
	r->migration_threshold = SCORE_INFINITY;
}

static void read_management(struct resource *r)
{
	const char *managed = resource_meta(r, "is-managed");
	r->managed =
		managed == NULL || strcasecmp(managed, "default") == 0 || resource_meta_bool(r, "is-managed", true);
	r->maintenance = r->cluster->options.maintenance_mode || resource_meta_bool(r, "maintenance", false);
	if (!r->managed || r->maintenance)
		resource_unmanage(r);
}

/* More than one instance on a node makes instances differ, unless the configuration says otherwise. */
static bool is_unique(const struct resource *r)
{
	if (resource_meta(r, "globally-unique") != NULL)
		return resource_meta_bool(r, "globally-unique", false);
	return meta_int(resource_meta(r, "clone-node-max"), 0, 1) > 1;
}

static void read_multiplicity(struct resource *r)
{
	static const struct {
		const char *word;
		enum multiply_active policy;
	} words[] = {
		{"stop_start", MULTIPLE_STOP_START},
		{"stop_only", MULTIPLE_STOP_ONLY},
		{"block", MULTIPLE_BLOCK},
		{"stop_unexpected", MULTIPLE_STOP_UNEXPECTED},
	};
	if (resource_is_clone(resource_top(r, false))) {
		r->unique = is_unique(r);
		r->promotable = resource_meta_bool(r, "promotable", false);
	} else {
		r->unique = true;
	}
	const char *text = resource_meta(r, "multiple-active");
	for (size_t i = 0; text != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].word) == 0) {
			r->multiple = words[i].policy;
			return;
		}
	}
	if (text != NULL)
		cluster_complain(r->cluster, r->xml, false,
				 "resource '%s': multiple-active '%s' is unknown; stop_start is used", r->id, text);
}

static const char *default_requirement(const struct resource *r)
{
	const struct cluster *c = r->cluster;
	if (r->fence_device || r->remote_connection)
		return "quorum";
	if (c->enable_unfencing)
		return "unfencing";
	if (c->options.fencing_enabled)
		return "fencing";
	return c->options.no_quorum == NO_QUORUM_IGNORE ? "nothing" : "quorum";
}

/* True when text is a requirement; the flags are then those of it, or of what it must become. */
static bool set_requirement(struct resource *r, const char *text)
{
	bool fencing = r->cluster->options.fencing_enabled;
	if (strcasecmp(text, "nothing") == 0)
		return true;
	if (strcasecmp(text, "quorum") == 0) {
		r->needs_quorum = true;
	} else if (strcasecmp(text, "fencing") == 0) {
		r->needs_fencing = true;
		if (!fencing)
			cluster_complain(r->cluster, r->xml, false,
					 "resource '%s' requires fencing, but fencing is disabled", r->id);
	} else if (strcasecmp(text, "unfencing") != 0) {
		return false;
	} else if (r->fence_device || !fencing) {
		cluster_complain(r->cluster, r->xml, false,
				 "resource '%s': requires is 'quorum' instead of 'unfencing', because %s", r->id,
				 fencing ? "it is a fence device" : "fencing is disabled");
		r->needs_quorum = true;
	} else {
		r->needs_fencing = r->needs_unfencing = true;
	}
	return true;
}

static void read_requirement(struct resource *r)
{
	const char *text = resource_meta(r, "requires");
	if (text != NULL && set_requirement(r, text))
		return;
	const char *otherwise = default_requirement(r);
	if (text != NULL)
		cluster_complain(r->cluster, r->xml, true, "resource '%s': requires '%s' is unknown; '%s' is used",
				 r->id, text, otherwise);
	(void)set_requirement(r, otherwise);
}

static void read_target_role(struct resource *r)
{
	const char *text = resource_meta(r, "target-role");
	if (resource_target_role(r, &r->next_role) || text == NULL || strcasecmp(text, "default") == 0)
		return;
	enum role role = role_parse(text);
	if (role == ROLE_UNKNOWN)
		cluster_complain(r->cluster, r->xml, true, "resource '%s': ignoring target-role '%s', which is no role",
				 r->id, text);
	else if (role > ROLE_STARTED && !resource_top(r, false)->promotable)
		cluster_complain(r->cluster, r->xml, true,
				 "resource '%s': ignoring target-role '%s', which is for promotable clones", r->id,
				 text);
}

static void read_timeouts(struct resource *r, bool remote)
{
	(void)interval_parse_ms(resource_meta(r, "failure-timeout"), &r->failure_timeout_ms);
	if (!remote)
		return;
	/* The connection waits so long before it tries again, by not starting while its failure is known. */
	const char *text = table_get(resource_parameters(r, NULL), "reconnect_interval");
	if (text == NULL)
		return;
	(void)interval_parse_ms(text, &r->reconnect_ms);
	r->failure_timeout_ms = r->reconnect_ms;
}

void meta_read(struct resource *r)
{
	struct cluster *c = r->cluster;
	read_scores(r);
	read_management(r);
	r->critical = resource_meta_bool(r, "critical", true);
	r->notify = resource_meta_bool(r, "notify", false);
	r->remote_connection = element_is_remote_connection(r->xml);
	bool remote = r->remote_connection && resource_meta(r, "container") == NULL;
	/* A remote node's connection may move without stopping what runs there. */
	r->migratable = resource_meta_bool(r, "allow-migrate", remote);
	read_multiplicity(r);
	if (r->class_ != NULL && strcasecmp(r->class_, "stonith") == 0) {
		c->have_fencing = true;
		r->fence_device = true;
	}
	read_requirement(r);
	read_timeouts(r, remote);
	read_target_role(r);
}
