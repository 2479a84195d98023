/* Parses a pattern into a tree, and makes a program of that, as Thompson does. */

#include "pattern.h"

#define MOST_INSTRUCTIONS 10000
#define MOST_NESTED 50
#define MOST_REPEATED 1000
#define WITHOUT_END UINT32_MAX
#define NONE UINT32_MAX
#define LAST_CHARACTER 0x10FFFF

typedef struct node {
	enum { CHAR_NODE, SET_NODE, START_NODE, END_NODE, SEQUENCE, CHOICE, REPETITION } kind;
	uint32_t character;
	set *set;
	/* How often. */
	uint32_t least, most;
	bool seldom;
	/* What is repeated, or the first of several; and the next beside this one. */
	struct node *child, *next;
	/* The number of its instructions. */
	uint32_t size;
} node;

typedef struct {
	const uint8_t *at, *end;
	int nested;
	string error;
} parser;

static node *choice(parser *p);

uint32_t decode(const uint8_t **text)
{
	const uint8_t *s = *text;
	uint32_t character = *s++;

	if (character >= 0xC0) {
		int more = character >= 0xF0 ? 3 : character >= 0xE0 ? 2 : 1;

		character &= 0x3F >> more;
		while (more-- > 0)
			character = character << 6 | (*s++ & 0x3F);
	}
	*text = s;
	return character;
}

bool accepts(const set *set, uint32_t character)
{
	if (character < 128)
		return set->ascii[character / 32] >> character % 32 & 1;
	for (size_t i = 0; i < set->length; i++)
		if (set->ranges[i].first <= character && character <= set->ranges[i].last)
			return !set->inverted;
	return set->inverted;
}

static node *new_node(int kind)
{
	node *n = allocate(alignof(node), sizeof *n);

	*n = (node) {.kind = kind};
	return n;
}

static void *fail(parser *p, string error)
{
	if (p->error.length == 0)
		p->error = error;
	p->at = p->end;
	return new_node(SEQUENCE);
}

static bool skip(parser *p, char c)
{
	if (p->at < p->end && *p->at == c)
		return p->at++, true;
	return false;
}

/* A set without ranges. They follow it in memory, as nothing else is allocated meanwhile. */
static set *new_set(void)
{
	set *s = allocate(alignof(set), sizeof *s);

	*s = (set) {.ranges = (struct range *) (s + 1)};
	return s;
}

static void add_range(set *s, uint32_t first, uint32_t last)
{
	for (uint32_t c = first; c <= last && c < 128; c++)
		s->ascii[c / 32] |= UINT32_C(1) << c % 32;
	if (last >= 128) {
		struct range *range = allocate(alignof(struct range), sizeof *range);

		*range = (struct range) {first, last};
		s->length++;
	}
}

static void invert(set *s)
{
	for (size_t i = 0; i < 4; i++)
		s->ascii[i] = ~s->ascii[i];
	s->inverted = true;
}

/* Adds what \d, \w, \s mean, or in upper case all other characters. False for another letter. */
static bool add_kind(set *s, uint8_t letter)
{
	set kind = {0};

	switch (letter | 0x20) {
	case 'w':
		add_range(&kind, 'A', 'Z');
		add_range(&kind, 'a', 'z');
		add_range(&kind, '_', '_');
		[[fallthrough]];
	case 'd':
		add_range(&kind, '0', '9');
		break;
	case 's':
		add_range(&kind, '\t', '\r');
		add_range(&kind, ' ', ' ');
		break;
	default:
		return false;
	}
	if (!(letter & 0x20)) {
		invert(&kind);
		add_range(s, 128, LAST_CHARACTER);
	}
	for (size_t i = 0; i < 4; i++)
		s->ascii[i] |= kind.ascii[i];
	return true;
}

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_letter(uint8_t c) { return (uint8_t) ((c | 0x20) - 'a') < 26; }

/* The character after a \ that stands for one. */
static uint32_t escaped(parser *p)
{
	uint8_t c;

	if (p->at == p->end)
		return fail(p, STRING("the pattern ends with \\")), 0;
	c = *p->at;
	if (is_letter(c) || is_digit(c)) {
		p->at++;
		switch (c) {
		case 'n': return '\n';
		case 'r': return '\r';
		case 't': return '\t';
		}
		return fail(p, STRING("unknown character after \\")), 0;
	}
	return decode(&p->at);
}

/* What is between [ and ]. */
static node *brackets(parser *p)
{
	node *n = new_node(SET_NODE);
	bool inverted = skip(p, '^');
	const uint8_t *begin = p->at;

	n->set = new_set();
	while (p->at == begin || !skip(p, ']')) {
		uint32_t first, last;

		if (p->at == p->end)
			return fail(p, STRING("there is no ] for a ["));
		if (*p->at == '[')
			return fail(p, STRING("a [ within [ ] needs a \\"));
		if (*p->at == '\\' && p->end - p->at > 1 && add_kind(n->set, p->at[1])) {
			p->at += 2;
			continue;
		}
		first = skip(p, '\\') ? escaped(p) : decode(&p->at);
		last = first;
		if (p->end - p->at > 1 && *p->at == '-' && p->at[1] != ']') {
			p->at++;
			last = skip(p, '\\') ? escaped(p) : decode(&p->at);
			if (last < first)
				return fail(p, STRING("a range in [ ] ends before it begins"));
		}
		add_range(n->set, first, last);
	}
	if (inverted)
		invert(n->set);
	return n;
}

static node *group(parser *p)
{
	node *n;

	if (skip(p, '?') && !skip(p, ':'))
		return fail(p, STRING("unknown kind of group"));
	if (++p->nested > MOST_NESTED)
		return fail(p, STRING("too many groups within one another"));
	n = choice(p);
	p->nested--;
	if (!skip(p, ')'))
		return fail(p, STRING("there is no ) for a ("));
	return n;
}

static node *atom(parser *p)
{
	node *n;

	if (skip(p, '('))
		return group(p);
	if (skip(p, '['))
		return brackets(p);
	if (skip(p, '^'))
		return new_node(START_NODE);
	if (skip(p, '$'))
		return new_node(END_NODE);
	if (*p->at == '*' || *p->at == '+' || *p->at == '?' || *p->at == '{')
		return fail(p, STRING("there is nothing to repeat"));

	n = new_node(SET_NODE);
	n->set = new_set();
	if (skip(p, '.')) {
		add_range(n->set, '\n', '\n');
		invert(n->set);
	} else if (*p->at == '\\' && p->end - p->at > 1 && add_kind(n->set, p->at[1])) {
		p->at += 2;
	} else {
		n->kind = CHAR_NODE;
		n->character = skip(p, '\\') ? escaped(p) : decode(&p->at);
	}
	return n;
}

/* A number, or the default if there is none. */
static uint32_t number(parser *p, uint32_t otherwise)
{
	uint32_t n = 0;

	if (p->at == p->end || !is_digit(*p->at))
		return otherwise;
	for (; p->at < p->end && is_digit(*p->at); p->at++) {
		n = n * 10 + (*p->at - '0');
		if (n > MOST_REPEATED) {
			fail(p, STRING("a number of repetitions is greater than 1000"));
			break;
		}
	}
	return n;
}

static node *repetition(parser *p)
{
	node *n, *what = atom(p);
	uint32_t least = 0, most = WITHOUT_END;

	if (skip(p, '+')) {
		least = 1;
	} else if (skip(p, '?')) {
		most = 1;
	} else if (skip(p, '{')) {
		least = number(p, WITHOUT_END);
		most = skip(p, ',') ? number(p, WITHOUT_END) : least;
		if (!skip(p, '}') || least == WITHOUT_END || most < least)
			return fail(p, STRING("a number of repetitions is not {n}, {n,} or {n,m}"));
	} else if (!skip(p, '*')) {
		return what;
	}
	n = new_node(REPETITION);
	n->child = what;
	n->least = least;
	n->most = most;
	n->seldom = skip(p, '?');
	return n;
}

static node *sequence(parser *p)
{
	node *n = new_node(SEQUENCE), **end = &n->child;

	while (p->at < p->end && *p->at != '|' && *p->at != ')') {
		*end = repetition(p);
		end = &(*end)->next;
	}
	return n;
}

static node *choice(parser *p)
{
	node *n = new_node(CHOICE), **end = &n->child;

	do {
		*end = sequence(p);
		end = &(*end)->next;
	} while (skip(p, '|'));
	return n;
}

/* Finds out how many instructions each node needs; returns the number, or one more than there may be. */
static uint32_t measure(node *n)
{
	uint64_t size = n->kind < SEQUENCE, alternatives = 0;

	for (node *child = n->child; child; child = child->next) {
		size += measure(child);
		alternatives++;
	}
	if (n->kind == CHOICE)
		size += 2 * (alternatives - 1);
	if (n->kind == REPETITION && n->most == WITHOUT_END)
		size = (n->least > 1 ? n->least : 1) * size + 1 + (n->least == 0);
	else if (n->kind == REPETITION)
		size = n->least * size + (n->most - n->least) * (size + 1);
	return n->size = size <= MOST_INSTRUCTIONS ? size : MOST_INSTRUCTIONS + 1;
}

static uint32_t emit(program *p, instruction instruction)
{
	p->instructions[p->length] = instruction;
	return p->length++;
}

/* Lets a split go on at `often`, or, less preferred, at `seldom`; or the other way round. */
static void set_split(instruction *split, uint32_t often, uint32_t seldom, bool prefer_seldom)
{
	split->first = prefer_seldom ? seldom : often;
	split->second = prefer_seldom ? often : seldom;
}

static void emit_node(program *p, const node *n);

static void emit_choice(program *p, const node *n)
{
	/* The jumps to the end are chained until it is known. */
	uint32_t jumps = NONE;

	for (const node *child = n->child; child; child = child->next) {
		uint32_t split = p->length;

		if (child->next)
			emit(p, (instruction) {.op = SPLIT});
		emit_node(p, child);
		if (child->next) {
			jumps = emit(p, (instruction) {.op = JUMP, .first = jumps});
			set_split(&p->instructions[split], split + 1, p->length, false);
		}
	}
	while (jumps != NONE) {
		instruction *jump = &p->instructions[jumps];

		jumps = jump->first;
		jump->first = p->length;
	}
}

static void emit_repetition(program *p, const node *n)
{
	bool has_end = n->most != WITHOUT_END;
	/* What has no end is repeated at least once, as the last of these, or can be left out as a whole. */
	uint32_t once = has_end ? n->least : n->least > 1 ? n->least - 1 : 0;
	/* The splits that lead to the end are chained until it is known. */
	uint32_t splits = NONE;

	for (uint32_t i = 0; i < once && n->child->size > 0; i++)
		emit_node(p, n->child);
	if (has_end) {
		for (uint32_t i = n->least; i < n->most; i++) {
			splits = emit(p, (instruction) {.op = SPLIT, .first = splits});
			emit_node(p, n->child);
		}
	} else {
		uint32_t start;

		if (n->least == 0)
			splits = emit(p, (instruction) {.op = SPLIT, .first = splits});
		start = p->length;
		emit_node(p, n->child);
		emit(p, (instruction) {.op = SPLIT});
		set_split(&p->instructions[p->length - 1], start, p->length, n->seldom);
	}
	while (splits != NONE) {
		instruction *split = &p->instructions[splits];
		uint32_t next = split->first;

		set_split(split, splits + 1, p->length, n->seldom);
		splits = next;
	}
}

static void emit_node(program *p, const node *n)
{
	switch (n->kind) {
	case CHAR_NODE:
		emit(p, (instruction) {.op = CHARACTER, .character = n->character});
		break;
	case SET_NODE:
		emit(p, (instruction) {.op = SET, .set = n->set});
		break;
	case START_NODE:
		emit(p, (instruction) {.op = START});
		break;
	case END_NODE:
		emit(p, (instruction) {.op = END});
		break;
	case SEQUENCE:
		for (const node *child = n->child; child; child = child->next)
			emit_node(p, child);
		break;
	case CHOICE:
		emit_choice(p, n);
		break;
	case REPETITION:
		emit_repetition(p, n);
		break;
	}
}

string compile(const uint8_t *pattern, size_t length, program *program)
{
	parser p = {.at = pattern, .end = pattern + length};
	node *tree = choice(&p);

	if (p.error.length == 0 && p.at < p.end)
		p.error = STRING("there is no ( for a )");
	if (p.error.length == 0 && measure(tree) > MOST_INSTRUCTIONS)
		p.error = STRING("the pattern is too large");
	if (p.error.length > 0)
		return p.error;
	program->instructions = allocate(alignof(instruction), (tree->size + 1) * sizeof(instruction));
	program->length = 0;
	emit_node(program, tree);
	emit(program, (instruction) {.op = MATCH});
	return p.error;
}
