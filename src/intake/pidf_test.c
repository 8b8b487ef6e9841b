/* PIDF-LO: the shapes, the faults of real senders, and what is refused. */
#include "base/testdata.h"
#include "intake/intake.h"
#include "intake/pidf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

#define OPEN                                                                                       \
    "<presence xmlns='urn:ietf:params:xml:ns:pidf' "                                               \
    "xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' "                                           \
    "xmlns:gp='urn:ietf:params:xml:ns:pidf:geopriv10' "                                            \
    "xmlns:ca='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr' "                                  \
    "xmlns:con='urn:ietf:params:xml:ns:geopriv:conf' "                                             \
    "xmlns:gs='http://www.opengis.net/pidflo/1.0' xmlns:gml='http://www.opengis.net/gml' "         \
    "entity='pres:caller@example.org'>"
#define TUPLE OPEN "<tuple id='t'><status><gp:geopriv><gp:location-info>"
#define TUPLE_END                                                                                  \
    "</gp:location-info><gp:method>GPS</gp:method></gp:geopriv></status>"                          \
    "<timestamp>2026-02-03T04:05:06Z</timestamp></tuple></presence>"
#define SRS "srsName='urn:ogc:def:crs:EPSG::4326'"
#define M   "uom='urn:ogc:def:uom:EPSG::9001'"
#define DEG "uom='urn:ogc:def:uom:EPSG::9102'"

static struct amp_pidf *read_text(const char *text)
{
    struct amp_pidf *pidf = amp_arena_alloc(&arena, sizeof *pidf);
    struct amp_why why = {""};
    assert_int_equal(amp_pidf_read(amp_str_of(text), &arena, pidf, &why), AMP_OK);
    return pidf;
}

static struct amp_str region(const char *shape)
{
    struct amp_str text = amp_arena_printf(&arena, TUPLE "%s" TUPLE_END, shape);
    const struct amp_pidf_location *where = amp_pidf_where(read_text(text.ptr));
    return where != NULL ? amp_pidf_region(where, &arena) : AMP_STR("none");
}

static void every_shape_becomes_the_region_that_it_means(void **state)
{
    (void)state;
    static const struct {
        const char *shape, *region;
    } rows[] = {
        {"<gml:Point " SRS "><gml:pos>-25.9653 32.5892</gml:pos></gml:Point>",
         "point:-25.9653000,32.5892000"},
        {"<gml:Point srsName='urn:ogc:def:crs:EPSG::4979'><gml:pos>1.5 2.5 "
         "30</gml:pos></gml:Point>",
         "point:1.5000000,2.5000000"},
        {"<gs:Circle " SRS "><gml:pos>1 2</gml:pos><gs:radius " M "> 30.5 </gs:radius>"
         "</gs:Circle><con:confidence pdf='normal'>90</con:confidence>",
         "circle:1.0000000,2.0000000,30.50@90"},
        {"<gs:Ellipse " SRS "><gml:pos>1 2</gml:pos><gs:semiMajorAxis " M ">70</gs:semiMajorAxis>"
         "<gs:semiMinorAxis " M ">30</gs:semiMinorAxis><gs:orientation "
         "uom='urn:ogc:def:uom:EPSG::9101'>1.5707963267948966</gs:orientation></gs:Ellipse>",
         "ellipse:1.0000000,2.0000000,70.00,30.00,90.00"},
        {"<gs:ArcBand " SRS "><gml:pos>1 2</gml:pos><gs:innerRadius " M ">300</gs:innerRadius>"
         "<gs:outerRadius " M ">500</gs:outerRadius><gs:startAngle " DEG ">-10</gs:startAngle>"
         "<gs:openingAngle " DEG ">60</gs:openingAngle></gs:ArcBand>",
         "arcband:1.0000000,2.0000000,300.00,500.00,350.00,60.00"},
        {"<gml:Polygon " SRS "><gml:exterior><gml:LinearRing><gml:posList>0 0 0 1 1 1 0 0"
         "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>",
         "polygon:0.0000000,0.0000000,0.0000000,1.0000000,1.0000000,1.0000000"},
        {"<gml:Point srsName='urn:ogc:def:crs:EPSG:6.6:4326'><gml:pos>+51.5 -4.2E-4</gml:pos>"
         "</gml:Point>",
         "point:51.5000000,-0.0004200"},
        {"<g:Point xmlns:g='http://www.opengis.net/gml/3.2' " SRS "><g:pos>1 2</g:pos></g:Point>",
         "point:1.0000000,2.0000000"},
        {"<gml:Polygon " SRS "><gml:exterior><gml:LinearRing><gml:posList srsDimension='3'>0 0 9 "
         "0 1 9 1 1 9 0 0 9</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>",
         "polygon:0.0000000,0.0000000,0.0000000,1.0000000,1.0000000,1.0000000"},
        {"<gs:Prism srsName='urn:ogc:def:crs:EPSG::4979'><gs:base><gml:Polygon><gml:exterior>"
         "<gml:LinearRing><gml:posList>0 0 9 0 1 9 1 1 9 0 0 9</gml:posList></gml:LinearRing>"
         "</gml:exterior></gml:Polygon></gs:base><gs:height " M ">2.4</gs:height></gs:Prism>",
         "polygon:0.0000000,0.0000000,0.0000000,1.0000000,1.0000000,1.0000000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_str text = region(rows[i].shape);
        assert_string_equal(text.ptr, rows[i].region);
    }
}

static void faults_of_real_senders_are_read_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *shape, *region, *warning;
    } rows[] = {
        {"<gml:Point " SRS "><gml:pos>39.09,-76.85</gml:pos></gml:Point>",
         "point:39.0900000,-76.8500000", "commas"},
        {"<gml:Point srsName='urn:ogc:def::crs:EPSG::4326'><gml:pos>1 2</gml:pos></gml:Point>",
         "point:1.0000000,2.0000000", "slip"},
        {"<gml:Point><gml:pos>1 2</gml:pos></gml:Point>", "point:1.0000000,2.0000000", "assumed"},
        {"<gml:Point srsName='urn:ogc:def:crs:EPSG:4326'><gml:pos>1 2</gml:pos></gml:Point>",
         "point:1.0000000,2.0000000", "slip"},
        {"<gs:Point " SRS "><gs:pos>1 2</gs:pos></gs:Point>", "point:1.0000000,2.0000000",
         "GML stands"},
        {"<gs:Circle " SRS "><gml:pos>1 2</gml:pos><gs:radius uom='urn:ogc:def:uom:EPSG::9002'>100"
         "</gs:radius></gs:Circle>",
         "circle:1.0000000,2.0000000,30.48", "feet"},
        {"<v:note xmlns:v='urn:v'><gml:Point " SRS "><gml:pos>5 6</gml:pos></gml:Point></v:note>"
         "<gml:Point " SRS "><gml:pos>1 2</gml:pos></gml:Point>",
         "point:1.0000000,2.0000000", "not known"},
        {"<gml:Point " SRS "><gml:pos>1 2</gml:pos></gml:Point><r:relative-location "
         "xmlns:r='urn:ietf:params:xml:ns:pidf:geopriv10:relative'><r:reference><gml:Point " SRS
         "><gml:pos>8 9</gml:pos></gml:Point></r:reference><r:offset><gml:Point><gml:pos>50 20"
         "</gml:pos></gml:Point></r:offset></r:relative-location>",
         "point:1.0000000,2.0000000", "relative"},
        {"<gml:Polygon " SRS "><gml:exterior><gml:LinearRing><gml:pos>0 0</gml:pos><gml:pos>0 1"
         "</gml:pos><gml:pos>1 1</gml:pos></gml:LinearRing></gml:exterior></gml:Polygon>",
         "polygon:0.0000000,0.0000000,0.0000000,1.0000000,1.0000000,1.0000000", "close"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_str text = amp_arena_printf(&arena, TUPLE "%s" TUPLE_END, rows[i].shape);
        struct amp_pidf *pidf = read_text(text.ptr);
        assert_non_null(amp_pidf_where(pidf));
        assert_string_equal(amp_pidf_region(amp_pidf_where(pidf), &arena).ptr, rows[i].region);
        assert_int_equal(pidf->warning_n, 1);
        assert_non_null(strstr(pidf->warning[0].ptr, rows[i].warning));
    }
}

static void a_shape_in_doubt_is_no_place(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        "<gml:Point srsName='urn:ogc:def:crs:EPSG::27700'><gml:pos>5 5</gml:pos></gml:Point>",
        "<gml:Point " SRS "><gml:pos>95 5</gml:pos></gml:Point>",
        "<gml:Point " SRS "><gml:pos>5</gml:pos></gml:Point>",
        "<gml:Point " SRS "><gml:pos>north 5</gml:pos></gml:Point>",
        "<gml:Point " SRS "/>",
        "<gml:Point " SRS "><gml:pos/></gml:Point>",
        "<gml:Polygon " SRS "><gml:exterior><gml:LinearRing><gml:posList> </gml:posList>"
        "</gml:LinearRing></gml:exterior></gml:Polygon>",
        "<gs:Circle " SRS "><gml:pos>1 2</gml:pos></gs:Circle>",
        "<gs:Circle " SRS "><gml:pos>1 2</gml:pos><gs:radius uom='feet'>30</gs:radius></gs:Circle>",
        "<gs:Circle " SRS "><gml:pos>1 2</gml:pos><gs:radius " M ">-30</gs:radius></gs:Circle>",
        "<gs:Ellipse " SRS "><gml:pos>1 2</gml:pos><gs:semiMajorAxis " M ">3</gs:semiMajorAxis>"
        "<gs:semiMinorAxis " M ">30</gs:semiMinorAxis><gs:orientation " DEG ">9</gs:orientation>"
        "</gs:Ellipse>",
        "<gml:Point " SRS "><gml:pos>5 5 east</gml:pos></gml:Point>",
        "<gml:Point " SRS "><gml:pos>5 5 6 7</gml:pos></gml:Point>",
        "<gml:Point " SRS "><gml:pos>5 5</gml:pos><gml:pos>6 6</gml:pos></gml:Point>",
        "<gml:Point " SRS "><gml:pos srsName='urn:ogc:def:crs:EPSG::3857'>5 5</gml:pos>"
        "</gml:Point>",
        "<gs:Circle " SRS "><gml:pos>1 2</gml:pos><gs:radius " M ">30</gs:radius><gs:radius " M
        ">40</gs:radius></gs:Circle>",
        "<gs:Prism " SRS "><gs:base><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>"
        "0 0 9 0 1 9 1 1 9 0 0 9</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
        "</gs:base></gs:Prism>",
        "<v:note xmlns:v='urn:v'><gml:Point " SRS "><gml:pos>5 6</gml:pos></gml:Point></v:note>",
        "<r:relative-location xmlns:r='urn:ietf:params:xml:ns:pidf:geopriv10:relative'><r:offset>"
        "<gml:Point><gml:pos>50 20</gml:pos></gml:Point></r:offset></r:relative-location>",
        "<gml:Polygon " SRS "><gml:exterior><gml:LinearRing><gml:posList>0 0 0 1 1"
        "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>",
        "<gml:Polygon " SRS "><gml:exterior><gml:LinearRing><gml:posList>0 0 0 1 0 0"
        "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>",
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct amp_str text = amp_arena_printf(&arena, TUPLE "%s" TUPLE_END, shapes[i]);
        struct amp_pidf *pidf = read_text(text.ptr);
        assert_null(amp_pidf_where(pidf));
        assert_true(pidf->warning_n > 0);
    }
}

/* RFC 5491, section 3.4. */
static void of_several_locations_the_devices_counts_before_the_persons(void **state)
{
    (void)state;
    struct amp_pidf *pidf = read_text(
        OPEN "<dm:person id='p'><gp:geopriv><gp:location-info><gml:Point " SRS "><gml:pos>1 1"
             "</gml:pos></gml:Point></gp:location-info></gp:geopriv></dm:person>"
             "<dm:device id='d'><gp:geopriv><gp:location-info><gml:Point " SRS "><gml:pos>2 2"
             "</gml:pos></gml:Point><gml:Point " SRS "><gml:pos>3 3</gml:pos></gml:Point>"
             "</gp:location-info></gp:geopriv></dm:device></presence>");
    const struct amp_pidf_location *where = amp_pidf_where(pidf);
    assert_non_null(where);
    assert_int_equal(where->at.lat_e7, 20000000);
    assert_int_equal(pidf->location_n, 2);
    assert_non_null(strstr(pidf->warning[0].ptr, "several shapes"));
}

static void an_address_is_one_line_in_its_own_order(void **state)
{
    (void)state;
    struct amp_pidf *pidf = read_text(
        TUPLE
        "<ca:civicAddress><ca:country>MZ</ca:country><ca:A1>Maputo</ca:A1><ca:A3>Matola"
        "</ca:A3><ca:PCN>Matola</ca:PCN><ca:RD>da Liberdade</ca:RD><ca:STP>Avenida</ca:STP>"
        "<ca:HNO>12</ca:HNO><ca:HNS>B</ca:HNS><ca:FLR>3</ca:FLR></ca:civicAddress>" TUPLE_END);
    const struct amp_pidf_location *address = amp_pidf_address(pidf);
    assert_non_null(address);
    assert_null(amp_pidf_where(pidf));
    assert_string_equal(amp_pidf_line(address, &arena).ptr,
                        "12B Avenida da Liberdade, floor 3, Matola, Maputo, MZ");
}

static void nothing_of_an_address_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *parts, *line;
    } rows[] = {
        /* RFC 4119's own street beside the directions and types of RFC 5139 */
        {"<ca:PRD>W</ca:PRD><ca:A6>Main</ca:A6><ca:STS>Street</ca:STS><ca:HNO>7</ca:HNO>",
         "7 W Main Street"},
        {"<ca:RD>Main</ca:RD><ca:RDSEC>2</ca:RDSEC><ca:RDBR>Lane 7</ca:RDBR><ca:SEAT>9</ca:SEAT>"
         "<ca:ROOM>Blue</ca:ROOM><ca:PN>22-1</ca:PN>",
         "Main, 2, Lane 7, Blue, seat 9, post 22-1"},
        {"<ca:A1>CA</ca:A1><x:gate xmlns:x='http://example.org/x'>36B</x:gate>", "gate 36B, CA"},
        {"<ca:country>AT</ca:country><ca:RD>Gasse</ca:RD><ca:HNO>vor;1;;-;1;A;;;;</ca:HNO>",
         "vor 1 - 1A Gasse, AT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct amp_str text = amp_arena_printf(
            &arena, TUPLE "<ca:civicAddress>%s</ca:civicAddress>" TUPLE_END, rows[i].parts);
        const struct amp_pidf_location *address = amp_pidf_address(read_text(text.ptr));
        assert_non_null(address);
        assert_string_equal(amp_arena_text(&arena, amp_pidf_line(address, &arena)), rows[i].line);
    }
}

/* Elements in another order, in another name space, or in nothing, as clients in the field write
 * them. */
static void a_location_is_found_where_senders_put_it(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<dm:device id='d'><dm:timestamp>2026-02-03T04:05:06Z</dm:timestamp><gp:geopriv>"
        "<gp:method>GPS</gp:method><gp:location-info>%s</gp:location-info></gp:geopriv></"
        "dm:device>",
        "<dm:tuple id='t'><status><gp:geopriv><gp:location-info>%s</gp:location-info>"
        "<gp:method>GPS</gp:method></gp:geopriv></status>"
        "<timestamp>2026-02-03T04:05:06Z</timestamp></dm:tuple>",
        ("<gp:geopriv><gp:location-info>%s</gp:location-info><gp:method>GPS</gp:method></"
         "gp:geopriv>"
         "<timestamp>2026-02-03T04:05:06Z</timestamp>")};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *point = "<gml:Point " SRS "><gml:pos>1 2</gml:pos></gml:Point>"
                            "<c:civicAddress xmlns:c=' urn:ietf:params:xml:ns:pidf:geopriv10:"
                            "civicAddr'><c:A3>Beira</c:A3></c:civicAddress>";
        const char *at = strstr(texts[i], "%s");
        struct amp_str text = amp_arena_printf(&arena, OPEN "%.*s%s%s</presence>",
                                               (int)(at - texts[i]), texts[i], point, at + 2);
        struct amp_pidf *pidf = read_text(text.ptr);
        const struct amp_pidf_location *where = amp_pidf_where(pidf);
        assert_non_null(where);
        assert_true(where->timed && amp_str_is(where->method, "GPS"));
        assert_int_equal(where->time_us, INT64_C(1770091506000000));
        assert_ptr_equal(amp_pidf_address(pidf), where);
        assert_int_equal(pidf->warning_n, i > 0);
    }
}

static void of_several_positions_it_is_said_that_there_are_others(void **state)
{
    (void)state;
    struct amp_pidf *pidf = read_text(
        OPEN "<tuple id='a'><status><gp:geopriv><gp:location-info><gml:Point " SRS
             "><gml:pos>1 1</gml:pos></gml:Point></gp:location-info></gp:geopriv></status>"
             "</tuple><tuple id='b'><status><gp:geopriv><gp:location-info><gml:Point " SRS
             "><gml:pos>2 2</gml:pos></gml:Point><ca:civicAddress><ca:A3>Beira</ca:A3>"
             "</ca:civicAddress></gp:location-info></gp:geopriv></status></tuple>"
             "</presence>");
    assert_int_equal(amp_pidf_where(pidf)->at.lat_e7, 10000000);
    assert_int_equal(pidf->warning_n, 2);
    assert_non_null(strstr(pidf->warning[0].ptr, "several positions"));
    assert_non_null(strstr(pidf->warning[1].ptr, "different parts"));
}

static void nobody_reports_from_zero_zero(void **state)
{
    (void)state;
    struct amp_str text =
        AMP_STR(TUPLE "<gml:Point " SRS "><gml:pos>0.0 -0.0</gml:pos></gml:Point>" TUPLE_END);
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(
        amp_intake_parse(amp_intake_find(AMP_STR("pidf-lo")), text, &arena, &report, &why), AMP_OK);
    assert_false(report.located);
    assert_int_equal(report.warning_n, 1);
    assert_non_null(strstr(report.warning[0].ptr, "without a fix"));
}

static void how_high_somebody_is_is_told_in_words(void **state)
{
    (void)state;
    struct amp_str text = AMP_STR(TUPLE "<gml:Point srsName='urn:ogc:def:crs:EPSG::4979'><gml:pos>"
                                        "48.2 16.3 201.5</gml:pos></gml:Point>" TUPLE_END);
    struct amp_report report = {0};
    struct amp_why why = {""};
    assert_int_equal(
        amp_intake_parse(amp_intake_find(AMP_STR("pidf-lo")), text, &arena, &report, &why), AMP_OK);
    assert_true(amp_str_is(report.f.words, "altitude 201.5 m above the ellipsoid"));
}

static void the_circle_of_a_shape_holds_all_of_it(void **state)
{
    (void)state;
    struct amp_pidf_location band = {.kind = AMP_PIDF_ARC_BAND,
                                     .at = {.lat_e7 = -435723000, .lon_e7 = 1532176000},
                                     .inner_m = 3594,
                                     .radius_m = 4148,
                                     .angle_deg = 20,
                                     .opening_deg = 20};
    struct amp_pos middle = {0};
    double radius_m = 0;
    amp_pidf_circle(&band, &middle, &radius_m);
    assert_true(radius_m > 277 && radius_m < 800); /* half the band; its outer arc is 1,448 m */
    assert_true(amp_pos_distance_m(band.at, middle) > 3594);
    band.opening_deg = 300;
    amp_pidf_circle(&band, &middle, &radius_m);
    assert_true(radius_m <= 4148);
    struct amp_pidf_location across = {
        .kind = AMP_PIDF_POLYGON,
        .point = {{0, 1799990000}, {0, -1799990000}, {10000, 1799990000}},
        .point_n = 3};
    amp_pidf_circle(&across, &middle, &radius_m);
    assert_true(radius_m < 400); /* over the antimeridian it is small */
}

static void a_time_without_a_zone_is_utc_and_said(void **state)
{
    (void)state;
    struct amp_pidf *pidf = read_text(
        OPEN "<tuple id='t'><status><gp:geopriv><gp:location-info><gml:Point " SRS
             "><gml:pos>1 1</gml:pos></gml:Point></gp:location-info></gp:geopriv></status>"
             "<timestamp>2009-06-22T20:57:29</timestamp></tuple></presence>");
    assert_true(amp_pidf_where(pidf)->timed);
    assert_int_equal(amp_pidf_where(pidf)->time_us, INT64_C(1245704249000000));
    assert_non_null(strstr(pidf->warning[0].ptr, "zone"));
}

static void what_is_no_presence_document_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "<presence", "<alert/>", "plain text",
        "<!DOCTYPE p [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><presence>&x;</presence>"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct amp_pidf *pidf = amp_arena_alloc(&arena, sizeof *pidf);
        struct amp_why why = {""};
        assert_int_not_equal(amp_pidf_read(amp_str_of(texts[i]), &arena, pidf, &why), AMP_OK);
        assert_true(why.text[0] != '\0');
        assert_int_equal(pidf->location_n, 0);
    }
}

static void published_documents_place_who_they_place(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        bool located, address;
    } rows[] = {
        {"DeviceCircleDynamic1.xml", true, false},
        {"DeviceCircleLocation.xml", true, false},
        {"DeviceCivicLocation.xml", false, true},
        {"DeviceDynamicOnly1.xml", false, false},
        {"DevicePointLocation.xml", true, false},
        {"PersonDeviceCivicCircleLocation.xml", true, true},
        {"RFC5491TupleArcBandLocation.xml", true, false},
        {"RFC5491TupleCircleLocation.xml", true, false},
        {"RFC5491TupleCivicLocation.xml", false, true},
        {"RFC5491TupleEllipseLocation.xml", true, false},
        {"RFC5491TupleEllipsoidLocation.xml", true, false},
        {"RFC5491TuplePointLocation.xml", true, false},
        {"RFC5491TuplePolygonCompactLocation.xml", true, false},
        {"RFC5491TuplePolygonLocation.xml", true, false},
        {"RFC5491TupleSphereLocation.xml", true, false},
        {"RFC6848CivicExtendedExample1.xml", false, true},
        {"RFC6848Figure7Example.xml", false, true},
        {"RFC6848Figure8Example.xml", false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[160];
        (void)snprintf(name, sizeof name, "messages/pidf/%s", rows[i].file);
        const char *path = amp_testdata(name);
        AMP_TEST_NEEDS(path);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        static char text[1 << 16];
        size_t len = fread(text, 1, sizeof text, file);
        assert_int_equal(fclose(file), 0);
        struct amp_report report = {0};
        struct amp_why why = {""};
        assert_int_equal(amp_intake_parse(amp_intake_find(AMP_STR("pidf-lo")),
                                          (struct amp_str){.ptr = text, .len = len}, &arena,
                                          &report, &why),
                         AMP_OK);
        assert_int_equal(report.located, rows[i].located);
        assert_int_equal((report.f.has & AMP_HAS(PLACE)) != 0, rows[i].address);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_becomes_the_region_that_it_means),
        cmocka_unit_test(faults_of_real_senders_are_read_and_named),
        cmocka_unit_test(a_shape_in_doubt_is_no_place),
        cmocka_unit_test(of_several_locations_the_devices_counts_before_the_persons),
        cmocka_unit_test(an_address_is_one_line_in_its_own_order),
        cmocka_unit_test(nothing_of_an_address_is_left_out),
        cmocka_unit_test(a_location_is_found_where_senders_put_it),
        cmocka_unit_test(of_several_positions_it_is_said_that_there_are_others),
        cmocka_unit_test(nobody_reports_from_zero_zero),
        cmocka_unit_test(how_high_somebody_is_is_told_in_words),
        cmocka_unit_test(the_circle_of_a_shape_holds_all_of_it),
        cmocka_unit_test(a_time_without_a_zone_is_utc_and_said),
        cmocka_unit_test(what_is_no_presence_document_is_refused),
        cmocka_unit_test(published_documents_place_who_they_place),
    };
    return cmocka_run_group_tests_name("intake/pidf", tests, arena_set_up, arena_tear_down);
}
