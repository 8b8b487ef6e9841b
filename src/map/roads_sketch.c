/* Maps in a few words, for tests of the rules of the road. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map/roads_sketch.h"
#include "map/roads_slow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The value of a tag, fit for an attribute between apostrophes. */
static void value_put(struct amp_buf *xml, struct amp_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        switch (value.ptr[i]) {
        case '~':
            amp_buf_text(xml, " ");
            break;
        case '<':
            amp_buf_text(xml, "&lt;");
            break;
        case '\'':
            amp_buf_text(xml, "&apos;");
            break;
        default:
            amp_buf_char(xml, value.ptr[i]);
        }
    }
}

static void tag_put(struct amp_buf *xml, struct amp_str word)
{
    struct amp_str key = {NULL, 0};
    struct amp_str value = amp_str_cut(word, '=', &key);
    bool member = amp_str_is(key, "from") || amp_str_is(key, "via") || amp_str_is(key, "to");
    if (member) {
        amp_buf_printf(xml, "<member type='%s' ref='%.*s' role='%.*s'/>",
                       value.ptr[0] == 'n' ? "node" : "way", (int)value.len - 1, value.ptr + 1,
                       (int)key.len, key.ptr);
    } else {
        amp_buf_printf(xml, "<tag k='%.*s' v='", (int)key.len, key.ptr);
        value_put(xml, value);
        amp_buf_text(xml, "'/>");
    }
}

static void refs_put(struct amp_buf *xml, struct amp_str refs)
{
    while (refs.len > 0) {
        struct amp_str ref = {NULL, 0};
        refs = amp_str_cut(refs, ',', &ref);
        amp_buf_printf(xml, "<nd ref='%.*s'/>", (int)ref.len, ref.ptr);
    }
}

static void line_put(struct amp_buf *xml, struct amp_str line)
{
    struct amp_str kind = {NULL, 0}, id = {NULL, 0}, word = {NULL, 0};
    line = amp_str_cut(line, ' ', &kind);
    line = amp_str_cut(line, ' ', &id);
    const char *name = amp_str_is(kind, "n") ? "node" : amp_str_is(kind, "w") ? "way" : "relation";
    amp_buf_printf(xml, "<%s id='%.*s' version='1'", name, (int)id.len, id.ptr);
    if (amp_str_is(kind, "n")) {
        double x = 0, y = 0;
        line = amp_str_cut(line, ' ', &word);
        assert_int_equal(amp_str_double(word, &x), AMP_OK);
        line = amp_str_cut(line, ' ', &word);
        assert_int_equal(amp_str_double(word, &y), AMP_OK);
        amp_buf_printf(xml, " lat='%.7f' lon='%.7f'>", y / 1000, x / 1000);
    } else {
        amp_buf_text(xml, ">");
    }
    if (amp_str_is(kind, "w")) {
        line = amp_str_cut(line, ' ', &word);
        refs_put(xml, word);
    }
    while (line.len > 0) {
        line = amp_str_cut(line, ' ', &word);
        tag_put(xml, word);
    }
    amp_buf_printf(xml, "</%s>\n", name);
}

void amp_sketch(const char *text, struct amp_fixture *out)
{
    struct amp_buf xml = amp_buf_make(1 << 20);
    struct amp_str rest = amp_str_of(text), line = {NULL, 0};
    while (rest.len > 0) {
        rest = amp_str_cut(rest, '\n', &line);
        if (line.len > 0) {
            line_put(&xml, line);
        }
    }
    amp_fixture_of_xml(amp_buf_cstr(&xml), out);
    amp_buf_free(&xml);
}

struct amp_pos amp_sketch_pos(double x, double y)
{
    return (struct amp_pos){(int32_t)lround(y * 1e4), (int32_t)lround(x * 1e4)};
}

/* The ways driven from one position to another, in order: "1 2 2 3"; "none" when there is no way.
 */
const char *amp_sketch_ways(struct amp_fixture *fx, enum amp_profile profile, struct amp_pos from,
                            struct amp_pos to)
{
    static char text[256];
    struct amp_snap ends[2];
    struct amp_road_path path;
    const struct amp_metric *metric = fx->metric[profile];
    size_t len = 0;
    assert_int_equal(amp_snap_open(fx->roads, metric, profile, from, &ends[0]), AMP_OK);
    assert_int_equal(amp_snap_open(fx->roads, metric, profile, to, &ends[1]), AMP_OK);
    uint32_t slow_ms = 0;
    amp_err slow = amp_roads_slow_time(metric, &ends[0], &ends[1], &slow_ms);
    amp_err err = amp_path_find(fx->query, metric, &ends[0], &ends[1], &fx->arena, &path);
    assert_int_equal(err, slow);
    if (err == AMP_E_NO_ROUTE) {
        return "none";
    }
    assert_int_equal(err, AMP_OK);
    assert_int_equal(path.time_ms, slow_ms);
    assert_int_equal(amp_fixture_breaches(fx, profile, &path), 0);
    for (size_t i = 0; i < path.step_n; i++) {
        uint32_t way = fx->roads->seg[path.step[i].base >> 1].way;
        if (path.step[i].length_mm > 0) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%lld", len > 0 ? " " : "",
                                    (long long)fx->roads->way[way].id);
        }
    }
    return text;
}

struct amp_route amp_sketch_route(struct amp_fixture *fx, enum amp_profile profile,
                                  struct amp_pos from, struct amp_pos to)
{
    struct amp_route out;
    struct amp_why why = {""};
    amp_err err = amp_route_find(fx->query, fx->metric[profile], from, to, &fx->arena, &out, &why);
    if (err) {
        print_error("%s\n", why.text);
    }
    assert_int_equal(err, AMP_OK);
    return out;
}

void amp_sketch_tune(struct amp_fixture *fx, const char *settings, const char *when)
{
    struct amp_settings set = amp_settings_default();
    struct amp_when moment = {.known = false};
    struct amp_why why = {""};
    amp_err err = amp_settings_read(amp_str_of(settings), &set, &why);
    if (err) {
        print_error("%s\n", why.text);
    }
    assert_int_equal(err, AMP_OK);
    if (when != NULL) {
        assert_int_equal(amp_when_parse(amp_str_of(when), &moment), AMP_OK);
    }
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        amp_metric_unref(fx->metric[p]);
        fx->metric[p] = NULL;
    }
    assert_int_equal(amp_roads_tune(fx->roads, &set, &moment, &why), AMP_OK);
    for (int p = 0; p < AMP_PROFILE_COUNT; p++) {
        assert_int_equal(
            amp_metric_create(fx->roads, (enum amp_profile)p, NULL, 0, &fx->metric[p], &why),
            AMP_OK);
    }
}
