/* Power iteration with a matrix given by a formula, after the spectral norm of the benchmark game: divisions
   of f64. */

#include "kernel.h"

#define N 48

static double u[N], v[N], w[N];

static double element(int32_t i, int32_t j)
{
	return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void apply(const double *from, double *to)
{
	for (int32_t i = 0; i < N; i++) {
		to[i] = 0;
		for (int32_t j = 0; j < N; j++)
			to[i] += element(i, j) * from[j];
	}
}

static void apply_transposed(const double *from, double *to)
{
	for (int32_t i = 0; i < N; i++) {
		to[i] = 0;
		for (int32_t j = 0; j < N; j++)
			to[i] += element(j, i) * from[j];
	}
}

int64_t run(int32_t n)
{
	double uv = 0, vv = 0;

	for (int i = 0; i < N; i++)
		u[i] = 1;
	for (int32_t round = 0; round < n; round++) {
		apply(u, w);
		apply_transposed(w, v);
		apply(v, w);
		apply_transposed(w, u);
	}
	for (int i = 0; i < N; i++) {
		uv += u[i] * v[i];
		vv += v[i] * v[i];
	}
	return fold_double(0, __builtin_sqrt(uv / vv));
}
