#include "bench/rules/generator.h"

static const char *const words[] = {
	"admin",   "agent",   "beacon",	 "browser", "cache",   "client",  "command", "config",
	"connect", "cookie",  "crypt",	 "daemon",  "debug",   "decode",  "dropper", "dump",
	"encrypt", "execute", "export",	 "file",    "gateway", "handler", "host",    "http",
	"inject",  "install", "kernel",	 "key",	    "keylog",  "loader",  "local",   "login",
	"memory",  "miner",   "module",	 "mutex",   "name",    "network", "passwd",  "payload",
	"pipe",	   "plugin",  "policy",	 "process", "proxy",   "random",  "reader",  "remote",
	"report",  "rootkit", "script",	 "server",  "service", "session", "shell",   "socket",
	"spawn",   "stage",   "stealer", "stream",  "string",  "system",  "task",    "temp",
	"thread",  "token",   "tunnel",	 "update",  "upload",  "user",	  "version", "window",
};

/* Steele, Lea and Flood's splitmix64. */
static uint64_t next_number(struct generator *generator)
{
	uint64_t value = generator->state += 0x9e3779b97f4a7c15u;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

uint32_t generator_below(struct generator *generator, uint32_t limit)
{
	return (uint32_t)(next_number(generator) % limit);
}

uint32_t generator_between(struct generator *generator, uint32_t least, uint32_t most)
{
	return least + generator_below(generator, most - least + 1);
}

bool generator_chance(struct generator *generator, uint32_t in_thousand)
{
	return generator_below(generator, 1000) < in_thousand;
}

bool generator_one_in(struct generator *generator, uint32_t count)
{
	return count && generator_below(generator, count) == 0;
}

const char *generator_word(struct generator *generator)
{
	return words[generator_below(generator, COUNT_OF(words))];
}
