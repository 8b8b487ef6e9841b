/* For tests: memory and threads that are refused on demand. */
#include "server/fault_wrap.h"
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

/* Names that the linker makes. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_reallocarray(void *ptr, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t max);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_reallocarray(void *ptr, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t max);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);

static atomic_int planned;
static atomic_bool armed, struck;
static _Atomic uint64_t seen, planned_at;
static _Thread_local bool is_spared;

void fault_wrap_plan(enum fault_wrapped what, uint64_t at)
{
    atomic_store(&planned, (int)what);
    atomic_store(&planned_at, at);
    atomic_store(&seen, 0);
    atomic_store(&struck, false);
    atomic_store(&armed, true);
}

uint64_t fault_wrap_end(void)
{
    atomic_store(&armed, false);
    return atomic_load(&seen);
}

bool fault_wrap_struck(void)
{
    return atomic_load(&struck);
}

void fault_wrap_spare(bool spared)
{
    is_spared = spared;
}

static bool refused(enum fault_wrapped what)
{
    if (!atomic_load(&armed) || is_spared || atomic_load(&planned) != (int)what ||
        atomic_fetch_add(&seen, 1) + 1 != atomic_load(&planned_at)) {
        return false;
    }
    atomic_store(&struck, true);
    errno = what == FAULT_MEMORY ? ENOMEM : EAGAIN;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return refused(FAULT_MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refused(FAULT_MEMORY) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    return refused(FAULT_MEMORY) ? NULL : __real_realloc(ptr, size);
}

void *__wrap_reallocarray(void *ptr, size_t n, size_t size)
{
    return refused(FAULT_MEMORY) ? NULL : __real_reallocarray(ptr, n, size);
}

char *__wrap_strdup(const char *text)
{
    return refused(FAULT_MEMORY) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t max)
{
    return refused(FAULT_MEMORY) ? NULL : __real_strndup(text, max);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
    return refused(FAULT_THREAD) ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}
