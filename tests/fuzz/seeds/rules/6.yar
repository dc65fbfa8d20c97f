import "console"
import "string"
rule d { condition: console.log("n ", string.length("abc")) and string.to_int("0x10", 16) == 16 and not defined uint32be(filesize) }
