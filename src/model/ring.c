/* Keys made up from a seed, for tests. */
#include "model/ring.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void made_up(uint64_t seed, uint64_t n, char what, uint8_t out[AMP_SHA256])
{
    uint8_t text[17] = {0};
    memcpy(text, &seed, 8);
    memcpy(text + 8, &n, 8);
    text[16] = (uint8_t)what;
    amp_sha256(text, sizeof(text), out);
}

static amp_err key_of(void *ctx, struct amp_incident_id id, uint8_t out[AMP_KEY])
{
    const struct amp_ring *ring = ctx;
    if (id.n < ring->gone_n && ring->gone[id.n]) {
        return AMP_E_NOT_FOUND;
    }
    made_up(ring->seed, id.n, 'k', out);
    return AMP_OK;
}

static void nonce_of(void *ctx, uint8_t out[AMP_NONCE])
{
    struct amp_ring *ring = ctx;
    uint8_t bytes[AMP_SHA256];
    made_up(ring->seed, ring->nonces++, 'n', bytes);
    memcpy(out, bytes, AMP_NONCE);
}

struct amp_sealer amp_ring_sealer(struct amp_ring *ring)
{
    return (struct amp_sealer){.ctx = ring, .key = key_of, .nonce = nonce_of};
}

void amp_ring_drop(struct amp_ring *ring, struct amp_incident_id id)
{
    if (id.n >= ring->gone_n) {
        size_t n = (size_t)id.n + 64;
        bool *gone = realloc(ring->gone, n * sizeof(*gone));
        assert(gone);
        memset(gone + ring->gone_n, 0, (n - ring->gone_n) * sizeof(*gone));
        ring->gone = gone;
        ring->gone_n = n;
    }
    ring->gone[id.n] = true;
}

void amp_ring_finish(struct amp_ring *ring)
{
    free(ring->gone);
    *ring = (struct amp_ring){0};
}
