/* Reads a text character by character, puts it into upper case and writes it again, as UTF-8. */

#include "kernel.h"

#define CHARACTERS 2048

static uint8_t text[4 * CHARACTERS], upper[4 * CHARACTERS];

static size_t encode(uint32_t c, uint8_t *to)
{
	if (c < 0x80) {
		to[0] = c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = 0xC0 | c >> 6;
		to[1] = 0x80 | (c & 0x3F);
		return 2;
	}
	to[0] = 0xE0 | c >> 12;
	to[1] = 0x80 | (c >> 6 & 0x3F);
	to[2] = 0x80 | (c & 0x3F);
	return 3;
}

/* The input is well-formed: the first byte determines the number of bytes. */
static size_t decode(const uint8_t *from, uint32_t *c)
{
	if (from[0] < 0x80) {
		*c = from[0];
		return 1;
	}
	if (from[0] < 0xE0) {
		*c = (from[0] & 0x1F) << 6 | (from[1] & 0x3F);
		return 2;
	}
	*c = (from[0] & 0x0F) << 12 | (from[1] & 0x3F) << 6 | (from[2] & 0x3F);
	return 3;
}

/* ASCII, Latin-1, Greek and Cyrillic. */
static uint32_t to_upper(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2)
		|| (c >= 0x430 && c <= 0x44F))
		return c - 0x20;
	if (c >= 0x450 && c <= 0x45F)
		return c - 0x50;
	return c;
}

static size_t fill(void)
{
	static const uint32_t first[8] = {'a', 'a', 'a', 'A', ' ', 0xE0, 0x3B1, 0x4E00};
	uint32_t random = 12;
	size_t length = 0;

	for (int i = 0; i < CHARACTERS; i++) {
		uint32_t from = first[next_random(&random) % 8];

		length += encode(from + next_random(&random) % 24, text + length);
	}
	return length;
}

int64_t run(int32_t n)
{
	size_t length = fill();
	uint64_t sum = 0;

	for (int32_t round = 0; round < n; round++) {
		size_t to = 0;

		for (size_t from = 0; from < length;) {
			uint32_t c;

			from += decode(text + from, &c);
			to += encode(to_upper(c), upper + to);
		}
		sum = fold(sum, to);
	}
	for (size_t i = 0; i < length; i++)
		sum = fold(sum, upper[i]);
	return sum;
}
