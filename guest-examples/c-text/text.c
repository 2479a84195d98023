/*
 * slugify, upper and soundex: one pass each, over bytes, in the argument's own memory.
 *
 * The loops have no branch inside: the host charges fuel and looks for a cancel request
 * once a round, and the fewer blocks a round has, the less that costs.
 */

#include "abi.h"

static unsigned is_lower(uint8_t c) { return (uint8_t) (c - 'a') < 26; }
static unsigned is_upper(uint8_t c) { return (uint8_t) (c - 'A') < 26; }
static unsigned is_digit(uint8_t c) { return (uint8_t) (c - '0') < 10; }
static unsigned is_letter(uint8_t c) { return is_lower(c | 0x20); }

/* ASCII only, and UTF-8 stays valid: every byte of another character is above 127. */
EXPORT("upper")
string *upper(uint8_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] ^= is_lower(s[i]) ? 0x20 : 0;
	return returned(s, n);
}
POST_RETURN(upper)

/* Letters, in lower case, and digits are kept; what lies between them becomes one '-'. */
EXPORT("slugify")
string *slugify(uint8_t *s, size_t n)
{
	size_t out = 0;
	unsigned kept = 0;

	/* The byte is always stored; it counts when it is kept or the first after a kept one. */
	for (size_t i = 0; i < n; i++) {
		uint8_t c = s[i] | (is_upper(s[i]) ? 0x20 : 0);
		unsigned keep = is_lower(c) | is_digit(c);

		s[out] = keep ? c : '-';
		out += keep | kept;
		kept = keep;
	}
	return returned(s, out - (out > 0 && !kept));
}
POST_RETURN(slugify)

/* fuzzystrmatch compares the codes of neighbouring *bytes*, and the code of a byte that is
   not a letter is the byte itself: soundex('a1b') is A000, because b's code is 1. */
static uint8_t soundex_code(uint8_t c)
{
	return is_letter(c) ? "01230120022455012623010202"[(c | 0x20) - 'a'] : c;
}

EXPORT("soundex")
string *soundex(const uint8_t *s, size_t n)
{
	static uint8_t code[4];
	size_t i = 0, length = 1;

	while (i < n && !is_letter(s[i]))
		i++;
	if (i == n)
		return returned(code, 0);

	code[0] = s[i] & ~0x20;
	for (i++; i < n && length < sizeof code; i++) {
		uint8_t c = soundex_code(s[i]);

		code[length] = c;
		length += is_letter(s[i]) & (c != '0') & (c != soundex_code(s[i - 1]));
	}
	while (length < sizeof code)
		code[length++] = '0';
	return returned(code, sizeof code);
}
POST_RETURN(soundex)
