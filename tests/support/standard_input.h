#ifndef CKPT_TESTS_SUPPORT_STANDARD_INPUT_H
#define CKPT_TESTS_SUPPORT_STANDARD_INPUT_H

/* Lets a file be standard input; returns the old one, for standard_input_end(). Failures end the test. */
int standard_input_begin(const char *path);
void standard_input_end(int saved);

#endif
