/* The files of a bundle that are the same in each: how to check it, and a program that does. */
#ifndef AMP_SERVER_BUNDLE_TEXT_H
#define AMP_SERVER_BUNDLE_TEXT_H

extern const char amp_bundle_verify_txt[];
extern const char amp_bundle_verify_py[];
extern const char amp_bundle_style_css[];

#endif
