/*
 * What the running kernel makes of an .ops script: the other side of the comparison in test/kernel.
 *
 *   cc -O1 -o oracle oracle.c && ./oracle < script.ops > answer.json        (Linux, as root)
 *
 * Every process of the script is a process here. The program itself keeps out of their way: it hands each
 * operation over through a mailbox in shared memory, waits for the outcome, and at every `dump` reads from
 * /proc what the kernel knows. Processes are made with CLONE_PARENT, so that all of them are this program's
 * children and can be waited for.
 *
 * Scripts come from the project's own printer: words are expected to be in place, and only what cannot be
 * done is refused (exit code 2): a heap in two places, addresses that the kernel would choose (`any`),
 * `reclaim`, `swapoff` and `migrate`. Exit code 1: something went wrong that has nothing to do with the
 * script.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 32, WORDS = 10, PAGES = 4096, PAGE = 4096, FILE_PAGES = 256, FRAME_SLOTS = 1 << 18 };
/* Where page 0 of the scripts is; for a script with a heap, where place_window() puts it. */
static uint64_t window = 0x100000000000;
/* Seconds after which a script is given up. */
enum { TIME_LIMIT = 300 };
static const char FILE_NAME[] = "rmap-script";

static int file;
static int line_number;

static _Noreturn void give_up(int code, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  fprintf(stderr, "oracle: ");
  if (line_number > 0) fprintf(stderr, "line %d: ", line_number);
  vfprintf(stderr, format, list);
  fprintf(stderr, "\n");
  exit(code);
}

/* ---- operations, as they are handed to a process ---- */

enum verb {
  MMAP, MUNMAP, MPROTECT, MREMAP, READ, WRITE, TOUCH, MADVISE, MLOCK, MUNLOCK, HEAP, BRK, CPU, FORK, EXIT,
};

struct request {
  enum verb verb;
  uint64_t page, pages, other, value;
  int rights, flags;
};

/* Outcomes are 0, an errno, or -signal; a fork's is its errno, and the child stands in `made`. */
struct mailbox {
  _Atomic uint32_t turn;
  int outcome;
  pid_t made;
  struct request request;
};

enum { IDLE, ASKED, ANSWERED };
static struct mailbox *mailboxes;

static void wait_while(_Atomic uint32_t *word, uint32_t value)
{
  struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };
  if (atomic_load(word) == value) syscall(SYS_futex, word, FUTEX_WAIT, value, &nap, NULL, 0);
}

static void set_turn(struct mailbox *box, uint32_t turn)
{
  atomic_store(&box->turn, turn);
  syscall(SYS_futex, &box->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* ---- inside a process of the script ---- */

static sigjmp_buf before_access;
static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
  signalled = number;
  siglongjmp(before_access, 1);
}

static char *address_of(uint64_t page) { return (char *)(window + page * PAGE); }

/* The compiler does not know that it is zero: adding it stays a store that changes nothing. */
static volatile uint64_t nothing;

static int access_pages(uint64_t page, uint64_t pages, enum verb verb, int writes, uint64_t value)
{
  if (sigsetjmp(before_access, 1)) return -signalled;
  for (volatile uint64_t at = page; at < page + pages; at++) {
    volatile uint64_t *word = (volatile uint64_t *)address_of(at);
    if (verb == WRITE) *word = value;
    else if (writes) __atomic_fetch_add(word, nothing, __ATOMIC_SEQ_CST);
    else (void)*word;
  }
  return 0;
}

/* The heap starts where the kernel put it: the window has been placed accordingly. */
static int set_heap(uint64_t page)
{
  return (char *)syscall(SYS_brk, 0) == address_of(page) ? 0 : EINVAL;
}

static void serve(int number);

static int fork_process(struct mailbox *box, int child)
{
  long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) return errno;
  if (pid == 0) serve(child);
  box->made = pid;
  return 0;
}

static int on_cpu(uint64_t number)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number % sysconf(_SC_NPROCESSORS_ONLN), &set);
  /* A container may not have that one: where it runs then is no matter of the script's outcome. */
  (void)sched_setaffinity(0, sizeof set, &set);
  return 0;
}

static int perform(struct mailbox *box)
{
  const struct request *r = &box->request;
  char *at = address_of(r->page);
  size_t bytes = r->pages * PAGE;
  int failed = 0;
  switch (r->verb) {
  case MMAP: {
    int anonymous = r->flags & MAP_ANONYMOUS;
    failed = mmap(at, bytes, r->rights, r->flags, anonymous ? -1 : file, r->value * PAGE) == MAP_FAILED;
    break;
  }
  case MUNMAP: failed = munmap(at, bytes); break;
  case MPROTECT: failed = mprotect(at, bytes, r->rights); break;
  case MREMAP: {
    char *to = r->flags & MREMAP_FIXED ? address_of(r->value) : NULL;
    failed = mremap(at, bytes, r->other * PAGE, r->flags, to) == MAP_FAILED;
    break;
  }
  case READ: case WRITE: case TOUCH: return access_pages(r->page, r->pages, r->verb, r->flags, r->value);
  case MADVISE: failed = madvise(at, bytes, r->flags); break;
  case MLOCK: failed = mlock(at, bytes); break;
  case MUNLOCK: failed = munlock(at, bytes); break;
  case HEAP: return set_heap(r->page);
  case BRK: return (char *)syscall(SYS_brk, at) == at ? 0 : ENOMEM;
  case CPU: return on_cpu(r->value);
  case FORK: return fork_process(box, r->value);
  case EXIT: _exit(0);
  }
  return failed ? errno : 0;
}

static void serve(int number)
{
  struct mailbox *box = &mailboxes[number];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    uint32_t turn;
    while ((turn = atomic_load(&box->turn)) != ASKED) wait_while(&box->turn, turn);
    box->outcome = perform(box);
    set_turn(box, ANSWERED);
  }
}

/* ---- what the script says ---- */

struct words {
  char *word[WORDS];
  int count;
};

static const char *word(const struct words *w, int index)
{
  if (index >= w->count) give_up(2, "a word is missing at place %d", index + 1);
  return w->word[index];
}

static uint64_t number(const struct words *w, int index)
{
  char *end;
  const char *text = word(w, index);
  uint64_t value = strtoull(text, &end, 0);
  if (*text == 0 || *end != 0) give_up(2, "\"%s\" is no number", text);
  return value;
}

static int is(const struct words *w, int index, const char *text)
{
  return index < w->count && strcmp(w->word[index], text) == 0;
}

struct name { const char *text; int value; };

static int named(const struct name *names, const char *text)
{
  for (; names->text; names++) if (strcmp(names->text, text) == 0) return names->value;
  give_up(2, "\"%s\" is not known here", text);
}

static const struct name VERBS[] = {
  { "mmap", MMAP }, { "munmap", MUNMAP }, { "mprotect", MPROTECT }, { "mremap", MREMAP }, { "read", READ },
  { "write", WRITE }, { "touch", TOUCH }, { "madvise", MADVISE }, { "mlock", MLOCK }, { "munlock", MUNLOCK },
  { "heap", HEAP }, { "brk", BRK }, { "fork", FORK }, { "exit", EXIT }, { NULL, 0 },
};
static const struct name RIGHTS[] = {
  { "rw", PROT_READ | PROT_WRITE }, { "r", PROT_READ }, { "none", PROT_NONE }, { NULL, 0 },
};
static const struct name ADVICES[] = {
  { "dontneed", MADV_DONTNEED }, { "free", MADV_FREE },
  { "dontfork", MADV_DONTFORK }, { "dofork", MADV_DOFORK },
  { "mergeable", MADV_MERGEABLE }, { "unmergeable", MADV_UNMERGEABLE }, { "wipeonfork", MADV_WIPEONFORK },
  { "keeponfork", MADV_KEEPONFORK }, { "cold", MADV_COLD }, { "pageout", MADV_PAGEOUT }, { NULL, 0 },
};

/* The operation of the line `P verb …`. */
static struct request request_of(const struct words *w)
{
  struct request r = { .verb = named(VERBS, word(w, 1)), .pages = 1 };
  if (r.verb == EXIT) return r;
  if (r.verb == FORK) {
    r.value = number(w, 2);
    return r;
  }
  if (is(w, 2, "any") || is(w, 5, "any")) give_up(2, "the kernel would choose an address out of the window");
  r.page = number(w, 2);
  if (r.verb == WRITE) r.value = number(w, 3);
  if (r.verb == READ || r.verb == WRITE || r.verb == HEAP || r.verb == BRK) return r;
  r.pages = number(w, 3);
  if (r.verb == MMAP || r.verb == MPROTECT) r.rights = named(RIGHTS, word(w, 4));
  if (r.verb == MADVISE) r.flags = named(ADVICES, word(w, 4));
  if (r.verb == TOUCH) r.flags = is(w, 4, "w");
  if (r.verb == MMAP) {
    r.flags = MAP_FIXED | (is(w, 5, "shared") ? MAP_SHARED : MAP_PRIVATE);
    if (is(w, 6, "anon")) r.flags |= MAP_ANONYMOUS | (is(w, 7, "stack") ? MAP_GROWSDOWN : 0);
    else r.value = number(w, 7);
  }
  if (r.verb == MREMAP) {
    r.other = number(w, 4);
    if (w->count > 5) {
      r.flags = MREMAP_MAYMOVE | MREMAP_FIXED | (is(w, 6, "keep") ? MREMAP_DONTUNMAP : 0);
      r.value = number(w, 5);
    }
  }
  return r;
}

/* ---- the script's processes, from outside ---- */

static pid_t pids[PROCESSES];

static int ask(int process, struct request request)
{
  struct mailbox *box = &mailboxes[process];
  box->request = request;
  set_turn(box, ASKED);
  while (atomic_load(&box->turn) == ASKED) {
    wait_while(&box->turn, ASKED);
    if (atomic_load(&box->turn) == ASKED && waitpid(pids[process], NULL, WNOHANG) != 0) {
      pids[process] = 0;
      if (request.verb != EXIT) give_up(1, "process %d has died", process);
      return 0;
    }
  }
  return box->outcome;
}

static int process_of(const struct words *w, int index)
{
  uint64_t process = number(w, index);
  if (process >= PROCESSES || pids[process] == 0) give_up(2, "there is no process %s", word(w, index));
  return process;
}

static int run_process_line(const struct words *w)
{
  int process = process_of(w, 0);
  struct request request = request_of(w);
  if (request.verb == EXIT) {
    set_turn(&mailboxes[process], IDLE);
    mailboxes[process].request = request;
    set_turn(&mailboxes[process], ASKED);
    if (waitpid(pids[process], NULL, 0) < 0) give_up(1, "process %d cannot be waited for", process);
    pids[process] = 0;
    return 0;
  }
  if (request.verb == FORK && (request.value >= PROCESSES || pids[request.value]))
    give_up(2, "process %s cannot be made", word(w, 2));
  int outcome = ask(process, request);
  if (request.verb == FORK && outcome == 0) pids[request.value] = mailboxes[process].made;
  return outcome;
}

/* ---- merging of equal pages ---- */

static long ksm_setting(const char *name, long value)
{
  char path[96], text[32];
  snprintf(path, sizeof path, "/sys/kernel/mm/ksm/%s", name);
  int fd = open(path, value < 0 ? O_RDONLY : O_WRONLY);
  if (fd < 0) give_up(1, "%s: %s", path, strerror(errno));
  if (value < 0) {
    ssize_t length = read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    value = atol(text);
  } else if (dprintf(fd, "%ld", value) < 0) give_up(1, "%s: %s", path, strerror(errno));
  close(fd);
  return value;
}

enum { SCANS = 5, LOOK_EVERY_US = 4000, STANDSTILL_US = 400 * 1000 };

/*
 * Five complete scans. Pages are taken as they are: with smart_scan whether one is looked at depends on its
 * past. Where no process wants merging no scan ever ends, which shows as a standstill.
 */
static void merge_equal_pages(int wanted)
{
  if (!wanted) return;
  long smart = access("/sys/kernel/mm/ksm/smart_scan", W_OK) == 0 ? ksm_setting("smart_scan", -1) : 0;
  long batch = ksm_setting("pages_to_scan", -1), nap = ksm_setting("sleep_millisecs", -1);
  if (smart) ksm_setting("smart_scan", 0);
  ksm_setting("pages_to_scan", 20000);
  ksm_setting("sleep_millisecs", 1);
  ksm_setting("run", 1);
  long seen = ksm_setting("full_scans", -1), last = seen + SCANS;
  for (int still = 0; seen < last && still < STANDSTILL_US; still += LOOK_EVERY_US) {
    usleep(LOOK_EVERY_US);
    long now = ksm_setting("full_scans", -1);
    if (now != seen) still = 0;
    seen = now;
  }
  ksm_setting("run", 0);
  ksm_setting("pages_to_scan", batch);
  ksm_setting("sleep_millisecs", nap);
  if (smart) ksm_setting("smart_scan", smart);
}

/* ---- snapshots ---- */

static struct { uint64_t pfn; int round, id; } frame_slots[FRAME_SLOTS];
static int frame_round, frame_count;

/* Frames are numbered as they appear in a snapshot. */
static int frame_number(uint64_t pfn)
{
  uint32_t slot = (uint32_t)(pfn * 0x9e3779b97f4a7c15u >> 40) % FRAME_SLOTS;
  while (frame_slots[slot].round == frame_round && frame_slots[slot].pfn != pfn)
    slot = (slot + 1) % FRAME_SLOTS;
  if (frame_slots[slot].round != frame_round) {
    frame_slots[slot].round = frame_round;
    frame_slots[slot].pfn = pfn;
    frame_slots[slot].id = frame_count++;
  }
  return frame_slots[slot].id;
}

static int open_proc(pid_t pid, const char *name)
{
  char path[64];
  if (pid) snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  else snprintf(path, sizeof path, "/proc/%s", name);
  int fd = open(path, O_RDONLY);
  if (fd < 0) give_up(1, "%s: %s", path, strerror(errno));
  return fd;
}

static uint64_t entry_of(int fd, uint64_t index)
{
  uint64_t entry;
  if (pread(fd, &entry, sizeof entry, index * sizeof entry) != sizeof entry)
    give_up(1, "/proc: a short read");
  return entry;
}

static void show_mappings(FILE *out, pid_t pid)
{
  char line[600], rights[8];
  const char *comma = "";
  FILE *maps = fdopen(open_proc(pid, "maps"), "r");
  while (maps && fgets(line, sizeof line, maps)) {
    unsigned long start, end, offset;
    if (sscanf(line, "%lx-%lx %7s %lx", &start, &end, rights, &offset) != 4) give_up(1, "maps: %s", line);
    if (start < window || end > window + (uint64_t)PAGES * PAGE) continue;
    fprintf(out, "%s[%lu,%lu,\"%s\",", comma, (start - window) / PAGE, (end - window) / PAGE, rights);
    if (strstr(line, FILE_NAME)) fprintf(out, "%lu]", offset / PAGE);
    else fprintf(out, "null]");
    comma = ",";
  }
  fclose(maps);
}

enum { PRESENT = 63, ONE_MAPPING = 56, PFN_BITS = 55, ANON = 12, KSM = 21, ZERO = 24 };
static int bit(uint64_t word, int number) { return word >> number & 1; }

static void show_pages(FILE *out, pid_t pid, int counts, int flags)
{
  static uint64_t entries[PAGES];
  const char *comma = "";
  int pagemap = open_proc(pid, "pagemap"), memory = open_proc(pid, "mem");
  if (pread(pagemap, entries, sizeof entries, window / PAGE * sizeof *entries) != sizeof entries)
    give_up(1, "pagemap: a short read");
  for (int page = 0; page < PAGES; page++) {
    if (!bit(entries[page], PRESENT)) continue;
    uint64_t pfn = entries[page] & ((1ul << PFN_BITS) - 1), value = 0, flag = entry_of(flags, pfn);
    if (pread(memory, &value, sizeof value, window + (uint64_t)page * PAGE) != sizeof value)
      give_up(1, "page %d cannot be read", page);
    int zero = bit(flag, ZERO), anonymous = bit(flag, ANON);
    fprintf(out, "%s[%d,%d,", comma, page, zero ? -1 : frame_number(pfn));
    if (zero) fprintf(out, "null,");
    else fprintf(out, "%lu,", (unsigned long)entry_of(counts, pfn));
    fprintf(out, "\"%s%s%s%s%s\",%lu]", anonymous ? "A" : "", anonymous || zero ? "" : "F",
      bit(flag, KSM) ? "K" : "", zero ? "Z" : "", bit(entries[page], ONE_MAPPING) ? "X" : "",
      (unsigned long)value);
    comma = ",";
  }
  close(memory);
  close(pagemap);
}

static void snapshot(FILE *out, int executed)
{
  const char *comma = "";
  int counts = open_proc(0, "kpagecount"), flags = open_proc(0, "kpageflags");
  frame_round++;
  frame_count = 0;
  fprintf(out, "{\"at\":%d,\"procs\":{", executed);
  for (int process = 0; process < PROCESSES; process++) {
    if (!pids[process]) continue;
    fprintf(out, "%s\"%d\":{\"vmas\":[", comma, process);
    show_mappings(out, pids[process]);
    fprintf(out, "],\"pages\":[");
    show_pages(out, pids[process], counts, flags);
    fprintf(out, "]}");
    comma = ",";
  }
  fprintf(out, "}}");
  close(flags);
  close(counts);
}

/* ---- the whole ---- */

static void show_outcome(FILE *out, int outcome)
{
  static const struct name ERRORS[] = {
    { "ENOMEM", ENOMEM }, { "EINVAL", EINVAL }, { "EFAULT", EFAULT },
    { "EACCES", EACCES }, { "EAGAIN", EAGAIN },
    { "EPERM", EPERM }, { "EBUSY", EBUSY }, { "EEXIST", EEXIST }, { "EIO", EIO }, { "EBADF", EBADF },
    { "SEGV", -SIGSEGV }, { "BUS", -SIGBUS }, { NULL, 0 },
  };
  const struct name *found = ERRORS;
  while (found->text && found->value != outcome) found++;
  if (outcome == 0) fprintf(out, "0");
  else if (found->text) fprintf(out, "\"%s\"", found->text);
  else fprintf(out, "\"%s %d\"", outcome < 0 ? "SIGNAL" : "ERRNO", abs(outcome));
}

static struct words split(char *line)
{
  struct words w = { .count = 0 };
  line[strcspn(line, "#\r\n")] = 0;
  for (char *next = strtok(line, " \t"); next && w.count < WORDS; next = strtok(NULL, " \t"))
    w.word[w.count++] = next;
  return w;
}

/* Others must not merge their pages with this script's meanwhile: whoever merges holds this lock. */
static void lock_merging(void)
{
  int fd = open("/sys/kernel/mm/ksm/run", O_RDONLY);
  if (fd < 0) give_up(1, "/sys/kernel/mm/ksm/run: %s", strerror(errno));
  if (flock(fd, LOCK_EX) < 0) give_up(1, "/sys/kernel/mm/ksm/run: no lock: %s", strerror(errno));
  alarm(TIME_LIMIT);
}

/* The whole script, without the C library's heap: process 0 is to start with an empty one. */
static char *read_script(size_t *length)
{
  size_t room = 1 << 24;
  char *script = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (script == MAP_FAILED) give_up(1, "no memory for the script");
  lseek(0, 0, SEEK_SET);
  for (ssize_t got; (got = read(0, script + *length, room - 1 - *length)) > 0;) *length += got;
  return script;
}

extern char _end;
enum { ALIGNMENT = 1 << 21, TRIES = 20000 };

/* The page of the first line `P heap PAGE`, or -1. */
static long heap_page(const char *script)
{
  for (const char *line = script; line; line = strchr(line, '\n')) {
    line += strspn(line, "\n");
    const char *verb = line + strspn(line, "0123456789 \t");
    if (verb > line && strncmp(verb, "heap ", 5) == 0) return strtol(verb + 5, NULL, 0);
  }
  return -1;
}

/*
 * A heap starts where the kernel chose at exec. So that it is at the script's page and the window at a page
 * table's boundary, where everything else is that depends on addresses, this program starts itself again
 * until it fits.
 */
static void place_window(const char *script, size_t length, char **argv)
{
  long page = heap_page(script);
  if (page < 0) return;
  window = syscall(SYS_brk, 0) - page * PAGE;
  if (window % ALIGNMENT == 0 && window > (uint64_t)&_end) return;
  int tried = argv[1] ? atoi(argv[1]) : 0;
  if (tried == TRIES) give_up(1, "the heap never starts where it would fit");
  int copy = tried ? 0 : memfd_create("script", 0);
  if (!tried && (write(copy, script, length) != (ssize_t)length || dup2(copy, 0) < 0))
    give_up(1, "the script is lost");
  char count[12];
  snprintf(count, sizeof count, "%d", tried + 1);
  execv("/proc/self/exe", (char *[]){ argv[0], count, NULL });
  give_up(1, "it cannot be started again: %s", strerror(errno));
}

static void start_first_process(void)
{
  size_t bytes = sizeof *mailboxes * PROCESSES;
  mailboxes = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  file = memfd_create(FILE_NAME, 0);
  if (mailboxes == MAP_FAILED || file < 0 || ftruncate(file, FILE_PAGES * PAGE))
    give_up(1, "%s", strerror(errno));
  /* Pages are single pages here. */
  if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
    give_up(1, "huge pages cannot be turned off: %s", strerror(errno));
  struct sigaction action = { .sa_handler = on_signal };
  pids[0] = fork();
  if (pids[0] == 0) {
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    serve(0);
  }
  if (pids[0] < 0) give_up(1, "fork: %s", strerror(errno));
}

static int run_line(const struct words *w, int *merging)
{
  if (is(w, 0, "ksm")) {
    merge_equal_pages(*merging);
    return 0;
  }
  if (is(w, 0, "sync") || is(w, 0, "check")) return 0;
  if (is(w, 0, "cpu")) return ask(process_of(w, 1), (struct request){ .verb = CPU, .value = number(w, 2) });
  if (is(w, 0, "reclaim") || is(w, 0, "swapoff") || is(w, 1, "migrate"))
    give_up(2, "the kernel does not do this for one script alone");
  if (is(w, 4, "mergeable") && !*merging) {
    lock_merging();
    *merging = 1;
  }
  return run_process_line(w);
}

int main(int argc, char **argv)
{
  char *dumps;
  size_t length = 0, dumped_length;
  int executed = 0, dumped = 0, merging = 0, release[3] = { 0 };
  struct utsname name;
  char *script = read_script(&length);
  (void)argc;
  place_window(script, length, argv);
  alarm(TIME_LIMIT);
  start_first_process();
  FILE *snapshots = open_memstream(&dumps, &dumped_length);
  uname(&name);
  sscanf(name.release, "%d.%d.%d", &release[0], &release[1], &release[2]);
  printf("{\"kernel\":\"Linux %d.%d.%d\",\"results\":[", release[0], release[1], release[2]);
  for (char *line = script; line; ) {
    char *next = strchr(line, '\n');
    if (next) *next++ = 0;
    line_number++;
    struct words w = split(line);
    line = next;
    if (w.count == 0) continue;
    if (is(&w, 0, "dump")) {
      fprintf(snapshots, "%s\n", dumped++ ? "," : "");
      snapshot(snapshots, executed);
      continue;
    }
    int outcome = run_line(&w, &merging);
    printf("%s", executed++ ? "," : "");
    show_outcome(stdout, outcome);
  }
  fclose(snapshots);
  printf("],\"dumps\":[%s\n]}\n", dumps);
  for (int process = 0; process < PROCESSES; process++) {
    if (!pids[process]) continue;
    kill(pids[process], SIGKILL);
    waitpid(pids[process], NULL, 0);
  }
  return 0;
}
