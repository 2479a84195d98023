/* Sorts numbers by Hoare's quicksort, and short ranges of them by insertion. */

#include "kernel.h"

#define COUNT 8192
#define SHORT 12

static int32_t numbers[COUNT];

static void insertion(int32_t *a, int32_t n)
{
	for (int32_t i = 1; i < n; i++) {
		int32_t x = a[i], j = i;

		for (; j > 0 && a[j - 1] > x; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

static int32_t median(int32_t a, int32_t b, int32_t c)
{
	if (a < b)
		return b < c ? b : a < c ? c : a;
	return a < c ? a : b < c ? c : b;
}

static void sort(int32_t *a, int32_t n)
{
	while (n > SHORT) {
		int32_t pivot = median(a[0], a[n / 2], a[n - 1]);
		int32_t i = -1, j = n;

		for (;;) {
			do
				i++;
			while (a[i] < pivot);
			do
				j--;
			while (a[j] > pivot);
			if (i >= j)
				break;
			int32_t swap = a[i];

			a[i] = a[j];
			a[j] = swap;
		}
		sort(a, j + 1);
		a += j + 1;
		n -= j + 1;
	}
	insertion(a, n);
}

int64_t run(int32_t n)
{
	uint32_t random = 14;
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
