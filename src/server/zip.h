/*
 * A zip archive written into memory: deflated files, names in UTF-8, no time of day.
 *
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16; no Zip64, so everything stays
 * below 4 GiB and 65,535 files. The error of `out` is sticky and tells in the end whether the
 * archive is whole.
 */
#ifndef AMP_SERVER_ZIP_H
#define AMP_SERVER_ZIP_H

#include "base/buf.h"

struct amp_zip {
    struct amp_buf *out;      /* borrowed */
    struct amp_buf directory; /* written at the end */
    unsigned files;
};

struct amp_zip amp_zip_begin(struct amp_buf *out); /* out must be empty */
void amp_zip_add(struct amp_zip *zip, const char *name, struct amp_str content);
void amp_zip_end(struct amp_zip *zip);

#endif
