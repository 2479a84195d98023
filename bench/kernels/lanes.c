/* A hash of a buffer, similar to xxHash: four lanes of 64 bits, none of which depends on another. */

#include "kernel.h"

#define SIZE 8192
#define PRIME1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME2 UINT64_C(0xC2B2AE3D27D4EB4F)

static uint8_t buffer[SIZE];

static inline uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline uint64_t mix(uint64_t lane, const uint8_t *at)
{
	uint64_t word;

	__builtin_memcpy(&word, at, sizeof word);
	return rotate(lane + word * PRIME2, 31) * PRIME1;
}

static uint64_t hash(const uint8_t *bytes, size_t n, uint64_t seed)
{
	uint64_t a = seed + PRIME1 + PRIME2, b = seed + PRIME2, c = seed, d = seed - PRIME1;

	for (const uint8_t *end = bytes + n; bytes != end; bytes += 32) {
		a = mix(a, bytes);
		b = mix(b, bytes + 8);
		c = mix(c, bytes + 16);
		d = mix(d, bytes + 24);
	}
	a = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
	a = (a ^ a >> 33) * PRIME2;
	return a ^ a >> 29;
}

int64_t run(int32_t n)
{
	uint32_t random = 8;
	uint64_t seed = 0;

	for (size_t i = 0; i < SIZE; i++)
		buffer[i] = next_random(&random);
	for (int32_t round = 0; round < n; round++)
		seed = hash(buffer, SIZE, seed);
	return seed;
}
