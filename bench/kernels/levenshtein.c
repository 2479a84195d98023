/* The edit distance of two strings by the textbook algorithm: one row of the table, kept in memory. */

#include "kernel.h"

#define LENGTH 200

static uint8_t a[LENGTH], b[LENGTH];
static int32_t row[LENGTH + 1];

static inline int32_t smaller(int32_t x, int32_t y)
{
	return x < y ? x : y;
}

static int32_t distance(void)
{
	for (int32_t j = 0; j <= LENGTH; j++)
		row[j] = j;
	for (int32_t i = 0; i < LENGTH; i++) {
		int32_t diagonal = row[0];

		row[0] = i + 1;
		for (int32_t j = 0; j < LENGTH; j++) {
			int32_t above = row[j + 1];

			row[j + 1] = smaller(smaller(above, row[j]) + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[LENGTH];
}

int64_t run(int32_t n)
{
	uint32_t random = 11;
	uint64_t sum = 0;

	for (int i = 0; i < LENGTH; i++) {
		a[i] = 'a' + next_random(&random) % 8;
		b[i] = 'a' + next_random(&random) % 8;
	}
	for (int32_t round = 0; round < n; round++) {
		a[round % LENGTH] = 'a' + next_random(&random) % 8;
		sum = fold(sum, distance());
	}
	return sum;
}
