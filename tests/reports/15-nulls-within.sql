-- source: scylladb/scylladb #22802 (out of bounds access), #10298
-- situation: tuples and lists within each other with NULL at every level
-- expected: as they were; ROW of NULLs is not NULL
CREATE TYPE inner_row AS (txt text, i int);
CREATE TYPE tup AS (a float8, b text, c int, d bool);
CREATE TYPE outer_row AS (lst float8[], udt inner_row, tups tup[]);
SELECT pg_temp.def('echo(tup) RETURNS tup', '(func (export "echo") (param $o i32) (param $ad i32) (param $a f64) (param $bd i32) (param $b i32) (param $bl i32) (param $cd i32) (param $c i32) (param $dd i32) (param $d i32) (result i32)
    (i32.store8 (i32.const 16) (local.get $o))
    (i32.store8 (i32.const 24) (local.get $ad)) (f64.store (i32.const 32) (local.get $a))
    (i32.store8 (i32.const 40) (local.get $bd)) (i32.store (i32.const 44) (local.get $b)) (i32.store (i32.const 48) (local.get $bl))
    (i32.store8 (i32.const 52) (local.get $cd)) (i32.store (i32.const 56) (local.get $c))
    (i32.store8 (i32.const 60) (local.get $dd)) (i32.store8 (i32.const 61) (local.get $d)) (i32.const 16))');
-- option<record{option<list<option<f64>>>, option<record{option<string>, option<s32>}>, option<list<...>>}>: 1 + 3 + 1 + 3 + 2 + 3 = 13 slots
SELECT pg_temp.def('echo(outer_row) RETURNS outer_row', '(func (export "echo") (param $o i32) (param $ld i32) (param $l i32) (param $ln i32) (param $ud i32) (param $td i32) (param $t i32) (param $tn i32) (param $id i32) (param $i i32) (param $sd i32) (param $s i32) (param $sn i32) (result i32)
    (i32.store8 (i32.const 16) (local.get $o))
    (i32.store8 (i32.const 20) (local.get $ld)) (i32.store (i32.const 24) (local.get $l)) (i32.store (i32.const 28) (local.get $ln))
    (i32.store8 (i32.const 32) (local.get $ud))
    (i32.store8 (i32.const 36) (local.get $td)) (i32.store (i32.const 40) (local.get $t)) (i32.store (i32.const 44) (local.get $tn))
    (i32.store8 (i32.const 48) (local.get $id)) (i32.store (i32.const 52) (local.get $i))
    (i32.store8 (i32.const 56) (local.get $sd)) (i32.store (i32.const 60) (local.get $s)) (i32.store (i32.const 64) (local.get $sn))
    (i32.const 16))');
SELECT pg_temp.gives(v, format('SELECT echo(%L::tup)::text', v), v)
  FROM unnest(ARRAY['(1.5,x,2,t)', '(,,,)', '(,"",,f)', '(NaN,"a ""b"" \\c",-1,)']) v;
SELECT pg_temp.gives('NULL', 'SELECT echo(NULL::tup)::text IS NULL', 'true');
SELECT pg_temp.gives(v, format('SELECT echo(%L::outer_row)::text', v), v)
  FROM unnest(ARRAY['("{1,NULL,2.5}","(a,1)","{""(1,b,,t)"",NULL}")', '(,,)', '({},"(,)",{})', '({NULL},,"{""(,,,)""}")']) v;
SELECT pg_temp.gives('a row of NULLs is no NULL', $$SELECT echo(ROW(NULL, NULL, NULL)::outer_row) IS NULL AND echo(ROW(NULL, NULL, NULL)::outer_row)::text IS NOT NULL$$, 'true');
