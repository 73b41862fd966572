/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Combinations of quorum options that the reference refuses when it starts (engine-wire.md §8.3). They are found here,
 * together with everything else that is wrong, and not minutes later in a log.
 */
#include "conf/totem-config-private.h"

#include <inttypes.h>

struct quorum_facts {
	bool has_device, has_expected, has_device_votes, votes_are_even;
	bool two_node, wait_for_all, last_man_standing, auto_tie_breaker, allow_downscale;
	uint32_t expected, device_votes, nodes;
};

static bool flag(const struct conf *conf, const char *key, bool fallback)
{
	uint8_t v = fallback ? 1 : 0;

	(void)map_get_u8(conf->map, key, &v);
	return v != 0;
}

static struct quorum_facts read_facts(const struct totem_config *config, const struct conf *conf)
{
	struct quorum_facts f = {.votes_are_even = true, .nodes = config->node_count};
	const char *model = map_get_string(conf->map, "quorum.device.model");
	uint64_t sum = 0;

	f.has_device = model != NULL && model[0] != '\0';
	f.two_node = flag(conf, "quorum.two_node", false);
	f.wait_for_all = flag(conf, "quorum.wait_for_all", f.two_node);
	f.last_man_standing = flag(conf, "quorum.last_man_standing", false);
	f.auto_tie_breaker = flag(conf, "quorum.auto_tie_breaker", false);
	f.allow_downscale = flag(conf, "quorum.allow_downscale", false);
	for (uint32_t i = 0; i < config->node_count; i++) {
		sum += config->nodes[i].votes;
		f.votes_are_even = f.votes_are_even && config->nodes[i].votes == 1;
	}
	f.device_votes = config->node_count > 0 ? config->node_count - 1 : 0;
	f.has_device_votes = map_get_u32(conf->map, "quorum.device.votes", &f.device_votes);
	if (f.has_device)
		sum += f.device_votes;
	f.expected = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	f.has_expected = map_get_u32(conf->map, "quorum.expected_votes", &f.expected);
	return f;
}

static void check_device(const struct quorum_facts *f, const struct conf *conf, struct conf_problems *problems)
{
	static const char model[] = "quorum.device.model";

	if (f->two_node)
		rule_broken(problems, conf, "quorum.two_node",
			    "quorum.two_node: not together with a quorum device, which "
			    "does its job better; remove two_node");
	if (f->last_man_standing)
		rule_broken(problems, conf, model,
			    "quorum.device: not together with last_man_standing; remove one of them");
	if (f->auto_tie_breaker)
		rule_broken(problems, conf, model,
			    "quorum.device: not together with auto_tie_breaker; remove one of them");
	if (f->allow_downscale)
		rule_broken(problems, conf, model,
			    "quorum.device: not together with allow_downscale; remove one of them");
	if (!f->has_device_votes && f->has_expected)
		rule_broken(problems, conf, "quorum.expected_votes",
			    "quorum.expected_votes: when it is given, the votes of the device must be as well; write "
			    "\"votes: "
			    "<number>\" into the section device, or remove expected_votes");
	else if (!f->has_device_votes && !f->votes_are_even)
		rule_broken(problems, conf, model,
			    "quorum.device: when nodes have other votes than 1, write \"votes: "
			    "<number>\" into the section device");
	else if ((uint64_t)f->expected < (uint64_t)f->device_votes + 2)
		rule_broken(problems, conf, "quorum.device.votes",
			    "quorum.device.votes: %" PRIu32 " of %" PRIu32
			    " expected votes leave less than 2 to the nodes; "
			    "lower them, or raise expected_votes",
			    f->device_votes, f->expected);
}

void quorum_rules_check(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	const char *provider = map_get_string(conf->map, "quorum.provider");
	struct quorum_facts f = read_facts(config, conf);

	if (provider == NULL)
		return;
	if (word_find(words_provider, provider) == NULL) {
		rule_broken(problems, conf, "quorum.provider",
			    "quorum.provider: \"%.60s\" is not known; write "
			    "\"provider: corosync_votequorum\"",
			    provider);
		return;
	}
	if (f.has_device)
		check_device(&f, conf, problems);
	if (f.auto_tie_breaker && f.last_man_standing && f.expected % 2 == 1 && !f.wait_for_all)
		rule_broken(problems, conf, "quorum.auto_tie_breaker",
			    "quorum.auto_tie_breaker: not together with last_man_standing when the expected votes are "
			    "odd (%" PRIu32 "); write \"wait_for_all: 1\" or remove one of them",
			    f.expected);
	if (f.two_node && f.nodes != 2)
		conf_problem_add(problems, CONF_WARNING, conf->file, conf_line(conf, "quorum.two_node"),
				 "quorum.two_node: meant for two nodes, but nodelist has %" PRIu32, f.nodes);
	if (f.two_node && f.auto_tie_breaker)
		conf_problem_add(problems, CONF_WARNING, conf->file, conf_line(conf, "quorum.two_node"),
				 "quorum.two_node: not together with auto_tie_breaker; two_node is ignored");
}
