import "math"
import "hash"
rule m { condition: math.entropy(0, filesize) > 1.5 and hash.md5(0, 4) != "x" and math.in_range(1.5, 1.0, 2.0) }
