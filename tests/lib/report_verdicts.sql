-- The end of each report: a line for each of its checks, as client tests print them. Needs: -v report=NAME
SELECT CASE WHEN ok THEN format('ok %s: %s', :'report', what)
            ELSE format(E'FAILED %s: %s\n    is %s, should be %s', :'report', what, coalesce(got, 'NULL'), coalesce(want, 'NULL')) END
  FROM seen ORDER BY n;
