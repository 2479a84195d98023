/*
 * What the kernels share: the shape of their one export, and numbers to work on.
 *
 * run(n) does n units of work and returns a checksum of everything it computed. Each call starts from the same
 * state, whatever earlier calls left in memory, so every call returns the same.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define EXPORT __attribute__((export_name("run")))
#else
#define EXPORT __attribute__((visibility("default")))
#endif

EXPORT int64_t run(int32_t n);

/* Some kernels measure recursion: the compiler must not remove it. */
#define NOINLINE __attribute__((noinline))

/* Marsaglia, "Xorshift RNGs", J. Statistical Software 8(14), 2003. */
static inline uint32_t next_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

/* Returns a number of at least 0 and less than 1. */
static inline double next_double(uint32_t *state)
{
	return next_random(state) * 0x1p-32;
}

static inline uint64_t fold(uint64_t sum, uint64_t value)
{
	return (sum ^ value) * UINT64_C(0x9E3779B97F4A7C15) + (sum >> 29);
}

/* Adds all bits: a checksum must not ignore the last one. */
static inline uint64_t fold_double(uint64_t sum, double value)
{
	uint64_t bits;

	__builtin_memcpy(&bits, &value, sizeof bits);
	return fold(sum, bits);
}

#endif
