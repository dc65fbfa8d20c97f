import "math" import "hash" import "console" import "string" import "elf" import "pe" import "time"
rule a { condition: math.entropy(0, filesize) > 1.5 and math.count(0x41) > 0 or math.mean("abc") == 98.0
and math.to_string(math.max(-1, 3), 16) == "ff" and math.in_range(math.deviation(1, 9, math.MEAN_BYTES), 0.0, 9.0) }
rule b { condition: for any s in elf.sections : (s.name == ".text" and s.size > 3 and hash.md5(s.offset, s.size) != "") }
rule c { condition: for all k, v in pe.version_info : (k contains "a" and v matches /b+/i) or pe.imports(/x/, /y/i) > 1 }
rule d { condition: console.log("a: ", string.to_int("0x1f", 16)) and console.hex(uint8(0)) and time.now() > 1
and defined elf.symtab[elf.symtab_entries - 1].name and elf.telfhash() == "" or entrypoint == 0 }
rule e { condition: pe.sections[0].name == "x" and pe.import_details[1].functions[2].name == pe.rich_signature.clear_data
and hash.crc32(3, 4) ^ hash.checksum32("x") == 1 and math.serial_correlation(0, 8) < math.monte_carlo_pi(0, 60) }
