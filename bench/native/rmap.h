/* The reverse map: anon_vma, chain, interval tree; fork, unlink, walk. */
#pragma once
#include "lru.h"

struct anon_vma {
  struct object link;
  struct anon_vma *root, *parent;
  u32 rwsem; /* the root's is taken; kept over reuse, as refcount is */
  u32 refcount;
  u32 num_children, num_active_vmas;
  struct node *tree;
} __attribute__((aligned(64)));

struct avc {
  struct object link;
  struct vma *vma;
  struct anon_vma *anon_vma;
  struct avc *next, *prev;
  struct node node;
  u64 subtree_last;
};

static inline struct avc *avc_of(struct node *n) { return container_of(n, struct avc, node); }
static inline u64 avc_start(struct node *n) { return avc_of(n)->vma->pgoff; }
static inline u64 avc_last(struct node *n) { return avc_of(n)->vma->pgoff + vma_pages(avc_of(n)->vma) - 1; }

static inline bool avc_update(struct node *n) {
  u64 last = avc_last(n);
  if (n->left && avc_of(n->left)->subtree_last > last) last = avc_of(n->left)->subtree_last;
  if (n->right && avc_of(n->right)->subtree_last > last) last = avc_of(n->right)->subtree_last;
  if (avc_of(n)->subtree_last == last) return false;
  avc_of(n)->subtree_last = last;
  return true;
}

static void avc_tree_insert(struct anon_vma *anon_vma, struct avc *avc) {
  struct node *parent = NULL;
  u64 start = avc->vma->pgoff;
  bool left = false;
  for (struct node *at = anon_vma->tree; at; at = left ? at->left : at->right) {
    parent = at;
    left = start < avc_start(at);
  }
  avc->subtree_last = 0;
  rb_insert(&anon_vma->tree, &avc->node, parent, left, avc_update);
}

static inline struct node *search_subtree(struct node *n, u64 start, u64 last) {
  for (;;) {
    if (n->left && avc_of(n->left)->subtree_last >= start) {
      n = n->left;
      continue;
    }
    if (avc_start(n) > last) return NULL;
    if (avc_last(n) >= start) return n;
    n = n->right;
    if (!n || avc_of(n)->subtree_last < start) return NULL;
  }
}

static inline struct node *interval_first(struct anon_vma *anon_vma, u64 start, u64 last) {
  struct node *n = anon_vma->tree;
  return n && avc_of(n)->subtree_last >= start ? search_subtree(n, start, last) : NULL;
}

static inline struct node *interval_next(struct node *n, u64 start, u64 last) {
  if (n->right && avc_of(n->right)->subtree_last >= start) return search_subtree(n->right, start, last);
  for (;;) {
    struct node *parent = n->parent;
    if (!parent) return NULL;
    bool from_left = parent->left == n;
    n = parent;
    if (!from_left) continue;
    if (avc_start(n) > last) return NULL;
    if (avc_last(n) >= start) return n;
    if (n->right && avc_of(n->right)->subtree_last >= start) return search_subtree(n->right, start, last);
  }
}

/* ---- anon_vmas and their links -------------------------------------------------------------------------- */
static struct anon_vma *anon_vma_alloc(struct cpu *cpu) {
  struct anon_vma *anon_vma = slab_alloc(cpu, SLAB_ANON_VMA);
  anon_vma->parent = anon_vma;
  anon_vma->num_children = anon_vma->num_active_vmas = 0;
  anon_vma->tree = NULL;
  smp_store_release(&anon_vma->root, anon_vma);
  smp_store_release(&anon_vma->refcount, 1);
  return anon_vma;
}

static void anon_vma_free(struct cpu *cpu, struct anon_vma *anon_vma) {
  if (READ_ONCE(anon_vma->root->rwsem)) {
    down_write(&anon_vma->root->rwsem);
    up_write(&anon_vma->root->rwsem);
  }
  slab_free(cpu, SLAB_ANON_VMA, anon_vma);
}

static void put_anon_vma(struct cpu *cpu, struct anon_vma *anon_vma) {
  if (atomic_sub(&anon_vma->refcount, 1) != 1) return;
  struct anon_vma *root = anon_vma->root;
  anon_vma_free(cpu, anon_vma);
  if (root != anon_vma && atomic_sub(&root->refcount, 1) == 1) anon_vma_free(cpu, root);
}

static void avc_link(struct vma *vma, struct avc *avc, struct anon_vma *anon_vma) {
  avc->vma = vma;
  avc->anon_vma = anon_vma;
  avc->prev = NULL;
  avc->next = vma->avc_first;
  if (vma->avc_first) vma->avc_first->prev = avc;
  else vma->avc_last = avc;
  vma->avc_first = avc;
  avc_tree_insert(anon_vma, avc);
}

static void avc_unlist(struct vma *vma, struct avc *avc) {
  if (avc->prev) avc->prev->next = avc->next;
  else vma->avc_first = avc->next;
  if (avc->next) avc->next->prev = avc->prev;
  else vma->avc_last = avc->prev;
}

static void avc_untree(struct avc *avc) { rb_erase(&avc->anon_vma->tree, &avc->node, avc_update); }
static inline bool chain_is_singular(const struct vma *vma) { return vma->avc_first && vma->avc_first == vma->avc_last; }

static bool anon_vma_compatible(const struct vma *a, const struct vma *b) {
  return a->end == b->start && a->file == b->file && !((a->flags ^ b->flags) & ~VM_ACCESS) && b->pgoff == a->pgoff + vma_pages(a);
}

static struct anon_vma *find_mergeable_anon_vma(struct vma *vma) {
  if (vma->next && anon_vma_compatible(vma, vma->next) && vma->next->anon_vma && chain_is_singular(vma->next)) return vma->next->anon_vma;
  if (vma->prev && anon_vma_compatible(vma->prev, vma) && vma->prev->anon_vma && chain_is_singular(vma->prev)) return vma->prev->anon_vma;
  return NULL;
}

static __attribute__((noinline)) void anon_vma_prepare_slow(struct cpu *cpu, struct vma *vma) {
  struct avc *avc = slab_alloc(cpu, SLAB_AVC);
  struct anon_vma *fresh = NULL, *anon_vma = find_mergeable_anon_vma(vma);
  if (!anon_vma) {
    anon_vma = fresh = anon_vma_alloc(cpu);
    fresh->num_children = 1;
  }
  down_write(&anon_vma->root->rwsem);
  spin_lock(&vma->mm->page_table_lock);
  bool won = !vma->anon_vma;
  if (won) {
    smp_store_release(&vma->anon_vma, anon_vma);
    avc_link(vma, avc, anon_vma);
    anon_vma->num_active_vmas++;
  }
  spin_unlock(&vma->mm->page_table_lock);
  up_write(&anon_vma->root->rwsem);
  if (!won) {
    if (fresh) put_anon_vma(cpu, fresh);
    slab_free(cpu, SLAB_AVC, avc);
  }
}

static void unlink_anon_vmas(struct cpu *cpu, struct vma *vma) {
  if (!vma->avc_first) return;
  struct anon_vma *root = vma->avc_first->anon_vma->root;
  down_write(&root->rwsem);
  for (struct avc *avc = vma->avc_first, *next; avc; avc = next) {
    next = avc->next;
    avc_untree(avc);
    if (!avc->anon_vma->tree) {
      avc->anon_vma->parent->num_children--;
      continue;
    }
    avc_unlist(vma, avc);
    slab_free(cpu, SLAB_AVC, avc);
  }
  if (vma->anon_vma) {
    vma->anon_vma->num_active_vmas--;
    vma->anon_vma = NULL;
  }
  up_write(&root->rwsem);
  for (struct avc *avc = vma->avc_first, *next; avc; avc = next) {
    struct anon_vma *anon_vma = avc->anon_vma;
    next = avc->next;
    avc_unlist(vma, avc);
    slab_free(cpu, SLAB_AVC, avc);
    put_anon_vma(cpu, anon_vma);
  }
}

static void anon_vma_clone(struct cpu *cpu, struct vma *dst, struct vma *src) {
  struct anon_vma *root = NULL;
  for (struct avc *at = src->avc_last; at; at = at->prev) {
    struct anon_vma *anon_vma = at->anon_vma;
    if (!root) {
      root = anon_vma->root;
      down_write(&root->rwsem);
    }
    avc_link(dst, slab_alloc(cpu, SLAB_AVC), anon_vma);
    if (!dst->anon_vma && src->anon_vma && anon_vma->num_children < 2 && anon_vma->num_active_vmas == 0) dst->anon_vma = anon_vma;
  }
  if (dst->anon_vma) dst->anon_vma->num_active_vmas++;
  if (root) up_write(&root->rwsem);
}

static void anon_vma_fork(struct cpu *cpu, struct vma *vma, struct vma *parent) {
  vma->anon_vma = NULL;
  vma->avc_first = vma->avc_last = NULL;
  if (!parent->anon_vma) return;
  anon_vma_clone(cpu, vma, parent);
  if (vma->anon_vma) return; /* an old one is reused */
  struct anon_vma *anon_vma = anon_vma_alloc(cpu);
  struct avc *avc = slab_alloc(cpu, SLAB_AVC);
  anon_vma->num_active_vmas = 1;
  smp_store_release(&anon_vma->root, parent->anon_vma->root);
  anon_vma->parent = parent->anon_vma;
  atomic_add(&anon_vma->root->refcount, 1);
  vma->anon_vma = anon_vma;
  down_write(&anon_vma->root->rwsem);
  avc_link(vma, avc, anon_vma);
  parent->anon_vma->num_children++;
  up_write(&anon_vma->root->rwsem);
}

/* ---- pages ----------------------------------------------------------------------------------------------- */
static inline bool page_anon(const struct page *page) { return READ_ONCE(page->mapping) & MAPPING_ANON; }
static inline struct anon_vma *page_anon_vma(uintptr_t mapping) { return (struct anon_vma *)(mapping & ~3ul); }
static inline u64 linear_index(const struct vma *vma, u64 address) { return vma->pgoff + ((address - vma->start) >> PAGE_SHIFT); }

static inline void add_new_anon_rmap(struct cpu *cpu, struct page *page, struct vma *vma, u64 address) {
  page->index = linear_index(vma, address);
  page->mapping = (uintptr_t)vma->anon_vma | MAPPING_ANON;
  page->mapcount = 1;
  page->flags |= PG_SWAPBACKED | PG_EXCLUSIVE | PG_UPTODATE;
  cpu->anon_delta++;
}

static inline bool page_trylock(struct page *page) { return !(atomic_or(&page->flags, PG_LOCKED) & PG_LOCKED); }
static inline void page_lock(struct page *page) {
  for (u32 turn = 0; !page_trylock(page); turn++) cpu_relax(turn);
}
static inline void page_unlock(struct page *page) { atomic_and(&page->flags, ~PG_LOCKED); }

static struct anon_vma *lock_anon_vma_read(struct cpu *cpu, struct page *page) {
  uintptr_t mapping = READ_ONCE(page->mapping);
  if ((mapping & 3) != MAPPING_ANON || !READ_ONCE(page->mapcount)) return NULL;
  struct anon_vma *anon_vma = page_anon_vma(mapping), *root = READ_ONCE(anon_vma->root);
  if (down_read_trylock(&root->rwsem)) {
    if (READ_ONCE(page->mapcount)) return anon_vma;
    up_read(&root->rwsem);
    return NULL;
  }
  if (!inc_not_zero(&anon_vma->refcount)) return NULL;
  if (!READ_ONCE(page->mapcount)) {
    put_anon_vma(cpu, anon_vma);
    return NULL;
  }
  down_read(&anon_vma->root->rwsem);
  atomic_sub(&anon_vma->refcount, 1);
  return anon_vma;
}

/* Calls `one` for every VMA that may map the page, until it answers false. The page is locked. */
typedef bool (*visit_fn)(struct cpu *, struct page *, struct vma *, u64 address);
static inline __attribute__((always_inline)) void rmap_walk(struct cpu *cpu, struct page *page, visit_fn one) {
  cpu->stat_walks++;
  struct anon_vma *anon_vma = lock_anon_vma_read(cpu, page);
  if (!anon_vma) return;
  u64 index = page->index;
  for (struct node *n = interval_first(anon_vma, index, index); n; n = interval_next(n, index, index)) {
    struct vma *vma = avc_of(n)->vma;
    cpu->stat_visited++;
    if (!one(cpu, page, vma, vma->start + ((index - vma->pgoff) << PAGE_SHIFT))) break;
  }
  up_read(&anon_vma->root->rwsem);
}

/* The leaf's upper entry, its lock held, when `vma` really maps the page at `address`; or 0. */
static inline u64 lock_if_mapped(struct page *page, struct vma *vma, u64 address) {
  u64 leaf = leaf_of(vma->mm, address);
  if (!leaf) return 0;
  spin_lock(ptl_of(leaf));
  u64 pte = *pte_at(leaf, address);
  if ((pte & PTE_PRESENT) && !(pte & PTE_ZERO) && pte_page(pte) == page) return leaf;
  spin_unlock(ptl_of(leaf));
  return 0;
}
