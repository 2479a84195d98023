/* The sieve of Eratosthenes, with a byte for each number: stores in strides. */

#include "kernel.h"

#define LIMIT 65536

static bool composite[LIMIT];

static int32_t primes(void)
{
	int32_t found = 0;

	for (int32_t i = 2; i < LIMIT; i++)
		composite[i] = false;
	for (int32_t i = 2; i < LIMIT; i++) {
		if (composite[i])
			continue;
		found++;
		if (i < LIMIT / i)
			for (int32_t j = i * i; j < LIMIT; j += i)
				composite[j] = true;
	}
	return found;
}

int64_t run(int32_t n)
{
	uint64_t sum = 0;

	for (int32_t round = 0; round < n; round++)
		sum = fold(sum, primes());
	return sum;
}
