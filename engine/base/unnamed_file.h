#ifndef CKPT_ENGINE_BASE_UNNAMED_FILE_H
#define CKPT_ENGINE_BASE_UNNAMED_FILE_H

/* Where such files lie if nobody says it: $TMPDIR, else /tmp. */
const char *unnamed_file_place(void);

/* An empty file, mode 0600, to read and write, of which nothing is left once it is closed. -1: errno says why. */
int unnamed_file_open(const char *directory);

#endif
