/*
 * Example rules for the bundled checkpoint of a Redis server. Real rule sets are used in the same way.
 */
rule aws_access_key : credential cloud
{
	meta:
		description = "Access key id of Amazon Web Services in memory"
		severity = "high"
	strings:
		$key = /(AKIA|ASIA)[0-9A-Z]{16}/ fullword
	condition:
		$key
}

rule secret_named_in_redis : credential
{
	meta:
		description = "A Redis key whose name says that it holds a secret"
	strings:
		$name = "secret:" ascii wide
		$command = { 2a ?? 0d 0a 24 33 0d 0a (53|73) (45|65) (54|74) }
	condition:
		$name and (#name > 0 or $command)
}

rule redis_server
{
	meta:
		description = "What a Redis server says of itself"
	strings:
		$mode = /redis_mode:(standalone|cluster|sentinel)/
		$setting = "dbfilename"
	condition:
		all of them
}
