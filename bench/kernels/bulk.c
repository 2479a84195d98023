/* Moves and fills parts of a buffer, many short ones and a few long ones: memory.copy, memory.fill. */

#include "kernel.h"

#define SIZE 65536

static uint8_t buffer[SIZE];

int64_t run(int32_t n)
{
	uint32_t random = 23;
	uint64_t sum = 0;

	for (size_t i = 0; i < SIZE; i++)
		buffer[i] = next_random(&random);
	for (int32_t round = 0; round < n; round++) {
		size_t length = 1 + next_random(&random) % (round % 16 == 0 ? SIZE / 2 : 128);
		uint8_t *to = buffer + next_random(&random) % (SIZE - length);
		uint8_t *from = buffer + next_random(&random) % (SIZE - length);

		__builtin_memmove(to, from, length);
		if (round % 4 == 0)
			__builtin_memset(from, round, length);
	}
	for (size_t i = 0; i < SIZE; i++)
		sum = fold(sum, buffer[i]);
	return sum;
}
