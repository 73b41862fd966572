/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/bundle.h"

#include "rules/score.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
#define BUNDLE(container, network, storage, inside) \
	"<bundle id='b'><" container "/>" network storage inside "</bundle>"
#define INNER "<primitive id='web' class='ocf' provider='heartbeat' type='apache'/>"
/* clang-format on */

static const char *parameter(struct world *w, const char *id, const char *name)
{
	return table_get(resource_parameters(world_resource(w, id), NULL), name);
}

/* To the letter: digests of it lie in the histories of clusters. */
static void test_parts_of_a_replica(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources = BUNDLE("docker image='im' replicas='2' options='--x'",
						    "<network ip-range-start='10.0.0.254' host-interface='e0'>"
						    "<port-mapping id='p' port='80'/></network>",
						    "<storage><storage-mapping id='s' source-dir-root='/var/lib/web' "
						    "target-dir='/data' options='ro'/></storage>",
						    INNER)});
	scheduler_read_status(w.c);
	struct resource *bundle = world_resource(&w, "b");
	assert_int_equal(bundle->bundle.replica_count, 2);
	assert_string_equal(parameter(&w, "b-docker-1", "run_opts"),
			    " --restart=no -h b-1 -e PCMK_stderr=1 -e PCMK_remote_port=3121"
			    " -v /var/lib/web/b-1:/data:ro -v /etc/pacemaker/authkey:/etc/pacemaker/authkey"
			    " -v /var/log/pacemaker/bundles/b-1:/var/log -p 10.0.1.1:80:80 -p 10.0.1.1:3121:3121 --x"
			    "  --add-host=b-0:10.0.0.254 --add-host=b-1:10.0.1.1");
	assert_string_equal(parameter(&w, "b-docker-0", "mount_points"),
			    "/var/lib/web/b-0,/var/log/pacemaker/bundles/b-0");
	assert_string_equal(parameter(&w, "b-docker-0", "run_cmd"), "/usr/sbin/pacemaker-remoted");
	assert_string_equal(parameter(&w, "b-ip-10.0.1.1", "nic"), "e0");
	assert_string_equal(parameter(&w, "b-0", "addr"), "10.0.0.254");
	assert_string_equal(resource_meta(world_resource(&w, "web:1"), "external-ip"), "10.0.1.1");
	assert_int_equal(world_resource(&w, "b-clone")->clone.max, 2);
	world_end(&w);
}

/* Many copies are no reason to take all memory. */
static void test_most_replicas(void **state)
{
	(void)state;
	static const struct {
		const char *container, *complaint;
		int count;
	} rows[] = {
		{"docker image='im' replicas='256'", NULL, 256},
		{"docker image='im' replicas='257'", "bundle 'b': 257 replicas are more than 256", 256},
		{"docker image='im' promoted-max='2147483647'", "2147483647 replicas are more than 256", 256},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char resources[200];
		(void)g_snprintf(resources, sizeof(resources), "<bundle id='b'><%s/></bundle>", rows[i].container);
		world_begin(&w, (struct world_parts){.resources = resources});
		scheduler_read_status(w.c);
		assert_int_equal(world_resource(&w, "b")->bundle.replica_count, rows[i].count);
		assert_int_equal(world_resource(&w, "b")->bundle.containers.count, rows[i].count);
		assert_int_equal(world_complained(&w, "replicas are more"), rows[i].complaint != NULL);
		if (rows[i].complaint != NULL)
			assert_true(world_complained(&w, rows[i].complaint));
		world_end(&w);
	}
}

static void test_finding(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources = BUNDLE("podman image='im' promoted-max='1' replicas='2'",
						    "<network control-port='3121'/>", "", INNER),
				.history = {HISTORY("b-podman-0", ENTRY("b-podman-0_last_0", "b-podman-0", "start", "0",
									"4", "0", "0", "0", ""))}});
	scheduler_read_status(w.c);
	struct resource *bundle = world_resource(&w, "b"), *container = world_resource(&w, "b-podman-0");
	assert_ptr_equal(bundle_of(container), bundle);
	assert_ptr_equal(bundle_of(bundle), bundle);
	struct replica *replica = replica_of(world_resource(&w, "web:0"));
	assert_ptr_equal(replica->container, container);
	assert_null(replica_of(bundle));
	assert_ptr_equal(replica_of_node(bundle, world_node(&w, "b-0")), replica);
	assert_null(replica_of_node(bundle, world_node(&w, "n1")));
	assert_ptr_equal(bundle_active_container(bundle, world_node(&w, "n1")), container);
	assert_null(bundle_active_container(bundle, world_node(&w, "n2")));
	assert_true(node_is_bundle(world_node(&w, "b-0")));
	/* "#uname": where the container is. */
	assert_true(resource_needs_remote_address(replica->connection));
	assert_false(resource_needs_remote_address(container));
	assert_string_equal(bundle_remote_address(replica->connection), "n1");
	assert_null(bundle_remote_address(bundle->bundle.replicas[1].connection));
	assert_string_equal(bundle->bundle.child->id, "b-master");
	/* Nothing but the child runs on the replica's node. */
	const struct node *node = world_node(&w, "b-0");
	assert_int_equal(replica->child->allowed[node->index].score, 500);
	assert_int_equal(replica->child->allowed[node->index].probe, PROBE_EXCLUSIVE);
	assert_false(container->allowed[node->index].present);
	world_end(&w);
}

static void test_bundles_that_cannot_be(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = BUNDLE("docker image='im'", "", "", INNER)});
	scheduler_read_status(w.c);
	assert_null(resource_find_exact(w.c, "b"));
	assert_true(world_complained(&w, "ip-range-start or control-port"));
	world_end(&w);
	/* Without anything inside no network is needed. */
	world_begin(&w, (struct world_parts){.resources = BUNDLE("docker image='im' replicas='3'", "", "", "")});
	scheduler_read_status(w.c);
	assert_int_equal(world_resource(&w, "b")->children.count, 3);
	assert_null(parameter(&w, "b-docker-2", "run_cmd"));
	assert_string_equal(parameter(&w, "b-docker-2", "run_opts"),
			    " --restart=no -e PCMK_stderr=1 -e PCMK_remote_port=3121 ");
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_replica),
		cmocka_unit_test(test_most_replicas),
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_bundles_that_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
