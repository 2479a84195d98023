/* JSON, as RFC 8259 defines it, as a tree in memory. */
#ifndef JSON_H
#define JSON_H

#include "resource.h"

/* An integer is a number. */
typedef enum : uint8_t { NOTHING, BOOLEAN, NUMBER, INTEGER, STRING_VALUE, ARRAY, OBJECT } json_kind;

typedef struct json {
	json_kind kind;
	/* Of a string, its characters; of null, a boolean or a number, its text. */
	string text;
	/* Up to 19 digits count, and the last bit may be wrong if there are more than 15. */
	double number;
	/* The elements, or the members. Of members with one name, the last counts. */
	struct json *first, *next;
	/* Of a member. */
	string name;
} json;

bool equal_strings(string a, string b);
bool equal_json(const json *a, const json *b);

/* The member with this name; NULL if there is none. */
const json *member(const json *object, string name);

/* Parses in place: strings in the tree are parts of the text. NULL if it is not JSON; then `error` says why. */
json *parse_json(uint8_t *bytes, size_t length, string *error);

/* Texts grow at the end of memory: nothing else may be allocated until they are complete. */
string new_text(void);
void append(string *text, string more);
void append_number(string *text, size_t number);

#endif
