/* Transposes a matrix of i32 into another, and copies it back element by element: loads and stores alone. */

#include "kernel.h"

#define N 160

static int32_t from[N][N], to[N][N];

int64_t run(int32_t n)
{
	uint32_t random = 21;
	uint64_t sum = 0;

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			from[i][j] = next_random(&random);
	for (int32_t round = 0; round < n; round++) {
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				to[j][i] = from[i][j];
		/* Upside down, as the optimizer would otherwise make it one memcpy. */
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				from[i][j] = to[N - 1 - i][j];
	}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			sum = fold(sum, from[i][j]);
	return sum;
}
