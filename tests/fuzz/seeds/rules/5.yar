rule c { strings: $a = { 41 [-] 42 } $b = /x.{0,300}?y/ condition: for all i in (1..#a) : ( @a[i] > 0 and for any j in (1,2,3) : ( j == i ) ) or for any of ($a, $b) : ( # > 2 ) }
