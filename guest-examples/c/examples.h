/*
 * ../wit/examples.wit in C, as the canonical ABI lays it out: an option is a tag and the value, a result a
 * tag and either value; what is returned as one scalar is returned so, all else by address. A record that
 * is a parameter is one parameter per field.
 */
#ifndef EXAMPLES_H
#define EXAMPLES_H

#include "../c-text/abi.h"

typedef struct { bool some; int32_t value; } option_s32;
typedef struct { bool some; string value; } option_string;

typedef struct { option_s32 *items; size_t length; } list_option_s32;
typedef struct { string *items; size_t length; } list_string;

typedef enum : uint8_t { SAD, OK, HAPPY } mood;
typedef struct { bool some; mood value; } option_mood;

typedef struct {
	string article;
	option_s32 quantity;
	string price;
} order_line;
typedef struct { order_line *items; size_t length; } list_order_line;

typedef struct { int32_t months, days; int64_t microseconds; } interval;

typedef struct {
	string sqlstate, message;
	option_string detail, hint;
} error;
typedef struct { bool err; union { int32_t value; error error; }; } result_s32_error;
typedef struct { bool err; string value_or_error; } result_string_string;

/* An array of bytes, with a length: no zero at its end. */
#define STRING(literal) (string) {(uint8_t *) literal, sizeof literal - 1}

#endif
