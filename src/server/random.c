/* The kernel's generator behind one small block, so that a token is not a system call. */
#include "server/random.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    BLOCK = 256 /* as much as the kernel gives in one piece, uninterrupted */
};

/* Not a constant table, but without memory: nothing can be learnt or changed through it. */
static struct {
    pthread_mutex_t lock;
    unsigned char block[BLOCK];
    size_t left; /* unused bytes, at the end of the block */
    pid_t owner;
} source = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void kernel_fill(unsigned char *out, size_t len)
{
    while (len > 0) {
        ssize_t n = getrandom(out, len, 0);
        if (n <= 0 && errno != EINTR) {
            abort();
        }
        size_t got = n > 0 ? (size_t)n : 0;
        out += got;
        len -= got;
    }
}

void amp_random(void *out, size_t len)
{
    if (len > BLOCK / 2) { /* through the block it would only be copied */
        kernel_fill(out, len);
        return;
    }
    (void)pthread_mutex_lock(&source.lock);
    pid_t self = getpid();
    if (source.left < len || source.owner != self) {
        kernel_fill(source.block, BLOCK);
        source.left = BLOCK;
        source.owner = self;
    }
    unsigned char *at = source.block + BLOCK - source.left;
    memcpy(out, at, len);
    explicit_bzero(at, len);
    source.left -= len;
    assert(source.left <= BLOCK);
    (void)pthread_mutex_unlock(&source.lock);
}
