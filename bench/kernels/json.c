/* Writes a JSON document, then reads it n times by recursive descent: bytes, branches and small functions. */

#include "kernel.h"

#define SIZE 65536
#define MAX_DEPTH 32

static uint8_t document[SIZE];

/* ---- writing ---- */

typedef struct {
	size_t length;
	uint32_t random;
} writer;

static void put(writer *to, const char *text)
{
	while (*text)
		document[to->length++] = *text++;
}

static void put_number(writer *to, uint32_t number)
{
	if (number >= 10)
		put_number(to, number / 10);
	document[to->length++] = '0' + number % 10;
}

static void put_word(writer *to)
{
	put(to, "\"");
	for (uint32_t i = 3 + next_random(&to->random) % 12; i > 0; i--)
		document[to->length++] = 'a' + next_random(&to->random) % 26;
	put(to, next_random(&to->random) % 4 ? "\"" : "\\n\\u00e9\"");
}

static void put_value(writer *to, int depth)
{
	uint32_t kind = next_random(&to->random) % (depth < 4 ? 8 : 5);

	switch (kind) {
	case 0:
		put_word(to);
		break;
	case 1:
		put(to, "-");
		put_number(to, next_random(&to->random) % 100000);
		put(to, ".25");
		break;
	case 2:
		put_number(to, next_random(&to->random) % 1000);
		put(to, "e+3");
		break;
	case 3:
		put(to, next_random(&to->random) % 2 ? "true" : "false");
		break;
	case 4:
		put(to, "null");
		break;
	default:
		put(to, kind == 5 ? "[" : "{");
		for (uint32_t i = next_random(&to->random) % 6; i > 0; i--) {
			if (kind != 5) {
				put_word(to);
				put(to, ": ");
			}
			put_value(to, depth + 1);
			if (i > 1)
				put(to, ", ");
		}
		put(to, kind == 5 ? "]" : "}");
	}
}

/* ---- reading ---- */

typedef struct {
	const uint8_t *at, *end;
	uint64_t sum;
} reader;

static bool value(reader *from, int depth);

static uint8_t peek(const reader *from)
{
	return from->at < from->end ? *from->at : 0;
}

static void skip_space(reader *from)
{
	while (peek(from) == ' ' || peek(from) == '\n' || peek(from) == '\t' || peek(from) == '\r')
		from->at++;
}

static bool accept(reader *from, uint8_t byte)
{
	if (peek(from) != byte)
		return false;
	from->at++;
	return true;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static bool literal(reader *from, const char *text)
{
	for (; *text; text++)
		if (!accept(from, *text))
			return false;
	return true;
}

static bool string(reader *from)
{
	if (!accept(from, '"'))
		return false;
	while (from->at < from->end) {
		uint8_t byte = *from->at++;

		if (byte == '"')
			return true;
		if (byte < ' ')
			return false;
		from->sum += byte;
		if (byte != '\\')
			continue;
		switch (peek(from)) {
		case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
			from->at++;
			break;
		case 'u':
			from->at++;
			for (int i = 0; i < 4; i++, from->at++)
				if (!is_hex(peek(from)))
					return false;
			break;
		default:
			return false;
		}
	}
	return false;
}

static bool digits(reader *from, uint64_t *number)
{
	if (!is_digit(peek(from)))
		return false;
	while (is_digit(peek(from)))
		*number = *number * 10 + (*from->at++ - '0');
	return true;
}

static bool number(reader *from)
{
	uint64_t whole = 0, rest = 0;

	accept(from, '-');
	if (!accept(from, '0') && !digits(from, &whole))
		return false;
	if (accept(from, '.') && !digits(from, &rest))
		return false;
	if (accept(from, 'e') || accept(from, 'E')) {
		if (!accept(from, '+'))
			accept(from, '-');
		if (!digits(from, &rest))
			return false;
	}
	from->sum = fold(from->sum, whole + rest);
	return true;
}

static bool array(reader *from, int depth)
{
	from->at++;
	skip_space(from);
	if (accept(from, ']'))
		return true;
	do {
		if (!value(from, depth + 1))
			return false;
	} while (accept(from, ','));
	return accept(from, ']');
}

static bool object(reader *from, int depth)
{
	from->at++;
	skip_space(from);
	if (accept(from, '}'))
		return true;
	do {
		skip_space(from);
		if (!string(from))
			return false;
		skip_space(from);
		if (!accept(from, ':') || !value(from, depth + 1))
			return false;
	} while (accept(from, ','));
	return accept(from, '}');
}

static bool value(reader *from, int depth)
{
	bool valid;

	if (depth > MAX_DEPTH)
		return false;
	skip_space(from);
	switch (peek(from)) {
	case '{': valid = object(from, depth); break;
	case '[': valid = array(from, depth); break;
	case '"': valid = string(from); break;
	case 't': valid = literal(from, "true"); break;
	case 'f': valid = literal(from, "false"); break;
	case 'n': valid = literal(from, "null"); break;
	default: valid = number(from);
	}
	skip_space(from);
	return valid;
}

int64_t run(int32_t n)
{
	writer to = {.length = 0, .random = 13};
	uint64_t sum = 0;

	put(&to, "[");
	while (to.length < SIZE / 4) {
		put_value(&to, 0);
		put(&to, ", ");
	}
	put(&to, "0]");
	for (int32_t round = 0; round < n; round++) {
		reader from = {.at = document, .end = document + to.length, .sum = 0};
		bool valid = value(&from, 0) && from.at == from.end;

		sum = fold(sum, valid ? from.sum : 0);
	}
	return sum;
}
