/*
 * What the SIP door says: answers, and that crash data arrived.
 *
 * Sources: RFC 3261 section 8.2.6 (answers); RFC 8147 section 9 and RFC 8148 (the acknowledgement
 * of an MSD, of VEDS: a control block that refers to the block's Content-ID; one block acknowledges
 * one); RFC 6086 (INFO: what is said of an INFO goes back in another INFO, never in its answer).
 */
#ifndef AMP_CLI_SIP_ANSWER_H
#define AMP_CLI_SIP_ANSWER_H

#include "base/buf.h"
#include "cli/sip_link.h"
#include "intake/sip.h"

struct sip;
struct sip_msg;

enum {
    AMP_SIP_PHRASE_MAX = 160 /* bytes of a reason phrase */
};

#define AMP_SIP_RECV_INFO "Recv-Info: EmergencyCallData.eCall.MSD, EmergencyCallData.VEDS\r\n"
#define AMP_SIP_ALLOW                                                                              \
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, REFER, NOTIFY, INFO, PRACK, MESSAGE\r\n"
#define AMP_SIP_ACCEPT                                                                             \
    "Accept: multipart/mixed, application/sdp, application/pidf+xml, text/plain, "                 \
    "application/EmergencyCallData.cap+xml, application/common-alerting-protocol+xml, "            \
    "application/EmergencyCallData.ProviderInfo+xml, application/EmergencyCallData.eCall.MSD, "    \
    "application/EmergencyCallData.VEDS+xml\r\n"
#define AMP_SIP_TAKES    AMP_SIP_ACCEPT "Supported: geolocation, replaces\r\n"
#define AMP_SIP_BOUNDARY "amparo" /* of each multipart body that the door writes */

/* What a telephone system shows of a refusal: one line. */
void amp_sip_phrase(char out[AMP_SIP_PHRASE_MAX], const char *text);
/* For what a request cannot be read. */
uint16_t amp_sip_status(amp_err err);
/* An answer without a body; none at all where the door is silent. `fields` end with a line end. */
void amp_sip_answer(struct sip *sip, const struct amp_sip_door *door, const struct sip_msg *msg,
                    uint16_t status, const char *phrase, const char *fields);
void amp_sip_contact_put(struct amp_buf *out, const struct sip_msg *msg);
/* A part of a multipart body and a header field for each block that has a name; nothing without. */
void amp_sip_ack_put(const struct amp_sip_call *in, struct amp_buf *fields, struct amp_buf *parts);

/* An INFO of ours with such parts, sent until it is answered. */
struct amp_sip_info;
/* `msg` is the INFO that brought the blocks, `invite` began its dialog. NULL when the other side
 * does not take INFO of the kind (`hears`), when there is nothing to acknowledge, or memory is
 * short. */
struct amp_sip_info *amp_sip_info_make(struct sip *sip, const struct sip_msg *msg,
                                       const struct sip_msg *invite, const struct amp_sip_call *in,
                                       unsigned hears, uint32_t cseq);
void amp_sip_info_send(struct amp_sip_info *info);
/* Whether this answer is of that INFO, which then is not sent again. */
bool amp_sip_info_answered(struct amp_sip_info *info, const struct sip_msg *answer);
void amp_sip_info_drop(struct amp_sip_info *info); /* accepts NULL */

#endif
