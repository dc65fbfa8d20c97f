#include "rules/modules/registry.h"

#include "rules/modules/declared.h"

static const struct module_member network[] = {
	FUNCTION("dns_lookup", "r", MODULE_INTEGER),
	FUNCTION("http_get", "r", MODULE_INTEGER),
	FUNCTION("http_post", "r", MODULE_INTEGER),
	FUNCTION("http_request", "r", MODULE_INTEGER),
	FUNCTION("http_user_agent", "r", MODULE_INTEGER),
	FUNCTION("host", "r", MODULE_INTEGER),
	FUNCTION("tcp", "ri", MODULE_INTEGER),
	FUNCTION("udp", "ri", MODULE_INTEGER),
	NO_MORE,
};

static const struct module_member registry[] = {
	FUNCTION("key_access", "r", MODULE_INTEGER),
	NO_MORE,
};

static const struct module_member filesystem[] = {
	FUNCTION("file_access", "r", MODULE_INTEGER),
	NO_MORE,
};

static const struct module_member sync[] = {
	FUNCTION("mutex", "r", MODULE_INTEGER),
	NO_MORE,
};

static const struct module_member members[] = {
	STRUCTURE("network", network),
	STRUCTURE("registry", registry),
	STRUCTURE("filesystem", filesystem),
	STRUCTURE("sync", sync),
	NO_MORE,
};

const struct module cuckoo_module = { .name = "cuckoo", .members = members, .evaluated = false };
