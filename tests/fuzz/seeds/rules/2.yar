import "elf"
rule e { condition: for any s in elf.sections : ( s.name == ".text" and s.size > 0 ) }
