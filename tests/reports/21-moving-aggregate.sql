-- source: postgres-plr/plr #52; pgsql-general msg212719
-- situation: aggregates over moving frames, with and without an inverse function, with NULLs and EXCLUDE
-- expected: as sum()
SELECT pg_temp.def('plus(int8, int) RETURNS int8 IMMUTABLE STRICT', '(func (export "plus") (param i64 i32) (result i64) (i64.add (local.get 0) (i64.extend_i32_s (local.get 1))))');
SELECT pg_temp.def('minus(int8, int) RETURNS int8 IMMUTABLE STRICT', '(func (export "minus") (param i64 i32) (result i64) (i64.sub (local.get 0) (i64.extend_i32_s (local.get 1))))');
CREATE AGGREGATE slow_sum(int) (SFUNC = plus, STYPE = int8, INITCOND = 0);
CREATE AGGREGATE moving_sum(int) (SFUNC = plus, STYPE = int8, INITCOND = 0, MSFUNC = plus, MINVFUNC = minus, MSTYPE = int8, MINITCOND = 0);
CREATE TABLE t AS SELECT i, CASE WHEN i % 4 > 0 THEN (i * 7919) % 1000 - 500 END AS v FROM generate_series(1, 2000) i;
SELECT pg_temp.gives(f, format('SELECT bool_and(a = s AND b = s) FROM (SELECT slow_sum(v) OVER w a, moving_sum(v) OVER w b, coalesce(sum(v) OVER w, 0) s FROM t WINDOW w AS (%s)) _', f), 'true')
  FROM unnest(ARRAY['ORDER BY i ROWS BETWEEN 3 PRECEDING AND CURRENT ROW', 'PARTITION BY i % 10 ORDER BY i ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW', 'ORDER BY i RANGE BETWEEN 10 PRECEDING AND 5 PRECEDING', 'ORDER BY i / 7 GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES']) f;
SELECT pg_temp.gives('FILTER', 'SELECT moving_sum(v) FILTER (WHERE v > 0) = sum(v) FILTER (WHERE v > 0) FROM t', 'true');
SELECT pg_temp.gives('DISTINCT and ORDER BY', 'SELECT slow_sum(DISTINCT v ORDER BY v) = sum(DISTINCT v) FROM t', 'true');
SELECT pg_temp.gives('grouping sets', 'SELECT count(*) FROM (SELECT slow_sum(v), sum(v) FROM t GROUP BY GROUPING SETS ((i % 3), (i % 5), ())) _ (a, b) WHERE a = b', '9');
