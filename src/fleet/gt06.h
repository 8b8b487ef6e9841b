/*
 * GT06: the binary protocol of the commonest cheap trackers (Concox, Jimi and their many copies).
 *
 * 78 78 | length (1) | number | content | serial (2) | CRC (2) | 0D 0A, or 79 79 with a length of 2
 * bytes; all big-endian. The length counts from the number to the CRC; the CRC-ITU (X.25) covers
 * the length to the serial. The device logs in with its IMEI, and everything later on the
 * connection is that device's. What is answered, is with its number and serial.
 *
 *   01 login: 8 bytes of BCD IMEI, with or without model and zone
 *   10 12 22 A0 and others (2A asks for an address): year month day hour minute second, one byte
 * each; satellites; latitude, longitude in 1/1,800,000 degree; km/h; course and status, of which
 * 0x1000 means a fix, 0x0800 west, 0x0400 north. What follows (cells, ignition, mileage) is passed
 * over. 70 has it in a module of its own
 *   13 23 36 status      8A time request
 *   16 26 27 95 A4 alarm: a position as above, and what is wrong; 19 A5 alarm without one. A status
 * can hold the SOS, too
 * What holds only cells or wireless networks (28 2C A1 A2 ...) is no position.
 *
 * The documents say UTC, many devices say local time: the caller knows of each what its clock is
 * ahead by. Source: "GPS Tracker Communication Protocol", Concox: GT06 V1.8.1, JM-VL03 V1.1.2;
 * where makers depart from them, what their devices send.
 */
#ifndef AMP_FLEET_GT06_H
#define AMP_FLEET_GT06_H

#include "base/str.h"
#include "model/track.h"

enum {
    AMP_GT06_IMEI = 15,
    AMP_GT06_PACKET = 1100, /* bytes of one; longer ones are noise */
    AMP_GT06_ANSWER = 16
};

enum amp_gt06_kind {
    AMP_GT06_NOISE, /* bytes passed over: no packet, or one with a wrong CRC */
    AMP_GT06_LOGIN,
    AMP_GT06_STATUS,
    AMP_GT06_POSITION,
    AMP_GT06_ALARM, /* with a position, or with fix_us 0 */
    AMP_GT06_OTHER  /* sound, and of no interest here */
};

enum amp_gt06_alarm { /* those that matter to a crew; others are told by their number */
    AMP_GT06_ALARM_NONE = 0,
    AMP_GT06_ALARM_SOS = 1,
    AMP_GT06_ALARM_FALL = 0x23,
    AMP_GT06_ALARM_COLLISION = 0x2c,
    AMP_GT06_ALARM_CAMERA = 0xff /* another event of a dashboard camera */
};

struct amp_gt06_packet {
    enum amp_gt06_kind kind;
    uint8_t number; /* of the protocol */
    uint16_t serial;
    char imei[AMP_GT06_IMEI + 1]; /* of a login; "" when it is none */
    struct amp_position position; /* of a position or an alarm; 0,0 without a fix; fix_us 0: with no
                                   * time, so it is none */
    bool fixed;
    uint8_t alarm;                   /* of an alarm or a status */
    uint8_t answer[AMP_GT06_ANSWER]; /* to be sent back */
    size_t answer_n;
};

/* Takes the first packet, or noise, off the bytes: how many they were. 0: more bytes are needed,
 * never while AMP_GT06_PACKET or more are there. now_us answers a time request. */
size_t amp_gt06_take(struct amp_str bytes, int64_t now_us, struct amp_gt06_packet *out);
uint16_t amp_gt06_crc(const uint8_t *data, size_t n); /* CRC-16/X-25 */

#endif
