/*
 * What a centre needs to warn the public: who it is to the world, and whether the world may read
 * what it issued.
 *
 * The settings are lines "name = value"; # begins a comment:
 *   sender = alert@centre.example.org      who sends, one for ever (CAP 1.2, section 3.2.1)
 *   name = Centre of the province          as people call it; may be left out
 *   feed = https://warn.example.org        publish: where the world reaches this server; else not
 *   two = yes | no                         another account issues than the one that wrote it last
 */
#ifndef AMP_SERVER_WARNINGS_H
#define AMP_SERVER_WARNINGS_H

#include "base/err.h"
#include "base/str.h"

enum {
    AMP_WARNINGS_SETTING = 256 /* bytes of one value, and the end */
};

struct amp_warning_settings {
    char sender[AMP_WARNINGS_SETTING];
    char name[AMP_WARNINGS_SETTING];
    char feed[AMP_WARNINGS_SETTING]; /* "": nothing is published */
    bool two;
};

/* AMP_E_SYNTAX and the like, with the line. */
AMP_MUST amp_err amp_warning_settings_read(struct amp_str text, struct amp_warning_settings *out,
                                           struct amp_why *why);

#endif
