/*
 * The interface `patterns`: the program of a pattern runs on a text in one pass, in all ways at once, as Thompson and
 * Pike do. So a search takes at most the time of the text's length times the program's length, whatever they are.
 */

#include "pattern.h"

#define INTERFACE "plwasm:examples/patterns@1.0.0"

/* A way through the program: the next instruction, and where in the text it began. */
typedef struct {
	uint32_t next;
	const uint8_t *begin;
} thread;

/* The more preferred ones first. */
typedef struct {
	thread *threads;
	size_t length;
} threads;

typedef struct {
	program program;
	threads now, then;
	/* An instruction that has the number of this step has a thread. */
	uint32_t *seen, step;
	/* Instructions that a new thread has still to visit. */
	uint32_t *waiting;
	/* The bytes with which a match can begin. All, if it can be empty. */
	bool begins[256];
} matcher;

typedef struct { const uint8_t *begin, *end; } text;

NEW("matcher") int32_t new_matcher(matcher *matcher);

static bool can_begin(const instruction *i, uint8_t byte)
{
	switch (i->op) {
	case CHARACTER:
		return byte < 128 ? i->character == byte : i->character >= 128;
	case SET:
		return byte < 128 ? accepts(i->set, byte) : i->set->inverted || i->set->length > 0;
	default:
		return true;
	}
}

/* Adds a thread, with all instructions that it reaches without a character. */
static void add(matcher *m, threads *list, thread new, const uint8_t *at, text whole)
{
	size_t waiting = 0;

	m->waiting[waiting++] = new.next;
	while (waiting > 0) {
		uint32_t next = m->waiting[--waiting];
		const instruction *i = &m->program.instructions[next];

		if (m->seen[next] == m->step)
			continue;
		m->seen[next] = m->step;
		switch (i->op) {
		case SPLIT:
			m->waiting[waiting++] = i->second;
			m->waiting[waiting++] = i->first;
			break;
		case JUMP:
			m->waiting[waiting++] = i->first;
			break;
		case START:
			if (at == whole.begin)
				m->waiting[waiting++] = next + 1;
			break;
		case END:
			if (at == whole.end)
				m->waiting[waiting++] = next + 1;
			break;
		default:
			list->threads[list->length++] = (thread) {next, new.begin};
		}
	}
}

static bool accepted(const instruction *i, uint32_t character)
{
	return i->op == CHARACTER ? i->character == character : accepts(i->set, character);
}

/* Looks for the first match from there on. With `any`, whether there is one is enough, and `found` is not set. */
static bool search(matcher *m, text whole, const uint8_t *at, bool any, text *found)
{
	bool matched = false;

	m->now.length = 0;
	m->step++;
	for (;;) {
		const uint8_t *next = at;
		uint32_t character = 0;
		threads swap;

		if (!matched) {
			if (m->now.length == 0)
				while (at < whole.end && !m->begins[*at])
					at++;
			add(m, &m->now, (thread) {0, at}, at, whole);
			next = at;
		}
		if (at < whole.end)
			character = decode(&next);

		m->then.length = 0;
		m->step++;
		for (size_t i = 0; i < m->now.length; i++) {
			thread thread = m->now.threads[i];
			const instruction *instruction = &m->program.instructions[thread.next];

			if (instruction->op == MATCH) {
				if (any)
					return true;
				matched = true;
				*found = (text) {thread.begin, at};
				break;
			}
			if (at < whole.end && accepted(instruction, character)) {
				thread.next++;
				add(m, &m->then, thread, next, whole);
			}
		}
		if (at == whole.end || (matched && m->then.length == 0))
			return matched;
		swap = m->now;
		m->now = m->then;
		m->then = swap;
		at = next;
	}
}

/* Returns all matches, without overlaps. Each lies behind the last in memory, as nothing else is allocated. */
static string *find_all(matcher *m, text whole, size_t *count)
{
	string *matches = allocate(alignof(string), 0);
	const uint8_t *at = whole.begin, *last_end = NULL;
	text found;

	*count = 0;
	while (at <= whole.end && search(m, whole, at, false, &found)) {
		bool is_empty = found.begin == found.end;

		if (!is_empty || found.end != last_end) {
			string *match = allocate(alignof(string), sizeof *match);

			*match = (string) {(uint8_t *) found.begin, found.end - found.begin};
			++*count;
			last_end = found.end;
		}
		at = found.end;
		/* No match begins where an empty one was. */
		if (is_empty) {
			if (at == whole.end)
				break;
			decode(&at);
		}
	}
	return matches;
}

CONSTRUCTOR("matcher")
result *matcher_constructor(const uint8_t *pattern, size_t length)
{
	matcher *m = allocate(alignof(matcher), sizeof *m);
	string error = compile(pattern, length, &m->program);
	size_t size = m->program.length;

	if (error.length > 0)
		return failure(error);
	m->now.threads = allocate(alignof(thread), size * sizeof(thread));
	m->then.threads = allocate(alignof(thread), size * sizeof(thread));
	m->seen = allocate(alignof(uint32_t), size * sizeof(uint32_t));
	m->waiting = allocate(alignof(uint32_t), 2 * size * sizeof(uint32_t));
	__builtin_memset(m->seen, 0, size * sizeof(uint32_t));
	m->step = 0;

	/* What the threads at the beginning of a text accept; at the end of an empty one, to see if a match can be empty. */
	m->now.length = 0;
	m->step++;
	add(m, &m->now, (thread) {0, pattern}, pattern, (text) {pattern, pattern});
	__builtin_memset(m->begins, 0, sizeof m->begins);
	for (size_t i = 0; i < m->now.length; i++)
		for (size_t byte = 0; byte < 256; byte++)
			m->begins[byte] |= can_begin(&m->program.instructions[m->now.threads[i].next], byte);
	keep();
	return success(new_matcher(m));
}
POST_RETURN("[constructor]matcher", post_matcher)

METHOD("matcher.is-match")
bool matcher_is_match(matcher *m, const uint8_t *bytes, size_t length)
{
	bool matched = search(m, (text) {bytes, bytes + length}, bytes, true, NULL);

	release();
	return matched;
}

METHOD("matcher.replace")
string *matcher_replace(matcher *m, const uint8_t *bytes, size_t length, const uint8_t *with, size_t with_length)
{
	size_t count, size = length;
	string *matches = find_all(m, (text) {bytes, bytes + length}, &count);
	uint8_t *replaced, *end;
	const uint8_t *rest = bytes;

	for (size_t i = 0; i < count; i++)
		size -= matches[i].length;
	replaced = end = allocate(1, size + (uint64_t) count * with_length);
	for (size_t i = 0; i <= count; i++) {
		size_t until = i < count ? matches[i].bytes - rest : bytes + length - rest;

		__builtin_memcpy(end, rest, until);
		end += until;
		if (i < count) {
			__builtin_memcpy(end, with, with_length);
			end += with_length;
			rest = matches[i].bytes + matches[i].length;
		}
	}
	return returned(replaced, end - replaced);
}
POST_RETURN("[method]matcher.replace", post_matcher_replace)

METHOD("matcher.find-all")
list_string *matcher_find_all(matcher *m, const uint8_t *bytes, size_t length)
{
	static list_string list;

	list.items = find_all(m, (text) {bytes, bytes + length}, &list.length);
	return &list;
}
POST_RETURN("[method]matcher.find-all", post_matcher_find_all)
