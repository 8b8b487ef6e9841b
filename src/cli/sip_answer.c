/* Answers of the SIP door, and acknowledgements of crash data (libre). */
#include "cli/sip_answer.h"
#include "cli/sip_re.h"
#include "intake/tree.h"
#include "server/log.h"
#include <stdlib.h>
#include <string.h>

enum {
    PARTS_MAX = 8192,
    INFO_MAX = 16384,
    BRANCH_MAX = 40,
    GIVE_UP_MS = 64 * SIP_T1
};

void amp_sip_phrase(char out[AMP_SIP_PHRASE_MAX], const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0' && len < AMP_SIP_PHRASE_MAX - 1; len++) {
        unsigned char c = (unsigned char)text[len];
        out[len] = c < 0x20 || c > 0x7e ? ' ' : text[len];
    }
    out[len] = '\0';
}

uint16_t amp_sip_status(amp_err err)
{
    return err == AMP_E_UNSUPPORTED ? 415
           : err == AMP_E_NOMEM     ? 503
           : err == AMP_E_LIMIT     ? 413
                                    : 400;
}

void amp_sip_answer(struct sip *sip, const struct amp_sip_door *door, const struct sip_msg *msg,
                    uint16_t status, const char *phrase, const char *fields)
{
    if (door->silent) {
        return;
    }
    int err = sip_replyf(sip, msg, status, phrase, "%sContent-Length: 0\r\n\r\n", fields);
    if (err != 0) {
        amp_log(door->quiet, AMP_LOG_WARN, "sip-send", "an answer could not be sent: %s",
                strerror(err));
    }
}

void amp_sip_contact_put(struct amp_buf *out, const struct sip_msg *msg)
{
    char at[80] = "";
    (void)re_snprintf(at, sizeof at, "%J", &msg->dst);
    amp_buf_printf(out, "Contact: <sip:amparo@%s%s>\r\n", at, sip_transp_param(msg->tp));
}

/* ---- control blocks ---- */

/* RFC 8147, section 9.1.1 */
static void block_ack(const struct amp_sip_block *block, struct amp_buf *fields,
                      struct amp_buf *parts)
{
    unsigned long long id = rand_u64();
    amp_buf_printf(fields, "Call-Info: <cid:%016llx@amparo>;purpose=EmergencyCallData.Control\r\n",
                   id);
    amp_buf_printf(parts,
                   "--" AMP_SIP_BOUNDARY
                   "\r\nContent-Type: application/EmergencyCallData.Control+xml\r\n"
                   "Content-ID: <%016llx@amparo>\r\n"
                   "Content-Disposition: by-reference;handling=optional\r\n\r\n",
                   id);
    amp_buf_text(parts, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
                        "<EmergencyCallData.Control "
                        "xmlns=\"urn:ietf:params:xml:ns:EmergencyCallData:control\"><ack ref=\"");
    amp_xml_put(parts, block->id);
    amp_buf_printf(parts, "\" received=\"%s\"/></EmergencyCallData.Control>\r\n",
                   block->read ? "true" : "false");
}

void amp_sip_ack_put(const struct amp_sip_call *in, struct amp_buf *fields, struct amp_buf *parts)
{
    for (size_t i = 0; i < in->block_n; i++) {
        if (in->block[i].id.len > 0) {
            block_ack(&in->block[i], fields, parts);
        }
    }
}

/* ---- INFO ---- */

struct amp_sip_info {
    struct sip *sip;
    struct sip_msg *msg; /* counted: by whose way it goes */
    struct amp_buf text;
    char branch[BRANCH_MAX];
    struct tmr again;
    uint32_t again_ms, sum_ms;
};

static struct amp_str view(const struct pl *text)
{
    return (struct amp_str){text->p, text->p != NULL ? text->l : 0};
}

static bool route_put(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct amp_buf *out = arg;
    (void)msg;
    amp_buf_text(out, "Route: ");
    amp_buf_str(out, view(&hdr->val));
    amp_buf_text(out, "\r\n");
    return false;
}

/* Where the other side wants requests of the dialog: its Contact, else who it says it is. */
static void target_put(const struct sip_msg *invite, struct amp_buf *out)
{
    const struct sip_hdr *hdr = sip_msg_hdr(invite, SIP_HDR_CONTACT);
    struct sip_addr contact;
    bool good = hdr != NULL && sip_addr_decode(&contact, &hdr->val) == 0;
    amp_buf_str(out, view(good ? &contact.auri : &invite->from.auri));
}

static void head_put(struct amp_sip_info *info, const struct sip_msg *invite, uint32_t cseq)
{
    const struct sip_msg *msg = info->msg;
    struct amp_buf *out = &info->text;
    char at[80] = "";
    (void)re_snprintf(at, sizeof at, "%J", &msg->dst);
    (void)snprintf(info->branch, sizeof info->branch, "z9hG4bK%016llx",
                   (unsigned long long)rand_u64());
    amp_buf_text(out, "INFO ");
    target_put(invite, out);
    amp_buf_printf(out, " SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\n",
                   sip_transp_name(msg->tp), at, info->branch);
    (void)sip_msg_hdr_apply(invite, true, SIP_HDR_RECORD_ROUTE, route_put, out);
    amp_buf_text(out, "Max-Forwards: 70\r\nFrom: ");
    amp_buf_str(out, view(&msg->to.val));
    amp_buf_text(out, "\r\nTo: ");
    amp_buf_str(out, view(&msg->from.val));
    amp_buf_text(out, "\r\nCall-ID: ");
    amp_buf_str(out, view(&msg->callid));
    amp_buf_printf(out, "\r\nCSeq: %u INFO\r\n", cseq);
    amp_sip_contact_put(out, msg);
}

/* RFC 8147, section 14.10: in a multipart body also when it is alone. */
static void body_put(struct amp_buf *out, const char *package, const struct amp_buf *fields,
                     const struct amp_buf *parts)
{
    static const char end[] = "--" AMP_SIP_BOUNDARY "--\r\n";
    amp_buf_printf(out, "Info-Package: %s\r\n" AMP_SIP_RECV_INFO, package);
    amp_buf_join(out, fields);
    amp_buf_printf(out,
                   "Content-Type: multipart/mixed;boundary=" AMP_SIP_BOUNDARY
                   "\r\nContent-Disposition: Info-Package\r\nContent-Length: %zu\r\n\r\n",
                   parts->len + sizeof end - 1);
    amp_buf_join(out, parts);
    amp_buf_text(out, end);
}

static void on_again(void *arg)
{
    amp_sip_info_send(arg);
}

struct amp_sip_info *amp_sip_info_make(struct sip *sip, const struct sip_msg *msg,
                                       const struct sip_msg *invite, const struct amp_sip_call *in,
                                       unsigned hears, uint32_t cseq)
{
    struct amp_buf fields = amp_buf_make(PARTS_MAX), parts = amp_buf_make(PARTS_MAX);
    const char *package = NULL;
    for (size_t i = 0; i < in->block_n && package == NULL; i++) {
        bool heard = (hears & (unsigned)in->block[i].data) != 0 && in->block[i].id.len > 0;
        package = heard ? amp_sip_data_name(in->block[i].data) : NULL;
    }
    struct amp_sip_info *info = package != NULL ? calloc(1, sizeof *info) : NULL;
    if (info != NULL) {
        *info = (struct amp_sip_info){.sip = sip,
                                      .msg = mem_ref((void *)(uintptr_t)msg),
                                      .text = amp_buf_make(INFO_MAX),
                                      .again_ms = SIP_T1};
        tmr_init(&info->again);
        amp_sip_ack_put(in, &fields, &parts);
        head_put(info, invite, cseq);
        body_put(&info->text, package, &fields, &parts);
        if (amp_buf_err(&info->text) != AMP_OK) {
            amp_sip_info_drop(info);
            info = NULL;
        }
    }
    amp_buf_free(&fields);
    amp_buf_free(&parts);
    return info;
}

/* RFC 3261, section 17.1.2.2: over UDP until it is answered. The way is that of the INFO it is of:
 * a proxy that stands in the dialog is where that came from. */
void amp_sip_info_send(struct amp_sip_info *info)
{
    struct mbuf *mb = mbuf_alloc(info->text.len);
    bool udp = info->msg->tp == SIP_TRANSP_UDP;
    if (mb != NULL && mbuf_write_mem(mb, (const uint8_t *)info->text.data, info->text.len) == 0) {
        mb->pos = 0;
        (void)(udp ? udp_send(info->msg->sock, &info->msg->src, mb)
                   : sip_send(info->sip, info->msg->sock, info->msg->tp, &info->msg->src, mb));
    }
    mem_deref(mb);
    if (udp && info->sum_ms < GIVE_UP_MS) {
        tmr_start(&info->again, info->again_ms, on_again, info);
        info->sum_ms += info->again_ms;
        info->again_ms = info->again_ms * 2 > SIP_T2 ? SIP_T2 : info->again_ms * 2;
    }
}

bool amp_sip_info_answered(struct amp_sip_info *info, const struct sip_msg *answer)
{
    bool ours = info != NULL && pl_strcmp(&answer->via.branch, info->branch) == 0;
    if (ours && answer->scode >= 200) {
        tmr_cancel(&info->again);
    }
    return ours;
}

void amp_sip_info_drop(struct amp_sip_info *info)
{
    if (info != NULL) {
        tmr_cancel(&info->again);
        mem_deref(info->msg);
        amp_buf_free(&info->text);
        free(info);
    }
}
