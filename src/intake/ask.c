/* Questions to location servers and to LoST servers, written. */
#include "intake/held.h"
#include "intake/lost.h"
#include "intake/tree.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

/* RFC 5985, section 6; RFC 6155, section 3.3 */
void amp_held_ask(struct amp_str device, const char *type, struct amp_buf *out)
{
    amp_buf_printf(out,
                   HEAD "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\" "
                        "responseTime=\"emergencyDispatch\"><locationType>%s</locationType>",
                   type);
    if (device.len > 0) {
        amp_buf_text(out, "<device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\"><uri>");
        amp_xml_put(out, device);
        amp_buf_text(out, "</uri></device>");
    }
    amp_buf_text(out, "</locationRequest>\n");
}

static void location_put(const struct amp_lost_question *question, struct amp_buf *out)
{
    if (question->located) {
        amp_buf_printf(out,
                       "<location id=\"where\" profile=\"geodetic-2d\"><gml:Point "
                       "srsName=\"urn:ogc:def:crs:EPSG::4326\"><gml:pos>%.7f %.7f</gml:pos>"
                       "</gml:Point></location>",
                       amp_lat_deg(question->pos), amp_lon_deg(question->pos));
        return;
    }
    amp_buf_text(out, "<location id=\"where\" profile=\"civic\"><civicAddress "
                      "xmlns=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\">");
    for (size_t i = 0; i < question->civic_n; i++) {
        amp_buf_printf(out, "<%.*s>", (int)question->civic[i].name.len,
                       question->civic[i].name.ptr);
        amp_xml_put(out, question->civic[i].value);
        amp_buf_printf(out, "</%.*s>", (int)question->civic[i].name.len,
                       question->civic[i].name.ptr);
    }
    amp_buf_text(out, "</civicAddress></location>");
}

/* RFC 5222, sections 8, 10, 11 and 9 */
void amp_lost_ask(const struct amp_lost_question *question, struct amp_buf *out)
{
    const char *name = amp_lost_kind_name(question->kind);
    bool find = question->kind == AMP_LOST_FIND_SERVICE;
    amp_buf_printf(out,
                   HEAD "<%s xmlns=\"urn:ietf:params:xml:ns:lost1\" "
                        "xmlns:gml=\"http://www.opengis.net/gml\"",
                   name);
    if (find) {
        amp_buf_printf(out, " recursive=\"true\" serviceBoundary=\"%s\"%s",
                       question->boundary ? "value" : "reference",
                       question->validate ? " validateLocation=\"true\"" : "");
    }
    if (question->kind == AMP_LOST_GET_BOUNDARY) {
        amp_buf_text(out, " key=\"");
        amp_xml_put(out, question->key);
        amp_buf_text(out, "\"/>\n");
        return;
    }
    amp_buf_char(out, '>');
    if (find || question->kind == AMP_LOST_LIST_BY_LOCATION) {
        location_put(question, out);
    }
    if (question->service.len > 0) {
        amp_buf_text(out, "<service>");
        amp_xml_put(out, question->service);
        amp_buf_text(out, "</service>");
    }
    amp_buf_printf(out, "</%s>\n", name);
}
