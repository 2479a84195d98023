/* A bytecode interpreter runs a small program: a table of branches, a stack in memory. */

#include "kernel.h"

enum { STOP, PUSH, LOAD, STORE, ADD, MULTIPLY, HALVE, IS_ODD, LESS, BRANCH, UNLESS };

#define MAX_STACK 16

enum { START, VALUE, STEPS, LIMIT, VARIABLES };

/* The targets of the program's branches. */
enum { NEXT_START = 4, NEXT_STEP = 8, EVEN = 39, IS_ONE = 46, END = 62 };

/* Counts the steps of the Collatz sequences that begin with 1 to the limit. */
static const int32_t program[] = {
	PUSH, 1, STORE, START,
	[NEXT_START] = LOAD, START, STORE, VALUE,
	[NEXT_STEP] = PUSH, 1, LOAD, VALUE, LESS, UNLESS, IS_ONE,
	LOAD, STEPS, PUSH, 1, ADD, STORE, STEPS,
	LOAD, VALUE, IS_ODD, UNLESS, EVEN,
	LOAD, VALUE, PUSH, 3, MULTIPLY, PUSH, 1, ADD, STORE, VALUE, BRANCH, NEXT_STEP,
	[EVEN] = LOAD, VALUE, HALVE, STORE, VALUE, BRANCH, NEXT_STEP,
	[IS_ONE] = LOAD, START, PUSH, 1, ADD, STORE, START,
	LOAD, START, LOAD, LIMIT, LESS, UNLESS, END, BRANCH, NEXT_START,
	[END] = STOP,
};

static int64_t stack[MAX_STACK], variables[VARIABLES];

static void interpret(void)
{
	int64_t *top = stack;

	for (const int32_t *at = program;;) {
		switch (*at++) {
		case PUSH:
			*top++ = *at++;
			break;
		case LOAD:
			*top++ = variables[*at++];
			break;
		case STORE:
			variables[*at++] = *--top;
			break;
		case ADD:
			top--;
			top[-1] += *top;
			break;
		case MULTIPLY:
			top--;
			top[-1] *= *top;
			break;
		case HALVE:
			top[-1] >>= 1;
			break;
		case IS_ODD:
			top[-1] &= 1;
			break;
		case LESS:
			top--;
			top[-1] = top[-1] < *top;
			break;
		case BRANCH:
			at = program + *at;
			break;
		case UNLESS:
			at = *--top == 0 ? program + *at : at + 1;
			break;
		default:
			return;
		}
	}
}

int64_t run(int32_t n)
{
	for (int i = 0; i < VARIABLES; i++)
		variables[i] = 0;
	variables[LIMIT] = n;
	interpret();
	return variables[STEPS];
}
