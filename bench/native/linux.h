/* The kernel itself, through its system calls: loops of the kind that kernel developers use to see how faults and forks scale. */
#pragma once
#include "base.h"
#include <signal.h>
#include <sys/wait.h>

#define LINUX_PAGES 512ul
#define LINUX_PAGE 4096ul

struct linux_place {
  char *at;
  u64 bytes;
  pid_t child;
  int go[2];
};

struct linux_row {
  const char *name;
  bool shared; /* threads of one process; else one process each */
  u64 argument;
  void (*prepare)(struct linux_place *, u64);
  void (*before)(struct linux_place *, u64);
  u64 (*timed)(struct linux_place *, u64);
  void (*after)(struct linux_place *, u64);
};

static char *linux_map(u64 bytes) {
  char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) die("mmap failed");
  madvise(at, bytes, MADV_NOHUGEPAGE);
  return at;
}
static inline void linux_write(char *at, u64 bytes) {
  for (u64 i = 0; i < bytes; i += LINUX_PAGE) WRITE_ONCE(at[i], 1);
}
static inline void linux_read(char *at, u64 bytes) {
  for (u64 i = 0; i < bytes; i += LINUX_PAGE) READ_ONCE(at[i]);
}
static void linux_nothing(struct linux_place *p, u64 argument) {}
static void linux_map_only(struct linux_place *p, u64 pages) { p->at = linux_map(p->bytes = pages * LINUX_PAGE); }
static void linux_map_touch(struct linux_place *p, u64 pages) {
  linux_map_only(p, pages);
  linux_write(p->at, p->bytes);
}
static u64 linux_write_all(struct linux_place *p, u64 pages) {
  linux_write(p->at, p->bytes);
  return pages;
}
static u64 linux_read_all(struct linux_place *p, u64 pages) {
  linux_read(p->at, p->bytes);
  return pages;
}
static void linux_unmap_all(struct linux_place *p, u64 pages) { madvise(p->at, p->bytes, MADV_DONTNEED); }
static u64 linux_fault_unmap(struct linux_place *p, u64 pages) {
  linux_write(p->at, p->bytes);
  madvise(p->at, p->bytes, MADV_DONTNEED);
  return pages;
}
static void linux_end(struct linux_place *p, u64 argument) {
  kill(p->child, SIGKILL);
  waitpid(p->child, NULL, 0);
}
/* A child that only holds the pages. */
static void linux_holder(struct linux_place *p, u64 argument) {
  p->child = fork();
  if (p->child == 0)
    for (;;) pause();
}
static void linux_fork_exit(struct linux_place *p, u64 argument) {
  pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, NULL, 0);
}
static u64 linux_fork(struct linux_place *p, u64 argument) {
  p->child = fork();
  if (p->child == 0) _exit(0);
  return 1;
}
static void linux_wait(struct linux_place *p, u64 argument) { waitpid(p->child, NULL, 0); }
/* A child with pages of its own, which ends when it is told to: with the time to tell it and to hear of its end. */
static void linux_exit_before(struct linux_place *p, u64 pages) {
  int ready[2];
  char byte;
  if (pipe(p->go) != 0 || pipe(ready) != 0) die("pipe failed");
  p->child = fork();
  if (p->child == 0) {
    linux_write(linux_map(pages * LINUX_PAGE), pages * LINUX_PAGE);
    if (write(ready[1], "", 1) != 1 || read(p->go[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  if (read(ready[0], &byte, 1) != 1) die("the child is gone");
  close(ready[0]);
  close(ready[1]);
}
static u64 linux_exit(struct linux_place *p, u64 argument) {
  if (write(p->go[1], "", 1) != 1) die("the child is gone");
  waitpid(p->child, NULL, 0);
  return 1;
}
static void linux_exit_after(struct linux_place *p, u64 argument) {
  close(p->go[0]);
  close(p->go[1]);
}
static u64 linux_split_merge(struct linux_place *p, u64 argument) {
  for (u32 i = 0; i < 64; i++) {
    mprotect(p->at + 8 * LINUX_PAGE, LINUX_PAGE, PROT_READ);
    mprotect(p->at + 8 * LINUX_PAGE, LINUX_PAGE, PROT_READ | PROT_WRITE);
  }
  return 64;
}

static const struct linux_row linux_rows[] = {
    {"fault", false, LINUX_PAGES, linux_map_only, linux_nothing, linux_write_all, linux_unmap_all},
    {"fault-shared", true, LINUX_PAGES, linux_map_only, linux_nothing, linux_write_all, linux_unmap_all},
    {"fault-zero", false, LINUX_PAGES, linux_map_only, linux_nothing, linux_read_all, linux_unmap_all},
    {"fault-zero-shared", true, LINUX_PAGES, linux_map_only, linux_nothing, linux_read_all, linux_unmap_all},
    {"fault-unmap", false, LINUX_PAGES, linux_map_only, linux_nothing, linux_fault_unmap, linux_nothing},
    {"fault-unmap-shared", true, LINUX_PAGES, linux_map_only, linux_nothing, linux_fault_unmap, linux_nothing},
    {"cow-break", false, LINUX_PAGES, linux_map_touch, linux_holder, linux_write_all, linux_end},
    {"cow-reuse", false, LINUX_PAGES, linux_map_touch, linux_fork_exit, linux_write_all, linux_nothing},
    {"fork-1m", false, 256, linux_map_touch, linux_nothing, linux_fork, linux_wait},
    {"fork-10m", false, 2560, linux_map_touch, linux_nothing, linux_fork, linux_wait},
    {"fork-100m", false, 25600, linux_map_touch, linux_nothing, linux_fork, linux_wait},
    {"exit", false, 2560, linux_nothing, linux_exit_before, linux_exit, linux_exit_after},
    {"mprotect-split-merge", false, 16, linux_map_touch, linux_nothing, linux_split_merge, linux_nothing},
};

/* What the processes or threads of a run share. */
struct linux_run {
  pthread_barrier_t barrier;
  u32 stop;
  double seconds;
  double rates[MAX_CPUS];
  const struct linux_row *row;
};
struct linux_worker {
  struct linux_run *run;
  u32 number;
};

static void *linux_work(void *arg) {
  struct linux_worker *worker = arg;
  struct linux_run *run = worker->run;
  const struct linux_row *row = run->row;
  struct linux_place place = {0}, *p = &place;
  u64 operations = 0, spent = 0;
  row->prepare(p, row->argument);
  pthread_barrier_wait(&run->barrier);
  do {
    row->before(p, row->argument);
    u64 from = now_ns();
    operations += row->timed(p, row->argument);
    spent += now_ns() - from;
    row->after(p, row->argument);
  } while (!READ_ONCE(run->stop) && (double)spent < run->seconds * 1e9);
  WRITE_ONCE(run->stop, 1);
  run->rates[worker->number] = (double)operations / (double)spent * 1e9;
  if (p->at) munmap(p->at, p->bytes);
  return NULL;
}

static double linux_measure(const struct linux_row *row, u32 count, double seconds) {
  struct linux_run *run = mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct linux_worker workers[MAX_CPUS];
  pthread_barrierattr_t attribute;
  pid_t pids[MAX_CPUS];
  pthread_t threads[MAX_CPUS];
  double sum = 0;
  pthread_barrierattr_init(&attribute);
  pthread_barrierattr_setpshared(&attribute, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&run->barrier, &attribute, count);
  run->row = row;
  run->seconds = seconds;
  for (u32 i = 0; i < count; i++) {
    workers[i] = (struct linux_worker){run, i};
    if (row->shared) {
      if (pthread_create(&threads[i], NULL, linux_work, &workers[i]) != 0) die("no thread");
    } else if ((pids[i] = fork()) == 0) {
      linux_work(&workers[i]);
      _exit(0);
    }
  }
  for (u32 i = 0; i < count; i++) {
    if (row->shared) pthread_join(threads[i], NULL);
    else waitpid(pids[i], NULL, 0);
    sum += run->rates[i];
  }
  munmap(run, sizeof *run);
  return sum;
}
