/* Blurs a picture of f32, first across, then down: five taps, and a store for each pixel. */

#include "kernel.h"

#define N 128

static float picture[N][N], across[N][N];

static void blur(void)
{
	for (int i = 0; i < N; i++)
		for (int j = 2; j < N - 2; j++) {
			const float *at = &picture[i][j];

			across[i][j] = 0.0625f * (at[-2] + at[2]) + 0.25f * (at[-1] + at[1]) + 0.375f * at[0];
		}
	for (int i = 2; i < N - 2; i++)
		for (int j = 2; j < N - 2; j++) {
			const float *at = &across[i][j];

			picture[i][j] = 0.0625f * (at[-2 * N] + at[2 * N]) + 0.25f * (at[-N] + at[N]) + 0.375f * at[0];
		}
}

int64_t run(int32_t n)
{
	uint32_t random = 5;
	uint64_t sum = 0;

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			picture[i][j] = next_random(&random) % 256;
	for (int32_t round = 0; round < n; round++)
		blur();
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			sum = fold_double(sum, picture[i][j]);
	return sum;
}
