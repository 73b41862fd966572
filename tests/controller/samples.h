/* SPDX-License-Identifier: GPL-2.0-or-later */
/* samples.h - one message of each kind, with every field set. */
#ifndef TEST_CONTROLLER_SAMPLES_H
#define TEST_CONTROLLER_SAMPLES_H

#include "controller/message.h"
#include "fencing/device.h"

static const char *const sample_groups[] = {"haclient", "staff", NULL};
static const struct table_entry sample_parameters[] = {{"ip", "192.0.2.7"}, {"CRM_meta_timeout", "20000"}, {"x", NULL}};

static struct order sample_orders[] = {
	{.node = "one",
	 .rsc = "vip:1",
	 .history_id = "vip",
	 .class_ = "ocf",
	 .provider = "heartbeat",
	 .type = "IPaddr2",
	 .action = "monitor",
	 .key = "vip_monitor_10000",
	 .transition_key = "7:3:0:0000-11",
	 .interval_ms = 10000,
	 .timeout_ms = 20000,
	 .start_delay_ms = 5,
	 .target_rc = 0,
	 .record_pending = true,
	 .parameters = sample_parameters,
	 .parameter_count = 3},
	{.node = "two",
	 .rsc = "web",
	 .history_id = "web",
	 .class_ = "systemd",
	 .type = "nginx",
	 .action = "monitor",
	 .key = "web_monitor_5000",
	 .transition_key = "8:3:0:0000-11",
	 .interval_ms = 5000,
	 .target_rc = -1,
	 .cancel = true},
};

static inline struct message sample_agreement(void)
{
	struct message m = {.kind = MESSAGE_AGREEMENT, .epoch = 5};
	m.agreement.part_count = 2;
	m.agreement.parts[0].member = (struct member){{1}, 100};
	m.agreement.parts[0].serial = 3;
	m.agreement.parts[1].member = (struct member){{2}, 101};
	m.agreement.parts[1].joined = 4;
	m.agreement.leader = node_id_of(2);
	m.agreement.document = "<cib/>";
	m.agreement.attributes = "<held_attributes/>";
	m.agreement.fences = "<fences/>";
	return m;
}

static inline struct message sample_statement(void)
{
	struct message m = {.kind = MESSAGE_STATEMENT};
	m.statement = (struct statement){.members = {{{1}, 100}, {{2}, 101}},
					 .member_count = 2,
					 .serial = 9,
					 .name = "one",
					 .feature_set = "3.20.5",
					 .release = "0.1.0",
					 .joined = 3,
					 .version = {1, 22, 333},
					 .digest = "d41d8cd98f00b204e9800998ecf8427e",
					 .last_epoch = 4,
					 .lineage = 1700000000,
					 .promise = 1700000001,
					 .settled = true,
					 .quorate = true,
					 .cores = 8,
					 .when = {1700000000123456789u},
					 .history = "<node_state id=\"1\" uname=\"one\"/>",
					 .start_state = "default"};
	return m;
}

static inline struct message sample_of_change(enum message_kind kind)
{
	struct message m = {.kind = kind, .epoch = 5};
	wall_time when = {1700000000123456789u};
	if (kind == MESSAGE_CONFIGURATION) {
		m.configuration.document = "<cib epoch=\"2\"/>";
		m.configuration.version = (struct cib_version){0, 2, 0};
	} else if (kind == MESSAGE_CHANGE) {
		m.change.request = 77;
		m.change.edit = (struct edit){.kind = EDIT_MODIFY,
					      .scope = "resources",
					      .xpath = "//primitive",
					      .body = "<primitive id=\"a\"/>",
					      .allow_create = true,
					      .expand_scores = true};
		m.change.by = (struct edit_author){{"alice", sample_groups}, "one", "hale", when};
	} else if (kind == MESSAGE_STORED) {
		m.stored = (struct stored){{1, 2, 3}, 4, 5};
	} else if (kind == MESSAGE_ORDERS) {
		m.orders.orders = sample_orders;
		m.orders.count = 2;
		m.orders.when = when;
	} else if (kind == MESSAGE_FORGET) {
		m.forget.request = 78;
		m.forget.what = FORGET_NODE;
		m.forget.rsc = "web";
		m.forget.node = "two";
		m.forget.action = "monitor";
		m.forget.interval_ms = 10000;
		m.forget.when = when;
	}
	return m;
}

static inline struct message sample_of_result(enum message_kind kind)
{
	struct message m = {.kind = kind, .epoch = 5};
	wall_time when = {1700000000123456789u};
	if (kind == MESSAGE_RESULT) {
		m.result.node = "one";
		m.result.history_id = m.result.rsc = "web";
		m.result.class_ = "ocf";
		m.result.provider = "heartbeat";
		m.result.type = "nginx";
		m.result.entry = "<lrm_rsc_op id=\"web_last_0\"/>";
		m.result.transition_key = "1:2:0:3";
		m.result.failed = m.result.is_fatal = m.result.is_ignored = true;
		m.result.action = "start";
		m.result.interval_ms = 1;
		m.result.when = when;
	} else if (kind == MESSAGE_ATTRIBUTE) {
		m.attribute.request = 79;
		m.attribute.node = "two";
		m.attribute.name = "pingd";
		m.attribute.value = "100";
		m.attribute.set = "net";
		m.attribute.delay_ms = -1;
		m.attribute.private_ = m.attribute.utilization = true;
		m.attribute.is_pattern = m.attribute.delay_only = true;
	} else if (kind == MESSAGE_ATTRIBUTES_DUE) {
		m.due.name = "pingd";
	} else if (kind == MESSAGE_NODE) {
		m.node.name = "three";
		m.node.node = node_id_of(3);
		m.node.change = NODE_LEFT;
	} else if (kind == MESSAGE_STOP) {
		m.stop.name = "two";
	} else if (kind == MESSAGE_QUORUM) {
		m.quorate = true;
	} else if (kind == MESSAGE_IDLE) {
		m.idle_after = 77;
	} else if (kind == MESSAGE_DIGEST) {
		m.digest.count = 123456;
		m.digest.digest = "d41d8cd98f00b204e9800998ecf8427e";
	}
	return m;
}

static inline struct message sample_of_fencing(enum message_kind kind)
{
	struct message m = {.kind = kind, .epoch = 5};
	if (kind == MESSAGE_FENCE_ASK) {
		m.fence_ask.request = 80;
		m.fence_ask.target = "two";
		m.fence_ask.action = FENCE_REBOOT;
		m.fence_ask.timeout_ms = 60000;
		m.fence_ask.delay_ms = -1;
		m.fence_ask.tolerance_ms = 10;
		m.fence_ask.confirm = true;
		m.fence_ask.client = "stonith_admin";
	} else if (kind == MESSAGE_FENCE_RUN) {
		m.fence_run.run = 4;
		m.fence_run.member = "one";
		m.fence_run.device = "pdu";
		m.fence_run.type = "fence_apc";
		m.fence_run.action = "reboot";
		m.fence_run.target = "two";
		m.fence_run.timeout_ms = 60000;
		m.fence_run.input = sample_parameters;
		m.fence_run.input_count = 3;
	} else if (kind == MESSAGE_FENCE_RAN) {
		m.fence_ran.run = 4;
		m.fence_ran.rc = -1;
		m.fence_ran.output = "out\nput";
		m.fence_ran.reason = "because";
	} else if (kind == MESSAGE_FENCING) {
		m.fencing.target = "two";
		m.fencing.client = "leader";
		m.fencing.origin = "one";
		m.fencing.action = FENCE_REBOOT;
		m.fencing.when = (wall_time){1700000000123456789u};
	} else if (kind == MESSAGE_FENCED) {
		m.fenced.target = "two";
		m.fenced.device = "pdu";
		m.fenced.member = "one";
		m.fenced.client = "leader";
		m.fenced.why = "no";
		m.fenced.action = FENCE_OFF;
		m.fenced.when = (wall_time){1700000000123456789u};
	}
	return m;
}

static inline struct message sample(enum message_kind kind)
{
	static const enum message_kind changes[] = {MESSAGE_CONFIGURATION, MESSAGE_CHANGE, MESSAGE_STORED,
						    MESSAGE_ORDERS, MESSAGE_FORGET};
	if (kind == MESSAGE_STATEMENT)
		return sample_statement();
	if (kind == MESSAGE_AGREEMENT)
		return sample_agreement();
	for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
		if (kind == changes[i])
			return sample_of_change(kind);
	}
	if ((kind >= MESSAGE_FENCE_ASK && kind <= MESSAGE_FENCED) || kind == MESSAGE_FENCING)
		return sample_of_fencing(kind);
	return sample_of_result(kind);
}

#endif
