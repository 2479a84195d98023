/*
 * The interface `schemas`: JSON Schema, of which these keywords are known: type, enum, properties, required, items,
 * minimum, maximum. Those that only describe are ignored, and a schema with any other is an error.
 */

#include "json.h"

#define INTERFACE "plwasm:examples/schemas@1.0.0"

typedef struct schema {
	/* The schema `false`, to which nothing conforms. */
	bool is_false;
	/* A bit for each kind. */
	uint8_t types;
	const json *enumeration, *required, *minimum, *maximum;
	struct schema *items;
	struct property { string name; struct schema *schema; struct property *next; } *properties;
} schema;

/* A place in a document: an element, or a member if it has a name. */
typedef struct place {
	const struct place *parent;
	const string *name;
	size_t index;
} place;

typedef struct error {
	string text;
	struct error *next;
} error;

typedef struct { error *first, **end; size_t length; } errors;

NEW("validator") int32_t new_validator(schema *schema);

static const string types[] = {
	[NOTHING] = STRING("null"), [BOOLEAN] = STRING("boolean"), [NUMBER] = STRING("number"),
	[INTEGER] = STRING("integer"), [STRING_VALUE] = STRING("string"), [ARRAY] = STRING("array"),
	[OBJECT] = STRING("object"),
};

static const string descriptions[] = {
	STRING("$schema"), STRING("$id"), STRING("$comment"), STRING("title"), STRING("description"), STRING("default"),
	STRING("examples"), STRING("deprecated"), STRING("readOnly"), STRING("writeOnly"),
};

/* Returns the bit of a type; 0 if there is no such type. */
static uint8_t type_of(const json *name)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (name->kind == STRING_VALUE && equal_strings(name->text, types[i]))
			return 1 << i;
	return 0;
}

static bool add_types(schema *s, const json *names)
{
	const json *name = names->kind == ARRAY ? names->first : names;

	if (!name)
		return false;
	for (; name; name = names->kind == ARRAY ? name->next : NULL) {
		if (type_of(name) == 0)
			return false;
		s->types |= type_of(name);
	}
	return true;
}

static bool are_strings(const json *list)
{
	if (list->kind != ARRAY)
		return false;
	for (const json *item = list->first; item; item = item->next)
		if (item->kind != STRING_VALUE)
			return false;
	return true;
}

static schema *compile(const json *source, string *problem);

static bool add_properties(schema *s, const json *properties, string *problem)
{
	if (properties->kind != OBJECT)
		return false;
	for (const json *m = properties->first; m; m = m->next) {
		struct property *property;

		if (member(properties, m->name) != m)
			continue;
		property = allocate(alignof(struct property), sizeof *property);
		*property = (struct property) {m->name, compile(m, problem), s->properties};
		s->properties = property;
	}
	return true;
}

/* Takes one keyword into a schema. Returns what is wrong with it: nothing, its value, or that it is unknown. */
static enum { FINE, BAD_VALUE, UNKNOWN } add_keyword(schema *s, const json *keyword, string *problem)
{
	string name = keyword->name;
	bool is_fine;

	if (equal_strings(name, STRING("type"))) {
		is_fine = add_types(s, keyword);
	} else if (equal_strings(name, STRING("enum"))) {
		is_fine = keyword->kind == ARRAY;
		s->enumeration = keyword;
	} else if (equal_strings(name, STRING("properties"))) {
		is_fine = add_properties(s, keyword, problem);
	} else if (equal_strings(name, STRING("required"))) {
		is_fine = are_strings(keyword);
		s->required = keyword;
	} else if (equal_strings(name, STRING("items"))) {
		is_fine = true;
		s->items = compile(keyword, problem);
	} else if (equal_strings(name, STRING("minimum"))) {
		is_fine = keyword->kind == NUMBER;
		s->minimum = keyword;
	} else if (equal_strings(name, STRING("maximum"))) {
		is_fine = keyword->kind == NUMBER;
		s->maximum = keyword;
	} else {
		for (size_t i = 0; i < sizeof descriptions / sizeof descriptions[0]; i++)
			if (equal_strings(name, descriptions[i]))
				return FINE;
		return UNKNOWN;
	}
	return is_fine ? FINE : BAD_VALUE;
}

/* The first problem is kept. */
static schema *compile(const json *source, string *problem)
{
	schema *s = allocate(alignof(schema), sizeof *s);
	string text;

	*s = (schema) {.is_false = source->kind == BOOLEAN && source->text.bytes[0] == 'f'};
	if (source->kind == BOOLEAN)
		return s;
	if (source->kind != OBJECT) {
		if (problem->length == 0)
			*problem = STRING("invalid schema: a schema is an object or a boolean");
		return s;
	}
	for (const json *keyword = source->first; keyword; keyword = keyword->next) {
		int wrong = FINE;

		if (member(source, keyword->name) == keyword)
			wrong = add_keyword(s, keyword, problem);
		if (wrong != FINE && problem->length == 0) {
			text = new_text();
			append(&text, STRING("invalid schema: "));
			append(&text, wrong == UNKNOWN ? STRING("unknown keyword ") : STRING("invalid value of "));
			append(&text, keyword->name);
			*problem = text;
		}
	}
	return s;
}

static void append_place(string *text, const place *p)
{
	if (!p)
		return;
	append_place(text, p->parent);
	append(text, STRING("/"));
	if (!p->name) {
		append_number(text, p->index);
		return;
	}
	for (size_t i = 0; i < p->name->length; i++) {
		uint8_t *c = p->name->bytes + i;

		append(text, *c == '~' ? STRING("~0") : *c == '/' ? STRING("~1") : (string) {c, 1});
	}
}

/* Begins an error; the caller completes its text before it allocates anything else. */
static string *begin_error(errors *list, const place *at)
{
	error *e = allocate(alignof(error), sizeof *e);

	*e = (error) {.text = new_text()};
	*list->end = e;
	list->end = &e->next;
	list->length++;
	append(&e->text, STRING("at '"));
	append_place(&e->text, at);
	append(&e->text, STRING("': "));
	return &e->text;
}

static void append_quoted(string *text, string name)
{
	append(text, STRING("'"));
	append(text, name);
	append(text, STRING("'"));
}

static void append_types(string *text, uint8_t bits)
{
	bool is_first = true;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (!(bits >> i & 1))
			continue;
		append(text, is_first ? STRING("want ") : STRING(" or "));
		append(text, types[i]);
		is_first = false;
	}
}

static uint8_t types_of(const json *value)
{
	uint8_t bits = 1 << value->kind;

	if (value->kind == NUMBER && __builtin_elementwise_trunc(value->number) == value->number)
		bits |= 1 << INTEGER;
	return bits;
}

static bool is_listed(const json *list, const json *value)
{
	for (const json *item = list->first; item; item = item->next)
		if (equal_json(item, value))
			return true;
	return false;
}

static void append_enumeration(string *text, const json *list)
{
	const char *between = "";

	append(text, STRING("value must be one of"));
	for (const json *item = list->first; item; item = item->next, between = ",") {
		append(text, (string) {(uint8_t *) between, between[0] != 0});
		append(text, STRING(" "));
		if (item->kind == STRING_VALUE)
			append_quoted(text, item->text);
		else if (item->kind < ARRAY)
			append(text, item->text);
		else
			append(text, types[item->kind]);
	}
}

static void append_bound(string *text, string relation, const json *bound, const json *value)
{
	append(text, relation);
	append(text, bound->text);
	append(text, STRING(", but got "));
	append(text, value->text);
}

/* Checks members that must be there. */
static bool has_required(const schema *s, const json *object, const place *at, errors *list)
{
	string *text = NULL;

	for (const json *name = s->required->first; name; name = name->next) {
		if (member(object, name->text))
			continue;
		if (!list)
			return false;
		if (text) {
			append(text, STRING(", "));
		} else {
			text = begin_error(list, at);
			append(text, STRING("missing properties "));
		}
		append_quoted(text, name->text);
	}
	return !text;
}

/* Whether a value conforms to a schema. Without a list, the first error is enough. */
static bool conforms(const schema *s, const json *value, const place *at, errors *list)
{
	bool is_fine = true;

/* clang-format off */
#define REQUIRE(condition, ...) \
	if (!(condition)) { \
		if (!list) \
			return false; \
		string *text = begin_error(list, at); \
		__VA_ARGS__; \
		is_fine = false; \
	}
/* clang-format on */

	REQUIRE(!s->is_false, append(text, STRING("false schema")))
	REQUIRE(!s->types || s->types & types_of(value),
		append_types(text, s->types), append(text, STRING(", but got ")), append(text, types[value->kind]))
	REQUIRE(!is_fine || !s->enumeration || is_listed(s->enumeration, value), append_enumeration(text, s->enumeration))
	if (!is_fine) /* whatever else is wrong follows from that */
		return false;
	if (value->kind == NUMBER) {
		REQUIRE(!s->minimum || value->number >= s->minimum->number,
			append_bound(text, STRING("must be >="), s->minimum, value))
		REQUIRE(!s->maximum || value->number <= s->maximum->number,
			append_bound(text, STRING("must be <="), s->maximum, value))
	}
	if (value->kind == OBJECT) {
		if (s->required)
			is_fine &= has_required(s, value, at, list);
		for (const struct property *p = s->properties; p && (is_fine || list); p = p->next) {
			const json *m = member(value, p->name);

			if (m)
				is_fine &= conforms(p->schema, m, &(place) {at, &p->name, 0}, list);
		}
	}
	if (value->kind == ARRAY && s->items) {
		size_t index = 0;

		for (const json *item = value->first; item && (is_fine || list); item = item->next)
			is_fine &= conforms(s->items, item, &(place) {at, NULL, index++}, list);
	}
	return is_fine;
}

CONSTRUCTOR("validator")
result *validator(uint8_t *bytes, size_t length)
{
	string problem, text;
	json *source = parse_json(bytes, length, &problem);
	schema *s;

	if (!source) {
		text = new_text();
		append(&text, STRING("the schema is not JSON: "));
		append(&text, problem);
		return failure(text);
	}
	s = compile(source, &problem);
	if (problem.length > 0)
		return failure(problem);
	keep();
	return success(new_validator(s));
}
POST_RETURN("[constructor]validator", post_validator)

METHOD("validator.is-valid")
bool validator_is_valid(const schema *s, uint8_t *bytes, size_t length)
{
	string problem;
	json *document = parse_json(bytes, length, &problem);
	bool is_valid = document && conforms(s, document, NULL, NULL);

	release();
	return is_valid;
}

METHOD("validator.errors")
list_string *validator_errors(const schema *s, uint8_t *bytes, size_t length)
{
	static list_string result;
	errors list = {.end = &list.first};
	string problem;
	json *document = parse_json(bytes, length, &problem);

	if (document) {
		conforms(s, document, NULL, &list);
	} else {
		error *e = allocate(alignof(error), sizeof *e);

		*e = (error) {.text = new_text()};
		append(&e->text, STRING("the document is not JSON: "));
		append(&e->text, problem);
		list.first = e;
		list.length = 1;
	}
	result.items = allocate(alignof(string), list.length * sizeof(string));
	result.length = 0;
	for (const error *e = list.first; e; e = e->next)
		result.items[result.length++] = e->text;
	return &result;
}
POST_RETURN("[method]validator.errors", post_validator_errors)
