#!/usr/bin/env bash
# Tests that calls with arguments of all types are logged, and end in the same way when they are made again from the log, with the
# same result and exactly the same fuel. It takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/replay.bash"

# lines: EXPORT, types of parameters, then the arguments of each call
cases=$(cat <<'CASES'
i32|bool|true|false
i32|int2|(-32768)::int2|7::int2
i32|int|2147483647|-2147483648|0
i64|int8|-9223372036854775808|9223372036854775807
i32|oid|4294967295
f32|float4|'NaN'|'-Infinity'|0.1|1e-40|3.4028235e38|'-0'
f64|float8|'NaN'|'Infinity'|'-0'|0.1|5e-324|1.7976931348623157e308|123456789012345678|-1.5
list|text|'it''s a "quote" \ and $x `y`'|E'tab\tnew\nline\r\x1b[0m'|''|'🐌 Straße ‮ rtl'
list|varchar|'ä'
list|char(5)|'ab'
list|name|'a name'
list|bytea|'\x00ff5c27'|''
list|numeric|'NaN'|1e20|'-0.00'|123456789012345678901234567890.5
i32|date|'2024-02-29'|'infinity'|'-infinity'|'0044-03-15 BC'|'5874897-12-31'
i64|time|'24:00'|'23:59:59.999999'
i64|timestamp|'2024-02-29 12:34:56.7'|'infinity'|'4713-01-02 00:00:00.5 BC'|'294276-12-31 23:59:59.999999'
i64|timestamptz|'2024-02-29 12:34:56+05:30'|'-infinity'
interval|interval|'1 year -2 mons 3 days -04:05:06.789'|'-178000000 years'
uuid|uuid|'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
list|json|'{"a" : [1, "\u00e4"]}'
list|jsonb|'{"b": 1.50, "a": null}'
list|int[]|ARRAY[1,2,3]|'{}'|'[5:6]={7,8}'
list|float8[]|ARRAY['NaN','-0',1e300]::float8[]
list|text[]|ARRAY['a','it''s',E'x\ny','']
list|date[]|ARRAY['2024-01-01','infinity']::date[]
list|bytea[]|ARRAY['\x00','\xff']::bytea[]
list|temper[]|ARRAY['sad','glücklich \']::temper[]
list|pair[]|ARRAY[ROW(1,'a',0.5),ROW(-1,'b''"',1e9)]::pair[]
i32|temper|'sad'|'it''s ok'|'glücklich \'
row|pair|ROW(1,'it''s (a), "row" \',1e-7)|ROW(-1,'','NaN')
i32|small|42
list|tag|'tagged'
range|int4range|'[1,4]'|'empty'|'(,5]'|'[3,)'
range|daterange|'[2024-01-01,infinity]'
textrange|numrange|'(1.50,2]'
maybe|text|NULL|'x'|''
list|inet|'192.168.0.1/24'
list|money|'12.34'
list|timetz|'12:34:56+02'
list|point|'(1.5,-0)'
CASES
)
calls=0
while IFS='|' read -r -a case; do
    name=f$((++calls))
    {
        echo "CREATE FUNCTION $name(${case[1]}) RETURNS int LANGUAGE wasm AS 'guest#${case[0]}';"
        for argument in "${case[@]:2}"; do
            ty=${case[1]}
            echo "SELECT $name(($argument)::$ty);"
        done
    } >>"$work/calls.sql"
done <<<"$cases"
# What the text form of a value depends on.
lines=$(logged psql -XAtq -v ON_ERROR_STOP=1 -f "$work/calls.sql" -c "SET DateStyle = German; SET extra_float_digits = 0;
    SET bytea_output = escape; SET IntervalStyle = iso_8601; SET TimeZone = 'Asia/Tokyo';" -f <(grep SELECT "$work/calls.sql"))
is "all types are called" "$(grep -a ERROR "$work/out" || true)" ""
is "each call is logged" "$(wc -l <<<"$lines")" "$((2 * $(grep -c SELECT "$work/calls.sql")))"
is "none is refused" "$(grep -a 'cannot replay' <<<"$lines" || true)" ""
is "a line is printable ASCII" "$(LC_ALL=C grep -acE '[^ -~]' <<<"$lines" || true)" 0
plwasm replay --db '' --all <<<"$lines" >"$work/again" 2>&1 || true
is "each call ends as in the server, with the same fuel" "$(grep -c "^$same\$" "$work/again"), $(grep -A 1 'not as in\|error:' "$work/again")" \
    "$(wc -l <<<"$lines"), "
is "and with the same result" "$(grep -E '^-?[0-9]+$' "$work/again" | LC_ALL=C sort)" "$(LC_ALL=C sort "$work/out")"
line=$(tail -n 1 <<<"$lines")
is "a call that took other fuel is not the same" "$(again "${line% --used *} --used 7" | cut -c 1-60)" \
    "not as in the server: there the call used 7 units of fuel, h"
finish
