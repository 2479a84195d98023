/* The product of two matrices of f64, rows times rows, as in PolyBench's gemm. */

#include "kernel.h"

#define N 64

static double a[N][N], b[N][N], c[N][N];

static void multiply(void)
{
	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++)
			c[i][j] = 0;
		for (int k = 0; k < N; k++)
			for (int j = 0; j < N; j++)
				c[i][j] += a[i][k] * b[k][j];
	}
}

int64_t run(int32_t n)
{
	uint32_t random = 1;
	uint64_t sum = 0;

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			a[i][j] = next_double(&random);
			b[i][j] = next_double(&random);
		}
	for (int32_t round = 0; round < n; round++) {
		multiply();
		/* The next product depends on this one, and keeps its magnitude. */
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				a[i][j] = c[i][j] / N + 0.25;
	}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			sum = fold_double(sum, c[i][j]);
	return sum;
}
