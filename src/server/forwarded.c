/* Reads the last entry of a list that a proxy has written, and nothing before it. */
#include "server/forwarded.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

bool amp_forwarded_canonical(struct amp_str text, char out[AMP_PEER_ADDR])
{
    char addr[AMP_PEER_ADDR];
    struct in_addr four;
    struct in6_addr six;
    if (amp_str_copy(addr, sizeof addr, text) != AMP_OK || strlen(addr) != text.len) {
        return false;
    }
    if (inet_pton(AF_INET, addr, &four) == 1) {
        return inet_ntop(AF_INET, &four, out, AMP_PEER_ADDR) != NULL;
    }
    if (inet_pton(AF_INET6, addr, &six) != 1) {
        return false;
    }
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
        return inet_ntop(AF_INET, &six.s6_addr[12], out, AMP_PEER_ADDR) != NULL;
    }
    return inet_ntop(AF_INET6, &six, out, AMP_PEER_ADDR) != NULL;
}

static struct amp_str last_entry(struct amp_str field)
{
    size_t at = field.len;
    while (at > 0 && field.ptr[at - 1] != ',') {
        at--;
    }
    return amp_str_trim((struct amp_str){.ptr = field.ptr + at, .len = field.len - at});
}

static bool is_port(struct amp_str text)
{
    uint64_t port = 0;
    return amp_str_u64(text, &port) == AMP_OK && port <= UINT16_MAX;
}

bool amp_forwarded_addr(struct amp_str field, char out[AMP_PEER_ADDR])
{
    struct amp_str entry = field.len > 0 ? last_entry(field) : field;
    struct amp_str host = {0};
    if (entry.len == 0) {
        return false;
    }
    if (entry.ptr[0] == '[') {
        const struct amp_str inside = {.ptr = entry.ptr + 1, .len = entry.len - 1};
        struct amp_str rest = amp_str_cut(inside, ']', &host);
        bool closed = host.len < inside.len;
        bool port = rest.len > 1 && rest.ptr[0] == ':' &&
                    is_port((struct amp_str){.ptr = rest.ptr + 1, .len = rest.len - 1});
        bool six = host.len > 0 && memchr(host.ptr, ':', host.len) != NULL;
        return closed && six && (rest.len == 0 || port) && amp_forwarded_canonical(host, out);
    }
    struct amp_str port = amp_str_cut(entry, ':', &host);
    bool one_colon = port.len > 0 && memchr(port.ptr, ':', port.len) == NULL;
    if (one_colon && memchr(host.ptr, '.', host.len) != NULL) { /* IPv4 with a port */
        return is_port(port) && amp_forwarded_canonical(host, out);
    }
    return amp_forwarded_canonical(entry, out);
}

bool amp_forwarded_secure(struct amp_str field)
{
    struct amp_str entry = field.len > 0 ? last_entry(field) : field;
    return entry.len == strlen("https") && strncasecmp(entry.ptr, "https", entry.len) == 0;
}
