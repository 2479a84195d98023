#include "json.h"

#define MOST_NESTED 64

typedef struct {
	uint8_t *begin, *at, *end;
	int nested;
	string error;
} parser;

static json *value(parser *p);

string new_text(void)
{
	return (string) {allocate(1, 0), 0};
}

void append(string *text, string more)
{
	__builtin_memcpy(allocate(1, more.length), more.bytes, more.length);
	text->length += more.length;
}

void append_number(string *text, size_t number)
{
	uint8_t digits[10], *first = digits + sizeof digits;

	do {
		*--first = '0' + number % 10;
		number /= 10;
	} while (number > 0);
	append(text, (string) {first, digits + sizeof digits - first});
}

bool equal_strings(string a, string b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (a.bytes[i] != b.bytes[i])
			return false;
	return true;
}

const json *member(const json *object, string name)
{
	const json *found = NULL;

	for (const json *m = object->first; m; m = m->next)
		if (equal_strings(m->name, name))
			found = m;
	return found;
}

/* Whether all members of one are members of the other, with the same values. */
static bool has_members(const json *object, const json *members)
{
	for (const json *m = members->first; m; m = m->next) {
		const json *same = member(object, m->name);

		if (!same || !equal_json(same, member(members, m->name)))
			return false;
	}
	return true;
}

bool equal_json(const json *a, const json *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case NUMBER:
		return a->number == b->number;
	case ARRAY:
		for (a = a->first, b = b->first; a && b; a = a->next, b = b->next)
			if (!equal_json(a, b))
				return false;
		return a == b;
	case OBJECT:
		return has_members(a, b) && has_members(b, a);
	default:
		return equal_strings(a->text, b->text);
	}
}

static void *fail(parser *p, string reason)
{
	string error;

	if (p->error.length == 0) {
		error = new_text();
		append(&error, reason);
		append(&error, STRING(" at byte "));
		append_number(&error, p->at - p->begin + 1);
		p->error = error;
	}
	return NULL;
}

static void skip_space(parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
		p->at++;
}

static bool skip(parser *p, char c)
{
	if (p->at < p->end && *p->at == c)
		return p->at++, true;
	return false;
}

static bool is_digit(const parser *p)
{
	return p->at < p->end && *p->at >= '0' && *p->at <= '9';
}

static json *new_json(json_kind kind)
{
	json *v = allocate(alignof(json), sizeof *v);

	*v = (json) {.kind = kind};
	return v;
}

/* null, true, false */
static json *word(parser *p, json_kind kind, string word)
{
	json *v;

	if ((size_t) (p->end - p->at) < word.length || !equal_strings((string) {p->at, word.length}, word))
		return fail(p, STRING("unknown word"));
	v = new_json(kind);
	v->text = word;
	p->at += word.length;
	return v;
}

static double power_of_ten(int exponent)
{
	double power = 1, square = 10;

	for (; exponent > 0; exponent /= 2) {
		if (exponent % 2)
			power *= square;
		square *= square;
	}
	return power;
}

/* Digits; the first 19 that count become a number, of which `exponent` says by what power of ten it is to be multiplied. */
static bool digits(parser *p, uint64_t *mantissa, int *exponent, bool is_fraction)
{
	if (!is_digit(p))
		return fail(p, STRING("a digit is missing")), false;
	for (; is_digit(p); p->at++) {
		if (*mantissa < UINT64_C(1000000000000000000)) {
			*mantissa = *mantissa * 10 + (*p->at - '0');
			*exponent -= is_fraction;
		} else {
			*exponent += !is_fraction;
		}
	}
	return true;
}

static json *number(parser *p)
{
	json *v = new_json(NUMBER);
	uint64_t mantissa = 0;
	int exponent = 0;
	bool is_negative;

	v->text.bytes = p->at;
	is_negative = skip(p, '-');
	if (!skip(p, '0') && !digits(p, &mantissa, &exponent, false))
		return NULL;
	if (skip(p, '.') && !digits(p, &mantissa, &exponent, true))
		return NULL;
	if (skip(p, 'e') || skip(p, 'E')) {
		bool is_down = skip(p, '-');
		int shift = 0;

		if (!is_down)
			skip(p, '+');
		if (!is_digit(p))
			return fail(p, STRING("a digit is missing"));
		for (; is_digit(p); p->at++)
			if (shift < 100000)
				shift = shift * 10 + (*p->at - '0');
		exponent += is_down ? -shift : shift;
	}
	v->text.length = p->at - v->text.bytes;
	v->number = mantissa;
	if (exponent >= 0)
		v->number *= mantissa > 0 ? power_of_ten(exponent) : 1;
	else if (exponent > -300)
		v->number /= power_of_ten(-exponent);
	else /* in two steps, as the smallest numbers need a greater power than there is */
		v->number = exponent > -700 ? v->number / 1e300 / power_of_ten(-exponent - 300) : 0;
	if (v->number > 1.7976931348623157e308)
		return fail(p, STRING("a number is too large"));
	if (is_negative)
		v->number = -v->number;
	return v;
}

/* Four hexadecimal digits, or -1. */
static int32_t hexadecimal(parser *p)
{
	int32_t n = 0;

	if (p->end - p->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		uint8_t c = *p->at++, letter = c | 0x20;

		if (c >= '0' && c <= '9')
			n = n << 4 | (c - '0');
		else if (letter >= 'a' && letter <= 'f')
			n = n << 4 | (letter - 'a' + 10);
		else
			return -1;
	}
	return n;
}

static uint8_t *encode(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = c;
	} else if (c < 0x800) {
		*out++ = 0xC0 | c >> 6;
		*out++ = 0x80 | (c & 0x3F);
	} else if (c < 0x10000) {
		*out++ = 0xE0 | c >> 12;
		*out++ = 0x80 | (c >> 6 & 0x3F);
		*out++ = 0x80 | (c & 0x3F);
	} else {
		*out++ = 0xF0 | c >> 18;
		*out++ = 0x80 | (c >> 12 & 0x3F);
		*out++ = 0x80 | (c >> 6 & 0x3F);
		*out++ = 0x80 | (c & 0x3F);
	}
	return out;
}

/* The character after \u. A character beyond 16 bits is two of them. */
static int32_t unicode(parser *p)
{
	int32_t high = hexadecimal(p), low;

	if (high < 0xD800 || high > 0xDFFF)
		return high;
	if (high > 0xDBFF || !skip(p, '\\') || !skip(p, 'u'))
		return -1;
	low = hexadecimal(p);
	return low < 0xDC00 || low > 0xDFFF ? -1 : 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* In place, as no character is longer than what stands for it. After the opening quotation mark. */
static bool characters(parser *p, string *text)
{
	uint8_t *out = p->at;

	text->bytes = p->at;
	while (!skip(p, '"')) {
		uint8_t c;
		int32_t character;

		if (p->at == p->end)
			return fail(p, STRING("a string has no end")), false;
		c = *p->at;
		if (c < 0x20)
			return fail(p, STRING("a control character in a string")), false;
		p->at++;
		if (c != '\\') {
			*out++ = c;
			continue;
		}
		c = p->at < p->end ? *p->at++ : 0;
		switch (c) {
		case '"':
		case '\\':
		case '/': *out++ = c; break;
		case 'b': *out++ = '\b'; break;
		case 'f': *out++ = '\f'; break;
		case 'n': *out++ = '\n'; break;
		case 'r': *out++ = '\r'; break;
		case 't': *out++ = '\t'; break;
		case 'u':
			character = unicode(p);
			if (character >= 0) {
				out = encode(out, character);
				break;
			}
			[[fallthrough]];
		default:
			return fail(p, STRING("unknown character after \\")), false;
		}
	}
	text->length = out - text->bytes;
	return true;
}

/* Elements or members, after the opening bracket or brace. */
static json *several(parser *p, json_kind kind, char close)
{
	json *v = new_json(kind), **last = &v->first;

	if (++p->nested > MOST_NESTED)
		return fail(p, STRING("too many values within one another"));
	skip_space(p);
	if (!skip(p, close)) {
		do {
			string name = {0};

			if (kind == OBJECT) {
				skip_space(p);
				if (!skip(p, '"'))
					return fail(p, STRING("a name is missing"));
				if (!characters(p, &name))
					return NULL;
				skip_space(p);
				if (!skip(p, ':'))
					return fail(p, STRING("a colon is missing"));
			}
			*last = value(p);
			if (!*last)
				return NULL;
			(*last)->name = name;
			last = &(*last)->next;
			skip_space(p);
		} while (skip(p, ','));
		if (!skip(p, close))
			return fail(p, STRING("a comma or the end is missing"));
	}
	p->nested--;
	return v;
}

static json *value(parser *p)
{
	json *v;

	skip_space(p);
	if (p->at == p->end)
		return fail(p, STRING("a value is missing"));
	switch (*p->at) {
	case '{':
		p->at++;
		return several(p, OBJECT, '}');
	case '[':
		p->at++;
		return several(p, ARRAY, ']');
	case '"':
		p->at++;
		v = new_json(STRING_VALUE);
		return characters(p, &v->text) ? v : NULL;
	case 't':
		return word(p, BOOLEAN, STRING("true"));
	case 'f':
		return word(p, BOOLEAN, STRING("false"));
	case 'n':
		return word(p, NOTHING, STRING("null"));
	case '-':
	case '0' ... '9':
		return number(p);
	default:
		return fail(p, STRING("a value is missing"));
	}
}

json *parse_json(uint8_t *bytes, size_t length, string *error)
{
	parser p = {.begin = bytes, .at = bytes, .end = bytes + length};
	json *v = value(&p);

	if (v) {
		skip_space(&p);
		if (p.at < p.end)
			v = fail(&p, STRING("more than one value"));
	}
	*error = p.error;
	return v;
}
