rule a { strings: $a = "text" $b = /re[gx]{1,3}/ nocase $c = { 41 ?? [2-4] ( 42 | 43 44 ) } condition: all of them and #a > 1 and @b[1] < 100 }
