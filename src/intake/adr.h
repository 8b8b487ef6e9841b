/*
 * Additional Data: what a call's provider, service, device and subscriber say of it.
 *
 * Source: RFC 7852, sections 4.1 to 4.5 (ProviderInfo, ServiceInfo, DeviceInfo, SubscriberInfo,
 * Comment), and RFC 6351 for the contact (xCard), of which the names, numbers, addresses to write
 * to and the street are kept. A block without a member that the RFC requires is refused.
 *
 * Texts live in the arena.
 */
#ifndef AMP_INTAKE_ADR_H
#define AMP_INTAKE_ADR_H

#include "base/arena.h"
#include "base/json.h"

enum {
    AMP_ADR_FIELDS = 64,
    AMP_ADR_WARNINGS = 8
};

struct amp_adr_field { /* "TypeOfProvider"; of a contact "contact.tel"; of an attribute "@..." */
    struct amp_str name, value;
};

struct amp_adr {
    struct amp_str block; /* "ProviderInfo" */
    struct amp_adr_field field[AMP_ADR_FIELDS];
    size_t field_n;
    struct amp_str warning[AMP_ADR_WARNINGS];
    size_t warning_n;
};

/* AMP_E_SYNTAX: not well-formed, or none of the five; AMP_E_MISSING; AMP_E_RANGE; AMP_E_LIMIT. */
AMP_MUST amp_err amp_adr_read(struct amp_str bytes, struct amp_arena *arena, struct amp_adr *out,
                              struct amp_why *why);
struct amp_str amp_adr_of(const struct amp_adr *adr,
                          const char *name); /* the first; empty without */
void amp_adr_view(struct amp_json *js, const struct amp_adr *adr);

#endif
