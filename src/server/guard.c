/* Checks Host and Origin. */
#include "server/guard.h"
#include <arpa/inet.h>
#include <string.h>

enum {
    HOST_MAX = 256
};

bool amp_guard_is_loopback(struct amp_str addr)
{
    char text[HOST_MAX];
    unsigned char bytes[sizeof(struct in6_addr)] = {0};
    static const unsigned char six[sizeof(struct in6_addr)] = {[15] = 1};
    if (amp_str_copy(text, sizeof text, addr) != AMP_OK) {
        return false;
    }
    if (inet_pton(AF_INET, text, bytes) == 1) {
        return bytes[0] == 127;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        return memcmp(bytes, six, sizeof six) == 0;
    }
    return strcasecmp(text, "localhost") == 0;
}

/* "name:port", "[v6]:port", without the port. */
static struct amp_str host_name(struct amp_str host)
{
    struct amp_str name = {0};
    if (host.len > 0 && host.ptr[0] == '[') {
        const struct amp_str inside = {.ptr = host.ptr + 1, .len = host.len - 1};
        (void)amp_str_cut(inside, ']', &name);
        return name;
    }
    (void)amp_str_cut(host, ':', &name);
    return name;
}

static struct amp_str origin_host(struct amp_str origin)
{
    const struct amp_str plain = AMP_STR("http://");
    const struct amp_str secure = AMP_STR("https://");
    size_t skip = amp_str_starts(origin, plain)    ? plain.len
                  : amp_str_starts(origin, secure) ? secure.len
                                                   : origin.len;
    return (struct amp_str){.ptr = origin.ptr + skip, .len = origin.len - skip};
}

amp_err amp_guard_check(const struct amp_guard *guard, struct amp_str addr, bool accounts,
                        struct amp_why *why)
{
    struct amp_str name = host_name(guard->host);
    bool known = accounts || amp_guard_is_loopback(name) || amp_str_eq(name, addr);
    if (name.len == 0 || !known) {
        return amp_fail(why, AMP_E_FORBIDDEN,
                        "the Host of the request is not a name of this server; use its address");
    }
    if (!guard->changes) {
        return AMP_OK;
    }
    if (guard->origin.len > 0 && !amp_str_eq(origin_host(guard->origin), guard->host)) {
        return amp_fail(why, AMP_E_FORBIDDEN, "a page of another origin may not change anything");
    }
    if (amp_str_is(guard->site, "cross-site") || amp_str_is(guard->site, "same-site")) {
        return amp_fail(why, AMP_E_FORBIDDEN, "another site may not change anything");
    }
    return AMP_OK;
}
