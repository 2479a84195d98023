/* Sorts numbers by heapsort: jumps through memory that depend on loaded values. */

#include "kernel.h"

#define COUNT 8192

static int32_t numbers[COUNT];

static void sift(int32_t *a, int32_t root, int32_t n)
{
	int32_t x = a[root];

	for (int32_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && a[child + 1] > a[child])
			child++;
		if (a[child] <= x)
			break;
		a[root] = a[child];
	}
	a[root] = x;
}

static void sort(int32_t *a, int32_t n)
{
	for (int32_t root = n / 2 - 1; root >= 0; root--)
		sift(a, root, n);
	for (int32_t last = n - 1; last > 0; last--) {
		int32_t swap = a[0];

		a[0] = a[last];
		a[last] = swap;
		sift(a, 0, last);
	}
}

int64_t run(int32_t n)
{
	uint32_t random = 15;
	uint64_t sum = 0;

	for (int32_t round = 0; round < n; round++) {
		for (int i = 0; i < COUNT; i++)
			numbers[i] = next_random(&random);
		sort(numbers, COUNT);
		for (int i = 0; i < COUNT; i++)
			sum = fold(sum, numbers[i]);
	}
	return sum;
}
