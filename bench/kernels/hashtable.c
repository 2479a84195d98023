/* A hash table with open addressing: inserts keys, then looks up twice as many. */

#include "kernel.h"

#define SLOTS 4096
#define KEYS 2048

typedef struct {
	uint64_t key; /* 0: the entry is free */
	uint64_t count;
} slot;

static slot slots[SLOTS];

static slot *find(uint64_t key)
{
	uint32_t at = key * UINT64_C(0x9E3779B97F4A7C15) >> 52;

	while (slots[at].key != 0 && slots[at].key != key)
		at = (at + 1) % SLOTS;
	return &slots[at];
}

int64_t run(int32_t n)
{
	uint64_t sum = 0;

	for (int32_t round = 0; round < n; round++) {
		uint32_t random = 22 + round;

		for (int i = 0; i < SLOTS; i++)
			slots[i] = (slot) {0, 0};
		for (int i = 0; i < KEYS; i++) {
			uint64_t key = next_random(&random) % 8191 + 1;
			slot *at = find(key);

			at->key = key;
			at->count++;
		}
		for (int i = 0; i < 2 * KEYS; i++)
			sum += find(next_random(&random) % 8191 + 1)->count;
		sum = fold(sum, random);
	}
	return sum;
}
