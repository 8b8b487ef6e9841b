/* What the SIP door tells the server of calls: the members of a report (openapi.yaml: LineReport).
 */
#ifndef AMP_CLI_SIP_REPORT_H
#define AMP_CLI_SIP_REPORT_H

#include "base/json.h"
#include "cli/sip_link.h"
#include "intake/sip.h"

/* Hands a body with its idempotency key to the carrier, which answers with `id`. False: it has its
 * hands full. */
AMP_MUST bool amp_sip_tell(const struct amp_sip_door *door, enum amp_sip_link_kind kind,
                           uint32_t id, const char *key, struct amp_str body);
/* What the server knows a call by: that, or where it is empty (there was no Call-ID, which must not
 * cost the call) one of its own. */
void amp_sip_ref(struct amp_str ref, char out[AMP_LINE_MAX + 1]);
void amp_sip_member_put(struct amp_json *js, const char *name, struct amp_str text, bool there);
/* Position, radius, time and place, as far as they are there. */
void amp_sip_where_put(struct amp_json *js, const struct amp_report *report);
/* "words": of what opens a call, what was called; what came in the bodies, what was odd, where the
 * place can be asked for. */
void amp_sip_words_put(struct amp_json *js, const struct amp_sip_call *in, bool opens);
/* Who calls: number, name, device; and what the network calls the incident. */
void amp_sip_who_put(struct amp_json *js, const struct amp_sip_call *in);
/* Asks for what is at an address; false, with a line of log, when the carrier has its hands full.
 */
bool amp_sip_ask_at(const struct amp_sip_door *door, enum amp_sip_link_kind kind, uint32_t id,
                    struct amp_str address);
/* Asks for what the call names by its address: a location, Additional Data. */
void amp_sip_ask(const struct amp_sip_door *door, uint32_t id, const struct amp_sip_call *in);
/* What Additional Data was there, as words; NULL, with a line of log, when none that can be read.
 * In the arena. */
const struct amp_sip_call *amp_sip_additional(const struct amp_sip_door *door, uint16_t status,
                                              struct amp_str body, struct amp_arena *arena);
/* What a location server said; NULL, with a line of log, when it holds no place. In the arena. */
const struct amp_report *amp_sip_location(const struct amp_sip_door *door, uint16_t status,
                                          struct amp_str body, struct amp_arena *arena);

#endif
