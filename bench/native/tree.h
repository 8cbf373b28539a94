/* Red-black trees with a summary of each subtree (Cormen, Leiserson, Rivest, Stein, chapter 13). The callback is a constant
 * at every call, so that the compiler puts it in place. */
#pragma once
#include "base.h"

struct node {
  struct node *parent, *left, *right;
  u64 black;
};

typedef bool (*update_fn)(struct node *); /* computes a node's summary; whether it changed */
#define TREE static inline __attribute__((always_inline))

static inline bool is_black(const struct node *n) { return !n || n->black; }

TREE void replace_child(struct node **root, struct node *parent, struct node *from, struct node *to) {
  if (!parent) WRITE_ONCE(*root, to);
  else if (parent->left == from) WRITE_ONCE(parent->left, to);
  else WRITE_ONCE(parent->right, to);
}

TREE void rotate_left(struct node **root, struct node *n, update_fn update) {
  struct node *up = n->right, *middle = up->left;
  WRITE_ONCE(n->right, middle);
  if (middle) middle->parent = n;
  up->parent = n->parent;
  replace_child(root, n->parent, n, up);
  WRITE_ONCE(up->left, n);
  n->parent = up;
  update(n);
  update(up);
}

TREE void rotate_right(struct node **root, struct node *n, update_fn update) {
  struct node *up = n->left, *middle = up->right;
  WRITE_ONCE(n->left, middle);
  if (middle) middle->parent = n;
  up->parent = n->parent;
  replace_child(root, n->parent, n, up);
  WRITE_ONCE(up->right, n);
  n->parent = up;
  update(n);
  update(up);
}

TREE void rb_propagate(struct node *n, update_fn update) {
  while (n && update(n)) n = n->parent;
}

TREE void rb_insert(struct node **root, struct node *n, struct node *parent, bool left, update_fn update) {
  n->parent = parent;
  n->left = n->right = NULL;
  n->black = 0;
  update(n);
  if (!parent) WRITE_ONCE(*root, n);
  else if (left) WRITE_ONCE(parent->left, n);
  else WRITE_ONCE(parent->right, n);
  rb_propagate(parent, update);
  while (!is_black(n->parent)) {
    struct node *p = n->parent, *grand = p->parent;
    bool is_left = p == grand->left;
    struct node *uncle = is_left ? grand->right : grand->left;
    if (!is_black(uncle)) {
      p->black = uncle->black = 1;
      grand->black = 0;
      n = grand;
      continue;
    }
    if (n == (is_left ? p->right : p->left)) {
      n = p;
      if (is_left) rotate_left(root, n, update);
      else rotate_right(root, n, update);
      p = n->parent;
    }
    p->black = 1;
    grand->black = 0;
    if (is_left) rotate_right(root, grand, update);
    else rotate_left(root, grand, update);
  }
  (*root)->black = 1;
}

TREE void rb_erase(struct node **root, struct node *n, update_fn update) {
  struct node *child, *parent;
  bool black;
  if (n->left && n->right) {
    struct node *heir = n->right;
    while (heir->left) heir = heir->left;
    child = heir->right;
    black = heir->black;
    parent = heir->parent;
    if (parent == n) {
      parent = heir;
    } else {
      WRITE_ONCE(parent->left, child);
      if (child) child->parent = parent;
      WRITE_ONCE(heir->right, n->right);
      n->right->parent = heir;
    }
    WRITE_ONCE(heir->left, n->left);
    n->left->parent = heir;
    replace_child(root, n->parent, n, heir);
    heir->parent = n->parent;
    heir->black = n->black;
  } else {
    child = n->left ? n->left : n->right;
    parent = n->parent;
    black = n->black;
    replace_child(root, parent, n, child);
    if (child) child->parent = parent;
  }
  for (struct node *at = parent; at; at = at->parent) update(at);
  if (!black) return;
  n = child;
  while (parent && is_black(n)) {
    bool is_left = n == parent->left;
    struct node *sibling = is_left ? parent->right : parent->left;
    if (!is_black(sibling)) {
      sibling->black = 1;
      parent->black = 0;
      if (is_left) rotate_left(root, parent, update);
      else rotate_right(root, parent, update);
      sibling = is_left ? parent->right : parent->left;
    }
    struct node *far = is_left ? sibling->right : sibling->left, *near = is_left ? sibling->left : sibling->right;
    if (is_black(far) && is_black(near)) {
      sibling->black = 0;
      n = parent;
      parent = n->parent;
      continue;
    }
    if (is_black(far)) {
      near->black = 1;
      sibling->black = 0;
      if (is_left) rotate_right(root, sibling, update);
      else rotate_left(root, sibling, update);
      sibling = is_left ? parent->right : parent->left;
    }
    sibling->black = parent->black;
    parent->black = 1;
    far = is_left ? sibling->right : sibling->left;
    if (far) far->black = 1;
    if (is_left) rotate_left(root, parent, update);
    else rotate_right(root, parent, update);
    return;
  }
  if (n) n->black = 1;
}
