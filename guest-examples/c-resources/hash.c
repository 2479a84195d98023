/* XXH64, as https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md defines it. */

#include "resource.h"

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t value, int bits)
{
	return __builtin_rotateleft64(value, bits);
}

/* WebAssembly is little-endian, and needs no alignment. */
static uint64_t word(const uint8_t *bytes)
{
	uint64_t value;

	__builtin_memcpy(&value, bytes, sizeof value);
	return value;
}

static uint32_t half(const uint8_t *bytes)
{
	uint32_t value;

	__builtin_memcpy(&value, bytes, sizeof value);
	return value;
}

static uint64_t round(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * P2, 31) * P1;
}

uint64_t xxh64(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = bytes + length;
	uint64_t hash = P5;

	if (length >= 32) {
		uint64_t a = P1 + P2, b = P2, c = 0, d = -P1;

		for (; end - bytes >= 32; bytes += 32) {
			a = round(a, word(bytes));
			b = round(b, word(bytes + 8));
			c = round(c, word(bytes + 16));
			d = round(d, word(bytes + 24));
		}
		hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
		hash = (hash ^ round(0, a)) * P1 + P4;
		hash = (hash ^ round(0, b)) * P1 + P4;
		hash = (hash ^ round(0, c)) * P1 + P4;
		hash = (hash ^ round(0, d)) * P1 + P4;
	}
	hash += length;

	for (; end - bytes >= 8; bytes += 8)
		hash = rotate(hash ^ round(0, word(bytes)), 27) * P1 + P4;
	for (; end - bytes >= 4; bytes += 4)
		hash = rotate(hash ^ half(bytes) * P1, 23) * P2 + P3;
	for (; end - bytes > 0; bytes++)
		hash = rotate(hash ^ *bytes * P5, 11) * P1;

	hash = (hash ^ hash >> 33) * P2;
	hash = (hash ^ hash >> 29) * P3;
	return hash ^ hash >> 32;
}
