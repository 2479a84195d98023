/*
 * The exports of ../wit/examples.wit. Arguments and results lie in the arena of ../c-text, which is released
 * when the host has read the result, or at the end of a function that returns a scalar.
 */

#include "examples.h"

EXPORT("add")
result_s32_error *add(int32_t a, int32_t b)
{
	static result_s32_error result;

	result.err = __builtin_add_overflow(a, b, &result.value);
	if (result.err)
		result.error = (error) {
			.sqlstate = STRING("22003"),
			.message = STRING("integer out of range"),
			.hint = {true, STRING("Add them as bigint.")},
		};
	return &result;
}

static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower_or_digit(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/* In place: the argument's bytes are the guest's own, and the result is not longer. */
EXPORT("slugify")
string *slugify(uint8_t *text, size_t length)
{
	size_t out = 0;
	bool gap = false;

	for (size_t i = 0; i < length; i++) {
		uint8_t c = is_upper(text[i]) ? text[i] + ('a' - 'A') : text[i];

		if (is_lower_or_digit(c)) {
			if (gap && out > 0)
				text[out++] = '-';
			text[out++] = c;
		}
		gap = !is_lower_or_digit(c);
	}
	return returned(text, out);
}
POST_RETURN(slugify)

EXPORT("total")
int64_t total(const option_s32 *numbers, size_t length)
{
	int64_t sum = 0;

	for (size_t i = 0; i < length; i++)
		if (numbers[i].some)
			sum += numbers[i].value;
	arena_release();
	return sum;
}

/* Two records of two fields each. */
EXPORT("distance")
double distance(double ax, double ay, double bx, double by)
{
	double x = ax - bx, y = ay - by;

	return __builtin_elementwise_sqrt(x * x + y * y);
}

EXPORT("better")
option_mood *better(mood now)
{
	static option_mood result;

	result = (option_mood) {now < HAPPY, now + 1};
	return &result;
}

EXPORT("reverse")
string *reverse(uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length / 2; i++) {
		uint8_t byte = bytes[i];

		bytes[i] = bytes[length - 1 - i];
		bytes[length - 1 - i] = byte;
	}
	return returned(bytes, length);
}
POST_RETURN(reverse)

/* The words' bytes stay where they are: what is made is a list of where. */
EXPORT("words")
list_string *words(uint8_t *text, size_t length)
{
	static list_string result;

	/* of n bytes at most every other one begins a word */
	result.items = arena_allocate(alignof(string), (length + UINT64_C(1)) / 2 * sizeof(string));
	result.length = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == ' ')
			continue;
		if (i == 0 || text[i - 1] == ' ')
			result.items[result.length++] = (string) {text + i, 0};
		result.items[result.length - 1].length++;
	}
	return &result;
}
POST_RETURN(words)

EXPORT("counted")
list_order_line *counted(order_line *lines, size_t length)
{
	static list_order_line result;

	result = (list_order_line) {lines, 0};
	for (size_t i = 0; i < length; i++)
		if (lines[i].quantity.some)
			lines[result.length++] = lines[i];
	return &result;
}
POST_RETURN(counted)

EXPORT("scale")
interval *scale(int32_t months, int32_t days, int64_t microseconds, int32_t n)
{
	static interval result;

	result = (interval) {months * n, days * n, microseconds * n};
	return &result;
}

EXPORT("calls")
uint32_t calls(void)
{
	static uint32_t count;

	return ++count;
}

EXPORT("fail")
result_string_string *fail(uint8_t *message, size_t length)
{
	static result_string_string result;

	result = (result_string_string) {true, {message, length}};
	return &result;
}
POST_RETURN(fail)
