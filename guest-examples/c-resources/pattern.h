/*
 * Patterns, and the programs that they are compiled to.
 *
 *   c            the character itself; after \, also one of . [ ] ( ) { } * + ? | ^ $ \ - / and other punctuation
 *   .            any character but a newline
 *   [a-z_]       one of these characters; [^a-z_] any other
 *   \d \w \s     a digit; a letter, digit or _; a space. Of ASCII only. \D \W \S any other; all of them also in [ ]
 *   \n \r \t     newline, carriage return, tab
 *   ^ $          the beginning and the end of the text
 *   (p) (?:p)    a group; nothing is captured
 *   p|q          p or q; of both, p is preferred
 *   p* p+ p?     any number of times, at least once, at most once; p{n} p{n,} p{n,m}. As often as possible, or, with
 *                another ? after it, as seldom as possible
 *
 * A match is the leftmost, and of these the preferred one, as in Perl and in Rust's regex.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "resource.h"

/* Which characters an instruction accepts. */
typedef struct {
	/* The ASCII characters, a bit for each. */
	uint32_t ascii[4];
	/* Of the others, those in the ranges; or, if inverted, those that are in none. */
	bool inverted;
	size_t length;
	struct range { uint32_t first, last; } *ranges;
} set;

typedef struct {
	enum : uint8_t {
		CHARACTER, /* accepts `character`, and goes on with the next instruction */
		SET,       /* the same for `set` */
		SPLIT,     /* goes on at `first` and, less preferred, at `second` */
		JUMP,      /* goes on at `first` */
		START,     /* goes on with the next instruction at the beginning of the text */
		END,       /* the same at its end */
		MATCH,
	} op;
	union {
		uint32_t character;
		const set *set;
		struct { uint32_t first, second; };
	};
} instruction;

typedef struct {
	instruction *instructions;
	size_t length;
} program;

bool accepts(const set *set, uint32_t character);

/* Decodes a character of UTF-8, and says where the next one begins. */
uint32_t decode(const uint8_t **text);

/* Returns why the pattern cannot be compiled; or an empty string. */
string compile(const uint8_t *pattern, size_t length, program *program);

#endif
