/*
 * The C side of the benchmark: the functions that the author of a C extension would write for the same work.
 * levenshtein is missing: PostgreSQL's own fuzzystrmatch is measured instead (see sql/c.sql).
 */
#include "postgres.h"
#include "fmgr.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(bench_add);
Datum
bench_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_INT32(0) + PG_GETARG_INT32(1));
}

PG_FUNCTION_INFO_V1(bench_upper);
Datum
bench_upper(PG_FUNCTION_ARGS)
{
	text	   *in = PG_GETARG_TEXT_PP(0);
	Size		len = VARSIZE_ANY_EXHDR(in);
	const char *src = VARDATA_ANY(in);
	text	   *out = palloc(VARHDRSZ + len);
	char	   *dst = VARDATA(out);

	SET_VARSIZE(out, VARHDRSZ + len);
	for (Size i = 0; i < len; i++)
		dst[i] = src[i] >= 'a' && src[i] <= 'z' ? src[i] - ('a' - 'A') : src[i];
	PG_RETURN_TEXT_P(out);
}

PG_FUNCTION_INFO_V1(bench_sum);
Datum
bench_sum(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_INT64(0) + PG_GETARG_INT64(1));
}
