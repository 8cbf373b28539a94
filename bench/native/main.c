/*
 * The engine's operations in C, by Linux's protocol: what `rmap bench` holds the WebAssembly engine against.
 *
 *   cc -O3 -march=native -pthread main.c -o native
 *   ./native          the operations in C
 *   ./native linux    the kernel itself, as far as system calls reach it
 *
 * Commands on stdin, one answer a line on stdout:
 *
 *   row NAME CPUS     prepares a row for up to CPUS threads       ok | none
 *   run CPUS SECONDS  runs rounds until one CPU has timed SECONDS  OPERATIONS-PER-SECOND, of all CPUs together
 *
 * The data structures are those of the engine and of Linux: struct page of a cache line, buddy allocator behind per-CPU page
 * lists, four levels of page tables with a lock for each leaf, VMAs in a balanced tree with a lock each, anon_vma and chain
 * with interval trees, LRU lists filled in batches. The orders are Linux's too: acquire to take a lock, release to give it.
 * What has no place in user space (interrupts, preemption, memory cgroups, TLB flushes, clearing 4 KiB) is left out on both
 * sides: a frame holds one word.
 */
#include "linux.h"
#include "rows.h"

#define FRAMES (1200ull << 10)
#define ARENA_PAGES (24ull << 10)

static pthread_barrier_t barrier;
static struct place places[MAX_CPUS];
static const struct row *current;
static double window;
static u32 stop __attribute__((aligned(64)));
static double rates[MAX_CPUS];

static void *reserve(u64 bytes) {
  char *at = mmap(NULL, bytes + (2 << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) die("out of memory");
  at = (char *)(((uintptr_t)at + (2 << 20) - 1) & ~(uintptr_t)((2 << 20) - 1));
  madvise(at, bytes, MADV_HUGEPAGE); /* as the kernel's own mapping of memory */
  return at;
}

static void boot(void) {
  mem_map = reserve((FRAMES + 1) * sizeof *mem_map);
  arena_map = reserve(ARENA_PAGES * sizeof *arena_map);
  content = reserve((FRAMES + 1) * sizeof *content);
  arena_base = reserve(ARENA_PAGES * PAGE_SIZE);
  zone_init(&frames, mem_map + 1, FRAMES);
  zone_init(&arena, arena_map, ARENA_PAGES);
  slab_init(SLAB_MM, sizeof(struct mm));
  slab_init(SLAB_VMA, sizeof(struct vma));
  slab_init(SLAB_ANON_VMA, sizeof(struct anon_vma));
  slab_init(SLAB_AVC, sizeof(struct avc));
  swap_init(65536);
  for (u32 i = 0; i < MAX_CPUS; i++) cpus[i].number = lruvecs[i].number = i;
}

static void finish(void) {
  if (!current) return;
  for (u32 i = 0; i < cpu_count; i++) {
    struct place *p = &places[i];
    current->finish(p, current->argument);
    lru_drain(p->cpu);
    if (i == 0 || !current->shared) exit_mm(p->cpu, p->mm);
    free(p->pages);
    free(p->others);
  }
  /* A fast wrong answer is no answer: everything must be gone again. */
  i64 frames_left = 0, anon_left = 0, objects_left = 0, tables_left = 0;
  for (u32 i = 0; i < MAX_CPUS; i++) {
    frames_left += cpus[i].stat_frames;
    anon_left += cpus[i].anon_delta;
    tables_left += cpus[i].stat_tables;
    for (u32 cache = 0; cache < SLAB_CACHES; cache++) objects_left += cpus[i].stat_objects[cache];
    cpus[i].epoch = 0;
  }
  if (frames_left || anon_left || objects_left || tables_left) die("something is left over");
  memset(places, 0, sizeof places);
  current = NULL;
}

static bool start(const char *name, u32 count) {
  finish();
  for (u32 i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strcmp(rows[i].name, name) == 0) current = &rows[i];
  if (!current) return false;
  cpu_count = count;
  for (u32 i = 0; i < count; i++) {
    struct place *p = &places[i];
    p->cpu = &cpus[i];
    p->mm = current->shared && i > 0 ? places[0].mm : mm_alloc(p->cpu);
    p->at = AT + (u64)i * (1ull << 30);
    current->prepare(p, current->argument);
  }
  for (u32 i = 0; i < count; i++) cpus[i].epoch = 0; /* idle until they run */
  return true;
}

static void *work(void *arg) {
  struct place *p = arg;
  const struct row *row = current;
  u64 operations = 0, spent = 0;
  pthread_barrier_wait(&barrier);
  p->cpu->epoch = rcu_epoch;
  do {
    row->before(p, row->argument);
    u64 from = now_ns();
    operations += row->timed(p, row->argument);
    spent += now_ns() - from;
    row->after(p, row->argument);
  } while (!READ_ONCE(stop) && (double)spent < window * 1e9);
  WRITE_ONCE(stop, 1); /* nobody runs on alone */
  p->cpu->epoch = 0;
  rates[p->cpu->number] = (double)operations / (double)spent * 1e9;
  return NULL;
}

static double run(u32 count, double seconds) {
  pthread_t threads[MAX_CPUS];
  window = seconds;
  stop = 0;
  pthread_barrier_init(&barrier, NULL, count);
  for (u32 i = 1; i < count; i++)
    if (pthread_create(&threads[i], NULL, work, &places[i]) != 0) die("no thread");
  work(&places[0]);
  for (u32 i = 1; i < count; i++) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&barrier);
  double sum = 0;
  for (u32 i = 0; i < count; i++) sum += rates[i];
  return sum;
}

static bool start_linux(const struct linux_row **row, const char *name) {
  *row = NULL;
  for (u32 i = 0; i < sizeof linux_rows / sizeof *linux_rows; i++)
    if (strcmp(linux_rows[i].name, name) == 0) *row = &linux_rows[i];
  return *row != NULL;
}

int main(int arguments, char **argument) {
  char line[256], name[64];
  unsigned count;
  double seconds;
  const struct linux_row *linux_row = NULL;
  bool of_linux = arguments > 1 && strcmp(argument[1], "linux") == 0;
  if (!of_linux) boot();
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "row %63s %u", name, &count) == 2 && count >= 1 && count <= MAX_CPUS) printf("%s\n", (of_linux ? start_linux(&linux_row, name) : start(name, count)) ? "ok" : "none");
    else if (sscanf(line, "run %u %lf", &count, &seconds) != 2 || count < 1 || count > MAX_CPUS) printf("error\n");
    else if (of_linux && linux_row) printf("%.6g\n", linux_measure(linux_row, count, seconds));
    else if (current && count <= cpu_count) printf("%.6g\n", run(count, seconds));
    else printf("error\n");
    fflush(stdout);
  }
  return 0;
}
