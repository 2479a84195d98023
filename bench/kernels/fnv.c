/* FNV-1a over a buffer, byte by byte: a load, an exclusive or and a multiplication, each of which depends on
   the one before. */

#include "kernel.h"

#define SIZE 4096

static uint8_t buffer[SIZE];

static uint64_t fnv(const uint8_t *bytes, size_t n, uint64_t hash)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
	return hash;
}

int64_t run(int32_t n)
{
	uint32_t random = 7;
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < SIZE; i++)
		buffer[i] = next_random(&random);
	for (int32_t round = 0; round < n; round++)
		hash = fnv(buffer, SIZE, hash);
	return hash;
}
