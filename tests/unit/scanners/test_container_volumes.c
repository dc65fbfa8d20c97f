#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "scanners/container.h"

static const struct {
	const char *name, *config, *spec, *path; /* of the volume "data"; NULL: not known */
} cases[] = {
	{ "podman's volume",
	  "{\"namedVolumes\":[{\"volumeName\":\"log\",\"dest\":\"/var/log\"},"
	  "{\"volumeName\":\"data\",\"dest\":\"/srv\",\"options\":[\"rw\"]}]}",
	  NULL, "/srv" },
	{ "the first place of two",
	  "{\"namedVolumes\":[{\"volumeName\":\"data\",\"dest\":\"/a\"},"
	  "{\"volumeName\":\"data\",\"dest\":\"/b\"}]}",
	  NULL, "/a" },
	{ "a mount of the specification", NULL,
	  "{\"mounts\":[{\"destination\":\"/proc\",\"source\":\"proc\"},{\"destination\":\"/srv\","
	  "\"source\":\"/var/lib/containers/storage/volumes/data/_data\"}]}",
	  "/srv" },
	{ "the configuration before the specification",
	  "{\"namedVolumes\":[{\"volumeName\":\"data\",\"dest\":\"/config\"}]}",
	  "{\"mounts\":[{\"destination\":\"/spec\",\"source\":\"/volumes/data/_data\"}]}",
	  "/config" },
	{ "another volume", "{\"namedVolumes\":[{\"volumeName\":\"data2\",\"dest\":\"/srv\"}]}",
	  NULL, NULL },
	{ "a folder of the host that is called so", NULL,
	  "{\"mounts\":[{\"destination\":\"/srv\",\"source\":\"/home/data\"}]}", NULL },
	{ "no folder of volumes", NULL,
	  "{\"mounts\":[{\"destination\":\"/srv\",\"source\":\"/xvolumes/data/_data\"}]}", NULL },
	{ "no name of a volume", NULL,
	  "{\"mounts\":[{\"destination\":\"/srv\",\"source\":\"/volumes//_data\"},"
	  "{\"destination\":\"/srv\",\"source\":\"/_data\"},"
	  "{\"destination\":\"/srv\",\"source\":\"_data\"},"
	  "{\"destination\":\"/srv\",\"source\":\"data/_data\"}]}",
	  NULL },
	{ "a path that is none",
	  "{\"namedVolumes\":[{\"volumeName\":\"data\",\"dest\":\"srv\"},"
	  "{\"volumeName\":\"data\",\"dest\":7},{\"volumeName\":\"data\"}]}",
	  NULL, NULL },
	{ "a path with a zero byte",
	  "{\"namedVolumes\":[{\"volumeName\":\"data\",\"dest\":\"/a\\u0000b\"}]}", NULL, NULL },
	{ "lists that are none", "{\"namedVolumes\":{\"data\":\"/srv\"}}", "{\"mounts\":7}", NULL },
	{ "entries that are no objects", "{\"namedVolumes\":[\"data\",null,[]]}",
	  "{\"mounts\":[\"data\"]}", NULL },
	{ "no names",
	  "{\"namedVolumes\":[{\"volumeName\":\"\",\"dest\":\"/srv\"},{\"dest\":\"/\"}]}", NULL,
	  NULL },
	{ "no document", NULL, NULL, NULL },
};

static void add(struct container_reader *reader, const char *name, const char *text)
{
	if (text)
		assert_int_equal(container_reader_add(reader, name, (const uint8_t *)text,
						      strlen(text), NULL),
				 0);
}

static void a_volume_is_found_where_it_was_mounted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct warning_list *warnings;
		struct container_reader *reader;
		const char *path;

		print_message("%s\n", cases[i].name);
		assert_int_equal(warning_list_new(&warnings, NULL), 0);
		assert_int_equal(container_reader_new(&reader, warnings, NULL), 0);
		/* In either order. */
		add(reader, "spec.dump", i % 2 ? cases[i].spec : NULL);
		add(reader, "config.dump", cases[i].config);
		add(reader, "spec.dump", i % 2 ? NULL : cases[i].spec);
		path = container_volume_path(reader, "data");
		if (cases[i].path) {
			assert_non_null(path);
			assert_string_equal(path, cases[i].path);
		} else {
			assert_null(path);
		}
		container_reader_free(reader);
		warning_list_free(warnings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_is_found_where_it_was_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
