#ifndef CKPT_ENGINE_READ_READ_MODE_H
#define CKPT_ENGINE_READ_READ_MODE_H

/* How the bytes of files in place come to those who search them. The answer is the same. */
enum read_mode {
	READ_AUTO, /* mapped what is in the page cache, through io_uring (where there is one) what is not */
	READ_MMAP, /* mapped: a worker waits for each page that is not in the page cache */
	READ_RING, /* through io_uring whatever has a descriptor; no io_uring is a failure */
};

#endif
