/*
 * levenshtein: the edit distance in characters, bit-parallel.
 *
 * Myers, "A fast bit-vector algorithm for approximate string matching", J. ACM 46(3), 1999,
 * as Hyyro wrote it down: a column of the dynamic programming table is two words, and one
 * round does 64 cells without a branch. A longer pattern is done in blocks of 64 rows.
 */

#include "abi.h"

#define ROWS 64
#define SLOTS 128

/*
 * The characters of a block, by slot: bit i of match[slot] is set when row i is that
 * character. An ASCII character is its own slot, others are hashed. All zero between blocks.
 */
static uint64_t match[SLOTS];

typedef struct {
	uint8_t *slots;   /* the argument's own bytes: if they are ASCII, they are the slots */
	uint32_t *chars;  /* else the slots are found anew for each block, from these */
	size_t length;
} characters;

static bool is_ascii(const uint8_t *s, size_t n)
{
	uint8_t all = 0;

	for (size_t i = 0; i < n; i++)
		all |= s[i];
	return all < 128;
}

/* From UTF-8, a number per character. Its lead byte stays in it and says how many bytes it
   had, so no two characters get the same one. */
static characters decode(uint8_t *s, size_t n)
{
	uint32_t *chars = arena_allocate(sizeof *chars, n * UINT64_C(4));
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		if ((s[i] & 0xC0) == 0x80 && length > 0)
			chars[length - 1] = chars[length - 1] << 6 | (s[i] & 0x3F);
		else
			chars[length++] = s[i];
	}
	return (characters) {s, chars, length};
}

/* With `claim`, a new character takes a free slot; without, it gets one where nothing matches. */
static void find_slots(characters c, uint32_t *key, bool claim)
{
	for (size_t i = 0; i < c.length; i++) {
		/* the mark makes every key differ from a free slot's zero */
		uint32_t wanted = c.chars[i] | UINT32_C(1) << 31;
		size_t slot = c.chars[i] % SLOTS;

		while (key[slot] != wanted && key[slot] != 0)
			slot = (slot + 1) % SLOTS;
		if (claim)
			key[slot] = wanted;
		c.slots[i] = slot;
	}
}

/* A difference between neighbours in a row of the table. The first row always goes up. */
#define MORE 1
#define LESS 2

/*
 * The last column of a block: by how much it rises from its top over so many rows. `edge` has
 * the differences along the block's upper edge, and gets those along its lower edge; none
 * are needed if the block is the only one.
 */
static int32_t rise(size_t rows, const uint8_t *text, size_t n, uint8_t *edge)
{
	/* The differences between neighbours in a column: bit i is row i against the row above. */
	uint64_t more = ~UINT64_C(0), less = 0;
	uint64_t mask = more >> (ROWS - rows);

	for (size_t j = 0; j < n; j++) {
		uint64_t above = edge ? edge[j] : MORE;
		uint64_t above_more = above & MORE, above_less = above / LESS;
		uint64_t equal = match[text[j]];
		uint64_t diagonal = equal | less;
		uint64_t across, right_more, right_less;

		equal |= above_less;
		across = (((equal & more) + more) ^ more) | equal;
		right_more = less | ~(across | more);
		right_less = more & across;
		if (edge)
			edge[j] = (right_more >> 63) * MORE | (right_less >> 63) * LESS;
		right_more = right_more << 1 | above_more;
		right_less = right_less << 1 | above_less;
		more = right_less | ~(diagonal | right_more);
		less = right_more & diagonal;
	}
	return __builtin_popcountll(more & mask) - __builtin_popcountll(less & mask);
}

static int32_t distance(characters pattern, characters text)
{
	int32_t result = text.length;
	uint8_t *edge = NULL;
	uint32_t *key = NULL;

	if (pattern.length > ROWS) {
		edge = arena_allocate(1, text.length);
		__builtin_memset(edge, MORE, text.length);
	}
	if (pattern.chars)
		key = arena_allocate(sizeof *key, SLOTS * sizeof *key);

	for (size_t at = 0; at < pattern.length; at += ROWS) {
		size_t left = pattern.length - at, rows = left < ROWS ? left : ROWS;
		characters block = {pattern.slots + at, NULL, rows};

		if (key) {
			block.chars = pattern.chars + at;
			__builtin_memset(key, 0, SLOTS * sizeof *key);
			find_slots(block, key, true);
			find_slots(text, key, false);
		}
		for (size_t i = 0; i < rows; i++)
			match[block.slots[i]] |= UINT64_C(1) << i;
		result += rise(rows, text.slots, text.length, edge);
		for (size_t i = 0; i < rows; i++)
			match[block.slots[i]] = 0;
	}
	return result;
}

EXPORT("levenshtein")
int32_t levenshtein(uint8_t *a, size_t a_length, uint8_t *b, size_t b_length)
{
	characters x = {a, NULL, a_length}, y = {b, NULL, b_length};
	int32_t result;

	if (!is_ascii(a, a_length) || !is_ascii(b, b_length)) {
		x = decode(a, a_length);
		y = decode(b, b_length);
	}
	/* The longer string goes down, where a round does 64 cells, the shorter across. */
	if (x.length < y.length) {
		characters swap = x;

		x = y;
		y = swap;
	}
	result = distance(x, y);
	arena_release();
	return result;
}
