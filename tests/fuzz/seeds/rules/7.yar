rule x { condition: 1 + 2 * 3 \ 4 % 5 << 2 | 7 & ~8 ^ 9 == 0x10 or "abc" icontains "B" or "abc" matches /a.c/i or entrypoint == 5 } rule y { condition: 50% of (x*) and not x }
