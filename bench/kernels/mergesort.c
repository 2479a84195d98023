/* Sorts records by merging. The order is a function called by pointer, as in qsort. */

#include "kernel.h"

#define COUNT 2048

typedef struct {
	int32_t key, place;
} record;

typedef int32_t order(const record *, const record *);

static record records[COUNT], merged[COUNT];

static int32_t ascending(const record *a, const record *b)
{
	return a->key < b->key ? -1 : a->key > b->key;
}

static int32_t descending(const record *a, const record *b)
{
	return a->key > b->key ? -1 : a->key < b->key;
}

static int32_t by_last_digits(const record *a, const record *b)
{
	return (a->key & 0xFF) - (b->key & 0xFF);
}

/* The index is known only at run time, so the call stays indirect. */
static order *const orders[] = {ascending, descending, by_last_digits};

static void sort(order *compare)
{
	for (int32_t width = 1; width < COUNT; width *= 2) {
		for (int32_t left = 0; left < COUNT; left += 2 * width) {
			int32_t i = left, middle = left + width, j = middle, end = middle + width;

			for (int32_t k = left; k < end; k++) {
				bool from_left = i < middle && (j >= end || compare(&records[i], &records[j]) <= 0);

				merged[k] = from_left ? records[i++] : records[j++];
			}
		}
		for (int32_t i = 0; i < COUNT; i++)
			records[i] = merged[i];
	}
}

int64_t run(int32_t n)
{
	uint32_t random = 16;
	uint64_t sum = 0;

	for (int32_t round = 0; round < n; round++) {
		for (int32_t i = 0; i < COUNT; i++)
			records[i] = (record) {next_random(&random) >> 8, i};
		sort(orders[round % 3]);
		for (int32_t i = 0; i < COUNT; i++)
			sum = fold(sum, records[i].place);
	}
	return sum;
}
