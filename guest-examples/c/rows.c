/*
 * The exports of world rows in ../wit/rows.wit: a trigger function and a window function. As in examples.c, arguments and
 * results lie in the arena of ../c-text.
 */

#include "examples.h"

typedef struct { bool err; union { string contact; error error; }; } result_contact_error;

static bool is_blank(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static string trimmed(string text)
{
	while (text.length > 0 && is_blank(text.bytes[text.length - 1]))
		text.length--;
	for (; text.length > 0 && is_blank(*text.bytes); text.length--)
		text.bytes++;
	return text;
}

/* Something, an @, and after it a dot; no blank. */
static bool is_address(string text)
{
	size_t at = text.length, dot = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (is_blank(text.bytes[i]))
			return false;
		if (text.bytes[i] == '@' && i < at)
			at = i;
		if (text.bytes[i] == '.')
			dot = i;
	}
	return at > 0 && dot > at;
}

static string concatenated(string a, string b, string c)
{
	string whole = {arena_allocate(1, (uint64_t) a.length + b.length + c.length), 0};

	for (const string *part = (const string[]) {a, b, c}, *end = part + 3; part < end; part++) {
		__builtin_memcpy(whole.bytes + whole.length, part->bytes, part->length);
		whole.length += part->length;
	}
	return whole;
}

/* A record of one string is passed as that string. */
EXPORT("email")
result_contact_error *email(uint8_t *bytes, size_t length)
{
	static result_contact_error result;
	string given = {bytes, length}, email = trimmed(given);

	if (!is_address(email)) {
		result = (result_contact_error) {.err = true, .error = {
			.sqlstate = STRING("23514"),
			.message = STRING("the e-mail address is none"),
			.detail = {true, concatenated(STRING("It is \""), given, STRING("\"."))},
		}};
		return &result;
	}
	/* in place: the argument's bytes are the guest's own */
	for (size_t i = 0; i < email.length; i++)
		if (email.bytes[i] >= 'A' && email.bytes[i] <= 'Z')
			email.bytes[i] += 'a' - 'A';
	result = (result_contact_error) {.contact = email};
	return &result;
}
POST_RETURN(email)

typedef struct { bool some; double value; } option_f64;
typedef struct { option_f64 *items; size_t length; } list_option_f64;
typedef struct { int64_t at; option_f64 value; } sample;

EXPORT("fill-gaps")
list_option_f64 *fill_gaps(const sample *rows, size_t length)
{
	static list_option_f64 result;
	const sample *start = NULL; /* the known value before */

	result.items = arena_allocate(alignof(option_f64), (uint64_t) length * sizeof(option_f64));
	result.length = length;
	for (size_t i = 0; i < length; i++) {
		const sample *end = rows + i;

		result.items[i] = end->value;
		if (!end->value.some)
			continue;
		for (const sample *gap = start ? start + 1 : end; gap < end; gap++) {
			/* 1: all at the same time */
			int64_t time = end->at > start->at ? end->at - start->at : 1;
			double part = (double) (gap->at - start->at) / (double) time;

			result.items[gap - rows] =
				(option_f64) {true, start->value.value + (end->value.value - start->value.value) * part};
		}
		start = end;
	}
	return &result;
}
EXPORT("cabi_post_fill-gaps") void post_fill_gaps(list_option_f64 *result)
{
	(void) result;
	arena_release();
}
