/*
 * The interface `filters`: a split block Bloom filter, as https://parquet.apache.org/docs/file-format/bloomfilter/
 * defines it. A value is in one block of eight words, a bit in each word. Its bytes are those of Parquet's, after a
 * byte with the version; ../rust-resources/bloom has the same.
 */

#include "resource.h"

#define INTERFACE "plwasm:examples/filters@1.0.0"

#define WORDS 8
#define BLOCK (WORDS * sizeof(uint32_t))

/* Of other values, 1 % seem to be in a filter that has this many bits for each value. */
#define BITS_PER_VALUE 10.5
#define MOST_VALUES 10000000

/* The version, and the blocks. */
typedef string filter;

NEW("bloom") int32_t new_bloom(filter *filter);
NEW("membership") int32_t new_membership(filter *filter);

static const uint32_t salts[WORDS] = {
	0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31,
};

static bool is_filter(const uint8_t *bytes, size_t length)
{
	return length > 1 && bytes[0] == VERSION && (length - 1) % BLOCK == 0;
}

static filter *make(uint8_t *bytes, size_t length)
{
	filter *f = allocate(alignof(filter), sizeof *f);

	*f = (filter) {bytes, length};
	keep();
	return f;
}

static uint8_t *block_of(const filter *f, uint64_t hash)
{
	uint64_t blocks = f->length / BLOCK;

	return f->bytes + 1 + ((hash >> 32) * blocks >> 32) * BLOCK;
}

static uint32_t bit_of(uint64_t hash, size_t word)
{
	return UINT32_C(1) << ((uint32_t) hash * salts[word] >> 27);
}

CONSTRUCTOR("bloom")
result *bloom(int32_t capacity)
{
	size_t size;
	uint8_t *bytes;

	if (capacity < 1 || capacity > MOST_VALUES)
		return failure(STRING("the capacity is not between 1 and 10000000"));
	size = 1 + (size_t) __builtin_elementwise_ceil(capacity * BITS_PER_VALUE / (BLOCK * 8)) * BLOCK;
	bytes = allocate(1, size);
	__builtin_memset(bytes, 0, size);
	bytes[0] = VERSION;
	return success(new_bloom(make(bytes, size)));
}

METHOD("bloom.step")
void bloom_step(filter *f, const uint8_t *value, size_t length)
{
	uint64_t hash = xxh64(value, length);
	uint8_t *block = block_of(f, hash);

	for (size_t i = 0; i < WORDS; i++) {
		uint32_t word;

		__builtin_memcpy(&word, block + i * sizeof word, sizeof word);
		word |= bit_of(hash, i);
		__builtin_memcpy(block + i * sizeof word, &word, sizeof word);
	}
	release();
}

METHOD("bloom.finish")
string *bloom_finish(const filter *f)
{
	return returned(f->bytes, f->length);
}

METHOD("bloom.save")
string *bloom_save(const filter *f)
{
	return returned(f->bytes, f->length);
}

METHOD("bloom.merge")
result *bloom_merge(filter *f, const uint8_t *saved, size_t length)
{
	release();
	if (!is_filter(saved, length))
		return failure(MALFORMED);
	if (length != f->length)
		return failure(STRING("the filters have different sizes"));
	for (size_t i = 1; i < length; i++)
		f->bytes[i] |= saved[i];
	return success(0);
}

CONSTRUCTOR("membership")
result *membership(uint8_t *bytes, size_t length)
{
	if (!is_filter(bytes, length))
		return failure(MALFORMED);
	return success(new_membership(make(bytes, length)));
}

METHOD("membership.contains")
bool membership_contains(const filter *f, const uint8_t *value, size_t length)
{
	uint64_t hash = xxh64(value, length);
	const uint8_t *block = block_of(f, hash);
	bool found = true;

	for (size_t i = 0; i < WORDS; i++) {
		uint32_t word;

		__builtin_memcpy(&word, block + i * sizeof word, sizeof word);
		found &= (word & bit_of(hash, i)) != 0;
	}
	release();
	return found;
}
