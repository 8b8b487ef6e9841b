/* Proves that positions are read however people write them, and that other texts are left alone. */
#include "map/coords.h"
#include "map/utm.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void reads_as(const char *text, double lat, double lon, double tolerance_deg)
{
    struct amp_coords c;
    amp_err err = amp_coords_parse(amp_str_of(text), NULL, &c);
    if (err || fabs(amp_lat_deg(c.pos) - lat) > tolerance_deg ||
        fabs(amp_lon_deg(c.pos) - lon) > tolerance_deg) {
        print_error("%s: %s\n", text, err ? amp_err_code(err) : c.how);
    }
    assert_int_equal(err, AMP_OK);
    assert_true(fabs(amp_lat_deg(c.pos) - lat) <= tolerance_deg);
    assert_true(fabs(amp_lon_deg(c.pos) - lon) <= tolerance_deg);
    assert_true(c.how[0] != '\0');
}

static void degrees_are_read_in_every_usual_form(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "-25.9692, 32.5732",
        "-25.9692,32.5732",
        "-25.9692 32.5732",
        "-25.9692; 32.5732",
        "-25.9692/32.5732",
        "-25,9692 32,5732",
        "-25,9692, 32,5732",
        "-25,9692; 32,5732",
        "-25,9692,32,5732",
        "(-25.9692, 32.5732)",
        "lat: -25.9692, lon: 32.5732",
        "lat=-25.9692 lng=32.5732",
        "Latitude -25.9692 Longitude 32.5732",
        "25.9692S 32.5732E",
        "25.9692 S, 32.5732 E",
        "25.9692\xC2\xB0 S 32.5732\xC2\xB0 E",
        "S25.9692 E32.5732",
        "S 25,9692 E 32,5732",
        "25.9692 sul, 32.5732 leste",
        "25,9692 sur 32,5732 este",
        "25.9692 sud 32.5732 est",
        "25.9692S 32.5732L",
        "32.5732E 25.9692S",
        ("\xE2\x88\x92"
         "25.9692, 32.5732"),
        "-25.9692\xC2\xB0, +32.5732\xC2\xB0",
        "-25.9692 S 32.5732 E",
        "25.9692 degrees south 32.5732 degrees east",
        "25.9692 graus sul 32.5732 graus leste",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        reads_as(forms[i], -25.9692, 32.5732, 1e-6);
    }
    reads_as("41.15N 8.61O", 41.15, -8.61, 1e-6); /* oeste, ouest */
    reads_as("41.15 N, 8.61 W", 41.15, -8.61, 1e-6);
    reads_as("12,14", 12, 14, 1e-6);
    reads_as("132.5, 25.9", 25.9, 132.5, 1e-6);
}

static void minutes_and_seconds_are_read_with_any_marks(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "25\xC2\xB0"
        "58'09.12\"S 32\xC2\xB0"
        "34'23.52\"E",
        "25\xC2\xB0 58\xE2\x80\xB2 09.12\xE2\x80\xB3 S, 32\xC2\xB0 34\xE2\x80\xB2 "
        "23.52\xE2\x80\xB3 E",
        "25\xC2\xBA"
        "58\xE2\x80\x99"
        "09,12\xE2\x80\x9D S 32\xC2\xBA"
        "34\xE2\x80\x99"
        "23,52\xE2\x80\x9D E",
        "25 58 09.12 S 32 34 23.52 E",
        "S25 58 09.12 E32 34 23.52",
        "25:58:09.12S 32:34:23.52E",
        "-25 58 09.12, 32 34 23.52",
        "25\xCB\x9A"
        "58\xC2\xB4"
        "09.12''S 32\xCB\x9A"
        "34\xC2\xB4"
        "23.52''E",
        "25 graus 58 min 9.12 seg sul 32 graus 34 min 23.52 seg leste",
        "25\xC2\xB0"
        "58.152'S 32\xC2\xB0"
        "34.392'E",
        "25\xC2\xB0"
        "58,152'S 32\xC2\xB0"
        "34,392'E",
        "25 58.152 S 32 34.392 E",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        reads_as(forms[i], -25.9692, 32.5732, 1e-6);
    }
}

static void grids_and_addresses_of_maps_are_read(void **state)
{
    (void)state;
    reads_as("geo:-25.9692,32.5732", -25.9692, 32.5732, 1e-6);
    reads_as("geo:-25.9692,32.5732,12;crs=wgs84;u=35", -25.9692, 32.5732, 1e-6);
    reads_as("GEO:-25.9692,32.5732?z=17", -25.9692, 32.5732, 1e-6);
    reads_as("https://www.openstreetmap.org/?mlat=-25.9692&mlon=32.5732#map=17/1/2", -25.9692,
             32.5732, 1e-6);
    reads_as("https://www.openstreetmap.org/#map=17/-25.9692/32.5732", -25.9692, 32.5732, 1e-6);
    reads_as("https://maps.example.org/maps?q=-25.9692,32.5732", -25.9692, 32.5732, 1e-6);
    reads_as("https://maps.example.org/maps/@-25.9692,32.5732,17z", -25.9692, 32.5732, 1e-6);
    reads_as("https://maps.example.org/?ll=-25.9692%2C32.5732", -25.9692, 32.5732, 1e-6);
    reads_as("17T 630084 4833438", 43.642567, -79.387139, 2e-5); /* the CN Tower */
    reads_as("UTM 17N 630084mE 4833438mN", 43.642567, -79.387139, 2e-5);
    reads_as("zona 17 N 630084 4833438", 43.642567, -79.387139, 2e-5);
    reads_as("17T PJ 30084 33438", 43.642567, -79.387139, 2e-5);
    reads_as("17TPJ3008433438", 43.642567, -79.387139, 2e-5);
    struct amp_coords c;
    assert_int_equal(amp_coords_parse(AMP_STR("geo:1,2;u=35"), NULL, &c), AMP_OK);
    assert_true(c.uncertainty_m >= 35 && c.uncertainty_m <= 35);
}

static void the_letter_s_of_a_zone_is_told(void **state)
{
    (void)state;
    struct amp_coords c;
    struct amp_pos maputo = {-259692000, 325732000};
    struct amp_pos north = {350000000, 330000000};
    assert_int_equal(amp_coords_parse(AMP_STR("36S 458731 7127235"), NULL, &c), AMP_OK);
    assert_true(c.pos.lat_e7 < 0);
    assert_non_null(strstr(c.how, "hemisphere"));
    assert_int_equal(amp_coords_parse(AMP_STR("36S 458731 3900000"), NULL, &c), AMP_OK);
    assert_true(c.pos.lat_e7 > 0);
    assert_non_null(strstr(c.how, "band"));
    assert_int_equal(amp_coords_parse(AMP_STR("36S 458731 3900000"), &maputo, &c), AMP_OK);
    assert_true(c.pos.lat_e7 < 0);
    assert_int_equal(amp_coords_parse(AMP_STR("36S 458731 3900000"), &north, &c), AMP_OK);
    assert_true(c.pos.lat_e7 > 0);
}

static void which_number_is_the_latitude_is_told(void **state)
{
    (void)state;
    struct amp_coords c;
    assert_int_equal(amp_coords_parse(AMP_STR("32.5732, -25.9692"), NULL, &c), AMP_OK);
    assert_true(c.swappable);
    assert_int_equal(c.swapped.lat_e7, -259692000);
    assert_non_null(strstr(c.how, "latitude first"));
    assert_int_equal(amp_coords_parse(AMP_STR("132.5732, -25.9692"), NULL, &c), AMP_OK);
    assert_false(c.swappable);
    assert_non_null(strstr(c.how, "longitude first"));
    assert_int_equal(amp_coords_parse(AMP_STR("32.5732E 25.9692S"), NULL, &c), AMP_OK);
    assert_false(c.swappable);
    assert_non_null(strstr(c.how, "letters"));
}

static void other_texts_are_no_positions(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "Rua Augusta 12",
                                        "12 14",
                                        "rua 12, 5",
                                        "41",
                                        "41.5",
                                        "EN4 km 23",
                                        "8CHH592Q+2X",
                                        "25 de abril",
                                        "12-14",
                                        "41.15 N 8.61 N",
                                        "-41.15 N 8.61 W",
                                        "41 75 10 N 8 10 10 W",
                                        "geo:1,2;crs=moon",
                                        "https://example.org/",
                                        "9 de julho 12, 3 andar",
                                        "N 1",
                                        "S"};
    struct amp_coords c = {.how = "kept"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        amp_err err = amp_coords_parse(amp_str_of(texts[i]), NULL, &c);
        if (err != AMP_E_SYNTAX) {
            print_error("%s: %s\n", texts[i], err ? amp_err_code(err) : c.how);
        }
        assert_int_equal(err, AMP_E_SYNTAX);
    }
    assert_string_equal(c.how, "kept");
    assert_int_equal(amp_coords_parse(AMP_STR("95.1, 200.5"), NULL, &c), AMP_E_RANGE);
}

static void utm_goes_there_and_back(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252U;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        struct amp_pos pos = {(int32_t)((int64_t)(seed % 1640000000) - 800000000),
                              (int32_t)((int64_t)((seed >> 20) % 3600000000U) - 1800000000)};
        struct amp_utm utm = amp_utm_of(pos, amp_utm_zone(pos));
        struct amp_pos back;
        assert_int_equal(amp_utm_pos(&utm, &back), AMP_OK);
        assert_true(labs((long)back.lat_e7 - pos.lat_e7) <= 1);
        assert_true(abs(amp_lon_delta_e7(back.lon_e7, pos.lon_e7)) <= 1);
    }
    struct amp_utm zero = amp_utm_of((struct amp_pos){0, 0}, 31);
    assert_true(fabs(zero.easting_m - 166021.4431793) < 1e-4); /* Karney's own figure */
    assert_true(fabs(zero.northing_m) < 1e-6);
    assert_int_equal(amp_utm_zone((struct amp_pos){605000000, 50000000}), 32);
    assert_int_equal(amp_utm_zone((struct amp_pos){780000000, 100000000}), 33);
    struct amp_pos back;
    assert_int_equal(amp_utm_pos(&(struct amp_utm){61, false, 500000, 0}, &back), AMP_E_RANGE);
    assert_int_equal(amp_utm_pos(&(struct amp_utm){31, false, NAN, 0}, &back), AMP_E_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(degrees_are_read_in_every_usual_form),
        cmocka_unit_test(minutes_and_seconds_are_read_with_any_marks),
        cmocka_unit_test(grids_and_addresses_of_maps_are_read),
        cmocka_unit_test(the_letter_s_of_a_zone_is_told),
        cmocka_unit_test(which_number_is_the_latitude_is_told),
        cmocka_unit_test(other_texts_are_no_positions),
        cmocka_unit_test(utm_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
