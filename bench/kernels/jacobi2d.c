/* Jacobi iteration on a square of f64 with fixed edges: the mean of five points, there and back. */

#include "kernel.h"

#define N 96

static double from[N][N], to[N][N];

static void step(double (*a)[N], double (*b)[N])
{
	for (int i = 1; i < N - 1; i++)
		for (int j = 1; j < N - 1; j++)
			b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][j + 1] + a[i - 1][j] + a[i + 1][j]);
}

int64_t run(int32_t n)
{
	uint64_t sum = 0;

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			from[i][j] = to[i][j] = (i * (j + 2.0) + 10) / N;
	for (int32_t round = 0; round < n; round++) {
		step(from, to);
		step(to, from);
	}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			sum = fold_double(sum, from[i][j]);
	return sum;
}
