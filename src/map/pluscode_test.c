/* Proves Plus Codes against the published vectors, and that decoding undoes encoding. */
#include "base/testdata.h"
#include "map/pluscode.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FIELDS = 6
};

/* Calls check for each row; the number of rows, or -1 without the file. */
static int rows_check(const char *file, size_t fields, void (*check)(const struct amp_str *field))
{
    const char *path = amp_testdata(file);
    FILE *in = path == NULL ? NULL : fopen(path, "r");
    char line[256];
    int rows = 0;
    if (in == NULL) {
        return -1;
    }
    while (fgets(line, sizeof(line), in) != NULL) {
        struct amp_str rest = amp_str_trim(amp_str_of(line));
        struct amp_str field[FIELDS] = {{NULL, 0}};
        size_t n = 0;
        if (rest.len == 0 || rest.ptr[0] == '#') {
            continue;
        }
        while (n < fields) {
            rest = amp_str_cut(rest, ',', &field[n++]);
        }
        check(field);
        rows++;
    }
    (void)fclose(in);
    return rows;
}

static void encoding_check(const struct amp_str *field)
{
    int64_t lat;
    int64_t lon;
    int64_t digits;
    char code[AMP_PLUSCODE_TEXT];
    assert_int_equal(amp_str_i64(field[2], &lat), AMP_OK);
    assert_int_equal(amp_str_i64(field[3], &lon), AMP_OK);
    assert_int_equal(amp_str_i64(field[4], &digits), AMP_OK);
    amp_err err = amp_pluscode_encode_int(lat, lon, (int)digits, code);
    if (field[5].len == 0) {
        assert_int_equal(err, AMP_E_RANGE);
        return;
    }
    assert_int_equal(err, AMP_OK);
    assert_true(amp_str_eq(amp_str_of(code), field[5]));
}

static void decoding_check(const struct amp_str *field)
{
    static const double tolerance_deg = 1e-10; /* the vectors are printed with fewer digits */
    struct amp_plusarea area;
    double want[4];
    int64_t digits;
    assert_int_equal(amp_pluscode_decode(field[0], &area), AMP_OK);
    assert_int_equal(amp_str_i64(field[1], &digits), AMP_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(amp_str_double(field[2 + i], &want[i]), AMP_OK);
    }
    assert_int_equal(area.digits, digits > AMP_PLUSCODE_DIGITS ? AMP_PLUSCODE_DIGITS : digits);
    assert_true(fabs(area.south - want[0]) < tolerance_deg);
    assert_true(fabs(area.west - want[1]) < tolerance_deg);
    assert_true(fabs(area.north - want[2]) < tolerance_deg);
    assert_true(fabs(area.east - want[3]) < tolerance_deg);
}

static void validity_check(const struct amp_str *field)
{
    assert_int_equal(amp_pluscode_valid(field[0]), amp_str_is(field[1], "true"));
    assert_int_equal(amp_pluscode_short(field[0]), amp_str_is(field[2], "true"));
    assert_int_equal(amp_pluscode_full(field[0]), amp_str_is(field[3], "true"));
}

static void short_check(const struct amp_str *field)
{
    double lat;
    double lon;
    struct amp_pos near;
    char code[AMP_PLUSCODE_TEXT];
    assert_int_equal(amp_str_double(field[1], &lat), AMP_OK);
    assert_int_equal(amp_str_double(field[2], &lon), AMP_OK);
    assert_int_equal(amp_pos_of_degrees(lat, lon, &near), AMP_OK);
    if (!amp_str_is(field[4], "S")) {
        assert_int_equal(amp_pluscode_recover(field[3], near, code), AMP_OK);
        assert_true(amp_str_eq(amp_str_of(code), field[0]));
    }
    if (!amp_str_is(field[4], "R")) {
        assert_int_equal(amp_pluscode_shorten(field[0], near, code), AMP_OK);
        assert_true(amp_str_eq(amp_str_of(code), field[3]));
    }
}

static void the_published_vectors_hold(void **state)
{
    (void)state;
    int rows[] = {
        rows_check("pluscodes/encoding.csv", 6, encoding_check),
        rows_check("pluscodes/decoding.csv", 6, decoding_check),
        rows_check("pluscodes/validityTests.csv", 4, validity_check),
        rows_check("pluscodes/shortCodeTests.csv", 5, short_check),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i] < 0) {
            AMP_TEST_SKIP("no test data");
        }
        assert_true(rows[i] > 10);
    }
    print_message("# rows: %d %d %d %d\n", rows[0], rows[1], rows[2], rows[3]);
}

static void a_code_covers_the_position_it_was_made_from(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252U;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        int64_t lat = (int64_t)(seed % 1800000001) - 900000000;
        int64_t lon = (int64_t)((seed >> 20) % 3600000000U) - 1800000000;
        struct amp_pos pos = {(int32_t)lat, (int32_t)lon};
        char code[AMP_PLUSCODE_TEXT];
        struct amp_plusarea area;
        assert_int_equal(amp_pluscode_encode(pos, 11, code), AMP_OK);
        assert_int_equal(amp_pluscode_decode(amp_str_of(code), &area), AMP_OK);
        assert_true(area.south <= amp_lat_deg(pos) + 1e-9);
        assert_true(amp_lat_deg(pos) < area.north + 1e-9);
        assert_true(area.west <= amp_lon_deg(pos) + 1e-9);
        assert_true(amp_lon_deg(pos) < area.east + 1e-9);
    }
}

static void wrong_codes_are_refused(void **state)
{
    (void)state;
    struct amp_plusarea area;
    char code[AMP_PLUSCODE_TEXT];
    struct amp_pos near = {0, 0};
    assert_int_equal(amp_pluscode_decode(AMP_STR("CJ+2VX"), &area), AMP_E_SYNTAX);
    assert_int_equal(amp_pluscode_decode(AMP_STR(""), &area), AMP_E_SYNTAX);
    assert_int_equal(amp_pluscode_recover(AMP_STR("+"), near, code), AMP_E_SYNTAX);
    assert_int_equal(amp_pluscode_encode(near, 9, code), AMP_E_RANGE);
    assert_int_equal(amp_pluscode_encode(near, 0, code), AMP_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vectors_hold),
        cmocka_unit_test(a_code_covers_the_position_it_was_made_from),
        cmocka_unit_test(wrong_codes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
