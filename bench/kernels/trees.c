/* Grows, counts and frees binary trees recursively. A list of free nodes serves as the allocator. */

#include "kernel.h"

#define DEPTH 9
#define NODES (1 << (DEPTH + 1))

typedef struct node {
	struct node *left, *right;
	int32_t value;
} node;

static node nodes[NODES];
static node *unused;

static NOINLINE node *grow(int32_t depth, int32_t value)
{
	node *tree = unused;

	unused = tree->left;
	tree->value = value;
	tree->left = tree->right = NULL;
	if (depth > 0) {
		tree->left = grow(depth - 1, 2 * value);
		tree->right = grow(depth - 1, 2 * value + 1);
	}
	return tree;
}

static NOINLINE int64_t count(const node *tree)
{
	return tree == NULL ? 0 : tree->value + count(tree->left) - count(tree->right);
}

static NOINLINE void give_back(node *tree)
{
	if (tree->right != NULL)
		give_back(tree->right);
	if (tree->left != NULL)
		give_back(tree->left);
	tree->left = unused;
	unused = tree;
}

int64_t run(int32_t n)
{
	uint64_t sum = 0;

	unused = NULL;
	for (int32_t i = 0; i < NODES; i++) {
		nodes[i].left = unused;
		unused = &nodes[i];
	}
	for (int32_t round = 0; round < n; round++) {
		node *tree = grow(DEPTH, round + 1);

		sum = fold(sum, count(tree));
		give_back(tree);
	}
	return sum;
}
